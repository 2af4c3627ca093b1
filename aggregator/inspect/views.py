"""The JSON form of articles, stories, editions and deliveries (`--json`); `aggregate schema` describes these types.

Programs rely on the fields: add some, but rename and remove none without a new version in
`aggregator.cli.output_schemas`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from aggregator.model import Article, Enclosure, Outlet, Related, Story
from aggregator.outputs.article_text import shown_outlet

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from aggregator.store import SearchResult, Store, StoredDelivery, StoredEdition, StorylineOfStory


class ArticleRow(Struct, frozen=True, kw_only=True):
    """The short form of an article. `url`: canonical address; `source`: name of its outlet; `short_source`: that name
    as lists and pages show it; `published`: as stated by the publisher, in UTC; `short_id`: what every verb takes
    instead of `id`, only of an article in the store."""

    id: str
    title: str
    url: str | None
    source: str
    published: datetime | None
    short_id: str | UnsetType = UNSET
    short_source: str | UnsetType = UNSET


class FoundArticle(ArticleRow, frozen=True, kw_only=True):
    """An article that a search found. `summary`: plain text."""

    summary: str


class StoryArticle(ArticleRow, frozen=True, kw_only=True):
    """An article of a story. `duplicate_of`: id of its original, only of a copy."""

    duplicate_of: str | UnsetType = UNSET


class StoryView(Struct, frozen=True, kw_only=True):
    """A story. `articles`: the copies among them are last; `why`: for each article after the first, why it belongs to
    the story; `storyline`: id of its storyline; `short_id`: what every verb takes instead of `id`."""

    id: str
    title: str
    url: str | None
    published: datetime | None
    articles: list[StoryArticle]
    why: list[str]
    storyline: str | None
    short_id: str | UnsetType = UNSET


class WholeStoryView(StoryView, frozen=True, kw_only=True):
    """A story with more details. `outlets`: number of outlets; `independent`: number of independent accounts;
    `storyline_why`: why it belongs to its storyline."""

    outlets: int
    independent: int
    storyline_why: str | None


class DeliveredStory(StoryView, frozen=True, kw_only=True):
    """A story as outputs pass it to programs and other services. `summary`, `source`, `language`: of the article that
    stands for it; `tags`: of all its articles; `independent`: number of independent accounts; `revised`: when it had
    news that count, if that is known."""

    summary: str
    source: str
    tags: tuple[str, ...]
    language: str | None
    independent: int
    revised: datetime | None


class StorylineStory(Struct, frozen=True, kw_only=True):
    """A story of a storyline. `why`: why it belongs to the storyline; `by_hand`: whether a correction decided that."""

    id: str
    title: str
    url: str | None
    published: datetime | None
    why: str | None
    by_hand: bool


class StorylineView(Struct, frozen=True, kw_only=True):
    """The storyline of a story. `id`, `title`: null without a storyline; `by_hand`: whether a correction decided that;
    `stories`: all stories of the storyline, oldest first."""

    id: str | None
    title: str | None
    by_hand: bool
    stories: list[StorylineStory]


class EditionRow(Struct, frozen=True, kw_only=True):
    """The edition of a day. `output`: path of the output; `made`: when it last changed; `stories`: number of stories;
    `lead`: headline of the lead story."""

    day: date
    output: str
    made: datetime
    stories: int
    lead: str


class EditionView(Struct, frozen=True, kw_only=True):
    """The edition of a day with its stories. `output`: path of the output; `made`: when it last changed; `lead`:
    headline of the lead story; `stories`: in the order of the page."""

    day: date
    output: str
    made: datetime
    lead: str
    stories: list[StoryView]


class DeliveryView(Struct, frozen=True, kw_only=True):
    """A delivery of an output. `key`: identifies it among those of the output; `label`: what messages call it;
    `stories`: ids of the stories that it delivers; `made`: when it was planned; `changed`: when its state last changed;
    `next_try`: only of a pending one; `error`: of the last attempt."""

    id: int
    output: str
    recipient: str
    key: str
    label: str
    stories: tuple[str, ...]
    state: Literal["pending", "sending", "sent", "uncertain", "failed", "dropped", "past"]
    attempts: int
    made: datetime
    changed: datetime
    next_try: datetime | None
    error: str | None


class ExportedArticle(Struct, frozen=True, kw_only=True):
    """An article with all its fields. `content`: HTML as received, which is not safe; `first_seen`: when it was first
    received; `language`: BCP 47 tag; `source`: its outlet; `related`: headlines that its page lists as related."""

    id: str
    url: str | None
    title: str
    summary: str
    content: str | None
    authors: tuple[str, ...]
    published: datetime | None
    updated: datetime | None
    first_seen: datetime
    language: str | None
    tags: tuple[str, ...]
    image: str | None
    enclosures: tuple[Enclosure, ...]
    source: Outlet
    related: tuple[Related, ...]


def story_view(story: Story) -> StoryView:
    """Return a story as in `aggregate stories --json`, without what only the store and the configuration tell. Copies
    follow the articles, each with the id of its original."""
    return StoryView(**_story_fields(story))


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
            replace(row, short_id=short_id or UNSET, short_source=shown_outlet(outlet, self._chosen))
            for row, short_id, outlet in zip(view.articles, self.ids_of(story), outlets, strict=True)
        ]
        return replace(view, articles=rows, short_id=self.short_ids[story.id])

    def ids_of(self, story: Story) -> Sequence[str]:
        """Return the short ids of the articles and copies of a story; "" for those of an edition that was made before
        the story changed."""
        count = len(story.articles) + len(story.copies)
        ids = self._article_ids.get(story.id, ())
        return ids if len(ids) == count else [""] * count

    def whole(self, story: Story) -> WholeStoryView:
        """Return a story as in `aggregate stories show --json`: also the number of outlets and of independent accounts,
        and why it belongs to its storyline."""
        return WholeStoryView(
            **asdict(self.view(story)),
            outlets=len(story.places),
            independent=story.independent,
            storyline_why=story.storyline.why if story.storyline else None,
        )


def delivered_story(story: Story) -> DeliveredStory:
    """Return a story as the outputs `command` and `webhook` deliver it."""
    article = story.shown
    return DeliveredStory(
        **_story_fields(story),
        summary=article.summary,
        source=article.source.name,
        tags=tuple(story.tags),
        language=article.language,
        independent=story.independent,
        revised=story.revised,
    )


def _story_fields(story: Story) -> dict[str, Any]:
    rows = [StoryArticle(**asdict(article_row(article))) for article in story.articles]
    rows += [StoryArticle(**asdict(article_row(copy.article)), duplicate_of=copy.of) for copy in story.copies]
    return {
        "id": story.id,
        "title": story.title,
        "url": story.url,
        "published": story.published,
        "articles": rows,
        "why": [*story.why, *(copy.why for copy in story.copies)],
        "storyline": story.storyline.id if story.storyline else None,
    }


def storyline_view(storyline: StorylineOfStory) -> StorylineView:
    """Return the storyline of a story as in `aggregate stories storyline --json`."""
    stories = [
        StorylineStory(
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
        day=edition.day,
        output=edition.output,
        made=edition.made,
        stories=edition.stories,
        lead=edition.lead,
    )


def edition_view(edition: StoredEdition, stories: Iterable[StoryView]) -> EditionView:
    """Return the edition of a day with its stories as in `aggregate editions show --json`."""
    return EditionView(day=edition.day, output=edition.output, made=edition.made, lead=edition.lead, stories=[*stories])


def delivery_view(delivery: StoredDelivery) -> DeliveryView:
    """Return a delivery as in `aggregate deliveries --json`."""
    next_try = max(delivery.next_try, delivery.held_until, delivery.made)
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
        next_try=next_try if delivery.state == "pending" else None,
        error=delivery.error,
    )


def article_row(article: Article) -> ArticleRow:
    """Return the short form of an article."""
    return ArticleRow(
        id=article.id,
        title=article.title,
        url=article.url,
        source=article.source.name,
        published=article.published,
    )


def found_article(found: SearchResult, chosen: Collection[str]) -> FoundArticle:
    """Return an article as in `aggregate search --json`. `chosen`: the names of sources that the user has chosen."""
    row = asdict(article_row(found.article))
    short = {"short_id": found.short_id, "short_source": shown_outlet(found.article.source, chosen)}
    return FoundArticle(**row | short, summary=found.article.summary)


def exported_article(article: Article) -> ExportedArticle:
    """Return an article with all its fields as in `aggregate preview --json`."""
    return ExportedArticle(**article.exported())
