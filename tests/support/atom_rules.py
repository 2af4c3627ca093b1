"""The rules of Atom 1.0: the grammar of RFC 4287, its text, and what the W3C feed validator reports.

Codes of findings: grammar, structure, empty, repeated, url, date, media-type, title-markup, html, html-url, media,
paging, recommended.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from feed_findings import ATOM, Findings, check_counts, check_paging, links_of, parse, text_of
from lxml import etree
from project import DATA

XHTML_DIV = "{http://www.w3.org/1999/xhtml}div"


@cache
def _grammar() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(DATA / "schemas" / "atom.rng"))


def check_atom(body: bytes, ignored: Collection[str] = ()) -> etree._Element:
    """Return the root of a valid Atom feed. Raises AssertionError with all broken rules except those ignored."""
    findings = Findings(ignored)
    feed = parse(body)
    assert feed.tag == f"{ATOM}feed", feed.tag
    grammar = _grammar()
    if not grammar.validate(feed):
        findings.add("grammar", "; ".join(f"line {error.line}: {error.message}" for error in grammar.error_log))
    entries = feed.findall(f"{ATOM}entry")
    _check_common(findings, feed, "feed")
    has_author = feed.find(f"{ATOM}author") is not None
    for number, entry in enumerate(entries):
        _check_entry(findings, entry, f"entry {number}")
        source = entry.find(f"{ATOM}source")
        author = has_author or entry.find(f"{ATOM}author") is not None
        author = author or (source is not None and source.find(f"{ATOM}author") is not None)
        findings.need(author, "structure", f"entry {number}: no author, here or in the feed")
    findings.need(has_author or entries, "structure", "neither authors nor entries")
    findings.unique((text_of(entry, f"{ATOM}id") for entry in entries), "entry id")
    web = text_of(feed, f"{ATOM}id").startswith("http")  # without an address of its own, a feed cannot link to itself
    findings.need(not web or links_of(feed).get("self"), "recommended", "feed: no link to itself")
    check_paging(findings, feed)
    findings.check()
    return feed


def _check_common(findings: Findings, element: etree._Element, what: str) -> None:
    """Check the rules for both feeds and entries (sections 4.1.1 and 4.1.2)."""
    singles = "content generator icon id logo published rights source subtitle summary title updated".split()
    check_counts(findings, element, [f"{ATOM}{tag}" for tag in singles], what)
    findings.url(text_of(element, f"{ATOM}id"), f"{what} id", web=False)
    findings.rfc3339(text_of(element, f"{ATOM}updated"), f"{what} updated")
    _check_title(findings, element, what)
    for person in (*element.findall(f"{ATOM}author"), *element.findall(f"{ATOM}contributor")):
        findings.need(text_of(person, f"{ATOM}name"), "empty", f"{what}: name of a person")
        if person.find(f"{ATOM}uri") is not None:
            findings.url(text_of(person, f"{ATOM}uri"), f"{what}: uri of a person", web=False)
    for category in element.findall(f"{ATOM}category"):
        findings.need((category.get("term") or "").strip(), "empty", f"{what} category")
    for tag in ("icon", "logo"):
        if element.find(f"{ATOM}{tag}") is not None:
            findings.url(text_of(element, f"{ATOM}{tag}"), f"{what} {tag}")
    _check_links(findings, element, what)


def _check_title(findings: Findings, element: etree._Element, what: str) -> None:
    title = element.find(f"{ATOM}title")
    if title is None:
        return
    if title.get("type", "text") == "text":
        findings.plain(text_of(element, f"{ATOM}title"), f"{what} title")
    else:
        findings.need("".join(map(str, title.itertext())).strip(), "empty", f"{what} title")


def _check_links(findings: Findings, element: etree._Element, what: str) -> None:
    links = element.findall(f"{ATOM}link")
    for link in links:
        findings.url(link.get("href"), f"{what} link {link.get('rel', '')}", web=False)
        if "type" in link.attrib:
            findings.media_type(link.get("type"), f"{what} link")
        if "length" in link.attrib:
            findings.number(link.get("length"), f"{what} link length")
    alternates = [link for link in links if link.get("rel", "alternate") == "alternate"]
    findings.unique(
        [f"{e.get('type')} {e.get('hreflang')}" for e in alternates], f"{what}: alternate links of one kind"
    )


def _check_entry(findings: Findings, entry: etree._Element, what: str) -> None:
    _check_common(findings, entry, what)
    published, updated = text_of(entry, f"{ATOM}published"), text_of(entry, f"{ATOM}updated")
    if entry.find(f"{ATOM}published") is not None:
        published_at, updated_at = findings.rfc3339(published, f"{what} published"), findings.rfc3339(updated, what)
        findings.need(published_at <= updated_at, "date", f"{what}: published {published} after updated {updated}")
    content = entry.find(f"{ATOM}content")
    alternate = "alternate" in links_of(entry)
    findings.need(content is not None or alternate, "structure", f"{what}: neither content nor an alternate link")
    if content is not None and content.get("src"):
        findings.need(entry.find(f"{ATOM}summary") is not None, "structure", f"{what}: content elsewhere, no summary")
    for tag in ("content", "summary"):
        text = entry.find(f"{ATOM}{tag}")
        if text is not None and not text.get("src"):
            _check_text(findings, text, f"{what} {tag}")
    findings.media(entry, what)


def _check_text(findings: Findings, element: etree._Element, what: str) -> None:
    kind = element.get("type", "text")
    if kind == "xhtml":
        parts = [etree.tostring(child, encoding="unicode") for child in element if child.tag == XHTML_DIV]
        findings.need(len(parts) == 1, "structure", f"{what}: not one div")
        findings.fragment("".join(parts), what)
    elif kind in ("text", "html"):
        findings.need(not len(element), "structure", f"{what}: elements in {kind}")
        findings.need((element.text or "").strip(), "empty", what)
        if kind == "html":
            findings.fragment(element.text or "", what)
