"""Links that are made alike, and which of them only accompany others: authors, sources, last answers in the cards of
articles."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice
from statistics import median
from typing import Any

from aggregator.pages.listing.link import Kind, Link
from aggregator.pages.url_shape import url_folder

HIGHEST_CARD = 12
FEWEST = 3
"""Articles that a kind of links leads to, for others to accompany them."""
MOST_BESIDE = 2
"""Links of one kind in a card that may accompany its headline; more are a list of their own."""
USUAL = 0.6


def weights_by_kind(links: Sequence[Link], weights: Mapping[int, float]) -> dict[Kind, float]:
    """The weight of each kind of link: the median of its members. `weights`: by the `id()` of each link."""
    groups: dict[Kind, list[float]] = defaultdict(list)
    for link in links:
        groups[link.kind].append(weights[id(link)])
    return {kind: median(group) for kind, group in groups.items()}


def targets_by_kind(links: Sequence[Link]) -> dict[Kind, set[str]]:
    """Where the links of each kind lead."""
    targets: dict[Kind, set[str]] = defaultdict(set)
    for link in links:
        targets[link.kind].add(link.target)
    return targets


def companion_kinds(links: Sequence[Link], weights: Mapping[int, float]) -> set[Kind]:
    """Kinds of links that stand in the cards of weightier ones, one or two in each, and lead to other places, or
    to parts of these articles (last answer, PDF): such are no headlines, whatever they say."""
    groups, targets = weights_by_kind(links, weights), targets_by_kind(links)
    sizes = Counter(link.kind for link in links)
    heads = [link for link in links if groups[link.kind] > 1 and len(targets[link.kind]) >= FEWEST]
    cards = _cards(heads)
    beside: Counter[tuple[Kind, Kind]] = Counter()
    below: Counter[tuple[Kind, Kind]] = Counter()
    held: dict[tuple[Kind, Kind], set[int]] = defaultdict(set)
    for link in links:
        for head in _heads(link, cards):
            if groups[head.kind] > groups[link.kind]:
                beside[link.kind, head.kind] += 1
                below[link.kind, head.kind] += _is_part(link.target, head.target)
                held[link.kind, head.kind].add(id(head))
    places = {kind: {url_folder(target) for target in found} for kind, found in targets.items()}
    return {
        kind
        for (kind, head), count in beside.items()
        if count >= USUAL * sizes[kind]
        and FEWEST <= len(held[kind, head]) >= count / MOST_BESIDE
        and (below[kind, head] == count or places[kind].isdisjoint(places[head]))
    }


def _is_part(address: str, whole: str) -> bool:
    """Whether an address lies below that of an article, or says more to the same program."""
    bare = whole.rstrip("/")
    return address.startswith((f"{bare}/", f"{bare}?", f"{bare}&"))


def _cards(heads: Sequence[Link]) -> dict[Any, list[Link]]:
    """By element, the links whose card it is: the most around each that holds no other of its kind."""
    marks: dict[tuple[Any, Kind], str] = {}
    for link in heads:
        for around in islice(link.element.iterancestors(), HIGHEST_CARD):
            key = around, link.kind
            marks[key] = link.target if marks.get(key, link.target) == link.target else ""
    cards: dict[Any, list[Link]] = defaultdict(list)
    for link in heads:
        card = None
        for around in islice(link.element.iterancestors(), HIGHEST_CARD):
            if around.tag in ("body", "main", "html") or marks[around, link.kind] != link.target:
                break
            card = around
        if card is not None:
            cards[card].append(link)
    return cards


def _heads(link: Link, cards: Mapping[Any, list[Link]]) -> list[Link]:
    """The links of other kinds in whose cards a link stands."""
    around = islice(link.element.iterancestors(), HIGHEST_CARD)
    return [head for one in around for head in cards.get(one, ())[:4] if head.kind != link.kind]
