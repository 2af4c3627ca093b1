"""The process in which a plugin is put to the contract: what the plugin breaks, it breaks here.

It is told on standard input whom to test, and says on standard output, in JSON lines, what it begins and what it found.
What the plugin prints goes to standard error.
"""

from __future__ import annotations

import inspect
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from aggregator.config.load import load
from aggregator.context import Context
from aggregator.errors import AggregateError, ConfigError, PluginError
from aggregator.http.settings import HttpSettings
from aggregator.plugin.loader import load_file
from aggregator.plugin.options import read_texts
from aggregator.plugin.registry import Plugin, Registry
from aggregator.testing.checks import Check, Findings, Steps
from aggregator.testing.filter_contract import FilterContract
from aggregator.testing.findings import in_words, undocumented, untyped
from aggregator.testing.output_contract import OutputContract
from aggregator.testing.recordings import Recordings
from aggregator.testing.redaction import Secrets
from aggregator.testing.run_source import home_of
from aggregator.testing.runner import Begins, Job, Usage
from aggregator.testing.sandbox import guarded
from aggregator.testing.source_contract import SourceContract

Contract = SourceContract | FilterContract | OutputContract


def main() -> None:
    """Do the job, and end at once, whatever threads the plugin has left behind."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    with os.fdopen(os.dup(1), "wb") as told:
        os.dup2(2, 1)
        sys.dont_write_bytecode = True

        def tell(message: Check | Begins | Usage) -> None:
            told.write(msgspec.json.encode(message) + b"\n")
            told.flush()

        try:
            _do(job, tell)
        except ConfigError as error:
            tell(Usage(problems=error.problems))
        os._exit(0)  # inside the block: the parent kills this process once the pipe is closed


Tell = Callable[[Any], None]


def _do(job: Job, tell: Tell) -> None:
    plugins = _plugins(job, tell)
    _check_names(job.options, plugins)
    for plugin in plugins:
        options = _options(plugin, job.options)
        for name, step in _steps(plugin, options, job):
            tell(Begins(kind=plugin.kind, plugin=plugin.name, check=name))
            tell(_checked(plugin, name, step))


def _check_names(texts: tuple[str, ...], plugins: list[Plugin]) -> None:
    """Raises ConfigError for an option that none of the plugins has."""
    known = sorted({option.name for plugin in plugins for option in plugin.options})
    for name in read_texts(texts, ()):
        if plugins and name not in known:
            raise ConfigError([f"--option {name}: there is no such option; known: {', '.join(known) or 'none'}"])


def _plugins(job: Job, tell: Tell) -> list[Plugin]:
    """Those to be tested; where they cannot be loaded, that is told."""
    tell(Begins(kind="plugin", plugin=job.name, check="loads"))
    try:
        registry = _registry(job)
        found = [plugin for plugin in registry.all() if not job.by_name or plugin.name == job.what]
        if not found:
            raise PluginError(f"{job.what}: " + ("no plugin has this name" if job.by_name else "it registers nothing"))
        for plugin in found:
            _ = plugin.options
    except PluginError as error:
        tell(Check(kind="plugin", plugin=job.name, check="loads", state="failed", findings=(str(error),)))
        return []
    return found


def _registry(job: Job) -> Registry:
    if job.by_name:
        return Context(Path(job.config)).registry
    path = Path(job.what)
    with guarded(path.parent) as deeds:
        registry = load_file(path)
    if deeds:
        raise PluginError(f"{path}: when it is imported it {deeds[0].told}")
    return registry


def _options(plugin: Plugin, texts: tuple[str, ...]) -> dict[str, Any]:
    """Those of the given options that are the plugin's. Raises ConfigError."""
    own = {option.name for option in plugin.options}
    given = [text for text in texts if text.partition("=")[0].strip() in own]
    options = read_texts(given, plugin.options)
    if problems := plugin.convert(options)[1]:
        raise ConfigError([f"{plugin.name}: {p.key}: {p.allowed}; give it: --option {p.key}=…" for p in problems])
    return options


def _steps(plugin: Plugin, options: dict[str, Any], job: Job) -> Steps:
    yield "loads", Findings
    yield "documented", lambda: Findings([*undocumented(plugin)])
    yield "typed", lambda: Findings([*untyped(plugin)])
    contract = _contract(plugin, options, job)
    yield from contract.steps()
    yield "network", lambda: Findings([deed.told for deed in contract.deeds if deed.kind == "network"])
    yield "writes", lambda: _left_behind(contract)


def _left_behind(contract: Contract) -> Findings:
    notes = [deed.told for deed in contract.deeds if deed.kind == "programs"]
    return Findings([deed.told for deed in contract.deeds if deed.kind == "writes"], notes)


def _contract(plugin: Plugin, options: dict[str, Any], job: Job) -> Contract:
    home = home_of(plugin)
    if plugin.kind == "filter":
        return FilterContract(plugin, options, home)
    if plugin.kind == "output":
        return OutputContract(plugin, options)
    recordings = Recordings([Path(tempfile.gettempdir(), "recordings"), *_recorded(home)], Secrets.among(options))
    return SourceContract(plugin, options, recordings, _http(Path(job.config)), home)


def _recorded(home: Path) -> Iterator[Path]:
    """The recordings of the plugin's own tests: beside it, or in a `tests` folder there or further up."""
    for folder in (home, *list(home.parents)[:2]):
        for name in ("recordings", "tests/recordings"):
            if (folder / name).is_dir():
                yield folder / name


def _http(config: Path) -> HttpSettings:
    try:
        return load(config).http
    except ConfigError:
        return HttpSettings()


def _checked(plugin: Plugin, name: str, step: Callable[[], Findings]) -> Check:
    try:
        found = step()
    except AggregateError as error:
        found = Findings([str(error)])
    except (Exception, SystemExit) as error:
        found = Findings([in_words(error, plugin)])
    findings = tuple(" ".join(inspect.cleandoc(line).split()) for line in (*found.faults, *found.notes))
    return Check(kind=plugin.kind, plugin=plugin.name, check=name, state=found.state, findings=findings)


if __name__ == "__main__":
    main()
