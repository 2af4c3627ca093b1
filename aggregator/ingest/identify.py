"""Identify articles within their source: match what a source lists now with what the store holds.

An article is identified by its guid, its canonical URL, or its content. None of them is reliable alone: publishers
change guids and URLs, edit texts, use one guid or one URL for everything, and move a whole feed to new ids overnight.
So each pair of a fetched and a stored article is rated by everything that agrees, and pairs are matched one to one,
the strongest first. An article that matches none is new.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

import msgspec

from aggregator.model import Article
from aggregator.text.urls import has_path

ENOUGH_TEXT = 60
"""From this number of characters on, equal text is not a coincidence."""

encode = msgspec.msgpack.Encoder(enc_hook=str).encode  # msgspec rejects subclasses of str, such as lxml's
"""Encode an item, or what it is converted into, as MessagePack."""


class FetchedArticle(msgspec.Struct, kw_only=True):
    """An article as a source lists it now. `guid`: as the item states it; `fingerprint`: of the item; `text`: the
    article's `text_digest`, before filters."""

    article: Article
    guid: str | None
    fingerprint: bytes
    text: bytes | None = None

    def __post_init__(self) -> None:
        if self.text is None:
            self.text = text_digest(self.article)

    def with_article(self, article: Article) -> FetchedArticle:
        """Return a copy with the article as filters changed it; what identifies it stays as the source stated it."""
        return msgspec.structs.replace(self, article=article)


class StoredArticle(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a stored article that identifies it.

    `text`: its `text_digest`; `long`: whether that is of enough text; `present`: the source lists it unchanged;
    `backlog`: as of the article.
    """

    key: int
    id: str
    guid: str | None
    url: str | None
    title: str
    text: bytes | None
    published: datetime | None
    first_seen: datetime
    long: bool
    present: bool = False
    backlog: bool = False


class Identified(msgspec.Struct, frozen=True, kw_only=True):
    """A fetched article with the stored article that it is a version of; None if it is new. `by_content`: whether only
    the content identified it."""

    fetched: FetchedArticle
    stored: StoredArticle | None = None
    by_content: bool = False


class DroppedItem(msgspec.Struct, frozen=True):
    """An article that a filter dropped, as the store keeps it for `explain`."""

    fetched: FetchedArticle
    filter: str
    reason: str


class SourceArticles(msgspec.Struct, frozen=True, kw_only=True):
    """The articles that a source lists now: new or changed ones, those that a filter dropped, and the fingerprints of
    those that are stored and unchanged."""

    identified: Sequence[Identified] = ()
    dropped: Sequence[DroppedItem] = ()
    unchanged: Collection[bytes] = ()


def fingerprint(encoded: bytes) -> bytes:
    """Hash an item that was encoded by `encode`, to recognise it without converting it again: 16 bytes."""
    return hashlib.blake2b(encoded, digest_size=16).digest()


def text_digest(article: Article) -> bytes | None:
    """Hash title and summary, ignoring case and white space: 16 bytes; None if both are empty."""
    title, summary = article.title, article.summary
    text = (f"{title} {summary}" if title and summary else title or summary).casefold()
    if not text.isprintable() or "  " in text or text[:1] == " " or text[-1:] == " ":  # other texts than plain ones
        text = " ".join(text.split())
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).digest() if text else None


def is_long(title: str, summary: str) -> bool:
    """Whether a text is long enough to identify an article."""
    return len(title) + len(summary) >= ENOUGH_TEXT


class _Evidence(msgspec.Struct, frozen=True):
    """What agrees between a fetched and a stored article.

    `undated`: one of them has no date; `later`: the fetched one has a later date; `trusted_guid`, `trusted_url`: no
    other article has it; `long`: see `StoredArticle`.
    """

    guid: bool
    url: bool
    text: bool
    title: bool
    date: bool
    undated: bool
    later: bool
    trusted_guid: bool
    trusted_url: bool
    long: bool

    @property
    def weight(self) -> int:
        trusted = 8 * (self.guid and self.trusted_guid) + 6 * (self.url and self.trusted_url)
        return trusted + 4 * self.text + 2 * self.title + 2 * self.date + self.guid + self.url

    def is_match(self, renumbered: bool) -> bool:
        """Whether both are one article: rules, the strongest first. `renumbered`: see `_is_renumbered`."""
        content_agrees = self.text or self.title or not self.later
        if (self.guid and self.trusted_guid) or (self.url and self.trusted_url):
            return content_agrees or (self.guid and self.url and self.trusted_url)
        if self.text and self.long and (self.date or self.undated or renumbered):
            return True
        if self.title and self.date:
            return True
        return (self.text or self.title) and (renumbered or ((self.guid or self.url) and self.undated))


def identify(
    fetched: Sequence[FetchedArticle], stored: Sequence[StoredArticle], home: str | None = None
) -> list[Identified]:
    """Match the articles that a source lists with its stored articles, one to one.

    `fetched`: those whose fingerprint is not stored; `home`: URL of the site, which does not identify an article. An
    item that is listed twice counts once.
    """
    unique = _without_repetitions(fetched, stored)
    absent = [article for article in stored if not article.present]
    if not absent:
        return [Identified(fetched=article) for article in unique]
    pairs = list(_candidates(unique, absent, _UniqueIds(unique, stored, home)))
    matches = _assign(pairs, _is_renumbered(unique, pairs))
    return [
        Identified(
            fetched=article,
            stored=matches[number][0] if number in matches else None,
            by_content=number in matches and matches[number][1],
        )
        for number, article in enumerate(unique)
    ]


_Pair = tuple[int, StoredArticle, _Evidence]
"""A candidate: the number of the fetched article, the stored article, and what agrees."""


def _without_repetitions(fetched: Iterable[FetchedArticle], stored: Iterable[StoredArticle]) -> list[FetchedArticle]:
    """Remove repetitions of each other, and of stored articles that the source lists unchanged."""
    present = {(article.guid, article.url, article.text, article.published) for article in stored if article.present}
    unique: dict[tuple[object, ...], FetchedArticle] = {}
    for one in fetched:
        identity = (one.guid, one.article.url, one.text, one.article.published)
        if identity not in present:
            unique.setdefault(identity, one)
    return list(unique.values())


class _UniqueIds:
    """The guids and URLs that identify one article: neither the feed nor the store uses them for several."""

    def __init__(self, fetched: Sequence[FetchedArticle], stored: Sequence[StoredArticle], home: str | None) -> None:
        guids = Counter(one.guid for one in fetched)
        urls = Counter(one.article.url for one in fetched)
        stored_guids = Counter(article.guid for article in stored)
        stored_urls = Counter(article.url for article in stored)
        self.guids = {guid for guid, count in guids.items() if count == 1 and stored_guids[guid] <= 1}
        self.urls = {
            url
            for url, count in urls.items()
            if url and count == 1 and stored_urls[url] <= 1 and url != home and has_path(url)
        }


def _candidates(
    fetched: Sequence[FetchedArticle], stored: Sequence[StoredArticle], unique_ids: _UniqueIds
) -> Iterable[_Pair]:
    """Yield the pairs that share guid, URL, text, or title and date."""
    indexes: list[tuple[Callable[[StoredArticle], object], Callable[[FetchedArticle], object]]] = [
        (lambda s: s.guid, lambda f: f.guid),
        (lambda s: s.url, lambda f: f.article.url),
        (lambda s: s.text, lambda f: f.text),
        (lambda s: (s.title.casefold(), s.published), lambda f: (f.article.title.casefold(), f.article.published)),
    ]
    candidates: dict[int, dict[int, StoredArticle]] = defaultdict(dict)
    for stored_key, fetched_key in indexes:
        by_key: dict[object, list[StoredArticle]] = defaultdict(list)
        for article in stored:
            by_key[stored_key(article)].append(article)
        by_key.pop(None, None)
        by_key.pop(("", None), None)
        for number, one in enumerate(fetched):
            candidates[number].update((s.key, s) for s in by_key.get(fetched_key(one), ())[:50])
    for number, articles in candidates.items():
        yield from ((number, s, _evidence(fetched[number], s, unique_ids)) for s in articles.values())


def _evidence(fetched: FetchedArticle, stored: StoredArticle, unique_ids: _UniqueIds) -> _Evidence:
    article = fetched.article
    dated = article.published is not None and stored.published is not None
    return _Evidence(
        guid=fetched.guid is not None and fetched.guid == stored.guid,
        url=article.url is not None and article.url == stored.url,
        text=fetched.text is not None and fetched.text == stored.text,
        title=bool(article.title) and article.title.casefold() == stored.title.casefold(),
        date=dated and article.published == stored.published,
        undated=not dated,
        later=article.published is not None and stored.published is not None and article.published > stored.published,
        trusted_guid=fetched.guid in unique_ids.guids,
        trusted_url=article.url in unique_ids.urls,
        long=stored.long,
    )


def _is_renumbered(fetched: Sequence[FetchedArticle], pairs: Sequence[_Pair]) -> bool:
    """Whether most fetched articles have the content of a stored one under a new guid: the feed was moved, and its
    articles are not new."""
    same_content = {number for number, _, e in pairs if (e.text or (e.title and e.date)) and not e.guid}
    return len(same_content) >= 3 and 2 * len(same_content) > len(fetched)


def _assign(pairs: Sequence[_Pair], renumbered: bool) -> dict[int, tuple[StoredArticle, bool]]:
    """Match the pairs one to one, the strongest first. Returns the stored article of each fetched one, by number, and
    whether only its content identified it."""
    matches: dict[int, tuple[StoredArticle, bool]] = {}
    matched_keys: set[int] = set()
    for number, stored, evidence in sorted(pairs, key=lambda pair: (-pair[2].weight, pair[0], pair[1].key)):
        if number in matches or stored.key in matched_keys or not evidence.is_match(renumbered):
            continue
        by_content = not (evidence.guid and evidence.trusted_guid) and not (evidence.url and evidence.trusted_url)
        matches[number] = (stored, by_content)
        matched_keys.add(stored.key)
    return matches
