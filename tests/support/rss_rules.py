"""The rules of RSS 2.0: the specification, the RSS Advisory Board's profile, and what the W3C feed validator reports.

Codes of findings: structure, empty, repeated, url, date, language, media-type, number, email, title-markup,
html, html-url, order, guid, media, paging, unknown, recommended.
"""

from __future__ import annotations

from collections.abc import Collection

from feed_findings import ATOM, HISTORY, MEDIA, Findings, check_counts, check_paging, links_of, parse, text_of
from feed_findings import EMAIL as ADDRESS
from lxml import etree

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
DC = "{http://purl.org/dc/elements/1.1/}"
CHANNEL = (
    "title link description language copyright managingEditor webMaster pubDate lastBuildDate category generator docs"
    " cloud ttl image rating textInput skipHours skipDays item"
).split()
ITEM = "title link description author category comments enclosure guid pubDate source".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
# Modules that feed readers and the validator know
MODULES = (
    *(ATOM, HISTORY, MEDIA, DC, CONTENT.removesuffix("encoded")),
    "{http://purl.org/dc/terms/}",
    "{http://purl.org/rss/1.0/modules/syndication/}",
    "{http://purl.org/rss/1.0/modules/slash/}",
    "{http://purl.org/syndication/thread/1.0}",
    "{http://www.itunes.com/dtds/podcast-1.0.dtd}",
    "{https://podcastindex.org/namespace/1.0}",
    "{http://www.georss.org/georss}",
    "{http://webfeeds.org/rss/1.0}",
    "{http://www.w3.org/1999/xhtml}",
)


def check_rss(body: bytes, ignored: Collection[str] = ()) -> etree._Element:
    """Return the channel of a valid RSS feed. Raises AssertionError with all broken rules except those ignored."""
    findings = Findings(ignored)
    root = parse(body)
    shape = (root.tag, root.get("version"), [child.tag for child in root])
    assert shape == ("rss", "2.0", ["channel"]), shape
    channel = root[0]
    _check_channel(findings, channel)
    items = channel.findall("item")
    for number, item in enumerate(items):
        _check_item(findings, item, f"item {number}")
    findings.unique((text_of(item, "guid") for item in items if item.find("guid") is not None), "guid")
    findings.check()
    return channel


def _check_channel(findings: Findings, channel: etree._Element) -> None:
    check_counts(findings, channel, set(CHANNEL) - {"item", "category"}, "channel")
    _check_known(findings, channel, CHANNEL, "channel")
    findings.plain(text_of(channel, "title"), "channel title")
    findings.need(text_of(channel, "description"), "empty", "channel description")
    findings.url(text_of(channel, "link"), "channel link", web=False)
    for tag in ("pubDate", "lastBuildDate"):
        if channel.find(tag) is not None:
            findings.rfc822(text_of(channel, tag), f"channel {tag}")
    for tag in ("managingEditor", "webMaster"):
        if channel.find(tag) is not None:
            findings.need(ADDRESS.match(text_of(channel, tag)), "email", f"channel {tag}")
    for tag in ("language", f"{DC}language"):
        if channel.find(tag) is not None:
            findings.language(text_of(channel, tag), "channel language")
    if channel.find("docs") is not None:
        findings.url(text_of(channel, "docs"), "channel docs")
    _check_schedule(findings, channel)
    _check_image(findings, channel)
    _check_links(findings, channel, "channel")
    web = text_of(channel, "link").startswith("http")  # without an address of its own, a feed cannot link to itself
    findings.need(not web or len(links_of(channel).get("self", [])) == 1, "recommended", "channel: one link to itself")
    check_paging(findings, channel)


def _check_schedule(findings: Findings, channel: etree._Element) -> None:
    if channel.find("ttl") is not None:
        findings.number(text_of(channel, "ttl"), "channel ttl")
    hours = [(hour.text or "").strip() for hour in channel.iterfind("skipHours/hour")]
    findings.need(all(hour.isdecimal() and int(hour) < 24 for hour in hours), "number", f"skipHours: {hours}")
    days = [(day.text or "").strip() for day in channel.iterfind("skipDays/day")]
    findings.need(set(days) <= set(DAYS), "date", f"skipDays: {days}")
    findings.unique(hours + days, "skipHours, skipDays")


def _check_image(findings: Findings, channel: etree._Element) -> None:
    image = channel.find("image")
    if image is None:
        return
    findings.url(text_of(image, "url"), "image url")
    for tag in ("title", "link"):
        same = text_of(image, tag) == text_of(channel, tag)
        findings.need(same, "recommended", f"image {tag}: differs from that of the channel")
    for tag, most in (("width", 144), ("height", 400)):
        size = text_of(image, tag)
        findings.need(not size or (size.isdecimal() and 0 < int(size) <= most), "number", f"image {tag}: {size}")


def _check_item(findings: Findings, item: etree._Element, what: str) -> None:
    check_counts(findings, item, [tag for tag in (*ITEM, CONTENT) if tag != "category"], what)
    _check_known(findings, item, ITEM, what)
    has_title = item.find("title") is not None
    findings.need(has_title or text_of(item, "description"), "structure", f"{what}: neither title nor description")
    if has_title:
        findings.plain(text_of(item, "title"), f"{what} title")
    if item.find("link") is not None:
        findings.url(text_of(item, "link"), f"{what} link")
    if item.find("comments") is not None:
        findings.url(text_of(item, "comments"), f"{what} comments")
    _check_text(findings, item, what)
    _check_guid(findings, item, what)
    _check_authors(findings, item, what)
    _check_attached(findings, item, what)
    findings.need(item.find("pubDate") is not None, "recommended", f"{what}: no pubDate")
    if item.find("pubDate") is not None:
        findings.rfc822(text_of(item, "pubDate"), f"{what} pubDate")
        findings.need(item.find(f"{DC}date") is None, "repeated", f"{what}: pubDate and dc:date")
    for category in item.findall("category"):
        findings.need((category.text or "").strip(), "empty", f"{what} category")
    for language in item.findall(f"{DC}language"):
        findings.language(language.text, f"{what} dc:language")
    findings.media(item, what)
    _check_links(findings, item, what)


def _check_text(findings: Findings, item: etree._Element, what: str) -> None:
    tags = [child.tag for child in item]
    if CONTENT in tags:
        findings.need(text_of(item, CONTENT), "empty", f"{what} content:encoded")
        first = "description" in tags and tags.index("description") < tags.index(CONTENT)
        findings.need(first, "order", f"{what}: content:encoded without a description before it")
    findings.fragment(text_of(item, "description"), f"{what} description")
    findings.fragment(text_of(item, CONTENT), f"{what} content:encoded")


def _check_guid(findings: Findings, item: etree._Element, what: str) -> None:
    guid = item.find("guid")
    if guid is None:
        findings.add("recommended", f"{what}: no guid")
        return
    permanent = guid.get("isPermaLink", "true")
    findings.need(permanent in ("true", "false"), "guid", f"{what}: isPermaLink {permanent!r}")
    findings.need(text_of(item, "guid"), "empty", f"{what} guid")
    if permanent == "true":
        findings.url(text_of(item, "guid"), f"{what} guid that is a permanent link")


def _check_authors(findings: Findings, item: etree._Element, what: str) -> None:
    author = item.find("author")
    findings.need(author is None or ADDRESS.match(text_of(item, "author")), "email", f"{what} author")
    creators = item.findall(f"{DC}creator")
    findings.need(author is None or not creators, "repeated", f"{what}: author and dc:creator")
    findings.need(all((one.text or "").strip() for one in creators), "empty", f"{what} dc:creator")


def _check_attached(findings: Findings, item: etree._Element, what: str) -> None:
    for enclosure in item.findall("enclosure"):
        findings.url(enclosure.get("url"), f"{what} enclosure")
        findings.number(enclosure.get("length"), f"{what} enclosure length")
        findings.media_type(enclosure.get("type"), f"{what} enclosure type")
    for source in item.findall("source"):
        findings.url(source.get("url"), f"{what} source")
        findings.need((source.text or "").strip(), "empty", f"{what} source")


def _check_links(findings: Findings, element: etree._Element, what: str) -> None:
    for link in element.findall(f"{ATOM}link"):
        findings.url(link.get("href"), f"{what} atom:link", web=False)
        if "type" in link.attrib:
            findings.media_type(link.get("type"), f"{what} atom:link")
        if "length" in link.attrib:
            findings.number(link.get("length"), f"{what} atom:link length")


def _check_known(findings: Findings, element: etree._Element, names: list[str], what: str) -> None:
    """Check that elements are those of RSS or of a module, and that only modules bring namespaces."""
    for child in element.iterchildren(etree.Element):
        tag = str(child.tag)
        findings.need(tag in names or tag.startswith(MODULES), "unknown", f"{what}: element {tag}")
