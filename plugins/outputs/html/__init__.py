"""Writes the newspaper: a front page with lead story, sections and latest news, as a folder of pages or a single page.

    [[outputs]]
    plugin = "html"
    path = "public"                              # a folder: the whole newspaper
    # path = "public/index.html"                 # a file: everything in one page
    theme = "broadsheet"                         # or "compact", or a folder with templates of your own
    columns = 3
    logo = "logo.svg"                            # shown in place of the title
    css = "mine.css"                             # added to the style

In a folder, each article has a page with its text, pictures and players, and each story with several articles one with
all accounts and how the coverage grew. Topics and sources have lists, `archive.html` has the editions of all days,
whose front pages are kept (`2026/11/29/index.html`), and `search.html` finds articles without a server. With a `url`,
each topic has an RSS feed (`tags/world.xml`), and there is a sitemap. A page is written only if something that it shows
has changed; those of earlier days stay as they are, at addresses that do not change. Search engines are asked not to
list the pages of articles, which name the original as their canonical address.

The pages need no scripts, except for the search. Their layout adapts to phones, dark mode, right-to-left languages and
print; their words, dates and times are in the language and time zone of the configuration. Texts of sources are
escaped, links are http and https only, and a content security policy forbids everything except pictures, players and
the pages' own style.

A theme is a folder whose files replace the shipped templates and style sheets of the same names, or extend them: see
docs/themes.md.

Limits: with `pictures = "link"`, the browser loads pictures from their publishers, without a referrer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Annotated

from msgspec import Meta

from aggregator import Edition, Register, hookimpl
from aggregator.model import Archive, Deferred
from aggregator.outputs.text import legal
from aggregator.outputs.themes import Theme, theme_folder

from .front import front_pages
from .inner_pages import inner_pages
from .site import TEMPLATES, Look, Site

Text = str | None


def html(  # noqa: PLR0913 - each parameter is an option, or supplied by the core
    edition: Edition,
    *,
    path: str,
    archive: Archive = Archive(),  # noqa: B008 - immutable
    config_folder: Path = Path(),
    theme: Annotated[Text, Meta(description="Name of a shipped theme, or folder of your own.")] = None,
    logo: Annotated[Text, Meta(description="File of a picture to show instead of the title.")] = None,
    css: Annotated[Text, Meta(description="File of rules to add to the style.")] = None,
    columns: Annotated[
        Annotated[int, Meta(ge=1, le=4)], Meta(description="Columns of a section on a wide screen, 1 to 4.")
    ] = 3,
) -> Iterator[tuple[str, bytes | Deferred]]:
    """Writes the newspaper as HTML pages."""
    edition = legal(edition)

    def file(name: str | None) -> Path | None:
        return config_folder / Path(name).expanduser() if name else None

    look = Look(logo=file(logo), css=file(css), columns=columns)
    folder = theme_folder(theme, Path(__file__).parent / "themes", config_folder)
    single = PurePath(path).name if is_page(path) else ""
    site = Site(edition, Theme(TEMPLATES, folder, edition), look, single=single)
    yield from front_pages(site, archive)
    if not single and not archive.frozen:
        yield from inner_pages(site, archive, Path(path))
        yield from site.assets()
    yield from site.copied_pictures()


def is_page(path: str) -> bool:
    """Return whether the path of the output is that of a single page rather than of a folder."""
    return path.lower().endswith((".html", ".htm"))


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(html)
