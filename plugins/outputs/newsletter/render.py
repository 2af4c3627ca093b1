"""Renders the two parts of a mail: plain text, and HTML with inline styles."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator import Article, Story
from aggregator.outputs.edition_texts import EditionTexts
from aggregator.outputs.feed_pictures import picture_of
from aggregator.outputs.languages import edition_direction, edition_language, language_direction, language_tag
from aggregator.outputs.text import web_address
from aggregator.outputs.wrap_text import wrap_text
from aggregator.text.plain import shorten

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parents[1] / "templates"
WIDTH = 72
_BLANK_LINES = re.compile(r"\n\n\n+")
MAX_SUMMARY = 400
MAX_HEADLINE = 300
MOST_MERGED = 5
"""Stories that are listed as part of another one now."""


def html_part(texts: EditionTexts, day: date, unsubscribe: str) -> str:
    """Return the HTML part."""
    import css_inline

    style = (TEMPLATES / "newsletter.css").read_text(encoding="utf-8")
    template = _environment(html=True).get_template("newsletter.html.j2")
    page = template.render(_values(texts, day), style=style, unsubscribe=unsubscribe)
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True, apply_width_attributes=True)
    return inliner.inline(page)


def text_part(texts: EditionTexts, day: date, unsubscribe: str) -> str:
    """Return the plain text part, in lines of 72 cells; addresses are not broken."""
    template = _environment(html=False).get_template("newsletter.txt.j2")
    text = template.render(_values(texts, day), unsubscribe=unsubscribe)
    return _BLANK_LINES.sub("\n\n", text).strip() + "\n"


def day_in_words(texts: EditionTexts, day: date) -> str:
    """Return the day of a newsletter, without special spaces: "Tuesday, 24 November 2026"."""
    noon = datetime.combine(day, time(12), texts.dates.zone)
    return " ".join(texts.dates.day(noon).split())


def _values(texts: EditionTexts, day: date) -> dict[str, Any]:
    edition = texts.edition
    lead = edition.stories[0]
    linked = edition.pictures == "link"
    return {
        "edition": edition,
        "language": edition_language(edition.locale),
        "direction": edition_direction(edition.locale),
        "home": web_address(edition.url),
        "day": day_in_words(texts, day),
        "lead": lead,
        "picture": picture_of(lead.shown, edition, lead) if linked else None,
        "preheader": "; ".join(_title(texts, story) for story in edition.stories[:3]),
        "texts": texts,
        "title": lambda of: _title(texts, of),
        "summary": lambda of: shorten(texts.summary(of), MAX_SUMMARY),
        "merged": lambda story: story.merged[:MOST_MERGED],
        "_": texts.gettext,
    }


def _title(texts: EditionTexts, of: Story | Article) -> str:
    """Return the headline, shortened."""
    return shorten(texts.headline(of), MAX_HEADLINE)


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
    for function in (web_address, wrapped, language_tag, language_direction):
        environment.filters[function.__name__] = function
    return environment


def wrapped(text: str) -> str:
    """Wrap a paragraph; an address is kept whole."""
    return "\n".join(wrap_text(text, WIDTH))
