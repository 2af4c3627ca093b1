"""The JSON form of articles, stories, editions and deliveries (`--json`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, Struct, UnsetType

from aggregator.model import Article, Story
from aggregator.outputs.article_text import shown_outlet

if TYPE_CHECKING:
    from collections.abc import Collection

    from aggregator.store import SearchResult, Store, StoredDelivery, StoredEdition, StorylineOfStory


class ArticleRow(Struct, frozen=True, kw_only=True):
    """The short form of an article. `source`: the name of its outlet, and `short_source`: as lists and pages show it;
    `short_id`: what every verb takes instead of `id`, missing if it is not in the store; `duplicate_of`: of a copy, the
    `id` of its original."""

    id: str
    title: str
    url: str | None
    source: str
    published: datetime | None
    short_id: str | UnsetType = UNSET
    short_source: str | UnsetType = UNSET
    duplicate_of: str | UnsetType = UNSET


class FoundArticle(ArticleRow, frozen=True, kw_only=True):
    """An article as in `aggregate search --json`."""

    summary: str


class StoryView(Struct, frozen=True, kw_only=True):
    """A story as in `aggregate stories --json`. `articles`: the representative first, then by date, copies last; `why`:
    for each but the first, the evidence for its membership; `storyline`: the id of its storyline; `short_id`: what
    every verb takes instead of `id`."""

    id: str
    title: str
    url: str | None
    published: datetime
    articles: list[ArticleRow]
    why: list[str]
    storyline: str | None
    short_id: str | UnsetType = UNSET


class WholeStoryView(StoryView, frozen=True, kw_only=True):
    """A story as in `aggregate stories show --json`: also the numbers of outlets and of independent accounts, and why
    it belongs to its storyline."""

    outlets: int
    independent: int
    storyline_why: str | None


class StoryOfStoryline(Struct, frozen=True, kw_only=True):
    """A story of a storyline. `why`: the evidence that it belongs to it; `by_hand`: a correction put it there."""

    id: str
    title: str
    url: str | None
    published: datetime | None
    why: str | None
    by_hand: bool


class StorylineView(Struct, frozen=True, kw_only=True):
    """The storyline of a story, as in `aggregate stories storyline --json`. `id`: null without one; `by_hand`: a
    correction decided about the story."""

    id: str | None
    title: str | None
    by_hand: bool
    stories: list[StoryOfStoryline]


class EditionRow(Struct, frozen=True, kw_only=True):
    """The edition of a day as in `aggregate editions --json`."""

    day: date
    output: str
    made: datetime
    stories: int
    lead: str


class EditionView(Struct, frozen=True, kw_only=True):
    """The edition of a day as in `aggregate editions show --json`, with its stories in their order."""

    day: date
    output: str
    made: datetime
    stories: list[StoryView]
    lead: str


class DeliveryView(Struct, frozen=True, kw_only=True):
    """A delivery as in `aggregate deliveries --json`. `key`, `label`: what is delivered; `stories`: ids; `next_try`:
    when it is tried again, null if it is not."""

    id: int
    output: str
    recipient: str
    key: str
    label: str
    stories: Sequence[str]
    state: str
    attempts: int
    made: datetime
    changed: datetime
    next_try: datetime | None
    error: str | None


def story_view(story: Story) -> StoryView:
    """Return a story as in `aggregate stories --json`, without what only the store and the configuration tell. Copies
    follow the articles."""
    articles = [article_row(article) for article in story.articles]
    copies = [msgspec.structs.replace(article_row(copy.article), duplicate_of=copy.of) for copy in story.copies]
    return StoryView(
        id=story.id,
        title=story.title,
        url=story.url,
        published=story.published,
        articles=[*articles, *copies],
        why=[*story.why, *(copy.why for copy in story.copies)],
        storyline=story.storyline.id if story.storyline else None,
    )


class StoryViews:
    """Makes views of stories. `chosen`: the names of sources that the user has chosen."""

    def __init__(self, store: Store, chosen: Collection[str], stories: Sequence[Story]) -> None:
        ids = [story.id for story in stories]
        self.short_ids = store.short_story_ids(ids)
        self._article_ids = store.article_ids(ids)
        self._chosen = chosen

    def view(self, story: Story) -> StoryView:
        """Return a story as in `aggregate stories --json`, complete."""
        view = story_view(story)
        outlets = [article.source for article in (*story.articles, *(copy.article for copy in story.copies))]
        rows = [
            msgspec.structs.replace(row, short_id=short_id or UNSET, short_source=shown_outlet(outlet, self._chosen))
            for row, short_id, outlet in zip(view.articles, self.ids_of(story), outlets, strict=True)
        ]
        return msgspec.structs.replace(view, articles=rows, short_id=self.short_ids[story.id])

    def ids_of(self, story: Story) -> Sequence[str]:
        """Return the short ids of the articles and copies of a story; "" for those of an edition that was made before
        the story changed."""
        count = len(story.articles) + len(story.copies)
        ids = self._article_ids.get(story.id, ())
        return ids if len(ids) == count else [""] * count

    def whole(self, story: Story) -> WholeStoryView:
        """Return a story as in `aggregate stories show --json`."""
        return WholeStoryView(
            **msgspec.structs.asdict(self.view(story)),
            outlets=len(story.places),
            independent=story.independent,
            storyline_why=story.storyline.why if story.storyline else None,
        )


def storyline_view(storyline: StorylineOfStory) -> StorylineView:
    """Return the storyline of a story as in `aggregate stories storyline --json`."""
    stories = [
        StoryOfStoryline(
            id=one.story.id,
            title=one.story.title,
            url=one.story.url,
            published=one.story.published,
            why=one.why,
            by_hand=one.by_hand,
        )
        for one in storyline.chapters
    ]
    return StorylineView(id=storyline.id, title=storyline.title, by_hand=storyline.by_hand, stories=stories)


def edition_row(edition: StoredEdition) -> EditionRow:
    """Return the edition of a day as in `aggregate editions --json`."""
    return EditionRow(
        day=edition.day, output=edition.output, made=edition.made, stories=edition.stories, lead=edition.lead
    )


def edition_view(edition: StoredEdition, stories: Sequence[StoryView]) -> EditionView:
    """Return the edition of a day with its stories."""
    return EditionView(day=edition.day, output=edition.output, made=edition.made, stories=[*stories], lead=edition.lead)


def article_row(article: Article) -> ArticleRow:
    """Return the short form of an article, without what only the store and the configuration tell."""
    return ArticleRow(
        id=article.id,
        title=article.title,
        url=article.url,
        source=article.source.name,
        published=article.published,
    )


def found_article(found: SearchResult, chosen: Collection[str]) -> FoundArticle:
    """Return an article as in `aggregate search --json`. `chosen`: the names of sources that the user has chosen."""
    row = article_row(found.article)
    short = {"short_id": found.short_id, "short_source": shown_outlet(found.article.source, chosen)}
    return FoundArticle(**msgspec.structs.asdict(row) | short, summary=found.article.summary)


def delivery_view(delivery: StoredDelivery) -> DeliveryView:
    """Return a delivery as in `aggregate deliveries --json`."""
    is_pending = delivery.state == "pending"
    return DeliveryView(
        id=delivery.id,
        output=delivery.output,
        recipient=delivery.recipient,
        key=delivery.key,
        label=delivery.label,
        stories=delivery.stories,
        state=delivery.state,
        attempts=delivery.attempts,
        made=delivery.made,
        changed=delivery.changed,
        next_try=max(delivery.next_try, delivery.held_until, delivery.made) if is_pending else None,
        error=delivery.error,
    )
