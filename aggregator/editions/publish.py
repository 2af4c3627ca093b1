"""Publish the outputs: select the stories of each, make its edition, and write its files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from aggregator.config.settings import LIST_PLUGIN, OutputSettings
from aggregator.editions.edition import make_edition
from aggregator.editions.write import emit
from aggregator.errors import AggregateError
from aggregator.model import Story, Subscription
from aggregator.report import OutputCount
from aggregator.run import Run
from aggregator.scheduling.state import Source
from aggregator.store import Selection, Store


def publish(run: Run) -> set[str]:
    """Publish each output, and return the ids of the stories that they show. The failure of an output is added to the
    report, and does not affect the others."""
    publisher = Publisher(run)
    shown: set[str] = set()
    for output in run.config.outputs:
        try:
            count, ids = publisher.publish(output)
        except AggregateError as error:
            run.report.fail(str(output.path), str(error))
            run.report.output_failed = True
        else:
            run.report.outputs.append(count)
            shown |= ids
    return shown


class Publisher:
    """Publishes the outputs of a run. Outputs with the same selection share the stories read from the store."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._selected = SelectedStories(run.store, run.now)
        self._subscriptions = subscriptions_of(
            source for source in run.sources if source.settings.plugin != LIST_PLUGIN
        )

    def publish(self, output: OutputSettings) -> tuple[OutputCount, set[str]]:
        """Write the files of one output. Returns their count and the ids of its stories. Raises AggregateError."""
        run = self._run
        plugin = run.registry.get("output", output.plugin)
        options = plugin.bind(output.options, output.label)
        stories = self._selected.of(output)
        edition = make_edition(run.config, output, stories, self._subscriptions)
        count = emit(plugin, edition, options, output.path, write=not run.options.dry_run)
        return count, {story.id for story in stories}


class SelectedStories:
    """Reads the stories of outputs from the store, each selection once. `now`: of the run."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._now = now
        self._read: dict[tuple[Selection, str], list[Story]] = {}

    def of(self, output: OutputSettings) -> list[Story]:
        """Return the stories of an output, newest first."""
        selection = Selection(
            limit=output.limit,
            since=self._now - output.since if output.since else None,
            tags=output.tags,
            sources=output.sources,
            language=output.language,
        )
        expression = output.select
        key = selection, str(expression or "")
        if key not in self._read:
            condition = (lambda story: expression.holds(story, self._now)) if expression else None
            self._read[key] = self._store.stories(selection, condition)
        return self._read[key]


def subscriptions_of(sources: Iterable[Source]) -> list[Subscription]:
    """Return the sources as a feed reader would subscribe to them."""
    return [_subscription(source) for source in sources]


def _subscription(source: Source) -> Subscription:
    settings = source.settings
    is_feed = settings.plugin == "feed" and settings.url and not settings.url.startswith("file:")
    return Subscription(
        name=source.name, feed=settings.url if is_feed else None, home=source.state.home, tags=settings.tags
    )
