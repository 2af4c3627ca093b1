"""Checks what the tables of a configuration do together: filters without effect, tags and names that nothing has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from aggregator.config.found import Found
from aggregator.config.lists import list_path
from aggregator.config.settings import LIST_PLUGIN, Config, FilterSettings, OutputSettings, SourceSettings
from aggregator.plugin.plugin import Plugin
from aggregator.plugin.registry import Registry
from aggregator.text.suggest import closest_name
from aggregator.text.units import format_duration
from aggregator.text.urls import address_key

MIN_EVERY = timedelta(minutes=1)
"""A source is not requested more often, whatever `every` says."""
ONE_OF = {
    "jsonl": ("path", "url"),
    "mailbox": ("path", "server"),
    "mastodon": ("account", "hashtag", "timeline", "list"),
    "page": ("path", "url"),
}
"""Options of shipped sources of which exactly one must be set."""
_NEEDED = {
    "drop": "it drops every article; give a pattern such as title, or `where`, `tags` or `sources`",
    "keep": "it keeps every article; give a pattern such as title, or `where`",
    "replace": "it changes nothing; give a part of the article with a pattern and its replacement",
    "tag": "it changes nothing; give `add` or `remove`",
    "limit": "it drops nothing; give `count` or `age`",
}
"""What a shipped filter does without the options that make it do something else."""
_IDLE = {"tag": {"where"}, "limit": {"per"}}
"""Options of these filters that do nothing by themselves."""
_SAMPLES = ("", "a", "Zürich 2026: zwei Züge", "<p>\n")


class Known(msgspec.Struct, frozen=True):
    """What the store has learned from publishers. `tags`: of stored articles; None: nothing was collected yet;
    `names`: of all sources; None: not all have one."""

    tags: frozenset[str] | None = None
    names: tuple[str, ...] | None = None


def check_effects(found: Found, config: Config, registry: Registry, known: Known) -> None:
    """Find tables that have no effect, or another one than was meant."""
    _check_presence(found, config)
    _check_lists(found, config)
    for source in config.sources:
        if source.enabled:
            _check_source(found, source, registry)
    _check_repeated_addresses(found, config)
    for one in config.filters:
        plugin = registry.filters.get(one.plugin)
        if plugin and plugin.is_shipped:
            _check_filter(found, one, plugin)
    _check_tags(found, config, registry, known)
    _check_names(found, config, known)


def _check_presence(found: Found, config: Config) -> None:
    if not config.sources and not config.lists:
        found.warn(None, "sources", None, "there are none: nothing is collected; `aggregate add URL` adds one")
    elif config.sources and not any(source.enabled for source in config.sources):
        found.warn(None, "sources", None, "all are paused: nothing is collected; `aggregate resume NAME` resumes one")


def _check_lists(found: Found, config: Config) -> None:
    """Find subscription lists in files without any feed."""
    files = {source.file for source in config.sources}
    noted = "".join(config.notes)
    for one in config.lists:
        if list_path(one, config) not in files and f"{one.where}: " not in noted:
            found.warn(one, "url", one.table.get("url"), "is a list without feeds")


def _check_source(found: Found, source: SourceSettings, registry: Registry) -> None:
    plugin = registry.sources.get(source.plugin)
    names = ONE_OF.get(source.plugin, ()) if plugin and plugin.is_shipped else ()
    values = {**source.options, "url": source.url}
    given = [name for name in names if values.get(name)]
    if names and len(given) != 1:
        wanted = f"set one of {', '.join(f'`{name}`' for name in names)}"
        found.error(source, given[-1] if given else names[0], None, f"{wanted}, and not {len(given) or 'none'} of them")
    if source.every is not None and source.every < MIN_EVERY and not source.is_file:
        limit = format_duration(MIN_EVERY)
        found.warn(source, "every", format_duration(source.every), f"a source is requested once in {limit} at most")


def _check_repeated_addresses(found: Found, config: Config) -> None:
    """Find sources whose addresses differ only in spelling."""
    first: dict[str, SourceSettings] = {}
    for source in config.sources:
        if not source.url or source.is_file or source.plugin == LIST_PLUGIN:
            continue
        other = first.setdefault(f"{source.plugin} {address_key(source.url)} {source.options}", source)
        if other is not source and other.url != source.url:
            message = f"is the same address as that of {other.where}: its articles are collected twice"
            found.warn(source, "url", source.url, message)


def _check_filter(found: Found, table: FilterSettings, plugin: Plugin) -> None:
    message = _NEEDED.get(table.plugin)
    if message is None:
        return
    converted, problems = plugin.convert(table.options)
    if problems:
        return
    idle = _IDLE.get(plugin.name, ())
    used = {name: one for name, one in table.options.items() if name not in idle and (one or isinstance(one, str))}
    matches_all = plugin.name in ("drop", "keep") and used and all(map(_matches_all, _given(converted, used)))
    if used and not matches_all:
        return
    if matches_all:
        key = next(iter(used))
        consequence = f"matches everything: {message.partition(';')[0]}"
        _report_filter(found, table, key, table.options[key], consequence)
    elif not (plugin.name == "drop" and (table.tags or table.sources)):
        _report_filter(found, table, "plugin", table.plugin, message)


def _report_filter(found: Found, table: FilterSettings, key: str, value: object, message: str) -> None:
    """A filter that drops all articles is an error, one without effect a warning."""
    drops_all = table.plugin == "drop" and not (table.tags or table.sources)
    (found.error if drops_all else found.warn)(table, key, value, message)


def _given(converted: Mapping[str, Any], used: Mapping[str, Any]) -> Iterator[Any]:
    yield from (converted.get(name) for name in used)


def _matches_all(pattern: Any) -> bool:
    return isinstance(pattern, re.Pattern) and all(pattern.search(sample) for sample in _SAMPLES)


def _check_tags(found: Found, config: Config, registry: Registry, known: Known) -> None:
    """Find tags that nothing has: no source, no filter, and as far as it is known no publisher.

    A plugin that is not shipped may add any.
    """
    used = [registry.filters.get(one.plugin) for one in config.filters]
    if any(plugin is None or not plugin.is_shipped for plugin in used) or any(
        one.plugin == "replace" and "tag" in one.options for one in config.filters
    ):
        return
    tags = {tag for source in config.sources for tag in source.tags} | _added_tags(config)
    have = {tag.casefold() for tag in tags} | {tag.casefold() for tag in known.tags or ()}
    unsure = "" if known.tags is not None else ", unless a publisher states it"
    for table, key, tag in _selected_tags(config):
        if tag.casefold() not in have:
            closest = closest_name(tag, sorted(tags))
            hint = f'; did you mean "{closest}"?' if closest else ""
            found.warn(table, key, [tag], f"nothing has this tag{unsure}: no source, no filter `tag`{hint}")


def _added_tags(config: Config) -> set[str]:
    added = (one.options.get("add") for one in config.filters if one.plugin == "tag")
    return {str(tag).strip() for tags in added if isinstance(tags, list) for tag in tags}


def _selected_tags(config: Config) -> Iterator[tuple[FilterSettings | OutputSettings | None, str, str]]:
    tables: list[FilterSettings | OutputSettings] = [*config.filters, *config.outputs]
    for table in tables:
        yield from ((table, "tags", tag) for tag in table.tags)
    yield from ((None, "sections", section.tag) for section in config.sections if section.tag)
    for output in config.outputs:
        yield from ((output, "sections", section.tag) for section in output.sections or () if section.tag)


def _check_names(found: Found, config: Config, known: Known) -> None:
    """Find names in `sources` that no source has, if the names of all are known."""
    if known.names is None:
        return
    have = {name.casefold() for name in known.names}
    tables: list[FilterSettings | OutputSettings] = [*config.filters, *config.outputs]
    for table in tables:
        for name in table.sources:
            if name.casefold() not in have:
                closest = closest_name(name, known.names)
                hint = f'; did you mean "{closest}"?' if closest else ""
                found.warn(table, "sources", [name], f"no source has this name{hint}")
