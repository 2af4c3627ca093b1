"""Runs the command `after` of the configuration once the outputs are published, until it has succeeded."""

from __future__ import annotations

from pathlib import Path

from aggregator.run import Run

TIMEOUT = 600.0
"""Seconds that the command may take."""


class AfterCommand:
    """The command `after`. It is due from before the first file is written, so that a killed run does not lose it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._ledger = run.store.ledger
        self._was_due = False
        if run.config.after:
            self._was_due = self._ledger.after_since() is not None
            self._ledger.set_after(run.now)

    def run(self) -> bool:
        """Run the command if a file has changed, or if it failed the last time. Returns whether the files are where
        the command puts them; a failure is in the report."""
        command, report = self._run.config.after, self._run.report
        if not command:
            return True
        if not self._was_due and not any(output.written for output in report.outputs):
            self._ledger.set_after(None)
            return True
        if self._run.options.dry_run:
            report.deliveries.planned.append(f"the files, with {command[0]}")
            return True
        if self._run.options.offline:
            return False
        failure = _run_command(command, self._run.config.path.absolute().parent)
        if failure:
            report.fail("after", f"{command[0]}: {failure}; it runs again in the next run")
            report.output_failed = True
            return False
        self._ledger.set_after(None)
        return True


def _run_command(command: tuple[str, ...], folder: Path) -> str:
    """Run a command in a folder; return why it failed, or ""."""
    import asyncio

    from aggregator.runtime.program import run_program

    return asyncio.run(run_program(command, folder, {}, TIMEOUT)).failure
