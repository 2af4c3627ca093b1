"""The rules of JSON Feed 1.1: its schema, and what its text says beyond that."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from typing import Any

from feed_findings import Findings
from jsonschema import Draft202012Validator
from project import DATA

URLS = ("url", "external_url", "image", "banner_image")


@cache
def _schema() -> Draft202012Validator:
    schema = json.loads((DATA / "schemas" / "jsonfeed-1.1.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def check_json_feed(body: bytes, ignored: Collection[str] = ()) -> dict[str, Any]:
    """Return a valid JSON feed. Raises AssertionError with all broken rules except those ignored."""
    findings = Findings(ignored)
    feed: dict[str, Any] = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
    for error in _schema().iter_errors(feed):
        findings.add("schema", f"{error.json_path}: {error.message[:200]}")
    findings.plain(str(feed.get("title", "")), "title")
    for name in ("home_page_url", "feed_url", "next_url", "icon", "favicon"):
        if name in feed:
            findings.url(feed[name], name)
    findings.need(feed.get("next_url", "") != feed.get("feed_url"), "paging", "next_url is the feed itself")
    if "language" in feed:
        findings.language(feed["language"], "language")
    _check_extensions(findings, feed, "feed")
    for number, item in enumerate(feed.get("items", [])):
        _check_item(findings, item, f"item {number}")
    findings.unique([str(item.get("id")) for item in feed.get("items", [])], "id")
    findings.check()
    return feed


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({name for name, _ in pairs}) == len(pairs), f"a name occurs twice: {[name for name, _ in pairs]}"
    return dict(pairs)


def _constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def _check_item(findings: Findings, item: dict[str, Any], what: str) -> None:
    for name in URLS:
        if name in item:
            findings.url(item[name], f"{what} {name}")
    if "title" in item:
        findings.plain(item["title"], f"{what} title")
    if "language" in item:
        findings.language(item["language"], what)
    dates = [findings.rfc3339(item[name], what) for name in ("date_published", "date_modified") if name in item]
    findings.need(dates == sorted(dates), "date", f"{what}: published after it was modified")
    findings.need(item.get("content_html") or item.get("content_text"), "empty", f"{what}: no content")
    findings.fragment(item.get("content_html", ""), f"{what} content_html")
    for attachment in item.get("attachments", []):
        findings.url(attachment.get("url"), f"{what} attachment")
        findings.media_type(attachment.get("mime_type"), f"{what} attachment")
    for author in item.get("authors", []):
        for name in {"url", "avatar"} & set(author):
            findings.url(author[name], f"{what} author", web=False)
    _check_extensions(findings, item, what)


def _check_extensions(findings: Findings, element: dict[str, Any], what: str) -> None:
    for name in element:
        valid = not name.startswith("_") or (name[1:2].isalpha() and "." not in name)
        findings.need(valid, "schema", f"{what}: the name of an extension begins with a letter, without dots: {name}")
