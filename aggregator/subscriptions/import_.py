"""Select the sources of a subscription list to import: those that are valid and not configured yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from aggregator.config.load import read_source
from aggregator.config.settings import Config, SourceSettings
from aggregator.config.unique_names import UniqueNames
from aggregator.config.validate import check
from aggregator.config.values import holds_secret, is_secret
from aggregator.feeds.site_feeds import feed_address
from aggregator.feeds.subscription_list import Skipped, SubscriptionList
from aggregator.plugin.registry import Registry
from aggregator.text.charsets import decode_html
from aggregator.text.urls import address_key, canonical

Table = dict[str, Any]

MAX_NAMED = 10
"""The number of entries that are named for each kind of reason."""
_MARKUP = re.compile(r"\s*<(?!https?:|feeds?:|url:)", re.IGNORECASE)
"""The beginning of a document that is no text, not even one with addresses in angle brackets."""


def find_by_url(url: str, config: Config) -> SourceSettings | None:
    """Return the configured source with this URL, or an equivalent one."""
    key = _url_key(url)
    return next((source for source in config.sources if source.url and _url_key(source.url) == key), None)


def _url_key(url: str) -> str:
    """Return a key that is equal for equivalent URLs."""
    url = feed_address(url) or url
    return address_key(canonical(url) or url)


def read_table(table: Table, config: Config, registry: Registry) -> tuple[SourceSettings, list[str]]:
    """Return the settings of a `[[sources]]` table in this configuration, and all mistakes in it."""
    source, problems = read_source(config.path, table)
    only_source = msgspec.structs.replace(config, sources=(source,), filters=(), outputs=())
    return source, problems + check(only_source, registry)


def read_subscriptions(data: bytes) -> SubscriptionList:
    """Read a subscription list: OPML, the configuration of rss2email or sfeed, or text such as that of newsboat.

    Raises ValueError if it is none of these. Nothing in it is executed.
    """
    from aggregator.feeds.opml import read_opml_list  # imports lxml, which `add` can do without
    from aggregator.feeds.rss2email import is_configuration, read_configuration, read_data
    from aggregator.feeds.sfeedrc import is_sfeedrc, read_sfeedrc
    from aggregator.feeds.text_list import read_text

    try:
        return read_opml_list(data)
    except ValueError:
        text = decode_html(data)
        if not text.strip() or _MARKUP.match(text[:1000]):
            raise
    if text.lstrip().startswith("{"):
        return read_data(text.encode())
    if is_configuration(text):
        return read_configuration(data)
    return read_sfeedrc(data) if is_sfeedrc(text) else read_text(data)


class ImportPlan(msgspec.Struct):
    """The result of `plan_import`. `new`: tables to add; `existing`, `invalid`: entries that are configured already,
    and those with mistakes; `notes`: why some are paused, a line each."""

    new: list[Table] = []
    existing: list[Skipped] = []
    invalid: list[Skipped] = []
    notes: list[str] = []


def plan_import(tables: Iterable[Table], config: Config, registry: Registry, tags: Iterable[str] = ()) -> ImportPlan:
    """Select the `[[sources]]` tables that are valid and new, and give each a unique name.

    `tags`: added to all of them. A source that uses a secret of this machine, or runs a program, is paused, since the
    list may come from an untrusted publisher.
    """
    plan = ImportPlan([], [], [], [])
    known = {_source_key(source): source.name or source.key for source in config.sources}
    names = UniqueNames(source.name for source in config.sources if source.name)
    for table in (_with_tags(table, tags) for table in tables):
        reason = _reason_to_pause(table)
        safe_table = table | {"enabled": False} if reason else table
        source, problems = read_table(safe_table, config, registry)
        key, name = _source_key(source), source.name or source.key
        if problems:
            plan.invalid += [Skipped("", f"not imported: {problem}") for problem in problems]
        elif key in known:
            plan.existing.append(Skipped(name, f'is already configured, as "{known[key]}"'))
        else:
            known[key] = name
            plan.new.append(_with_unique_name(safe_table, source, names))
            if reason:
                plan.notes.append(f'"{name}" {reason}: paused; resume it if you trust it')
    return plan


def describe_skipped(found: SubscriptionList, plan: ImportPlan) -> Iterator[str]:
    """Yield a line for each of the first entries of each kind that cannot be imported, and one for the others."""
    sites = [one for one in found.skipped if one.reason.startswith("has no feed address")]
    others = [one for one in found.skipped if not one.reason.startswith("has no feed address")]
    yield from _describe(plan.invalid, "are not imported")
    yield from _describe(others, "are not feeds")
    yield from _describe(sites, "have no feed address")


def describe_existing(plan: ImportPlan) -> Iterator[str]:
    """Yield a line for each of the first entries that are configured already, and one for the others."""
    return _describe(plan.existing, "are already configured")


def _describe(entries: Sequence[Skipped], more: str) -> Iterator[str]:
    for one in entries[:MAX_NAMED]:
        yield f'"{one.name}" {one.reason}' if one.name else one.reason
    if len(entries) > MAX_NAMED:
        yield f"{len(entries) - MAX_NAMED} more {more}"


def _reason_to_pause(table: Table) -> str:
    if holds_secret(table):
        return "uses a secret of this machine"
    return "runs a program" if table.get("plugin") == "command" else ""


def _with_tags(table: Table, tags: Iterable[str]) -> Table:
    own = table.get("tags", [])
    if not tags or not isinstance(own, list):
        return table
    return table | {"tags": [*dict.fromkeys([*own, *tags])]}


def _source_key(source: SourceSettings) -> str:
    return _url_key(source.url) if source.url else source.key


def _with_unique_name(table: Table, source: SourceSettings, names: UniqueNames) -> Table:
    if not source.name or is_secret(table["name"]):
        return table
    return table | {"name": names.reserve(source.name, source.url)}
