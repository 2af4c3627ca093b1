"""Chooses the picture of an article, from those stated and those in its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from aggregator.text.element_size import length
from aggregator.text.html_tokens import ATTRIBUTES, attributes_of
from aggregator.text.lazy_images import candidates, image_url, is_pixel
from aggregator.text.urls import absolute

SMALL = 48
"""Minimum side of a picture, in pixels; a smaller one is an icon."""
WIDE = 600
"""Width from which a picture in landscape format leads a page, in pixels."""
_BANNER = 3
"""How many times wider than high a picture may be: beyond is a banner."""
_TYPICAL_AREA = 240 * 180
"""Pixels that a picture of unknown size is assumed to have."""
_Rank = tuple[bool, float, float, int]
_NONE: _Rank = (False, -1.0, 0.0, 0)
_SEARCHED = 20_000
"""Characters of a text in which pictures are searched."""
# Without re.IGNORECASE, the "<" is searched at the speed of str.find: this runs for each article.
_TAG = re.compile(
    rf"<([iI](?:[mM][gG]|[fF][rR][aA][mM][eE])|[vV][iI][dD][eE][oO]|[aA][mM][pP]-[iI][mM][gG])"
    rf"(?=[\s/])({ATTRIBUTES})(?:>|\Z)"
)
_MEDIA = re.compile(
    r"<(?:[iI](?:[mM][gG]|[fF][rR][aA][mM][eE])|[vV][iI][dD][eE][oO]|[aA](?:[uU][dD][iI][oO]|[mM][pP]-[iI][mM][gG])"
    r"|[pP][iI][cC][tT][uU][rR][eE]|[eE][mM][bB][eE][dD]|[oO][bB][jJ][eE][cC][tT])[\s/]"
)
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|heic)$", re.IGNORECASE)
_SIMPLE_URL = re.compile(
    r"https?://([a-z0-9.-]+)(?::[0-9]{1,4})?(/[A-Za-z0-9._~/+,;=:!$&'()*@-]{0,900})(?:[?#][!-~]*)?\Z"
)
"""The form of nearly all URLs, whose parts need not be decoded."""
_DECORATION_CLASS = re.compile(
    r"(?:^|[\W_])(?:avatars?|gravatar|emojis?|smil(?:ey|ies)|icons?|author|byline|shar(?:e|ing)|social|badge|logo|pixel"
    r"|spacer|tracking)(?:$|[\W_])",
    re.IGNORECASE,
)
_DECORATION_HOST = re.compile(
    r"(?:^|\.)(?:avatars?\d?|(?:[a-z]+\.)?gravatar|emojis?|pixel\d?|stats?|track(?:er|ing)?|count(?:er)?|beacon|ads?"
    r"|adserver|analytics|metrics)\.(?=[^.]+\.)|(?:^|\.)(?:gravatar|doubleclick|feedsportal)\.[a-z.]{1,20}$"
)
_DECORATION_PATH = re.compile(
    r"/(?:avatars?|gravatars?|emojis?|smilies|smileys?|favicons?|~r|~ff|~a|(?:social|share|sharing)[-_]?(?:icons?|buttons?)"
    r"|(?:tracking|beacons?|impressions?)(?!/[^/]*\.jpe?g))/"
    r"|/(?:[bcpt]|mf|px|dot|pix|(?:tracking[-_]?)?pixel|track(?:er|ing)?|beacon|impression|open|count(?:er)?)"
    r"\.(?:gif|png|php|aspx?)$"
    r"|/(?:blank|clear|empty|trans(?:parent)?|spacer|1x1|favicon|(?:feed|rss|share|facebook|twitter|avatar|emoji)[-_]?"
    r"icon[-_\dx]*)\.(?:gif|png|svg|ico)$|/(?:piwik|matomo)\.php$",
    re.IGNORECASE,
)


def best_picture(candidates: Iterable[Mapping[str, object]]) -> str | None:
    """Return the URL of the best candidate, as it is stated; None if there is none."""
    best = best_candidate(candidates)
    return str(best["url"]) if best else None


def best_candidate(candidates: Iterable[Mapping[str, object]]) -> Mapping[str, object] | None:
    """Return the candidate that represents an article; None if there is none.

    A candidate is a mapping with `url` and, if known, `type` (its MIME type), `width`, `height` (pixels) and `length`
    or `fileSize` (bytes), as numbers or as text. Candidates of another type than a picture, avatars, emoji, share icons
    and tracking pixels are never chosen. Of the others, the widest one in landscape format is, from 600 pixels on;
    without one, that of which a page can show most: the area of its part in landscape format. A picture of unknown
    size counts as a thumbnail of 240 × 180 pixels, one of unknown height as 3:2. Of equals, the one with more bytes is
    chosen, then the first.
    """
    best, best_rank = None, _NONE
    for candidate in candidates:
        width, height = length(candidate.get("width")), length(candidate.get("height"))
        if not _is_small(width, height) and is_picture(candidate):
            rank = _rank(width, height, candidate)
            if rank > best_rank:
                best, best_rank = candidate, rank
    return best


def is_picture(candidate: Mapping[str, object]) -> bool:
    """Return whether an enclosure may be a picture of an article: by its type, and by the shape of its URL."""
    url, kind = candidate.get("url"), candidate.get("type")
    if not isinstance(url, str) or not url or (kind and not str(kind).strip().lower().startswith("image/")):
        return False
    return not is_decoration(url)


def has_picture_name(url: str) -> bool:
    """Return whether the file name in a URL is that of a picture."""
    return bool(_FILE.search(url.partition("?")[0].partition("#")[0]))


def is_wide(width: int | None, height: int | None) -> bool:
    """Return whether a picture of this stated size is in landscape format, and wide enough for the top of a page."""
    return width is not None and width >= WIDE and (height is None or width <= _BANNER * height < _BANNER * width)


def _is_small(width: int | None, height: int | None) -> bool:
    return (width is not None and width < SMALL) or (height is not None and height < SMALL)


def _rank(width: int | None, height: int | None, candidate: Mapping[str, object]) -> _Rank:
    size = length(candidate.get("length")) or length(candidate.get("fileSize")) or 0
    if width and height:
        area: float = width * height
        if is_wide(width, height):
            return True, width, area, size
        return False, min(width, _BANNER * height) * min(height, width * 2 / 3), area, size
    if stated := width or height:
        area = stated * stated * 2 / 3
        return (True, width, area, size) if width and is_wide(width, None) else (False, area, area, size)
    return False, _TYPICAL_AREA, _TYPICAL_AREA, size


def is_decoration(url: str, classes: str = "") -> bool:
    """Return whether a picture is an avatar, an emoji, a share icon or a tracking pixel: by URL and class names."""
    return bool(classes and _DECORATION_CLASS.search(classes)) or _is_decoration(url)


@lru_cache(maxsize=1024)
def _is_decoration(url: str) -> bool:
    if simple := _SIMPLE_URL.match(url):
        host, path = simple.groups()
        return bool(_DECORATION_HOST.search(host) or _DECORATION_PATH.search(path))
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return True
    return bool(_DECORATION_HOST.search(host) or _DECORATION_PATH.search(unquote(parts.path[:1000])))


def has_media(html: str) -> bool:
    """Return whether HTML contains a picture, video, audio or frame, which plain text would lose."""
    return "<" in html and _MEDIA.search(html) is not None


class _Shown(NamedTuple):
    """A picture in a text. `is_wide`: as stated, None if it states no size."""

    url: str
    is_wide: bool | None


def first_picture(html: str, base: str | None) -> str | None:
    """Return the absolute URL of the first picture in HTML that may represent it, else that of its first video.

    If that picture states to be small or not in landscape format, the first one that states to be wide precedes it.
    Finds lazily loaded pictures. `base`: base of relative URLs.
    """
    found = _first(html, base)
    return found and found.url


def first_wide_picture(html: str, base: str | None) -> str | None:
    """Return what `first_picture` returns if that states to be wide."""
    found = _first(html, base)
    return found.url if found and found.is_wide else None


def _first(html: str, base: str | None) -> _Shown | None:
    if "<" not in html:
        return None
    picture: _Shown | None = None
    video: str | None = None
    for match in _TAG.finditer(html, 0, _SEARCHED):
        attributes = attributes_of(match[2])
        name = match[1].lower()
        if name in ("img", "amp-img"):
            if found := _content_picture(attributes, base):
                if found.is_wide or (picture is None and found.is_wide is None):
                    return found
                picture = picture or found
        elif video is None:
            video = _video_picture(name, attributes, base)
    return picture or (_Shown(video, None) if video else None)


def _video_picture(name: str, attributes: Mapping[str, str], base: str | None) -> str | None:
    if name == "video":
        return absolute(attributes.get("poster") or "", base)
    from aggregator.text.frames import framed_video  # many patterns, of which most feeds need none

    framed = framed_video(attributes, base)
    return framed and framed.picture


def _content_picture(attributes: Mapping[str, str], base: str | None) -> _Shown | None:
    found = image_url(attributes, base)
    if found is None or is_pixel(attributes, found) or is_decoration(found.url, attributes.get("class", "")):
        return None
    if found.lazy:  # a stated size may be that of the placeholder
        return _Shown(found.url, None)
    if not ("width" in attributes or "height" in attributes or "srcset" in attributes):
        return _Shown(found.url, None)
    width, height = length(attributes.get("width")), length(attributes.get("height"))
    if _is_small(width, height):
        return None
    if "srcset" in attributes and (wider := _wider(attributes, width, base)):
        return _Shown(wider[0], is_wide(wider[1], height and width and height * wider[1] // width))
    return _Shown(found.url, None if width is None else is_wide(width, height))


def _wider(attributes: Mapping[str, str], width: int | None, base: str | None) -> tuple[str, int] | None:
    """Return the widest picture of a `srcset` if it is at least `WIDE`, and the `src` is known to be narrower.

    `width`: that of the image, as stated.
    """
    source, stated = attributes.get("src", "").strip(), attributes["srcset"]
    if (width is None and source not in stated) or (width is not None and width >= WIDE):
        return None
    widths = {url: int(float(size[:-1])) for url, size in candidates(stated) if size.endswith("w")}
    own = widths.get(source, width)
    if not widths or own is None or own >= WIDE:
        return None
    widest = max(widths, key=widths.__getitem__)
    url = absolute(widest, base) if widths[widest] >= WIDE else None
    return (url, widths[widest]) if url else None
