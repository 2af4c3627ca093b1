"""Writes the list of all editions, as a calendar, and the search page."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from aggregator.model import Deferred
from aggregator.outputs.page_names import ARCHIVE_PAGE, SEARCH_PAGE, edition_page

from .inner import Inner, InnerView
from .metadata import Metadata
from .search_index import DAYS, FOLDER, search_files

LATEST = 30
"""Editions that are listed with the headlines of their lead stories."""
SCRIPT = Path(__file__).parent / "templates" / "search.js"


class Month(msgspec.Struct, frozen=True):
    """A month of the calendar. `year`, `name`: "November"; `offset`: days of its first week that belong to the month
    before; `days`: each with the address of its edition, or ""."""

    year: int
    name: str
    offset: int
    days: tuple[tuple[dt.datetime, str], ...]


def archive_pages(inner: Inner) -> Iterator[tuple[str, Deferred | bytes]]:
    """Yield the list of editions, the search page and what it loads."""
    days = sorted({*inner.archive.days, *([inner.edition.day] if inner.edition.stories else [])})
    leads = dict(zip(inner.archive.days, inner.archive.leads, strict=False))
    shown = [(day.isoformat(), leads.get(day, "")) for day in days]
    yield inner.page("archive.html.j2", ARCHIVE_PAGE, shown, lambda view: _values(view, days, leads))
    yield inner.page(
        "search.html.j2",
        SEARCH_PAGE,
        (),
        lambda view: {
            "folder": view.link(FOLDER),
            "index": view.link(DAYS),
            "metadata": Metadata(title=inner.site.theme.gettext("Search"), indexed=False),
        },
    )
    yield "search.js", SCRIPT.read_bytes()
    yield from search_files(inner)


def _values(view: InnerView, days: list[dt.date], leads: dict[dt.date, str]) -> dict[str, Any]:
    """Return the editions by year and month, newest first, and the lead stories of the latest."""
    gettext = view.site.theme.gettext
    first = view.site.theme.dates.locale.first_week_day
    months = [
        _month(view, year, month, set(listed), first)
        for (year, month), listed in groupby(days, lambda day: (day.year, day.month))
    ]
    zone = view.site.theme.dates.zone
    latest = [day for day in reversed(days) if leads.get(day)][:LATEST]
    return {
        "latest": [
            (dt.datetime(day.year, day.month, day.day, 12, tzinfo=zone), view.link(edition_page(day)), leads[day])
            for day in latest
        ],
        "years": [(year, list(listed)) for year, listed in groupby(reversed(months), lambda month: month.year)],
        "metadata": Metadata(title=gettext("Archive")),
    }


def _month(view: InnerView, year: int, month: int, present: set[dt.date], first_day: int) -> Month:
    from babel.dates import format_date

    begins, length = calendar.monthrange(year, month)
    zone = view.site.theme.dates.zone

    def noon(day: int) -> dt.datetime:
        return dt.datetime(year, month, day, 12, tzinfo=zone)

    days = tuple(
        (noon(day), view.link(edition_page(date)) if (date := dt.date(year, month, day)) in present else "")
        for day in range(1, length + 1)
    )
    name = format_date(dt.date(year, month, 1), "LLLL", view.site.theme.dates.locale)
    return Month(year, name, (begins - first_day) % 7, days)
