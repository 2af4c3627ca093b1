"""The report of a run: what was fetched, new, written, and what failed; as JSON and in words."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aggregator.text import printable

MOST_SOURCES = 20
"""So many ill sources are named one by one."""


class SourceCounts(msgspec.Struct):
    """How many sources there are, and what became of each. They add up: total = fetched + unchanged + skipped +
    failed."""

    total: int = 0
    fetched: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0


class ArticleCounts(msgspec.Struct):
    """Articles of this run. `duplicates` are among the new ones; `junk`: items that held nothing usable;
    `rematched`: articles that came back under new ids and were known by their content."""

    new: int = 0
    updated: int = 0
    duplicates: int = 0
    dropped: int = 0
    junk: int = 0
    rematched: int = 0


class StoryCounts(msgspec.Struct):
    """Stories that were founded, and older ones that gained an article."""

    new: int = 0
    updated: int = 0


class OutputCount(msgspec.Struct):
    """The files of one output: how many were written, how many were as they should be."""

    path: str
    written: int = 0
    unchanged: int = 0


class Failure(msgspec.Struct):
    """One thing that went wrong. `source`: the name of the source, plugin or output."""

    source: str
    error: str

    @property
    def line(self) -> str:
        """In words; a source that is called by its address is named once."""
        return self.error if self.error.startswith(f"{self.source}:") else f"{self.source}: {self.error}"


class Report(msgspec.Struct):
    """What a run did. `started`: UTC; `seconds`: wall time; `errors`: in the order of the configuration; `ill`: the
    names among them that are sources."""

    started: datetime
    seconds: float = 0.0
    sources: SourceCounts = msgspec.field(default_factory=SourceCounts)
    articles: ArticleCounts = msgspec.field(default_factory=ArticleCounts)
    stories: StoryCounts = msgspec.field(default_factory=StoryCounts)
    outputs: list[OutputCount] = msgspec.field(default_factory=list)
    errors: list[Failure] = msgspec.field(default_factory=list)
    ill: set[str] = msgspec.field(default_factory=set)
    output_failed: bool = False

    def fail(self, source: str, error: str) -> None:
        """Note that something went wrong, once."""
        failure = Failure(source, error)
        if failure not in self.errors:
            self.errors.append(failure)

    def fail_source(self, source: str, error: str) -> None:
        """Note that a source failed; each does so once in a run."""
        self.errors.append(Failure(source, error))
        self.ill.add(source)

    def trouble(self) -> list[str]:
        """A line for each failure, but for many ill sources: these are counted, and everything else is said."""
        ill = [failure for failure in self.errors if failure.source in self.ill]
        more = {id(failure) for failure in ill[MOST_SOURCES:]}
        lines = [printable(failure.line) for failure in self.errors if id(failure) not in more]
        return lines + ([f"and {len(more)} more sources: `aggregate sources` lists them"] if more else [])

    def as_json(self) -> str:
        """The report as one JSON document."""
        shown = msgspec.structs.asdict(self)
        del shown["output_failed"], shown["ill"]
        return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode()

    def as_text(self) -> str:
        """The report in a few lines, fit for a terminal."""
        sources, articles, stories = self.sources, self.articles, self.stories
        lines = [
            f"{sources.total} sources: {sources.fetched} fetched, {sources.unchanged} unchanged, "
            f"{sources.skipped} not due, {sources.failed} failed",
            f"{articles.new} new articles ({articles.duplicates} of them duplicates), {articles.updated} updated, "
            f"{articles.dropped} dropped; {stories.new} new stories, {stories.updated} continued",
        ]
        if articles.junk:
            lines.append(f"{articles.junk} items held nothing usable and were left out")
        if articles.rematched:
            lines.append(f"{articles.rematched} articles came back under new ids and were recognised by their content")
        lines += [f"{printable(o.path)}: {_files(o)}" for o in self.outputs]
        return "\n".join([*lines, f"{self.seconds:.1f} s"])

    def exit_status(self, strict: bool = False) -> int:
        """0 done, 1 an output failed or every source that was asked failed (with `strict`: any source)."""
        sources = self.sources
        asked = sources.fetched + sources.unchanged + sources.failed
        every_source_failed = sources.failed > 0 and sources.failed == asked
        return int(self.output_failed or every_source_failed or (strict and sources.failed > 0))


def _files(output: OutputCount) -> str:
    if not output.written:
        return "unchanged"
    rest = f", {output.unchanged} unchanged" if output.unchanged else ""
    return f"{output.written} written{rest}"
