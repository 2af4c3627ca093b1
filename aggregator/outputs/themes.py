"""Renders the templates of an output, which a theme can replace or extend file by file (Jinja2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.errors import OutputError
from aggregator.model import Edition
from aggregator.outputs.dates import Dates
from aggregator.outputs.labels import labels
from aggregator.outputs.template_errors import template_errors

if TYPE_CHECKING:
    import jinja2

SHIPPED = "shipped/"
"""Prefix of the shipped templates, for a theme that extends the one of the same name."""


class Theme:
    """The templates and style sheets of an output. `shipped`: its own; `folder`: those that precede them, if any.

    In templates, `{% extends "shipped/front.html.j2" %}` refers to the shipped template, `_("Latest")` and
    `ngettext("%(num)s source", "%(num)s sources", n)` translate into the language of the edition, and the methods of
    `Dates` are filters: `story.published|time`. All values are escaped, and an unknown name is an error.
    """

    def __init__(self, shipped: Path, folder: Path | None, edition: Edition) -> None:
        self.folders = tuple(one for one in (folder, shipped) if one)
        self.labels = labels(edition.locale, folder / "locale" if folder else None)
        self.dates = Dates.of(edition)
        self._shipped = shipped
        self._environment = _environment(self.folders, shipped, edition.timezone, edition.locale, self.labels)

    def gettext(self, text: str) -> str:
        """Translate a text of the page."""
        return self.labels.gettext(text)

    def counted(self, singular: str, plural: str, num: int, **values: object) -> str:
        """Translate a text with a number: `counted("%(num)s article", "%(num)s articles", 3)`."""
        return str(_counted(self.labels)(singular, plural, num, **values))

    def render(self, name: str, **values: Any) -> str:
        """Render a template. Raises OutputError for a mistake in it, with its file and line."""
        with template_errors(self.folders[0] / name):
            return self._environment.get_template(name).render(values)

    def style(self, names: Iterable[str]) -> str:
        """Return the style sheets of these names, one after the other: each from the theme if it has it."""
        paths = (next((one / name for one in self.folders if (one / name).is_file()), None) for name in names)
        return "\n".join(path.read_text(encoding="utf-8").strip() for path in paths if path)

    def digest(self) -> bytes:
        """Return a digest of all files of the theme."""
        state = hashlib.blake2b(digest_size=16)
        for folder in self.folders:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    state.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
        return state.digest()


def theme_folder(name: str | None, themes: Path, config_folder: Path) -> Path | None:
    """Return the folder of a theme: a shipped one by its name, another by its path; None for the default theme.

    Raises OutputError if there is none.
    """
    if not name or name == "broadsheet":
        return None
    shipped = sorted(folder.name for folder in themes.iterdir() if folder.is_dir()) if themes.is_dir() else []
    if name in shipped:
        return themes / name
    folder = config_folder / Path(name).expanduser()
    if folder.is_dir():
        return folder
    known = ", ".join(f'"{one}"' for one in ["broadsheet", *shipped])
    raise OutputError(f'theme = "{name}": there is no folder {folder}; name a folder, or a shipped theme: {known}')


@lru_cache(maxsize=16)
def _environment(
    folders: tuple[Path, ...], shipped: Path, timezone: str, locale: str, catalogue: NullTranslations
) -> jinja2.Environment:
    import jinja2

    own = jinja2.FileSystemLoader(folders)
    original = jinja2.PrefixLoader({SHIPPED.rstrip("/"): jinja2.FileSystemLoader(shipped)})
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([own, original]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(Dates(timezone, locale).formats)
    environment.globals.update(_=catalogue.gettext, ngettext=_counted(catalogue))
    return environment


def _counted(catalogue: NullTranslations) -> Any:
    def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
        return catalogue.ngettext(singular, plural, num) % {"num": num, **values}

    return ngettext
