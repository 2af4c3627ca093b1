"""Subscription lists: OPML 2.0 out, any OPML in. Source: http://opml.org/spec2.opml, "Subscription lists".

A source's first tag is the folder it lies in, and all of them are its `category`, so that no reader subscribes to it
twice. What OPML cannot say of a source goes into an attribute of our own: its whole `[[sources]]` table, as TOML.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from listparser.opml import OpmlMixin

from aggregator.model import Subscription
from aggregator.text.charsets import decode_html
from aggregator.text.plain import plain
from aggregator.text.toml import toml_of
from aggregator.text.urls import absolute
from aggregator.text.xml import DISCOURAGED

NAMESPACE = "urn:aggregate:opml"
OURS = "aggregate:source"

Table = dict[str, Any]


def export_opml(title: str, subscriptions: Sequence[Subscription], tables: Sequence[Table]) -> bytes:
    """The list such that `read_opml` gives back these `[[sources]]` tables, one of each subscription."""
    told = {table["url"]: table for table in read_opml(write_opml(title, subscriptions))[0]}
    return write_opml(title, subscriptions, [{} if told.get(table.get("url")) == table else table for table in tables])


def write_opml(title: str, subscriptions: Sequence[Subscription], tables: Sequence[Table] = ()) -> bytes:
    """The list as any reader understands it; the same list gives the same bytes. What XML cannot hold is left out.

    `tables`: what our own attribute holds for each subscription, {} for none.
    """
    from lxml import etree

    root = etree.Element("opml", {"version": "2.0"}, nsmap={"aggregate": NAMESPACE} if any(tables) else None)
    etree.SubElement(etree.SubElement(root, "head"), "title").text = _legal(title)
    body = etree.SubElement(root, "body")
    folders = {"": body}
    for number, one in enumerate(subscriptions):
        tag = _legal(one.tags[0]) if one.tags else ""
        if tag not in folders:
            folders[tag] = etree.SubElement(body, "outline", {"text": tag})
        attributes = _attributes(one)
        if tables and tables[number]:
            attributes[f"{{{NAMESPACE}}}source"] = _toml(tables[number])
        etree.SubElement(folders[tag], "outline", attributes)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _attributes(one: Subscription) -> dict[str, str]:
    name = _legal(one.name)
    found = {"text": name, "title": name}
    if one.feed:
        found |= {"type": "rss", "xmlUrl": _legal(one.feed)}
    if one.home:
        found["htmlUrl"] = _legal(one.home)
    if len(one.tags) > 1:
        found["category"] = ",".join(_legal(tag) for tag in one.tags if not {",", "/"} & {*tag})
    return found


def _legal(text: str) -> str:
    return DISCOURAGED.sub("", text)


def _toml(table: Table) -> str:
    return DISCOURAGED.sub(lambda found: f"\\u{ord(found[0]):04x}", toml_of(table))


def read_opml(data: bytes) -> tuple[list[Table], int]:
    """The feeds of a list as `[[sources]]` tables, and how many of its entries are none.

    Folders and categories are tags. Lenient: any charset, broken XML, OPML 1 or 2. Raises ValueError for anything else.
    """
    outlines = _Outlines()
    outlines.read(data)
    tables = [_table(one) if "categories" in one else dict(one) for one in outlines.found]
    feeds = [table for table in tables if table.get("url") is not None or "plugin" in table]
    others = len(outlines.harvest["lists"]) + len(outlines.harvest["opportunities"])
    return feeds, others + len(tables) - len(feeds)


def read_list(data: bytes) -> tuple[str | None, list[Subscription]]:
    """The title of a list, and its feeds as any reader sees them: our own attribute plays no part.

    A feed that the list gives no name has "". Raises ValueError for what is no list, or holds no feed.
    """
    outlines = _Outlines(ours=None)
    outlines.read(data)
    tables = [_table(one) for one in outlines.found]
    feeds = [Subscription(one.get("name", ""), one["url"], None, tuple(one.get("tags", ()))) for one in tables]
    feeds = [one for one in feeds if one.feed]
    if not feeds:
        raise ValueError("holds no feed")
    return plain(outlines.harvest["meta"].get("title", "")) or None, feeds


class _Outlines(OpmlMixin):
    """Listparser's reading of a document, and the tables of our own attribute. `found`: both, as they come."""

    def __init__(self, ours: str | None = OURS) -> None:
        super().__init__()
        self.harvest |= {"version": "", "feeds": [], "lists": [], "opportunities": [], "meta": {}}
        self.found: list[Mapping[str, Any]] = []
        self._ours = ours

    def read(self, data: bytes) -> None:
        """Take in a whole document. Raises ValueError for one that is no list."""
        from lxml import etree

        parser = etree.HTMLParser(target=self, recover=True, encoding="utf-8")  # type: ignore[call-overload]
        parser.feed(decode_html(data).replace("\0", "").encode())
        parser.close()
        if not self.harvest["version"] and not self.found:
            raise ValueError("is no OPML")

    def start_opml_outline(self, attrs: dict[str, str]) -> None:
        table = _parsed(attrs.get(self._ours, "")) if self._ours else {}
        if table:
            self.found.append(table)
            self.hierarchy.append("")
            return
        count = len(self.harvest["feeds"])
        super().start_opml_outline(attrs)
        self.found += self.harvest["feeds"][count:]


def _parsed(toml: str) -> Table:
    try:
        return tomllib.loads(toml)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _table(feed: Mapping[str, Any]) -> Table:
    """What listparser says of a feed, as a table. `url` is None where that is no address of the web."""
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
    """The address; a "feed:" in front of it, as in old lists, stands for the web."""
    rest = re.sub(r"\A\s*feed:(?://)?", "", url, flags=re.IGNORECASE)
    found = absolute(rest if rest == url or "://" in rest else f"http://{rest}")
    return found and re.sub(r"\s", lambda space: quote(space[0]), found)
