"""What a configuration holds, typed: times as `timedelta`, sizes in bytes, paths absolute.

A field that has a description is a key of the file. `Meta.title` says in words what may be written there; where that is
of another type than the field, `Meta.extra` says of which, and how it is read. The checks, their messages and the
tables of docs/configuration.md are made from these.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from aggregator.expressions.expression import Expression, read_expression
from aggregator.grouping.settings import StoriesSettings
from aggregator.http.settings import HttpSettings
from aggregator.runtime.digests import digest
from aggregator.text.units import Duration
from aggregator.text.value_types import Flag, Text, WebAddress


def _patterns(written: str | tuple[str, ...]) -> tuple[str, ...]:
    """The patterns as a list. Raises ValueError for one that can name no file."""
    patterns = (written,) if isinstance(written, str) else written
    if not all(one.strip() and "\0" not in one and "://" not in one for one in patterns):
        raise ValueError('must be paths or patterns such as "feeds/*.toml"')
    return patterns


def _about_stories(text: str) -> Expression:
    """Read an expression about stories. Raises ValueError if it is invalid."""
    return read_expression(text, "stories")


Names = Annotated[tuple[Text, ...], Meta(title='a list of text such as ["world", "science"]')]
PluginName = Annotated[str, Meta(title="the name of a plugin (`aggregate plugins list` shows them)", min_length=1)]
Limit = Annotated[int, Meta(title="a whole number, 0 or more", ge=0, le=2**63 - 1)]
Select = Annotated[
    Expression,
    Meta(
        title="an expression such as `independent >= 2`",
        extra={"written": str, "read": _about_stories},
    ),
]
File = Annotated[Path, Meta(title="a path")]
Patterns = Annotated[
    tuple[str, ...],
    Meta(
        title='a path or pattern such as "feeds/*.toml", or a list of these',
        extra={"written": str | tuple[str, ...], "read": _patterns},  # with a pattern, msgspec 0.22 crashes
    ),
]
Folders = Annotated[tuple[Path, ...], Meta(title='a list of folders such as ["my_plugins"]')]
Language = Annotated[
    str, Meta(title='a language tag such as "en" or "pt-BR"', pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")
]
Address = Annotated[str, Meta(title="an http:// or https:// address, or the path of a file or folder", min_length=1)]


LIST = "opml"
"""The source plugin that reads subscription lists. Of a list in a file, the configuration itself holds the feeds."""


class SourceSettings(Struct, frozen=True, kw_only=True):
    """A `[[sources]]` table, or a feed of a subscription list.

    `options`: what goes to the plugin; `secrets`: which of these came from the environment, and must not be shown.
    `label`: how messages name the table. `relative`: the address of a file as seen from the configuration's folder.
    `file`: where the table stands, and `number`: which of the `[[sources]]` there, from 0; None for a feed of a list.
    `written`: the table as it is written.
    """

    url: Annotated[
        Address | None, Meta(description="Where it is: an address on the web, or the path of a file or folder.")
    ] = None
    plugin: Annotated[PluginName, Meta(description="The source plugin that reads it.")] = "feed"
    name: Annotated[Text | None, Meta(description="What to call it; otherwise taken from the source itself.")] = None
    tags: Annotated[
        Names, Meta(description="Given to its articles; the tags of the sources are the sections of a page.")
    ] = ()
    every: Annotated[
        Duration | None, Meta(description="How often to ask it; otherwise learned from how often it publishes.")
    ] = None
    enabled: Annotated[Flag, Meta(description="`false` pauses it: it is kept, and not asked.")] = True
    stories: Annotated[
        Flag, Meta(description="`false` keeps its articles out of stories: each stands by itself, and none is a copy.")
    ] = True
    options: dict[str, Any] = {}
    secrets: frozenset[str] = frozenset()
    label: str = "[[sources]]"
    relative: str | None = None
    file: Path = Path()
    number: int | None = None
    written: dict[str, Any] = {}

    @property
    def is_list_file(self) -> bool:
        """Whether it stands for the feeds of a subscription list on this machine."""
        return self.plugin == LIST and self.url is not None and self.url.startswith("file:")

    @property
    def key(self) -> str:
        """What the store knows the source by: its address, which moves with the configuration's folder; or its name."""
        return self.relative or self.url or self.name or self.plugin

    @property
    def request_digest(self) -> bytes:
        """Digest of what determines the answer of the source: not its name, nor its position in the file."""
        return digest((self.plugin, self.url, self.options))


class FilterSettings(Struct, frozen=True, kw_only=True):
    """A `[[filters]]` table. `options`, `secrets`, `label`: as for a source."""

    plugin: Annotated[PluginName, Meta(description="The filter plugin.")]
    tags: Annotated[Names, Meta(description="It is shown articles with one of these tags only.")] = ()
    sources: Annotated[Names, Meta(description="It is shown articles of the sources with these names only.")] = ()
    options: dict[str, Any] = {}
    secrets: frozenset[str] = frozenset()
    label: str = "[[filters]]"


class OutputSettings(Struct, frozen=True, kw_only=True):
    """An `[[outputs]]` table. `options`, `secrets`, `label`: as for a source."""

    plugin: Annotated[PluginName, Meta(description="The output plugin.")]
    path: Annotated[File, Meta(description="The file, or the folder, that it writes.")]
    limit: Annotated[Limit, Meta(description="How many stories it shows, the newest; 0 for all.")] = 50
    since: Annotated[Duration | None, Meta(description="It shows stories no older than this.")] = None
    tags: Annotated[Names, Meta(description="It shows stories with one of these tags only.")] = ()
    sources: Annotated[Names, Meta(description="It shows stories of the sources with these names only.")] = ()
    language: Annotated[Language | None, Meta(description="It shows stories in this language only.")] = None
    select: Annotated[
        Select | None, Meta(description="It shows stories only for which this holds; the guide has the fields.")
    ] = None
    options: dict[str, Any] = {}
    secrets: frozenset[str] = frozenset()
    label: str = "[[outputs]]"


class Config(Struct, frozen=True, kw_only=True):
    """A whole configuration. `path`: the file it was read from.

    `sources`: those of all files, each feed of a list in a file among them; `lists`: these lists; `notes`: what is no
    mistake, and still worth a line.
    """

    path: Path
    title: Annotated[Text, Meta(description="The name of what is published.")] = "News"
    tagline: Annotated[str, Meta(title="text", description="A line below the title.")] = ""
    url: Annotated[
        WebAddress, Meta(description="Where the outputs will be served; the links between them need it.")
    ] = ""
    store: Annotated[File, Meta(description="The database file, which is made when it is missing.")]
    plugins: Annotated[Folders, Meta(description="Folders of plugin files.")] = ()
    include: Annotated[Patterns, Meta(description="Further files with `[[sources]]` tables.")] = ()
    keep: Annotated[Duration, Meta(description="How long articles are kept that no output shows.")] = timedelta(
        days=180
    )
    patience: Annotated[
        Duration, Meta(description="How long a source may fail until a run that nobody watches speaks of it.")
    ] = timedelta(days=3)
    sources: Annotated[
        tuple[SourceSettings, ...], Meta(description="What is collected: a `[[sources]]` table for each.")
    ] = ()
    filters: Annotated[
        tuple[FilterSettings, ...], Meta(description="What articles pass through: a `[[filters]]` table for each.")
    ] = ()
    outputs: Annotated[
        tuple[OutputSettings, ...], Meta(description="What is published: an `[[outputs]]` table for each.")
    ] = ()
    http: Annotated[HttpSettings, Meta(description="How the web is asked: the `[http]` table.")] = HttpSettings()
    stories: Annotated[StoriesSettings, Meta(description="How stories are found: the `[stories]` table.")] = (
        StoriesSettings()
    )
    lists: tuple[SourceSettings, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ungrouped(self) -> frozenset[str]:
        """The sources, by `SourceSettings.key`, whose articles are kept out of stories."""
        return frozenset(source.key for source in self.sources if not source.stories)
