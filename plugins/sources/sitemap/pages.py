"""Entries that have no title: it is read from their pages, each once, or made of their addresses."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from hashlib import blake2b
from typing import Any
from urllib.parse import unquote, urlsplit

from aggregator import FetchError, Item, aside

AT_ONCE = 20
"""Entries that are taken in one run."""
GONE = frozenset({404, 410})
FORBIDDEN = frozenset({401, 402, 403})

_NUMBERS = re.compile(r"(?:[\W_]+(?=\w*\d)[0-9a-f]{4,40})+$|^(?:\d+[\W_]+)+", re.IGNORECASE)


async def complete(http: Any, items: Sequence[Item], state: dict[str, Any], *, read: bool) -> AsyncIterator[Item]:
    """The items that were not met before, with titles; the newest of them where there are many.

    `read`: out of their pages. `state`: which were met; all of them, the first time: what is old then stays so.
    """
    known = frozenset(state.get("known", ()))
    new = [item for item in items if _mark(item) not in known][:AT_ONCE]
    answers = await asyncio.gather(*(_article(http, item) for item in new)) if read else [None] * len(new)
    later = frozenset(_mark(item) for item, answer in zip(new, answers, strict=True) if answer is LATER)
    for item, answer in zip(new, answers, strict=True):
        if isinstance(answer, Item):
            yield _joined(answer, item)
        elif answer is None:
            item.title = title_of(item.url or "")
            yield item
    met = (mark for item in items if (mark := _mark(item)) in known or item in new or "known" not in state)
    state["known"] = [mark for mark in met if mark not in later]
