"""What is asked of every filter: that it takes any article, and depends on nothing else."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from aggregator.model import Article, Drop
from aggregator.plugins import Plugin
from aggregator.testing.asking import converted
from aggregator.testing.checks import Findings, Steps
from aggregator.testing.guard import Deed, guarded
from aggregator.testing.judging import in_words, told_briefly
from aggregator.testing.samples import odd_articles


class FilterContract:
    """A filter under test. `home`: the folder of its own code."""

    def __init__(self, plugin: Plugin, options: dict[str, Any], home: Path) -> None:
        self.deeds: list[Deed] = []
        self._plugin = plugin
        self._options = converted(plugin, options)
        self._home = home

    def steps(self) -> Steps:
        """Each check, in order."""
        yield "results", self._results
        yield "pure", self._pure

    def _run(self, article: Article) -> Any:
        with guarded(self._home) as deeds:
            try:
                return self._plugin.function(article, **self._options)
            finally:
                self.deeds += [deed for deed in deeds if deed not in self.deeds]

    def _results(self) -> Findings:
        faults = []
        for article in odd_articles():
            try:
                result = self._run(article)
            except Exception as error:
                faults.append(f"{_name(article)}: {in_words(error, self._plugin)}")
                continue
            if not isinstance(result, Article | Drop | None):
                faults.append(f"{_name(article)}: must return an Article, Drop or None, not {result!r:.60}")
        return Findings(told_briefly(faults))

    def _pure(self) -> Findings:
        faults = []
        for article in odd_articles():
            before = msgspec.msgpack.encode(article)
            results: list[Any] = []
            with suppress(Exception):  # `results` has told it
                results = [self._run(article), self._run(article)]
            if msgspec.msgpack.encode(article) != before:
                faults.append(f"{_name(article)}: it changes the article it is given; return article.replace(…)")
            elif results and results[0] != results[1]:
                words = f"{results[0]!r:.80}, then {results[1]!r:.80}"
                faults.append(f"{_name(article)}: another result the second time: {words}")
        return Findings(told_briefly(faults))


def _name(article: Article) -> str:
    """How an article of the test is told: what is odd about it."""
    if not article.title:
        return "an article without a title"
    lacks = [name for name in ("url", "summary", "published") if not getattr(article, name)]
    without = f" without {', '.join(lacks)}" if lacks else ""
    return f"article {article.title[:40]!r}{without}"
