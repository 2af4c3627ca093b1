"""Assertions about a plugin's function: it is run through the core, twice, and what comes out is given back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from aggregator.editions.write import emit
from aggregator.errors import AggregateError
from aggregator.http.settings import HttpSettings
from aggregator.http.transport import TransportFactory
from aggregator.model import Article, Drop, Edition
from aggregator.plugin.registry import Plugin
from aggregator.testing.findings import CHANGES, article_faults, told_briefly, unstable
from aggregator.testing.recordings import Recordings
from aggregator.testing.redaction import Secrets
from aggregator.testing.run_filter import Sifted, sift
from aggregator.testing.run_source import Setting, Told, ask, converted, home_of, plugin_of
from aggregator.testing.sandbox import Deed, Reach, guarded
from aggregator.testing.transports import LocalWire, RecordingWire, ReplayingWire

Result = TypeVar("Result")
LOCAL = HttpSettings(allow_private=("127.0.0.0/8", "::1", "localhost"))


class Circumstances(msgspec.Struct):
    """What the fixtures of a test have set. `recordings`: where answers lie; `record`: they are to be recorded;
    `now`: the time that the core takes for now."""

    recordings: Recordings | None = None
    record: bool = False
    now: datetime | None = None


circumstances = Circumstances()
"""Those of the test that is running: pytest runs one at a time."""


def assert_source(
    function: Callable[..., Any], /, *, state: dict[str, Any] | None = None, **options: Any
) -> list[Article]:
    """Run a source twice through the core, and give back its articles.

    `state`: what the source remembers from before; it is changed as the source changes it. `options`: as the
    configuration would give them. With the fixture `recorded` its requests are answered from recordings; else it may
    only ask servers of this machine. Raises AssertionError, with a line for each thing that is wrong: an error, no
    article, an article without text, a date that is none, ids that change.
    """
    __tracebackhide__ = True
    plugin = plugin_of(function, "source")
    memories = [deepcopy(state or {}) for _ in range(2)]
    one, other = (_told(plugin, options, memory, again=n > 0) for n, memory in enumerate(memories))
    _refuse(plugin, [*article_faults(one)] or [*unstable(one, other)])
    if state is not None:
        state.clear()
        state.update(memories[0])
    return [seen.article for seen in one.sightings]


def _told(plugin: Plugin, options: dict[str, Any], memory: dict[str, Any], *, again: bool) -> Told:
    now = circumstances.now or datetime.now(UTC).replace(microsecond=0)

    def play(wire: TransportFactory) -> Told:
        return ask(plugin, options, Setting(wire=wire, http=LOCAL, now=now, memory=memory))

    return _played(plugin, options, again, play)


def _played(plugin: Plugin, options: dict[str, Any], again: bool, play: Callable[[TransportFactory], Result]) -> Result:
    """Play it over the wire that the test's circumstances ask for. `again`: it was played before."""
    try:
        if circumstances.record and not again:
            return play(_wire(options, live=True))
        with _harmless(plugin, "nobody" if circumstances.recordings else "this machine"):
            return play(_wire(options, live=False))
    except AggregateError as error:
        raise AssertionError(str(error)) from None


def _wire(options: dict[str, Any], *, live: bool) -> TransportFactory:
    recordings = circumstances.recordings
    if recordings is None:
        return LocalWire
    recordings.secrets = Secrets.among(options)
    return partial(RecordingWire, recordings, True) if live else partial(ReplayingWire, recordings)


def assert_filter(function: Callable[..., Any], article: Article, /, **options: Any) -> Article | Drop:
    """Show an article to a filter, twice, and give back what becomes of it: an Article, or a Drop with the reason.

    `options`: as the configuration would give them. An asynchronous one asks the network as `assert_source` has it.
    Raises AssertionError where it fails, returns something else, returns something else the second time, or changes the
    article that it was given.
    """
    __tracebackhide__ = True
    plugin = plugin_of(function, "filter")
    one, other = (_sifted(plugin, article, options, again=again) for again in (False, True))
    [result], [second] = one.results, other.results
    _refuse(plugin, [*one.failed] or [CHANGES for _ in one.changed])
    if result != second:
        _refuse(plugin, [f"gives another result for the same article: {result!r:.200}, then {second!r:.200}"])
    return result


def _sifted(plugin: Plugin, article: Article, options: dict[str, Any], *, again: bool) -> Sifted:
    return _played(plugin, options, again, lambda wire: sift(plugin, options, [article], wire, LOCAL))


def assert_output(function: Callable[..., Any], edition: Edition, /, **options: Any) -> dict[str, bytes]:
    """Have an output make its files twice, and give back what it wrote: relative paths and their bytes.

    The path "" is that of the output itself. `options`: as the configuration would give them. Raises AssertionError
    where it fails, yields a path that leads out of its own, or makes other bytes of the same edition.
    """
    __tracebackhide__ = True
    plugin = plugin_of(function, "output")
    (one, deeds), (other, _) = (made_files(plugin, edition, options) for _ in range(2))
    _refuse(plugin, [deed.told for deed in deeds])
    changed = [name or "its file" for name in {**one, **other} if one.get(name) != other.get(name)]
    words = "makes other bytes of the same edition; use edition.date, not the clock"
    _refuse(plugin, [f"{words}: {name}" for name in changed])
    return one


def made_files(plugin: Plugin, edition: Edition, options: dict[str, Any]) -> tuple[dict[str, bytes], list[Deed]]:
    """What an output writes, by relative path, and what it did beside that. Raises AssertionError."""
    with tempfile.TemporaryDirectory() as folder, guarded(home_of(plugin)) as deeds:
        path = Path(folder) / "output"
        try:
            emit(plugin, edition, converted(plugin, options), path)
        except AggregateError as error:
            raise AssertionError(str(error).replace(f"{folder}/", "")) from error
        if path.is_file():
            return {"": path.read_bytes()}, deeds
        files = [file for file in path.rglob("*") if file.is_file()]
        return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}, deeds


@contextmanager
def _harmless(plugin: Plugin, reach: Reach = "nobody") -> Iterator[None]:
    with guarded(home_of(plugin), reach) as deeds:
        yield
    _refuse(plugin, [deed.told for deed in deeds])


def _refuse(plugin: Plugin, findings: list[str]) -> None:
    __tracebackhide__ = True
    if findings:
        raise AssertionError("\n".join(f"{plugin.name}: {line}" for line in told_briefly(findings)))
