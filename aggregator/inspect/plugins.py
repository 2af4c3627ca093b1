"""Plugins as `aggregate plugins list` shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from aggregator.inspect.health import Health
from aggregator.plugin.registry import Registry


class PluginView(msgspec.Struct, frozen=True, kw_only=True):
    """A source, a filter, an output, or a plugin that has other hooks only (kind "hooks").

    `origin`: the package or file that it comes from; `hooks`: those that its module implements; `health`: how the
    configured sources that it reads are, in words.
    """

    kind: str
    name: str
    summary: str
    origin: str
    version: str
    hooks: list[str]
    health: str


def plugin_views(registry: Registry, sources: Sequence[Health]) -> list[PluginView]:
    """All that are loaded. `sources`: the configured ones."""
    return [*_offered(registry, sources), *_silent(registry)]


def _offered(registry: Registry, sources: Sequence[Health]) -> Iterator[PluginView]:
    for one in registry.all():
        yield PluginView(
            kind=one.kind,
            name=one.name,
            summary=one.summary,
            origin=one.origin,
            version=registry.versions[one.provider],
            hooks=registry.hooks(one.provider),
            health=_health([source for source in sources if source.plugin == one.name]) if one.kind == "source" else "",
        )


def _silent(registry: Registry) -> Iterator[PluginView]:
    """The plugins that offer neither source, filter nor output."""
    speaking = {one.provider for one in registry.all()}
    for name, module in registry.manager.list_name_plugin():
        if name not in speaking:
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
    ill = [one for one in sources if one.state in ("failing", "gone") or one.note]
    if not ill:
        return f"{len(sources)} well" if sources else ""
    return f"{len(ill)} of {len(sources)} not well: {ill[0].name}: {ill[0].error or ill[0].note}"
