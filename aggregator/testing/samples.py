"""Sample articles and editions for tests of filters and outputs: ordinary ones, and edge cases from real feeds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aggregator.model import Article, Copy, Edition, Enclosure, Outlet, Publication, Related, Section, Story

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
"""When sample articles are first seen."""
HOSTILE = "<script>alert(1)</script> \"quotes\" 'n' & ]]> <!-- é 日本 שלום \U0001f600"
"""Text that breaks markup unless it is escaped."""


def an_article(**changes: Any) -> Article:
    """Return an article without missing fields. `changes`: fields to replace."""
    article = Article(
        id="https://harbour.example/news/1",
        url="https://harbour.example/news/1",
        title="Ferrier Bridge reopens to buses",
        summary="All 212 hangers were replaced in 19 months.",
        content="<p>All 212 hangers of <b>Ferrier Bridge</b> were replaced in 19 months.</p>",
        authors=("Ada Quay",),
        published=NOON - timedelta(hours=2),
        first_seen=NOON,
        language="en",
        tags=("bridges",),
        source=Outlet("Harbour News", "https://harbour.example/"),
    )
    return article.replace(**changes)


def a_story(*articles: Article, copies: Sequence[Copy] = (), **changes: Any) -> Story:
    """Return a story of these articles, or of one sample article. `changes`: fields to replace."""
    members = articles or (an_article(),)
    fields = {"id": uuid5(NAMESPACE_URL, members[0].id).urn, "why": ("the same names",) * (len(members) - 1)}
    return Story(articles=members, copies=tuple(copies), **(fields | changes))


def an_edition(*content: Article | Story, **changes: Any) -> Edition:
    """Return an edition of these articles and stories, in this order. `changes`: fields to replace."""
    stories = tuple(a_story(one) if isinstance(one, Article) else one for one in content)
    outlets = {outlet.name: outlet for story in stories for outlet in story.outlets}
    fields: dict[str, Any] = {
        "title": "The Daily",
        "tagline": "A test of outputs",
        "url": "https://daily.example/",
        "date": max((story.order for story in stories), default=NOON),
        "stories": stories,
        "sections": (Section("", stories),) if stories else (),
        "sources": tuple(outlets.values()),
        "itself": Publication("output", "output", "https://daily.example/output"),
    }
    return Edition(**(fields | changes))


def odd_articles() -> list[Article]:
    """Return articles with missing, extreme or hostile fields, as real feeds contain them."""
    bare = an_article(summary="", content=None, authors=(), published=None, language=None, tags=())
    return [
        an_article(),
        bare,
        bare.replace(id="odd-1", url=None),
        bare.replace(id="odd-2", title="", summary="There is no title."),
        bare.replace(id="odd-3", title="", summary="", content="<p>Only <i>content</i>"),
        an_article(id="odd-4", title=HOSTILE, summary=HOSTILE, content=HOSTILE, authors=(HOSTILE,), tags=(HOSTILE,)),
        an_article(id="odd-5", title="word " * 2000, summary="x" * 100_000, content="<b>" * 20_000),
        an_article(id="odd-6", published=datetime(1, 1, 1, tzinfo=UTC), updated=datetime(9999, 12, 31, tzinfo=UTC)),
        an_article(
            id="odd-7",
            image="https://harbour.example/a.jpg",
            enclosures=(Enclosure(url="https://harbour.example/a.mp3"),),
            related=(Related("Another headline"),),
        ),
    ]


def a_full_edition() -> Edition:
    """Return an edition with everything that one may contain: stories, copies, and hostile text."""
    articles = odd_articles()
    copy = Copy(an_article(id="copy", source=Outlet("Mirror")), of=articles[0].id, why="the same text")
    two = a_story(articles[0], an_article(id="two", source=Outlet(HOSTILE)), copies=[copy])
    return an_edition(two, *articles[1:], title=f"The Daily {HOSTILE}", tagline=HOSTILE)
