"""Why two articles are together, in words: shared names and words, hours apart, the score and its bar."""

from __future__ import annotations

from aggregator.model import Article

Odds = float
BY_HAND = "put here by hand"
FOLLOWED = "came with its story, which went into this one"


def joined(other: Article, words: list[str], hours: float, odds: Odds, bar: Odds) -> str:
    """One line for an article that joined a story, by the article it is most like. `odds`: how close it is to the
    story; `bar`: what was asked."""
    shares = f"shares {', '.join(words)}" if words else "shares wording"
    return f"{_other(other)}: {shares}; {hours:.0f} h apart; {_score(odds, bar)}"


def copied(why: str, original: Article) -> str:
    """One line for a copy."""
    return f"{why} as {original.source.name}: {original.title}"


def _other(other: Article) -> str:
    return f'with {other.source.name} "{other.title}"'


def _score(odds: Odds, bar: Odds) -> str:
    if odds < bar:  # its group came along as a whole
        return f"score {odds:+.1f}, with its group"
    return f"score {odds:+.1f} over {bar:+.1f}"
