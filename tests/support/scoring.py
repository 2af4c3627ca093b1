"""How good a grouping is beside the labels of an editor: six figures, each 1 at best, and the mistakes behind them.

A grouping is a mapping from the id of an article to the name of its group; which names does not matter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

Grouping = Mapping[str, str]
Pair = tuple[str, str]


def story_figures(labels: Grouping, found: Grouping) -> dict[str, float]:
    """What is right about the groups that were found. What was not found at all counts as alone."""
    found = {one: found.get(one, f"missing {one}") for one in labels}
    cells = Counter((labels[one], found[one]) for one in labels)
    stories, groups = Counter(labels.values()), Counter(found.values())
    joined = sum(_pairs(size) for size in cells.values())
    mixed = Counter(group for _, group in cells)
    large = [group for group, size in groups.items() if size > 1]
    return {
        "pairwise_f1": f1(_share(joined, _pairs_in(groups)), _share(joined, _pairs_in(stories))),
        "bcubed_f1_of_stories": _bcubed(
            {cell: n for cell, n in cells.items() if stories[cell[0]] > 1}, stories, groups
        ),
        "pure_groups": _share(sum(mixed[group] == 1 for group in large), len(large)),
        "bcubed_f1_of_all": _bcubed(cells, stories, groups),
    }


def copy_figures(same: Iterable[Pair], different: Iterable[Pair], originals: Grouping) -> dict[str, float]:
    """Of labelled pairs. `originals`: of each copy that was found, the id of what it is a copy of."""
    return {
        "copies_found": _mean([_merged(pair, originals) for pair in same]),
        "look_alikes_kept": _mean([not _merged(pair, originals) for pair in different]),
    }


def wrong_copies(same: Iterable[Pair], different: Iterable[Pair], originals: Grouping) -> tuple[list[Pair], list[Pair]]:
    """Copies that were missed, and look-alikes that were taken for copies."""
    missed = [pair for pair in same if not _merged(pair, originals)]
    return missed, [pair for pair in different if _merged(pair, originals)]


def worst(whole: Grouping, parts: Grouping) -> list[tuple[int, Pair]]:
    """The groups of `whole` that `parts` divides, worst first: how many pairs are divided, and one of them.

    Whole groups that were found, divided by the labels, are what was wrongly joined; the other way round, missed.
    """
    groups: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one, group in whole.items():
        groups[group][parts.get(one, f"missing {one}")].append(one)
    divided = []
    for cells in groups.values():
        first, *rest = sorted(cells.values(), key=lambda cell: (-len(cell), cell))
        if rest:
            sizes = [len(first), *map(len, rest)]
            divided.append((_pairs(sum(sizes)) - sum(map(_pairs, sizes)), (first[0], rest[0][0])))
    return sorted(divided, key=lambda one: (-one[0], one[1]))


def f1(precision: float, recall: float) -> float:
    """The harmonic mean: low where either is."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _bcubed(cells: Mapping[Pair, int], stories: Counter[str], groups: Counter[str]) -> float:
    """Each article by how much of its group belongs to it, and how much of its story is there, itself included."""
    articles = sum(cells.values())
    precision = _share(sum(n * n / groups[group] for (_, group), n in cells.items()), articles)
    return f1(precision, _share(sum(n * n / stories[story] for (story, _), n in cells.items()), articles))


def _merged(pair: Pair, originals: Grouping) -> bool:
    """Whether one is a copy of the other, or both of a third."""
    a, b = (originals.get(one, one) for one in pair)
    return a == b


def _mean(truths: list[bool]) -> float:
    return _share(sum(truths), len(truths))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _pairs(size: int) -> int:
    return size * (size - 1) // 2


def _pairs_in(sizes: Counter[str]) -> int:
    return sum(map(_pairs, sizes.values()))
