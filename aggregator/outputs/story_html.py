"""Renders a story as HTML for feeds: picture, text, and which other outlets have it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from gettext import NullTranslations
from html import escape, unescape

from aggregator.model import Article, Edition, Story
from aggregator.outputs.article_text import headline, summary
from aggregator.outputs.dates import Dates
from aggregator.outputs.feed_pictures import picture_of, without_pictures
from aggregator.outputs.labels import labels
from aggregator.outputs.outlets import outlet_name
from aggregator.outputs.story_pages import story_address
from aggregator.outputs.text import FOREIGN, web_address
from aggregator.text.safe_html import safe_html

_ADDRESS = re.compile(r'(?<= )(href|src|cite|poster)="([^"]*+)"')
MOST_LISTED = 12
"""Outlets that are listed below a story at most."""


def story_html(story: Story, edition: Edition) -> str:
    """Return a story as safe HTML, with absolute addresses.

    Its picture if the text shows none, the text of the article that stands for it, its outlet, the stories that were
    merged into it, and the other outlets: the first article of each, or its copy of one.
    """
    words = labels(edition.locale)
    shown = story.shown
    listed = _one_by_outlet(story.articles, [shown.source.name])
    copies = _one_by_outlet((copy.article for copy in story.copies), [outlet.name for outlet in story.outlets])
    heading = words.ngettext("Also covered by %d other outlet:", "Also covered by %d other outlets:", len(listed))
    parts = [
        article_html(shown, edition, words, story),
        *_list(words.gettext("This story now includes:"), _merged(story)),
        *_list(heading % len(listed), _items(listed, edition), _more(listed, story, edition, words)),
        *_list(words.gettext("Also published by:"), _items(copies, edition), _more(copies, story, edition, words)),
    ]
    return "\n".join(part for part in parts if part)


def article_html(article: Article, edition: Edition, words: NullTranslations, story: Story | None = None) -> str:
    """Return an article as safe HTML: its picture if the text shows none, its text, and its outlet.

    `story`: the one that it stands for, whose picture it has if it has none.
    """
    text = _ADDRESS.sub(_valid_address, safe_html(article.content, article.url)) if article.content else ""
    if edition.pictures == "none":
        text = without_pictures(text)
    if not text and (stated := summary(article)):
        text = f"<p>{_escaped(stated)}</p>"
    picture = picture_of(article, edition, story)
    if picture and "<img" not in text and "<video" not in text:
        text = f'<p><img src="{escape(picture)}" alt="{escape(headline(article))}"></p>\n{text}'
    source = words.gettext("Source:")
    is_linked = story is None or article is story.representative  # by the item itself
    url = article.source.url if is_linked else article.url or article.source.url
    return f"{text}\n<p>{source} {_link(url, outlet_name(article.source, edition))}</p>".strip()


def _valid_address(attribute: re.Match[str]) -> str:
    """Percent-encode what no URL contains, as browsers do: publishers write spaces and quotation marks."""
    address = unescape(attribute[2])
    return f'{attribute[1]}="{escape(web_address(address) or "")}"' if FOREIGN.search(address) else attribute[0]


def _one_by_outlet(articles: Iterable[Article], known: Iterable[str]) -> list[Article]:
    """Return the first article of each outlet that is not known yet, the newest first.

    The first, so that the text of an item changes only if an outlet joins, which is news.
    """
    first: dict[str, Article] = {}
    for article in sorted(articles, key=lambda article: (article.date, article.id)):
        first.setdefault(article.source.name, article)
    return [article for name, article in reversed(first.items()) if name not in {*known}]


def _merged(story: Story) -> Iterator[str]:
    return (_link(one.url, one.title.strip() or one.url or one.id) for one in story.merged[:MOST_LISTED])


def _items(articles: Sequence[Article], edition: Edition) -> Iterator[str]:
    if articles:
        dates = Dates.of(edition)
    for article in articles[:MOST_LISTED]:
        outlet, date = outlet_name(article.source, edition), dates.moment(article.date)
        yield f"{_escaped(outlet)}: {_link(article.url, headline(article))} ({_escaped(date)})"


def _more(articles: Sequence[Article], story: Story, edition: Edition, words: NullTranslations) -> Iterator[str]:
    """Yield how many outlets are not listed, with a link to the page of the story if there is one."""
    if (count := len(articles) - MOST_LISTED) > 0:
        yield _link(story_address(edition, story), words.ngettext("and %d more", "and %d more", count) % count)


def _list(heading: str, *items: Iterable[str]) -> Iterator[str]:
    listed = [f"<li>{item}</li>" for part in items for item in part]
    if listed:
        yield f"<p>{_escaped(heading)}</p>"
        yield f"<ul>{''.join(listed)}</ul>"


def _link(url: str | None, text: str) -> str:
    address, label = web_address(url), _escaped(text)
    return f'<a href="{escape(address)}">{label}</a>' if address else label


def _escaped(text: str) -> str:
    return escape(text, quote=False)
