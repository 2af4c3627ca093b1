"""The report of a run: what was fetched, new and written, and what failed; as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from aggregator.text.plain import printable
from aggregator.text.secrets import redact

MOST_OUTPUTS = 4
"""How many outputs are listed one by one in the report of a run that is not verbose."""
MOST_SOURCES = 20
"""How many failing sources are listed one by one; the rest are counted."""


def _count(number: int, noun: str) -> str:
    """Return "1 source", "2 sources", "2 stories"."""
    if number != 1:
        noun = f"{noun.removesuffix('y')}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun}"


class SourceCounts(msgspec.Struct):
    """The outcome of all sources: total = fetched + unchanged + skipped + failed."""

    total: int = 0
    fetched: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0


class ArticleCounts(msgspec.Struct):
    """The articles of this run. `duplicates` are among the new ones; `junk`: items that held nothing usable;
    `rematched`: articles that came back under new guids and were recognised by their content."""

    new: int = 0
    updated: int = 0
    duplicates: int = 0
    dropped: int = 0
    junk: int = 0
    rematched: int = 0


class StoryCounts(msgspec.Struct):
    """New stories, and older ones that gained an article."""

    new: int = 0
    updated: int = 0


class PictureCounts(msgspec.Struct):
    """The pictures that were copied in this run, and those that could not be. `postponed`: left to the next run."""

    copied: int = 0
    failed: int = 0
    postponed: int = 0


class OutputCount(msgspec.Struct):
    """The files of one output: how many were written, and how many were up to date.

    `new`, `revised`: how many of the stories that it lists are new in it, and have news; `missed`: how many have
    arrived since it was last written that are neither on its first page nor on a further one.
    """

    path: str
    written: int = 0
    unchanged: int = 0
    new: int = 0
    revised: int = 0
    missed: int = 0

    @property
    def line(self) -> str:
        """One line of text: how many files and stories have changed."""
        if not self.written:
            return f"{self.path}: unchanged"
        rest = f", {self.unchanged} unchanged" if self.unchanged else ""
        return f"{self.path}: {self.written} written{rest}; {_count(self.new, 'new story')}, {self.revised} revised"

    @property
    def warning(self) -> str:
        """One line about stories that no reader of it sees, or ""."""
        if not self.missed:
            return ""
        stories = "1 story has" if self.missed == 1 else f"{self.missed} stories have"
        return f"{self.path}: {stories} arrived since it was last written that it does not list; raise its `limit`"


class DeliveryCounts(msgspec.Struct):
    """The deliveries of a run. `postponed`: they failed and are tried again; `uncertain`: they may have arrived;
    `planned`: what a dry run would deliver, a line each."""

    sent: int = 0
    postponed: int = 0
    failed: int = 0
    uncertain: int = 0
    planned: list[str] = msgspec.field(default_factory=list)


class Failure(msgspec.Struct):
    """One thing that went wrong. `source`: the name of the source, plugin or output; `error`: one line.

    `key`: `SourceSettings.key` where it is the failure of a source; `muted`: too recent to be listed in a run without a
    terminal; `duration`: for how long the source has been failing, in words.
    """

    source: str
    error: str
    key: str | None = None
    muted: bool = False
    duration: str = ""

    @property
    def line(self) -> str:
        """One line of text. An error that begins with the name, as that of a nameless source does, is not doubled."""
        return f"{self.source}: {self.error.removeprefix(f'{self.source}: ')}{self.duration}"


class ReportedError(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that went wrong in a run. `source`: name of the source, plugin or output; `error`: one line."""

    source: str
    error: str


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a run. `started`: UTC; `seconds`: how long it took; `outputs`: the files of each; `errors`: in the
    order of the configuration."""

    started: datetime
    seconds: float
    sources: SourceCounts
    articles: ArticleCounts
    stories: StoryCounts
    outputs: list[OutputCount]
    errors: list[ReportedError]


class SourceVisit(msgspec.Struct):
    """What came of one source in a run. `outcome`: "fetched", "unchanged", "failed" or "skipped"; `new`, `updated`:
    numbers of its articles."""

    name: str
    outcome: str
    new: int = 0
    updated: int = 0

    @property
    def line(self) -> str:
        """One line of text."""
        counts = f", {self.new} new, {self.updated} updated" if self.outcome == "fetched" else ""
        return f"{self.name}: {self.outcome}{counts}"


class Report(msgspec.Struct):
    """What a run did. `started`: UTC; `seconds`: wall time; `errors`: in the order of the configuration.

    `reminders`: sources that have been failing for long and were not due in this run; `output_failed`: whether an
    output could not be written; `incomplete`: whether an error ended the collecting of some sources; `healthy`:
    number of sources that were not due and succeeded the last time; `visits`: of each source that this process
    collected, by `SourceSettings.key`; `timings`: seconds of each stage.
    """

    started: datetime
    seconds: float = 0.0
    sources: SourceCounts = msgspec.field(default_factory=SourceCounts)
    articles: ArticleCounts = msgspec.field(default_factory=ArticleCounts)
    stories: StoryCounts = msgspec.field(default_factory=StoryCounts)
    pictures: PictureCounts = msgspec.field(default_factory=PictureCounts)
    outputs: list[OutputCount] = msgspec.field(default_factory=list)
    deliveries: DeliveryCounts = msgspec.field(default_factory=DeliveryCounts)
    errors: list[Failure] = msgspec.field(default_factory=list)
    reminders: list[Failure] = msgspec.field(default_factory=list)
    output_failed: bool = False
    incomplete: bool = False
    healthy: int = 0
    visits: dict[str, SourceVisit] = msgspec.field(default_factory=dict)
    timings: dict[str, float] = msgspec.field(default_factory=dict)

    def fail(self, source: str, error: str, *, muted: bool = False) -> None:
        """Add a failure that does not concern the collecting of one source; the same one is added once."""
        failure = Failure(redact(source), redact(error), muted=muted)
        if failure not in self.errors:
            self.errors.append(failure)

    def fail_source(self, key: str, name: str, error: str) -> None:
        """Add the failure of a source. `key`: its `SourceSettings.key`."""
        self.errors.append(Failure(redact(name), redact(error), key))

    def trouble(self, everything: bool = False) -> list[str]:
        """One line per failure to list, and per output that misses stories; of the failing sources beyond
        `MOST_SOURCES`, only the number.

        `everything`: muted failures too.
        """
        listed = [failure for failure in self.errors if everything or not failure.muted] + self.reminders
        sources = [failure for failure in listed if failure.key is not None]
        hidden = {id(failure) for failure in sources[MOST_SOURCES:]}
        lines = [printable(failure.line) for failure in listed if id(failure) not in hidden]
        lines += [f"and {len(hidden)} more sources: `aggregate sources` lists them"] if hidden else []
        return lines + [printable(output.warning) for output in self.outputs if output.warning]

    def as_json(self) -> str:
        """The report as one JSON document."""
        public = RunReport(
            started=self.started,
            seconds=self.seconds,
            sources=self.sources,
            articles=self.articles,
            stories=self.stories,
            outputs=self.outputs,
            errors=[ReportedError(source=failure.source, error=failure.error) for failure in self.errors],
        )
        return msgspec.json.format(msgspec.json.encode(public), indent=2).decode()

    def as_text(self, verbose: bool = False) -> str:
        """The report in a few lines for a terminal. `verbose`: also each source, each output, and each stage."""
        visits = [printable(visit.line) for visit in self.visits.values()] if verbose else []
        stages = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in self.timings.items())
        timing = f"{self.seconds:.1f} s" + (f": {stages}" if verbose and stages else "")
        return "\n".join([*visits, *self._lines(), *self._output_lines(verbose), timing])

    def _output_lines(self, verbose: bool) -> Iterator[str]:
        """Yield a line for each output, or, of many, for the first ones."""
        shown = self.outputs if verbose or len(self.outputs) <= MOST_OUTPUTS else self.outputs[: MOST_OUTPUTS - 1]
        yield from (printable(output.line) for output in shown)
        if rest := self.outputs[len(shown) :]:
            written = sum(1 for output in rest if output.written)
            yield f"and {len(rest)} more outputs: {written} changed, {len(rest) - written} unchanged"

    def _lines(self) -> Iterator[str]:
        sources, articles, stories = self.sources, self.articles, self.stories
        yield (
            f"{_count(sources.total, 'source')}: {sources.fetched} fetched, {sources.unchanged} unchanged, "
            f"{sources.skipped} not due, {sources.failed} failed"
        )
        yield (
            f"{_count(articles.new, 'new article')} ({articles.duplicates} of them duplicates), "
            f"{articles.updated} updated, {articles.dropped} dropped; "
            f"{_count(stories.new, 'new story')}, {stories.updated} continued"
        )
        if articles.junk:
            yield f"{_count(articles.junk, 'item')} without usable content left out"
        if articles.rematched:
            yield f"{_count(articles.rematched, 'article')} with new ids recognised by the content"
        if self.deliveries.sent or self.deliveries.postponed:
            yield f"{_count(self.deliveries.sent, 'delivery')} sent, {self.deliveries.postponed} to be tried again"
        if self.pictures.copied or self.pictures.failed:
            yield f"{_count(self.pictures.copied, 'picture')} copied, {self.pictures.failed} could not be copied"

    def exit_status(self, strict: bool = False) -> int:
        """0 done, 1 an output, every source (with `strict`: any source) or collecting itself failed."""
        failed = self.output_failed or self.incomplete or self.every_source_failed
        return int(failed or (strict and self.sources.failed > 0))

    @property
    def every_source_failed(self) -> bool:
        """Whether all sources of this run failed, and no other one succeeded the last time."""
        sources = self.sources
        return sources.failed > 0 and not (sources.fetched or sources.unchanged or self.healthy)
