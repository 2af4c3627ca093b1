"""From an answer to items, as the configuration's paths say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from aggregator import Item, SourceError
from aggregator.text.plain import plain

from .paths import Missing, Path, Template, find, parse_path, parse_template, words, written

T = TypeVar("T")

FIELDS = {"link": "url", "categories": "tags"}
"""The item's fields that have another name as an option."""
SEVERAL = frozenset({"authors", "categories", "enclosures"})
PRESET = {"id": "id", "title": "title", "link": "url"}
"""What is tried where nothing is said; it may be missing."""
SHOWN = frozenset({"title", "url", "summary", "content"})
"""The fields of which an article has at least one."""
DEEPEST, MOST_LOOKED_AT = 3, 1000
"""How far a list is looked for that could be meant."""


class Field(msgspec.Struct, frozen=True):
    """Where a field's value is. `option`, `text`: as in the configuration; `needed`: some item must have it."""

    option: str
    text: str
    value: Path | Template
    needed: bool


class Plan(msgspec.Struct, frozen=True):
    """How an answer is read. `next`: where the address of its next page is, or None."""

    items: Path
    fields: tuple[Field, ...]
    next: Path | Template | None


def plan(items: str, fields: Mapping[str, str], next: str) -> Plan:
    """The configuration's paths, parsed. Raises SourceError that names the option."""
    made = [_field(option, text) for option, text in fields.items() if text]
    return Plan(
        _parse("items", items, parse_path), tuple(made), _parse("next", next, _path_or_template) if next else None
    )


def _field(option: str, text: str) -> Field:
    needed = not text.endswith("?") and PRESET.get(option) != text
    return Field(option, text, _parse(option, text.removesuffix("?"), _path_or_template), needed)


def _path_or_template(text: str) -> Path | Template:
    return parse_template(text) if "{" in text else parse_path(text)


def _parse(option: str, text: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise SourceError(f'{option} = "{text[:100]}": {error}') from error


def next_address(body: bytes, where: Path | Template) -> str | None:
    """The address of the page after this one, if it names one. Raises SourceError for what is no JSON."""
    try:
        address = _value(_parsed(body), where, "the answer")
    except Missing:
        return None
    return address if isinstance(address, str) and address else None


def read_items(answers: Sequence[tuple[bytes, str]], how: Plan) -> Iterator[Item | None]:
    """The items of all pages, None for each that is no object. `answers`: body and address of each.

    Raises SourceError, after the items, for paths that lead nowhere in all of them.
    """
    lacking: dict[str, str] = {}
    seen: set[str] = set()
    entries = [(one, url) for body, url in answers for one in _entries(_parsed(body), how.items)]
    for entry, url in entries:
        yield _item(entry, url, how.fields, seen, lacking)
    if entries and not any(FIELDS.get(option, option) in SHOWN for option in seen):
        raise SourceError(lacking.get("title") or lacking.get("link") or "no item has a title, a text or a link")
    for field in how.fields:
        if entries and field.needed and field.option not in seen and field.option in lacking:
            raise SourceError(lacking[field.option])


def _item(entry: object, url: str, fields: Sequence[Field], seen: set[str], lacking: dict[str, str]) -> Item | None:
    """`seen`: the options that some item has; `lacking`: what is to be said where none has it."""
    if not isinstance(entry, Mapping):
        return None
    values: dict[str, Any] = {"base": url}
    for field in fields:
        try:
            value = _checked(_value(entry, field.value, "the item"), field)
        except Missing as error:
            if field.option not in lacking:
                lacking[field.option] = f'{field.option} = "{field.text}": {error}'
        else:
            seen.add(field.option)
            values[FIELDS.get(field.option, field.option)] = value
    return Item(**values)


def _value(document: Any, where: Path | Template, root: str) -> Any:
    """Raises Missing. A template with a value that is null is null."""
    if isinstance(where, Path):
        return find(document, where, root)
    values = [find(document, path, root) for path in where.paths]
    if any(value is None for value in values):
        return None
    for path, value in zip(where.paths, values, strict=True):
        if isinstance(value, bool | list | Mapping):
            raise Missing(_no_text, f"{path.text or root} is", value)
    return "".join([where.texts[0], *(f"{v}{text}" for v, text in zip(values, where.texts[1:], strict=True))])


def _checked(value: Any, field: Field) -> Any:
    """The value, if the field can hold such a one. Raises Missing."""
    if field.option in SEVERAL:
        several = value if isinstance(value, list) or value is None else [value]
        if field.option == "categories" and several and isinstance(several[0], Mapping):
            raise Missing(_no_text, "holds", several[0], f"{field.text}.*")
        return several
    if isinstance(value, bool | list | Mapping):
        raise Missing(_no_text, "holds", value, field.text)
    return value


def _no_text(where: str, value: Any, path: str = "") -> str:
    """`path`: as it may go on to the one text in it."""
    texts = [name for name, inner in value.items() if isinstance(inner, str)] if isinstance(value, Mapping) else []
    hint = f'; did you mean "{written(texts, path)}"?' if path and len(texts) == 1 else ""
    return f"{where} {words(value)}, no text{hint}"


def _entries(document: Any, path: Path) -> list[Any]:
    try:
        entries = find(document, path, "the answer")
    except Missing as error:
        raise SourceError(f'items = "{path.text}": {error}{_lists(document)}') from error
    if isinstance(entries, list) and (not entries or any(isinstance(one, Mapping) for one in entries)):
        return entries
    what = f"a list of {words(entries[0])}" if isinstance(entries, list) else words(entries)
    raise SourceError(f'items = "{path.text}": holds {what}, no list of objects{_lists(document)}')


def _lists(document: Any) -> str:
    """The lists of objects in a document that may have been meant, in words."""
    found = []
    ahead: list[tuple[tuple[str, ...], Any]] = [((), document)]
    for path, value in ahead:  # it grows meanwhile
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            found.append(f'items = "{written(path)}" ({len(value)})')
        elif isinstance(value, Mapping) and len(path) < DEEPEST and len(ahead) < MOST_LOOKED_AT:
            ahead += [((*path, name), inner) for name, inner in list(value.items())[:MOST_LOOKED_AT]]
    return f"; lists of objects: {', '.join(found[:5])}" if found else ""


def _parsed(body: bytes) -> Any:
    if not body.strip():
        raise SourceError("the answer is empty: no JSON")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        if isinstance(error, RecursionError):
            raise SourceError("this is JSON that is nested too deep") from error
        start = body[:1000].lstrip().lower()
        kind = "a web page, no JSON" if b"<html" in start or b"<!doctype html" in start else "no JSON"
        raise SourceError(f'this is {kind}: "{plain(body[:2000].decode(errors="replace"))[:60]}"') from error
