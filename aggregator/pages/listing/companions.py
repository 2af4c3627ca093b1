"""Finds kinds of links that only accompany headlines in their cards: authors, sources, last replies."""

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
"""Minimum number of targets of a kind of headlines."""
MOST_COMPANIONS = 2
"""Maximum number of companions of one kind in a card; more links form a list of their own."""
USUAL = 0.6
"""Minimum share of the links of a kind that are in cards of headlines."""


def weights_by_kind(links: Sequence[Link], weights: Mapping[int, float]) -> dict[Kind, float]:
    """Return the median weight of each kind of link. `weights`: by the `id()` of each link."""
    groups: dict[Kind, list[float]] = defaultdict(list)
    for link in links:
        groups[link.kind].append(weights[id(link)])
    return {kind: median(group) for kind, group in groups.items()}


def targets_by_kind(links: Sequence[Link]) -> dict[Kind, set[str]]:
    """Return the targets of the links of each kind."""
    targets: dict[Kind, set[str]] = defaultdict(set)
    for link in links:
        targets[link.kind].add(link.target)
    return targets


def companion_kinds(links: Sequence[Link], weights: Mapping[int, float]) -> set[Kind]:
    """Return the kinds of links that accompany headlines; they are not headlines, whatever their text.

    These links are in the cards of links with a higher weight, one or two in each card, and lead to other folders, or
    to parts of the articles (last reply, PDF).
    """
    kind_weights, targets = weights_by_kind(links, weights), targets_by_kind(links)
    sizes = Counter(link.kind for link in links)
    heads = [link for link in links if kind_weights[link.kind] > 1 and len(targets[link.kind]) >= FEWEST]
    cards = _cards(heads)
    counts: Counter[tuple[Kind, Kind]] = Counter()
    below: Counter[tuple[Kind, Kind]] = Counter()
    card_heads: dict[tuple[Kind, Kind], set[int]] = defaultdict(set)
    for link in links:
        for head in _heads(link, cards):
            if kind_weights[head.kind] > kind_weights[link.kind]:
                counts[link.kind, head.kind] += 1
                below[link.kind, head.kind] += _is_part(link.target, head.target)
                card_heads[link.kind, head.kind].add(id(head))
    folders = {kind: {url_folder(target) for target in kind_targets} for kind, kind_targets in targets.items()}
    return {
        kind
        for (kind, head), count in counts.items()
        if count >= USUAL * sizes[kind]
        and FEWEST <= len(card_heads[kind, head]) >= count / MOST_COMPANIONS
        and (below[kind, head] == count or folders[kind].isdisjoint(folders[head]))
    }


def _is_part(url: str, whole: str) -> bool:
    """Return whether a URL is below that of an article, or adds parameters to it."""
    bare = whole.rstrip("/")
    return url.startswith((f"{bare}/", f"{bare}?", f"{bare}&"))


def _cards(heads: Sequence[Link]) -> dict[Any, list[Link]]:
    """Return the links by their card: the outermost element around a link without another one of its kind."""
    owners: dict[tuple[Any, Kind], str] = {}
    for link in heads:
        for ancestor in islice(link.element.iterancestors(), HIGHEST_CARD):
            key = ancestor, link.kind
            owners[key] = link.target if owners.get(key, link.target) == link.target else ""
    cards: dict[Any, list[Link]] = defaultdict(list)
    for link in heads:
        card = None
        for ancestor in islice(link.element.iterancestors(), HIGHEST_CARD):
            if ancestor.tag in ("body", "main", "html") or owners[ancestor, link.kind] != link.target:
                break
            card = ancestor
        if card is not None:
            cards[card].append(link)
    return cards


def _heads(link: Link, cards: Mapping[Any, list[Link]]) -> list[Link]:
    """Return the links of other kinds whose card contains a link."""
    ancestors = islice(link.element.iterancestors(), HIGHEST_CARD)
    return [head for card in ancestors for head in cards.get(card, ())[:4] if head.kind != link.kind]
