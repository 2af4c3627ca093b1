"""`aggregate store copy` moves an installation to another database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.output import count_of, print_line
from aggregator.context import Context

if TYPE_CHECKING:
    from aggregator.store import StoreLocation


@click.group()
def store() -> None:
    """Copy the store to another file or database."""


@store.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.pass_obj
def copy(context: Context, source: str, target: str) -> None:
    """Copy the store FROM to a new store TO, with the files of its pictures: paths of SQLite files, or addresses of
    PostgreSQL databases (postgresql://user@host/database; keep the password in PGPASSFILE).

    No run may use either store meanwhile. The store FROM stays as it is, and the configuration, too.
    """
    from aggregator.store import copy_store

    old, new = _location(context, "FROM", source), _location(context, "TO", target)
    copied = copy_store(old, new)
    articles, stories = copied["articles"], copied["stories"]
    counts = f"{count_of(copied['sources'], 'source')}, {count_of(articles, 'article')} and "
    print_line(f"copied {counts}{stories} {'story' if stories == 1 else 'stories'} from {old} to {new}")
    print_line(f"to use the copy, write into {context.config_path}: store = {_value(context, target, new)}")


def _location(context: Context, name: str, text: str) -> StoreLocation:
    """Return the store of an argument: paths are relative to the working directory. Raises ConfigError."""
    from aggregator.config.store_address import DatabaseAddress, read_store, show_store
    from aggregator.errors import ConfigError

    try:
        location = read_store(text, Path.cwd())
    except ValueError as error:
        raise ConfigError([f"{name} = {show_store(text)}: {error}"]) from error
    if isinstance(location, DatabaseAddress):  # its pictures are beside the configuration
        return DatabaseAddress(location.url, context.config_path.absolute().parent)
    return location


def _value(context: Context, text: str, location: StoreLocation) -> str:
    """Return the value for the configuration, in which no password belongs."""
    import json

    from aggregator.text.secrets import redact

    if isinstance(location, Path):
        folder = context.config_path.absolute().parent
        text = str(location.relative_to(folder) if location.is_relative_to(folder) else location)
    elif redact(text) != text:
        return '{ env = "NAME" }, and the address into that environment variable'
    return json.dumps(text, ensure_ascii=False)  # as TOML writes it, too
