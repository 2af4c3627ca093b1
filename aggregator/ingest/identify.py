"""Tell which of the articles that came in are known: the identity of an article within its source.

An article is known by its guid, its canonical URL, or its content. None of them is trusted blindly: publishers
change guids and addresses, edit texts, use one guid or one address for everything, and move a whole feed to new ids
over night. So each pair of a sighting and a stored article is judged by all that agrees, and the strongest pairs are
joined first, one to one. What agrees with nothing is new.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

import msgspec

from aggregator.model import Article, Item

ENOUGH_TEXT = 60
"""From so many characters on, equal text is no coincidence."""

_encoder = msgspec.msgpack.Encoder(enc_hook=str)


class Sighting(msgspec.Struct, kw_only=True):
    """An article as a source shows it now. `guid`: as given, or None; `fingerprint`: of the rough item."""

    article: Article
    guid: str | None
    fingerprint: bytes
    text: bytes | None = None

    def __post_init__(self) -> None:
        if self.text is None:
            self.text = text_digest(self.article)

    def showing(self, article: Article) -> Sighting:
        """The same sighting with the article as filters left it; what recognises it stays what the source said."""
        return msgspec.structs.replace(self, article=article)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A stored article, as far as recognising it needs.

    `text`: its `text_digest`; `long`: whether that is of enough text; `present`: the source shows it, unchanged;
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
    """A sighting and the stored article that it is, or None where it is new. `by_content`: recognised by that alone."""

    sighting: Sighting
    known: Known | None = None
    by_content: bool = False


class DroppedItem(msgspec.Struct, frozen=True):
    """An article that a filter dropped, as the store keeps it for `explain`."""

    sighting: Sighting
    filter: str
    reason: str


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The articles of a source as it lists them now: new or changed ones, those that a filter dropped, and the
    fingerprints of those that are stored and unchanged."""

    identified: Sequence[Identified] = ()
    dropped: Sequence[DroppedItem] = ()
    unchanged: Collection[bytes] = ()


def fingerprint(item: Item) -> bytes:
    """16 bytes that change whenever anything in the rough item does: how an unchanged item is recognised at once.

    Raises UnicodeEncodeError for half a surrogate pair, and whatever an object of a plugin's raises.
    """
    return hashlib.blake2b(_encoder.encode(item), digest_size=16).digest()


def text_digest(article: Article) -> bytes | None:
    """16 bytes for title and summary, whatever their case and spacing; None where there is no text."""
    words = f"{article.title}\n{article.summary}".casefold().split()
    return hashlib.blake2b(" ".join(words).encode(errors="replace"), digest_size=16).digest() if words else None


def is_long(title: str, summary: str) -> bool:
    """Whether a text is long enough to be its own."""
    return len(title) + len(summary) >= ENOUGH_TEXT


class _Evidence(msgspec.Struct, frozen=True):
    """What agrees between a sighting and a stored article."""

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

    def says_same(self, flood: bool) -> bool:
        """Rules, the strongest first; see the module's docstring."""
        other = self.text or self.title or not self.later
        if (self.guid and self.trusted_guid) or (self.url and self.trusted_url):
            return other or (self.guid and self.url)
        if self.text and self.long and (self.date or self.undated or flood):
            return True
        if self.title and self.date:
            return True
        return (self.text or self.title) and (flood or ((self.guid or self.url) and self.undated))


def identify(sightings: Sequence[Sighting], known: Sequence[Known], home: str | None = None) -> list[Identified]:
    """Match what a source shows with what is stored of it, one to one.

    `sightings`: those that were not recognised by fingerprint; `known`: stored articles of the source; `home`: the
    source's own page, which identifies no article. The same item listed twice counts once.
    """
    seen = _once(sightings, known)
    absent = [one for one in known if not one.present]
    if not absent:
        return [Identified(sighting=one) for one in seen]
    pairs = list(_candidates(seen, absent, _Trust(seen, known, home)))
    matched = _assign(pairs, _is_flood(seen, pairs))
    return [
        Identified(
            sighting=one, known=matched[n][0] if n in matched else None, by_content=n in matched and matched[n][1]
        )
        for n, one in enumerate(seen)
    ]


_Pair = tuple[int, Known, _Evidence]


def _once(sightings: Iterable[Sighting], known: Iterable[Known]) -> list[Sighting]:
    """The sightings without repetitions, of each other or of what is there already."""
    there = {(one.guid, one.url, one.text, one.published) for one in known if one.present}
    unique: dict[tuple[object, ...], Sighting] = {}
    for one in sightings:
        identity = (one.guid, one.article.url, one.text, one.article.published)
        if identity not in there:
            unique.setdefault(identity, one)
    return list(unique.values())


class _Trust:
    """Which guids and addresses stand for one article: those that neither the feed nor the store uses for several."""

    def __init__(self, seen: Sequence[Sighting], known: Sequence[Known], home: str | None) -> None:
        guids = Counter(one.guid for one in seen)
        urls = Counter(one.article.url for one in seen)
        stored_guids = Counter(one.guid for one in known)
        stored_urls = Counter(one.url for one in known)
        self.guids = {guid for guid, n in guids.items() if n == 1 and stored_guids[guid] <= 1}
        self.urls = {url for url, n in urls.items() if n == 1 and stored_urls[url] <= 1 and url != home}


def _candidates(seen: Sequence[Sighting], known: Sequence[Known], trust: _Trust) -> Iterable[_Pair]:
    indexes: list[tuple[Callable[[Known], object], Callable[[Sighting], object]]] = [
        (lambda k: k.guid, lambda s: s.guid),
        (lambda k: k.url, lambda s: s.article.url),
        (lambda k: k.text, lambda s: s.text),
        (lambda k: (k.title.casefold(), k.published), lambda s: (s.article.title.casefold(), s.article.published)),
    ]
    near: dict[int, dict[int, Known]] = defaultdict(dict)
    for of_known, of_sighting in indexes:
        found: dict[object, list[Known]] = defaultdict(list)
        for one in known:
            found[of_known(one)].append(one)
        found.pop(None, None)
        found.pop(("", None), None)
        for n, sighting in enumerate(seen):
            near[n].update((k.key, k) for k in found.get(of_sighting(sighting), ())[:50])
    for n, candidates in near.items():
        yield from ((n, k, _evidence(seen[n], k, trust)) for k in candidates.values())


def _evidence(sighting: Sighting, known: Known, trust: _Trust) -> _Evidence:
    article = sighting.article
    dated = article.published is not None and known.published is not None
    return _Evidence(
        guid=sighting.guid is not None and sighting.guid == known.guid,
        url=article.url is not None and article.url == known.url,
        text=sighting.text is not None and sighting.text == known.text,
        title=bool(article.title) and article.title.casefold() == known.title.casefold(),
        date=dated and article.published == known.published,
        undated=not dated,
        later=article.published is not None and known.published is not None and article.published > known.published,
        trusted_guid=sighting.guid in trust.guids,
        trusted_url=article.url in trust.urls,
        long=known.long,
    )


def _is_flood(seen: Sequence[Sighting], pairs: Sequence[_Pair]) -> bool:
    """Whether most of what came in is known by its text but under new ids: the feed was moved, nothing was written
    anew."""
    by_text = {n for n, _, e in pairs if (e.text or (e.title and e.date)) and not e.guid}
    return len(by_text) >= 3 and 2 * len(by_text) > len(seen)


def _assign(pairs: Sequence[_Pair], flood: bool) -> dict[int, tuple[Known, bool]]:
    matched: dict[int, tuple[Known, bool]] = {}
    taken: set[int] = set()
    for n, known, evidence in sorted(pairs, key=lambda p: (-p[2].weight, p[0], p[1].key)):
        if n in matched or known.key in taken or not evidence.says_same(flood):
            continue
        by_content = not (evidence.guid and evidence.trusted_guid) and not (evidence.url and evidence.trusted_url)
        matched[n] = (known, by_content)
        taken.add(known.key)
    return matched
