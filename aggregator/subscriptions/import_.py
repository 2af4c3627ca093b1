"""Select the sources of a subscription list to import: those that are valid and not configured yet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from aggregator.config.load import read_source
from aggregator.config.settings import Config, SourceSettings
from aggregator.config.unique_names import UniqueNames
from aggregator.config.validate import check
from aggregator.config.values import holds_secret, is_secret
from aggregator.feeds.site_feeds import feed_address
from aggregator.plugin.registry import Registry
from aggregator.text.charsets import decode_html
from aggregator.text.urls import address_key, canonical

Table = dict[str, Any]

MAX_NOTES = 10
"""The number of sites without a feed that are named."""
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


def read_subscriptions(data: bytes) -> tuple[list[Table], int, list[str]]:
    """Read a subscription list, OPML or text: its feeds as `[[sources]]` tables, the number of its other entries, and
    a note for each site without a feed.

    Raises ValueError if it is neither.
    """
    from aggregator.feeds.opml import read_opml, read_sites  # imports lxml, which `add` can do without
    from aggregator.feeds.text_list import read_text_list

    try:
        tables, others = read_opml(data)
    except ValueError:
        if not data.strip() or _MARKUP.match(decode_html(data[:1000])):
            raise
        return *read_text_list(data), []
    sites = [f'"{name or url}" has no feed address; try: aggregate add {url}' for name, url in read_sites(data)]
    if len(sites) > MAX_NOTES:
        sites[MAX_NOTES:] = [f"{len(sites) - MAX_NOTES} more have no feed address"]
    return tables, others, sites


class ImportPlan(msgspec.Struct):
    """The result of `plan_import`. `new`: tables to add; `existing`: number of sources that are already configured;
    `notes`: why others are not imported, or paused, a line each."""

    new: list[Table] = []
    existing: int = 0
    notes: list[str] = []


def plan_import(tables: Iterable[Table], config: Config, registry: Registry) -> ImportPlan:
    """Select the `[[sources]]` tables that are valid and new, and give each a unique name.

    A source that uses a secret of this machine is paused, since the list may come from an untrusted publisher.
    """
    plan = ImportPlan()
    keys = {_source_key(source) for source in config.sources}
    names = UniqueNames(source.name for source in config.sources if source.name)
    for table in tables:
        uses_secret = holds_secret(table)
        safe_table = table | {"enabled": False} if uses_secret else table
        source, problems = read_table(safe_table, config, registry)
        if problems:
            plan.notes += [f"not imported: {problem}" for problem in problems]
        elif _source_key(source) in keys:
            plan.existing += 1
        else:
            keys.add(_source_key(source))
            plan.new.append(_with_unique_name(safe_table, source, names))
            if uses_secret:
                plan.notes.append(
                    f'"{source.name or source.key}" uses a secret of this machine: paused; resume it if you trust it'
                )
    return plan


def _source_key(source: SourceSettings) -> str:
    return _url_key(source.url) if source.url else source.key


def _with_unique_name(table: Table, source: SourceSettings, names: UniqueNames) -> Table:
    if not source.name or is_secret(table["name"]):
        return table
    return table | {"name": names.reserve(source.name, source.url)}
