"""Stores what an output composes for delivery: each story once, and nothing that is older than the output."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from aggregator.config.settings import OutputSettings
from aggregator.delivery.types import Delivered, Delivery
from aggregator.plugin.plugin import Plugin
from aggregator.run import Run
from aggregator.runtime.digests import digest
from aggregator.store import State


class Composer:
    """Supplies the arguments of one output function, and stores the deliveries that it composes.

    The stories that a new output selects, and those that one selects whose selection has been changed, are of the past:
    they count as delivered. `selected`: ids of the selected stories.
    """

    def __init__(self, run: Run, output: OutputSettings, plugin: Plugin, selected: Sequence[str]) -> None:
        self._run = run
        self._output = output
        self._plugin = plugin
        self._selected = selected
        self._selection = _selection_digest(output)

    @property
    def arguments(self) -> dict[str, Any]:
        """What the core supplies to the output function, as far as it has the parameters."""
        arguments: dict[str, Any] = {}
        if self._plugin.accepts("now"):
            arguments["now"] = self._run.now
        if self._plugin.accepts("config_folder"):
            arguments["config_folder"] = self._run.config.path.absolute().parent
        if self._plugin.accepts("delivered"):
            arguments["delivered"] = self._delivered
        return arguments

    def store(self, composed: Sequence[Delivery]) -> None:
        """Store the deliveries that are new as pending, in one transaction."""
        if self._plugin.deliver is None:
            return
        new = [(delivery, state) for delivery in composed if (state := self._state(delivery))]
        ledger, key = self._run.store.ledger, self._output.key
        if new or self._known_selection != self._selection:
            past = self._past if self._tracks_stories(composed) else frozenset[str]()
            ledger.add(key, new, (self._selection, past), self._run.now)

    def _tracks_stories(self, composed: Sequence[Delivery]) -> bool:
        """Whether the output delivers stories; a feed only announces that it has changed."""
        is_told = self._plugin.accepts("delivered") or not self._plugin.writes_files
        return is_told or not all(delivery.supersedes for delivery in composed)

    @cached_property
    def _known_selection(self) -> bytes | None:
        return self._run.store.ledger.selection(self._output.key)

    @cached_property
    def _past(self) -> frozenset[str]:
        if self._known_selection is None:
            return frozenset(self._selected)
        changed = self._known_selection != self._selection
        return frozenset(self._selected) - self._run.new_stories if changed else frozenset()

    @cached_property
    def _delivered(self) -> Delivered:
        """For a new output, nothing: what it composes for a file on this machine may contain the past."""
        if self._known_selection is None:
            return Delivered()
        stories, keys = self._run.store.ledger.delivered(self._output.key)
        return Delivered(stories=stories | self._past, keys=keys)

    def _state(self, delivery: Delivery) -> State | None:
        """Return the state to store a delivery with, or None if it is not stored."""
        if delivery.local or delivery.supersedes:
            return "pending"
        if self._known_selection is None:
            return None if delivery.stories else "past"
        is_old = delivery.stories and self._delivered.stories.issuperset(delivery.stories)
        return None if is_old else "pending"


def _selection_digest(output: OutputSettings) -> bytes:
    stories = (output.limit, output.limit_per_source, output.since, output.select and str(output.select))
    selection = (*stories, output.tags, output.sources, output.language)
    return digest(selection)
