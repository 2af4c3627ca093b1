"""The result of converting what a source yielded: articles, packed, and what they tell about the source.

The conversion itself takes place in the worker process, mostly: without it, this process starts faster.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from aggregator.ingest.identify import FetchedArticle, encode
from aggregator.model import Channel, Item, Reading, Subscription
from aggregator.text.plain import plain

Part = Item | Channel | Subscription | Reading
"""What a source may yield."""

_decode = msgspec.msgpack.Decoder(FetchedArticle).decode


class SourceFacts(Protocol):
    """The settings of a source that the conversion of its items depends on."""

    @property
    def name(self) -> str | None: ...
    @property
    def url(self) -> str | None: ...
    @property
    def plugin(self) -> str: ...
    @property
    def tags(self) -> tuple[str, ...]: ...


class _SentFacts(msgspec.Struct, frozen=True):
    """The facts that are sent to the worker process, which needs no module of the configuration to read them."""

    name: str | None
    url: str | None
    plugin: str
    tags: tuple[str, ...]


class SourceContext(msgspec.Struct, frozen=True):
    """Facts about a source that the conversion of its items depends on.

    `known_name`, `language`: as learned in earlier runs; `now`: UTC; `first`: whether the source was never read before;
    `base`: base of relative URLs if the source has no `url`.
    """

    settings: SourceFacts
    now: datetime
    first: bool
    known_name: str | None = None
    language: str | None = None
    base: str | None = None

    def __reduce__(self) -> tuple[object, ...]:
        settings = self.settings
        facts = _SentFacts(settings.name, settings.url, settings.plugin, settings.tags)
        return SourceContext, (facts, self.now, self.first, self.known_name, self.language, self.base)


class PackedArticle(msgspec.Struct, frozen=True, array_like=True):
    """An article as MessagePack. Most are recognised by their fingerprint, and never unpacked."""

    fingerprint: bytes
    packed: bytes


class Converted(msgspec.Struct, kw_only=True):
    """The parts that a source yielded, converted.

    `detected_language`: language of its texts; `junk`: number of unusable parts; `invalid`: how many of these are not a
    `Part`, and `example`: the type of the first one, in words; `error`: the SourceError that ended the
    source early; `dates`: distinct times of its items, in epoch seconds; `content_hash`: changes when a source without
    usable dates lists other items.
    """

    channel: Channel | None = None
    detected_language: str | None = None
    articles: list[PackedArticle] = []
    subscriptions: list[Subscription] = []
    junk: int = 0
    invalid: int = 0
    example: str = ""
    error: str | None = None
    dates: list[int] = []
    content_hash: bytes | None = None

    @property
    def language(self) -> str | None:
        """The language that the source states, else that of its texts."""
        from aggregator.text.languages import normalise_language  # loads tables that only a worker process needs

        stated = normalise_language(self.channel.language) if self.channel and self.channel.language else None
        return stated or self.detected_language

    def __reduce__(self) -> tuple[object, ...]:
        return _decode_converted, (encode(self),)  # for pickle, in which each article would be many objects


def _decode_converted(encoded: bytes) -> Converted:
    return _converted_decoder.decode(encoded)


_converted_decoder = msgspec.msgpack.Decoder(Converted)


def convert(parts: Iterable[Part], context: SourceContext) -> Converted:
    """Convert what a source yielded, in whichever process this is called: only that one loads the conversion."""
    from aggregator.ingest.convert import convert

    return convert(parts, context)


def unpack(articles: Iterable[PackedArticle]) -> tuple[list[FetchedArticle], int]:
    """Return the articles, and the number of unusable ones."""
    fetched, junk = [], 0
    for article in articles:
        try:
            fetched.append(_decode(article.packed))
        except msgspec.ValidationError:
            junk += 1
    return fetched, junk


def source_name(settings: SourceFacts, channel: Channel | None, known: str | None = None) -> str:
    """Return the configured name, else the title of the feed, else the known name, else the host or file name."""
    title = channel.title if channel else None
    return settings.name or (title and plain(title)) or known or _host_or_file(settings)


def _host_or_file(settings: SourceFacts) -> str:
    parts = urlsplit(settings.url or "")
    return parts.hostname or parts.path.rsplit("/", 1)[-1] or settings.plugin


def content_hash(ids: Iterable[str]) -> bytes:
    """Hash a set of ids, in any order: 8 bytes."""
    return hashlib.blake2b("\n".join(sorted({*ids})).encode(), digest_size=8).digest()
