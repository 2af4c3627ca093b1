"""Explain why two articles are in one story, or why they are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

import msgspec

from aggregator.config.settings import Config
from aggregator.grouping.reasons import against, duration, listed, signed
from aggregator.grouping.types import GroupedArticle, Pair, in_order
from aggregator.inspect.apart import Apart, what_keeps_apart
from aggregator.inspect.corrections import find_article
from aggregator.model import Article
from aggregator.store import Store, Trace
from aggregator.text.local_times import local_time

MAX_CONNECTORS = 3
"""Articles close to both others that are named at most."""
MOST_COMPARED = 120
"""Articles of a story, those nearest in time, that are searched for connections at most."""
MERGED = 9.0
"""Stands for the score of a pair that a correction merged: more than any score."""

_Scores = Callable[[Iterable[Pair]], dict[Pair, float]]


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """An article that connects two others of its story. `first`, `second`: the scores of its pairs with both others;
    in a chain, with the article before it and the one after it; None if a correction merged them."""

    id: str
    title: str
    source: str
    url: str | None
    first: float | None
    second: float | None


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """A difference between two articles that lowers the score of their pair, in words, and by how much."""

    what: str
    loss: float


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison of two articles.

    `a`, `b`: their titles; `together`: whether they are in one story; `why`: one line; `words`: shared words; `hours`:
    between them; `score`: log-odds that both tell the same story; `bar`: the threshold for two single articles;
    `only_a`, `only_b`: names, numbers and words of the title that the other one lacks; `lowered_by`: what lowers the
    score; `connected_by`: the articles of the story that connect them, if the pair alone is under the threshold, and
    `chain`: whether these connect them one after the other, instead of each being close to both; `apart`: what keeps
    two stories apart; `articles`: both, as they are named.
    """

    a: str
    b: str
    together: bool
    why: str
    words: tuple[str, ...] = ()
    hours: float | None = None
    score: float | None = None
    bar: float | None = None
    only_a: tuple[str, ...] = ()
    only_b: tuple[str, ...] = ()
    lowered_by: tuple[Loss, ...] = ()
    connected_by: tuple[Connection, ...] = ()
    chain: bool = False
    apart: tuple[str, ...] = ()
    articles: tuple[str, str] = ("", "")

    def lines(self) -> list[str]:
        """Return the comparison as lines of text: what they share, then what tells them apart or connects them."""
        lines = [f"{'one story' if self.together else 'two stories'}: {self.why}"]
        for number, words in (("first", self.only_a), ("second", self.only_b)):
            lines += [f"only the {number} has {listed(words)}"] if words else []
        lines += [f"{one.what} (lowers the score by {one.loss:.1f})" for one in self.lowered_by]
        lines += self.apart
        return lines + self._connections()

    def _connections(self) -> list[str]:
        how, before, after = "connected by", "the first", "the second"
        if self.chain and len(self.connected_by) > 1:
            how, before, after = "connected one after the other by", "the article before", "the next one"
        return [
            f"{how} {one.source}: “{one.title}”"
            f" ({_scored(one.first)} with {before}, {_scored(one.second)} with {after})"
            for one in self.connected_by
        ]


def _scored(score: float | None) -> str:
    return "merged by hand" if score is None else f"score {signed(score)}"


class Side(msgspec.Struct, frozen=True):
    """One of two compared articles. `key`, `article`: those of its original, if it is a copy."""

    trace: Trace
    key: int
    article: Article

    @property
    def name(self) -> str:
        """The article in one line."""
        article = self.trace.article or self.article
        return f"{article.source.name}: {article.title} ({local_time(article.date)})"


def compare(first: str, second: str, config: Config, store: Store) -> Comparison:
    """Compare two articles, each identified by URL, id or guid. Raises StoreError if one is not found."""
    a, b = _side(find_article(first, store)), _side(find_article(second, store))
    if a.trace.key == b.trace.key:
        return _unscored(a, b, "both are the same article")
    decided = _decided(a, b, store)
    if a.key == b.key:
        return _unscored(a, b, _as_copies(a, b))
    return _Comparing(a, b, config, store).result(decided)


def _side(trace: Trace) -> Side:
    assert trace.key is not None
    assert trace.article
    if trace.original is not None and trace.original_key is not None:
        return Side(trace, trace.original_key, trace.original)
    return Side(trace, trace.key, trace.article)


def _decided(a: Side, b: Side, store: Store) -> str:
    """Return the correction that two articles are together or apart by, "" without one."""
    decisions = {(one.a, one.b): one.same for one in store.decisions()}
    for pair in ((a.trace.key, b.trace.key), (a.key, b.key)):
        same = decisions.get(in_order(pair[0] or 0, pair[1] or 0))
        if same is not None:
            return "merged manually" if same else "split manually"
    return ""


def _as_copies(a: Side, b: Side) -> str:
    """Return how two articles are copies of one."""
    copies = [side for side in (a, b) if side.trace.original is not None]
    if len(copies) == 2:
        return f"both are copies of {a.article.source.name}: “{a.article.title}”"
    return f"{'the first' if copies[0] is a else 'the second'} is a copy: {copies[0].trace.why}"


def _unscored(a: Side, b: Side, why: str) -> Comparison:
    together = a.trace.story == b.trace.story
    return Comparison(a=a.trace.title, b=b.trace.title, together=together, why=why, articles=(a.name, b.name))


class _Comparing:
    """The comparison of two originals with the articles around them."""

    def __init__(self, a: Side, b: Side, config: Config, store: Store) -> None:
        self._a, self._b, self._config, self._store = a, b, config, store
        self._together = a.trace.story == b.trace.story
        stories = [store.story(side.trace.story or "") for side in ((a,) if self._together else (a, b))]
        dates = [a.article.order, b.article.order, *(one.order for story in stories for one in story.articles)]
        self._near = [*store.grouped_near(dates, config.stories.window, config.ungrouped)]
        self._by_key = {one.key: one for one in self._near}

    def result(self, decided: str) -> Comparison:
        """Return the result. `decided`: the correction that they are together or apart by, "" without one."""
        never = [
            f"its source, {side.article.source.name}, is never grouped (`stories = false`)"
            for side in (self._a, self._b)
            if side.key not in self._by_key
        ]
        if never:
            return _unscored(self._a, self._b, decided or never[0])
        return self._scored(decided)

    def _scored(self, decided: str) -> Comparison:
        from aggregator.grouping.compare import Comparer

        a, b, settings = self._a, self._b, self._config.stories
        comparer = Comparer(self._near, settings, self._store.wordings, self._store.frequencies())
        hours = abs(comparer.hours(a.key, b.key))
        pair = in_order(a.key, b.key)
        window = settings.window.total_seconds() / 3600
        score = comparer.scores([pair]).get(pair) if hours <= window else None
        threshold = comparer.threshold(a.key, b.key)
        difference = comparer.difference(a.key, b.key)
        summary = _summary(difference.words, hours, score, threshold, window)
        is_close = score is not None and score >= threshold
        chain, connected, apart = False, tuple[Connection, ...](), list[str]()
        if self._together and not is_close and not decided:
            chain, connected = self._connected(comparer.scores, threshold)
        elif not self._together and not decided:
            found = Apart(self._members(a), self._members(b), pair, hours, score, threshold)
            apart = what_keeps_apart(found, comparer, settings, self._store)
        return Comparison(
            a=a.trace.title,
            b=b.trace.title,
            articles=(a.name, b.name),
            together=self._together,
            why=f"{decided}; {summary}" if decided else summary,
            words=difference.words,
            hours=round(hours, 1),
            score=None if score is None else round(score, 2),
            bar=round(threshold, 2),
            only_a=difference.only_a,
            only_b=difference.only_b,
            lowered_by=() if is_close or score is None else tuple(self._losses(difference.losses, hours)),
            connected_by=connected,
            chain=chain,
            apart=tuple(apart),
        )

    def _members(self, side: Side) -> list[GroupedArticle]:
        return [one for one in self._near if one.story == side.trace.story]

    def _losses(self, losses: dict[str, float], hours: float) -> list[Loss]:
        outlet = self._a.article.source.name
        words = {
            "hours": f"{duration(hours)} are between them",
            "names": "each title has names that the other article lacks",
            "numbers": "they state different numbers",
            "outlet": f"both are of {outlet}: an outlet rarely reports one story twice",
        }
        return [Loss(what=words[name], loss=loss) for name, loss in losses.items()]

    def _connected(self, scores: _Scores, threshold: float) -> tuple[bool, tuple[Connection, ...]]:
        """Return the articles that connect two of one story, and whether they are a chain."""
        from aggregator.grouping.chains import connectors, strongest_chain

        a, b = self._a.key, self._b.key
        middle = (self._by_key[a].time + self._by_key[b].time) / 2
        others = sorted(self._members(self._a), key=lambda one: (one.key not in (a, b), abs(one.time - middle)))
        keys = [one.key for one in others[:MOST_COMPARED]]
        found = scores(self._within_window(keys)) | self._merged(keys)
        found.pop(in_order(a, b), None)
        both = connectors(found, a, b, threshold, MAX_CONNECTORS)
        if both:
            return False, self._named([(key, (a, key), (key, b)) for key in both], found)
        chain = strongest_chain(found, a, b)
        steps = [
            (key, (before, key), (key, after))
            for before, key, after in zip(chain, chain[1:-1], chain[2:], strict=False)
        ]
        return True, self._named(steps, found)

    def _within_window(self, keys: Sequence[int]) -> list[Pair]:
        span = self._config.stories.window.total_seconds()
        time = {key: self._by_key[key].time for key in keys}
        return [(one, other) for one, other in combinations(keys, 2) if abs(time[one] - time[other]) <= span]

    def _merged(self, keys: Sequence[int]) -> dict[Pair, float]:
        """Return the pairs of these articles that a correction merged."""
        known = {*keys}
        decisions = self._store.decisions()
        return {(one.a, one.b): MERGED for one in decisions if one.same and one.a in known and one.b in known}

    def _named(self, steps: Sequence[tuple[int, Pair, Pair]], scores: dict[Pair, float]) -> tuple[Connection, ...]:
        articles = self._store.by_key([key for key, _, _ in steps])
        return tuple(
            Connection(
                id=articles[key].id,
                title=articles[key].title,
                source=articles[key].source.name,
                url=articles[key].url,
                first=_shown(scores[in_order(*before)]),
                second=_shown(scores[in_order(*after)]),
            )
            for key, before, after in steps
        )


def _shown(score: float) -> float | None:
    return None if score == MERGED else round(score, 2)


def _summary(words: tuple[str, ...], hours: float, score: float | None, threshold: float, window: float) -> str:
    """Return what two articles share and how close the pair is, in one line. `window`: in hours."""
    shared = f"both have {listed(words)}" if words else "they share no significant words"
    apart = f"{duration(hours)} apart" if hours else "published at the same time"
    if score is None:
        return f"{shared}; {apart}; too {'little in common' if hours <= window else 'far apart'} for a score"
    enough = "close enough by themselves" if score >= threshold else "not close enough by themselves"
    reached, needed = against(score, threshold)
    return f"{shared}; {apart}; {enough} (score {reached}, two single articles need {needed})"
