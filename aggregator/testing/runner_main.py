"""The subprocess that checks the contract of a plugin, so that the plugin can damage no other process.

It reads a Job from standard input and writes CheckStarted, Check and InvalidOptions messages to standard output, as
JSON lines. What the plugin prints goes to standard error.
"""

from __future__ import annotations

import inspect
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from aggregator.config.load import load
from aggregator.context import Context
from aggregator.errors import AggregateError, ConfigError, PluginError
from aggregator.http.settings import HttpSettings
from aggregator.plugin.diagnostics import describe_exception
from aggregator.plugin.loader import load_file
from aggregator.plugin.options import parse_assignments
from aggregator.plugin.plugin import Plugin
from aggregator.plugin.registry import Registry
from aggregator.testing.checks import Check, StepResult, Steps
from aggregator.testing.filter_contract import FilterContract
from aggregator.testing.findings import documentation_problems, untyped_options
from aggregator.testing.recordings import Recordings
from aggregator.testing.redaction import Secrets
from aggregator.testing.run_source import code_folder_of
from aggregator.testing.runner import CheckStarted, InvalidOptions, Job
from aggregator.testing.sandbox import Kind, sandboxed
from aggregator.testing.source_contract import SourceContract

if TYPE_CHECKING:
    from aggregator.testing.output_contract import OutputContract

    Contract = SourceContract | FilterContract | OutputContract


def main() -> None:
    """Do the job, and exit at once, whatever threads the plugin has left running."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    with os.fdopen(os.dup(1), "wb") as messages:
        os.dup2(2, 1)
        sys.dont_write_bytecode = True

        def send(message: Check | CheckStarted | InvalidOptions) -> None:
            messages.write(msgspec.json.encode(message) + b"\n")
            messages.flush()

        try:
            _run(job, send)
        except ConfigError as error:
            send(InvalidOptions(problems=error.problems))
        os._exit(0)  # inside the block: the parent kills this process once the pipe is closed


Send = Callable[[Any], None]


def _run(job: Job, send: Send) -> None:
    plugins = _load_plugins(job, send)
    _check_names(job.options, plugins)
    for plugin in plugins:
        options = _options(plugin, job.options)
        for name, step in _steps(plugin, options, job):
            send(CheckStarted(kind=plugin.kind, plugin=plugin.name, check=name))
            send(_run_step(plugin, name, step))


def _check_names(assignments: tuple[str, ...], plugins: list[Plugin]) -> None:
    """Raises ConfigError for an option that none of the plugins has."""
    known = sorted({option.name for plugin in plugins for option in plugin.options})
    for name in parse_assignments(assignments, ()):
        if plugins and name not in known:
            raise ConfigError([f"--option {name}: there is no such option; known: {', '.join(known) or 'none'}"])


def _load_plugins(job: Job, send: Send) -> list[Plugin]:
    """Return the plugins to test; where they cannot be loaded, send a failed check and return none."""
    send(CheckStarted(kind="plugin", plugin=job.name, check="loads"))
    try:
        registry = _registry(job)
        plugins = [plugin for plugin in registry.all() if not job.by_name or plugin.name == job.target]
        if not plugins:
            problem = "no plugin has this name" if job.by_name else "it registers nothing"
            raise PluginError(f"{job.target}: {problem}")
        for plugin in plugins:
            _ = plugin.options
    except PluginError as error:
        send(Check(kind="plugin", plugin=job.name, check="loads", state="failed", findings=(str(error),)))
        return []
    return plugins


def _registry(job: Job) -> Registry:
    if job.by_name:
        return Context(Path(job.config)).registry
    path = Path(job.target)
    with sandboxed(path.parent) as violations:
        registry = load_file(path)
    if violations:
        raise PluginError(f"{path}: when it is imported it {violations[0].message}")
    return registry


def _options(plugin: Plugin, assignments: tuple[str, ...]) -> dict[str, Any]:
    """Return the assigned options that this plugin has. Raises ConfigError for invalid or missing ones."""
    names = {option.name for option in plugin.options}
    own = [assignment for assignment in assignments if assignment.partition("=")[0].strip() in names]
    options = parse_assignments(own, plugin.options)
    plugin.bind(options, plugin.name, advice="; give it: --option {key}=…")
    return options


def _steps(plugin: Plugin, options: dict[str, Any], job: Job) -> Steps:
    yield "loads", StepResult
    yield "documented", lambda: StepResult([*documentation_problems(plugin)])
    yield "typed", lambda: StepResult([*untyped_options(plugin)])
    contract = _contract(plugin, options, job)
    yield from contract.steps()
    yield "network", lambda: StepResult(_messages(contract, "network"))
    yield "writes", lambda: StepResult(_messages(contract, "writes"), notes=_messages(contract, "programs"))


def _messages(contract: Contract, kind: Kind) -> list[str]:
    return [violation.message for violation in contract.violations if violation.kind == kind]


def _contract(plugin: Plugin, options: dict[str, Any], job: Job) -> Contract:
    folder = code_folder_of(plugin)
    if plugin.kind == "filter":
        return FilterContract(plugin, options, folder)
    if plugin.kind == "output":
        from aggregator.testing.output_contract import OutputContract  # and with it the store: a third of the time

        return OutputContract(plugin, options)
    folders = [Path(tempfile.gettempdir(), "recordings"), *_recording_folders(folder)]
    recordings = Recordings(folders, Secrets.named_in(options))
    return SourceContract(plugin, options, recordings, _http_settings(Path(job.config)), folder)


def _recording_folders(folder: Path) -> Iterator[Path]:
    """Yield the recordings of the plugin's own tests: beside its code, or in a `tests` folder up to two levels up."""
    for parent in (folder, *list(folder.parents)[:2]):
        for name in ("recordings", "tests/recordings"):
            if (parent / name).is_dir():
                yield parent / name


def _http_settings(config: Path) -> HttpSettings:
    try:
        return load(config).http
    except ConfigError:
        return HttpSettings()


def _run_step(plugin: Plugin, name: str, step: Callable[[], StepResult]) -> Check:
    try:
        result = step()
    except AggregateError as error:
        result = StepResult([str(error)])
    except (Exception, SystemExit) as error:
        result = StepResult([describe_exception(error, plugin.origin)])
    findings = tuple(" ".join(inspect.cleandoc(line).split()) for line in (*result.problems, *result.notes))
    return Check(kind=plugin.kind, plugin=plugin.name, check=name, state=result.state, findings=findings)


if __name__ == "__main__":
    main()
