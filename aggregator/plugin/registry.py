"""Registry of the loaded plugins: what they offer, and which failed. A plugin that fails is removed as a whole."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec
import pluggy

from aggregator.errors import PluginError
from aggregator.plugin import spec
from aggregator.plugin.diagnostics import check_deliver_signature, check_signature, explain_hook_error, failure_line
from aggregator.plugin.introspection import name_of
from aggregator.plugin.plugin import KINDS, Kind, MissingPlugin, Plugin
from aggregator.plugin.stdout import attribute_output

if TYPE_CHECKING:
    import click

    from aggregator.model import Article, Story
    from aggregator.plugin.spec import Register
    from aggregator.report import Report


class Failure(msgspec.Struct, frozen=True):
    """A plugin module that could not be used. `plugin`: its name; `message`: one line, with the name and the origin."""

    plugin: str
    message: str


Load = Callable[[], ModuleType]
"""Imports a plugin module. Raises PluginError."""


class ShippedPlugin(msgspec.Struct, frozen=True):
    """A module of this program that offers the plugin `name` of one kind. `provider`, `origin`, `version`: of the
    module; `load`: imports it."""

    kind: Kind
    name: str
    provider: str
    origin: str
    version: str
    load: Load


class Registry:
    """The plugins that are loaded, and the shipped ones that are loaded when somebody asks for them.

    `failures`: plugins that could not be loaded, or whose verbs were refused; `vote_failures`: by plugin, the message
    about its hook `same_story` or `rank`, which raised; `disabled_reason`: why third-party plugins were not loaded, or
    ""; `origins`, `versions`: of each plugin module, by name.
    """

    def __init__(self) -> None:
        self._loaded: dict[Kind, dict[str, Plugin]] = {kind: {} for kind in KINDS}
        self._unloaded: dict[tuple[Kind, str], ShippedPlugin] = {}
        self.failures: list[Failure] = []
        self.vote_failures: dict[str, str] = {}
        self.disabled_reason = ""
        self.origins: dict[str, str] = {}
        self.versions: dict[str, str] = {}
        self._callers: dict[str, list[tuple[str, pluggy.HookCaller]]] = {}
        self.manager = pluggy.PluginManager("aggregator")
        self.manager.add_hookspecs(spec)

    @property
    def sources(self) -> dict[str, Plugin]:
        """All sources by name."""
        return self.of_kind("source")

    @property
    def filters(self) -> dict[str, Plugin]:
        """All filters by name."""
        return self.of_kind("filter")

    @property
    def outputs(self) -> dict[str, Plugin]:
        """All outputs by name."""
        return self.of_kind("output")

    def of_kind(self, kind: Kind) -> dict[str, Plugin]:
        """Return all plugins of one kind by name. Loads them, which takes time: for one of them, see `find`."""
        for known_kind, name in list(self._unloaded):
            if known_kind == kind:
                self.find(kind, name)
        return self._loaded[kind]

    def find(self, kind: Kind, name: str) -> Plugin | None:
        """Return the plugin of this name, or None; a shipped one is loaded now."""
        if shipped := self._unloaded.pop((kind, name), None):
            try:
                self.add(shipped.load(), shipped.provider, shipped.origin, shipped.version)
            except PluginError as error:
                self.failures.append(Failure(shipped.provider, str(error)))
        return self._loaded[kind].get(name)

    def add_shipped(self, plugin: ShippedPlugin) -> None:
        """Add a shipped plugin, to be loaded when it is asked for."""
        self._unloaded[plugin.kind, plugin.name] = plugin

    def is_provider(self, name: str) -> bool:
        """Whether a plugin module has this name."""
        return name in self.origins or any(shipped.provider == name for shipped in self._unloaded.values())

    def get(self, kind: Kind, name: str) -> Plugin:
        """Return the plugin of this name; a MissingPlugin if it may be among those that could not be loaded.

        Raises PluginError for an unknown name when all plugins are loaded.
        """
        if plugin := self.find(kind, name):
            return plugin
        if reason := self.missing_reason:
            return MissingPlugin(kind, name, reason)
        raise PluginError(f'no {kind} plugin is called "{name}": see `aggregate plugins list`')

    @property
    def missing_reason(self) -> str:
        """Why a plugin may be missing from this registry; "" if all were loaded."""
        if self.disabled_reason:
            return self.disabled_reason
        return f"it may belong to one that failed: {self.failures[0].message}" if self.failures else ""

    def failure_of(self, plugin: str) -> Failure | None:
        """Return the first failure of the plugin module of this name."""
        return next((failure for failure in self.failures if failure.plugin == plugin), None)

    def all(self) -> Iterator[Plugin]:
        """Yield all sources, filters and outputs, sorted by kind and name."""
        for kind in KINDS:
            yield from (plugin for _, plugin in sorted(self.of_kind(kind).items()))

    def add(self, module: object, name: str, origin: str, version: str = "") -> None:
        """Register everything that one plugin module offers, or nothing of it.

        `module`: a module or any object with hook implementations. Raises PluginError.
        """
        offered: list[Plugin] = []
        try:
            with attribute_output(name):
                self._add_hooks(module, name)
                for kind in KINDS:
                    register = self._registration(kind, name, origin, offered)
                    self._hook_of(module, f"register_{kind}s")(register=register)
        except (Exception, SystemExit) as error:
            if self.manager.is_registered(module):
                self.manager.unregister(module)
            raise PluginError(failure_line(name, origin, error)) from error
        self.origins[name], self.versions[name] = origin, version or str(getattr(module, "__version__", ""))
        for plugin in offered:
            if not (plugin.is_fallback and self.find(plugin.kind, plugin.name)):
                self._loaded[plugin.kind][plugin.name] = plugin

    def _add_hooks(self, module: object, name: str) -> None:
        try:
            self.manager.register(module, name)
            self.manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(explain_hook_error(error, spec)) from error

    def hooks(self, provider: str) -> list[str]:
        """Return the names of the hooks that a plugin module implements."""
        callers = self.manager.get_hookcallers(self.manager.get_plugin(provider)) or []
        return sorted(caller.name for caller in callers)

    def add_commands(self, cli: click.Group) -> None:
        """Let each plugin add its verbs. One that fails, or replaces an existing verb, adds none."""
        for name, module in self.manager.list_name_plugin():
            before = dict(cli.commands)
            try:
                with attribute_output(name):
                    self._hook_of(module, "register_commands")(cli=cli)
                replaced = [verb for verb, command in before.items() if cli.commands.get(verb) is not command]
                if replaced:
                    raise PluginError(f'the verb "{replaced[0]}" is taken; give the command another name')
            except (Exception, SystemExit) as error:
                cli.commands.clear()
                cli.commands.update(before)
                self.failures.append(Failure(name, failure_line(name, self.origins[name], error)))

    @property
    def has_votes(self) -> bool:
        """Whether any plugin implements the hook `same_story`."""
        return bool(self._deciding_hooks("same_story"))

    @property
    def has_ranks(self) -> bool:
        """Whether any plugin implements the hook `rank`."""
        return bool(self._deciding_hooks("rank"))

    def _deciding_hooks(self, name: str) -> list[tuple[str, pluggy.HookCaller]]:
        """Return (plugin, its hook of this name), in pluggy's order of calls."""
        if name not in self._callers:
            implementations = reversed(getattr(self.manager.hook, name).get_hookimpls())
            self._callers[name] = [(one.plugin_name, self._hook_of(one.plugin, name)) for one in implementations]
        return self._callers[name]

    def same_story(self, a: Article, b: Article) -> bool | None:
        """Return the first result of the plugins' `same_story` that is not None; see `_decide`."""
        vote: bool | None = self._decide("same_story", a=a, b=b)
        return vote

    def rank(self, story: Story, score: float) -> float | None:
        """Return the first result of the plugins' `rank` that is not None; see `_decide`."""
        result: float | None = self._decide("rank", story=story, score=score)
        return None if result is None else float(result)

    def _decide(self, name: str, **arguments: Any) -> Any:
        """Return the first result that is not None. A plugin that raises is skipped and recorded in `vote_failures`."""
        for plugin, hook in self._deciding_hooks(name):
            try:
                result = hook(**arguments)
            except (Exception, SystemExit) as error:
                self.vote_failures.setdefault(plugin, failure_line(plugin, self.origins[plugin], error))
                continue
            if result is not None:
                return result
        return None

    def run_finished(self, report: Report) -> None:
        """Call each plugin's hook `run_finished`; one that raises is recorded in the report."""
        for name, module in self.manager.list_name_plugin():
            try:
                with attribute_output(name):
                    self._hook_of(module, "run_finished")(report=report)
            except (Exception, SystemExit) as error:
                report.fail(name, failure_line(name, self.origins[name], error))

    def _hook_of(self, module: object, hook: str) -> pluggy.HookCaller:
        """Return the hook as implemented by one module alone."""
        others = [plugin for plugin in self.manager.get_plugins() if plugin is not module]
        return self.manager.subset_hook_caller(hook, others)

    def _registration(self, kind: Kind, provider: str, origin: str, offered: list[Plugin]) -> Register:
        """Return the function that a plugin module calls to register a plugin of this kind; it adds to `offered`."""

        def register(
            function: Callable[..., Any],
            name: str | None = None,
            *,
            spare: bool = False,
            deliver: Callable[..., None] | None = None,
            files: bool | None = None,
        ) -> None:
            for one in (function, deliver):
                if one is not None and (not callable(one) or inspect.isclass(one)):
                    raise TypeError(f"register() wants a function, not {one!r}")
            plugin = Plugin(kind, name or name_of(function), function, provider, origin, spare, deliver)
            plugin.writes_files = deliver is None if files is None else files
            if not plugin.is_shipped:
                check_signature(kind, function)
                if deliver is not None:
                    check_deliver_signature(kind, function, deliver)
            self._refuse_taken_name(plugin, offered)
            offered.append(plugin)

        return register

    def _refuse_taken_name(self, plugin: Plugin, offered: Sequence[Plugin]) -> None:
        """Raises PluginError if another plugin has this name, unless one of the two is a fallback."""
        kind, name = plugin.kind, plugin.name
        same_name = self.find(kind, name) or next(
            (other for other in offered if (other.kind, other.name) == (kind, name)), None
        )
        if same_name and same_name.is_fallback == plugin.is_fallback:
            raise PluginError(
                f'the {kind} name "{name}" is taken by "{same_name.provider}" ({same_name.origin}): register it under '
                f'another, as with register({name_of(plugin.function)}, "my_{name}")'
            )
