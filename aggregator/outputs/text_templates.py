"""Renders the templates of Markdown and plain text: the shipped ones, or one of the user's (Jinja2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.errors import OutputError
from aggregator.outputs.edition_texts import EditionTexts

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
    dates = texts.dates
    formats = (dates.day, dates.long_day, dates.short_day, dates.time, dates.zone_name, dates.moment, dates.clock)
    helpers = (texts.headline, texts.summary, texts.outlet, texts.authors, texts.byline, texts.coverage)
    named = {**{function.__name__: function for function in (*formats, *helpers)}, **functions}
    environment.filters.update(named)
    environment.globals.update(named)
    environment.globals.update(
        {"_": texts.gettext, "ngettext": texts.counted, "others": texts.others, "reprints": texts.reprints}
    )
    environment.globals.update(edition=texts.edition, sections=texts.sections, earlier=texts.earlier, most=MOST_LISTED)
    rendered = _rendered(environment, path)
    return f"{_EMPTY_LINES.sub(chr(10) * 2, rendered).strip(chr(10))}\n"


def template_file(name: str | None, config_folder: Path) -> Path | None:
    """Return the path that the option `template` names. Raises OutputError if there is no such file."""
    if not name:
        return None
    path = config_folder / Path(name).expanduser()
    if not path.is_file():
        raise OutputError(f'template = "{name}": there is no file {path}; correct the path, or remove the option')
    return path


def _rendered(environment: jinja2.Environment, path: Path) -> str:
    import jinja2

    try:
        return environment.get_template(path.name).render()
    except jinja2.TemplateSyntaxError as error:
        raise OutputError(f"{error.filename or path}:{error.lineno}: {error.message}") from error
    except jinja2.TemplateNotFound as error:
        raise OutputError(f'{_place(error, path)}: there is no template "{error.name}"') from error
    except UnicodeDecodeError as error:
        raise OutputError(f"{path}: is not in UTF-8 ({error.reason}, byte {error.start})") from error
    except OutputError:
        raise
    except Exception as error:
        what = str(error) if isinstance(error, jinja2.UndefinedError) else f"{type(error).__name__}: {error}"
        raise OutputError(f"{_place(error, path)}: {what}") from error


def _place(error: BaseException, path: Path) -> str:
    """Return file and line of the template in which an error was raised."""
    found, trace = str(path), error.__traceback__
    while trace:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.suffix != ".py" and file.is_file():
            found = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


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
