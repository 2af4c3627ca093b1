"""Finds the elements that belong to each headline of a listing: its card, or the siblings up to the next headline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from statistics import median_low
from typing import Any

from aggregator.pages.dates import find_date
from aggregator.pages.listing.link import Link
from aggregator.pages.listing.records import Record
from aggregator.pages.tree import text_of

MOST_CLIMB = 12
MOST_SIBLINGS_IN_RUN = 5
"""Maximum number of siblings that belong to a headline."""
MOST_CHILDREN = 5_000
MOST_ABOVE = 100
SHORT = 40
"""Maximum length of a line that consists of a date, in characters."""

Runs = dict[Any, list[Any]]
"""By card, the siblings that belong to it."""


def find_records(links: Sequence[Link], order: str) -> dict[int, Record]:
    """Return the record of each link, by its `id()`. `order`: of day and month in dates."""
    owners = _owners(links)
    cards = {id(link): _card(link, owners) for link in links}
    before, after = _sibling_runs(cards.values(), owners, order)
    days = _group_days(cards, owners, order)
    records = {}
    for link in links:
        card = cards[id(link)]
        elements = [*before.get(card, ()), card, *after.get(card, ())]
        day = _bare_day(card, order) or days.get(id(link))
        records[id(link)] = Record(elements, link.title, order, day)
    return records


def _owners(links: Sequence[Link]) -> dict[Any, str]:
    """Return the target of the links in each element around a link; "" for several targets."""
    owners: dict[Any, str] = {}
    for link in links:
        element = link.element
        while element is not None:
            owner = owners.get(element)
            if owner == "" or owner == link.target:
                break
            owners[element] = link.target if owner is None else ""
            element = element.getparent()
    return owners


def _card(link: Link, owners: Mapping[Any, str]) -> Any:
    """Return the outermost element around a link without links to other articles."""
    card = link.element
    for _ in range(MOST_CLIMB):
        parent = card.getparent()
        if parent is None or parent.tag in ("body", "main", "html") or owners.get(parent) != link.target:
            break
        card = parent
        if card.tag in ("article", "li"):
            break
    return card


def _sibling_runs(cards: Iterable[Any], owners: Mapping[Any, str], order: str) -> tuple[Runs, Runs]:
    """Return the siblings before and after each card that is not an `article` or `li` element."""
    before, after = Runs(), Runs()
    flat = [card for card in cards if card.tag not in ("article", "li") and card.getparent() is not None]
    for parent in dict.fromkeys(card.getparent() for card in flat):
        if owners.get(parent) == "":
            first, runs = _runs(parent, owners)
            if _dates_come_first(first, list(runs.values()), order):
                _assign_by_date(first, runs, before, order)
            _trim(runs)
            after |= runs
    return before, after


def _runs(parent: Any, owners: Mapping[Any, str]) -> tuple[list[Any], Runs]:
    """Return the children of an element before the first card, and those after each card."""
    first: list[Any] = []
    runs = Runs()
    run = first
    for child in islice(parent.iterchildren(), MOST_CHILDREN):
        if child in owners:
            run = runs[child] = []
        elif isinstance(child.tag, str):
            run.append(child)
    return first[-MOST_SIBLINGS_IN_RUN:], runs


def _trim(runs: Runs) -> None:
    """Limit the last run, which other content may follow, to the length and the tags of the other runs."""
    *others, last = runs.values()
    usual = median_low([len(run) for run in others]) if others else 0
    pattern = next((run for run in others if len(run) == usual), [])
    matching = [element for element, like in zip(last, pattern, strict=False) if element.tag == like.tag]
    last[:] = matching if len(matching) == usual else []
    for run in others:
        if len(run) > MOST_SIBLINGS_IN_RUN:
            run.clear()


def _dates_come_first(first: Sequence[Any], runs: Sequence[list[Any]], order: str) -> bool:
    """Return whether dates precede the cards: before the first one and between them, but not after the last.

    A date before the first card only is that of the edition.
    """
    if not _has_date(first[-1:], order) or not runs or _has_date(runs[-1][:MOST_SIBLINGS_IN_RUN], order):
        return False
    dated = sum(1 for run in runs[:-1] if _has_date(run[:MOST_SIBLINGS_IN_RUN], order))
    return dated > 0 and 2 * dated >= len(runs) - 1


def _has_date(elements: Sequence[Any], order: str) -> bool:
    return any(_element_date(element, order) for element in elements)


def _assign_by_date(first: list[Any], runs: Runs, before: Runs, order: str) -> None:
    """Assign the elements between two cards to the later one, from its date on."""
    run = first
    for card, following in runs.items():
        at = next((n for n in reversed(range(len(run))) if _has_date(run[n : n + 1], order)), len(run))
        before[card] = run[at:]
        del run[at:]
        run = following


def _group_days(cards: Mapping[int, Any], owners: Mapping[Any, str], order: str) -> dict[int, str]:
    """Return the date heading above each card; a single date is that of the edition."""
    days: dict[int, str] = {}
    cache: dict[Any, str | None] = {}
    for key, card in cards.items():
        day = _day_above(card, owners, order, cache)
        if day:
            days[key] = day
    return days if len(set(days.values())) > 1 else {}


def _day_above(card: Any, owners: Mapping[Any, str], order: str, cache: dict[Any, str | None]) -> str | None:
    for element in (card, card.getparent()):
        if element is None or element.tag in ("body", "main"):
            return None
        for sibling in islice(element.itersiblings(preceding=True), MOST_ABOVE):
            if sibling in owners:
                continue
            if sibling not in cache:
                cache[sibling] = _element_date(sibling, order)
            if day := cache[sibling]:
                return day
    return None


def _bare_day(card: Any, order: str) -> str | None:
    """Return the date in the bare text after a card, or before it.

    Of two dates, the one on the side where the first card has its own.
    """
    parent, previous = card.getparent(), card.getprevious()
    if parent is None:
        return None
    before = _short_date(parent.text if previous is None else previous.tail, order)
    after = _short_date(card.tail, order)
    if before and after:
        return before if _short_date(parent.text, order) else after
    return before or after


def _short_date(text: str | None, order: str) -> str | None:
    return find_date(text, order) if text and len(text) <= SHORT else None


def _element_date(element: Any, order: str) -> str | None:
    """Return the date of an element that consists of a date only."""
    if not isinstance(element.tag, str) or len(list(islice(element.iter(), 8))) > 7:
        return None
    text = text_of(element)
    return find_date(text, order) if len(text) <= SHORT else None
