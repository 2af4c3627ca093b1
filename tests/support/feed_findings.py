"""Collects what breaks the rules of a feed format, and the rules that several formats share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from lxml import etree
from lxml import html as lxml_html

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
MEDIA = "{http://search.yahoo.com/mrss/}"

# RFC 3986: what a URI consists of; brackets occur around the address of an IPv6 host only.
URI = r"[a-z][a-z0-9+.-]*:(//(\[[0-9a-f:.]+\]|[\w.~!$&'()*+,;=:@%-])*)?([\w.~!$&'()*+,;=:@/?#%-])*"
ABSOLUTE = re.compile(rf"(?!.*%(?![0-9a-f]{{2}}))(?!.*#.*#){URI}\Z", re.ASCII | re.IGNORECASE)
IN_HTML = re.compile(r"(https?://[^/?#\s]|mailto:|tel:)", re.IGNORECASE)
FOREIGN = re.compile(r"[\x00-\x20<>\"`{}|\\^]")
"""Characters of no address; others are allowed in HTML, where an address may be an IRI."""
WEB = re.compile(r"https?://[^/?#]", re.IGNORECASE)
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{2,8})*\Z")
MIME = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(;.*)?\Z")
RFC822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(:\d\d)? ([+-]\d{4}|GMT)\Z")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+( \(.+\))?\Z")
MARKUP = re.compile(r"</?[a-z][a-z0-9]*(\s[^<>]*)?/?>|&([a-z]{2,8}|#\d+|#x[0-9a-f]+);", re.IGNORECASE)

FORBIDDEN = frozenset(
    "script style iframe frame frameset object embed applet form input button select textarea"
    " base link meta noscript html head body title".split()
)
URL_ATTRIBUTES = frozenset("href src cite action poster data background longdesc formaction".split())
PICTURES = {"image", "audio", "video", "document", "executable"}


class Findings:
    """What was found in one document, each with the code of its rule. Tests may ignore a rule by its code."""

    def __init__(self, ignored: Collection[str] = ()) -> None:
        self.ignored = ignored
        self.lines: list[str] = []

    def add(self, code: str, text: str) -> None:
        if code not in self.ignored:
            self.lines.append(f"{code}: {text}")

    def need(self, valid: object, code: str, text: str) -> None:
        """Add a finding unless the condition holds."""
        if not valid:
            self.add(code, text)

    def check(self) -> None:
        """Raise AssertionError with all findings, one line each."""
        assert not self.lines, "\n".join(self.lines)

    def url(self, value: str | None, what: str, *, web: bool = True) -> None:
        """An absolute URI in its own characters; `web`: of http or https."""
        value = value or ""
        self.need(ABSOLUTE.match(value) and (not web or WEB.match(value)), "url", f"{what}: {value!r}")

    def language(self, value: str | None, what: str) -> None:
        self.need(LANGUAGE.match(value or ""), "language", f"{what}: {value!r}")

    def media_type(self, value: str | None, what: str) -> None:
        self.need(MIME.match(value or ""), "media-type", f"{what}: {value!r}")

    def number(self, value: str | None, what: str) -> None:
        self.need((value or "").isdecimal(), "number", f"{what}: {value!r}")

    def rfc822(self, value: str, what: str) -> None:
        """A date with a year of four digits, on the day of the week that it says."""
        try:
            right = RFC822.match(value) and parsedate_to_datetime(value).strftime("%a") == value[:3]
        except ValueError:
            right = False
        self.need(right, "date", f"{what}: {value!r}")

    def rfc3339(self, value: str, what: str) -> datetime:
        try:
            assert RFC3339.match(value)
            return datetime.fromisoformat(value)
        except (AssertionError, ValueError):
            self.add("date", f"{what}: {value!r}")
            return datetime.min.replace(tzinfo=UTC)

    def plain(self, value: str, what: str) -> None:
        """A title, which readers show as it is: tags and character references would be seen."""
        self.need(value.strip(), "empty", what)
        self.need(not MARKUP.search(value), "title-markup", f"{what}: {value[:80]!r}")

    def unique(self, values: Iterable[str], what: str) -> None:
        repeated = [value for value, count in Counter(values).items() if count > 1]
        self.need(not repeated, "repeated", f"{what}: {repeated[:3]}")

    def fragment(self, markup: str, what: str) -> None:
        """HTML inside a feed: what readers execute, cannot resolve or remove (W3C: SecurityRisk, ContainsRelRef)."""
        for code, text in fragment_problems(markup):
            self.add(code, f"{what}: {text}")

    def media(self, element: etree._Element, what: str) -> None:
        """The elements of Media RSS in an item or entry, in groups as well."""
        for content in element.iter(f"{MEDIA}content"):
            player = content.find(f"{MEDIA}player")
            if player is None or content.get("url"):
                self.url(content.get("url"), f"{what} media:content")
            if "type" in content.attrib:
                self.media_type(content.get("type"), f"{what} media:content")
            self.need(content.get("medium", "image") in PICTURES, "media", f"{what}: medium {content.get('medium')!r}")
            self.need(
                content.get("expression", "full") in ("full", "sample", "nonstop"), "media", f"{what}: expression"
            )
            self.sizes(content, ("width", "height", "fileSize", "duration"), f"{what} media:content")
        for thumbnail in element.iter(f"{MEDIA}thumbnail"):
            self.url(thumbnail.get("url"), f"{what} media:thumbnail")
            self.sizes(thumbnail, ("width", "height"), f"{what} media:thumbnail")
        for text in (*element.iter(f"{MEDIA}title"), *element.iter(f"{MEDIA}description")):
            self.need(text.get("type", "plain") in ("plain", "html"), "media", f"{what}: type {text.get('type')!r}")

    def sizes(self, element: etree._Element, names: Iterable[str], what: str) -> None:
        for name in names:
            if name in element.attrib:
                self.number(element.get(name), f"{what} {name}")


def fragment_problems(markup: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with HTML that stands in a feed: the code and a text."""
    if not markup.strip():
        return
    root = lxml_html.fragment_fromstring(markup.replace("\0", ""), create_parent="div")
    for element in root.iter(etree.Element):
        if element.tag in FORBIDDEN:
            yield "html", f"element {element.tag}"
        for attribute, value in element.attrib.items():
            if str(attribute).startswith("on") or attribute == "style":
                yield "html", f"attribute {attribute}"
            for url in _urls(str(attribute), str(value)):
                if not IN_HTML.match(url):
                    yield "html", f"{attribute} {url!r}"
                elif FOREIGN.search(url):
                    yield "html-url", f"{attribute} {url!r}"


def _urls(attribute: str, value: str) -> list[str]:
    """Return the addresses that an attribute contains."""
    if attribute == "srcset":
        return [candidate.split()[0] for candidate in re.split(r",\s+", value) if candidate.strip()]
    return [value] if attribute in URL_ATTRIBUTES else []


def links_of(element: etree._Element) -> dict[str, list[str]]:
    """Return the addresses of the Atom links of a feed, by relation."""
    found: dict[str, list[str]] = {}
    for link in element.findall(f"{ATOM}link"):
        found.setdefault(link.get("rel", "alternate"), []).append(link.get("href", ""))
    return found


PAGING = ("first", "last", "next", "previous", "prev-archive", "next-archive", "current")


def check_paging(findings: Findings, element: etree._Element) -> None:
    """Check the link relations of RFC 5005 in one document: paged, archived and complete feeds."""
    links = links_of(element)
    for relation in PAGING:
        for url in links.get(relation, []):
            findings.url(url, f"link {relation}")
        findings.need(len(links.get(relation, [])) <= 1, "paging", f"several links {relation}")
    own = links.get("self", [""])[0]
    for relation in ("next", "previous", "prev-archive", "next-archive"):
        findings.need(
            not own or own not in links.get(relation, []), "paging", f"{relation} leads to the document itself"
        )
    archive, complete = (element.find(f"{HISTORY}{name}") is not None for name in ("archive", "complete"))
    findings.need(not (archive and complete), "paging", "fh:archive and fh:complete in one document")
    findings.need(not complete or not set(links) & set(PAGING), "paging", "a complete feed has no further documents")
    findings.need(not archive or "current" in links, "paging", "an archive document without a link to the current one")
    findings.need(archive or "next-archive" not in links, "paging", "next-archive in what is no archive document")


def parse(body: bytes) -> etree._Element:
    """Parse a document strictly, without recovery and entities."""
    return etree.fromstring(body, etree.XMLParser(recover=False, resolve_entities=False, huge_tree=True))


def text_of(element: etree._Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def check_counts(findings: Findings, element: etree._Element, tags: Iterable[str], what: str) -> None:
    """Check that none of these elements occurs twice."""
    counts = Counter(str(child.tag) for child in element)
    for tag in tags:
        findings.need(counts[tag] <= 1, "repeated", f"{what}: {counts[tag]} × {tag.rpartition('}')[2]}")
