"""What a source gave, as articles: a pure function of it, so that it is done in another process where that pays."""

from __future__ import annotations

import hashlib
from collections.abc import Coroutine, Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from aggregator.config.settings import SourceSettings
from aggregator.errors import SourceError
from aggregator.ingest.identify import Sighting, fingerprint
from aggregator.ingest.normalise import Defaults, normalise
from aggregator.model import Article, Channel, Item, Outlet, Reading, Subscription
from aggregator.plugin.diagnostics import type_with_article
from aggregator.text.dates import parse_date
from aggregator.text.languages import detect_source_language, normalise_language
from aggregator.text.plain import plain

Part = Item | Channel | Subscription | Reading
"""What a source may yield."""

_encode = msgspec.msgpack.Encoder(enc_hook=str).encode  # there are kinds of text that it does not know, as lxml's
_decode = msgspec.msgpack.Decoder(Sighting).decode


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """What reading takes from elsewhere.

    `known_as`: what the source was called before; `language`: of its texts, where that was found before; `now`: when
    they are seen, UTC; `first`: nothing of it was ever read; `base`: what relative addresses are relative to, where the
    source has no `url` of its own.
    """

    settings: SourceSettings
    known_as: str | None = None
    language: str | None = None
    now: datetime
    first: bool
    base: str | None = None


class Sighted(msgspec.Struct, frozen=True):
    """An article as a source shows it, packed: most are known by the fingerprint alone, and never unpacked."""

    fingerprint: bytes
    packed: bytes


class Given(msgspec.Struct, kw_only=True):
    """What a source gave.

    `language`: of its texts; `junk`: parts that hold nothing usable; `odd`: those of them that no source may yield, and
    `example`: the first of these, in words; `error`: what ended it early, in words; `dates`: epoch seconds of the times
    that its items bear, each once; `mark`: changes with what a source without dates shows, None where there are no
    items or their dates tell enough.
    """

    channel: Channel | None = None
    language: str | None = None
    sighted: list[Sighted] = []
    subscriptions: list[Subscription] = []
    junk: int = 0
    odd: int = 0
    example: str = ""
    error: str | None = None
    dates: list[int] = []
    mark: bytes | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there was no item in it."""
        return not self.sighted and not self.junk

    @property
    def written_in(self) -> str | None:
        """The language that the source states, else that of its texts."""
        stated = normalise_language(self.channel.language) if self.channel and self.channel.language else None
        return stated or self.language


def unpack(sighted: Iterable[Sighted]) -> tuple[list[Sighting], int]:
    """The articles as they are shown, and how many hold nothing usable."""
    found, junk = [], 0
    for one in sighted:
        try:
            found.append(_decode(one.packed))
        except msgspec.ValidationError:
            junk += 1
    return found, junk


def source_name(settings: SourceSettings, channel: Channel | None, known: str | None = None) -> str:
    """What the source is called: as configured, else as it calls itself, else as before, else its host or file."""
    own = channel.title if channel else None
    return settings.name or (own and plain(own)) or known or _place(settings)


def _place(settings: SourceSettings) -> str:
    parts = urlsplit(settings.url or "")
    return parts.hostname or parts.path.rsplit("/", 1)[-1] or settings.plugin


def read(parts: Iterable[Part], brief: Brief) -> Given:
    """Read what a source yielded. Raises whatever a `Reading`'s function raises, but for SourceError."""
    given = Given()
    items: list[tuple[Item, bytes]] = []
    try:
        for part in _all(parts):
            _sort(part, given, items)
    except SourceError as error:
        given.error = str(error)
    if items:
        given.language = brief.language or _language(given.channel, [item for item, _ in items])
        given.dates, given.mark = _shown([item for item, _ in items], brief.now)
        given.sighted = _sighted(items, given, brief)
    return given


def _all(parts: Iterable[Part]) -> Iterable[object]:
    for part in parts:
        if isinstance(part, Reading):
            yield from part.function(*part.arguments)
        else:
            yield part


def _sort(part: object, given: Given, items: list[tuple[Item, bytes]]) -> None:
    if not isinstance(part, Item | Channel | Subscription):
        given.junk += 1
        if part is not None:  # which stands for an item that cannot be read
            given.odd += 1
            given.example = given.example or type_with_article(part)
        if isinstance(part, Coroutine):
            part.close()  # else Python warns of it, in words that help nobody
        return
    try:
        part, mark = _checked(part)
    except Exception:  # whatever a plugin has put into it
        given.junk += 1
        return
    if isinstance(part, Item):
        items.append((part, mark))
    elif isinstance(part, Channel):
        given.channel = part
    else:
        given.subscriptions.append(part)


def _checked(part: Any) -> tuple[Item | Channel | Subscription, bytes]:
    """A part, and its fingerprint.

    Raises for what cannot be told from another, and for a channel or a subscription with a field of another type.
    """
    try:
        mark = fingerprint(part)
    except UnicodeEncodeError:
        part = _mended(part)
        mark = fingerprint(part)
    if isinstance(part, Channel | Subscription):
        part = msgspec.msgpack.decode(_encode(part), type=type(part), strict=False)
    return part, mark


def _mended(part: Any) -> Any:
    """The same, halves of surrogate pairs replaced: they come out of JSON's escapes, and nothing can store them."""
    if isinstance(part, str):
        return part.encode(errors="replace").decode()
    if isinstance(part, msgspec.Struct):
        return type(part)(**{name: _mended(value) for name, value in msgspec.structs.asdict(part).items()})
    if isinstance(part, dict):
        return {_mended(key): _mended(value) for key, value in part.items()}
    if isinstance(part, list | tuple | set | frozenset):
        return type(part)([_mended(one) for one in part])
    return part


def _language(channel: Channel | None, items: Sequence[Item]) -> str | None:
    """The language of a source that states none, from what it says."""
    if channel and channel.language:
        return None
    silent = [item for item in items if not item.language]
    texts = [f"{item.title or ''} {item.summary or item.content or ''}"[:2000] for item in silent[:20]]
    return detect_source_language([plain(text) for text in texts]) if texts else None


def _shown(items: Sequence[Item], now: datetime) -> tuple[list[int], bytes | None]:
    """The dates of items, but those of the future, and a mark of what they are where dates do not tell that: one for
    all is that of the answer, and says nothing of its articles."""
    dates = {date for item in items if (date := parse_date(item.published) or parse_date(item.updated)) and date <= now}
    if len(dates) > 1 or len(dates) == len(items):
        return [int(date.timestamp()) for date in dates], None
    return [], mark_of(str(item.id or item.url or item.title) for item in items)


def mark_of(shown: Iterable[str]) -> bytes:
    """Changes with what is shown, and not with its order."""
    return hashlib.blake2b("\n".join(sorted({*shown})).encode(), digest_size=8).digest()


def _sighted(items: Sequence[tuple[Item, bytes]], given: Given, brief: Brief) -> list[Sighted]:
    defaults = _defaults(given, brief)
    found = []
    for item, mark in items:
        try:
            found.append((item, normalise(item, defaults), mark))
        except Exception:  # whatever a plugin has put into it
            given.junk += 1
    backlog = brief.first and any(article.dated for _, article, _ in found)
    return [Sighted(mark, _encode(_sighting(item, article, mark, backlog=backlog))) for item, article, mark in found]


def _sighting(item: Item, article: Article, mark: bytes, *, backlog: bool) -> Sighting:
    """`backlog`: what bears no date is of any age, see `Article.backlog`."""
    return Sighting(
        article=article.replace(backlog=True) if backlog and not article.dated else article,
        guid=None if item.id is None else str(item.id).strip(),
        fingerprint=mark,
    )


def _defaults(given: Given, brief: Brief) -> Defaults:
    """What normalising falls back on where an item says nothing."""
    channel, settings = given.channel, brief.settings
    home = channel.url if channel else None
    return Defaults(
        source=Outlet(source_name(settings, channel, brief.known_as), home),
        tags=settings.tags,
        language=given.written_in,
        base=home or settings.url or brief.base,
        now=brief.now,
    )
