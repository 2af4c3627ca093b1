"""Makes an e-book of an edition: its pages, its pictures, and the documents that list them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from aggregator import Edition, Story
from aggregator.outputs.edition_texts import EditionTexts
from aggregator.outputs.languages import edition_direction, edition_language, language_direction, language_tag
from aggregator.outputs.pictures import PictureFile, Pictures, ShownPicture
from aggregator.outputs.text import web_address
from aggregator.outputs.themes import Theme

from .container import Resource, pack
from .cover import cover
from .xhtml import article_body

TEMPLATES = Path(__file__).parent / "templates"
XHTML = "application/xhtml+xml"
WIDEST = 700
"""Pixels of a picture: wide enough for e-readers. Copies are 640 pixels wide, or a little more if they are the only."""
MOST_LISTED = 12
"""Other outlets that are listed below a story."""
TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp"}
IDENTIFIERS = uuid.UUID("4c3ee3b3-1a53-5f0b-8b5e-7a4b3f0c9d21")


class Chapter(msgspec.Struct, frozen=True):
    """A page of a story. `name`: its file; `section`: the title of its section, or ""."""

    name: str
    title: str
    section: str
    story: Story


class Part(msgspec.Struct, frozen=True):
    """An entry of the contents page: a section with its stories; the lead story has no title of a section."""

    title: str
    chapters: tuple[Chapter, ...]


def make_book(edition: Edition) -> bytes:
    """Return the e-book of an edition. The same edition results in the same bytes."""
    book = Book(edition)
    return pack(book.package(), book.resources)


class Book:
    """The files of a book. Templates use it as `book`."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.texts = EditionTexts(edition)
        self.language = edition_language(edition.locale)
        self.direction = edition_direction(edition.locale)
        self.name = " ".join(edition.title.split()) or self.texts.gettext("News")
        self.date = " ".join(self.texts.dates.day(edition.date).split())
        self.title = f"{self.name}, {' '.join(self.texts.dates.long_day(edition.date).split())}"
        self.modified = f"{edition.date.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        self._theme = Theme(TEMPLATES, None, edition)
        self._pictures = _BookPictures(edition)

    @property
    def identifier(self) -> str:
        """The permanent identity of the book: of this output on this day."""
        output = self.edition.itself
        return uuid.uuid5(IDENTIFIERS, f"{output.url or output.path}\n{self.name}\n{self.edition.day}").urn

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The lead story and the sections, in order. Each story is in the book once."""
        seen: set[str] = set()

        def chapters(stories: tuple[Story, ...], section: str) -> Iterator[Chapter]:
            for story in stories:
                if story.id not in seen:
                    seen.add(story.id)
                    digest = blake2b(story.id.encode(), digest_size=8).hexdigest()
                    yield Chapter(f"story-{digest}.xhtml", self.texts.headline(story), section, story)

        lead = Part("", tuple(chapters(self.edition.stories[:1], "")))
        rest = self.texts.gettext("More stories")  # says nothing on the page of a story
        sections = [
            Part(one.title, tuple(chapters(one.stories, one.title if one.title != rest else "")))
            for one in self.texts.sections
        ]
        return tuple(part for part in (lead, *sections) if part.chapters)

    @property
    def chapters(self) -> list[Chapter]:
        """All pages of stories, in the order of reading."""
        return [chapter for part in self.parts for chapter in part.chapters]

    @cached_property
    def resources(self) -> list[Resource]:
        """All files of the book but the package document."""
        pages = [
            self._page("cover", "cover.xhtml"),
            self._page("nav", "nav.xhtml", properties="nav"),
            *(self._chapter(chapter) for chapter in self.chapters),
        ]
        return [
            *pages,
            self._page("ncx", "toc.ncx", type="application/x-dtbncx+xml"),
            Resource("style", "book.css", "text/css", (TEMPLATES / "book.css").read_bytes()),
            cover(self.name, self.edition.tagline, self.date),
            *self._pictures.resources(),
        ]

    def package(self) -> bytes:
        """Return the package document, which lists all other files."""
        return self._render("package.opf", resources=self.resources)

    def _page(self, identity: str, name: str, *, type: str = XHTML, properties: str = "") -> Resource:
        return Resource(identity, name, type, self._render(name), properties)

    def _chapter(self, chapter: Chapter) -> Resource:
        article = chapter.story.shown
        picture = self._pictures.of_story(chapter.story)
        links = {"audio": self.texts.gettext("Listen"), "video": self.texts.gettext("Watch")}
        shown = picture.address if picture else ""

        def image(address: str, alternative: str) -> dict[str, str] | None:
            return None if address == shown else self._pictures.of_address(address, alternative)

        body = article_body(article.content or "", article.url, image, links)
        page = self._render(
            "story.xhtml",
            chapter=chapter,
            story=chapter.story,
            article=article,
            picture=picture,
            body=body,
        )
        return Resource(chapter.name.removesuffix(".xhtml"), chapter.name, XHTML, page)

    def _render(self, name: str, **values: Any) -> bytes:
        helpers = {
            "book": self,
            "texts": self.texts,
            "address": web_address,
            "language": self._language_attributes,
            "most": MOST_LISTED,
        }
        return f"{self._theme.render(f'{name}.j2', **helpers, **values).strip()}\n".encode()

    def _language_attributes(self, tag: str | None) -> str:
        """Return the attributes of a text in this language; none if it is that of the book."""
        language, direction = language_tag(tag), language_direction(tag)
        names = f' lang="{language}" xml:lang="{language}"' if language and language != self.language else ""
        return f'{names} dir="{direction}"' if direction != self.direction else names


class BookPicture(msgspec.Struct, frozen=True):
    """A picture of a story. `name`: in the book; `address`: at the publisher; `shown`: whose it is."""

    name: str
    width: int
    height: int
    address: str
    shown: ShownPicture


class _BookPictures:
    """The pictures of a book, which are files in it if they are copied, else left out."""

    def __init__(self, edition: Edition) -> None:
        self._copies = edition.copies if edition.pictures == "copy" else {}
        self._pictures = Pictures(edition) if self._copies else None
        self._files: dict[str, PictureFile] = {}

    def of_story(self, story: Story) -> BookPicture | None:
        """Return the picture of a story, and add its file to the book."""
        shown = self._pictures.of_story(story) if self._pictures else None
        if not shown or not shown.files:
            return None
        file = self._add(shown.files)
        return BookPicture(file.name, file.width, file.height, shown.article.image or "", shown) if file else None

    def of_address(self, address: str, alternative: str) -> dict[str, str] | None:
        """Return the attributes of a picture within a text, and add its file to the book; None if it has no copy."""
        copied = self._copies.get(address)
        if not copied:
            return None
        files = (PictureFile(f"pictures/{one.name}", one.width, one.height, one.file) for one in copied.copies)
        file = self._add(tuple(files))
        size = {"width": str(file.width), "height": str(file.height)} if file else {}
        return {"src": file.name, "alt": " ".join(alternative.split()), **size} if file else None

    def _add(self, files: tuple[PictureFile, ...]) -> PictureFile | None:
        """Add the largest file that is not wider than e-readers need; None if its type is none of e-books."""
        known = [file for file in files if file.file.suffix.lower() in TYPES]
        narrow = [file for file in known if file.width <= WIDEST] or known[:1]
        if narrow:
            self._files[narrow[-1].name] = narrow[-1]
        return narrow[-1] if narrow else None

    def resources(self) -> Iterator[Resource]:
        """Yield the files of the pictures that were shown."""
        for number, (name, file) in enumerate(self._files.items(), start=1):
            yield Resource(f"picture-{number}", name, TYPES[file.file.suffix.lower()], file.file.read_bytes())
