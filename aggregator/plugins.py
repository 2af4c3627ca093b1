"""Find plugins, load each on its own, and keep what they offer and what went wrong.

One loader for the three ways a plugin is found: entry points of the group `aggregator` (the shipped plugins are
such), and files or packages in the folders that the configuration names. A plugin that fails is taken out again,
named, and costs nobody else anything.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import pluggy

from aggregator import hookspecs
from aggregator.errors import PluginError

if TYPE_CHECKING:
    import click

    from aggregator.model import Article
    from aggregator.options import Option, Problem
    from aggregator.report import Report

Kind = Literal["source", "filter", "output"]
KINDS: tuple[Kind, ...] = ("source", "filter", "output")


class Plugin:
    """One source, filter or output.

    `name`: as the configuration calls it; `provider`: the module it came with; `origin`: where that was found.
    """

    def __init__(self, kind: Kind, name: str, function: Callable[..., Any], provider: str, origin: str) -> None:
        self.kind = kind
        self.name = name
        self.function = function
        self.provider = provider
        self.origin = origin

    @cached_property
    def handed(self) -> tuple[str, ...]:
        """The parameters that the core hands over; all others are options.

        Raises PluginError where the function takes no article or edition.
        """
        names = self.function.__code__.co_varnames[: self.function.__code__.co_argcount]
        if self.kind == "source":
            return ("http", "config_folder")
        if not names:
            wanted = "article" if self.kind == "filter" else "edition"
            raise PluginError(f'plugin "{self.name}" ({self.origin}): its first parameter must be the {wanted}')
        return (names[0],) if self.kind == "filter" else (names[0], "path")

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Its options. Raises PluginError where the signature cannot be read."""
        from aggregator.options import read_options

        try:
            return read_options(self.function, self.handed)
        except TypeError as error:
            raise PluginError(f'plugin "{self.name}" ({self.origin}): {error}') from error

    @property
    def documentation(self) -> str:
        """The module's manual, or the function's docstring where there is none."""
        module = sys.modules.get(self.function.__module__)
        return ((module and module.__doc__) or self.function.__doc__ or "").strip()

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (self.function.__doc__ or self.documentation or "").strip().split("\n")[0]

    def accepts(self, name: str) -> bool:
        """Whether the function has a parameter of this name."""
        return name in self.function.__code__.co_varnames[: _parameter_count(self.function)]

    def convert(self, values: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """The values as the function wants them, and everything that is wrong with them."""
        from aggregator.options import convert_options

        return convert_options(self.options, values)


def _parameter_count(function: Callable[..., Any]) -> int:
    return int(function.__code__.co_argcount + function.__code__.co_kwonlyargcount)


class Registry:
    """What the loaded plugins offer. `failures`: one line for each plugin that could not be used; `unheard`: by plugin,
    one line for each that raised when it was asked for its word on a story."""

    def __init__(self) -> None:
        self.sources: dict[str, Plugin] = {}
        self.filters: dict[str, Plugin] = {}
        self.outputs: dict[str, Plugin] = {}
        self.failures: list[str] = []
        self.unheard: dict[str, str] = {}
        self.origins: dict[str, str] = {}
        self.manager = pluggy.PluginManager("aggregator")
        self.manager.add_hookspecs(hookspecs)

    def of_kind(self, kind: Kind) -> dict[str, Plugin]:
        return {"source": self.sources, "filter": self.filters, "output": self.outputs}[kind]

    def get(self, kind: Kind, name: str) -> Plugin:
        """The plugin of that name. Raises PluginError where there is none."""
        try:
            return self.of_kind(kind)[name]
        except KeyError:
            raise PluginError(f'no {kind} plugin is called "{name}": see `aggregate plugins list`') from None

    def all(self) -> Iterator[Plugin]:
        for kind in KINDS:
            yield from (plugin for _, plugin in sorted(self.of_kind(kind).items()))

    def add(self, module: object, name: str, origin: str) -> None:
        """Take in one plugin: wholly, or not at all.

        `module`: a module or any object with hook implementations. Raises PluginError.
        """
        offered: list[Plugin] = []
        try:
            self.manager.register(module, name)
            self.manager.check_pending()
            for kind in KINDS:
                register = partial(self._offer, offered, kind, name, origin)
                self._only(f"register_{kind}s", module)(register=register)
        except (Exception, SystemExit) as error:
            if self.manager.is_registered(module):
                self.manager.unregister(module)
            raise PluginError(failure(name, origin, error)) from error
        self.origins[name] = origin
        for plugin in offered:
            self.of_kind(plugin.kind)[plugin.name] = plugin

    def add_commands(self, cli: click.Group) -> None:
        """Let each plugin add its verbs; one that fails, or takes a verb's name, adds none."""
        for name, module in self.manager.list_name_plugin():
            before = dict(cli.commands)
            try:
                self._only("register_commands", module)(cli=cli)
                taken = [verb for verb, command in before.items() if cli.commands.get(verb) is not command]
                if taken:
                    raise PluginError(f'the verb "{taken[0]}" is taken; give the command another name')
            except (Exception, SystemExit) as error:
                cli.commands.clear()
                cli.commands.update(before)
                self.failures.append(failure(name, self.origins[name], error))

    @property
    def votes(self) -> bool:
        """Whether any plugin has a word on what is one story."""
        return bool(self._voters)

    @cached_property
    def _voters(self) -> list[tuple[str, pluggy.HookCaller]]:
        """Each plugin that has a word on stories, in the order in which pluggy asks them."""
        found = reversed(self.manager.hook.same_story.get_hookimpls())
        return [(one.plugin_name, self._only("same_story", one.plugin)) for one in found]

    def same_story(self, a: Article, b: Article) -> bool | None:
        """What plugins say of a pair: the first word counts. One that raises says nothing, and is named in
        `unheard`."""
        for name, ask in self._voters:
            try:
                said: bool | None = ask(a=a, b=b)
            except (Exception, SystemExit) as error:
                self.unheard.setdefault(name, failure(name, self.origins[name], error))
                continue
            if said is not None:
                return said
        return None

    def run_finished(self, report: Report) -> None:
        """Tell each plugin that the run is over; one that raises is named in the report."""
        for name, module in self.manager.list_name_plugin():
            try:
                self._only("run_finished", module)(report=report)
            except (Exception, SystemExit) as error:
                report.fail(name, failure(name, self.origins[name], error))

    def _only(self, hook: str, module: object) -> pluggy.HookCaller:
        others = [plugin for plugin in self.manager.get_plugins() if plugin is not module]
        return self.manager.subset_hook_caller(hook, others)

    def _offer(  # noqa: PLR0913 - the last two are the hook's, the others are bound
        self,
        offered: list[Plugin],
        kind: Kind,
        provider: str,
        origin: str,
        function: Callable[..., Any],
        name: str | None = None,
    ) -> None:
        if not callable(function) or not hasattr(function, "__code__"):
            raise TypeError(f"register() wants a function, not {function!r}")
        plugin = Plugin(kind, name or function.__name__, function, provider, origin)
        taken = self.of_kind(kind).get(plugin.name) or next(
            (p for p in offered if (p.kind, p.name) == (kind, plugin.name)), None
        )
        if taken:
            raise PluginError(f'the {kind} name "{plugin.name}" is taken by "{taken.provider}" ({taken.origin})')
        offered.append(plugin)


def load_plugins(folders: Sequence[Path]) -> Registry:
    """Every plugin that is installed or lies in `folders`, in a fresh registry. Never raises: see
    `Registry.failures`."""
    registry = Registry()
    for name, origin, load in [*_installed(), *_files(folders)]:
        try:
            module = _load(name, origin, load)
            registry.add(module, name, origin)
        except PluginError as error:
            registry.failures.append(str(error))
    return registry


Found = tuple[str, str, Callable[[], ModuleType]]


def _installed() -> Iterator[Found]:
    for point in sorted(entry_points(group="aggregator"), key=lambda point: point.name):
        yield point.name, _distribution(point), point.load


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _files(folders: Iterable[Path]) -> Iterator[Found]:
    for folder in folders:
        if not folder.is_dir():
            yield folder.name, str(folder), partial(_missing, folder)
            continue
        for path in sorted(folder.iterdir()):
            package = path / "__init__.py"
            if path.suffix == ".py" and not path.name.startswith("_"):
                yield path.stem, str(path), partial(_load_file, path.stem, path)
            elif package.is_file():
                yield path.name, str(package), partial(_load_file, path.name, package)


def _missing(folder: Path) -> ModuleType:
    raise PluginError(f"there is no such folder; make it, or take it out of `plugins` ({folder})")


def _load_file(name: str, path: Path) -> ModuleType:
    module_name = f"aggregate_plugin_{name}"
    packages = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(module_name, path, submodule_search_locations=packages)
    if spec is None or spec.loader is None:
        raise PluginError("this is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return module


def _load(name: str, origin: str, load: Callable[[], ModuleType]) -> ModuleType:
    try:
        return load()
    except (Exception, SystemExit) as error:
        raise PluginError(failure(name, origin, error)) from error


def failure(name: str, origin: str, error: BaseException) -> str:
    """One line for a plugin that raised: which, from where, and what."""
    return f'plugin "{name}" ({origin}): {describe(error, origin)}'


def describe(error: BaseException, origin: str = "") -> str:
    """An exception of a plugin as one line: what, and the last line of the plugin's own code that it passed."""
    if isinstance(error, PluginError):
        return str(error)
    words = " ".join(str(error).split())
    text = f"{type(error).__name__}: {words}" if words else type(error).__name__
    if isinstance(error, SyntaxError) and error.filename:
        return f"SyntaxError: {error.msg} in {error.filename}, line {error.lineno}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_plugin_code(f.filename, origin)]
    return f"{text} in {frames[-1].filename}, line {frames[-1].lineno}" if frames else text


def _is_plugin_code(filename: str, origin: str) -> bool:
    if origin.endswith(".py"):
        return filename.startswith(str(Path(origin).parent))
    core = str(Path(__file__).parent)
    return not filename.startswith((core, "<")) and "/pluggy/" not in filename and "importlib" not in filename
