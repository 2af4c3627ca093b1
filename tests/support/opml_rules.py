"""The rules of OPML 2.0, for subscription lists and categorised outlines."""

from __future__ import annotations

from collections.abc import Collection

from feed_findings import EMAIL, Findings, check_counts, parse, text_of
from lxml import etree

HEAD = (
    "title dateCreated dateModified ownerName ownerEmail ownerId docs expansionState vertScrollState"
    " windowTop windowLeft windowBottom windowRight"
).split()
OUTLINE = (
    "text type isComment isBreakpoint created category title xmlUrl htmlUrl description language version url"
).split()
VERSIONS = ("RSS", "RSS1", "RSS2", "scriptingNews")


def check_opml(body: bytes, ignored: Collection[str] = ()) -> etree._Element:
    """Return the root of a valid OPML document. Raises AssertionError with all broken rules except those ignored."""
    findings = Findings(ignored)
    root = parse(body)
    shape = (root.tag, root.get("version"), [child.tag for child in root])
    assert shape == ("opml", "2.0", ["head", "body"]), shape
    _check_head(findings, root[0])
    findings.need(len(root[1]), "structure", "the body has no outline")
    for element in root[1].iterdescendants(etree.Element):
        findings.need(element.tag == "outline", "unknown", f"element {element.tag!r}")
        _check_outline(findings, element)
    for folder in root[1].iter("outline", "body"):
        findings.unique([str(one.get("xmlUrl")) for one in folder if one.get("xmlUrl")], "feeds of one folder")
    findings.check()
    return root


def _check_head(findings: Findings, head: etree._Element) -> None:
    check_counts(findings, head, HEAD, "head")
    for child in head.iterchildren(etree.Element):
        findings.need(child.tag in HEAD or str(child.tag).startswith("{"), "unknown", f"head: element {child.tag!r}")
    for tag in ("dateCreated", "dateModified"):
        if head.find(tag) is not None:
            findings.rfc822(text_of(head, tag), f"head {tag}")
    for tag in ("ownerId", "docs"):
        if head.find(tag) is not None:
            findings.url(text_of(head, tag), f"head {tag}")
    if head.find("ownerEmail") is not None:
        findings.need(EMAIL.match(text_of(head, "ownerEmail")), "email", "head ownerEmail")


def _check_outline(findings: Findings, outline: etree._Element) -> None:
    what = f"outline {outline.get('text', '')[:40]!r}"
    findings.need((outline.get("text") or "").strip(), "empty", f"{what}: text")
    for name in map(str, outline.attrib):
        findings.need(name in OUTLINE or name.startswith("{"), "unknown", f"{what}: attribute {name}")
    kind = outline.get("type")
    findings.need(kind != "", "empty", f"{what}: type")
    findings.need(
        (kind or "").lower() != "rss" or outline.get("xmlUrl"), "structure", f"{what}: type rss without xmlUrl"
    )
    findings.need(
        kind not in ("link", "include") or outline.get("url"), "structure", f"{what}: type {kind} without url"
    )
    findings.need(not outline.get("xmlUrl") or kind == "rss", "structure", f"{what}: xmlUrl without type rss")
    for name in ("xmlUrl", "htmlUrl", "url"):
        if name in outline.attrib:
            findings.url(outline.get(name), f"{what}: {name}")
    for name in ("isComment", "isBreakpoint"):
        findings.need(outline.get(name, "true") in ("true", "false"), "structure", f"{what}: {name}")
    if "created" in outline.attrib:
        findings.rfc822(outline.get("created", ""), f"{what}: created")
    if "version" in outline.attrib:
        findings.need(outline.get("version") in VERSIONS, "structure", f"{what}: version {outline.get('version')!r}")
    if "language" in outline.attrib:
        findings.language(outline.get("language"), what)
    findings.need(
        all(part.strip("/ ") for part in outline.get("category", "-").split(",")), "empty", f"{what}: category"
    )
