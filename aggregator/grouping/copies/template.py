"""Recognise texts that fill the same template with different names, dates or numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aggregator.grouping.copies.text_pair import TextPair, Words

LONG_TEXT = 60
"""A text of so many words is not the same as another by coincidence or habit."""
WORDS_PER_NAME = 40
"""In so many words of a copy at another outlet, one name or number can be different."""
DAYS = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz mai juni
    juli oktober dezember lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril juin juillet
    août septembre octobre novembre décembre lunes martes miércoles jueves viernes sábado domingo enero febrero marzo
    abril mayo junio julio agosto septiembre octubre noviembre diciembre
    """.split()
)
"""Names of days and months, in lower case: English, German, French, Spanish."""

WordSets = tuple[set[str], set[str]]


def is_template(pair: TextPair) -> bool:
    """Return whether one text has a name, a date or a number where the other has a different one.

    Rewording mostly changes ordinary words; filling in a template changes none of them.
    """
    own_in_titles, own_in_bodies = (_own_words(*words) for words in (pair.titles, pair.bodies))
    if pair.same_outlet and _both_have(own_in_bodies, _is_name):
        return True
    if (pair.same_outlet or pair.length < LONG_TEXT) and any(
        _both_have(own, kind) for own in (own_in_titles, own_in_bodies) for kind in (_is_number, _is_day)
    ):
        return True
    swaps = {*_swaps(*pair.titles, own_in_titles), *_swaps(*pair.bodies, own_in_bodies)}
    names = len([swap for swap in swaps if all(map(_is_name, swap))])
    return names > (0 if pair.same_outlet else max((len(swaps) - names) // 2, pair.length // WORDS_PER_NAME))


def _own_words(a: Words, b: Words) -> WordSets:
    """Return the words of each text that the other one lacks, ignoring case."""
    folded_a, folded_b = set(a.folded), set(b.folded)
    return (
        {raw for raw, folded in zip(a.raw, a.folded, strict=True) if folded not in folded_b},
        {raw for raw, folded in zip(b.raw, b.folded, strict=True) if folded not in folded_a},
    )


def _both_have(own: WordSets, kind: Callable[[str], bool]) -> bool:
    """Return whether both texts have words of a kind that the other one lacks."""
    return any(map(kind, own[0])) and any(map(kind, own[1]))


def _is_number(word: str) -> bool:
    return word[0].isdigit()


def _is_day(word: str) -> bool:
    return word.casefold() in DAYS


def _is_name(word: str) -> bool:
    return not word[0].islower()


def _swaps(a: Words, b: Words, own: WordSets) -> Iterable[tuple[str, str]]:
    """Yield pairs of own words that follow the same two words in both texts."""
    if own[0] and own[1]:
        after = [
            {(x, y): word for x, y, word in _trigrams(words) if word in own_words}
            for words, own_words in zip((a, b), own, strict=True)
        ]
        yield from ((after[0][context], after[1][context]) for context in after[0].keys() & after[1].keys())


def _trigrams(words: Words) -> Iterable[tuple[str, str, str]]:
    """Return each word as written, after the two words before it in lower case."""
    return zip(["", "", *words.folded], ["", *words.folded], words.raw, strict=False)
