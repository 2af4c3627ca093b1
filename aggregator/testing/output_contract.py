"""What is asked of every output: files that lie where they may, are the same again, and in which no text is markup."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from aggregator.errors import AggregateError
from aggregator.model import Edition
from aggregator.plugin.plugin import Plugin
from aggregator.testing.assertions import made_files
from aggregator.testing.checks import Findings, Steps
from aggregator.testing.findings import told_briefly
from aggregator.testing.samples import a_full_edition, an_edition
from aggregator.testing.sandbox import Deed

XML = frozenset({".xml", ".rss", ".atom", ".opml", ".svg", ".xhtml"})
HTML = frozenset({".html", ".htm"})


class OutputContract:
    """An output under test."""

    def __init__(self, plugin: Plugin, options: dict[str, Any]) -> None:
        self.deeds: list[Deed] = []
        self._plugin = plugin
        self._options = options
        self._files: dict[str, bytes] = {}

    def steps(self) -> Steps:
        """Each check, in order."""
        yield "files", self._made
        yield "stable", self._stable
        yield "well-formed", lambda: Findings(told_briefly([*self._malformed()]))

    def _make(self, edition: Edition) -> dict[str, bytes]:
        files, deeds = made_files(self._plugin, edition, self._options)
        self.deeds += [deed for deed in deeds if deed not in self.deeds]
        return files

    def _made(self) -> Findings:
        found = Findings()
        for words, edition in (("an edition", a_full_edition()), ("an edition without stories", an_edition())):
            try:
                files = self._make(edition)
            except (AssertionError, AggregateError) as error:
                found.faults.append(f"{words}: {error}")
                continue
            if not files:
                found.notes.append(f"{words}: it makes no file")
            self._files |= {f"{words}: {name or 'its file'}": body for name, body in files.items()}
        return found

    def _stable(self) -> Findings:
        try:
            one, other = (self._make(a_full_edition()) for _ in range(2))
        except (AssertionError, AggregateError):  # `files` has told it
            return Findings(notes=["not tested: it makes no files"])
        changed = [name or "its file" for name in {**one, **other} if one.get(name) != other.get(name)]
        advice = "other bytes for the same edition, so that it is written and fetched anew; use edition.date"
        return Findings(told_briefly([f"{name}: {advice}, not the clock" for name in changed]))

    def _malformed(self) -> Iterator[str]:
        for name, body in self._files.items():
            if fault := malformed(name, body):
                yield f"{name}: {fault}"


def malformed(name: str, body: bytes) -> str | None:
    """What is wrong with a file of a known format, as its name or its beginning tells; None where nothing is."""
    suffix, head = PurePosixPath(name).suffix.lower(), body[:200].lstrip().lower()
    if suffix in HTML or head.startswith((b"<!doctype html", b"<html")):
        return _html(body)
    if suffix in XML or head.startswith(b"<?xml"):
        return _xml(body)
    if suffix == ".json" or (not suffix and head.startswith((b"{", b"["))):
        return _json(body)
    return None


def _xml(body: bytes) -> str | None:
    from lxml import etree

    try:
        etree.fromstring(body, etree.XMLParser(resolve_entities=False, huge_tree=True))
    except etree.XMLSyntaxError as error:
        return f"is no well-formed XML ({error}); escape what comes from sources"
    return None


def _html(body: bytes) -> str | None:
    from lxml import html

    page = html.document_fromstring(body or b"<html/>")
    if any("alert(1)" in (script.text or "") for script in page.iter("script")):
        return "the markup of an article runs in the page; escape titles, and use safe_html for content"
    return None


def _json(body: bytes) -> str | None:
    try:
        json.loads(body)
        return None
    except ValueError as error:
        try:
            for line in body.splitlines():
                json.loads(line)
        except ValueError:
            return f"is no JSON ({error})"
    return None
