"""What a source yields: `Item`s and its `Channel`, unchecked, from which `normalise` makes `Article`s."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from aggregator.model.article import Enclosure, Outlet, Related

RoughDate = datetime | str | int | float | None
"""A date as a source states it: a datetime, text in any form that feeds use, epoch seconds, or unknown."""


class Item(msgspec.Struct, kw_only=True):
    """An article as a source yields it: the fields of `Article`, each optional and not normalised.

    `id`: the guid, text or number. `url`: may be relative. `title`, `summary`, `content`: text or HTML. `authors`: one
    name or several, as text, or mappings with `name`. `published`, `updated`, `first_seen`: a datetime, text in any
    form that feeds use, or epoch seconds. `tags`: one or several. `language`: a BCP 47 tag. `image`: a URL.
    `enclosures`: `Enclosure`s, mappings with its keys, or URLs. `source`: the name of the outlet, an `Outlet`, or a
    mapping with `name` and `url`. `related`: `Related`s, mappings with its keys, or (title, url) pairs. `base`: the
    base of relative URLs.
    """

    id: str | int | None = None
    url: str | None = None
    title: str | None = None
    summary: str | None = None
    content: str | None = None
    authors: str | Sequence[str | Mapping[str, Any]] | None = None
    published: RoughDate = None
    updated: RoughDate = None
    first_seen: RoughDate = None
    language: str | None = None
    tags: str | Sequence[str] | None = None
    image: str | None = None
    enclosures: Sequence[Enclosure | Mapping[str, Any] | str] | None = None
    source: str | Outlet | Mapping[str, Any] | None = None
    related: Sequence[Related | Mapping[str, Any] | Sequence[str]] | None = None
    base: str | None = None


class Channel(msgspec.Struct, kw_only=True):
    """The metadata of a source. A source may yield a `Channel` before its items; the last one wins.

    `title`: its name; `url`: its home page; `language`: a BCP 47 tag; `image`: a URL; `hub`: the URL of its WebSub hub;
    `ttl`: seconds between requests that it requests (RSS `ttl`, `sy:updatePeriod`); `skip_hours` (0-23, UTC),
    `skip_days` ("Monday"...): the RSS 2.0 elements of those names.
    """

    title: str | None = None
    url: str | None = None
    language: str | None = None
    image: str | None = None
    hub: str | None = None
    ttl: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()


class Reading:
    """A deferred call that a source yields instead of the items that the call returns.

    With `Reading(parse, response.body)`, the core decides when and where to call `parse(response.body)`: concurrently
    with other sources, in a worker process if that is faster. `function`: defined in a module, without side effects; it
    returns or yields `Item`s and whatever else a source may yield, except `Reading`s, and may raise SourceError.
    `arguments`: can be pickled.
    """

    def __init__(self, function: Callable[..., Iterable[Any]], *arguments: Any) -> None:
        self.function = function
        self.arguments = arguments
