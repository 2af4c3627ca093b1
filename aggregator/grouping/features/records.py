"""Read articles: the words of title and summary, as a record of fixed size for each article.

A word is kept as a number, with where it stands (title, summary), whether it is written as a name, and how common it is
in its language. The record also holds what finds near-identical texts. It depends on nothing but the article, so that
it is made once.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import rensa

from aggregator.grouping.features import tokens
from aggregator.grouping.features.clean_title import headline, own_summary
from aggregator.grouping.features.tokens import Numbers, Tokens, cut, mix
from aggregator.grouping.pairs.run_length import place_in_run, runs
from aggregator.model import Article

WIDTH = 32
"""Words of an article that are kept, the least common ones first."""
LEAD = 500
"""Characters of a summary whose words count: news says first what it is about."""
BODY = 4000
"""Characters of a summary that are read at all, to find copies of long texts."""
BANDS, ROWS = 8, 4
"""Texts are looked up as near-identical by MinHash (Broder 1997): `BANDS` keys, each made of `ROWS` minima."""
AT_ONCE = 500
"""Articles read at once: what is made of them on the way fits into the processor's cache."""
FEW = 12
"""Texts of fewer words are compared as a whole only."""
HEADLINE_CASE = 0.6
"""From this share of capitalised words on, capitals mean nothing."""

RECORD = np.dtype(
    [
        ("words", np.uint32, WIDTH),
        ("marks", np.uint16, WIDTH),
        ("rarity", np.uint8, WIDTH),  # how telling each was when it came, in steps of 1 / `RARITY`
        ("names", np.uint32),  # which of them are names, a bit for each
        ("length", np.uint16),  # different words of title and summary
        ("summary", np.uint16),  # words of the summary
        ("title", np.uint32),  # the whole title
        ("address", np.uint32),  # its canonical address
        ("bands", np.uint32, BANDS),
    ]
)
RARITY = 32
Records = npt.NDArray[Any]
"""One `RECORD` an article."""

IN_TITLE, IN_SUMMARY = 0, 2  # shift of a count from 0 to 3
CAPITAL, SMALL, IS_NUMBER = 1 << 4, 1 << 5, 1 << 6
LEVEL = 7  # shift


def read(articles: Sequence[Article]) -> Records:
    """A record for each article."""
    parts = [_records(articles[start : start + AT_ONCE]) for start in range(0, len(articles), AT_ONCE)]
    return np.concatenate(parts) if parts else np.zeros(0, RECORD)


def written(words: Collection[int], articles: Sequence[Article]) -> dict[int, str]:
    """How words of records are written. `articles`: some that hold them."""
    found: dict[int, str] = {}
    missing = np.array(sorted(words), np.uint64)
    for start in range(0, len(articles), AT_ONCE):
        if not len(missing):
            break
        cuts = _cut(articles[start : start + AT_ONCE])
        word = cuts.numbers & np.uint64(tokens.WORD)
        place = np.minimum(np.searchsorted(missing, word), len(missing) - 1)
        there = np.flatnonzero(missing[place] == word)
        first = np.full(len(missing), -1)
        first[place[there[::-1]]] = there[::-1]
        met = first >= 0
        found.update(zip(missing[met].tolist(), map(cuts.written, first[met].tolist()), strict=True))
        missing = missing[~met]
    return found


def _cut(articles: Sequence[Article]) -> Tokens:
    """The words of articles: for each those of the title, of the lead, and of what follows."""
    texts: list[str] = []
    languages = []
    for article in articles:
        summary = own_summary(article)[:BODY]
        texts += (headline(article.title[:LEAD], article), summary[:LEAD], summary[LEAD:])
        languages.append((article.language or "").partition("-")[0].lower())
    return cut(texts, [*chain.from_iterable((one, one, one) for one in languages)])


def _records(articles: Sequence[Article]) -> Records:
    cuts = _cut(articles)
    made = np.zeros(len(articles), RECORD)
    counts = cuts.counts.reshape(-1, 3)
    parts = np.repeat(np.arange(counts.size), cuts.counts)  # article * 3 + part
    numbers = _without_headline_case(cuts.numbers, parts, counts)
    made["summary"] = np.minimum(counts[:, 1], 65535)
    made["bands"] = _bands(numbers, counts.sum(axis=1))
    made["title"] = _title_keys(numbers, counts)
    made["address"] = [zlib.crc32(one.url.encode()) if one.url else 0 for one in articles]
    early = parts % 3 < 2
    _fill(made, numbers[early], parts[early])
    return made


def _without_headline_case(numbers: Numbers, parts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> Numbers:
    upper = np.bincount(parts, (numbers & tokens.UPPER) > 0, minlength=counts.size)
    shouted = upper > HEADLINE_CASE * counts.ravel()
    return np.where(shouted[parts], numbers & ~np.uint64(tokens.CAPITAL | tokens.SMALL), numbers)


def _fill(made: Records, numbers: Numbers, parts: npt.NDArray[np.int64]) -> None:
    """Bring the words into the records: each once, the least common ones first."""
    if not len(numbers):
        return
    article = (parts // 3).astype(np.uint64)
    level = (numbers >> np.uint64(tokens.LEVEL)) & np.uint64(31)
    marks = (numbers >> np.uint64(tokens.FLAGS)) & np.uint64(7) | ((parts % 3 == 0).astype(np.uint64) << np.uint64(3))
    word = numbers & np.uint64(tokens.WORD)
    key = np.sort(article << np.uint64(41) | (np.uint64(31) - level) << np.uint64(36) | word << np.uint64(4) | marks)
    first, times = runs(key >> np.uint64(4))
    title = np.minimum(np.add.reduceat((key >> np.uint64(3)) & np.uint64(1), first), 3)
    lead = np.minimum(times.astype(np.uint64) - title, 3)
    seen = np.bitwise_or.reduceat(key & np.uint64(7), first)
    key = key[first]
    row = (key >> np.uint64(41)).astype(np.int64)
    starts, lengths = runs(row)
    made["length"][row[starts]] = np.minimum(lengths, 65535)
    place = place_in_run(starts, lengths)
    fits = place < WIDTH
    row, place, key = row[fits], place[fits], key[fits]
    made["words"][row, place] = key >> np.uint64(4) & np.uint64(tokens.WORD)
    level = np.uint64(31) - (key >> np.uint64(36) & np.uint64(31))
    flags = (seen[fits] & np.uint64(1)) << np.uint64(6) | (seen[fits] >> np.uint64(1) & np.uint64(1)) << np.uint64(4)
    flags |= (seen[fits] >> np.uint64(2)) << np.uint64(5)
    counts = title[fits] | lead[fits] << np.uint64(IN_SUMMARY)
    made["marks"][row, place] = counts | flags | level << np.uint64(LEVEL)


def _title_keys(numbers: Numbers, counts: npt.NDArray[np.int64]) -> Numbers:
    """A key of each title, 0 where there is none."""
    sizes = counts.sum(axis=1)
    starts = np.cumsum(sizes) - sizes
    place = (np.arange(len(numbers)) - np.repeat(starts, sizes)).astype(np.uint64)
    spread = mix(mix(numbers & np.uint64(tokens.WORD)) + place)
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(spread)))
    keys: Numbers = sums[starts + counts[:, 0]] - sums[starts] >> np.uint64(32)
    return keys


def _bands(numbers: Numbers, sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    """The keys under which near-identical texts are found, 0 for texts of few words."""
    bands = np.zeros((len(sizes), BANDS), np.uint32)
    long = sizes >= FEW
    if not long.any():
        return bands
    word = mix(numbers & np.uint64(tokens.WORD))
    runs = word.copy()  # of three words, each at its first
    runs[:-2] = mix(mix(word[:-2]) + word[1:-1]) + word[2:]
    ends = np.cumsum(sizes)
    whole = np.ones(len(word), bool)  # runs that end in their own article
    for back in (1, 2):
        last = ends - back
        whole[last[last >= 0]] = False
    runs = runs[whole & np.repeat(long, sizes)]
    offsets = np.concatenate(([0], np.cumsum(sizes[long] - 2))).astype(np.uint64)
    digest = rensa.RMinHash.digest_matrix_from_flat_token_hashes(runs, offsets, BANDS * ROWS, 1)
    rows = np.array(digest.to_rows(), np.uint64).reshape(-1, BANDS, ROWS)
    key = np.zeros(rows.shape[:2], np.uint64)
    for row in range(ROWS):
        key = mix(key + rows[:, :, row])
    bands[long] = (key >> np.uint64(32)) | np.uint64(1)
    return bands
