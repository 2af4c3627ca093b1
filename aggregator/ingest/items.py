"""Convert an `Item` into an `Article`: plain text, canonical URLs, dates in UTC."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from aggregator.ingest.pictures import MAX_ENCLOSURES, article_picture, local_picture
from aggregator.model import Article, Enclosure, Item, Outlet, Related
from aggregator.text.dates import parse_date
from aggregator.text.languages import contradicts_script, normalise_language
from aggregator.text.pictures import has_media, is_decoration
from aggregator.text.plain import EXCERPT, excerpt, plain, plain_title, shorten
from aggregator.text.urls import absolute, canonical

LONG_SUMMARY = 1000
"""A summary of more characters of HTML, in an item without content, is used as its content."""
MAX_ID, MAX_NAME = 2000, 500
"""Maximum number of characters."""
MAX_TAG = 100
"""Characters of a longer tag, which is ignored."""
MAX_TAGS, MAX_AUTHORS, MAX_RELATED = 50, 50, 500
"""Maximum number per article; the rest is ignored."""

_MAIL = re.compile(r"(?<![^\s@<>()])[^\s@<>()]++@[^\s@<>().]++(?:\.[^\s@<>().]++)++")
_NAME_IN_BRACKETS = re.compile(r"[^\s@()]+@[^\s@()]+\s*\(([^()]+)\)")
_DURATION = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:\.\d+)?")


class Defaults(msgspec.Struct, frozen=True):
    """Values for fields that an item does not state. `tags`: of the source, placed first; `base`: base of relative
    URLs; `now`: UTC, used as `first_seen`; `day_first`: whether the source writes the day before the month in numeric
    dates, None if its dates do not show it; `local_source`: the `file:` URL of a source on this machine; `bases`: the
    last base that an item stated, and its absolute form."""

    source: Outlet
    tags: tuple[str, ...]
    language: str | None
    base: str | None
    now: datetime
    day_first: bool | None = None
    local_source: str | None = None
    bases: dict[str, str | None] = {}


def article_from(item: Item, defaults: Defaults) -> Article:
    """Convert an item.

    Raises ValueError, in one line, for an item without title, text and URL, or with fields of unsupported types.
    """
    try:
        return _article_from(item, defaults)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"a field of an item has an unsupported type: {error}") from error


def _article_from(item: Item, defaults: Defaults) -> Article:
    base = _base(item.base, defaults) if item.base else defaults.base
    url = canonical(item.url, base) if item.url else None
    outlet = defaults.source if item.source is None else _outlet(item.source, base) or defaults.source
    title = _title(item, outlet)
    summary, content = _texts(item)
    if not (title or summary or url):
        raise ValueError("an item without title, text and URL")
    language = (_stated_language(item, f"{title} {summary}") if item.language else None) or defaults.language
    published = parse_date(item.published, language=language, day_first=defaults.day_first)
    return Article(
        id=_identity(item, url, title, summary, published),
        url=url,
        title=title,
        summary=summary,
        content=content,
        authors=_authors(item.authors),
        published=published,
        updated=parse_date(item.updated, language=language, day_first=defaults.day_first),
        first_seen=defaults.now if item.first_seen is None else _first_seen(item, defaults.now),
        language=language,
        tags=_tags(defaults.tags, item.tags),
        image=local_picture(item.image, defaults.local_source)
        or article_picture(item.image, item.enclosures, content or _text(item.summary), base),
        enclosures=() if item.enclosures is None else _enclosures(item.enclosures, base),
        source=outlet,
        related=() if item.related is None else _related(item.related, base),
    )


def _base(stated: str, defaults: Defaults) -> str | None:
    """Return the absolute base that an item states, which is nearly always that of the item before."""
    bases = defaults.bases
    if stated not in bases:
        bases.clear()
        bases[stated] = absolute(stated, defaults.base)
    return bases[stated]


def _stated_language(item: Item, text: str) -> str | None:
    """Return the language that an item states; None if its text is in a script in which it is not written."""
    language = normalise_language(item.language) if item.language else None
    return None if language is None or contradicts_script(language, text) else language


def _title(item: Item, outlet: Outlet) -> str:
    title = plain_title(_text(item.title))
    if item.source is not None and title.endswith(f" - {outlet.name}"):  # aggregators append the outlet to headlines
        title = title.removesuffix(f" - {outlet.name}").rstrip()
    return title


def _text(value: object) -> str:
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"expected text, not {type(value).__name__}")


def _texts(item: Item) -> tuple[str, str | None]:
    """Return summary (plain text) and content (HTML as received).

    Without content, a summary is the content if it is long, or has pictures, videos or frames.
    """
    content, summary = _text(item.content) or None, _text(item.summary)
    if content is None and (len(summary) > LONG_SUMMARY or has_media(summary)):
        content = summary
    if content is not None and (not summary or summary == content):
        return excerpt(content), content
    return shorten(plain(summary[: EXCERPT * 20]), LONG_SUMMARY), content


def _identity(item: Item, url: str | None, title: str, summary: str, published: datetime | None) -> str:
    stated = _text(item.id).strip()
    if len(stated) > MAX_ID:
        return _digest(stated)
    return stated or url or _digest(f"{title}\n{published or summary}")


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()


def _first_seen(item: Item, now: datetime) -> datetime:
    stated = parse_date(item.first_seen)
    return stated if stated and stated < now else now


def _outlet(value: object, base: str | None) -> Outlet | None:
    if value is None:
        return None
    name, url = (value.name, value.url) if isinstance(value, Outlet) else (value, None)
    if isinstance(value, Mapping):
        name, url = value.get("name"), value.get("url")
    words = plain(_text(name))
    return Outlet(words, absolute(url, base) if url else None) if words else None


def _authors(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    names = [_author(author) for author in _sequence(value)]
    return tuple(dict.fromkeys([name for name in names if name]))[:MAX_AUTHORS]


def _author(value: object) -> str:
    if type(value) is not str:
        value = _text(value.get("name") or value.get("email") if isinstance(value, Mapping) else value)
    return _author_name(value) if len(value) <= MAX_NAME else _author_name.__wrapped__(value)


@lru_cache(maxsize=1024)
def _author_name(stated: str) -> str:
    """Return the name; an e-mail address only if there is no name (RSS 2.0 requires one: "jane@x.org (Jane Doe)")."""
    text = plain(stated)[:MAX_NAME]
    if "@" not in text:
        return text
    bracketed = _NAME_IN_BRACKETS.fullmatch(text)
    name = bracketed[1] if bracketed else _MAIL.sub("", text).strip(" <>()\"'")
    return name.strip() or text


def _sequence(value: object) -> Iterable[Any]:
    if type(value) is list or type(value) is tuple:
        return value
    if value is None:
        return ()
    if isinstance(value, str | Mapping):
        return (value,)
    if isinstance(value, Sequence):
        return value
    raise TypeError(f"expected a value or a list of values, not {type(value).__name__}")


def _tags(source_tags: Iterable[str], value: object) -> tuple[str, ...]:
    if value is None and not source_tags:
        return ()
    tags: dict[str, str] = {}
    for stated in (*source_tags, *list(_sequence(value))[: MAX_TAGS * 2]):
        text = _text(stated)
        key, tag = _tag(text) if len(text) <= MAX_NAME else _tag.__wrapped__(text)
        if key:
            tags.setdefault(key, tag)
    return tuple(tags.values())[:MAX_TAGS]


@lru_cache(maxsize=1024)
def _tag(stated: str) -> tuple[str, str]:
    """Return what is equal for equal tags, and the tag as plain text; "" if it is empty or too long."""
    tag = plain(stated)
    return (tag.casefold(), tag) if len(tag) <= MAX_TAG else ("", "")


def _enclosures(value: object, base: str | None) -> tuple[Enclosure, ...]:
    enclosures = (_enclosure(stated, base) for stated in list(_sequence(value))[:MAX_ENCLOSURES])
    return tuple({enclosure.url: enclosure for enclosure in enclosures if enclosure}.values())


def _enclosure(value: object, base: str | None) -> Enclosure | None:
    fields = {"url": value} if isinstance(value, str) else value
    if isinstance(value, Enclosure):
        fields = msgspec.structs.asdict(value)
    if not isinstance(fields, Mapping) or not isinstance(fields.get("url"), str):
        return None
    url = absolute(fields["url"], base)
    kind = fields.get("type")
    kind = kind.strip().lower() if isinstance(kind, str) and "/" in kind and len(kind) < 100 else None
    if url is None or ((kind or "image/").startswith("image/") and is_decoration(url)):
        return None
    return Enclosure(url, kind, _number(fields.get("length")), _seconds(fields.get("duration")))


def _number(value: object) -> int | None:
    text = str(value).strip() if isinstance(value, str | int | float) else ""
    number = int(float(text)) if re.fullmatch(r"\d{1,15}(?:\.\d+)?", text) else 0
    return number or None


def _seconds(value: object) -> int | None:
    """Return a duration in seconds, stated as a number or as "1:02:03" (`itunes:duration`)."""
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        return int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3]) or None
    return _number(value)


def _related(value: object, base: str | None) -> tuple[Related, ...]:
    links = (_related_link(stated, base) for stated in list(_sequence(value))[:MAX_RELATED])
    return tuple(link for link in links if link)


def _related_link(value: object, base: str | None) -> Related | None:
    title: object = value
    url: object = None
    if isinstance(value, Related):
        title, url = value.title, value.url
    elif isinstance(value, Mapping):
        title, url = value.get("title"), value.get("url")
    elif isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2:
        title, url = value
    words = plain(_text(title))
    return Related(words, canonical(_text(url), base) if url else None) if words else None
