"""Choose the article of a story whose headline and summary it has: the most central one, preferably a recent one."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import msgspec

from aggregator.model import Article, Outlet, Story

HALF_LIFE_HOURS = 12.0
ADVANTAGE = 1.25
"""How much better than the headline of the representative another one must be, so that headlines do not alternate."""
FEWEST_WORDS = 4
MOST_ARTICLES = 200
"""Articles that are compared, the newest ones."""
_WORD = re.compile(r"[^\W_]{2,}")


def choose_headline(story: Story) -> Story:
    """Return the story with the article to display; of up to two articles, that is the representative."""
    first = story.representative
    candidates = [first, *(article for article in story.articles[1:] if article.language == first.language)]
    candidates = [first, *candidates[1:][-MOST_ARTICLES:]]
    if len(candidates) < 3:
        return story
    scores = _scores(candidates, story)
    best = max(range(len(candidates)), key=lambda n: (scores[n], -n))
    if best == 0 or scores[best] < scores[0] * ADVANTAGE:
        return story
    return msgspec.structs.replace(story, display=candidates[best])


def _scores(candidates: Sequence[Article], story: Story) -> list[float]:
    """Return the score of each article: the words that its headline shares with those of other outlets, by age."""
    dates = [article.date for article in candidates]
    newest = max(dates)
    words = [frozenset(_WORD.findall(article.title.casefold())) for article in candidates]
    scores = []
    for article, date, own, shared in zip(candidates, dates, words, _shared_words(candidates, words), strict=True):
        age = (newest - date).total_seconds() / 3600
        usable = len(own) >= FEWEST_WORDS and bool(article.summary.strip())
        scores.append((0.1 + shared) * math.pow(0.5, age / HALF_LIFE_HOURS) * (1.0 if usable else 0.1))
    return scores


def _shared_words(candidates: Sequence[Article], words: Sequence[frozenset[str]]) -> list[float]:
    """Return, for each article, the sum of the shares of words that its headline has in common with each of another
    outlet. Words are bits of an integer, so that counting those of two headlines is one operation."""
    bits: dict[str, int] = {}
    masks = [sum(1 << bits.setdefault(word, len(bits)) for word in own) for own in words]
    outlets: dict[Outlet, int] = {}
    articles = [
        (mask, len(own), outlets.setdefault(article.source, len(outlets)))
        for mask, own, article in zip(masks, words, candidates, strict=True)
    ]
    sums = [0.0] * len(articles)
    for n, (mask, size, outlet) in enumerate(articles):
        total = 0.0
        for other, (other_mask, other_size, other_outlet) in enumerate(articles[:n]):
            common = (mask & other_mask).bit_count()
            if common and outlet != other_outlet:
                share = common / (size + other_size - common)
                total += share
                sums[other] += share
        sums[n] = total
    return sums
