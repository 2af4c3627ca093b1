"""Finds the pictures between the blocks of an article, without those of related links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Any

from aggregator.pages.article.blocks import Block
from aggregator.text.element_size import length
from aggregator.text.lazy_images import image_url
from aggregator.text.pictures import is_decoration

_SMALL = 100
"""Minimum side of a picture, in pixels; a smaller one is an icon."""
_ICON = re.compile(
    r"(?:^|[\W_])(?:icons?|logos?|avatars?|emojis?|pixel|spacer|sprite|badge|share|author)(?:$|[\W_])", re.I
)
_LIST_TAGS = ("aside", "ul", "ol", "table", "nav")


def find_pictures(blocks: Sequence[Block], base: str | None) -> list[tuple[Any, str]]:
    """Return the pictures among these blocks of a page: each element with its absolute URL."""
    lengths: Counter[Any] = Counter()
    for block in blocks:
        lengths[block.ancestors[0]] += len(block.text)
    containers = {element for element, length in lengths.items() if length * 10 >= lengths.total()}
    last = blocks[-1].element
    pictures: dict[str, Any] = {}
    for element in blocks[0].element.getroottree().iter("img", "amp-img", last.tag):
        if element is last:
            break
        if (
            element.tag != last.tag
            and _is_among_paragraphs(element, containers)
            and (url := _picture_url(element, base))
        ):
            pictures.setdefault(url, element)
    return [(element, url) for url, element in pictures.items()]


def _is_among_paragraphs(image: Any, containers: set[Any]) -> bool:
    """Return whether a picture is in the element of the paragraphs, alone or with a caption."""
    for depth, element in enumerate(image.iterancestors()):
        if element in containers:
            return True
        if depth > 6 or element.tag in _LIST_TAGS or len(list(islice(element.iter("img", "p", "h3"), 4))) > 3:
            return False
    return False


def _picture_url(image: Any, base: str | None) -> str | None:
    found = image_url({str(name): value for name, value in image.attrib.items()}, base)
    if found is None or is_decoration(found.url) or _ICON.search(f"{image.get('class') or ''} {found.url[:300]}"):
        return None
    sides = (length(image.get(name)) for name in ("width", "height"))
    small = any(side is not None and side < _SMALL and not (found.lazy and side <= 1) for side in sides)
    return None if small else found.url
