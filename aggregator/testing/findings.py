"""Finds problems in what a plugin returned. Each finding is one line: what, where, and what to do. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from aggregator.errors import AggregateError, NotModified
from aggregator.model import Article, Channel, Item, Reading, Subscription
from aggregator.plugin.introspection import name_of
from aggregator.plugin.plugin import Plugin
from aggregator.testing.run_source import SourceResult
from aggregator.text.dates import parse_date

MODIFIES_ARTICLE = "modifies the article that it receives: return article.replace(…)"
MOST_SHOWN = 5
"""Findings of one kind that are shown."""
MOST_CHECKED = 1000
"""Items whose fields are checked."""


def documentation_problems(plugin: Plugin) -> Iterator[str]:
    """Find missing documentation: of the function, and of its options."""
    if not plugin.docstring:
        yield f"{name_of(plugin.function)}() has no docstring: its first line is what `aggregate plugins list` shows"
    manual = f"{plugin.documentation}\n{plugin.docstring}"
    for option in plugin.options:
        if not option.description and f"`{option.name}`" not in manual:
            yield (
                f"the option {option.name} is not described: "
                f'write {option.name}: Annotated[…, Meta(description="…")], or name `{option.name}` in the docstring'
            )


def untyped_options(plugin: Plugin) -> Iterator[str]:
    """Find options without a type, which cannot be checked."""
    for option in plugin.options:
        if option.type is Any:
            yield f"the option {option.name} has no type: write {option.name}: int, str, bool, list[str]…"


def article_problems(result: SourceResult) -> Iterator[str]:
    """Find problems in the articles of a source."""
    if result.batch.error:
        yield str(result.batch.error)
    elif not result.fetched and not result.batch.converted.subscriptions:
        yield "it gave no article"
    yield from _unknown_parts(result.parts)
    items = result.items
    if unusable := result.batch.converted.junk - sum(1 for part in result.parts if not _is_known(part)):
        yield f"{unusable} of {len(items)} items hold nothing usable: each needs a title, a text or an address"
    for number, item in enumerate(items[:MOST_CHECKED], 1):
        yield from (f"item {number} ({_name(item)}): {problem}" for problem in _item_problems(item))
    if len(items) == len(result.fetched):
        for number, (item, one) in enumerate(zip(items, result.fetched, strict=True), 1):
            problems = _conversion_problems(item, one.article)
            yield from (f"item {number} ({_name(item)}): {problem}" for problem in problems)
    yield from _duplicate_ids([one.article for one in result.fetched])


def _unknown_parts(parts: Sequence[Any]) -> Iterator[str]:
    for name, count in Counter(type(part).__name__ for part in parts if not _is_known(part)).items():
        yield f"it yielded {name} ({count} times), which is not an Item: yield Item(title=…, url=…)"


def _is_known(part: object) -> bool:
    return isinstance(part, Item | Channel | Subscription | Reading)


def _name(item: Item) -> str:
    return repr(item.title or item.url or item.id)[:60]


def _item_problems(item: Item) -> Iterator[str]:
    if item.id is None and not item.url:
        yield "has neither id nor url, so a change of its text makes it another article: set an id that stays the same"
    for field in ("published", "updated"):
        value = getattr(item, field)
        if value not in (None, "") and parse_date(value) is None:
            yield (
                f"{field} = {value!r} is not a date: use a datetime, ISO 8601 or RFC 2822 text, or seconds since 1970"
            )


def _conversion_problems(item: Item, article: Article) -> Iterator[str]:
    if not (article.title or article.summary or article.content):
        yield "has neither title nor text"
    if item.url and not _is_absolute(article.url):
        yield f"url = {item.url!r} is not a web address: make it absolute, or set base= to what it is relative to"
    if article.image and not _is_absolute(article.image):
        yield f"image = {item.image!r} is not a web address"


def _is_absolute(url: str | None) -> bool:
    parts = urlsplit(url or "")
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _duplicate_ids(articles: Sequence[Article]) -> Iterator[str]:
    for identity, count in Counter(article.id for article in articles).items():
        if count > 1:
            yield f"{count} articles have the id {identity!r}: ids must be unique"


def differences(first: SourceResult, second: SourceResult) -> Iterator[str]:
    """Find differences between the articles of two runs that received the same answers."""
    ids, ids_again = ([one.article.id for one in result.fetched] for result in (first, second))
    if len(set(ids)) < len(ids):
        return  # `article_problems` reports duplicate ids
    if sorted(ids) != sorted(ids_again):
        changed = next(iter([*(set(ids) - set(ids_again)), *(set(ids_again) - set(ids))]), "")
        yield f"the ids differ between two runs with the same answers ({changed!r}): derive them from stable data"
        return
    before = {one.article.id: one for one in first.fetched}
    for fetched in second.fetched:
        article, earlier = fetched.article, before[fetched.article.id]
        if fetched.fingerprint != earlier.fingerprint:
            fields = ", ".join(_differing_fields(earlier.article, article)) or "the item itself"
            yield f"article {article.id!r} differs between two runs with the same answers: {fields}"


def _differing_fields(article: Article, other: Article) -> list[str]:
    return [name for name in Article.__struct_fields__ if getattr(article, name) != getattr(other, name)]


def is_unexpected(error: BaseException | None) -> bool:
    """Whether a plugin let an exception pass that has no message for users."""
    return isinstance(error, Exception) and not isinstance(error, AggregateError | NotModified)


def first_few(findings: Sequence[str]) -> list[str]:
    """Return the first findings, and a line with the number of the others."""
    more = len(findings) - MOST_SHOWN
    return [*findings[:MOST_SHOWN], f"and {more} more"] if more > 0 else [*findings]
