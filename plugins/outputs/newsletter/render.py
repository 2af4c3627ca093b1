"""Renders the two parts of a mail: plain text, and HTML with inline styles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from aggregator import Article, Edition, Section, Story
from aggregator.outputs.text import day as day_in_words
from aggregator.outputs.text import headline, moment, others, remaining_sections, reprints, web_address
from aggregator.text.plain import shorten

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parents[1] / "templates"
WIDTH = 72
_BLANK_LINES = re.compile(r"\n\n\n+")
MAX_SUMMARY = 400
MAX_HEADLINE = 300


def html_part(edition: Edition, day: date, unsubscribe: str) -> str:
    """Return the HTML part."""
    import css_inline

    style = (TEMPLATES / "newsletter.css").read_text(encoding="utf-8")
    template = _environment(html=True).get_template("newsletter.html.j2")
    page = template.render(_values(edition, day), style=style, unsubscribe=unsubscribe)
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True, apply_width_attributes=True)
    return inliner.inline(page)


def text_part(edition: Edition, day: date, unsubscribe: str) -> str:
    """Return the plain text part, in lines of 72 characters; addresses are not broken."""
    template = _environment(html=False).get_template("newsletter.txt.j2")
    text = template.render(_values(edition, day), unsubscribe=unsubscribe)
    return _BLANK_LINES.sub("\n\n", text).strip() + "\n"


def _values(edition: Edition, day: date) -> dict[str, Any]:
    lead, *rest = edition.stories
    picture = web_address(lead.representative.image) if getattr(edition, "pictures", "none") == "link" else None
    return {
        "edition": edition,
        "home": web_address(edition.url),
        "day": day_in_words(datetime(day.year, day.month, day.day)),
        "lead": lead,
        "picture": picture,
        "preheader": "; ".join(title(story.representative) for story in (lead, *rest[:2])),
        "sections": list(_sections(edition, lead)),
    }


def _sections(edition: Edition, lead: Story) -> Iterator[Section]:
    """Yield the sections without the lead story; all other stories as one section if the edition has none."""
    sections = list(remaining_sections(edition, [lead]))
    if sections or len(edition.stories) < 2:
        yield from sections
    else:
        yield Section("More stories", edition.stories[1:])


@cache
def _environment(*, html: bool) -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=html,  # noqa: S701 - the plain text is not HTML
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in (title, summary, byline, also, web_address, wrapped):
        environment.filters[function.__name__] = function
    return environment


def title(article: Article) -> str:
    """Return the headline on one line."""
    return " ".join(shorten(headline(article), MAX_HEADLINE).split())


def summary(article: Article) -> str:
    """Return the summary, shortened."""
    return " ".join(shorten(article.summary, MAX_SUMMARY).split())


def byline(story: Story) -> str:
    """Return outlet and time."""
    return f"{story.representative.source.name}, {moment(story.published)}"


def also(story: Story) -> str:
    """Return how many other outlets have the story: "also covered by 3 others", or ""."""
    outlets = {article.source.name for article in (*others(story), *reprints(story))}
    number = len(outlets - {story.representative.source.name})
    return f"also covered by {number} other{'' if number == 1 else 's'}" if number else ""


def wrapped(text: str, indent: int = 0) -> str:
    """Wrap a paragraph; a word that is longer than a line, such as an address, is kept whole."""
    space = " " * indent
    return fill(
        text, WIDTH, initial_indent=space, subsequent_indent=space, break_long_words=False, break_on_hyphens=False
    )
