"""Extracts items from JSON responses by the paths of the configuration."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from aggregator import Item, SourceError
from aggregator.text.plain import plain

from .paths import Path, PathNotFoundError, Template, describe, evaluate, format_path, parse_path, parse_template

T = TypeVar("T")

ITEM_FIELDS = {"link": "url", "categories": "tags"}
"""Options whose item field has another name."""
LIST_OPTIONS = frozenset({"authors", "categories", "enclosures"})
DEFAULT_PATHS = {"id": "id", "title": "title", "link": "url"}
"""Paths that apply without configuration; no item needs to have them."""
ESSENTIAL_FIELDS = frozenset({"title", "url", "summary", "content"})
"""Some item must have one of these fields."""
MAX_DEPTH, MAX_VISITED = 3, 1000
"""Limits of the search for lists of objects to suggest."""


class Field(msgspec.Struct, frozen=True):
    """The path of an item's field. `option`, `text`: as configured; `required`: some item must have it."""

    option: str
    text: str
    value: Path | Template
    required: bool


class Plan(msgspec.Struct, frozen=True):
    """The parsed paths of a source. `next`: path to the address of the next page, or None."""

    items: Path
    fields: tuple[Field, ...]
    next: Path | Template | None


def make_plan(items: str, fields: Mapping[str, str], next: str) -> Plan:
    """Parse the paths of the configuration. Raises SourceError that names the option."""
    return Plan(
        _parse("items", items, parse_path),
        tuple(_field(option, text) for option, text in fields.items() if text),
        _parse("next", next, _path_or_template) if next else None,
    )


def _field(option: str, text: str) -> Field:
    required = not text.endswith("?") and DEFAULT_PATHS.get(option) != text
    return Field(option, text, _parse(option, text.removesuffix("?"), _path_or_template), required)


def _path_or_template(text: str) -> Path | Template:
    return parse_template(text) if "{" in text else parse_path(text)


def _parse(option: str, text: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise SourceError(f'{option} = "{text[:100]}": {error}') from error


def next_address(body: bytes, path: Path | Template) -> str | None:
    """Return the address of the next page, or None for the last page. Raises SourceError for invalid JSON."""
    try:
        address = _value(_decoded(body), path, "the response")
    except PathNotFoundError:
        return None
    return address if isinstance(address, str) and address else None


def read_items(pages: Sequence[tuple[bytes, str]], plan: Plan) -> Iterator[Item | None]:
    """Yield the items of all pages, None for each that is not an object. `pages`: body and address of each.

    Raises SourceError, after the items, for required paths that match in none of them.
    """
    missing: dict[str, str] = {}
    present: set[str] = set()
    entries = [(entry, url) for body, url in pages for entry in _entries(_decoded(body), plan.items)]
    for entry, url in entries:
        yield _item(entry, url, plan.fields, present, missing)
    if entries and not any(ITEM_FIELDS.get(option, option) in ESSENTIAL_FIELDS for option in present):
        raise SourceError(missing.get("title") or missing.get("link") or "no item has a title, a text or a link")
    for field in plan.fields:
        if entries and field.required and field.option not in present and field.option in missing:
            raise SourceError(missing[field.option])


def _item(entry: object, url: str, fields: Sequence[Field], present: set[str], missing: dict[str, str]) -> Item | None:
    """Build an item. Adds its options to `present`, and the first error message of each other option to `missing`."""
    if not isinstance(entry, Mapping):
        return None
    values: dict[str, Any] = {"base": url}
    for field in fields:
        try:
            value = _checked(_value(entry, field.value, "the item"), field)
        except PathNotFoundError as error:
            if field.option not in missing:
                missing[field.option] = f'{field.option} = "{field.text}": {error}'
        else:
            present.add(field.option)
            values[ITEM_FIELDS.get(field.option, field.option)] = value
    return Item(**values)


def _value(document: Any, path: Path | Template, root: str) -> Any:
    """Evaluate a path or a template; a template with a null value is null. Raises PathNotFoundError."""
    if isinstance(path, Path):
        return evaluate(document, path, root)
    values = [evaluate(document, part, root) for part in path.paths]
    if any(value is None for value in values):
        return None
    for part, value in zip(path.paths, values, strict=True):
        if isinstance(value, bool | list | Mapping):
            raise PathNotFoundError(_explain_no_text, f"{part.text or root} is", value)
    return "".join([path.texts[0], *(f"{v}{text}" for v, text in zip(values, path.texts[1:], strict=True))])


def _checked(value: Any, field: Field) -> Any:
    """Return the value if its type fits the field. Raises PathNotFoundError."""
    if field.option in LIST_OPTIONS:
        values = value if isinstance(value, list) or value is None else [value]
        if field.option == "categories" and values and isinstance(values[0], Mapping):
            raise PathNotFoundError(_explain_no_text, "holds", values[0], f"{field.text}.*")
        return values
    if isinstance(value, bool | list | Mapping):
        raise PathNotFoundError(_explain_no_text, "holds", value, field.text)
    return value


def _explain_no_text(where: str, value: Any, path: str = "") -> str:
    """Describe a value that should be a text. `path`: its path, extended in a suggestion if it holds a single text."""
    texts = [name for name, inner in value.items() if isinstance(inner, str)] if isinstance(value, Mapping) else []
    hint = f'; did you mean "{format_path(texts, path)}"?' if path and len(texts) == 1 else ""
    return f"{where} {describe(value)}, not a text{hint}"


def _entries(document: Any, path: Path) -> list[Any]:
    try:
        entries = evaluate(document, path, "the response")
    except PathNotFoundError as error:
        raise SourceError(f'items = "{path.text}": {error}{_suggest_lists(document)}') from error
    if isinstance(entries, list) and (not entries or any(isinstance(entry, Mapping) for entry in entries)):
        return entries
    what = f"a list of {describe(entries[0])}" if isinstance(entries, list) else describe(entries)
    raise SourceError(f'items = "{path.text}": holds {what}, not a list of objects{_suggest_lists(document)}')


def _suggest_lists(document: Any) -> str:
    """Suggest values for `items`: the lists of objects in a document, by a breadth-first search."""
    suggestions = []
    queue: list[tuple[tuple[str, ...], Any]] = [((), document)]
    for path, value in queue:  # the loop appends to it
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            suggestions.append(f'items = "{format_path(path)}" ({len(value)})')
        elif isinstance(value, Mapping) and len(path) < MAX_DEPTH and len(queue) < MAX_VISITED:
            queue += [((*path, name), inner) for name, inner in list(value.items())[:MAX_VISITED]]
    return f"; lists of objects: {', '.join(suggestions[:5])}" if suggestions else ""


def _decoded(body: bytes) -> Any:
    if not body.strip():
        raise SourceError("the response is empty, not JSON")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        if isinstance(error, RecursionError):
            raise SourceError("this is JSON that is nested too deeply") from error
        start = body[:1000].lstrip().lower()
        kind = "a web page, not JSON" if b"<html" in start or b"<!doctype html" in start else "not JSON"
        raise SourceError(f'this is {kind}: "{plain(body[:2000].decode(errors="replace"))[:60]}"') from error
