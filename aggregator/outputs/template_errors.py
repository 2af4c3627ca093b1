"""States mistakes in Jinja templates in one line, with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aggregator.errors import AggregateError, OutputError


@contextmanager
def template_errors(path: Path) -> Iterator[None]:
    """Raise OutputError for whatever fails while a template is loaded and rendered. `path`: of the template.

    A template of a user can call anything with anything, so each exception may be a mistake in it.
    """
    import jinja2

    try:
        yield
    except jinja2.TemplateSyntaxError as error:
        raise OutputError(f"{error.filename or path}:{error.lineno}: {error.message}") from error
    except jinja2.TemplateNotFound as error:
        raise OutputError(f'{_place(error, path)}: there is no template "{error.name}"') from error
    except UnicodeDecodeError as error:
        raise OutputError(f"{path}: is not in UTF-8 ({error.reason}, byte {error.start})") from error
    except AggregateError:
        raise
    except Exception as error:
        what = str(error) if isinstance(error, jinja2.UndefinedError) else f"{type(error).__name__}: {error}"
        raise OutputError(f"{_place(error, path)}: {' '.join(what.split())}") from error


def _place(error: BaseException, path: Path) -> str:
    """Return file and line of the template in which an error was raised."""
    found, trace = str(path), error.__traceback__
    while trace:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.suffix != ".py" and file.is_file():
            found = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
