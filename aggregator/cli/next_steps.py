"""Tells after a run where the page is, and what to do next."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.context import Context, default_config

if TYPE_CHECKING:
    from aggregator.config.settings import Config


def next_steps(context: Context, *, dry_run: bool = False) -> Iterator[str]:
    """Yield the lines that follow the report of a run."""
    config, command = context.config, command_line(context)
    if dry_run:
        yield f"dry run: nothing was changed, written or sent; `{command} run` does it"
        return
    if not config.sources:
        yield f"no sources yet: `{command} add URL` adds a site, a feed or a file"
        return
    if page := _page(config):
        yield f"page: {page}"
        yield f"      {page.as_uri()}"
        yield f"next: `{command} serve` shows it in a browser, and its other pages"
    yield f"{'     ' if page else 'next:'} `{command} add URL` adds a source; `{command} help` lists what else there is"


def command_line(context: Context) -> str:
    """Return how to call this program: by its name if the shell finds it, with the configuration if it is another."""
    called = sys.argv[0]
    program = "aggregate"
    if Path(called).name == program and not _is_found(called):
        program = called
    if context.config_path == default_config():
        return program
    return f"{program} -c {context.config_path}"


def _is_found(called: str) -> bool:
    found = shutil.which("aggregate")
    return found is not None and Path(found).resolve() == Path(called).resolve()


def _page(config: Config) -> Path | None:
    """Return the first page among the outputs."""
    for output in config.outputs:
        if output.path:
            page = output.path / "index.html" if output.path.is_dir() else output.path
            if page.suffix == ".html" and page.is_file():
                return page
    return None
