"""Finds the headlines of other articles that a page lists beside its own.

A headline is distinguished from a menu entry by its number of words (four or more) together with its URL: the last
path segment of an article has words, a date or a number, that of a section or a tag does not.
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
from aggregator.pages.article.blocks import block_text
from aggregator.pages.tree import HEADINGS, UNKNOWN_URL
from aggregator.text.urls import canonical

MOST = 300
_MENUS = ("nav", "footer", "menu")
_SHORTEST, _LONGEST = 10, 300
_SLUG = re.compile(r"[^\W\d_](?:[-_][^\W_]++){2}|\d{4}|\.s?html?$|[0-9a-f]{8}", re.IGNORECASE)
_NO_ARTICLE = re.compile(
    r"/(?:tags?|topics?|categor(?:y|ies)|authors?|profiles?|people|users?|about(?:-us)?|privacy[\w-]*|terms[\w-]*|contact[\w-]*"
    r"|subscri\w*|newsletters?|log-?in|sign-?(?:in|up)|register|account|search|help|jobs|careers|advertis\w*|cookies?[\w-]*|share|intent"
    r"|comments?|print|rss|feeds?|offers?|donat\w*|membership|join(?:-us)?|support(?:-us)?|abos?|abonnements?|gifts?)(?:[/?.]|$)",
    re.IGNORECASE,
)


def find_related(root: Any, body: Collection[Any], page_urls: Iterable[str | None], base: str | None) -> list[Related]:
    """Return the headlines with their URLs; without one if a link is relative and its base URL is unknown.

    `body`: the elements of the article's text, in which links are not headlines; `page_urls`: URLs of the page.
    """
    skipped = {canonical(url, base) for url in page_urls if url}
    menus = _menus(root)
    related: dict[str, Related] = {}
    for link in root.iter("a"):
        url = canonical(link.get("href") or "", base or UNKNOWN_URL) if link.get("href") else None
        if url is None or url in skipped or url in related or any(parent in body for parent in link.iterancestors()):
            continue
        title = wording.strip_closing_sign(_link_headline(link))
        if _is_related(link, title, url, base, menus):
            related[url] = Related(title, None if url.startswith(UNKNOWN_URL) else url)
        if len(related) >= MOST:
            break
    return list(related.values())


def _link_headline(link: Any) -> str:
    """Return the heading in a link, otherwise its text; of several texts the first that may be a headline."""
    heading = next(link.iter(*HEADINGS), None)
    if heading is not None:
        return block_text(heading)
    texts = list(islice(_separate_texts(link), 10))
    headline = next((text for text in texts if is_headline(text)), texts[0] if len(texts) == 1 else "")
    return _card_headline(link) if len(texts) == 1 and wording.is_call_to_action(headline) else headline


def _card_headline(link: Any) -> str:
    """Return the only heading in the card of a "Read more" link, or ""."""
    for card in islice(link.iterancestors(), 3):
        headings = list(islice(card.iter(*HEADINGS), 2))
        if headings:
            return block_text(headings[0]) if len(headings) == 1 else ""
    return ""


def _separate_texts(element: Any) -> Iterator[str]:
    """Yield the texts of the children of an element if it has no text of its own, otherwise its text."""
    if len(element) == 0 or (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        yield block_text(element)
    else:
        for child in element:
            yield from _separate_texts(child)


def is_headline(text: str, least: int = 4) -> bool:
    """Return whether a text may be a headline: `least` words or more, and not a label, call to action or credit."""
    if not _SHORTEST <= len(text) <= _LONGEST or not least <= _word_count(text) <= 40:
        return False
    return text.count("|") < 2 and not (
        wording.is_label(text)
        or wording.is_call_to_action(text)
        or wording.is_credit_line(text)
        or wording.is_copyright_notice(text)
    )


def _word_count(text: str) -> int:
    """Count the words between spaces; in scripts without spaces, two characters count as a word.

    Unlike `tree.count_words`, hyphenated words count once and separators count as words: that fits headlines better.
    """
    unspaced = sum("\u3040" <= character < "\uff00" for character in text)
    return unspaced // 2 if 2 * unspaced > len(text) else len(text.split())


def _menus(root: Any) -> set[Any]:
    """Return the elements of a page that are menus by tag or role, and do not list headlines."""
    candidates = (element for element in root.iter() if element.tag in _MENUS or element.get("role") == "navigation")
    return {menu for menu in islice(candidates, MOST) if not _lists_headlines(_link_texts(menu))}


def _link_texts(element: Any) -> list[str]:
    return [block_text(link) for link in islice(element.iter("a"), MOST)]


def _lists_headlines(texts: Collection[str]) -> bool:
    """Return whether most of the texts are as long as headlines."""
    return sum(_word_count(text) > 4 for text in texts) > 0.75 * len(texts) > 0


def _is_related(link: Any, text: str, url: str, base: str | None, menus: Collection[Any]) -> bool:
    """Return whether a link with this text leads to another article of the site."""
    if not is_headline(text, least=3):
        return False
    parts = urlsplit(url)
    if _NO_ARTICLE.search(parts.path + "/") or parts.path == "/":
        return False
    if base and registrable_domain(url) != registrable_domain(base):
        return False
    has_article_url = _SLUG.search(f"{parts.path.rstrip('/').rpartition('/')[2]}?{parts.query}") is not None
    in_menu = any(ancestor in menus for ancestor in link.iterancestors())
    return _word_count(text) > 4 if in_menu == has_article_url else has_article_url
