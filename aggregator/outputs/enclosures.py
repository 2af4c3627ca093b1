"""Chooses the enclosures of an article that feeds attach: audio, video and documents, each once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from mimetypes import MimeTypes
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from aggregator.model import Article, Enclosure
from aggregator.text.lazy_images import picture_key
from aggregator.text.urls import absolute, without_www

MAX_ENCLOSURES = 20
_READ = 200
"""Enclosures that are looked at."""
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_UNSPECIFIC = frozenset(
    ("application/octet-stream", "application/binary", "binary/octet-stream", "application/x-binary")
)
_PAGES = frozenset(
    """
    application/atom+xml application/javascript application/json application/rss+xml application/x-javascript
    application/x-shockwave-flash application/xhtml+xml application/xml text/css text/html text/javascript text/xml
    """.split()
)
"""Types of pages, feeds and programs, which are no attachments."""
_SIZE = re.compile(r"(?:w|h|width|height|size|quality|q|dpr|fit|crop|resize|auto|fm|format|scale|strip)", re.IGNORECASE)
"""Parameters that select the size of a file, not another file."""


def media_enclosures(article: Article) -> tuple[Enclosure, ...]:
    """Return the audio, video and documents among the enclosures, in order, at most 20, with absolute http(s) `url`.

    Pictures are not attachments, nor are pages. `type` is always a MIME type: that stated, or else one guessed from
    the file name; an enclosure whose type cannot be known is left out unless it has a duration. `length` and
    `duration` are None if unknown, never 0. Of the same address in several sizes, the first is returned, with what the
    others add.

    >>> media_enclosures(Article(id="1", ..., enclosures=(Enclosure("https://a.example/1.mp3", length=0),)))
    (Enclosure(url='https://a.example/1.mp3', type='audio/mpeg', length=None, duration=None),)
    """
    found: dict[str, Enclosure] = {}
    for enclosure in _media(article):
        key = _key(enclosure.url)
        found[key] = _merged(found[key], enclosure) if key in found else enclosure
        if len(found) == MAX_ENCLOSURES:
            break
    return tuple(found.values())


def _media(article: Article) -> Iterator[Enclosure]:
    for enclosure in islice(article.enclosures, _READ):
        url = absolute(enclosure.url, article.url)
        kind = _media_type(enclosure)
        if url and kind:
            length, duration = _positive(enclosure.length), _positive(enclosure.duration)
            yield Enclosure(url, kind, length, duration)


def _media_type(enclosure: Enclosure) -> str | None:
    """Return the MIME type of an enclosure, None if it is a picture or a page, or unknown."""
    stated = (enclosure.type or "").partition(";")[0].strip().lower()
    known = stated if _TYPE.fullmatch(stated) and stated not in _UNSPECIFIC else _guessed_type(enclosure.url)
    if known is None:
        # A file without a known type: a server may call anything so, and only media have a duration.
        return (stated or "application/octet-stream") if enclosure.duration or stated in _UNSPECIFIC else None
    is_media = not known.startswith(("image/", "multipart/", "message/")) and known not in _PAGES
    return known if is_media else None


@cache
def _types() -> MimeTypes:
    """The types that Python knows, whatever the machine adds."""
    types = MimeTypes()
    for suffix, kind in ((".opus", "audio/ogg"), (".m4a", "audio/mp4"), (".m4b", "audio/mp4"), (".ogg", "audio/ogg"),
                         (".flac", "audio/flac"), (".epub", "application/epub+zip"), (".webm", "video/webm"),
                         (".mkv", "video/x-matroska"), (".webp", "image/webp"), (".avif", "image/avif")):  # fmt: skip
        types.add_type(kind, suffix)
    return types


def _guessed_type(url: str) -> str | None:
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    return _types().guess_type(f"file:{unquote(path[-200:])}")[0]


def _key(url: str) -> str:
    """Return a text that is equal for the addresses of one file in different sizes."""
    parts = urlsplit(url)
    selecting = [(name, value) for name, value in parse_qsl(parts.query) if not _SIZE.fullmatch(name)]
    return f"{without_www(picture_key(url))} {sorted(selecting)}"


def _merged(first: Enclosure, other: Enclosure) -> Enclosure:
    return msgspec.structs.replace(
        first, length=first.length or other.length, duration=first.duration or other.duration
    )


def _positive(number: int | None) -> int | None:
    return number if number and number > 0 else None
