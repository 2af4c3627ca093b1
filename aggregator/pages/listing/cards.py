"""What belongs to each headline of a listing: what is around it, up to where another begins, and what stands beside it
where headlines follow each other without anything around each."""

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
MOST_BESIDE = 5
"""Elements beside a headline that belong to it."""
MOST_SIBLINGS = 5_000
MOST_ABOVE = 100
SHORT = 40
"""Characters of a line that is a date, and little else."""

Runs = dict[Any, list[Any]]
"""By card, elements beside it."""


def find_records(links: Sequence[Link], order: str) -> dict[int, Record]:
    """What belongs to each link, by its `id()`. `order`: of day and month in dates."""
    marks = _marks(links)
    cards = {id(link): _card(link, marks) for link in links}
    before, after = _beside(cards.values(), marks, order)
    above = _days(cards, marks, order)
    found = {}
    for link in links:
        card = cards[id(link)]
        elements = [*before.get(card, ()), card, *after.get(card, ())]
        day = _bare_day(card, order) or above.get(id(link))
        found[id(link)] = Record(elements, link.title, order, day)
    return found


def _marks(links: Sequence[Link]) -> dict[Any, str]:
    """Which article each element around a link belongs to; "" where there are several."""
    marks: dict[Any, str] = {}
    for link in links:
        element = link.element
        while element is not None:
            known = marks.get(element)
            if known == "" or known == link.target:
                break
            marks[element] = link.target if known is None else ""
            element = element.getparent()
    return marks


def _card(link: Link, marks: Mapping[Any, str]) -> Any:
    card = link.element
    for _ in range(MOST_CLIMB):
        around = card.getparent()
        if around is None or around.tag in ("body", "main", "html") or marks.get(around) != link.target:
            break
        card = around
        if card.tag in ("article", "li"):
            break
    return card


def _beside(cards: Iterable[Any], marks: Mapping[Any, str], order: str) -> tuple[Runs, Runs]:
    """What stands before and after each card that has nothing of its own around it."""
    before, after = Runs(), Runs()
    flat = [card for card in cards if card.tag not in ("article", "li") and card.getparent() is not None]
    for parent in dict.fromkeys(card.getparent() for card in flat):
        if marks.get(parent) == "":
            first, runs = _runs(parent, marks)
            if _dates_come_first(first, list(runs.values()), order):
                _pass_on(first, runs, before, order)
            _trim(runs)
            after |= runs
    return before, after


def _runs(parent: Any, marks: Mapping[Any, str]) -> tuple[list[Any], Runs]:
    """The elements before the first card in a place, and those after each."""
    first: list[Any] = []
    runs = Runs()
    run = first
    for child in islice(parent.iterchildren(), MOST_SIBLINGS):
        if child in marks:
            run = runs[child] = []
        elif isinstance(child.tag, str):
            run.append(child)
    return first[-MOST_BESIDE:], runs


def _trim(runs: Runs) -> None:
    """After the last card something else may follow: it has as many elements as the others have, and the same."""
    *others, last = runs.values()
    usual = median_low([len(run) for run in others]) if others else 0
    pattern = next((run for run in others if len(run) == usual), [])
    same = [one for one, like in zip(last, pattern, strict=False) if one.tag == like.tag]
    last[:] = same if len(same) == usual else []
    for run in others:
        if len(run) > MOST_BESIDE:
            run.clear()


def _dates_come_first(first: Sequence[Any], runs: Sequence[list[Any]], order: str) -> bool:
    """Whether there is a date before the first card, between the cards, and none after the last. One before the first
    alone is that of the edition."""
    if not _has_date(first[-1:], order) or not runs or _has_date(runs[-1][:MOST_BESIDE], order):
        return False
    dated = sum(1 for run in runs[:-1] if _has_date(run[:MOST_BESIDE], order))
    return dated > 0 and 2 * dated >= len(runs) - 1


def _has_date(elements: Sequence[Any], order: str) -> bool:
    return any(_day_of(one, order) for one in elements)


def _pass_on(first: list[Any], runs: Runs, before: Runs, order: str) -> None:
    """Where dates stand before their headlines, what stands between two belongs to the later from its date on."""
    run = first
    for card, following in runs.items():
        at = next((n for n in reversed(range(len(run))) if _has_date(run[n : n + 1], order)), len(run))
        before[card] = run[at:]
        del run[at:]
        run = following


def _days(cards: Mapping[int, Any], marks: Mapping[Any, str], order: str) -> dict[int, str]:
    """The day that each is listed under, where headings part the days; one alone is that of the edition."""
    found: dict[int, str] = {}
    known: dict[Any, str | None] = {}
    for key, card in cards.items():
        day = _above(card, marks, order, known)
        if day:
            found[key] = day
    return found if len(set(found.values())) > 1 else {}


def _above(card: Any, marks: Mapping[Any, str], order: str, known: dict[Any, str | None]) -> str | None:
    for place in (card, card.getparent()):
        if place is None or place.tag in ("body", "main"):
            return None
        for one in islice(place.itersiblings(preceding=True), MOST_ABOVE):
            if one not in marks and (day := known[one] if one in known else known.setdefault(one, _day_of(one, order))):
                return day
    return None


def _bare_day(card: Any, order: str) -> str | None:
    """The date that stands bare after a card, or before it; of two, the one on the side where the first card has its
    own."""
    around, previous = card.getparent(), card.getprevious()
    if around is None:
        return None
    before = _short_date(around.text if previous is None else previous.tail, order)
    after = _short_date(card.tail, order)
    if before and after:
        return before if _short_date(around.text, order) else after
    return before or after


def _short_date(text: str | None, order: str) -> str | None:
    return find_date(text, order) if text and len(text) <= SHORT else None


def _day_of(element: Any, order: str) -> str | None:
    """The date that an element is, and nothing else."""
    if not isinstance(element.tag, str) or len(list(islice(element.iter(), 8))) > 7:
        return None
    text = text_of(element)
    return find_date(text, order) if len(text) <= SHORT else None
