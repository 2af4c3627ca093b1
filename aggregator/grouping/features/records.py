"""Records: the words of title and summary of an article, in a fixed number of bytes.

A record holds word hashes, with where each word occurs (title, summary), how it is written, and how common it is in
its language. It also holds hashes of phrases of two words ("Spirit Airlines"), and keys that find near-identical texts.
It depends on the article alone, so it is computed once and stored.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from struct import Struct
from typing import Any

import numpy as np
import numpy.typing as npt
import rensa

from aggregator.grouping.features import tokens
from aggregator.grouping.features.clean_title import headline, own_summary
from aggregator.grouping.features.run_length import Ints, find_runs, rank_in_run
from aggregator.grouping.features.tokens import TokenisedTexts, tokenise
from aggregator.grouping.features.word_hashes import Uint64s, mix
from aggregator.grouping.features.wording import Wording
from aggregator.runtime.second_process import both, has_second_process

WIDTH = 32
"""Words of an article that a record holds at most: the least common ones."""
PHRASES = 16
"""Phrases that a record holds at most: the first ones."""
PHRASE_LEVEL = 8
"""Level from which a word can be part of a phrase: words in one of 16 articles, or rarer."""
LEAD = 500
"""Characters of a summary whose words are compared: news puts its topic first."""
BODY = 4000
"""Characters of a summary that are read at all, to find copies of long texts."""
BANDS, BAND_ROWS = 8, 4
"""Near-identical texts are found by MinHash (Broder 1997): `BANDS` keys, each of `BAND_ROWS` minima."""
BATCH = 250
"""Articles that are read together: intermediate arrays fit into the processor's cache."""
MIN_BAND_WORDS = 12
"""Texts of fewer words get no MinHash keys."""
HEADLINE_CASE = 0.6
"""Share of capitalised words from which capitals do not indicate names."""

RECORD = np.dtype(
    [
        ("words", np.uint32, WIDTH),  # hashes, 0 where there are no more
        ("marks", np.uint16, WIDTH),
        ("rarity", np.uint8, WIDTH),  # when the article was first seen, in steps of 1 / `RARITY_STEPS`
        ("name_bits", np.uint32),  # which words are names, a bit for each
        ("phrases", np.uint32, PHRASES),  # hashes of two adjacent words, 0 where there are no more
        ("word_count", np.uint16),  # different words of title and summary
        ("summary_count", np.uint16),  # words of the summary
        ("title_key", np.uint32),  # a hash of the whole title, 0 without one
        ("url_key", np.uint32),  # a hash of the canonical URL, 0 without one
        ("bands", np.uint32, BANDS),
    ]
)
RARITY_STEPS = 32
Records = npt.NDArray[Any]
"""One `RECORD` per article."""

# The layout of a mark.
IN_TITLE, IN_SUMMARY = 0, 2  # positions of two counts from 0 to 3
CAPITAL, LOWER, IS_NUMBER = 1 << 4, 1 << 5, 1 << 6  # as in `tokens`
LEVEL_SHIFT = 7

_pack_minima = Struct(f"{BANDS * BAND_ROWS}I").pack


def make_records(wordings: Sequence[Wording]) -> Records:
    """Compute a record for each article."""
    half = len(wordings) // 2 // BATCH * BATCH
    if not half or not has_second_process():
        return _records_of(wordings)
    return np.concatenate(both(_records_of, (wordings[:half],), (wordings[half:],)))


def _records_of(articles: Sequence[Wording]) -> Records:
    records = np.zeros(len(articles), RECORD)
    for start in range(0, len(articles), BATCH):
        _fill_batch(records[start : start + BATCH], articles[start : start + BATCH])
    return records


def split_bytes(array: npt.NDArray[Any]) -> Iterator[bytes]:
    """Yield the bytes of each element of a one-dimensional array."""
    size = array.itemsize
    for start in range(0, len(array), BATCH):
        stored = array[start : start + BATCH].tobytes()
        yield from [stored[place : place + size] for place in range(0, len(stored), size)]


def word_spellings(articles: Sequence[Wording], words: Sequence[Collection[int]]) -> list[dict[int, str]]:
    """Return how each article writes some words. `words`: hashes, for each article; it may lack some of them."""
    spellings: list[dict[int, str]] = []
    for start in range(0, len(articles), BATCH):
        spellings += _spellings_in_batch(articles[start : start + BATCH], words[start : start + BATCH])
    return spellings


def _spellings_in_batch(articles: Sequence[Wording], words: Sequence[Collection[int]]) -> list[dict[int, str]]:
    spellings: list[dict[int, str]] = [{} for _ in articles]
    sought = np.array(sorted(number << 32 | word for number, some in enumerate(words) for word in some), np.uint64)
    if not len(sought):
        return spellings
    texts = _tokenise(articles)
    article = np.repeat(np.arange(len(texts.counts), dtype=np.uint64) // np.uint64(3), texts.counts)
    key = article << np.uint64(32) | texts.tokens & np.uint64(tokens.WORD_MASK)
    slot = np.minimum(np.searchsorted(sought, key), len(sought) - 1)
    matching = np.flatnonzero(sought[slot] == key)[::-1]
    first_token = np.full(len(sought), -1)
    first_token[slot[matching]] = matching
    present = first_token >= 0
    for number_and_word, spelling in zip(sought[present].tolist(), texts.spellings(first_token[present]), strict=True):
        spellings[number_and_word >> 32][number_and_word & tokens.WORD_MASK] = spelling
    return spellings


def _tokenise(articles: Sequence[Wording]) -> TokenisedTexts:
    """Tokenise articles as three texts each: the title, the lead, and the rest of the summary."""
    texts: list[str] = []
    languages = []
    for article in articles:
        summary = own_summary(article)[:BODY]
        texts += (headline(article.title[:LEAD], article), summary[:LEAD], summary[LEAD:])
        languages.append((article.language or "").partition("-")[0].lower())
    return tokenise(texts, [*chain.from_iterable((language, language, language) for language in languages)])


def _fill_batch(records: Records, articles: Sequence[Wording]) -> None:
    texts = _tokenise(articles)
    counts = texts.counts.reshape(-1, 3)  # a row per article
    parts = np.repeat(np.arange(counts.size), texts.counts)  # article * 3 + part, per token
    all_tokens = _without_headline_case(texts.tokens, parts, counts)
    mixed = mix(all_tokens & np.uint64(tokens.WORD_MASK))
    records["summary_count"] = np.minimum(counts[:, 1], 65535)
    records["bands"] = _bands(mixed, counts.sum(axis=1))
    records["title_key"] = _title_keys(mixed, counts)
    records["url_key"] = [zlib.crc32(article.url.encode()) if article.url else 0 for article in articles]
    in_title_or_lead = parts % 3 < 2
    _fill_words(records, all_tokens[in_title_or_lead], parts[in_title_or_lead])
    _fill_phrases(records, texts, parts, mixed)


def _without_headline_case(all_tokens: Uint64s, parts: Ints, counts: Ints) -> Uint64s:
    """Clear the flags of capitals in texts where most words have one."""
    capitalised = np.bincount(parts, (all_tokens & tokens.CAPITALISED) > 0, minlength=counts.size)
    in_headline_case = capitalised > HEADLINE_CASE * counts.ravel()
    cleared = all_tokens & ~np.uint64(tokens.CAPITAL | tokens.LOWER)
    return np.where(in_headline_case[parts], cleared, all_tokens)


def _fill_words(records: Records, all_tokens: Uint64s, parts: Ints) -> None:
    """Write each word once into the record of its article, the least common ones first.

    Sort keys hold, from the highest bit: article, inverted level (5 bits), word (32), whether it is in the title (1),
    flags (3).
    """
    if not len(all_tokens):
        return
    article = (parts // 3).astype(np.uint64)
    level = (all_tokens >> np.uint64(tokens.LEVEL_SHIFT)) & np.uint64(31)
    token_flags = (all_tokens >> np.uint64(tokens.FLAG_SHIFT)) & np.uint64(7)
    token_flags |= (parts % 3 == 0).astype(np.uint64) << np.uint64(3)
    word = all_tokens & np.uint64(tokens.WORD_MASK)
    key = np.sort(
        article << np.uint64(41) | (np.uint64(31) - level) << np.uint64(36) | word << np.uint64(4) | token_flags
    )
    first, times = find_runs(key >> np.uint64(4))
    title = np.minimum(np.add.reduceat((key >> np.uint64(3)) & np.uint64(1), first), 3)
    lead = np.minimum(times.astype(np.uint64) - title, 3)
    flags = np.bitwise_or.reduceat(key & np.uint64(7), first)
    key = key[first]
    row = (key >> np.uint64(41)).astype(np.int64)
    starts, lengths = find_runs(row)
    records["word_count"][row[starts]] = np.minimum(lengths, 65535)
    column = rank_in_run(starts, lengths)
    fits = column < WIDTH
    row, column, key, flags = row[fits], column[fits], key[fits], flags[fits]
    records["words"][row, column] = key >> np.uint64(4) & np.uint64(tokens.WORD_MASK)
    level = np.uint64(31) - (key >> np.uint64(36) & np.uint64(31))
    marks = (flags & np.uint64(1)) << np.uint64(6) | (flags >> np.uint64(1) & np.uint64(1)) << np.uint64(4)
    marks |= (flags >> np.uint64(2)) << np.uint64(5)
    counts = title[fits] | lead[fits] << np.uint64(IN_SUMMARY)
    records["marks"][row, column] = counts | marks | level << np.uint64(LEVEL_SHIFT)


def _fill_phrases(records: Records, texts: TokenisedTexts, parts: Ints, mixed: Uint64s) -> None:
    """Write the phrases of each article into its record: two words with one character between them. `mixed`: the hash
    of each word, mixed.

    Sort keys hold, from the highest bit: article, phrase (32 bits), number of its occurrence (20).
    """
    level = (texts.tokens >> np.uint64(tokens.LEVEL_SHIFT)) & np.uint64(31)
    distinctive = (level >= PHRASE_LEVEL) & (parts % 3 < 2)
    adjacent = (parts[:-1] == parts[1:]) & (texts.start[1:] - texts.end[:-1] == 1)
    first = np.flatnonzero(adjacent & distinctive[:-1] & distinctive[1:])
    phrase = mix(mixed[first] + (mixed[first + 1] << np.uint64(1))) >> np.uint64(32) | np.uint64(1)
    article = (parts[first] // 3).astype(np.uint64)
    key = np.sort(article << np.uint64(52) | phrase << np.uint64(20) | np.arange(len(first), dtype=np.uint64))
    once, _ = find_runs(key >> np.uint64(20))
    occurrence = np.sort(key[once] & np.uint64((1 << 20) - 1))
    row = article[occurrence].astype(np.int64)
    column = rank_in_run(*find_runs(row))
    fits = column < PHRASES
    records["phrases"][row[fits], column[fits]] = phrase[occurrence[fits]]


def _title_keys(mixed: Uint64s, counts: Ints) -> Uint64s:
    """Return a hash of each title, 0 for titles without words. `mixed`: the hashes of all words, mixed; `counts`: of
    words, by article and part."""
    sizes, length = counts.sum(axis=1), counts[:, 0]
    first = np.cumsum(length) - length
    offset = rank_in_run(first, length)
    spread = mix(mixed[np.repeat(np.cumsum(sizes) - sizes, length) + offset] + offset.astype(np.uint64))
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(spread)))
    keys: Uint64s = sums[first + length] - sums[first] >> np.uint64(32)
    return keys


def _bands(mixed: Uint64s, sizes: Ints) -> npt.NDArray[np.uint32]:
    """Return the MinHash keys of each article's text, 0 for texts of few words. `mixed`: the hashes of all words,
    mixed; `sizes`: words per article."""
    bands = np.zeros((len(sizes), BANDS), np.uint32)
    long = sizes >= MIN_BAND_WORDS
    if not long.any():
        return bands
    trigrams = mixed.copy()  # each at its first word
    trigrams[:-2] = mix(mix(mixed[:-2]) + mixed[1:-1]) + mixed[2:]
    ends = np.cumsum(sizes)
    within_article = np.ones(len(mixed), bool)
    for back in (1, 2):
        last = ends - back
        within_article[last[last >= 0]] = False
    trigrams = trigrams[within_article & np.repeat(long, sizes)]
    offsets = np.concatenate(([0], np.cumsum(sizes[long] - 2))).astype(np.uint64)
    digest = rensa.RMinHash.digest_matrix_from_flat_token_hashes(trigrams, offsets, BANDS * BAND_ROWS, 1)
    rows = digest.to_rows()  # lists of Python's numbers
    minima = np.frombuffer(b"".join([_pack_minima(*row) for row in rows]), np.uint32).astype(np.uint64)
    minima = minima.reshape(-1, BANDS, BAND_ROWS)
    key = np.zeros(minima.shape[:2], np.uint64)
    for row in range(BAND_ROWS):
        key = mix(key + minima[:, :, row])
    bands[long] = (key >> np.uint64(32)) | np.uint64(1)
    return bands
