"""A newspaper page: masthead, lead story, sections by tag, each story with its outlets.

    [[outputs]]
    plugin = "html"
    path = "public/index.html"                   # or a folder, which then gets an index.html

The page is one file without scripts. It reads on a phone, in the dark and on paper, and offers the feeds among the
configuration's other outputs to subscribe to. Texts of sources are shown as text, links are http and https only, and a
content security policy forbids everything but pictures and the page's own style.

Limits: summaries only. Pictures are fetched from their publishers by the reader's browser, without a referrer.
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

from ._story import day, headline, legal, others, remaining_sections, reprints, section_title, web_address

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates"
KINDS = {
    "rss": ("RSS", "application/rss+xml"),
    "atom": ("Atom", "application/atom+xml"),
    "jsonfeed": ("JSON Feed", "application/feed+json"),
    "opml": ("OPML", "text/x-opml"),
}


class PageLink(msgspec.Struct, frozen=True):
    """Another output of the same configuration. `href`: relative to the page; `type`: its MIME type."""

    plugin: str
    label: str
    type: str
    href: str


def html(edition: Edition, *, path: str) -> Iterator[tuple[str, bytes]]:
    """A newspaper page."""
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
    """Whether the lead has one: it then is as tall as three stories beside it, else as two."""
    return any(web_address(story.representative.image) for story in edition.stories[:1])


def _is_page(path: str) -> bool:
    return path.lower().endswith((".html", ".htm"))


def _page_links(edition: Edition) -> Iterator[PageLink]:
    """The feeds and lists among the publications; those of one kind are told apart by their file names."""
    here = edition.itself.path if _is_page(edition.itself.path) else f"{edition.itself.path}index.html"
    for one in edition.publications:
        if one.plugin in KINDS:
            label, kind = KINDS[one.plugin]
            siblings = [other for other in edition.publications if other.plugin == one.plugin]
            name = f"{label} ({PurePosixPath(one.path).stem})" if len(siblings) > 1 else label
            yield PageLink(one.plugin, name, kind, _relative(one, here))


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
    for tool in (headline, web_address, others, reprints, clock, player):
        environment.filters[tool.__name__] = tool
    return environment.get_template(name)


def clock(date: datetime, today: datetime) -> str:
    """09:30 of today, Mon 23 Nov, 21:30 of another day, 3 Feb 2024 of another year; UTC."""
    if date.date() == today.date():
        return f"{date:%H:%M}"
    if date.year == today.year:
        return f"{date:%a} {date.day} {date:%b}, {date:%H:%M}"
    return f"{date.day} {date:%b} {date.year}"


def player(article: Article) -> dict[str, str] | None:
    """What there is to hear or see: its address, and a label such as "Listen (32 min)"."""
    for one in article.enclosures:
        verb = {"audio": "Listen", "video": "Watch"}.get((one.type or "").split("/")[0])
        address = web_address(one.url)
        if verb and address:
            return {"href": address, "label": f"{verb} ({round(one.duration / 60)} min)" if one.duration else verb}
    return None


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(html)
