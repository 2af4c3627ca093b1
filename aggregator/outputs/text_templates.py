"""Renders the templates of Markdown and plain text: the shipped ones, or one of the user's (Jinja2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.errors import OutputError
from aggregator.outputs.edition_texts import EditionTexts
from aggregator.outputs.template_errors import template_errors

if TYPE_CHECKING:
    import jinja2

SHIPPED = "shipped"
"""Prefix of the shipped templates, for a template of the user that extends or includes one."""
MOST_LISTED = 12
"""Outlets or stories that the shipped templates list below a story."""
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*+\n){2,}")


def render_text(
    shipped: Path, own: Path | None, texts: EditionTexts, functions: Mapping[str, Callable[..., Any]]
) -> str:
    """Render a template. `shipped`: the default one; `own`: one that replaces it; `functions`: of the format.

    `functions` are filters and functions of the same name: `text|md`, `md(text)`. Nothing is escaped by itself. Several
    empty lines become one, so that a template can have empty lines around what may be missing. Raises OutputError, with
    file and line, for a mistake in a template.
    """
    path = own or shipped
    environment = _environment([path.parent, shipped.parent], shipped.parent)
    helpers = (texts.headline, texts.summary, texts.outlet, texts.authors, texts.byline, texts.coverage)
    named = {**texts.dates.formats, **{helper.__name__: helper for helper in helpers}, **functions}
    environment.filters.update(named)
    environment.globals.update(named)
    environment.globals.update(
        {"_": texts.gettext, "ngettext": texts.counted, "others": texts.others, "reprints": texts.reprints}
    )
    environment.globals.update(edition=texts.edition, sections=texts.sections, earlier=texts.earlier, most=MOST_LISTED)
    with template_errors(path):
        rendered = environment.get_template(path.name).render()
    return f"{_EMPTY_LINES.sub(chr(10) * 2, rendered).strip(chr(10))}\n"


def template_file(name: str | None, config_folder: Path) -> Path | None:
    """Return the path that the option `template` names. Raises OutputError if there is no such file."""
    if not name:
        return None
    path = config_folder / Path(name).expanduser()
    if not path.is_file():
        raise OutputError(f'template = "{name}": there is no file {path}; correct the path, or remove the option')
    return path


def _environment(folders: list[Path], shipped: Path) -> jinja2.Environment:
    import jinja2

    original = jinja2.PrefixLoader({SHIPPED: jinja2.FileSystemLoader(shipped)})
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.FileSystemLoader(folders), original]),
        autoescape=False,  # noqa: S701 - it escapes HTML; each text passes the filter of its format
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
