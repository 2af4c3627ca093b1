"""What the pages of one edition share: templates, style, pictures, links to each other and to the feeds."""

from __future__ import annotations

import datetime as dt
import posixpath
from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import cached_property
from hashlib import blake2b, sha256
from mimetypes import MimeTypes
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from aggregator import Article, Edition, Outlet, Section, Story, __version__
from aggregator.errors import OutputError
from aggregator.model import Deferred
from aggregator.outputs import page_names
from aggregator.outputs.article_text import headline, summary
from aggregator.outputs.feed_links import feed_links
from aggregator.outputs.languages import (
    edition_direction,
    edition_language,
    language_direction,
    language_tag,
)
from aggregator.outputs.name_lists import collapsed
from aggregator.outputs.outlets import outlet_name
from aggregator.outputs.page_names import FRONT_PAGE, article_page, page_of, slug
from aggregator.outputs.pictures import FOLDER, PictureFile, Pictures
from aggregator.outputs.players import player
from aggregator.outputs.section_names import language_apart, section_name
from aggregator.outputs.text import web_address
from aggregator.outputs.themes import Theme

TEMPLATES = Path(__file__).parent / "templates"
INNER_STYLE = "pages.css"
"""The style sheet of the pages that a single page does not have."""
STYLES = ("base.css", "front.css", INNER_STYLE, "theme.css", "print.css")
"""The style sheets, in order. `theme.css` is none of the shipped ones: a theme adds its rules with it."""


class Look(msgspec.Struct, frozen=True):
    """The options that concern how the pages look. `logo`, `css`: paths of files."""

    logo: Path | None = None
    css: Path | None = None
    columns: int = 3


class Site:
    """The pages of an edition. `single`: file name of the page if all is in one page; "" for a folder of pages."""

    def __init__(self, edition: Edition, theme: Theme, look: Look, *, single: str = "") -> None:
        self.edition = edition
        self.theme = theme
        self.look = look
        self.single = single
        self.shown: dict[str, PictureFile] = {}

    @cached_property
    def pictures(self) -> Pictures:
        """The pictures of the articles."""
        return Pictures(self.edition)

    @cached_property
    def style(self) -> str:
        """All style sheets, that of the user last."""
        own = [_read(self.look.css).decode("utf-8", "replace")] if self.look.css else []
        names = [name for name in STYLES if name != INNER_STYLE or not self.single]
        return "\n".join([self.theme.style(names), *own])

    @cached_property
    def digest(self) -> bytes:
        """A digest of all that every page depends on: templates, style, options, and the frame of the edition."""
        frame = msgspec.structs.replace(
            self.edition, date=self.edition.date.replace(2000, 1, 1), stories=(), sections=(), latest=(), older=()
        )
        state = blake2b(self.theme.digest() + self.style.encode(), digest_size=16)
        state.update(msgspec.msgpack.encode((__version__, frame, self.look.columns, str(self.look.logo), self.single)))
        state.update(msgspec.msgpack.encode([(one.name, one.label) for one in self.edition.sections]))
        return state.digest()

    @property
    def style_name(self) -> str:
        """The file of the style: its name changes with its content, so that browsers can keep it."""
        return f"assets/style-{sha256(self.style.encode()).hexdigest()[:12]}.css"

    @property
    def logo_name(self) -> str:
        """The file of the logo; "" without one."""
        logo = self.look.logo
        return f"assets/logo-{sha256(_read(logo)).hexdigest()[:12]}{logo.suffix.lower()}" if logo else ""

    def assets(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files that the pages of a folder share: style, icon, logo."""
        yield self.style_name, self.style.encode()
        if self.icon_allowed:
            yield "favicon.svg", self.icon()
        if self.look.logo:
            yield self.logo_name, _read(self.look.logo)

    @property
    def icon_allowed(self) -> bool:
        """Whether pages may have pictures of the site itself, such as an icon: not if there are none at all."""
        return self.edition.pictures != "none" or self.look.logo is not None

    def icon(self) -> bytes:
        """Return the icon: the initial of the title."""
        initial = next((letter for letter in self.edition.title if letter.isalnum()), "N").upper()
        return self.theme.render("favicon.svg.j2", initial=initial).strip().encode()

    def copied_pictures(self) -> Iterator[tuple[str, Deferred]]:
        """Yield the files of the pictures on the pages that were rendered, unless the copy has been deleted since."""
        for name, file in sorted(self.shown.items()):
            if file.file.is_file():  # it never changes: its name is a digest of its bytes
                yield name, Deferred(blake2b(name.encode(), digest_size=16).digest(), file.file.read_bytes)

    def page(self, name: str, template: str, **values: Any) -> bytes:
        """Render a page. `name`: its path, relative to the root of the site; `values`: for the template."""
        return self.theme.render(template, page=View(self, name), **values).encode()

    def deferred(self, name: str, template: str, *depends_on: Any, **values: Any) -> tuple[str, Deferred]:
        """Return a page that is rendered only if it changed. `depends_on`: all of an edition that it shows."""
        state = blake2b(self.digest + template.encode() + b"\0" + name.encode(), digest_size=16)
        state.update(msgspec.msgpack.encode(depends_on, enc_hook=str))
        return name, Deferred(state.digest(), lambda: self.page(name, template, **values))


class View:
    """What templates use as `page`: links from one page, and how it shows articles. `name`: its path in the site."""

    def __init__(self, site: Site, name: str) -> None:
        self.site = site
        self.name = name
        self.edition = site.edition
        self.single = bool(site.single)
        depth = name.count("/")
        self.root = f"{Path(site.single).stem}/" if self.single else "../" * depth
        itself = site.edition.itself.path
        self.here = itself if self.single else posixpath.join(itself if itself.endswith("/") else "", name)
        links = list(feed_links(site.edition, self.here))
        self.feeds = [link for link in links if link.plugin != "opml"]
        self.lists = [link for link in links if link.plugin == "opml"]

    def link(self, name: str) -> str:
        """Return the address of a page or file of the site, as a link from this page."""
        return quote(f"{self.root}{name}")

    @property
    def home(self) -> str:
        """The address of the front page."""
        return quote(self.site.single) if self.single else self.link(FRONT_PAGE)

    @property
    def canonical(self) -> str:
        """The absolute address of the page; "" if the configuration has no `url`."""
        base = web_address(self.edition.url)
        return f"{base.rstrip('/')}/{quote(self.here)}".removesuffix(FRONT_PAGE) if base else ""

    @property
    def language(self) -> str:
        """The language of the page."""
        return edition_language(self.edition.locale)

    @property
    def direction(self) -> str:
        """The direction of writing of the page."""
        return edition_direction(self.edition.locale)

    @property
    def style(self) -> str:
        """The style, for a single page."""
        return self.site.style

    @property
    def style_address(self) -> str:
        """The address of the style sheet, for a page in a folder."""
        return self.link(self.site.style_name)

    @property
    def policy(self) -> str:
        """The content security policy: only the style, pictures as configured, and players."""
        style = "'self'"
        if self.single:
            style = f"'sha256-{b64encode(sha256(self.style.encode()).digest()).decode()}'"
        return (
            f"default-src 'none'; img-src {self._picture_sources()}; media-src http: https:; style-src {style}; "
            "base-uri 'none'; form-action 'none'"
        )

    def _picture_sources(self) -> str:
        if not self.site.icon_allowed:
            return "'none'"
        own = "'self' data:" if self.single else "'self'"
        return f"{own} http: https:" if self.edition.pictures == "link" else own

    @property
    def icon(self) -> str:
        """The address of the icon; "" if pages may have no picture."""
        if not self.site.icon_allowed:
            return ""
        return _data("image/svg+xml", self.site.icon()) if self.single else self.link("favicon.svg")

    @property
    def logo(self) -> str:
        """The address of the logo; "" without one."""
        logo = self.site.look.logo
        if not logo:
            return ""
        kind = MimeTypes().guess_type(logo.name)[0] or "image/png"
        return _data(kind, _read(logo)) if self.single else self.link(self.site.logo_name)

    def story_address(self, story: Story) -> str | None:
        """Return the address that the headline of a story links to: its page, or its article at the publisher."""
        if self.single:
            return web_address(story.shown.url)
        return self.link(page_of(story))

    def article_address(self, article: Article) -> str | None:
        """Return the address that the headline of an article links to: its page, or that at the publisher."""
        return web_address(article.url) if self.single else self.link(article_page(article))

    def picture(self, story: Story) -> dict[str, Any] | None:
        """Return the picture of a story: `src`, `srcset`, `width`, `height`, `credit`; None if there is none."""
        shown = self.site.pictures.of_story(story)
        if not shown:
            return None
        self.site.shown.update({file.name: file for file in shown.files})
        root = self.root
        return {
            "src": quote(shown.source(root)) if shown.files else shown.address,
            "srcset": shown.sources(root),
            "width": shown.width,
            "height": shown.height,
            "credit": self.outlet(shown.article),
        }

    def all_pictured(self, blocks: Sequence[Any]) -> bool:
        """Return whether the feature of each block has a picture, so that a row of them is even."""
        return all(self.picture(block.feature) for block in blocks)

    def outlet(self, article: Article) -> str:
        """Return the name of the outlet of an article."""
        return self.outlet_name(article.source)

    def outlet_name(self, outlet: Outlet) -> str:
        """Return the name of an outlet."""
        return outlet_name(outlet, self.edition)

    def others(self, story: Story) -> list[Article]:
        """Return the articles of a story other than the one shown."""
        return [article for article in story.articles if article is not story.shown and article != story.shown]

    def coverage_line(self, story: Story) -> str:
        """Return the outlets of a story other than that of its headline: "BBC, NPR and 12 more"; "" if none."""
        names = [self.outlet_name(place) for place in story.places if place.name != story.shown.source.name]
        if not names and len(story.articles) > 1:
            count = len(story.articles)
            return self.site.theme.counted("%(num)s article", "%(num)s articles", count)
        return collapsed(names, self.site.theme)

    def headline(self, article: Article) -> str:
        """Return the headline of an article, never empty."""
        return headline(article)

    def summary(self, article: Article) -> str:
        """Return the summary of an article; "" if it says nothing that the headline does not."""
        return summary(article)

    def section_label(self, section: Section) -> str:
        """Return the name of a section to show: as configured, or its tag or language, or that of the rest."""
        return section_name(section, self.edition.locale) or self.site.theme.gettext("More stories")

    def section_language(self, section: Section) -> str:
        """Return the name of the language that a section is set apart by; "" if its label says it."""
        return language_apart(section, self.edition.locale)

    def section_id(self, section: Section) -> str:
        """Return the fragment of a section on the front page."""
        return "-".join(part for part in ("section", slug(section.name or "more"), section.language) if part)

    def lang(self, tag: str | None) -> str:
        """Return a language for `lang`; "" if it is that of the page, or unknown."""
        valid = language_tag(tag)
        return "" if valid == self.language else valid

    def day_of(self, date: dt.datetime) -> dt.date:
        """Return the day of a time in the reader's time zone."""
        return self.site.theme.dates.local(date).date()

    names = page_names
    direction_of = staticmethod(language_direction)
    player = staticmethod(player)
    address = staticmethod(web_address)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({error.strerror}); correct the option that names it") from error


def _data(kind: str, body: bytes) -> str:
    return f"data:{kind};base64,{b64encode(body).decode()}"


__all__ = ["FOLDER", "Look", "Site", "View"]
