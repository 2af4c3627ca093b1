"""Lays out the front page: what leads, what stands beside it, the sections, and what is told in brief."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain, product
from typing import Any

import msgspec

from aggregator import Article, Section, Story
from aggregator.model import Archive
from aggregator.outputs.page_names import FRONT_PAGE, edition_page

from .estimate import is_short, latest_height, lead_height, major_height, second_height
from .site import Site, View

MAJORS = 3
"""Stories beside the lead, at most."""
LATEST = (4, 14)
"""Stories in the list of the newest, at least and at most."""
TIMELINE = 6
"""Articles in the time line of the lead story, at most."""
SMALLEST = 3
"""Stories from which a section has a row of its own."""
WIDEST_ROW = 4
"""Small sections beside each other, at most."""


class Block(msgspec.Struct, frozen=True):
    """A section as it is laid out. `feature`: with picture and summary; `headlines`: beside it;
    `first`: whether it begins the section, and has its label; `even`: whether all are alike, because it has no picture.
    """

    section: Section
    feature: Story
    headlines: tuple[Story, ...]
    first: bool = True
    even: bool = False


class Front(msgspec.Struct, frozen=True):
    """The stories of the front page by their places; each story has one, except that `latest` repeats some.

    `lead`; `seconds`: below it, with pictures; `majors`: beside it; `row`: across the page; `blocks`: large sections;
    `small`: rows of sections of one or two stories; `brief`: all others, with their sections. `timeline`: articles of
    the lead; `kickers`: labels of sections by the `id` of a story; `row_pictured`: whether the stories there have
    pictures; `sections`: for navigation; `columns`: of the sections; `remaining`: the stories of each section that are
    not at the top, for other layouts; `wide`: whether the picture of the lead has the width of its headline.
    """

    lead: Story | None = None
    timeline: tuple[Article, ...] = ()
    seconds: tuple[Story, ...] = ()
    majors: tuple[Story, ...] = ()
    latest: tuple[Story, ...] = ()
    row: tuple[Story, ...] = ()
    blocks: tuple[Block, ...] = ()
    small: tuple[tuple[Block, ...], ...] = ()
    brief: tuple[tuple[Section, Story], ...] = ()
    kickers: dict[str, str] = {}
    row_pictured: bool = False
    sections: tuple[Section, ...] = ()
    columns: int = 3
    remaining: tuple[tuple[Section, tuple[Story, ...]], ...] = ()
    wide: bool = False


def front_pages(site: Site, archive: Archive) -> Iterator[tuple[str, bytes]]:
    """Yield the front page, and in a folder the same page under the day of the edition."""
    front = lay_out(site)
    days = sorted(archive.days)
    day = site.edition.day
    around = {
        "previous": max((one for one in days if one < day), default=None),
        "next": min((one for one in days if one > day), default=None),
    }
    if site.single:
        yield "", site.page(site.single, "front.html.j2", front=front, **around)
        return
    if not archive.frozen:
        yield FRONT_PAGE, site.page(FRONT_PAGE, "front.html.j2", front=front, **around)
    if site.edition.stories:
        name = edition_page(day)
        yield name, site.page(name, "front.html.j2", front=front, **around)


def lay_out(site: Site) -> Front:
    """Give each story of the edition its place."""
    stories = site.edition.stories
    if not stories:
        return Front()
    view = View(site, FRONT_PAGE)
    top = _fill_top(view, stories)
    used = {story.id for story in (stories[0], *top.seconds, *top.majors)}
    rest = [story for story in stories if story.id not in used]
    row = _row(view, rest)
    used |= {story.id for story in row}
    left = ((one, tuple(story for story in one.stories if story.id not in used)) for one in site.edition.sections)
    remaining = tuple((section, stories) for section, stories in left if stories)
    blocks, small, brief = _sections(view, remaining)
    return msgspec.structs.replace(
        top,
        row=row,
        blocks=blocks,
        small=small,
        brief=brief,
        kickers=_kickers(view),
        row_pictured=all(view.picture(story) for story in row),
        columns=site.look.columns,
        remaining=remaining,
        wide=is_short(stories[0], top.timeline),
        sections=tuple(block.section for block in (*blocks, *chain.from_iterable(small)) if block.first),
    )


def _kickers(view: View) -> dict[str, str]:
    sections = (section for section in view.edition.sections if section.name.strip())
    return {story.id: view.section_label(section) for section in sections for story in section.stories}


class Column(msgspec.Struct, frozen=True):
    """What one of the two columns at the top may hold. `listed`: articles of the time line, or newest stories.

    `height`: as estimated for a window of 1280 pixels; `penalty`: how far it is from the usual page, in pixels.
    """

    stories: tuple[Story, ...]
    listed: tuple[Any, ...]
    height: float
    penalty: float


def _fill_top(view: View, stories: Sequence[Story]) -> Front:
    """Choose what stands below and beside the lead story, so that both columns end at about the same height."""
    lead, rest = stories[0], stories[1:]
    pictured = [story for story in rest[:8] if view.picture(story)][:2]
    best, chosen = math.inf, Front(lead)
    for seconds in (tuple(pictured) if len(pictured) == 2 else (), ()):
        others = [story for story in rest if story not in seconds]
        for left, right in product(_left_columns(view, lead, seconds), _right_columns(view, (lead, *seconds), others)):
            uneven = abs(left.height - right.height) if right.stories or right.listed else 0
            if (penalty := uneven + left.penalty + right.penalty) < best:
                best = penalty
                chosen = Front(lead, left.listed, left.stories, right.stories, right.listed)
    return chosen


def _left_columns(view: View, lead: Story, seconds: tuple[Story, ...]) -> Iterator[Column]:
    """Yield the lead story with a time line of any length, above these stories."""
    timeline, has_picture = _timeline(lead), view.picture(lead) is not None
    below = max(map(second_height, seconds), default=0)
    for told in range(len(timeline) + 1):
        height, hole = lead_height(lead, has_picture=has_picture, timeline=timeline[:told])
        penalty = 2 * hole - 6 * told + (0 if seconds else 300)
        yield Column(seconds, timeline[:told], height + below, penalty)


def _right_columns(view: View, above: Sequence[Story], others: Sequence[Story]) -> Iterator[Column]:
    """Yield any number of the next stories, above any number of the newest."""
    for count in range(min(MAJORS, len(others)) + 1):
        majors = tuple(others[:count])
        newest = _latest(view, [*above, *majors])
        height = sum(map(major_height, majors))
        for shown in range(min(LATEST[0], len(newest)), len(newest) + 1):
            days = {view.day_of(story.updated) for story in newest[:shown]} - {view.day_of(view.edition.date)}
            listed = latest_height(newest[:shown], len(days))
            yield Column(majors, newest[:shown], height + listed, 150 * abs(count - 2) + 4 * abs(shown - 8))


def _timeline(story: Story) -> tuple[Article, ...]:
    """Return other articles of a story as its coverage grew: one of each outlet, the oldest first."""
    firsts: dict[str, Article] = {}
    for article in sorted(story.articles, key=lambda one: (one.date, one.id)):
        if article.id != story.shown.id or article.source != story.shown.source:
            firsts.setdefault(article.source.name, article)
    return (*firsts.values(),)[:TIMELINE]


def _latest(view: View, above: Sequence[Story]) -> tuple[Story, ...]:
    """Return the newest stories, without those right beside the list."""
    ids = {story.id for story in above}
    return tuple(story for story in view.edition.newest[:60] if story.id not in ids)[: LATEST[1]]


def _row(view: View, stories: Sequence[Story]) -> tuple[Story, ...]:
    """Return the stories for the row across the page: those with pictures, if they fill it."""
    size = view.site.look.columns
    pictured = [story for story in stories[:12] if view.picture(story)][:size]
    if size < 2 or len(stories) < 2 * size:
        return ()
    return tuple(pictured if len(pictured) == size else stories[:size])


def _sections(
    view: View, remaining: Sequence[tuple[Section, tuple[Story, ...]]]
) -> tuple[tuple[Block, ...], tuple[tuple[Block, ...], ...], tuple[tuple[Section, Story], ...]]:
    """Divide the other stories: sections with a row of their own, small ones, and stories in brief."""
    rows = {1: 4, 2: 2}.get(len(remaining), 1)
    blocks, small, brief = [], [], list[tuple[Section, Story]]()
    for section, stories in remaining:
        if len(stories) < SMALLEST:
            small.append(_small(view, section, stories))
            continue
        for row in range(rows):
            if len(stories) >= SMALLEST:
                block = _block(view, section, stories, view.site.look.columns)
                blocks.append(msgspec.structs.replace(block, first=row == 0))
                placed = {blocks[-1].feature.id, *(story.id for story in blocks[-1].headlines)}
                stories = tuple(story for story in stories if story.id not in placed)
        brief += [(section, story) for story in stories]
    if len(small) == 1:
        blocks.append(msgspec.structs.replace(small.pop(), even=True))
    if not all(block.headlines for block in small):  # all of one story, or all of two
        brief += [(block.section, story) for block in small for story in block.headlines]
        small = [msgspec.structs.replace(block, headlines=()) for block in small]
    return tuple(blocks), tuple(_shared_rows(small)), tuple(brief)


def _shared_rows(small: Sequence[Block]) -> Iterator[tuple[Block, ...]]:
    """Yield rows of two to four small sections, as many in each as possible."""
    rows = -(-len(small) // WIDEST_ROW)
    for row in range(rows):
        start, end = (len(small) * n // rows for n in (row, row + 1))
        yield tuple(small[start:end])


def _block(view: View, section: Section, stories: Sequence[Story], columns: int) -> Block:
    """Lay out a row of a section: a story with a picture and headlines beside it, or else stories alike."""
    feature = next((story for story in stories[:5] if view.picture(story)), None)
    others = [story for story in stories if story is not feature]
    if feature:
        fitting = {1: (4, 3, 2), 2: (3, 2), 3: (4, 3, 2), 4: (6, 4, 3, 2)}[columns]
        return Block(section, feature, tuple(others[: next(count for count in fitting if count <= len(others))]))
    whole = min(len(stories) // columns * columns, 2 * columns) or len(stories)
    return Block(section, stories[0], tuple(stories[1:whole]), even=True)


def _small(view: View, section: Section, stories: Sequence[Story]) -> Block:
    feature = next((story for story in stories if view.picture(story)), stories[0])
    return Block(section, feature, tuple(story for story in stories if story is not feature))
