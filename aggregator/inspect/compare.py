"""Why two articles are in one story, or why they are not."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from aggregator.config.settings import Config
from aggregator.grouping.types import Pair, in_order
from aggregator.inspect.corrections import find_one
from aggregator.store import Store, Trace


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two articles side by side. `together`: whether they are in one story; `why`: one line; `words`: what they share;
    `score`, `bar`: the log-odds that they tell one story, and what is asked of two articles alone."""

    a: str
    b: str
    together: bool
    why: str
    words: tuple[str, ...] = ()
    hours: float | None = None
    score: float | None = None
    bar: float | None = None


def compare(first: str, second: str, config: Config, store: Store) -> Comparison:
    """Compare two articles, each given by address, id or guid. Raises StoreError where one is not known."""
    a, b = find_one(first, store), find_one(second, store)
    together = a.story == b.story
    decided = {(one.a, one.b): one.same for one in store.decisions()}.get(_pair(a, b))
    if decided is not None:
        return _said(a, b, together, "put together by hand" if decided else "kept apart by hand")
    for one, other in ((a, b), (b, a)):
        if one.original and other.article and one.original.id == other.id:
            return _said(a, b, True, f"a copy: {one.why}")
    return _measured(a, b, together, config, store)


def _said(a: Trace, b: Trace, together: bool, why: str) -> Comparison:
    return Comparison(a=a.title, b=b.title, together=together, why=why)


def _pair(a: Trace, b: Trace) -> Pair:
    assert a.key is not None
    assert b.key is not None
    return in_order(a.key, b.key)


def _measured(a: Trace, b: Trace, together: bool, config: Config, store: Store) -> Comparison:
    from aggregator.grouping.compare import closeness

    assert a.article
    assert b.article
    hours = abs((a.article.order - b.article.order).total_seconds()) / 3600
    settings = config.stories
    if hours * 3600 > settings.window.total_seconds():
        return _said(a, b, together, f"{hours:.0f} h apart, which is more than the window")
    placed = store.grouped_near([a.article.order, b.article.order], timedelta(0), config.ungrouped)
    pair = [one for one in placed if one.key in (a.key, b.key)]
    if len(pair) != 2:
        return _said(a, b, together, "one of them is a copy, or of a source that is never grouped")
    found = closeness(pair, settings, store.by_key, store.frequencies())
    return Comparison(
        a=a.title,
        b=b.title,
        together=together,
        hours=round(hours, 1),
        words=found.words,
        score=found.log_odds,
        bar=found.threshold,
        why=_in_words(together, found.words, hours, found.log_odds, found.threshold),
    )


def _in_words(together: bool, words: tuple[str, ...], hours: float, odds: float | None, bar: float) -> str:
    shared = f"both have {', '.join(words)}" if words else "they share no telling word"
    if odds is None:
        verdict = "too little to ask further"
    elif odds >= bar:
        verdict = f"score {odds:+.1f} over {bar:+.1f}"
    else:
        verdict = f"score {odds:+.1f} under {bar:+.1f}"
    others = ", but others of the story join them" if together and (odds is None or odds < bar) else ""
    others = ", but the rest of their stories is not as close" if not together and odds and odds >= bar else others
    return f"{shared}; {hours:.0f} h apart; {verdict}{others}"
