"""How likely it is that a story continues an earlier one.

Two stories of one saga share a name, and further words, that few other stories of these weeks share. The log-odds are a
sum of terms. Their weights were fitted to 279 pairs of stories that were judged by reading the headlines, and to 350
random ones (logistic regression).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.frequencies import may_be_among
from aggregator.grouping.features.records import RARITY_STEPS
from aggregator.grouping.features.run_length import Floats, Ints, find_runs, rank_in_run, stable_argsort
from aggregator.grouping.features.word_hashes import mix
from aggregator.grouping.pairs.arrays import Bools
from aggregator.grouping.storylines.profiles import NAME, TITLE, Profiles, is_current, read_profiles

DAY = 86400
LIFE_DAYS = 30
"""Days after which nothing continues a story: monthly hearings, votes and figures are within them."""
KEY_WORDS = 8
"""Words of a profile, each pair of which, with a name, is looked up in other stories."""
NEIGHBOURS = 16
"""Earlier stories with the same two words that a story is compared with: the latest."""

BIAS = -2.7
COSINE = 5.8
"""Weight of the cosine of both profiles."""
RARITY = 0.07
"""Weight of the rarity of all shared words."""
FREQUENCY = -0.5
"""Weight of the logarithm of how many stories have the same two words: a running topic is no saga."""
TEMPLATE, DEVELOPMENT_SHARE = -20.0, 0.4
"""Weight of the share of the ordinary words of a title that the other one has, too, the smaller of both, beyond the
share that two developments may have in common: two instalments of a series have more."""
NAMES_ONLY = -1.1
"""Added if the stories share hardly any ordinary word: a person does many things."""
ORDINARY_RARITY = 3.5
"""Rarity of shared ordinary words together from which they count."""
SAME_OUTLET, SEVERAL_OUTLETS = -1.1, 0.8
"""Added for two stories of one outlet, if there are others: each outlet repeats its own phrases. And for two stories of
several outlets each: the words of their profiles are those that outlets agree on."""
PER_DAY = -0.064

MAX_WORDS = 5
"""Shared words that a reason lists at most."""

_BATCH = 16384
_PAIRS = np.triu_indices(KEY_WORDS, 1)


def earlier_pairs(profiles: Profiles, began: Ints, examined: Bools) -> tuple[Ints, Ints, Floats]:
    """Return pairs of stories that share a name and another word: the earlier one, the later one, and in how many
    stories up to the later one the shared words occur together (the geometric mean).

    `profiles`, `began`: by time; `examined`: the stories whose earlier ones are wanted.
    """
    key, row = _word_pairs_like(profiles, examined)
    order = np.argsort(key)
    starts, lengths = find_runs(key[order])
    pair_and_row = np.repeat(np.arange(len(starts)) << 32, lengths) | row[order]
    pair_and_row.sort()
    row = pair_and_row & 0xFFFFFFFF
    rank = rank_in_run(starts, lengths)
    wanted = examined[row]
    early, late, together = [], [], []
    for back in range(1, NEIGHBOURS + 1):
        later = np.flatnonzero(wanted & (rank >= back))
        alive = began[row[later]] - began[row[later - back]] <= LIFE_DAYS * DAY
        early.append(row[later - back][alive])
        late.append(row[later][alive])
        together.append(np.log(rank[later][alive] + 1))
    row_bits = len(profiles).bit_length()
    pair = np.concatenate(late) << row_bits | np.concatenate(early)
    order = stable_argsort(pair)
    starts, times = find_runs(pair[order])
    pair = pair[order][starts]
    frequency = np.add.reduceat(np.concatenate(together)[order], starts) / times if len(pair) else np.zeros(0)
    return pair & (1 << row_bits) - 1, pair >> row_bits, frequency.astype(np.float32)


def may_share(profiles: Profiles, others: Profiles) -> Bools:
    """Return which stories may share two key words with one of some others."""
    shared = may_be_among(profiles["words"][:, :KEY_WORDS], others["words"][:, :KEY_WORDS])
    may: Bools = shared.sum(axis=1) >= 2
    return may


def _word_pairs_like(profiles: Profiles, examined: Bools) -> tuple[npt.NDArray[np.uint64], Ints]:
    """Return the word pairs that an examined story may have, too: those whose first bits are those of one of its."""
    sought = np.concatenate([key for key, _ in _word_pairs(profiles, np.flatnonzero(examined))])
    shift = np.uint64(60 - len(sought).bit_length())  # sixteen times as many values as hashes
    present = np.zeros(1 << 64 - int(shift), bool)
    present[sought >> shift] = True
    keys, rows = [], []
    for key, row in _word_pairs(profiles, np.arange(len(profiles))):
        wanted = present[key >> shift]
        keys.append(key[wanted])
        rows.append(row[wanted])
    return np.concatenate(keys), np.concatenate(rows)


def _word_pairs(profiles: Profiles, rows: Ints) -> Iterator[tuple[npt.NDArray[np.uint64], Ints]]:
    """Yield the hash of each pair of key words with a name, and the row of its story; for many stories, in batches."""
    first, second = _PAIRS
    for start in range(0, max(len(rows), 1), _BATCH):
        batch = rows[start : start + _BATCH]
        words = profiles["words"][batch, :KEY_WORDS].astype(np.uint64)
        name = profiles["flags"][batch, :KEY_WORDS] & NAME > 0
        a, b = words[:, first], words[:, second]
        used = (a > 0) & (b > 0) & (name[:, first] | name[:, second])
        key = mix(mix(np.minimum(a, b)) + np.maximum(a, b))
        yield key[used], np.repeat(batch, used.sum(axis=1))


def log_odds(profiles: Profiles, began: Ints, early: Ints, late: Ints, frequency: Floats) -> Floats:
    """Return the log-odds that each later story continues the earlier one. `frequency`: of `earlier_pairs`."""
    scores = np.empty(len(early), np.float32)
    for start in range(0, len(early), _BATCH):
        batch = slice(start, start + _BATCH)
        scores[batch] = _score(profiles[early[batch]], profiles[late[batch]])
    outlet = profiles["outlet"]
    if (outlet != outlet[:1]).any():
        same, several = outlet[early] == outlet[late], outlet[early] == 0
        scores += np.where(same, np.where(several, SEVERAL_OUTLETS, SAME_OUTLET), 0)
    scores += FREQUENCY * frequency
    scores += PER_DAY / DAY * (began[late] - began[early]).astype(np.float32)
    return scores


def _score(early: Profiles, late: Profiles) -> Floats:
    """Return the terms of the log-odds that follow from the profiles alone."""
    same = (early["words"][:, :, None] == late["words"][:, None, :]) & (early["words"] > 0)[:, :, None]
    column = same.argmax(axis=2)  # where the word of the earlier story is in the later one
    shared, shared_late = same.any(axis=2), same.any(axis=1)

    def of_late(field: str) -> npt.NDArray[np.uint8]:
        values: npt.NDArray[np.uint8] = np.take_along_axis(late[field], column, axis=1)
        return values

    rarity = np.minimum(early["rarity"], of_late("rarity")) * shared / np.float32(RARITY_STEPS)
    name = (early["flags"] | of_late("flags")) & NAME > 0
    cosine = (early["weights"] * of_late("weights").astype(np.float32) * shared).sum(axis=1) / 255**2
    template = np.minimum(_title_share(early, shared), _title_share(late, shared_late))
    names_only = (rarity * ~name).sum(axis=1) < ORDINARY_RARITY
    score: Floats = BIAS + COSINE * cosine + RARITY * rarity.sum(axis=1)
    score += TEMPLATE * np.maximum(template - DEVELOPMENT_SHARE, 0)
    score += NAMES_ONLY * names_only
    return score


def _title_share(profiles: Profiles, shared: Bools) -> Floats:
    """Return how much of the ordinary words of each title is shared."""
    rarity = profiles["rarity"] * (profiles["flags"] & (NAME | TITLE) == TITLE).astype(np.float32)
    share: Floats = (rarity * shared).sum(axis=1) / np.maximum(rarity.sum(axis=1), 1)
    return share


def core_resemblance(story: Profiles, stories: Profiles) -> float:
    """Return how much a story shares of what the stories of a storyline have in common.

    Each word counts by its rarity and by the share of the stories that contain it. The result is the geometric mean of
    the sums for names and for ordinary words: two affairs of one person share the names only.
    """
    share = (stories["words"][:, :, None] == story["words"]).any(axis=1).mean(axis=0)
    value = np.where(story["words"] > 0, share * story["rarity"] / RARITY_STEPS, 0)
    name = story["flags"] & NAME > 0
    return float(np.sqrt(value[name].sum() * value[~name].sum()))


def shared_words(a: Profiles, b: Profiles, limit: int) -> list[int]:
    """Return the hashes of the rarest words that two profiles share, the rarest first."""
    others = {*b["words"].tolist()}
    pairs = zip(a["rarity"].tolist(), a["words"].tolist(), strict=True)
    rarest = sorted((pair for pair in pairs if pair[1] and pair[1] in others), key=lambda pair: -pair[0])
    return [word for _, word in rarest[:limit]]


def closest_profile(stored: bytes | None, earlier: Sequence[bytes | None]) -> tuple[int, list[int]] | None:
    """Return the stored profile that shares most with another one, by its index, and the words that both have.

    None if the profiles are no longer stored, or share no word.
    """
    if stored is None or not is_current(stored):
        return None
    [own] = read_profiles(stored)
    best: tuple[int, list[int]] | None = None
    for number, other in enumerate(earlier):
        if other is not None and is_current(other):
            words = shared_words(own, read_profiles(other)[0], MAX_WORDS)
            if words and (best is None or len(words) >= len(best[1])):  # of equal ones the latest
                best = number, words
    return best


def is_of_one_outlet(a: Profiles, b: Profiles) -> bool:
    """Return whether all articles of two stories are of the same outlet."""
    return bool(a["outlet"] == b["outlet"] != 0)


def share_title_word(a: Profiles, b: Profiles) -> bool:
    """Return whether the titles of two stories have a word of substance in common."""
    return bool(np.isin(_title_words(a), _title_words(b)).any())


def _title_words(profile: Profiles) -> npt.NDArray[np.uint32]:
    words: npt.NDArray[np.uint32] = profile["words"][profile["flags"] & TITLE > 0]
    return words
