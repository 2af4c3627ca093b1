"""What plugins offer, and what went wrong with them. One that fails is taken out again, wholly."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pluggy

from aggregator.errors import PluginError
from aggregator.plugin import spec
from aggregator.plugin.diagnostics import check_signature, hint_at, hook_mistake
from aggregator.plugin.probe import SHIPPED
from aggregator.plugin.stdout import speaking

if TYPE_CHECKING:
    import click

    from aggregator.model import Article
    from aggregator.plugin.options import Option, Problem
    from aggregator.report import Report

Kind = Literal["source", "filter", "output"]
KINDS: tuple[Kind, ...] = ("source", "filter", "output")


class Plugin:
    """One source, filter or output.

    `name`: as the configuration calls it; `provider`: the module it came with; `origin`: where that was found; `spare`:
    it gives way to another of its name.
    """

    def __init__(  # noqa: PLR0913 - what is to be known of it
        self, kind: Kind, name: str, function: Callable[..., Any], provider: str, origin: str, spare: bool = False
    ) -> None:
        self.spare = spare
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
            return ("http", "state", "config_folder")
        if not names:
            wanted = "article" if self.kind == "filter" else "edition"
            raise PluginError(f'plugin "{self.name}" ({self.origin}): its first parameter must be the {wanted}')
        return (names[0], "http", "state") if self.kind == "filter" else (names[0], "path")

    @cached_property
    def is_async(self) -> bool:
        """Whether its function is asynchronous."""
        return inspect.iscoroutinefunction(self.function) or inspect.isasyncgenfunction(self.function)

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with this program: others may do what they like."""
        return self.function.__module__.startswith(SHIPPED)

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Its options. Raises PluginError where the signature cannot be read."""
        from aggregator.plugin.options import read_options

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

    @property
    def home(self) -> str | None:
        """Where the source is if the configuration gives no `url`: what that option is by default."""
        default = next((option.default for option in self.options if option.name == "url"), None)
        return default if isinstance(default, str) and default else None

    def accepts(self, name: str) -> bool:
        """Whether the function has a parameter of this name."""
        return name in self.function.__code__.co_varnames[: _parameter_count(self.function)]

    def convert(self, values: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """The values as the function wants them, and everything that is wrong with them."""
        from aggregator.plugin.options import convert_options

        return convert_options(self.options, values)


def _parameter_count(function: Callable[..., Any]) -> int:
    return int(function.__code__.co_argcount + function.__code__.co_kwonlyargcount)


class _Absent(Plugin):
    """Stands for a plugin that could not be loaded. Whatever its options are, it fails when it is called."""

    options = ()

    def __init__(self, kind: Kind, name: str, reason: str) -> None:
        self._reason = reason
        super().__init__(kind, name, self._fail, name, "not loaded")

    def accepts(self, name: str) -> bool:
        """It takes nothing."""
        return False

    def convert(self, values: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """No options, and nothing wrong with those that are given."""
        return {}, []

    def _fail(self, *_: object) -> None:
        raise PluginError(f'no {self.kind} plugin is called "{self.name}"; {self._reason}')


class Registry:
    """What the loaded plugins offer. `failures`: one line for each plugin that could not be used; `unheard`: by plugin,
    one line for each that raised when it was asked for its word on a story; `left_out`: why plugins were not even
    looked for; `origins`, `versions`: where each came from, and what it says which version it is."""

    def __init__(self) -> None:
        self.sources: dict[str, Plugin] = {}
        self.filters: dict[str, Plugin] = {}
        self.outputs: dict[str, Plugin] = {}
        self.failures: list[str] = []
        self.left_out = ""
        self.unheard: dict[str, str] = {}
        self.origins: dict[str, str] = {}
        self.versions: dict[str, str] = {}
        self.manager = pluggy.PluginManager("aggregator")
        self.manager.add_hookspecs(spec)

    def of_kind(self, kind: Kind) -> dict[str, Plugin]:
        return {"source": self.sources, "filter": self.filters, "output": self.outputs}[kind]

    def get(self, kind: Kind, name: str) -> Plugin:
        """The plugin of that name; one that fails when it is used, where it may be of those that could not be loaded.

        Raises PluginError where there is none.
        """
        if found := self.of_kind(kind).get(name):
            return found
        if reason := self.lacking:
            return _Absent(kind, name, reason)
        raise PluginError(f'no {kind} plugin is called "{name}": see `aggregate plugins list`')

    @property
    def lacking(self) -> str:
        """Why there may be plugins that are not there, in words; "" where all are."""
        if self.left_out:
            return self.left_out
        return f"perhaps it is of one that failed: {self.failures[0]}" if self.failures else ""

    def all(self) -> Iterator[Plugin]:
        for kind in KINDS:
            yield from (plugin for _, plugin in sorted(self.of_kind(kind).items()))

    def add(self, module: object, name: str, origin: str, version: str = "") -> None:
        """Take in one plugin: wholly, or not at all.

        `module`: a module or any object with hook implementations. Raises PluginError.
        """
        offered: list[Plugin] = []
        try:
            with speaking(name):
                self._register(module, name)
                for kind in KINDS:
                    register = partial(self._offer, offered, kind, name, origin)
                    self._only(f"register_{kind}s", module)(register=register)
        except (Exception, SystemExit) as error:
            if self.manager.is_registered(module):
                self.manager.unregister(module)
            raise PluginError(failure(name, origin, error)) from error
        self.origins[name], self.versions[name] = origin, version or str(getattr(module, "__version__", ""))
        for plugin in offered:
            if not (plugin.spare and plugin.name in self.of_kind(plugin.kind)):
                self.of_kind(plugin.kind)[plugin.name] = plugin

    def _register(self, module: object, name: str) -> None:
        try:
            self.manager.register(module, name)
            self.manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(hook_mistake(error, spec)) from error

    def hooks(self, provider: str) -> list[str]:
        """The hooks that a loaded plugin implements."""
        callers = self.manager.get_hookcallers(self.manager.get_plugin(provider)) or []
        return sorted(caller.name for caller in callers)

    def add_commands(self, cli: click.Group) -> None:
        """Let each plugin add its verbs; one that fails, or takes a verb's name, adds none."""
        for name, module in self.manager.list_name_plugin():
            before = dict(cli.commands)
            try:
                with speaking(name):
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
                with speaking(name):
                    self._only("run_finished", module)(report=report)
            except (Exception, SystemExit) as error:
                report.fail(name, failure(name, self.origins[name], error))

    def _only(self, hook: str, module: object) -> pluggy.HookCaller:
        others = [plugin for plugin in self.manager.get_plugins() if plugin is not module]
        return self.manager.subset_hook_caller(hook, others)

    def _offer(  # noqa: PLR0913 - the last three are the hook's, the others are bound
        self,
        offered: list[Plugin],
        kind: Kind,
        provider: str,
        origin: str,
        function: Callable[..., Any],
        name: str | None = None,
        *,
        spare: bool = False,
    ) -> None:
        if not callable(function) or not hasattr(function, "__code__"):
            raise TypeError(f"register() wants a function, not {function!r}")
        plugin = Plugin(kind, name or function.__name__, function, provider, origin, spare)
        if not plugin.is_shipped:
            check_signature(kind, function)
        taken = self.of_kind(kind).get(plugin.name) or next(
            (p for p in offered if (p.kind, p.name) == (kind, plugin.name)), None
        )
        if taken and taken.spare == spare:
            raise PluginError(
                f'the {kind} name "{plugin.name}" is taken by "{taken.provider}" ({taken.origin}): register it under '
                f'another, as with register({function.__name__}, "my_{plugin.name}")'
            )
        offered.append(plugin)


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
    text += hint_at(error)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_plugin_code(f.filename, origin)]
    return f"{text} in {frames[-1].filename}, line {frames[-1].lineno}" if frames else text


def _is_plugin_code(filename: str, origin: str) -> bool:
    if origin.endswith(".py"):
        return filename.startswith(str(Path(origin).parent))
    core = str(Path(__file__).parents[1])
    return not filename.startswith((core, "<")) and "/pluggy/" not in filename and "importlib" not in filename
