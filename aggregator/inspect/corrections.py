"""Manual corrections of stories and storylines, and their export. The last correction applies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct

from aggregator.errors import StoreError
from aggregator.model import Article, Story
from aggregator.store import Store, StorylineOfStory, Trace
from aggregator.text.urls import canonical


class LabelledArticle(Struct, frozen=True, kw_only=True):
    """An article of a labelled pair. `source`: name of its outlet; `language`: BCP 47 tag."""

    id: str
    title: str
    summary: str
    url: str | None
    source: str
    published: datetime | None
    language: str | None


class LabelledPair(Struct, frozen=True, kw_only=True):
    """A correction of stories: two articles that tell the same story, or different ones. `a`, `b`: their ids; `made`:
    when it was corrected."""

    a: str
    b: str
    label: Literal["same", "different"]
    kind: Literal["corrected"]
    made: datetime
    articles: tuple[LabelledArticle, LabelledArticle]


class CorrectedStoryline(Struct, frozen=True, kw_only=True):
    """A story that was put into a storyline, or taken out. `story`: its id; `storyline`: id of the storyline, or
    null."""

    story: str
    title: str
    storyline: str | None
    kind: Literal["storyline"]


def split_article(identifier: str, store: Store, window: timedelta) -> str:
    """Take the article with this URL, id or guid out of its story, and return its title.

    Raises StoreError if there is not exactly one article, or if its story has no other article.
    """
    trace = find_article(identifier, store)
    assert trace.key is not None
    store.split(trace.key, window, datetime.now(UTC))
    return trace.title


def merge_stories(first: str, second: str, store: Store, window: timedelta) -> Story:
    """Merge two stories, identified by prefixes of their ids, and return the result. Raises StoreError."""
    a, b = store.story(first), store.story(second)
    if a.id == b.id:
        raise StoreError(f"{first!r} and {second!r} are already one story: {a.title}")
    store.merge(a.id, b.id, window, datetime.now(UTC))
    return store.story(a.id)


def put_into_storyline(identifier: str, other: str, store: Store) -> StorylineOfStory:
    """Put a story into the storyline of another one (prefixes of ids), and return that storyline. Raises StoreError."""
    story, companion = store.story(identifier), store.story(other)
    if story.id == companion.id:
        raise StoreError(f"{identifier!r} and {other!r} are one story: {story.title}")
    store.put_into_storyline(story.id, companion.id)
    return store.storyline_of(story.id)


def take_out_of_storyline(identifier: str, store: Store) -> str:
    """Take a story (prefix of its id) out of its storyline, and return its title. Raises StoreError."""
    story = store.story(identifier)
    store.take_out_of_storyline(story.id)
    return story.title


def rename_storyline(identifier: str, title: str, store: Store) -> str:
    """Rename the storyline of a story (prefix of its id), and return the new title. Raises StoreError."""
    story = store.story(identifier)
    plain = " ".join(title.split())
    if not plain:
        raise StoreError("the title of a storyline cannot be empty")
    if story.storyline is None:
        raise StoreError(f"{story.title!r} belongs to no storyline; `--with OTHER` puts it into that of another story")
    store.rename_storyline(story.storyline.id, plain)
    return plain


def find_article(identifier: str, store: Store) -> Trace:
    """Return the only article with this URL, id, guid, short id or unique prefix of it; of a story, its only article.

    Raises StoreError.
    """
    traces = [trace for trace in store.find(identifier, canonical(identifier)) if trace.key is not None]
    if not traces:
        raise StoreError(f"no article has the URL, id or guid {identifier!r}; `aggregate search WORDS` finds articles")
    if len(traces) > 1:
        names = ", ".join(sorted(f"{trace.short_id} ({trace.source})" for trace in traces))
        raise StoreError(f"{identifier!r} identifies {len(traces)} articles; use the id of one of them: {names}")
    if traces[0].story is None:
        raise StoreError(f"{traces[0].title!r} is not grouped yet; the next run groups it")
    return traces[0]


def labelled_pairs(store: Store) -> list[LabelledPair]:
    """Return all corrections of stories as pairs of articles."""
    return [
        LabelledPair(
            a=correction.a.id,
            b=correction.b.id,
            label="same" if correction.same else "different",
            kind="corrected",
            made=datetime.fromtimestamp(correction.made, UTC),
            articles=(_labelled_article(correction.a), _labelled_article(correction.b)),
        )
        for correction in store.corrections()
    ]


def storyline_corrections(store: Store) -> list[CorrectedStoryline]:
    """Return the stories that were put into a storyline, or taken out."""
    return [
        CorrectedStoryline(story=one.story.id, title=one.story.title, storyline=one.storyline, kind="storyline")
        for one in store.storyline_corrections()
    ]


def _labelled_article(article: Article) -> LabelledArticle:
    return LabelledArticle(
        id=article.id,
        title=article.title,
        summary=article.summary,
        url=article.url,
        source=article.source.name,
        published=article.published,
        language=article.language,
    )
