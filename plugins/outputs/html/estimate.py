"""Estimates how tall stories are on the front page of the default theme, in a window of 1280 pixels.

Python can't measure text; an average letter width is precise enough to decide how many stories fill a column.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from aggregator import Article, Story
from aggregator.outputs.article_text import headline, summary

WIDE, NARROW, FULL = 481, 276, 789
"""Pixels of five, three and eight of the twelve columns of the page."""
COLUMN = 379
LETTER = 0.52
"""Average width of a letter of a headline, in the size of its font."""
SHORT = 160
"""Pixels of text beside the picture of the lead story, at least."""
TEXT_LETTER = 0.49


def lead_height(story: Story, *, has_picture: bool, timeline: Sequence[Article]) -> tuple[float, float]:
    """Return the height of the lead story, and how much of it is empty beside its text or picture."""
    article = story.shown
    listed = sum(26 + _text(headline(one), NARROW - 16, 15, 20) for one in timeline)
    listed += 40 if listed else 0
    title = _text(headline(article), FULL, 46, 50, LETTER) + 40
    if has_picture and is_short(story, timeline):
        return title + FULL / 2 + 28 + words_height(story) + 20, 0
    if has_picture:
        words = words_height(story) + listed
        picture = WIDE * 2 / 3 + 28
        return title + max(picture, words), max(0, words - picture)
    words = _text(summary(article)[:400], WIDE, 20, 30) + 66
    return title + max(words, listed), max(0, listed - words, (words - listed) / 3)


def words_height(story: Story) -> float:
    """Return the height of the summary and by-line of the lead story beside its picture."""
    return _text(summary(story.shown)[:400], NARROW, 18, 26) + 66


def is_short(story: Story, timeline: Sequence[Article]) -> bool:
    """Return whether the words of the lead story leave a hole beside its picture, which is wider then."""
    return not timeline and words_height(story) < SHORT


def second_height(story: Story) -> float:
    """Return the height of a story below the lead, with its picture."""
    return 213 + _text(headline(story.shown), COLUMN, 24, 28, LETTER) + _summary(story, 3) + 100


def major_height(story: Story) -> float:
    """Return the height of a story beside the lead."""
    return _text(headline(story.shown), COLUMN, 22, 26, LETTER) + _summary(story, 3) + 85


def latest_height(stories: Iterable[Story], days: int) -> float:
    """Return the height of the list of the newest stories. `days`: how many days it names."""
    heights = [_text(headline(story.shown), COLUMN - 56, 15.5, 21) + 33 for story in stories]
    return sum(heights) + (44 + 33 * days if heights else 0)


def _summary(story: Story, most_lines: int) -> float:
    return min(_text(summary(story.shown)[:240], COLUMN, 16, 23), most_lines * 23)


def _text(text: str, width: float, size: float, line: float, letter: float = TEXT_LETTER) -> float:
    """Return the height of a text. East Asian letters are about twice as wide."""
    letters = sum(2 if one >= "\u2e80" else 1 for one in text[:500])
    return math.ceil(letters * size * letter / width) * line
