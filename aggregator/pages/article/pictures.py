"""The pictures of an article: those between its blocks, not those of the links beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Any

from aggregator.pages.article.blocks import Block
from aggregator.text.urls import absolute

_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-srcset", "srcset", "src")
"""Where the address is; pages that load pictures late have a placeholder in `src`."""
_SMALL = 100
"""Pixels of a side below which a picture is an icon."""
_ICON = re.compile(
    r"(?:^|[\W_])(?:icons?|logos?|avatars?|emojis?|pixel|spacer|sprite|badge|share|author)(?:$|[\W_])", re.I
)
_LISTS = ("aside", "ul", "ol", "table", "nav")


def find_pictures(blocks: Sequence[Block], base: str | None) -> list[tuple[Any, str]]:
    """The pictures among these blocks of a page, each an element with its address, absolute."""
    sizes: Counter[Any] = Counter()
    for block in blocks:
        sizes[block.place[0]] += len(block.text)
    holders = {element for element, size in sizes.items() if size * 10 >= sizes.total()}
    last = blocks[-1].element
    found: dict[str, Any] = {}
    for element in blocks[0].element.getroottree().iter("img", "amp-img", last.tag):
        if element is last:
            break
        if element.tag != last.tag and _stands_in(holders, element) and (address := _address(element, base)):
            found.setdefault(address, element)
    return [(element, address) for address, element in found.items()]


def _stands_in(holders: set[Any], image: Any) -> bool:
    """Whether it stands among the paragraphs: in their element, alone or with a caption."""
    for depth, element in enumerate(image.iterancestors()):
        if element in holders:
            return True
        if depth > 6 or element.tag in _LISTS or len(list(islice(element.iter("img", "p", "h3"), 4))) > 3:
            return False
    return False


def _address(image: Any, base: str | None) -> str | None:
    sides = ((image.get(name) or "").removesuffix("px") for name in ("width", "height"))
    names = f"{image.get('class') or ''} {(image.get('src') or '')[:300]}"
    if any(side.isdecimal() and int(side[:9]) < _SMALL for side in sides) or _ICON.search(names):
        return None
    for name in _SOURCES:
        value = (image.get(name) or "").split()
        if value and not value[0].startswith(("data:", "{", "[")) and (found := absolute(value[0].rstrip(","), base)):
            return found
    return None
