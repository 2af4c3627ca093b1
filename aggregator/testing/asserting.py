"""Assertions about a plugin's function: it is run through the core, twice, and what comes out is given back."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from aggregator.emit import emit
from aggregator.errors import AggregateError
from aggregator.model import Article, Drop, Edition
from aggregator.plugins import Plugin
from aggregator.settings import HttpSettings
from aggregator.testing.asking import Told, ask, converted, plugin_of
from aggregator.testing.guard import Deed, Reach, guarded
from aggregator.testing.judging import article_faults, told_briefly, unstable
from aggregator.testing.recordings import Recordings
from aggregator.testing.secrets import Secrets
from aggregator.testing.wires import LocalWire, RecordingWire, ReplayingWire
from aggregator.wire import MakeWire

LOCAL = HttpSettings(allow_private=("127.0.0.0/8", "::1", "localhost"))


class Circumstances(msgspec.Struct):
    """What the fixtures of a test have set. `recordings`: where answers lie; `record`: they are to be recorded;
    `now`: the time that the core takes for now."""

    recordings: Recordings | None = None
    record: bool = False
    now: datetime | None = None


circumstances = Circumstances()
"""Those of the test that is running: pytest runs one at a time."""


def assert_source(function: Callable[..., Any], /, **options: Any) -> list[Article]:
    """Run a source twice through the core, and give back its articles.

    `options`: as the configuration would give them. With the fixture `recorded` its requests are answered from
    recordings; else it may only ask servers of this machine. Raises AssertionError, with a line for each thing that is
    wrong: an error, no article, an article without text, a date that is none, ids that change.
    """
    __tracebackhide__ = True
    plugin = plugin_of(function, "source")
    one, other = (_told(plugin, options, again=again) for again in (False, True))
    _refuse(plugin, [*article_faults(one)] or [*unstable(one, other)])
    return [seen.article for seen in one.sightings]


def _told(plugin: Plugin, options: dict[str, Any], *, again: bool) -> Told:
    now = circumstances.now or datetime.now(UTC).replace(microsecond=0)
    live = circumstances.record and not again
    if live:
        return _asked(plugin, options, _wire(options, live=True), now)
    with _harmless(plugin, "nobody" if circumstances.recordings else "this machine"):
        return _asked(plugin, options, _wire(options, live=False), now)


def _asked(plugin: Plugin, options: dict[str, Any], wire: MakeWire, now: datetime) -> Told:
    try:
        return ask(plugin, options, wire=wire, now=now, settings=LOCAL)
    except AggregateError as error:
        raise AssertionError(str(error)) from None


def _wire(options: dict[str, Any], *, live: bool) -> MakeWire:
    recordings = circumstances.recordings
    if recordings is None:
        return LocalWire
    recordings.secrets = Secrets.among(options)
    return partial(RecordingWire, recordings, True) if live else partial(ReplayingWire, recordings)


def assert_filter(function: Callable[..., Any], article: Article, /, **options: Any) -> Article | Drop | None:
    """Run a filter twice on an article, and give back what it returns: an Article, a Drop or None.

    `options`: as the configuration would give them. Raises AssertionError where it returns something else, returns
    something else the second time, or changes the article that it was given.
    """
    __tracebackhide__ = True
    plugin = plugin_of(function, "filter")
    with _harmless(plugin):
        results = [_filtered(plugin, article, options) for _ in range(2)]
    one, other = results
    if not isinstance(one, Article | Drop | None):
        _refuse(plugin, [f"must return an Article, Drop or None, not {one!r:.60}"])
    if one != other:
        _refuse(plugin, [f"gives another result for the same article: {one!r:.200}, then {other!r:.200}"])
    assert isinstance(one, Article | Drop | None)
    return one


def _filtered(plugin: Plugin, article: Article, options: dict[str, Any]) -> Any:
    before = msgspec.msgpack.encode(article)
    try:
        result = plugin.function(article, **converted(plugin, options))
    except AggregateError as error:
        raise AssertionError(str(error)) from None
    if msgspec.msgpack.encode(article) != before:
        _refuse(plugin, ["changes the article that it is given: return article.replace(…)"])
    return result


def assert_output(function: Callable[..., Any], edition: Edition, /, **options: Any) -> dict[str, bytes]:
    """Have an output make its files twice, and give back what it wrote: relative paths and their bytes.

    The path "" is that of the output itself. `options`: as the configuration would give them. Raises AssertionError
    where it fails, yields a path that leads out of its own, or makes other bytes of the same edition.
    """
    __tracebackhide__ = True
    plugin = plugin_of(function, "output")
    (one, deeds), (other, _) = (made_files(plugin, edition, options) for _ in range(2))
    _refuse(plugin, [told_of(deed) for deed in deeds])
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
    _refuse(plugin, [told_of(deed) for deed in deeds])


def home_of(plugin: Plugin) -> Path:
    """The folder of the plugin's own code."""
    return Path(inspect.getsourcefile(inspect.unwrap(plugin.function)) or ".").resolve().parent


def told_of(deed: Deed) -> str:
    """What a plugin did that it may not do, and what to do instead."""
    advice = {
        "network": "use http.get, which is polite, bounded and recorded",
        "writes": "a plugin leaves no files; what is to be kept belongs into its parameter `state`",
        "programs": "what another program does, no test can watch",
    }
    return f"{deed}: {advice[deed.kind]}"


def _refuse(plugin: Plugin, findings: list[str]) -> None:
    __tracebackhide__ = True
    if findings:
        raise AssertionError("\n".join(f"{plugin.name}: {line}" for line in told_briefly(findings)))
