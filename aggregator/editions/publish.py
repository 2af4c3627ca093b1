"""Make and write every output. One that fails is in the report; the others are written all the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aggregator.config.settings import LIST, Config, OutputSettings
from aggregator.editions.edition import make_edition
from aggregator.editions.write import emit
from aggregator.errors import AggregateError
from aggregator.model import Story, Subscription
from aggregator.plugin.registry import Registry
from aggregator.report import OutputCount, Report
from aggregator.store import Store


def publish_outputs(config: Config, registry: Registry, store: Store, report: Report, write: bool = True) -> set[str]:
    """Emit each output and note it in the report; the ids of the stories that any of them shows."""
    every = zip(config.sources, subscriptions_of(config, store), strict=True)
    subscriptions = [subscription for source, subscription in every if source.plugin != LIST]  # lists are no outlets
    shown: set[str] = set()
    selected = Selected(store, report.started)
    for output in config.outputs:
        try:
            count, ids = _publish(config, registry, selected, output, subscriptions, write)
        except AggregateError as error:
            report.fail(str(output.path), str(error))
            report.output_failed = True
        else:
            report.outputs.append(count)
            shown |= ids
    return shown


def subscriptions_of(config: Config, store: Store) -> list[Subscription]:
    """The configured sources as a reader would subscribe to them."""
    states = store.states(config.sources)
    return [
        Subscription(
            name=state.called(one),
            feed=one.url if one.plugin == "feed" and one.url and not one.url.startswith("file:") else None,
            home=state.home,
            tags=one.tags,
        )
        for one, state in zip(config.sources, states, strict=True)
    ]


class Selected:
    """The stories that outputs show, the newest first; those that select alike share them. `now`: of the run."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._now = now
        self._known: dict[tuple[Any, ...], list[Story]] = {}

    def for_output(self, output: OutputSettings) -> list[Story]:
        """Those of one output."""
        chosen = output.select
        asked = (output.limit, output.since, output.tags, output.sources, output.language, chosen and str(chosen))
        if asked not in self._known:
            self._known[asked] = self._store.stories(
                limit=output.limit,
                since=self._now - output.since if output.since else None,
                tags=output.tags,
                sources=output.sources,
                language=output.language,
                select=(lambda story: chosen.holds(story, self._now)) if chosen else None,
            )
        return self._known[asked]


def _publish(  # noqa: PLR0913 - one step of the loop above
    config: Config,
    registry: Registry,
    selected: Selected,
    output: OutputSettings,
    subscriptions: list[Subscription],
    write: bool,
) -> tuple[OutputCount, set[str]]:
    plugin = registry.get("output", output.plugin)
    options = plugin.bind(output.options, output.label)
    stories = selected.for_output(output)
    edition = make_edition(config, output, stories, subscriptions)
    return emit(plugin, edition, options, output.path, write), {story.id for story in stories}
