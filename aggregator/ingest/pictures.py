"""Chooses the picture of an article: of those that its item states, or that its text shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from urllib.parse import urljoin

import msgspec

from aggregator.model import Enclosure
from aggregator.text.element_size import length
from aggregator.text.pictures import (
    best_candidate,
    first_picture,
    first_wide_picture,
    has_picture_name,
    is_decoration,
    is_wide,
)
from aggregator.text.urls import absolute

MAX_ENCLOSURES = 100
"""Enclosures that are looked at."""


def article_picture(stated: object, enclosures: object, html: str, base: str | None) -> str | None:
    """Return the absolute URL of the picture of an article; None if there is none.

    The picture that its item states precedes those among its enclosures, and these the first one in its text, unless
    they are only small or upright, and that is wide. If the stated one is among the enclosures, the best of them is
    used: a feed may state several sizes. Avatars, emoji, share icons and tracking pixels are no pictures of an article.
    `base`: base of relative URLs.

    Raises TypeError if `stated` is not text.
    """
    if not stated and not enclosures:
        return first_picture(html, base)
    pictures = _pictures(enclosures)
    if stated:
        if not isinstance(stated, str):
            raise TypeError(f"expected text, not {type(stated).__name__}")
        is_one_of_them = any(picture["url"] == stated for picture in pictures)
        if not is_one_of_them and not is_decoration(stated) and (url := absolute(stated, base)):
            return url
    best = best_candidate(pictures)
    url = absolute(str(best["url"]), base) if best else None
    if best and not _may_be_wide(best) and (wide := first_wide_picture(html, base)):
        return wide
    return url or first_picture(html, base)


def local_picture(stated: object, source: str | None) -> str | None:
    """Return the `file:` URL of a picture on this machine, such as `file:pictures/bridge.jpg`; None for any other.

    Only a source that is itself a file or folder (`source`: its `file:` URL) may state one, in its own folder or below:
    what comes from the network must not make this machine publish its files.
    """
    if stated is None or source is None or not isinstance(stated, str) or not stated.startswith("file:"):
        return None
    from aggregator.http.file_urls import file_path  # imports the HTTP client

    folder = file_path(source)
    folder = folder if folder.is_dir() else folder.parent
    try:
        picture = file_path(urljoin(f"{folder.as_uri()}/", stated)).resolve()
    except ValueError:  # a null character, or a host
        return None
    return picture.as_uri() if folder.resolve() in picture.parents and has_picture_name(picture.name) else None


def _may_be_wide(picture: Mapping[str, object]) -> bool:
    width, height = length(picture.get("width")), length(picture.get("height"))
    return (width is None and height is None) or is_wide(width, height)


def _pictures(enclosures: object) -> list[Mapping[str, object]]:
    """Return the enclosures that are pictures, by type or else by file name, as mappings."""
    if not enclosures or isinstance(enclosures, str | Mapping) or not isinstance(enclosures, Sequence):
        enclosures = [enclosures] if enclosures else []
    return [picture for enclosure in islice(enclosures, MAX_ENCLOSURES) if (picture := _picture(enclosure))]


def _picture(enclosure: object) -> Mapping[str, object] | None:
    fields: object = {"url": enclosure} if isinstance(enclosure, str) else enclosure
    if isinstance(enclosure, Enclosure):
        fields = msgspec.structs.asdict(enclosure)
    if not isinstance(fields, Mapping) or not isinstance(fields.get("url"), str):
        return None
    kind = str(fields.get("type") or "").strip().lower()
    is_picture = kind.startswith("image/") or (not kind and has_picture_name(fields["url"]))
    return {**fields, "type": kind or None} if is_picture else None
