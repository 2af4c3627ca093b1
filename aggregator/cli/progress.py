"""Shows a progress bar on terminals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.run import ReportProgress


@contextmanager
def progress(on_terminal: bool) -> Iterator[ReportProgress]:
    """Show a progress bar if `on_terminal`; yields the function that updates it."""
    if not on_terminal:
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("collecting"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("collecting", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
