"""Explain why two articles are in one story, or why they are not."""

from __future__ import annotations

import msgspec

from aggregator.config.settings import Config
from aggregator.grouping.types import Pair, in_order
from aggregator.inspect.corrections import find_article
from aggregator.store import Store, Trace


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison of two articles. `together`: whether they are in one story; `why`: one line; `words`: shared words;
    `score`: log-odds that both tell the same story; `bar`: the threshold for two single articles."""

    a: str
    b: str
    together: bool
    why: str
    words: tuple[str, ...] = ()
    hours: float | None = None
    score: float | None = None
    bar: float | None = None


def compare(first: str, second: str, config: Config, store: Store) -> Comparison:
    """Compare two articles, each identified by URL, id or guid. Raises StoreError if one is not result."""
    a, b = find_article(first, store), find_article(second, store)
    together = a.story == b.story
    decisions = {(decision.a, decision.b): decision.same for decision in store.decisions()}
    same = decisions.get(_pair(a, b))
    if same is not None:
        return _unscored(a, b, together, "merged manually" if same else "split manually")
    for copy, original in ((a, b), (b, a)):
        if copy.original and original.article and copy.original.id == original.id:
            return _unscored(a, b, True, f"a copy: {copy.why}")
    return _scored(a, b, together, config, store)


def _unscored(a: Trace, b: Trace, together: bool, why: str) -> Comparison:
    return Comparison(a=a.title, b=b.title, together=together, why=why)


def _pair(a: Trace, b: Trace) -> Pair:
    assert a.key is not None
    assert b.key is not None
    return in_order(a.key, b.key)


def _scored(a: Trace, b: Trace, together: bool, config: Config, store: Store) -> Comparison:
    from aggregator.grouping.compare import closeness

    assert a.article
    assert b.article
    hours = abs((a.article.order - b.article.order).total_seconds()) / 3600
    settings = config.stories
    if hours * 3600 > settings.window.total_seconds():
        return _unscored(a, b, together, f"{hours:.0f} h apart, which is more than the window")
    near = store.grouped_near([a.article.order, b.article.order], settings.window, config.ungrouped)
    if len({a.key, b.key} & {article.key for article in near}) != 2:
        return _unscored(a, b, together, "one of them is a copy, or its source is never grouped")
    result = closeness(_pair(a, b), near, settings, store.by_key, store.frequencies())
    return Comparison(
        a=a.title,
        b=b.title,
        together=together,
        hours=round(hours, 1),
        words=result.words,
        score=result.log_odds,
        bar=result.threshold,
        why=_explain(together, result.words, hours, result.log_odds, result.threshold),
    )


def _explain(together: bool, words: tuple[str, ...], hours: float, score: float | None, threshold: float) -> str:
    shared = f"both have {', '.join(words)}" if words else "they share no significant words"
    if score is None:
        result = "too little in common for a score"
    else:
        result = f"score {score:+.1f} {'over' if score >= threshold else 'under'} {threshold:+.1f}"
    is_close = score is not None and score >= threshold
    others = ""
    if together and not is_close:
        others = ", but other articles of the story connect them"
    elif is_close and not together:
        others = ", but the other articles of their stories are not as close"
    return f"{shared}; {hours:.0f} h apart; {result}{others}"
