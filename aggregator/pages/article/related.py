"""The headlines of other articles that a page lists beside its own.

A headline is told from a menu by its words (four or more) together with where it leads: the addresses of articles have
words, a date or a number in their last part, those of sections and tags have not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from aggregator.http.origins import registrable_domain
from aggregator.model import Related
from aggregator.pages import wording
from aggregator.pages.article.blocks import HEADINGS, shown
from aggregator.pages.tree import NOWHERE
from aggregator.text.urls import canonical

MOST = 300
_MENUS = ("nav", "footer", "menu")
_SHORTEST, _LONGEST = 10, 300
_SLUG = re.compile(r"[^\W\d_]+(?:[-_][^\W_]+){2,}|\d{4,}|\.s?html?$|[0-9a-f]{8,}", re.IGNORECASE)
_NO_ARTICLE = re.compile(
    r"/(?:tags?|topics?|categor(?:y|ies)|authors?|profiles?|people|users?|about(?:-us)?|privacy[\w-]*|terms[\w-]*|contact[\w-]*"
    r"|subscri\w*|newsletters?|log-?in|sign-?(?:in|up)|register|account|search|help|jobs|careers|advertis\w*|cookies?[\w-]*|share|intent"
    r"|comments?|print|rss|feeds?|offers?|donat\w*|membership|join(?:-us)?|support(?:-us)?|abos?|abonnements?|gifts?)(?:[/?.]|$)",
    re.IGNORECASE,
)


def related_of(root: Any, own: Collection[Any], itself: Iterable[str | None], base: str | None) -> list[Related]:
    """The headlines with their addresses; without one where a link is relative and nobody knows to what. `own`: the
    elements of the article's text, in which links are no headlines; `itself`: addresses of the page."""
    skipped = {canonical(address, base) for address in itself if address}
    menus = _menus(root)
    found: dict[str, Related] = {}
    for link in root.iter("a"):
        address = canonical(link.get("href") or "", base or NOWHERE) if link.get("href") else None
        if address is None or address in skipped or address in found or any(one in own for one in link.iterancestors()):
            continue
        title = _headline(link)
        if _is_headline(link, title, address, base, menus):
            found[address] = Related(title, None if address.startswith(NOWHERE) else address)
        if len(found) >= MOST:
            break
    return list(found.values())


def _headline(link: Any) -> str:
    """The text of a link, or that of the heading in it; of several texts in it the first that may be one."""
    heading = next(link.iter(*HEADINGS), None)
    if heading is not None:
        return shown(heading)
    texts = list(islice(_texts(link), 10))
    found = next((text for text in texts if is_headline(text)), texts[0] if len(texts) == 1 else "")
    return _card_headline(link) if len(texts) == 1 and wording.is_call(found) else found


def _card_headline(link: Any) -> str:
    """The only heading of the box in which a link says "Read more"."""
    for box in islice(link.iterancestors(), 3):
        headings = list(islice(box.iter(*HEADINGS), 2))
        if headings:
            return shown(headings[0]) if len(headings) == 1 else ""
    return ""


def _texts(element: Any) -> Iterator[str]:
    """The texts in an element that stand apart: those of its children, if it has none of its own."""
    if len(element) == 0 or (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        yield shown(element)
    else:
        for child in element:
            yield from _texts(child)


def is_headline(text: str, least: int = 4) -> bool:
    """Whether a text may be a headline, by itself: `least` words or more, and no label, call or signature."""
    if not _SHORTEST <= len(text) <= _LONGEST or not least <= _size(text) <= 40:
        return False
    return text.count("|") < 2 and not (
        wording.is_lone(text) or wording.is_call(text) or wording.is_signature(text) or wording.claims_rights(text)
    )


def _size(text: str) -> int:
    """Its words; of scripts without spaces, what would be words."""
    together = sum("\u3040" <= one < "\uff00" for one in text)
    return together // 2 if 2 * together > len(text) else len(text.split())


def _menus(root: Any) -> set[Any]:
    """The parts of a page that are menus: called so, and no lists of headlines."""
    named = islice((one for one in root.iter() if one.tag in _MENUS or one.get("role") == "navigation"), MOST)
    return {one for one in named if not _lists_headlines([shown(link) for link in islice(one.iter("a"), MOST)])}


def _lists_headlines(texts: Collection[str]) -> bool:
    """Whether nearly all are as long as headlines are."""
    return sum(_size(text) > 4 for text in texts) > 0.75 * len(texts) > 0


def _is_headline(link: Any, text: str, address: str, base: str | None, menus: Collection[Any]) -> bool:
    if not is_headline(text, least=3):
        return False
    parts = urlsplit(address)
    if _NO_ARTICLE.search(parts.path + "/") or parts.path == "/":
        return False
    if base and registrable_domain(address) != registrable_domain(base):
        return False
    leads_to_one = _SLUG.search(f"{parts.path.rstrip('/').rpartition('/')[2]}?{parts.query}") is not None
    in_menu = any(one in menus for one in link.iterancestors())
    return _size(text) > 4 if in_menu == leads_to_one else leads_to_one
