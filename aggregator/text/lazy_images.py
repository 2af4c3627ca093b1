"""Finds the address of a picture in the attributes of an image, including those from which scripts load it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from aggregator.text.element_size import is_invisible
from aggregator.text.html_tokens import start_tag
from aggregator.text.urls import absolute

LAZY_SOURCES = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-lazy",
    "data-actualsrc",
    "data-lazyload",
    "data-srv",
)
"""Attributes with the address that a script copies to `src` when the image is scrolled into view."""
_LAZY_SOURCES = frozenset(LAZY_SOURCES)
LAZY_SETS = ("data-srcset", "data-lazy-srcset", "data-original-set")
"""The same for `srcset`."""
MAX_CANDIDATES = 50
"""Candidates of a `srcset` that are read."""

# HTML standard, 4.8.4.4.5: a URL may contain commas, but not end with one.
_CANDIDATE = re.compile(r"([^\s,]\S*+)(?:(?<!,)\s++([^,]*+))?")
_DESCRIPTOR = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)[wxh]")
_PLACEHOLDER = re.compile(
    r"blank|placeholder|spacer|transparent|(?<!\d)1x1(?!\d)|lazy|load(?:ing|er)|gr[ae]y|empty|dummy|pixel",
    re.IGNORECASE,
)
_PLACEHOLDER_FILE = re.compile(r"\.(?:gif|png|svg|jpe?g|webp)$", re.IGNORECASE)
_PICTURE_FILE = re.compile(r"[^\s{}<>\"]+\.(?:jpe?g|png|gif|webp|avif)(?:\?[^\s{}<>\"]*)?", re.IGNORECASE)
_SIZE_IN_NAME = re.compile(r"-\d{2,4}x\d{2,4}(?=\.\w{3,4}$)")
_ADDRESS = re.compile(r"[^\s{}\[\]<>\"./]*+[./][^\s{}<>\"]*+")


class Found(NamedTuple):
    """The absolute address of a picture. `lazy`: from another attribute than `src`."""

    url: str
    lazy: bool


def image_url(attributes: Mapping[str, str], base: str | None) -> Found | None:
    """Return the address of the picture that an image shows once scripts have run; None if it is not http or https.

    An attribute for lazy loading precedes `src`, which then is a placeholder. Without one, a `src` that looks like a
    placeholder is used only if no other attribute contains the address of a picture.
    """
    source = attributes.get("src", "").strip()
    if not _LAZY_SOURCES.isdisjoint(attributes):
        for name in LAZY_SOURCES:
            if name in attributes and (url := _usable(attributes[name], base)):
                return Found(url, lazy=True)
    placeholder = is_placeholder(source)
    if not placeholder and (url := absolute(source, base)):
        return Found(url, lazy=False)
    for value in _alternatives(attributes):
        if url := _usable(value, base):
            return Found(url, lazy=True)
    url = absolute(source, base)
    return Found(url, lazy=False) if url else None


def _usable(value: str, base: str | None) -> str | None:
    value = value.strip()
    return absolute(value, base) if _ADDRESS.fullmatch(value) and not value.startswith("#") else None


def _alternatives(attributes: Mapping[str, str]) -> Iterator[str]:
    for name in (*LAZY_SETS, "srcset"):
        if largest := largest_candidate(attributes.get(name, "")):
            yield largest
    if stated := attributes.get("data-attrs"):  # Substack: JSON
        try:
            source = json.loads(stated).get("src")
        except (ValueError, AttributeError, RecursionError):
            source = None
        if isinstance(source, str):
            yield source
    for name, value in attributes.items():
        if name.startswith("data-") and _PICTURE_FILE.fullmatch(value.strip()):
            yield value


def is_placeholder(source: str) -> bool:
    """Return whether the address of an image may be that of a stand-in: missing, a data URI, or named like one."""
    if not source or source.startswith("#") or source[:5].lower() in ("data:", "about"):
        return True
    name = source.partition("?")[0].partition("#")[0].rpartition("/")[2]
    return bool(_PLACEHOLDER_FILE.search(name) and _PLACEHOLDER.search(name))


def candidates(srcset: str) -> list[tuple[str, str]]:
    """Return the addresses of a `srcset` with their descriptors ("2x", "640w", or "")."""
    found = []
    for match in _CANDIDATE.finditer(srcset):
        if url := match[1].rstrip(","):
            descriptor = next((part for part in (match[2] or "").split() if _DESCRIPTOR.fullmatch(part)), "")
            found.append((url, descriptor))
        if len(found) >= MAX_CANDIDATES:
            break
    return found


def largest_candidate(srcset: str) -> str | None:
    """Return the address with the largest width or density in a `srcset`."""
    stated = [(url, descriptor) for url, descriptor in candidates(srcset) if not url.lower().startswith("data:")]
    return max(stated, key=lambda candidate: _factor(candidate[1]), default=(None,))[0]


def _factor(descriptor: str) -> float:
    match = _DESCRIPTOR.fullmatch(descriptor)
    return float(match[1]) if match else 1.0


def safe_srcset(srcset: str, base: str | None) -> str | None:
    """Return a `srcset` with absolute http and https addresses; None if it has none."""
    found = ((absolute(url, base) or "", descriptor) for url, descriptor in candidates(srcset))
    safe = ((url.rstrip(","), descriptor) for url, descriptor in found if " " not in url)  # a comma would end it
    return ", ".join(f"{url} {descriptor}".strip() for url, descriptor in safe if url) or None


def is_pixel(attributes: Mapping[str, str], found: Found) -> bool:
    """Return whether an image only counts views. The size of a lazily loaded one is that of its placeholder."""
    return not found.lazy and is_invisible(attributes)


def image_tag(attributes: Mapping[str, str], found: Found, base: str | None) -> str:
    """Return an `img` that shows a picture without scripts, with the texts and sizes of an image."""
    kept = {name: attributes[name] for name in ("alt", "title", "width", "height", "sizes") if name in attributes}
    if is_invisible(kept):  # the size of a placeholder
        kept = {name: value for name, value in kept.items() if name not in ("width", "height")}
    sets = (safe_srcset(attributes.get(name, ""), base) for name in (*LAZY_SETS, "srcset"))
    return start_tag("img", {"src": found.url, "srcset": next(filter(None, sets), None), **kept})


def picture_key(url: str) -> str:
    """Return a text that is equal for the addresses of one picture in different sizes."""
    return _SIZE_IN_NAME.sub("", url.partition("?")[0].partition("://")[2])
