"""The parts of an article that are compared with other articles to recognise copies."""

from __future__ import annotations

import msgspec

from aggregator.grouping.features.clean_title import MAX_LABEL_WORDS, without_label, without_outlet, words_of
from aggregator.grouping.features.wording import Wording
from aggregator.text.urls import has_path

MAX_BODY, MAX_TITLE = 20_000, 1_000
"""Characters that are read of a text, and of a title."""
MIN_WORDS = 8
"""A text of fewer words is not compared."""


class ArticleText(msgspec.Struct, frozen=True):
    """The text of an article for comparison.

    `page`: its URL, None if that is only the site's; `outlet`: in lower case; `time`: epoch seconds of its date;
    `dated`: whether the publisher states the date; `title`, `body`: their words, separated by spaces; `core`: the title
    without labels. The body is empty if it adds nothing to the title.
    """

    page: str | None
    outlet: str
    time: int
    dated: bool
    title: str
    core: str
    body: str


def read_text(article: Wording) -> ArticleText:
    """Return the text of an article for comparison."""
    title = without_outlet(article.title[:MAX_TITLE], article.outlet, article.url or "")
    title_words, body = words_of(title), words_of(article.summary[:MAX_BODY])
    if body.count(" ") < MIN_WORDS - 1 or _repeats(title_words, body):
        body = ""
    bare = without_label(title)
    core = title_words if bare == title else words_of(bare)
    page, outlet = _page(article.url), article.outlet.casefold()
    return ArticleText(page, outlet, article.date, article.dated, title_words, core, body)


def _page(url: str | None) -> str | None:
    """Return a URL unless it has no path: some feeds link all articles to their site."""
    return url if url and has_path(url) else None


def _repeats(title: str, body: str) -> bool:
    """Return whether a body only repeats the title, with at most an outlet's name after it."""
    start, text = title.casefold(), body.casefold()
    return bool(start) and text.startswith(start) and text.count(" ", len(start)) <= MAX_LABEL_WORDS + 1
