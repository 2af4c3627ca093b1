"""Writes a newspaper page: masthead, lead story, sections by tag, and each story with its outlets.

    [[outputs]]
    plugin = "html"
    path = "public/index.html"                   # or a folder, for an index.html in it

The page is a single file without scripts. Its layout adapts to phones, dark mode and print, and it links to the feeds
among the other outputs of the configuration. Texts of sources are escaped, links are http and https only, and a content
security policy forbids everything except pictures and the page's own style.

Limits: summaries only. The browser loads pictures from their publishers, without a referrer.
"""

from __future__ import annotations

import posixpath
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from aggregator import Article, Edition, Publication, Register, hookimpl
from aggregator.outputs.text import (
    day,
    headline,
    legal,
    others,
    remaining_sections,
    reprints,
    section_title,
    web_address,
)

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates"
FORMATS = {
    "rss": ("RSS", "application/rss+xml"),
    "atom": ("Atom", "application/atom+xml"),
    "jsonfeed": ("JSON Feed", "application/feed+json"),
    "opml": ("OPML", "text/x-opml"),
}


class PageLink(msgspec.Struct, frozen=True):
    """A link to another output of the configuration. `href`: relative to the page; `type`: its MIME type."""

    plugin: str
    label: str
    type: str
    href: str


def html(edition: Edition, *, path: str) -> Iterator[tuple[str, bytes]]:
    """Writes a newspaper page."""
    edition = legal(edition)
    top = edition.stories[: 4 if _has_picture(edition) else 3]
    links = list(_page_links(edition))
    page = _template("newspaper.html.j2").render(
        edition=edition,
        day=day(edition.date),
        top=top,
        sections=list(remaining_sections(edition, top)),
        kickers={
            story.id: section_title(section)
            for section in edition.sections
            for story in section.stories
            if section.name.strip()
        },
        feeds=[link for link in links if link.plugin != "opml"],
        lists=[link for link in links if link.plugin == "opml"],
    )
    yield "" if _is_page(path) else "index.html", page.encode()


def _has_picture(edition: Edition) -> bool:
    """Whether the lead story has a picture: it is then as tall as three stories next to it, otherwise as two."""
    return any(web_address(story.representative.image) for story in edition.stories[:1])


def _is_page(path: str) -> bool:
    return path.lower().endswith((".html", ".htm"))


def _page_links(edition: Edition) -> Iterator[PageLink]:
    """Yield the feeds and lists among the publications; file names distinguish those of one format."""
    here = edition.itself.path if _is_page(edition.itself.path) else f"{edition.itself.path}index.html"
    for publication in edition.publications:
        if publication.plugin in FORMATS:
            label, mime_type = FORMATS[publication.plugin]
            siblings = [other for other in edition.publications if other.plugin == publication.plugin]
            name = f"{label} ({PurePosixPath(publication.path).stem})" if len(siblings) > 1 else label
            yield PageLink(publication.plugin, name, mime_type, _relative(publication, here))


def _relative(publication: Publication, here: str) -> str:
    return quote(posixpath.relpath(publication.path, posixpath.dirname(here) or "."))


@cache
def _template(name: str) -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (TEMPLATES / "newspaper.css").read_text(encoding="utf-8")
    environment.globals.update(style=style, style_hash=b64encode(sha256(style.encode()).digest()).decode())
    for function in (headline, web_address, others, reprints, clock, player):
        environment.filters[function.__name__] = function
    return environment.get_template(name)


def clock(date: datetime, today: datetime) -> str:
    """Format a time in UTC: 09:30 for today, Mon 23 Nov, 21:30 for this year, 3 Feb 2024 for other years."""
    if date.date() == today.date():
        return f"{date:%H:%M}"
    if date.year == today.year:
        return f"{date:%a} {date.day} {date:%b}, {date:%H:%M}"
    return f"{date.day} {date:%b} {date.year}"


def player(article: Article) -> dict[str, str] | None:
    """Return address and label, such as "Listen (32 min)", of the first audio or video."""
    for enclosure in article.enclosures:
        verb = {"audio": "Listen", "video": "Watch"}.get((enclosure.type or "").split("/")[0])
        address = web_address(enclosure.url)
        if verb and address:
            minutes = f" ({round(enclosure.duration / 60)} min)" if enclosure.duration else ""
            return {"href": address, "label": f"{verb}{minutes}"}
    return None


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(html)
