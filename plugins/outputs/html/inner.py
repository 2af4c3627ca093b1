"""What the inner pages of a newspaper share: the stories held, their topics and outlets, links and digests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from aggregator import Article, Edition, Story, __version__
from aggregator.model import Archive, Deferred, StoryReference
from aggregator.outputs.article_text import summary
from aggregator.outputs.page_names import SEARCH_PAGE, has_story_page, page_of, source_page, story_page
from aggregator.outputs.text import web_address

from .metadata import Metadata
from .site import Site, View
from .topics import Desk, Topic, desks_of, topics_of

T = TypeVar("T")
MOST_TOPICS = 5
"""Topics named on the page of an article or story, at most."""


class Link(msgspec.Struct, frozen=True):
    """A link: its text, and its address relative to the page or of another site."""

    text: str
    href: str


class Inner:
    """The inner pages of an edition. `folder`: of the site, in which pages of earlier editions may exist."""

    def __init__(self, site: Site, archive: Archive, folder: Path) -> None:
        self.site = site
        self.edition = site.edition
        self.archive = archive
        self.folder = folder
        edition = site.edition
        held = (*edition.stories, *edition.newest, *edition.older)
        self.stories: tuple[Story, ...] = tuple({story.id: story for story in held}.values())
        self._digests: dict[str, bytes] = {}
        self._summaries: dict[int, str] = {}

    @cached_property
    def topics(self) -> dict[str, Topic]:
        """The tags that have a page, by their names in lower case."""
        return topics_of(self.edition, self.stories)

    @cached_property
    def desks(self) -> dict[str, Desk]:
        """The articles of each outlet, by its name."""
        return desks_of(self.stories)

    @cached_property
    def story_pages(self) -> frozenset[str]:
        """The names of the pages of stories."""
        return frozenset(story_page(story) for story in self.stories if has_story_page(story))

    @property
    def has_feeds(self) -> bool:
        """Whether topics have feeds: their links must be absolute."""
        return web_address(self.edition.url) is not None

    @cached_property
    def frame(self) -> bytes:
        """A digest of what all inner pages show: templates, style, options, and the names of the publication."""
        edition, site = self.edition, self.site
        values = (
            __version__,
            edition.title,
            edition.tagline,
            edition.url,
            edition.timezone,
            edition.locale,
            edition.pictures,
            edition.itself,
            edition.publications,
            site.logo_name,
            str(edition.date.astimezone(site.theme.dates.zone).utcoffset()) if edition.stories else "",
        )
        return blake2b(site.theme.digest() + site.style.encode() + msgspec.msgpack.encode(values)).digest()

    def digest_of(self, story: Story) -> bytes:
        """Return a digest of a story and of the names of its outlets."""
        if story.id not in self._digests:
            names = [self.edition.outlet_names.get(outlet.name) for outlet in story.places]
            self._digests[story.id] = blake2b(msgspec.msgpack.encode((story, names)), digest_size=16).digest()
        return self._digests[story.id]

    def summary(self, article: Article) -> str:
        """Return the summary of an article of the edition, as it is shown on several pages."""
        if id(article) not in self._summaries:
            self._summaries[id(article)] = summary(article)
        return self._summaries[id(article)]

    def page(
        self, template: str, name: str, depends_on: Iterable[object], values: Callable[[InnerView], dict[str, Any]]
    ) -> tuple[str, Deferred]:
        """Return a page that is rendered only if it changed.

        `depends_on`: what it shows besides the frame; `values`: what makes the values for the template.
        """
        state = blake2b(self.frame, digest_size=16)
        state.update(msgspec.msgpack.encode((template, name, list(depends_on))))

        def render() -> bytes:
            view = InnerView(self, name)
            found = values(view)
            view.metadata = found.get("metadata")
            return self.site.theme.render(template, page=view, **found).encode()

        return name, Deferred(state.digest(), render)

    def absolute(self, name: str) -> str:
        """Return the absolute address of a page of the site; "" if the configuration has no `url`."""
        return absolute_address(self.edition, name)

    def has_page(self, reference: StoryReference) -> bool:
        """Return whether there is a page of a story, in this edition or from an earlier one."""
        name = story_page(reference)
        return name in self.story_pages or (self.folder / name).is_file()

    def reference_link(self, reference: StoryReference, view: View) -> str | None:
        """Return the address of another story: its page, or else its article at the publisher."""
        return view.link(story_page(reference)) if self.has_page(reference) else web_address(reference.url)

    def topics_of(self, tagged: Article | Story) -> list[Topic]:
        """Return the topics of an article or a story, in the order of its tags."""
        return [topic for tag in tagged.tags if (topic := self.topics.get(tag.casefold()))][:MOST_TOPICS]

    def by_day(self, listed: Sequence[T], moment: Callable[[T], datetime]) -> list[tuple[datetime, list[T]]]:
        """Return things in their order, divided by the day in the reader's time zone."""
        days: dict[date, tuple[datetime, list[T]]] = {}
        for one in listed:
            when = moment(one)
            days.setdefault(self.site.theme.dates.local(when).date(), (when, []))[1].append(one)
        return list(days.values())


def absolute_address(edition: Edition, name: str) -> str:
    """Return the absolute address of a page of a site; "" if the configuration has no `url`."""
    base = web_address(edition.url)
    return f"{base.rstrip('/')}/{quote(edition.itself.path + name)}" if base else ""


class InnerView(View):
    """What the templates of inner pages use as `page`."""

    metadata: Metadata | None = None

    def __init__(self, inner: Inner, name: str) -> None:
        super().__init__(inner.site, name)
        self._inner = inner

    def summary(self, article: Article) -> str:
        """Return the summary of an article; "" if it says nothing that the headline does not."""
        return self._inner.summary(article)

    @property
    def own_address(self) -> str:
        """The absolute address of the page; "" if the configuration has no `url`."""
        return super().canonical

    @property
    def canonical(self) -> str:
        """The address for search engines: of the page, or of the original that it shows."""
        original = self.metadata.original if self.metadata else ""
        return original or self.own_address

    @property
    def policy(self) -> str:
        """The content security policy; the search page may run the scripts of the site, and send its form to itself."""
        if self.name != SEARCH_PAGE:
            return super().policy
        return super().policy.replace("form-action 'none'", "form-action 'self'; script-src 'self'")

    def absolute(self, name: str) -> str:
        """Return the absolute address of a page of the site; "" if the configuration has no `url`."""
        return absolute_address(self.edition, name)

    def story_link(self, story: Story) -> str:
        """Return the address of the page that a headline leads to."""
        return self.link(page_of(story))

    def source_link(self, article: Article) -> str:
        """Return the address of the page of an article's outlet."""
        return self.link(source_page(article.source.name))
