"""Decide whether an article is a copy of another one.

Shared wording is weak evidence: market reports, match previews and promotions repeat their wording from day to day. So
evidence for a copy is weighed against differences:

- The same page is the same article, even with a new headline, if its text stays or each headline relates to the other's
  text.
- The same headline indicates a copy if it is too long to be a coincidence, or if the text is the same as well.
- The same text, whole, cut, extended or reordered, is a copy under any headline that relates to it.
- A reworded text is a copy if only ordinary words differ.
- Different names, dates or numbers at the same place indicate a template; but a number that changes within hours in an
  otherwise unchanged text is an update.
- What an outlet repeats on another day is an instalment of a series, unless headline and text are unchanged.

Only the names of days and months depend on the language.
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.grouping.copies.template import DAYS, LONG_TEXT, is_template
from aggregator.grouping.copies.text import ArticleText
from aggregator.grouping.copies.text_pair import TextPair, Words, pair_texts, shared_words, significant_stems

PAGE_HOURS = 72.0
"""Time within which a page is the same article; later, a page of weather or prices has new content."""
COPY_HOURS = 48.0
"""Time within which copies of a short text appear; what returns later is a series."""
UPDATE_HOURS, REISSUE_HOURS = 12.0, 6.0
"""Time within which an outlet updates an article (a series takes a day), and publishes it again, e.g. as a video."""
UNIQUE_HEADLINE, SECTION_TITLE = 45, 20
"""Letters from which two newsrooms do not choose the same headline; and of a section title ("Live") at most."""
MIN_COMPARED_WORDS = 12
"""A text of fewer words does not show what it is about, and is not compared by wording."""
SAME_TEXT, PARTLY_SAME, SHARED_PASSAGES = 0.8, 0.5, 0.25
"""Share of common trigrams of words: of the same text, of one rewritten in part, of two that share passages."""
REWORDED_TITLE, REWORDED_TEXT = 0.8, 0.85
"""Share of words that stay the same in a reworded title, and in a reworded text."""
MIN_LENGTH_RATIO = 0.4
"""Length of the shorter text relative to the longer one; a shorter one is a passage that the other one quotes."""


def judge(original: ArticleText, other: ArticleText) -> str | None:
    """Return in words why `other` is a copy of `original`; None if it is not."""
    pair = pair_texts(original, other)
    if original.page is not None and original.page == other.page and _is_same_page(pair):
        return "the same address"
    if _same_headline(original, other):
        return _by_headline(pair)
    if _is_update(pair):
        return "the same text with another number"
    return _by_text(pair)


def _is_same_page(pair: TextPair) -> bool:
    """Return whether a page has the same content: all episodes of a programme or entries of a list can link to one."""
    if pair.hours > PAGE_HOURS or _is_numbered(pair):
        return False
    titles, bodies = (
        [significant_stems(title) for title in pair.titles],
        [significant_stems(body) for body in pair.bodies],
    )
    related = [not titles[a].isdisjoint(titles[b] | bodies[b]) for a, b in ((0, 1), (1, 0)) if titles[a]]
    return pair.similarity >= SHARED_PASSAGES or (bool(related) and all(related))


def _same_headline(a: ArticleText, b: ArticleText) -> bool:
    """Return whether two titles are the same, apart from labels on one of them."""
    title, other_title = a.title.casefold(), b.title.casefold()
    return bool(title) and (title in (other_title, b.core.casefold()) or a.core.casefold() == other_title)


def _by_headline(pair: TextPair) -> str | None:
    if pair.both_bodies and pair.similarity >= PARTLY_SAME:
        return None if _is_instalment(pair) else "the same headline and text"
    letters = min(map(_letters, pair.titles))
    if pair.same_outlet:
        soon = pair.hours <= (REISSUE_HOURS if letters < UNIQUE_HEADLINE else UPDATE_HOURS)
        return "the same headline within hours" if letters > SECTION_TITLE and soon and not pair.both_bodies else None
    if pair.hours > COPY_HOURS:
        return None
    if pair.similarity >= SHARED_PASSAGES and pair.length >= LONG_TEXT:
        return "the same headline and part of the text"
    return "the same headline" if letters >= UNIQUE_HEADLINE else None


def _letters(words: Words) -> float:
    """Return the length of a headline; a character of a script without spaces counts as three letters."""
    unspaced = 2 * (len(words.folded) - words.size)
    return len("".join(words.folded)) + 2 * unspaced


def _is_instalment(pair: TextPair) -> bool:
    """Return whether a headline belongs to a series: it is late, or its text is a template."""
    if pair.hours > COPY_HOURS:
        return pair.length < LONG_TEXT or pair.same_outlet
    return pair.same_outlet and pair.hours > UPDATE_HOURS and is_template(pair)


def _is_update(pair: TextPair) -> bool:
    """Return whether the titles of one text differ in counts only, such as a number of victims."""
    if not pair.both_bodies or pair.hours > UPDATE_HOURS or pair.similarity < SAME_TEXT:
        return False
    a, b = (title.folded for title in pair.titles)
    changed = _changed_words(a, b)
    return bool(changed) and all(_is_count(a, n) and _is_count(b, n) for n in changed)


def _is_numbered(pair: TextPair) -> bool:
    """Return whether the titles differ in the number of a version, an episode or a day only."""
    a, b = (title.folded for title in pair.titles)
    changed = _changed_words(a, b)
    is_numbers = bool(changed) and all(a[n].isdigit() and b[n].isdigit() for n in changed)
    return is_numbers and not all(_is_count(a, n) and _is_count(b, n) for n in changed)


def _changed_words(a: Sequence[str], b: Sequence[str]) -> list[int]:
    """Return the positions at which two titles of the same length differ."""
    return [n for n in range(len(a)) if a[n] != b[n]] if len(a) == len(b) else []


def _is_count(words: Sequence[str], n: int) -> bool:
    """Return whether word n is a number that counts the next word, not a date or the number of an episode."""
    near = words[max(n - 1, 0) : n + 2]
    return words[n].isdigit() and n + 1 < len(words) and not words[n + 1].isdigit() and DAYS.isdisjoint(near)


def _by_text(pair: TextPair) -> str | None:
    if pair.length < MIN_COMPARED_WORDS or _is_late(pair):
        return None
    evidence = _by_wording(pair)
    return None if evidence and is_template(pair) else evidence


def _by_wording(pair: TextPair) -> str | None:
    required = PARTLY_SAME if pair.length >= LONG_TEXT and not pair.same_outlet else SAME_TEXT
    if pair.similarity >= required and _is_comparable(pair) and _relates_to_titles(pair):
        return f"{pair.similarity:.0%} the same wording"
    titles, bodies = pair.titles, pair.bodies
    if pair.both_bodies and shared_words(*titles) >= REWORDED_TITLE and shared_words(*bodies) >= REWORDED_TEXT:
        return "the same text in other words"
    return None


def _is_comparable(pair: TextPair) -> bool:
    """Return whether neither text is a passage that the other one quotes."""
    return pair.length >= MIN_LENGTH_RATIO * max(body.size for body in pair.bodies)


def _is_late(pair: TextPair) -> bool:
    """Return whether the time between is too long for a copy. A long text may be copied at any time, or lack a date."""
    if pair.same_outlet:
        return pair.hours > UPDATE_HOURS
    return pair.hours > COPY_HOURS and (pair.length < LONG_TEXT or pair.similarity < SAME_TEXT)


def _relates_to_titles(pair: TextPair) -> bool:
    """Return whether the common text relates to the titles; an outlet's text about itself appears under any title."""
    common = significant_stems(pair.bodies[0]) & significant_stems(pair.bodies[1])
    related = [not title.raw or not common.isdisjoint(significant_stems(title)) for title in pair.titles]
    return all(related) if pair.same_outlet else any(related)
