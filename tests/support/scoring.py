"""Compare groups of articles with the labels of an editor: figures that are 1 at best, and the worst errors.

Groups are given as a mapping from the ids of articles to the names of their groups. Names need not match.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

Groups = Mapping[str, str]
Pair = tuple[str, str]


def story_figures(labels: Groups, predicted: Groups) -> dict[str, float]:
    """Score predicted groups. Articles without a predicted group count as single."""
    predicted = {article: predicted.get(article, f"missing {article}") for article in labels}
    cells = Counter((labels[article], predicted[article]) for article in labels)  # by story and group
    stories, groups = Counter(labels.values()), Counter(predicted.values())
    correct_pairs = sum(_pairs(size) for size in cells.values())
    stories_in_group = Counter(group for _, group in cells)
    large = [group for group, size in groups.items() if size > 1]
    return {
        "pairwise_f1": f1(_share(correct_pairs, _pairs_in(groups)), _share(correct_pairs, _pairs_in(stories))),
        "bcubed_f1_of_stories": _bcubed(
            {cell: n for cell, n in cells.items() if stories[cell[0]] > 1}, stories, groups
        ),
        "pure_groups": _share(sum(stories_in_group[group] == 1 for group in large), len(large)),
        "bcubed_f1_of_all": _bcubed(cells, stories, groups),
    }


def copy_figures(same: Iterable[Pair], different: Iterable[Pair], originals: Groups) -> dict[str, float]:
    """Score predicted copies over labelled pairs. `originals`: the original of each predicted copy, by id."""
    return {
        "copies_found": _mean([_merged(pair, originals) for pair in same]),
        "look_alikes_kept": _mean([not _merged(pair, originals) for pair in different]),
    }


def storyline_figures(labels: Mapping[str, str | None], predicted: Groups) -> dict[str, float]:
    """Score predicted storylines over pairs of articles of which at least one belongs to a labelled storyline.

    `labels`: the storyline of each article, or None; `predicted`: the storylines of those that are in one.
    """
    of_labelled = Counter(predicted[article] for article, label in labels.items() if label and article in predicted)
    of_others = Counter(predicted[article] for article, label in labels.items() if not label and article in predicted)
    cells = Counter((label, predicted[article]) for article, label in labels.items() if label and article in predicted)
    correct = _pairs_in(cells)
    found = _pairs_in(of_labelled) + sum(size * of_others[storyline] for storyline, size in of_labelled.items())
    expected = _pairs_in(Counter(filter(None, labels.values())))
    return {"storyline_precision": _share(correct, found), "storyline_recall": _share(correct, expected)}


def wrong_copies(same: Iterable[Pair], different: Iterable[Pair], originals: Groups) -> tuple[list[Pair], list[Pair]]:
    """Return the copies that were missed, and the look-alikes that were predicted to be copies."""
    missed = [pair for pair in same if not _merged(pair, originals)]
    return missed, [pair for pair in different if _merged(pair, originals)]


def worst(groups: Groups, parts: Groups) -> list[tuple[int, Pair]]:
    """Return the groups that `parts` divides, worst first: the number of divided pairs, and one of them.

    Predicted groups that the labels divide were wrongly merged; labels that the predicted groups divide were missed.
    """
    cells_by_group: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for article, group in groups.items():
        cells_by_group[group][parts.get(article, f"missing {article}")].append(article)
    divided = []
    for cells in cells_by_group.values():
        first, *rest = sorted(cells.values(), key=lambda cell: (-len(cell), cell))
        if rest:
            sizes = [len(first), *map(len, rest)]
            divided.append((_pairs(sum(sizes)) - sum(map(_pairs, sizes)), (first[0], rest[0][0])))
    return sorted(divided, key=lambda item: (-item[0], item[1]))


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _bcubed(cells: Mapping[Pair, int], stories: Counter[str], groups: Counter[str]) -> float:
    """Return F1 of BCubed precision and recall: per article, the shares of its group and of its story that match."""
    articles = sum(cells.values())
    precision = _share(sum(n * n / groups[group] for (_, group), n in cells.items()), articles)
    return f1(precision, _share(sum(n * n / stories[story] for (story, _), n in cells.items()), articles))


def _merged(pair: Pair, originals: Groups) -> bool:
    """Return whether one is a copy of the other, or both are copies of a third article."""
    a, b = (originals.get(article, article) for article in pair)
    return a == b


def _mean(flags: list[bool]) -> float:
    return _share(sum(flags), len(flags))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _pairs(size: int) -> int:
    return size * (size - 1) // 2


def _pairs_in(sizes: Mapping[Any, int]) -> int:
    return sum(map(_pairs, sizes.values()))
