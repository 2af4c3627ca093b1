"""What is asked of every filter: that it takes any article, and depends on nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from aggregator.http.response import Response
from aggregator.http.settings import HttpSettings
from aggregator.model import Article
from aggregator.plugin.plugin import Plugin
from aggregator.testing.checks import PATIENCE, Findings, Steps
from aggregator.testing.findings import CHANGES, told_briefly
from aggregator.testing.run_filter import Sifted, sift
from aggregator.testing.samples import odd_articles
from aggregator.testing.sandbox import Deed, guarded
from aggregator.testing.transports import Answer, AnsweringWire

PAGE = b"<!doctype html><title>A page</title><p>All 212 hangers of Ferrier Bridge were replaced in 19 months.</p>"


class FilterContract:
    """A filter under test. `home`: the folder of its own code."""

    def __init__(self, plugin: Plugin, options: dict[str, Any], home: Path) -> None:
        self.deeds: list[Deed] = []
        self._plugin = plugin
        self._options = options
        self._home = home

    def steps(self) -> Steps:
        """Each check, in order."""
        yield "results", self._results
        yield "pure", self._pure

    def _sift(self, articles: Sequence[Article]) -> Sifted:
        wire = partial(AnsweringWire, _page)
        with guarded(self._home) as deeds:
            sifted = sift(self._plugin, self._options, articles, wire, HttpSettings(timeout=PATIENCE))
        self.deeds += [deed for deed in deeds if deed not in self.deeds]
        return sifted

    def _results(self) -> Findings:
        return Findings(
            told_briefly([f"{_name(one)}: {line}" for one in odd_articles() for line in self._sift([one]).failed])
        )

    def _pure(self) -> Findings:
        articles = odd_articles()
        one, other = (self._sift(articles) for _ in range(2))
        faults = [f"{_name(each)}: {CHANGES}" for each in one.changed]
        for article, result, again in zip(articles, one.results, other.results, strict=True):
            if result != again:
                faults.append(f"{_name(article)}: another result the second time: {result!r:.80}, then {again!r:.80}")
        return Findings(told_briefly(faults))


def _page(url: str, headers: Mapping[str, str]) -> Answer:
    """Every address that a filter asks for has the same page."""
    return Response(status=200, url=url, headers={"Content-Type": "text/html"}, body=PAGE), None


def _name(article: Article) -> str:
    """How an article of the test is told: what is odd about it."""
    if not article.title:
        return "an article without a title"
    lacks = [name for name in ("url", "summary", "published") if not getattr(article, name)]
    without = f" without {', '.join(lacks)}" if lacks else ""
    return f"article {article.title[:40]!r}{without}"
