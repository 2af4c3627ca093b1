"""The pictures of feeds: none, those of the publishers, or copies, which are published beside the feed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

from aggregator.model import Article, Deferred, Edition, Story
from aggregator.model.picture import PictureCopy
from aggregator.outputs.feed_pages import folder_of
from aggregator.outputs.text import web_address
from aggregator.text.tidy_html import tidy_html

FOLDER = "pictures/"
_PICTURE = re.compile(r"</?(?:img|picture|source)(?: [^<>]*+)?+>")
_POSTER = re.compile(r'(<video(?: [^<>]*?)?) poster="[^"<>]*+"')


def picture_of(article: Article, edition: Edition, story: Story | None = None) -> str | None:
    """Return the address of the picture of an article, or else of the article that represents its story.

    A copy has the address at which it is published with the feed; without a URL, pictures are those of the publishers.
    """
    if edition.pictures == "none":
        return None
    articles = (article, story.representative) if story else (article,)
    image = next((one.image for one in articles if web_address(one.image)), None)
    if copied := _copy(image, edition):
        return urljoin(edition.itself.url, f"{folder_of(edition.itself)}/{FOLDER}{copied.name}")
    return web_address(image)


def picture_files(stories: Iterable[Story], edition: Edition) -> Iterator[tuple[str, Deferred]]:
    """Yield the copies of the pictures of stories, to be published with the feed."""
    images = dict.fromkeys(article.image for story in stories for article in (story.shown, *story.articles))
    for image in images:
        if copied := _copy(image, edition):
            yield FOLDER + copied.name, Deferred(copied.name.encode(), partial(_read, copied.file))


def _copy(image: str | None, edition: Edition) -> PictureCopy | None:
    """Return the largest copy of a picture, if feeds can link to it."""
    picture = edition.copies.get(image or "") if edition.pictures == "copy" else None
    can_link = picture and web_address(edition.itself.url) and folder_of(edition.itself)
    return picture.largest if picture and can_link else None


def _read(file: Path) -> bytes:
    return file.read_bytes()


def without_pictures(html: str) -> str:
    """Remove pictures from HTML that `safe_html` has made."""
    return tidy_html(_POSTER.sub(r"\1", _PICTURE.sub("", html))) if "<" in html else html
