"""The contract of filters: a filter accepts any article, and its result depends on nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from aggregator.http.response import Response
from aggregator.http.settings import HttpSettings
from aggregator.model import Article
from aggregator.plugin.plugin import Plugin
from aggregator.testing.checks import TIMEOUT, StepResult, Steps
from aggregator.testing.findings import MODIFIES_ARTICLE, first_few
from aggregator.testing.run_filter import FilterResult, run_filter
from aggregator.testing.samples import odd_articles
from aggregator.testing.sandbox import Violation, sandboxed
from aggregator.testing.transports import Answer, AnsweringWire

PAGE = b"<!doctype html><title>A page</title><p>All 212 hangers of Ferrier Bridge were replaced in 19 months.</p>"


class FilterContract:
    """Checks of one filter. `code_folder`: the folder of the plugin's code."""

    def __init__(self, plugin: Plugin, options: dict[str, Any], code_folder: Path) -> None:
        self.violations: list[Violation] = []
        self._plugin = plugin
        self._options = options
        self._code_folder = code_folder

    def steps(self) -> Steps:
        """Yield the checks in order."""
        yield "results", self._results
        yield "pure", self._pure

    def _run(self, articles: Sequence[Article]) -> FilterResult:
        wire = partial(AnsweringWire, _page)
        with sandboxed(self._code_folder) as violations:
            result = run_filter(self._plugin, self._options, articles, wire, HttpSettings(timeout=TIMEOUT))
        self.violations += [violation for violation in violations if violation not in self.violations]
        return result

    def _results(self) -> StepResult:
        articles = odd_articles()
        failures = [f"{_describe(one)}: {line}" for one in articles for line in self._run([one]).failures]
        return StepResult(first_few(failures))

    def _pure(self) -> StepResult:
        articles = odd_articles()
        first, second = (self._run(articles) for _ in range(2))
        problems = [f"{_describe(article)}: {MODIFIES_ARTICLE}" for article in first.modified]
        for article, result, again in zip(articles, first.results, second.results, strict=True):
            if result != again:
                change = f"another result the second time: {result!r:.80}, then {again!r:.80}"
                problems.append(f"{_describe(article)}: {change}")
        return StepResult(first_few(problems))


def _page(url: str, headers: Mapping[str, str]) -> Answer:
    """Answer every request with the same page."""
    return Response(status=200, url=url, headers={"Content-Type": "text/html"}, body=PAGE), None


def _describe(article: Article) -> str:
    """Describe a test article by its title and the fields that it lacks."""
    if not article.title:
        return "an article without a title"
    empty = [name for name in ("url", "summary", "published") if not getattr(article, name)]
    without = f" without {', '.join(empty)}" if empty else ""
    return f"article {article.title[:40]!r}{without}"
