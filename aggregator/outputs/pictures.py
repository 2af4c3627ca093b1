"""Chooses the picture of a story among those of its articles, and tells how to show it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from aggregator.model import Article, Edition, Story
from aggregator.model.picture import PictureCopy
from aggregator.outputs.text import web_address

FOLDER = "pictures/"
"""Folder of the copied pictures, relative to the root of the site."""
WIDE_ENOUGH = 600
"""Pixels from which a copied picture is wide enough for any place on a page."""
WIDEST_THUMBNAIL = 200
"""Pixels up to which a picture is a thumbnail, too small for the places on a page."""
MOST_SHARED = 1
"""Stories that may have a picture in common; one that more have is a logo of their source."""

_STATED_WIDTH = re.compile(
    r"[/_-](\d{2,4})x\d{2,4}(?=[/._-]|$)|[?&;](?:w|width|imwidth)=(\d{2,4})(?=&|$)", re.IGNORECASE
)


class PictureFile(msgspec.Struct, frozen=True):
    """A file of a picture. `name`: relative to the root of the site; `width`: in pixels; `file`: of its bytes."""

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
    """The pictures of an edition."""

    def __init__(self, edition: Edition) -> None:
        self._mode = edition.pictures
        self._copies = edition.copies
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
        if self._mode == "copy":
            copied = self._copies.get(url)
            return _copied(article, copied.copies) if copied and copied.largest.width > WIDEST_THUMBNAIL else None
        address = web_address(url)
        return ShownPicture(article, address) if address and not _is_thumbnail(address) else None


def files_of(pictures: Iterable[ShownPicture]) -> Iterator[PictureFile]:
    """Yield the files of pictures, each once."""
    yield from {file.name: file for picture in pictures for file in picture.files}.values()


def _is_thumbnail(address: str) -> bool:
    """Return whether the address of a picture states that it is small, as in "/60x60/" or "?width=120"."""
    stated = [int(width) for pair in _STATED_WIDTH.findall(address[:2000]) for width in pair if width]
    return bool(stated) and max(stated) <= WIDEST_THUMBNAIL


def _copied(article: Article, copies: Sequence[PictureCopy]) -> ShownPicture:
    files = tuple(PictureFile(FOLDER + one.name, one.width, one.height, one.file) for one in copies)
    return ShownPicture(article, files=files, width=files[-1].width, height=files[-1].height)


def _shared(stories: Iterable[Story]) -> set[str]:
    counts = Counter(
        url for story in stories for url in {article.image for article in (story.shown, *story.articles)} if url
    )
    return {url for url, count in counts.items() if count > MOST_SHARED}
