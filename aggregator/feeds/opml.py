"""Read any OPML, and write OPML 2.0 (http://opml.org/spec2.opml, "Subscription lists").

The first tag of a source is its folder; all of its tags are its `category`, so that no reader subscribes to it twice.
An attribute of our own holds the whole `[[sources]]` table as TOML if OPML cannot express it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from listparser.opml import OpmlMixin

from aggregator.feeds import freshrss
from aggregator.feeds.subscription_list import Skipped, SubscriptionList, Table
from aggregator.model import Subscription
from aggregator.text.charsets import decode_html
from aggregator.text.feed_scheme import without_feed_scheme
from aggregator.text.plain import plain
from aggregator.text.toml import to_toml
from aggregator.text.urls import absolute
from aggregator.text.xml import DISCOURAGED

NAMESPACE = "urn:aggregate:opml"
OURS = "aggregate:source"

_FEED_TYPES = frozenset({"rss", "atom", "feed", "rss1", "rdf", "jsonfeed"})
"""The types of entries whose `url` is that of a feed, in lists that lack `xmlUrl`."""


def export_opml(title: str, subscriptions: Sequence[Subscription], tables: Sequence[Table]) -> bytes:
    """Return a list from which `read_opml` returns these `[[sources]]` tables, one for each subscription."""
    expressed = {table["url"]: table for table in read_opml(write_opml(title, subscriptions))[0]}
    # A URL that is written as `{ env = … }` is a dict.
    attributes = [{} if expressed.get(str(table.get("url"))) == table else table for table in tables]
    return write_opml(title, subscriptions, attributes)


def write_opml(title: str, subscriptions: Sequence[Subscription], tables: Sequence[Table] = ()) -> bytes:
    """Return a list for any reader. The same list gives the same bytes; characters that XML forbids are removed.

    `tables`: the value of our own attribute for each subscription, {} for none.
    """
    from lxml import etree

    root = etree.Element("opml", {"version": "2.0"}, nsmap={"aggregate": NAMESPACE} if any(tables) else None)
    etree.SubElement(etree.SubElement(root, "head"), "title").text = _xml_text(title)
    body = etree.SubElement(root, "body")
    folders = {"": body}
    for number, subscription in enumerate(subscriptions):
        tag = _xml_text(subscription.tags[0]) if subscription.tags else ""
        if tag not in folders:
            folders[tag] = etree.SubElement(body, "outline", {"text": tag})
        attributes = _attributes(subscription)
        if tables and tables[number]:
            attributes[f"{{{NAMESPACE}}}source"] = _toml(tables[number])
        etree.SubElement(folders[tag], "outline", attributes)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _attributes(subscription: Subscription) -> dict[str, str]:
    name = _xml_text(subscription.name)
    attributes = {"text": name, "title": name}
    if subscription.feed:
        attributes |= {"type": "rss", "xmlUrl": _xml_text(subscription.feed)}
    if subscription.home:
        attributes["htmlUrl"] = _xml_text(subscription.home)
    if len(subscription.tags) > 1:
        categories = [tag for tag in subscription.tags if not {",", "/"} & {*tag}]
        attributes["category"] = ",".join(map(_xml_text, categories))
    return attributes


def _xml_text(text: str) -> str:
    return DISCOURAGED.sub("", text)


def _toml(table: Table) -> str:
    return DISCOURAGED.sub(lambda match: f"\\u{ord(match[0]):04x}", to_toml(table))


def read_opml(data: bytes) -> tuple[list[Table], int]:
    """Return the feeds of a list as `[[sources]]` tables, and the number of its other entries.

    Folders and categories become tags. Lenient: any charset, broken XML, OPML 1 or 2. Raises ValueError if it is not
    OPML.
    """
    outlines = _Outlines()
    outlines.read(data)
    tables = outlines.tables()
    feeds = [table for table in tables if _is_source(table)]
    others = len(outlines.harvest["lists"]) + len(outlines.harvest["opportunities"]) + len(outlines.ruled)
    return feeds, others + len(tables) - len(feeds)


def read_opml_list(data: bytes) -> SubscriptionList:
    """Return the same feeds, and for each other entry the reason. Raises ValueError if it is not OPML."""
    outlines = _Outlines()
    outlines.read(data)
    found = SubscriptionList(remarks=outlines.remarks)
    for entry, table in zip(outlines.entries, outlines.tables(), strict=True):
        if _is_source(table):
            found.tables.append(table)
        else:
            url = plain(str(entry.get("url", "")))
            found.skipped.append(Skipped(table.get("name", "") or url, f"has no valid feed address: {url}"))
    for name, url in outlines.sites:
        if address := _web_address(url):
            found.skipped.append(Skipped(plain(name) or address, f"has no feed address; try: aggregate add {address}"))
        else:
            found.skipped.append(Skipped(plain(name), "has no feed address"))
    for one in outlines.harvest["lists"]:
        name, address = plain(one["title"]), plain(one["url"])
        verb = "import" if address.lower().endswith((".opml", ".xml")) else "add"
        reason = f"is a link to another list or page; try: aggregate {verb} {address}"
        found.skipped.append(Skipped(name or address, reason))
    found.skipped += outlines.ruled
    return found


def _is_source(table: Table) -> bool:
    return table.get("url") is not None or "plugin" in table


def read_list(data: bytes) -> tuple[str | None, list[Subscription]]:
    """Return the title of a list, and its feeds as any reader sees them, without our own attribute.

    A feed without a name has the name "". Raises ValueError if it is not OPML or holds no feed.
    """
    outlines = _Outlines(ours=None)
    outlines.read(data)
    tables = [table for table in outlines.tables() if table["url"] and "plugin" not in table]
    feeds = [Subscription(table.get("name", ""), table["url"], None, tuple(table.get("tags", ()))) for table in tables]
    if not feeds:
        raise ValueError("holds no feed")
    return plain(outlines.harvest["meta"].get("title", "")) or None, feeds


class _Outlines(OpmlMixin):
    """Parser of a list. `entries`: feeds as listparser returns them, and tables of our own attribute, in order;
    `sites`: names and addresses of the entries that state only a web page; `ruled`: those that FreshRSS reads by rules;
    `remarks`: lines about settings that are lost; `settings`: keys of tables by address, from attributes of FreshRSS.
    """

    def __init__(self, ours: str | None = OURS) -> None:
        super().__init__()
        self.harvest |= {"version": "", "feeds": [], "lists": [], "opportunities": [], "meta": {}}
        self.entries: list[Mapping[str, Any]] = []
        self.sites: list[tuple[str, str]] = []
        self.ruled: list[Skipped] = []
        self.remarks: list[str] = []
        self.settings: dict[str, Table] = {}
        self._ours = ours

    def read(self, data: bytes) -> None:
        """Parse a whole document. Raises ValueError if it is not OPML."""
        from lxml import etree

        parser = etree.HTMLParser(target=self, recover=True, encoding="utf-8")  # type: ignore[call-overload]
        parser.feed(decode_html(data).replace("\0", "").encode())
        parser.close()
        if not self.harvest["version"] and not self.entries:
            raise ValueError("is not OPML")

    def tables(self) -> list[Table]:
        """Return the entries as `[[sources]]` tables; `url` is None if it is not a web address."""
        return [
            _table(entry) | self.settings.get(entry["url"], {}) if "categories" in entry else dict(entry)
            for entry in self.entries
        ]

    def start_opml_outline(self, attrs: dict[str, str]) -> None:
        """Read one entry."""
        table = _parse_toml(attrs.get(self._ours, "")) if self._ours else {}
        if table:
            self.entries.append(table)
        if table or self._is_read_by_rules(attrs):
            self.hierarchy.append("")
            return
        self._read_freshrss(attrs)
        if attrs.get("url") and "xmlurl" not in attrs and attrs.get("type", "").strip().lower() in _FEED_TYPES:
            attrs = attrs | {"xmlurl": attrs["url"]}
        if attrs.get("htmlurl") and not (attrs.get("xmlurl") or attrs.get("url")):
            self.sites.append((attrs.get("title") or attrs.get("text") or "", attrs["htmlurl"]))
        count = len(self.harvest["feeds"])
        super().start_opml_outline(attrs)
        self.entries += self.harvest["feeds"][count:]

    def _is_read_by_rules(self, attrs: Mapping[str, str]) -> bool:
        kind = attrs.get("type", "").strip().lower()
        if kind not in freshrss.UNREADABLE_TYPES:
            return False
        name = plain(attrs.get("text") or attrs.get("title") or attrs.get("xmlurl", ""))
        self.ruled.append(Skipped(name, freshrss.UNREADABLE_TYPES[kind]))
        return True

    def _read_freshrss(self, attrs: Mapping[str, str]) -> None:
        """Read the attributes by which FreshRSS extends OPML."""
        if url := _web_address(attrs.get(freshrss.LIST_URL, "")):
            name = plain(attrs.get("text") or attrs.get("title") or "")
            self.entries.append({"url": url, "plugin": "opml", **({"name": name, "tags": [name]} if name else {})})
        if url := attrs.get("xmlurl", "").strip():
            if settings := freshrss.read_settings(attrs):
                self.settings.setdefault(url, settings)
            if lost := freshrss.lost_settings(attrs):
                name = plain(attrs.get("text") or attrs.get("title") or url)
                self.remarks.append(f'"{name}": {lost}')


def _parse_toml(toml: str) -> Table:
    try:
        return tomllib.loads(toml)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _table(feed: Mapping[str, Any]) -> Table:
    """Return a feed of listparser as a table; `url` is None if it is not a web address."""
    url = _web_address(feed["url"])
    name = plain(feed["title"])
    tags = dict.fromkeys(plain(part) for path in feed["categories"] for part in path)
    table: Table = {"url": url}
    if name and name != url:
        table["name"] = name
    if any(tags):
        table["tags"] = [tag for tag in tags if tag]
    return table


def _web_address(url: str) -> str | None:
    """Return an address without the `feed:` scheme of old lists, or None if it is not a web address."""
    address = absolute(without_feed_scheme(url))
    return address and re.sub(r"\s", lambda space: quote(space[0]), address)
