"""Chooses the picture of a story among those of its articles, and tells how to show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from aggregator.model import Article, Edition, Story
from aggregator.outputs.text import web_address

FOLDER = "pictures/"
"""Folder of the copied pictures, relative to the root of the site."""
WIDE_ENOUGH = 600
"""Pixels from which a copied picture is wide enough for any place on a page."""
MOST_SHARED = 1
"""Stories that may have a picture in common; one that more have is a logo of their source."""


class PictureFile(msgspec.Struct, frozen=True):
    """A file of a picture. `name`: relative to the root of the site; `width`: in pixels; `file`: where its bytes are."""

    name: str
    width: int
    height: int
    file: Path


class ShownPicture(msgspec.Struct, frozen=True):
    """A picture to show. `article`: whose it is, for the credit; `address`: of the publisher, for a linked picture;
    `files`: those of a copied one, the smallest first; `width`, `height`: of the largest, None if unknown."""

    article: Article
    address: str = ""
    files: tuple[PictureFile, ...] = ()
    width: int | None = None
    height: int | None = None

    def source(self, root: str) -> str:
        """Return the address of the largest file. `root`: prefix of the page to the root of the site."""
        return f"{root}{self.files[-1].name}" if self.files else self.address

    def sources(self, root: str) -> str:
        """Return all files as a `srcset`; "" if there is only one."""
        listed = [f"{root}{file.name} {file.width}w" for file in self.files]
        return ", ".join(listed) if len(listed) > 1 else ""


class Pictures:
    """The pictures of an edition. `own`: files of pictures by the last part of their addresses, which precede copies."""

    def __init__(self, edition: Edition, own: Mapping[str, PictureFile] | None = None) -> None:
        self._mode = edition.pictures
        self._copies: Mapping[str, Any] = getattr(edition, "copies", {})
        self._own = own or {}
        stories = {story.id: story for story in (*edition.stories, *edition.newest[:60])}
        self._shared = _shared(stories.values())

    def of_story(self, story: Story) -> ShownPicture | None:
        """Return the picture of a story: that of the article shown, or else of another one, wide ones preferred."""
        if self._mode == "none":
            return None
        articles = (story.shown, *story.articles, *(copy.article for copy in story.copies))
        found = [picture for article in articles if (picture := self.of_article(article))]
        wide = (one for one in found if one.width is None or one.width >= WIDE_ENOUGH)
        return next(wide, None) or max(found, key=lambda one: one.width or 0, default=None)

    def of_article(self, article: Article) -> ShownPicture | None:
        """Return the picture of an article; None if it has none, or has the same as articles of other stories."""
        url = article.image
        if self._mode == "none" or not url or url in self._shared:
            return None
        if own := self._own.get(_file_name(url)):
            return ShownPicture(article, files=(own,), width=own.width, height=own.height)
        if self._mode == "copy":
            copied = self._copies.get(url)
            return _copied(article, copied.copies) if copied else None
        address = web_address(url)
        return ShownPicture(article, address) if address else None


def files_of(pictures: Iterable[ShownPicture]) -> Iterator[PictureFile]:
    """Yield the files of pictures, each once."""
    yield from {file.name: file for picture in pictures for file in picture.files}.values()


def own_pictures(folder: Path) -> dict[str, PictureFile]:
    """Return the pictures in a folder by their file names. What is no picture is left out."""
    from PIL import Image  # deferred: takes 60 ms

    found = {}
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif"):
            try:
                with Image.open(file) as image:
                    width, height = image.size
            except OSError:
                continue
            found[file.name] = PictureFile(FOLDER + file.name, width, height, file)
    return found


def _copied(article: Article, copies: Sequence[Any]) -> ShownPicture:
    files = tuple(PictureFile(FOLDER + one.name, one.width, one.height, Path(one.file)) for one in copies)
    return ShownPicture(article, files=files, width=files[-1].width, height=files[-1].height)


def _shared(stories: Iterable[Story]) -> set[str]:
    counts = Counter(
        url for story in stories for url in {article.image for article in (story.shown, *story.articles)} if url
    )
    return {url for url, count in counts.items() if count > MOST_SHARED}


def _file_name(url: str) -> str:
    try:
        return unquote(urlsplit(url).path).rpartition("/")[2]
    except ValueError:
        return ""
