"""Convert the parts that a source yields into articles: pure functions, which may run in the worker process."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Sequence
from datetime import datetime
from operator import ge, le
from typing import Any

import msgspec

from aggregator.errors import SourceError
from aggregator.ingest.converted import Converted, PackedArticle, Part, SourceContext, content_hash, source_name
from aggregator.ingest.identify import FetchedArticle, encode, fingerprint
from aggregator.ingest.items import Defaults, article_from
from aggregator.model import Article, Channel, Item, Outlet, Reading, Subscription
from aggregator.text.dates import day_first_habit
from aggregator.text.languages import contradicts_script, detect_source_language, normalise_language
from aggregator.text.plain import plain
from aggregator.text.urls import absolute

_encode_json = msgspec.json.Encoder(enc_hook=str).encode
_decode_channel = msgspec.msgpack.Decoder(Channel, strict=False).decode
_decode_subscription = msgspec.msgpack.Decoder(Subscription, strict=False).decode
_HEADER_SIZE = 3
"""Bytes at the beginning of an encoded part that are never of a text."""


PLACES = 10
"""The first articles of a source whose places count in the ranking of stories."""
FEWEST_PAIRS = 5
"""Neighbouring articles with dates from which the order of a source can be judged."""
SORTED = 0.8
"""The share of neighbouring articles in order of time above which a source is sorted by time."""


def convert(parts: Iterable[Part], context: SourceContext) -> Converted:
    """Convert the parts that a source yielded. Raises what a `Reading`'s function raises, except SourceError."""
    converted = Converted()
    items: list[tuple[Item, bytes]] = []
    try:
        for part in _expand(parts):
            _add(part, converted, items)
    except SourceError as error:
        converted.error = str(error)
    if converted.channel:
        base = context.settings.url or context.base
        converted.channel.url = absolute(converted.channel.url, base) if converted.channel.url else None
    if items:
        all_items = [item for item, _ in items]
        _drop_false_language(converted, all_items)
        converted.detected_language = context.language or _detect_language(converted.channel, all_items)
        articles = _articles(items, converted, context)
        converted.dates, converted.content_hash = _dates_or_hash(articles, context.now)
        converted.articles = _pack(articles, context)
    return converted


def _expand(parts: Iterable[Part]) -> Iterable[object]:
    for part in parts:
        if isinstance(part, Reading):
            yield from part.function(*part.arguments)
        else:
            yield part


def _add(part: object, converted: Converted, items: list[tuple[Item, bytes]]) -> None:
    if not isinstance(part, (Item, Channel, Subscription)):
        converted.junk += 1
        if part is not None:  # None stands for an item that could not be read
            from aggregator.plugin.diagnostics import type_with_article

            converted.invalid += 1
            converted.example = converted.example or type_with_article(part)
        if isinstance(part, Coroutine):
            part.close()  # otherwise Python prints a warning that does not name the plugin
        return
    try:
        part, digest = _validate(part)
    except Exception:  # a plugin may have put anything into it
        converted.junk += 1
        return
    if isinstance(part, Item):
        items.append((part, digest))
    elif isinstance(part, Channel):
        converted.channel = part
    else:
        converted.subscriptions.append(part)


def _validate(part: Any) -> tuple[Item | Channel | Subscription, bytes]:
    """Return the part and its fingerprint.

    Raises for a part that cannot be encoded, and for a channel or subscription with a field of the wrong type.
    """
    try:
        encoded = encode(part)
        is_storable = not _may_hold_null(part, encoded)
    except UnicodeEncodeError:
        is_storable = False
    if not is_storable:
        part = _storable(part)
        encoded = encode(part)
    if isinstance(part, Channel):
        part = _decode_channel(encoded)
    elif isinstance(part, Subscription):
        part = _decode_subscription(encoded)
    return part, fingerprint(encoded)


def _may_hold_null(part: Any, encoded: bytes) -> bool:
    """Whether a text of a part may contain NUL. In MessagePack, numbers and lengths contain zero bytes, too; JSON, in
    which NUL is escaped, tells them apart, and is only needed for parts with such numbers."""
    if encoded.find(b"\0", _HEADER_SIZE) < 0:
        return False
    try:
        return rb"\u0000" in _encode_json(part)
    except (TypeError, ValueError):  # not every key of a mapping is possible in JSON
        return True


def _storable(part: Any) -> Any:
    """Remove NUL, which PostgreSQL cannot store, and replace lone surrogates, which cannot be encoded as UTF-8: escapes
    in JSON may stand for either."""
    if isinstance(part, str):
        return part.replace("\0", "").encode(errors="replace").decode()
    if isinstance(part, msgspec.Struct):
        return type(part)(**{name: _storable(value) for name, value in msgspec.structs.asdict(part).items()})
    if isinstance(part, dict):
        return {_storable(key): _storable(value) for key, value in part.items()}
    if isinstance(part, list | tuple | set | frozenset):
        return type(part)([_storable(value) for value in part])
    return part


def _detect_language(channel: Channel | None, items: Sequence[Item]) -> str | None:
    """Detect the language of a source from its texts; None if it states one."""
    if channel and channel.language:
        return None
    unstated = [item for item in items if not item.language]
    texts = [f"{item.title or ''} {item.summary or item.content or ''}"[:2000] for item in unstated[:20]]
    return detect_source_language(texts) if texts else None


def _drop_false_language(converted: Converted, items: Sequence[Item]) -> None:
    """Remove the language that a source states if its headlines are in a script in which it is not written."""
    channel = converted.channel
    stated = normalise_language(channel.language) if channel and channel.language else None
    if channel is None or stated is None:
        return
    unstated = [item for item in items if not item.language]
    headlines = (str(item.title or item.summary or item.content or "")[:500] for item in unstated[:20])
    if contradicts_script(stated, " ".join(map(plain, headlines))):
        converted.channel = msgspec.structs.replace(channel, language=None)


def _dates_or_hash(articles: Sequence[_Converted], now: datetime) -> tuple[list[int], bytes | None]:
    """Return the past dates of the items, or a hash of the items if the dates are unusable: if all are the same, it is
    the date of the answer."""
    stated = (article.published or article.updated for _, article, _ in articles)
    dates = {date for date in stated if date and date <= now}
    if len(dates) > 1 or len(dates) == len(articles):
        return [int(date.timestamp()) for date in dates], None
    return [], content_hash(str(item.id or item.url or item.title) for item, _, _ in articles)


_Converted = tuple[Item, Article, bytes]
"""An item, its article and its fingerprint."""


def _articles(items: Sequence[tuple[Item, bytes]], converted: Converted, context: SourceContext) -> list[_Converted]:
    defaults = _defaults(items, converted, context)
    articles = []
    for item, digest in items:
        try:
            articles.append((item, article_from(item, defaults), digest))
        except Exception:  # a plugin may have put anything into it
            converted.junk += 1
    return articles


def _pack(articles: Sequence[_Converted], context: SourceContext) -> list[PackedArticle]:
    backlog = context.first and any(article.dated for _, article, _ in articles)
    ranked = is_ranked([article.published for _, article, _ in articles])
    places = {n: n + 1 for n in range(PLACES)} if ranked else {}
    return [
        PackedArticle(digest, encode(_fetched_article(item, _placed(article, places.get(n)), digest, backlog=backlog)))
        for n, (item, article, digest) in enumerate(articles)
    ]


def is_ranked(dates: Sequence[datetime | None]) -> bool:
    """Return whether a source lists its articles by importance rather than by time, judged by their dates in order."""
    stated = [date for date in dates if date]
    pairs = len(stated) - 1
    falling = sum(map(ge, stated, stated[1:]))
    rising = sum(map(le, stated, stated[1:]))
    return pairs >= FEWEST_PAIRS and max(falling, rising) <= SORTED * pairs


def _placed(article: Article, place: int | None) -> Article:
    return article.replace(place=place) if place else article


def _fetched_article(item: Item, article: Article, digest: bytes, *, backlog: bool) -> FetchedArticle:
    """`backlog`: an undated article may be of any age, see `Article.backlog`."""
    return FetchedArticle(
        article=article.replace(backlog=True) if backlog and not article.dated else article,
        guid=None if item.id is None else str(item.id).strip(),
        fingerprint=digest,
    )


def _defaults(items: Sequence[tuple[Item, bytes]], converted: Converted, context: SourceContext) -> Defaults:
    """Return the values of fields that an item does not state."""
    channel, settings = converted.channel, context.settings
    home = channel.url if channel else None
    return Defaults(
        source=Outlet(source_name(settings, channel, context.known_name), home),
        tags=settings.tags,
        language=converted.language,
        base=home or settings.url or context.base,
        now=context.now,
        day_first=day_first_habit(item.published for item, _ in items if isinstance(item.published, str)),
        local_source=settings.url if settings.url and settings.url.startswith("file:") else None,
    )
