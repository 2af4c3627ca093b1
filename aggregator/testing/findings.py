"""What is to be said of what a plugin gave: pure, each finding one line that says what, where, and what to do."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from aggregator.errors import AggregateError, NotModified
from aggregator.model import Article, Channel, Item, Reading, Subscription
from aggregator.plugin.diagnostics import describe_exception
from aggregator.plugin.plugin import Plugin
from aggregator.testing.run_source import Told
from aggregator.text.dates import parse_date

CHANGES = "changes the article that it is given: return article.replace(…)"
SHOWN = 5
"""Findings of one kind that are told: more are of the same making."""


def undocumented(plugin: Plugin) -> Iterator[str]:
    """What its users would not find in the manual."""
    if not (plugin.function.__doc__ or "").strip():
        yield f"{plugin.function.__name__}() has no docstring: its first line is what `aggregate plugins list` shows"
    manual = f"{plugin.documentation}\n{inspect.getdoc(plugin.function) or ''}"
    for option in plugin.options:
        if not option.description and f"`{option.name}`" not in manual:
            yield (
                f"the option {option.name} is not described: "
                f'write {option.name}: Annotated[…, Meta(description="…")], or name `{option.name}` in the docstring'
            )


def untyped(plugin: Plugin) -> Iterator[str]:
    """Options that nothing can check."""
    for option in plugin.options:
        if option.type is Any:
            yield f"the option {option.name} has no type: write {option.name}: int, str, bool, list[str]…"


def article_faults(told: Told) -> Iterator[str]:
    """What is wrong with the articles that a source gave."""
    if told.batch.error:
        yield str(told.batch.error)
    elif not told.sightings and not told.batch.given.subscriptions:
        yield "it gave no article"
    yield from _strangers(told.parts)
    items = told.items
    if unusable := told.batch.given.junk - sum(1 for part in told.parts if not _is_known(part)):
        yield f"{unusable} of {len(items)} items hold nothing usable: each needs a title, a text or an address"
    for number, item in enumerate(items[: len(items) if len(items) < 1000 else 1000], 1):
        yield from (f"item {number} ({_name(item)}): {words}" for words in _item_faults(item))
    if len(items) == len(told.sightings):
        for number, (item, seen) in enumerate(zip(items, told.sightings, strict=True), 1):
            yield from (f"item {number} ({_name(item)}): {words}" for words in _fit(item, seen.article))
    yield from _twice([one.article for one in told.sightings])


def _strangers(parts: Sequence[Any]) -> Iterator[str]:
    for name, count in Counter(type(part).__name__ for part in parts if not _is_known(part)).items():
        yield f"it yielded {name} ({count} times), which is no Item: yield Item(title=…, url=…)"


def _is_known(part: object) -> bool:
    return isinstance(part, Item | Channel | Subscription | Reading)


def _name(item: Item) -> str:
    return repr(item.title or item.url or item.id)[:60]


def _item_faults(item: Item) -> Iterator[str]:
    if item.id is None and not item.url:
        yield "has neither id nor url, so that it is another article when its text changes: give it an id that stays"
    for field in ("published", "updated"):
        value = getattr(item, field)
        if value not in (None, "") and parse_date(value) is None:
            yield f"{field} = {value!r} is no date: give a datetime, ISO 8601 or RFC 2822 text, or seconds since 1970"


def _fit(item: Item, article: Article) -> Iterator[str]:
    if not (article.title or article.summary or article.content):
        yield "has neither title nor text"
    if item.url and not _is_absolute(article.url):
        yield f"url = {item.url!r} is no address of the web: make it absolute, or say with base= what it is relative to"
    if article.image and not _is_absolute(article.image):
        yield f"image = {item.image!r} is no address of the web"


def _is_absolute(url: str | None) -> bool:
    parts = urlsplit(url or "")
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _twice(articles: Sequence[Article]) -> Iterator[str]:
    for identity, count in Counter(article.id for article in articles).items():
        if count > 1:
            yield f"{count} articles have the id {identity!r}: it must be another for each"


def unstable(first: Told, second: Told) -> Iterator[str]:
    """What two runs say differently, though they got the same answers."""
    one, other = ([seen.article.id for seen in told.sightings] for told in (first, second))
    if len(set(one)) < len(one):
        return  # that one id stands for several was told before
    if sorted(one) != sorted(other):
        changed = next(iter([*(set(one) - set(other)), *(set(other) - set(one))]), "")
        yield f"the ids differ between two runs with the same answers ({changed!r}): make them of what stays"
        return
    marks = {seen.article.id: seen.fingerprint for seen in first.sightings}
    for seen in second.sightings:
        if marks[seen.article.id] != seen.fingerprint:
            before = next(two.article for two in first.sightings if two.article.id == seen.article.id)
            what = _difference(before, seen.article)
            yield f"article {seen.article.id!r} differs between two runs with the same answers: {what}"


def _difference(one: Article, other: Article) -> str:
    fields = [name for name in Article.__struct_fields__ if getattr(one, name) != getattr(other, name)]
    return ", ".join(fields) or "the item itself"


def is_raw(error: BaseException | None) -> bool:
    """Whether an exception says nothing to the plugin's users."""
    return isinstance(error, Exception) and not isinstance(error, AggregateError | NotModified)


def in_words(error: BaseException, plugin: Plugin) -> str:
    """An exception of the plugin as one line, with file and line."""
    return describe_exception(error, plugin.origin)


def told_briefly(findings: Sequence[str]) -> list[str]:
    """The first few, and how many more there are."""
    more = len(findings) - SHOWN
    return [*findings[:SHOWN], f"and {more} more"] if more > 0 else [*findings]
