"""Assertions about plugin functions: each runs the function twice through the core and returns its result."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from aggregator.delivery.types import Delivered, Delivery
from aggregator.editions.write import OutputCall, emit
from aggregator.errors import AggregateError
from aggregator.http.settings import HttpSettings
from aggregator.http.transport import TransportFactory
from aggregator.model import Article, Drop, Edition
from aggregator.plugin.plugin import Plugin
from aggregator.testing.findings import MODIFIES_ARTICLE, article_problems, differences, first_few
from aggregator.testing.recordings import Recordings
from aggregator.testing.redaction import Secrets
from aggregator.testing.run_filter import FilterResult, run_filter
from aggregator.testing.run_source import RunConditions, SourceResult, code_folder_of, make_plugin, run_source
from aggregator.testing.sandbox import NetworkAccess, Violation, sandboxed
from aggregator.testing.transports import LocalWire, RecordingWire, ReplayingWire

Result = TypeVar("Result")
LOOPBACK = HttpSettings(allow_private=("127.0.0.0/8", "::1", "localhost"))


class FixtureSettings(msgspec.Struct):
    """Settings that the fixtures of a test make.

    `recordings`: where recorded answers are stored; `record`: whether to record them; `now`: the core's current time.
    """

    recordings: Recordings | None = None
    record: bool = False
    now: datetime | None = None


fixture_settings = FixtureSettings()
"""The settings of the test that is running: pytest runs one at a time."""


def assert_source(
    function: Callable[..., Any], /, *, state: dict[str, Any] | None = None, **options: Any
) -> list[Article]:
    """Run a source twice through the core, and return its articles.

    `state`: the source's state from before, updated as the source updates it. `options`: as written in a configuration.
    With the fixture `recorded`, requests are answered from recordings; without, only servers of this machine can be
    reached. Raises AssertionError with a line for each problem: an error, no article, an article without text, an
    invalid date, ids that change.
    """
    __tracebackhide__ = True
    plugin = make_plugin(function, "source")
    states = [deepcopy(state or {}) for _ in range(2)]
    first, second = (_run_source(plugin, options, one, again=number > 0) for number, one in enumerate(states))
    _fail_on(plugin, [*article_problems(first)] or [*differences(first, second)])
    if state is not None:
        state.clear()
        state.update(states[0])
    return [one.article for one in first.fetched]


def _run_source(plugin: Plugin, options: dict[str, Any], state: dict[str, Any], *, again: bool) -> SourceResult:
    now = fixture_settings.now or datetime.now(UTC).replace(microsecond=0)

    def run(wire: TransportFactory) -> SourceResult:
        return run_source(plugin, options, RunConditions(wire=wire, http=LOOPBACK, now=now, state=state))

    return _run_contained(plugin, options, again, run)


def _run_contained(
    plugin: Plugin, options: dict[str, Any], again: bool, run: Callable[[TransportFactory], Result]
) -> Result:
    """Run with the transport and the network access that the fixtures allow. `again`: this is the second run."""
    try:
        if fixture_settings.record and not again:
            return run(_wire(options, live=True))
        with _failing_on_violations(plugin, "none" if fixture_settings.recordings else "loopback"):
            return run(_wire(options, live=False))
    except AggregateError as error:
        raise AssertionError(str(error)) from None


def _wire(options: dict[str, Any], *, live: bool) -> TransportFactory:
    recordings = fixture_settings.recordings
    if recordings is None:
        return LocalWire
    recordings.secrets = Secrets.named_in(options)
    return partial(RecordingWire, recordings, True) if live else partial(ReplayingWire, recordings)


def assert_filter(function: Callable[..., Any], article: Article, /, **options: Any) -> Article | Drop:
    """Run a filter twice on an article, and return its result: an Article, or a Drop with the reason.

    `options`: as written in a configuration. The requests of an asynchronous filter are answered as by `assert_source`.
    Raises AssertionError if the filter fails, returns something else, returns a different result the second time, or
    modifies the article that it receives.
    """
    __tracebackhide__ = True
    plugin = make_plugin(function, "filter")
    first, second = (_run_filter(plugin, article, options, again=again) for again in (False, True))
    [result], [result_again] = first.results, second.results
    _fail_on(plugin, [*first.failures] or [MODIFIES_ARTICLE for _ in first.modified])
    if result != result_again:
        _fail_on(plugin, [f"returns another result for the same article: {result!r:.200}, then {result_again!r:.200}"])
    return result


def _run_filter(plugin: Plugin, article: Article, options: dict[str, Any], *, again: bool) -> FilterResult:
    return _run_contained(plugin, options, again, lambda wire: run_filter(plugin, options, [article], wire, LOOPBACK))


def assert_output(function: Callable[..., Any], edition: Edition, /, **options: Any) -> dict[str, bytes]:
    """Run an output twice on an edition, and return its files: relative paths and their bytes.

    The path "" is that of the output itself. `options`: as written in a configuration. Raises AssertionError if the
    output fails, yields a path outside of its own, or makes different bytes from the same edition.
    """
    __tracebackhide__ = True
    return _assert_made(function, edition, options).files


def assert_deliveries(
    function: Callable[..., Any],
    edition: Edition,
    /,
    *,
    delivered: Collection[str] = (),
    now: datetime | None = None,
    **options: Any,
) -> list[Delivery]:
    """Run an output that delivers twice on an edition, and return what it delivers.

    `delivered`: ids of the stories that it has delivered before; `now`: the current time, by default the date of the
    edition; `options`: as written in a configuration. Raises AssertionError as `assert_output`.
    """
    __tracebackhide__ = True
    supplied = {"delivered": Delivered(stories=frozenset(delivered)), "now": now or edition.date}
    return _assert_made(function, edition, options, supplied).deliveries


class MadeOutput(msgspec.Struct, frozen=True):
    """What an output yielded for an edition, and its violations. `files`: by relative path."""

    files: dict[str, bytes]
    deliveries: list[Delivery]
    violations: list[Violation]

    def differences(self, other: MadeOutput) -> list[str]:
        """Return the names of the files and deliveries that differ from those of another call."""
        first, second = self.named(), other.named()
        return [name for name in {**first, **second} if first.get(name) != second.get(name)]

    def named(self) -> dict[str, bytes]:
        """Return the files and the payloads of the deliveries, by names for messages."""
        files = {name or "its file": body for name, body in self.files.items()}
        return files | {f"the delivery {one.key} to {one.recipient}": one.payload for one in self.deliveries}


def _assert_made(
    function: Callable[..., Any], edition: Edition, options: dict[str, Any], supplied: dict[str, Any] | None = None
) -> MadeOutput:
    __tracebackhide__ = True
    plugin = make_plugin(function, "output")
    first, second = (make_output(plugin, edition, options, supplied) for _ in range(2))
    _fail_on(plugin, [violation.message for violation in first.violations])
    problem = "makes other bytes of the same edition; use edition.date, not the clock"
    _fail_on(plugin, [f"{problem}: {name}" for name in first.differences(second)])
    return first


def make_output(
    plugin: Plugin, edition: Edition, options: dict[str, Any], supplied: dict[str, Any] | None = None
) -> MadeOutput:
    """Call an output and write its files. `supplied`: what the core would supply. Raises AssertionError."""
    with tempfile.TemporaryDirectory() as folder, sandboxed(code_folder_of(plugin)) as violations:
        path = Path(folder) / "output"
        values = {"delivered": Delivered(), "now": edition.date, "config_folder": Path(folder)} | (supplied or {})
        deliveries: list[Delivery] = []
        try:
            bound = plugin.bind(options, plugin.name)
            emit(OutputCall(plugin=plugin, options=bound, path=path, supplied=values, keep=deliveries.extend), edition)
        except AggregateError as error:
            raise AssertionError(str(error).replace(f"{folder}/", "")) from error
        if path.is_file():
            return MadeOutput({"": path.read_bytes()}, deliveries, violations)
        files = {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()}
        return MadeOutput(files, deliveries, violations)


@contextmanager
def _failing_on_violations(plugin: Plugin, access: NetworkAccess) -> Iterator[None]:
    with sandboxed(code_folder_of(plugin), access) as violations:
        yield
    _fail_on(plugin, [violation.message for violation in violations])


def _fail_on(plugin: Plugin, findings: list[str]) -> None:
    __tracebackhide__ = True
    if findings:
        raise AssertionError("\n".join(f"{plugin.name}: {line}" for line in first_few(findings)))
