"""The texts that Markdown, plain text, e-books and mails show of an edition, in the reader's language and time zone."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import cached_property

import msgspec

from aggregator.model import Article, Edition, Outlet, Section, Story, StoryReference
from aggregator.outputs import article_text
from aggregator.outputs.dates import Dates
from aggregator.outputs.labels import labels
from aggregator.outputs.name_lists import collapsed
from aggregator.outputs.outlets import outlet_name
from aggregator.outputs.section_names import language_apart, section_name

MOST_EARLIER = 5
"""Earlier stories of a storyline that are listed."""


class ShownSection(msgspec.Struct, frozen=True):
    """A section with the title to show."""

    title: str
    stories: tuple[Story, ...]


class EditionTexts:
    """The texts of an edition: headlines, by-lines, other outlets, labels. `dates` formats its dates."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.dates = Dates.of(edition)
        self._labels = labels(edition.locale)

    def gettext(self, text: str) -> str:
        """Translate a label."""
        return self._labels.gettext(text)

    def counted(self, singular: str, plural: str, num: int, **values: object) -> str:
        """Translate a label with a number: `counted("%(num)s article", "%(num)s articles", 3)`."""
        return self._labels.ngettext(singular, plural, num) % {"num": num, **values}

    def headline(self, of: Story | Article) -> str:
        """Return the headline of an article, or of the article that stands for a story; never empty."""
        return article_text.headline(of.shown if isinstance(of, Story) else of)

    def summary(self, of: Story | Article) -> str:
        """Return the summary of an article, or of the article that stands for a story; "" if it only repeats the
        headline."""
        return article_text.summary(of.shown if isinstance(of, Story) else of)

    def outlet(self, of: Article | Outlet) -> str:
        """Return the name of an outlet, or of that of an article."""
        return outlet_name(of.source if isinstance(of, Article) else of, self.edition)

    def authors(self, article: Article) -> str:
        """Return the authors in one line: "Ada Lark and Tom Fenn"; "" if unknown."""
        return article_text.byline(article, self)

    def byline(self, article: Article) -> str:
        """Return authors, outlet and date in one line: "By Ada Lark, River Post, 24 November 2026, 09:30 GMT".

        The date comes first if names and date are written in different directions: a number that follows a name in
        Arabic or Hebrew would be shown as a part of the name.
        """
        authors = self.authors(article)
        names = [self.gettext("By %(names)s") % {"names": authors}] if authors else []
        who, when = ", ".join([*names, self.outlet(article)]), self.moment(article.date)
        return f"{when}, {who}" if _has_right_to_left(who) != _has_right_to_left(when) else f"{who}, {when}"

    def moment(self, date: datetime) -> str:
        """Return day, time and time zone, without special spaces: they are shown as boxes by some programs."""
        return " ".join(self.dates.moment(date).split())

    def others(self, story: Story) -> list[Article]:
        """Return the accounts of other outlets: the newest article of each, the newest first."""
        return _one_of_each_outlet(story.articles, {story.shown.source.name})

    def reprints(self, story: Story) -> list[Article]:
        """Return the copies in outlets without an account of their own: the newest of each, the newest first."""
        return _one_of_each_outlet((copy.article for copy in story.copies), {one.name for one in story.outlets})

    def coverage(self, story: Story) -> str:
        """Return the outlets with an account of their own, other than that of the headline, in one line: "BBC, NPR
        and 12 more"; "" if there is none."""
        return self.names(self.others(story))

    def names(self, articles: Iterable[Article]) -> str:
        """Return the outlets of articles in one line: "BBC, NPR and 12 more"; "" without articles."""
        return collapsed([self.outlet(article) for article in articles], self)

    def earlier(self, story: Story) -> tuple[StoryReference, ...]:
        """Return the last stories that precede this one in its storyline, the newest first."""
        return story.storyline.earlier[:MOST_EARLIER] if story.storyline else ()

    @cached_property
    def sections(self) -> tuple[ShownSection, ...]:
        """The sections without the lead story."""
        return tuple(self._sections({story.id for story in self.edition.stories[:1]}))

    def _sections(self, left_out: Collection[str]) -> Iterator[ShownSection]:
        for section in self.edition.sections:
            if stories := tuple(story for story in section.stories if story.id not in left_out):
                yield ShownSection(self.section_title(section), stories)

    def section_title(self, section: Section) -> str:
        """Return the title of a section: as configured, or its name, with its language if it is set apart by it."""
        locale = self.edition.locale
        title, apart = section_name(section, locale) or self.gettext("More stories"), language_apart(section, locale)
        return f"{title} ({apart})" if apart and not section.label else title


def _has_right_to_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def _one_of_each_outlet(articles: Iterable[Article], left_out: Collection[str]) -> list[Article]:
    newest: dict[str, Article] = {}
    for article in sorted(articles, key=lambda one: (one.date, one.id), reverse=True):
        newest.setdefault(article.source.name, article)
    return [article for name, article in newest.items() if name not in left_out]
