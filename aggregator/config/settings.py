"""The settings of a configuration as typed structs: times as `timedelta`, sizes in bytes, absolute paths.

A field with a description is a key of the file. `Meta.title` describes the allowed values in words. If the file has
another type than the field, `Meta.extra` holds that type ("written") and the conversion ("read"). The checks, their
messages and the tables of docs/configuration.md are generated from these.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from aggregator.config.sections import WRITTEN_SECTIONS, SectionSettings, read_sections
from aggregator.config.store_address import ALLOWED, DatabaseAddress
from aggregator.expressions.expression import Expression, read_expression
from aggregator.grouping.settings import StoriesSettings
from aggregator.http.settings import HttpSettings
from aggregator.runtime.digests import digest
from aggregator.text.units import Duration
from aggregator.text.value_types import Flag, Text, WebAddress


def _patterns(written: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the patterns as a tuple. Raises ValueError for one that cannot match a file."""
    patterns = (written,) if isinstance(written, str) else written
    if not all(pattern.strip() and "\0" not in pattern and "://" not in pattern for pattern in patterns):
        raise ValueError('must be paths or patterns such as "feeds/*.toml"')
    return patterns


def _about_stories(text: str) -> Expression:
    """Read an expression about stories. Raises ValueError if it is invalid."""
    return read_expression(text, "stories")


def _timezone(name: str) -> str:
    """Return the name of a time zone. Raises ValueError if there is none of this name."""
    try:
        return ZoneInfo(name).key
    except (OSError, ValueError, KeyError) as error:
        raise ValueError('must be the name of a time zone such as "Europe/London"') from error


TextList = Annotated[tuple[Text, ...], Meta(title='a list of text such as ["world", "science"]')]
PluginName = Annotated[str, Meta(title="the name of a plugin (`aggregate plugins list` shows them)", min_length=1)]
Limit = Annotated[int, Meta(title="a whole number, 0 or more", ge=0, le=2**63 - 1)]
Select = Annotated[
    Expression,
    Meta(
        title="an expression such as `independent >= 2`",
        extra={"written": str, "read": _about_stories},
    ),
]
Command = Annotated[tuple[Text, ...], Meta(title='a list such as ["rsync", "-a", "public/", "host:/srv"]')]
TimeZone = Annotated[
    str, Meta(title='the name of a time zone such as "Europe/London"', extra={"written": str, "read": _timezone})
]
Sections = Annotated[
    tuple[SectionSettings, ...],
    Meta(
        title='a list of tags such as ["world", "sport"], or of tables such as { tag = "world", label = "Abroad" }',
        extra={"written": WRITTEN_SECTIONS, "read": read_sections},
    ),
]
Weight = Annotated[float, Meta(title="a number, 0 or more", ge=0, le=1000)]
Pictures = Annotated[Literal["none", "link", "copy"], Meta(title='"none", "link" or "copy"')]
File = Annotated[Path, Meta(title="a path")]
StoreLocation = Annotated[Path | DatabaseAddress, Meta(title=ALLOWED, extra={"written": str})]
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


LIST_PLUGIN = "opml"
"""The source plugin that reads subscription lists. Lists in files are expanded when the configuration is read."""


class SourceSettings(Struct, frozen=True, kw_only=True):
    """A `[[sources]]` table, or a feed of a subscription list.

    `options`: the options of the plugin; `secrets`: names of options that came from the environment, and must not be
    shown; `where`: name of the table in messages; `relative_url`: URL of a file relative to the configuration's folder;
    `file`: the file with the table; `number`: index among the `[[sources]]` of that file, None for a feed of a list;
    `table`: the table as it is written.
    """

    url: Annotated[Address | None, Meta(description="Web address, or path of a file or folder.")] = None
    plugin: Annotated[PluginName, Meta(description="Name of the source plugin.")] = "feed"
    name: Annotated[Text | None, Meta(description="Name of the source; by default, the title of its feed.")] = None
    tags: Annotated[
        TextList, Meta(description="Added to its articles; pages use the tags of the sources as sections.")
    ] = ()
    every: Annotated[
        Duration | None, Meta(description="Interval between requests; by default, learned from how often it publishes.")
    ] = None
    weight: Annotated[
        Weight, Meta(description="How much its articles count in the ranking of stories; 2 counts double.")
    ] = 1.0
    enabled: Annotated[Flag, Meta(description="`false` pauses the source: it is not collected.")] = True
    stories: Annotated[
        Flag, Meta(description="`false` excludes its articles from stories and from the search for copies.")
    ] = True
    options: dict[str, Any] = {}
    secrets: frozenset[str] = frozenset()
    where: str = "[[sources]]"
    relative_url: str | None = None
    file: Path = Path()
    number: int | None = None
    table: dict[str, Any] = {}

    @property
    def is_file(self) -> bool:
        """Whether it is read from a file of this machine, in each run."""
        return (self.url or "").startswith("file:")

    @property
    def is_list_file(self) -> bool:
        """Whether this is a subscription list in a file, which is replaced by its feeds."""
        return self.plugin == LIST_PLUGIN and self.url is not None and self.url.startswith("file:")

    @property
    def key(self) -> str:
        """Identifies the source in the store: its address (relative for local files), or its name."""
        return self.relative_url or self.url or self.name or self.plugin

    @property
    def request_digest(self) -> bytes:
        """Digest of the settings that determine what a request returns."""
        return digest((self.plugin, self.url, self.options))


class FilterSettings(Struct, frozen=True, kw_only=True):
    """A `[[filters]]` table. `options`, `secrets`, `where`: see `SourceSettings`."""

    plugin: Annotated[PluginName, Meta(description="Name of the filter plugin.")]
    tags: Annotated[TextList, Meta(description="Apply the filter only to articles with one of these tags.")] = ()
    sources: Annotated[TextList, Meta(description="Apply the filter only to articles of these sources.")] = ()
    options: dict[str, Any] = {}
    secrets: frozenset[str] = frozenset()
    where: str = "[[filters]]"


class OutputSettings(Struct, frozen=True, kw_only=True):
    """An `[[outputs]]` table. `options`, `secrets`, `where`: see `SourceSettings`; `relative_path`: the path
    relative to the configuration's folder, if it is in it."""

    plugin: Annotated[PluginName, Meta(description="Name of the output plugin.")]
    path: Annotated[File | None, Meta(description="File or folder to write; outputs that only deliver need none.")] = (
        None
    )
    title: Annotated[Text | None, Meta(description="Its title, if not that of the publication.")] = None
    label: Annotated[Text | None, Meta(description="What links to it say, and what messages call it.")] = None
    limit: Annotated[
        Limit | None,
        Meta(
            description="Maximum number of stories; 0 for all. By default 50, and in feeds everything of the last day."
        ),
    ] = None
    limit_per_source: Annotated[
        Limit, Meta(description="Maximum number of stories of one source in a section; 0 for any number.")
    ] = 0
    sections: Annotated[
        Sections | None, Meta(description="Its sections, if not those at the top of the configuration.")
    ] = None
    pictures: Annotated[
        Pictures,
        Meta(
            description="`none` leaves pictures out, `link` loads them from their publishers, `copy` publishes "
            "resized copies."
        ),
    ] = "link"
    since: Annotated[Duration | None, Meta(description="Maximum age of the stories.")] = None
    tags: Annotated[TextList, Meta(description="Only stories with one of these tags.")] = ()
    sources: Annotated[TextList, Meta(description="Only stories of these sources.")] = ()
    language: Annotated[Language | None, Meta(description="Only stories in this language.")] = None
    select: Annotated[
        Select | None, Meta(description="Only stories that match this expression; the guide lists the fields.")
    ] = None
    options: dict[str, Any] = {}
    secrets: frozenset[str] = frozenset()
    where: str = "[[outputs]]"
    relative_path: str | None = None

    @property
    def key(self) -> str:
        """Identifies the output in the store: its path (relative where possible), its label, or its plugin."""
        return self.relative_path or self.location

    @property
    def location(self) -> str:
        """What the report calls it: its path, its label, or its plugin."""
        return str(self.path or self.label or self.plugin)

    @property
    def depends_on_time(self) -> bool:
        """Whether its selection of stories changes as time passes."""
        return self.since is not None or self.select is not None


class Config(Struct, frozen=True, kw_only=True):
    """A complete configuration. `path`: its main file.

    `sources`: the sources of all files, including the feeds of list files; `lists`: these list files; `notes`: warnings
    that `aggregate check` prints.
    """

    path: Path
    title: Annotated[Text, Meta(description="Name of the publication.")] = "News"
    tagline: Annotated[str, Meta(title="text", description="Line below the title.")] = ""
    url: Annotated[WebAddress, Meta(description="Public URL of the outputs; the links between them need it.")] = ""
    timezone: Annotated[
        TimeZone | None, Meta(description="Time zone of the readers; by default, that of this machine.")
    ] = None
    locale: Annotated[Language, Meta(description="Language of labels and dates in the outputs.")] = "en"
    sections: Annotated[
        Sections,
        Meta(description="Sections of pages, in order; by default, the tags of the sources."),
    ] = ()
    store: Annotated[
        StoreLocation, Meta(description="SQLite file, created if it is missing; or a database of PostgreSQL.")
    ]
    plugins: Annotated[Folders, Meta(description="Folders with plugin files.")] = ()
    include: Annotated[Patterns, Meta(description="Further files with `[[sources]]` tables.")] = ()
    after: Annotated[
        Command, Meta(description="Program with arguments that runs after publishing, when a file has changed.")
    ] = ()
    keep: Annotated[Duration, Meta(description="How long to keep articles that no output shows.")] = timedelta(days=180)
    patience: Annotated[
        Duration, Meta(description="How long a source may fail before runs without a terminal report it.")
    ] = timedelta(days=3)
    sources: Annotated[
        tuple[SourceSettings, ...], Meta(description="Sources to collect: a `[[sources]]` table for each.")
    ] = ()
    filters: Annotated[
        tuple[FilterSettings, ...], Meta(description="Filters for articles, in order: a `[[filters]]` table for each.")
    ] = ()
    outputs: Annotated[
        tuple[OutputSettings, ...], Meta(description="Outputs to write: an `[[outputs]]` table for each.")
    ] = ()
    http: Annotated[HttpSettings, Meta(description="Settings of the HTTP client: the `[http]` table.")] = HttpSettings()
    stories: Annotated[StoriesSettings, Meta(description="Settings of the story grouping: the `[stories]` table.")] = (
        StoriesSettings()
    )
    lists: tuple[SourceSettings, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def chosen_names(self) -> frozenset[str]:
        """The names that the user has given to sources. Those of subscription lists are the publishers' own."""
        return frozenset(source.name for source in self.sources if source.name and source.number is not None)

    @property
    def ungrouped(self) -> frozenset[str]:
        """`SourceSettings.key` of each source with `stories = false`."""
        return frozenset(source.key for source in self.sources if not source.stories)
