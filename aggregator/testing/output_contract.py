"""The contract of outputs: safe paths, reproducible bytes, and well-formed files that escape the text of sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from aggregator.errors import AggregateError
from aggregator.model import Edition
from aggregator.plugin.plugin import Plugin
from aggregator.testing.assertions import MadeOutput, make_output
from aggregator.testing.checks import StepResult, Steps
from aggregator.testing.findings import first_few
from aggregator.testing.samples import a_full_edition, an_edition
from aggregator.testing.sandbox import Violation

XML = frozenset({".xml", ".rss", ".atom", ".opml", ".svg", ".xhtml"})
HTML = frozenset({".html", ".htm"})


class OutputContract:
    """Checks of one output."""

    def __init__(self, plugin: Plugin, options: dict[str, Any]) -> None:
        self.violations: list[Violation] = []
        self._plugin = plugin
        self._options = options
        self._files: dict[str, bytes] = {}

    def steps(self) -> Steps:
        """Yield the checks in order."""
        yield "files", self._makes_files
        yield "stable", self._stable
        yield "well-formed", lambda: StepResult(first_few([*self._malformed()]))

    def _make(self, edition: Edition) -> MadeOutput:
        made = make_output(self._plugin, edition, self._options)
        self.violations += [violation for violation in made.violations if violation not in self.violations]
        return made

    def _makes_files(self) -> StepResult:
        result = StepResult()
        for label, edition in (("an edition", a_full_edition()), ("an edition without stories", an_edition())):
            try:
                made = self._make(edition).named()
            except (AssertionError, AggregateError) as error:
                result.problems.append(f"{label}: {error}")
                continue
            if not made and not (self._plugin.deliver and not edition.stories):
                result.notes.append(f"{label}: it makes no file")
            self._files |= {f"{label}: {name}": body for name, body in made.items()}
        return result

    def _stable(self) -> StepResult:
        try:
            first, second = (self._make(a_full_edition()) for _ in range(2))
        except (AssertionError, AggregateError):  # the check `files` reports it
            return StepResult(notes=["not tested: it makes no files"])
        changed = first.differences(second)
        advice = "other bytes for the same edition, so that readers fetch it again; use edition.date, not the clock"
        return StepResult(first_few([f"{name}: {advice}" for name in changed]))

    def _malformed(self) -> Iterator[str]:
        for name, body in self._files.items():
            if problem := malformed(name, body):
                yield f"{name}: {problem}"


def malformed(name: str, body: bytes) -> str | None:
    """Return what is wrong with an HTML, XML or JSON file, recognised by its name or first bytes; None if nothing."""
    suffix, head = PurePosixPath(name).suffix.lower(), body[:200].lstrip().lower()
    if suffix in HTML or head.startswith((b"<!doctype html", b"<html")):
        return _html_problem(body)
    if suffix in XML or head.startswith(b"<?xml"):
        return _xml_problem(body)
    if suffix == ".json" or (not suffix and head.startswith((b"{", b"["))):
        return _json_problem(body)
    return None


def _xml_problem(body: bytes) -> str | None:
    from lxml import etree

    try:
        etree.fromstring(body, etree.XMLParser(resolve_entities=False, huge_tree=True))
    except etree.XMLSyntaxError as error:
        return f"is not well-formed XML ({error}); escape the text of sources"
    return None


def _html_problem(body: bytes) -> str | None:
    from lxml import html

    page = html.document_fromstring(body or b"<html/>")
    scripts = (script for script in page.iter("script") if _runs(script.get("type", "")))
    if any("alert(1)" in (script.text or "") for script in scripts):
        return "the markup of an article runs in the page; escape titles, and use safe_html for content"
    return None


def _runs(kind: str) -> bool:
    """Return whether a browser executes a script of this type; any other is data, such as JSON-LD."""
    return not kind or kind.strip().lower() in ("module", "text/javascript", "application/javascript")


def _json_problem(body: bytes) -> str | None:
    try:
        json.loads(body)
        return None
    except ValueError as error:
        try:
            for line in body.splitlines():
                json.loads(line)
        except ValueError:
            return f"is not JSON ({error})"
    return None
