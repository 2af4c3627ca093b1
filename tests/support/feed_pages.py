"""Checks a feed that consists of several documents, as RFC 5005 specifies: pages, or archives.

    check_pages(documents)       # paged: {address: body}, the first page first
    check_archives(documents)    # archived: the subscription document first

The documents of RSS, Atom or JSON Feed refer to each other by absolute URLs; each must be valid on its own as well
(`feed_rules`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from feed_findings import ATOM, HISTORY, links_of, parse, text_of


class Document(NamedTuple):
    """What one document says of itself. `feed`: what identifies the feed; `entries`: the ids; `links`: by relation."""

    feed: str
    entries: list[str]
    links: dict[str, str]
    archive: bool


def read(body: bytes) -> Document:
    """Read an RSS, Atom or JSON feed."""
    if body.lstrip().startswith(b"{"):
        data = json.loads(body)
        links = {"self": data.get("feed_url"), "next": data.get("next_url")}
        present = {relation: url for relation, url in links.items() if url}
        return Document(data["title"], [item["id"] for item in data["items"]], present, archive=False)
    root = parse(body)
    feed = root if root.tag == f"{ATOM}feed" else root[0]
    entries = [text_of(entry, f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    entries += [text_of(item, "guid") for item in feed.findall("item")]
    links = {relation: urls[0] for relation, urls in links_of(feed).items()}
    name = text_of(feed, f"{ATOM}id") or text_of(feed, "link")
    return Document(name, entries, links, feed.find(f"{HISTORY}archive") is not None)


def check_pages(documents: Mapping[str, bytes]) -> list[str]:
    """Check that `next` leads from the first document to all others, and return the ids of the entries in this order.

    Where documents have links `previous`, `first` and `last`, these must agree. No entry may occur twice.
    """
    read_pages = {url: read(body) for url, body in documents.items()}
    order = _follow(read_pages, "next")
    _check_identity(read_pages)
    for before, url in zip([None, *order], order, strict=False):
        links = read_pages[url].links
        assert before is None or links.get("previous", before) == before, f"{url}: previous is {links['previous']}"
        assert before or "previous" not in links, f"{url}: the first page has a link previous"
        assert links.get("first", order[0]) == order[0], f"{url}: first is {links['first']}"
        assert links.get("last", order[-1]) == order[-1], f"{url}: last is {links['last']}"
        assert not read_pages[url].archive, f"{url}: fh:archive in a page, which changes"
    ids = [entry for url in order for entry in read_pages[url].entries]
    repeated = {entry for entry in ids if ids.count(entry) > 1} if len(set(ids)) < len(ids) else set()
    assert not repeated, f"on several pages: {sorted(repeated)[:5]}"
    return ids


def check_archives(documents: Mapping[str, bytes]) -> list[str]:
    """Check that `prev-archive` leads from the subscription document to all archives, and return the ids of entries.

    An entry may be in the subscription document and in an archive, but in one archive only.
    """
    read_documents = {url: read(body) for url, body in documents.items()}
    order = _follow(read_documents, "prev-archive")
    _check_identity(read_documents)
    subscription, *archives = order
    assert not read_documents[subscription].archive, f"{subscription}: fh:archive in the subscription document"
    newer = None
    for url in archives:
        document = read_documents[url]
        assert document.archive, f"{url}: an archive document without fh:archive"
        assert document.links.get("current") == subscription, f"{url}: current is {document.links.get('current')}"
        assert document.links.get("next-archive") == newer, f"{url}: next-archive is not {newer}"
        newer = url
    ids = [entry for url in archives for entry in read_documents[url].entries]
    assert len(set(ids)) == len(ids), "an entry is in two archives"
    return list(dict.fromkeys([*read_documents[subscription].entries, *ids]))


def _follow(documents: Mapping[str, Document], relation: str) -> list[str]:
    """Return the addresses of all documents, in the order in which the links of this relation lead to them."""
    order = [next(iter(documents))]
    while following := documents[order[-1]].links.get(relation):
        assert following in documents, f"{order[-1]}: {relation} leads to {following}, which was not published"
        assert following not in order, f"{order[-1]}: {relation} leads back to {following}"
        order.append(following)
    missed = [url for url in documents if url not in order]
    assert not missed, f"no link {relation} leads to {missed}"
    return order


def _check_identity(documents: Mapping[str, Document]) -> None:
    for url, document in documents.items():
        assert document.links.get("self", url) == url, f"{url}: self is {document.links['self']}"
    feeds = {document.feed for document in documents.values()}
    assert len(feeds) == 1, f"documents of one feed that identify several: {sorted(feeds)}"
