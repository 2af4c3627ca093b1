"""Chooses the picture of an article, from those stated and those in its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote, urlsplit

from aggregator.text.element_size import length
from aggregator.text.frames import framed_video
from aggregator.text.html_tokens import ATTRIBUTES, attributes_of
from aggregator.text.lazy_images import image_url, is_pixel
from aggregator.text.urls import absolute

SMALL = 48
"""Minimum side of a picture, in pixels; a smaller one is an icon."""
_TYPICAL_AREA = 240 * 180
"""Pixels that a picture of unknown size is assumed to have."""
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
    """Return the URL of the picture that represents an article, as the candidate states it; None if there is none.

    A candidate is a mapping with `url` and, if known, `type` (its MIME type), `width`, `height` (pixels) and `length`
    or `fileSize` (bytes), as numbers or as text. Candidates of another type than a picture, avatars, emoji, share icons
    and tracking pixels are never chosen. Of the others, the largest is: by width × height, then by bytes, then the
    first. A picture of unknown size counts as a thumbnail of 240 × 180 pixels.
    """
    pictures = [candidate for candidate in candidates if is_picture(candidate) and not _is_small(candidate)]
    url = max(pictures, key=_size, default={}).get("url")
    return url if isinstance(url, str) else None


def is_picture(candidate: Mapping[str, object]) -> bool:
    """Return whether an enclosure may be a picture of an article: by its type, and by the shape of its URL."""
    url, kind = candidate.get("url"), candidate.get("type")
    if not isinstance(url, str) or not url or (kind and not str(kind).strip().lower().startswith("image/")):
        return False
    return not is_decoration(url)


def has_picture_name(url: str) -> bool:
    """Return whether the file name in a URL is that of a picture."""
    return bool(_FILE.search(url.partition("?")[0].partition("#")[0]))


def _is_small(candidate: Mapping[str, object]) -> bool:
    sides = (length(candidate.get(name)) for name in ("width", "height"))
    return any(side is not None and side < SMALL for side in sides)


def _size(candidate: Mapping[str, object]) -> tuple[float, int]:
    width, height = length(candidate.get("width")), length(candidate.get("height"))
    stated = width or height
    area = width * height if width and height else stated * stated * 2 / 3 if stated else _TYPICAL_AREA
    return area, length(candidate.get("length")) or length(candidate.get("fileSize")) or 0


def is_decoration(url: str, classes: str = "") -> bool:
    """Return whether a picture is an avatar, an emoji, a share icon or a tracking pixel: by URL and class names."""
    if classes and _DECORATION_CLASS.search(classes):
        return True
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return True
    return bool(_DECORATION_HOST.search(host) or _DECORATION_PATH.search(unquote(parts.path[:1000])))


def has_media(html: str) -> bool:
    """Return whether HTML contains a picture, video, audio or frame, which plain text would lose."""
    return "<" in html and _MEDIA.search(html) is not None


def first_picture(html: str, base: str | None) -> str | None:
    """Return the absolute URL of the first picture in HTML that may represent it, else that of its first video.

    Finds lazily loaded pictures. `base`: base of relative URLs.
    """
    video: str | None = None
    for match in _TAG.finditer(html, 0, _SEARCHED):
        attributes = attributes_of(match[2])
        name = match[1].lower()
        if name in ("img", "amp-img"):
            if url := _content_picture(attributes, base):
                return url
        elif video is None:
            video = absolute(attributes.get("poster") or "", base) if name == "video" else None
            if name == "iframe" and (framed := framed_video(attributes, base)):
                video = framed.picture
    return video


def _content_picture(attributes: Mapping[str, str], base: str | None) -> str | None:
    found = image_url(attributes, base)
    if found is None or is_pixel(attributes, found) or is_decoration(found.url, attributes.get("class", "")):
        return None
    return None if not found.lazy and _is_small(attributes) else found.url
