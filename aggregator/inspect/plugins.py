"""The installed plugins, with the hooks that they implement and the status of the sources that they read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from aggregator.inspect.health import Health
from aggregator.plugin.options import Option, show
from aggregator.plugin.plugin import Plugin
from aggregator.plugin.registry import Registry


class PluginView(msgspec.Struct, frozen=True, kw_only=True):
    """A source, filter or output, or a plugin with other hooks only (kind "hooks").

    `origin`: its package or file; `hooks`: those that its module implements; `health`: status of the configured sources
    that it reads, in words.
    """

    kind: str
    name: str
    summary: str
    origin: str
    version: str
    hooks: list[str]
    health: str


class PluginList(msgspec.Struct, frozen=True, kw_only=True):
    """The plugins. `failed`: a line for each that could not be loaded."""

    plugins: list[PluginView]
    failed: list[str]


class OptionView(msgspec.Struct, frozen=True, kw_only=True):
    """An option of a plugin. `type`: in words; `default`: as it is written, "needed" without one."""

    name: str
    type: str
    default: str
    description: str


class PluginManual(msgspec.Struct, frozen=True, kw_only=True):
    """The manual of a source, filter or output. `origin`: its package or file."""

    kind: str
    name: str
    summary: str
    origin: str
    documentation: str
    options: list[OptionView]


def plugin_manual(plugin: Plugin) -> PluginManual:
    """Return the manual of a plugin."""
    return PluginManual(
        kind=plugin.kind,
        name=plugin.name,
        summary=plugin.summary,
        origin=plugin.origin,
        documentation=plugin.documentation,
        options=[
            OptionView(
                name=option.name, type=option.type_text, default=_default(option), description=option.description
            )
            for option in plugin.options
        ],
    )


def _default(option: Option) -> str:
    if option.required:
        return "needed"
    return "" if option.default is None else show(option.default)


def plugin_views(registry: Registry, sources: Sequence[Health]) -> list[PluginView]:
    """Return all loaded plugins. `sources`: the configured ones."""
    return [*_registered(registry, sources), *_hooks_only(registry)]


def _registered(registry: Registry, sources: Sequence[Health]) -> Iterator[PluginView]:
    for plugin in registry.all():
        is_source = plugin.kind == "source"
        yield PluginView(
            kind=plugin.kind,
            name=plugin.name,
            summary=plugin.summary,
            origin=plugin.origin,
            version=registry.versions[plugin.provider],
            hooks=registry.hooks(plugin.provider),
            health=_health([source for source in sources if source.plugin == plugin.name]) if is_source else "",
        )


def _hooks_only(registry: Registry) -> Iterator[PluginView]:
    """Yield the plugins without a source, filter or output."""
    providers = {plugin.provider for plugin in registry.all()}
    for name, module in registry.manager.list_name_plugin():
        if name not in providers:
            yield PluginView(
                kind="hooks",
                name=name,
                summary=(getattr(module, "__doc__", None) or "").strip().split("\n")[0],
                origin=registry.origins[name],
                version=registry.versions[name],
                hooks=registry.hooks(name),
                health="",
            )


def _health(sources: Sequence[Health]) -> str:
    failing = [source for source in sources if source.state in ("failing", "gone") or source.note]
    if not failing:
        return f"{len(sources)} ok" if sources else ""
    first = failing[0]
    return f"{len(failing)} of {len(sources)} with problems: {first.name}: {first.error or first.note}"
