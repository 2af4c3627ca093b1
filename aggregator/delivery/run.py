"""The deliveries of one run: composed while the outputs are published, sent when all files are in place."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.config.settings import OutputSettings
from aggregator.delivery.after import AfterCommand
from aggregator.delivery.compose import Composer
from aggregator.delivery.deliver import deliver_pending
from aggregator.plugin.plugin import Plugin
from aggregator.run import Run


class Deliveries:
    """What a run delivers; created before the first output is written."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._after = AfterCommand(run)

    def composer(self, output: OutputSettings, plugin: Plugin, selected: Sequence[str]) -> Composer:
        """Return what stores the deliveries of one output. `selected`: ids of its stories."""
        return Composer(self._run, output, plugin, selected)

    def deliver(self) -> None:
        """Run the command `after`, then send the deliveries that are due."""
        are_files_current = self._after.run()
        deliver_pending(self._run, are_files_current=are_files_current)
        self._run.store.ledger.prune(self._run.now, before=self._run.now - self._run.config.keep)
