"""Calls the deliver functions of outputs: isolated, with a time limit, and with the arguments that they take."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from aggregator import __version__
from aggregator.config.settings import OutputSettings
from aggregator.delivery.types import Delivery
from aggregator.errors import AggregateError, DeliveryError, PluginError
from aggregator.plugin.diagnostics import failure_line
from aggregator.plugin.plugin import Plugin
from aggregator.plugin.stdout import attribute_output
from aggregator.run import Run
from aggregator.runtime.threads import run_with_timeout
from aggregator.store import StoredDelivery

if TYPE_CHECKING:
    from aggregator.http.post import PostClient

DELIVER_TIMEOUT = 120.0
"""Seconds that the deliver function of a plugin that is not shipped may take."""


class Sender:
    """Sends deliveries of outputs; a context manager, which closes the HTTP client if one was needed."""

    def __init__(self, run: Run, outputs: Mapping[str, OutputSettings]) -> None:
        self._run = run
        self._outputs = outputs
        self._resources = ExitStack()
        self._client: PostClient | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._resources.close()

    def send(self, stored: StoredDelivery) -> None:
        """Send one delivery. Raises DeliveryError, or another AggregateError after which it may be tried again."""
        output = self._outputs[stored.output]
        plugin = self._run.registry.get("output", output.plugin)
        if plugin.deliver is None or stored.payload is None:
            raise PluginError(f'plugin "{plugin.name}" ({plugin.origin}): it has no deliver function')
        arguments = self._arguments(plugin, output)
        delivery = Delivery(
            key=stored.key,
            recipient=stored.recipient,
            payload=stored.payload,
            label=stored.label,
            stories=stored.stories,
            supersedes=stored.supersedes,
            local=stored.local,
        )
        if plugin.is_shipped:
            error = _call(plugin, delivery, arguments)
        else:
            try:
                error = run_with_timeout(lambda: _call(plugin, delivery, arguments), DELIVER_TIMEOUT)
            except TimeoutError:
                error = DeliveryError(f"did not end within {DELIVER_TIMEOUT:g} s", uncertain=True, for_all=True)
        if error:
            raise error

    def _arguments(self, plugin: Plugin, output: OutputSettings) -> dict[str, Any]:
        given = {option.name: option.default for option in plugin.options if not option.required}
        given |= plugin.bind(output.options, output.where)
        given |= {
            "path": str(output.path) if output.path else None,
            "config_folder": self._run.config.path.absolute().parent,
        }
        if "http" in plugin.deliver_parameters:
            given["http"] = self._http()
        return {name: given[name] for name in plugin.deliver_parameters if name in given}

    def _http(self) -> PostClient:
        if self._client is None:
            from aggregator.http.post import PostClient

            trusted = [output.options for output in self._outputs.values()]
            self._client = self._resources.enter_context(PostClient(self._run.config.http, __version__, trusted))
        return self._client


def _call(plugin: Plugin, delivery: Delivery, arguments: dict[str, Any]) -> AggregateError | None:
    """Call a deliver function, and return the error that it raises."""
    assert plugin.deliver
    try:
        with attribute_output(plugin.name):
            plugin.deliver(delivery, **arguments)
    except AggregateError as error:
        return error
    except (Exception, SystemExit) as error:
        return PluginError(failure_line(plugin.name, plugin.origin, error))
    return None
