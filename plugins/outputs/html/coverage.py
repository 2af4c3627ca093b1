"""Tells how the coverage of a story grew: when each outlet joined, and how many there were at each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from aggregator import Article, Story
from aggregator.outputs.dates import Dates

CHART_WIDTH = 640
LAST_STEP = 620
"""Where the last article is: a step at the edge could not be seen."""
CHART_HEIGHT = 96
SMALLEST_CHART = 3
"""Outlets from which a chart tells more than the list."""


class Account(msgspec.Struct, frozen=True):
    """What one outlet has of a story. `article`: its newest; `earlier`: its others, newest first; `copies`: articles of
    other outlets with the text of one of these."""

    article: Article
    earlier: tuple[Article, ...] = ()
    copies: tuple[Article, ...] = ()


class Step(msgspec.Struct, frozen=True):
    """An article that joined a story. `number`: of the outlets that had the story then; `joins`: whether its outlet is
    one more."""

    article: Article
    number: int
    joins: bool


class Chart(msgspec.Struct, frozen=True):
    """The number of outlets over time, as the path of an SVG picture: a line of steps, and the area below it."""

    line: str
    area: str
    start: datetime
    end: datetime
    outlets: int


def accounts(story: Story) -> list[Account]:
    """Return what each outlet has of a story: that of the headline first, then in the order in which they joined."""
    by_outlet: dict[str, list[Article]] = {story.shown.source.name: []}
    for article in sorted(story.articles, key=lambda article: article.date):
        by_outlet.setdefault(article.source.name, []).append(article)
    return [_account(story, articles[::-1]) for articles in by_outlet.values() if articles]


def _account(story: Story, articles: Sequence[Article]) -> Account:
    ids = {article.id for article in articles}
    copies = sorted((copy.article for copy in story.copies if copy.of in ids), key=lambda article: article.date)
    return Account(articles[0], tuple(articles[1:]), tuple(copies))


def timeline(story: Story, dates: Dates) -> list[tuple[datetime, list[Step]]]:
    """Return the articles of a story by day, in the order in which they were published."""
    days: dict[object, tuple[datetime, list[Step]]] = {}
    for step in _steps(story):
        date = step.article.date
        days.setdefault(dates.local(date).date(), (date, []))[1].append(step)
    return list(days.values())


def chart(story: Story) -> Chart | None:
    """Return how the number of outlets grew; None if there are too few, or all joined at the same time."""
    joined = [step for step in _steps(story) if step.joins]
    start, end = joined[0].article.date, story.newest
    if len(joined) < SMALLEST_CHART or end <= start:
        return None
    width = (end - start).total_seconds()
    points = [
        (
            round((step.article.date - start).total_seconds() / width * LAST_STEP, 1),
            round(CHART_HEIGHT * (1 - step.number / len(joined)), 1),
        )
        for step in joined
    ]
    steps = " ".join(f"H{x:g}V{y:g}" for x, y in points[1:])
    line = f"M0 {points[0][1]:g}{steps}H{CHART_WIDTH}"
    return Chart(
        line, f"M0 {CHART_HEIGHT}V{points[0][1]:g}{steps}H{CHART_WIDTH}V{CHART_HEIGHT}Z", start, end, len(joined)
    )


def _steps(story: Story) -> Iterator[Step]:
    outlets: set[str] = set()
    for article in sorted(story.articles, key=lambda article: article.date):
        joins = article.source.name not in outlets
        outlets.add(article.source.name)
        yield Step(article, len(outlets), joins)
