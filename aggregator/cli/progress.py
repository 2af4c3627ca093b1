"""A progress bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Watch = Callable[[int, int], None]


@contextmanager
def progress(on_terminal: bool) -> Iterator[Watch]:
    """Give a function to be told (sources done, sources in all)."""
    if not on_terminal:
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("collecting"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("collecting", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
