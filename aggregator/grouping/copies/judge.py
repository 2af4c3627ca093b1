"""Judge whether an article is a copy of another: the same text under another address or at another outlet.

What two articles have in common says little: market wraps, previews of matches and promotions repeat their wording
from day to day. So evidence that they are one is weighed against what tells them apart:

- The same page is the same article, even under a new headline, while its text stays or each headline has to do with
  the other's text.
- The same headline is a copy where it is too long to be found twice, or where the text is the same as well.
- The same text, whole, cut, extended or in another order, is a copy under any headline that has to do with it.
- A text in other words is a copy where plain words alone differ.
- Where one has a name, a date or a number in the place of another, both are made after one template; but a number
  that changes within hours in a text that stays is an update.
- What an outlet repeats on another day is an instalment of a series, unless headline and text stay.

Nothing here is particular to a language but the names of days and months.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import msgspec

from aggregator.grouping.features.clean_title import LABEL_WORDS, SIGN, without_label, without_outlet, words_of
from aggregator.model import Article

READ, TITLE_READ = 20_000, 1_000
"""Characters read of a text, and of a title."""
PAGE_HOURS = 72.0
"""How long a page stays the same article; one of weather or prices is another on another day."""
COPY_HOURS = 48.0
"""How long copies of a short text come in; what returns later is a series."""
UPDATE_HOURS, SOON_HOURS = 12.0, 6.0
"""How soon an outlet changes what it has published, where a series takes a day; and publishes it again, as a video."""
UNDATED_HOURS = 24.0
"""How far apart an outlet's articles are taken to be where they bear no date: they may be of different days."""
TELLING, RUBRIC = 45, 20
"""Letters of a headline that two newsrooms do not both find, and of the longest that may be a rubric ("Live")."""
LITTLE, ENOUGH, LONG = 8, 12, 60
"""Words of a text: with fewer than the first it says nothing; from the second on it tells what it is about; from the
third on it is not the same by chance or habit."""
SAME, PART, QUOTED = 0.8, 0.5, 0.25
"""The share of runs of words in common: of the same text, of one rewritten in part, of two that share passages."""
REWORDED_TITLE, REWORDED = 0.8, 0.85
"""The share of words that stay in a title, and in a text, whose words are replaced by others of the same meaning."""
COMPARABLE = 0.4
"""How long the shorter of two texts is at least, in parts of the longer: else it is a passage quoted there."""
WORDS_A_NAME = 40
"""In so many words of a copy at another outlet one name or number may be another."""
_DAYS = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz mai juni
    juli oktober dezember lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril juin juillet
    août septembre octobre novembre décembre lunes martes miércoles jueves viernes sábado domingo enero febrero marzo
    abril mayo junio julio agosto septiembre octubre noviembre diciembre
    """.split()
)


class Text(msgspec.Struct, frozen=True):
    """What of an article is compared. `page`: its address, None where that is no page of its own; `outlet`: in lower
    case; `time`: of its date; `dated`: that is its publisher's; `title`, `body`: their words, one space between;
    `core`: the title without a label before or after it. The body is empty where it adds nothing to the title."""

    page: str | None
    outlet: str
    time: float
    dated: bool
    title: str
    core: str
    body: str


class _Words(msgspec.Struct, frozen=True):
    """A text in words: as they stand, and in lower case. `size`: how many; a sign of Chinese, say, is half a word."""

    raw: list[str]
    plain: list[str]
    size: float


class _Pair(msgspec.Struct, frozen=True):
    """Two texts side by side; a title stands for a body that is missing. `told`: both have one; `likeness`: the share
    of the shorter body's runs of words that the longer one holds; `length`: words of the shorter body."""

    titles: tuple[_Words, _Words]
    bodies: tuple[_Words, _Words]
    hours: float
    one_outlet: bool
    told: bool
    likeness: float
    length: float


def read_text(article: Article) -> Text:
    """What of an article is compared."""
    title = without_outlet(article.title[:TITLE_READ], article.source.name, article.url or "")
    words, body = words_of(title), words_of(article.summary[:READ])
    if body.count(" ") < LITTLE - 1 or _repeats(words, body):
        body = ""
    bare = without_label(title)
    core = words if bare == title else words_of(bare)
    page, outlet = _page(article.url), article.source.name.casefold()
    return Text(page, outlet, article.date.timestamp(), article.dated, words, core, body)


def _page(url: str | None) -> str | None:
    """The address, unless it is that of a site, which a careless one gives to all that it publishes."""
    return url if url and url.partition("://")[2].partition("/")[2] else None


def _repeats(title: str, body: str) -> bool:
    """Whether a text is its title again, with the outlet at most."""
    start, text = title.casefold(), body.casefold()
    return bool(start) and text.startswith(start) and text.count(" ", len(start)) <= LABEL_WORDS + 1


def judge(original: Text, other: Text) -> str | None:
    """Why `other` is a copy of `original`, in words; None where it is not."""
    pair = _pair(original, other)
    if original.page is not None and original.page == other.page and _is_the_page_still(pair):
        return "the same address"
    if _same_headline(original, other):
        return _by_headline(pair)
    if _is_update(pair):
        return "the same text with another number"
    return _by_text(pair)


def _pair(a: Text, b: Text) -> _Pair:
    titles, bodies = (_split(a.title), _split(b.title)), (_split(a.body or a.title), _split(b.body or b.title))
    length = min(body.size for body in bodies)
    likeness = _likeness(bodies[0].plain, bodies[1].plain) if length >= LITTLE else 0.0
    hours, one_outlet = abs(a.time - b.time) / 3600, a.outlet == b.outlet
    if one_outlet and not (a.dated and b.dated):
        hours = max(hours, UNDATED_HOURS)
    return _Pair(titles, bodies, hours, one_outlet, bool(a.body and b.body), likeness, length)


def _split(words: str) -> _Words:
    raw = words.split()
    signs = 0 if words.isascii() else len(SIGN.findall(words))
    return _Words(raw, words.casefold().split(), len(raw) - signs / 2)


def _likeness(a: Sequence[str], b: Sequence[str]) -> float:
    """The share of the shorter text's runs of three words that the longer one holds, in whatever order."""
    if a == b:
        return 1.0
    runs = [set(zip(words, words[1:], words[2:], strict=False)) for words in (a, b)]
    return len(runs[0] & runs[1]) / min(map(len, runs))


def _is_the_page_still(pair: _Pair) -> bool:
    """Whether a page tells what it told: all episodes of a programme, all entries of a list may link to one page."""
    if pair.hours > PAGE_HOURS:
        return False
    titles, bodies = [_telling(title) for title in pair.titles], [_telling(body) for body in pair.bodies]
    about = [not titles[a].isdisjoint(titles[b] | bodies[b]) for a, b in ((0, 1), (1, 0)) if titles[a]]
    return pair.likeness >= QUOTED or (bool(about) and all(about))


def _telling(*texts: _Words) -> set[str]:
    """The beginnings, without endings, of words that are long enough to tell something."""
    return {word[:5] for text in texts for word in text.plain if len(word) > 3 or SIGN.match(word) or word > "\uabff"}


def _same_headline(a: Text, b: Text) -> bool:
    """Whether two titles are the same but for a label on one of them."""
    one, other = a.title.casefold(), b.title.casefold()
    return bool(one) and (one in (other, b.core.casefold()) or a.core.casefold() == other)


def _by_headline(pair: _Pair) -> str | None:
    if pair.told and pair.likeness >= PART:
        return None if _is_instalment(pair) else "the same headline and text"
    letters = min(map(_letters, pair.titles))
    if pair.one_outlet:
        soon = pair.hours <= (SOON_HOURS if letters < TELLING else UPDATE_HOURS)
        return "the same headline within hours" if letters > RUBRIC and soon and not pair.told else None
    if pair.hours > COPY_HOURS:
        return None
    if pair.likeness >= QUOTED and pair.length >= LONG:
        return "the same headline and part of the text"
    return "the same headline" if letters >= TELLING else None


def _letters(words: _Words) -> float:
    """How much a headline says; a character of a script without spaces says as much as three letters."""
    signs = 2 * (len(words.plain) - words.size)
    return len("".join(words.plain)) + 2 * signs


def _is_instalment(pair: _Pair) -> bool:
    """Whether a headline stands for a series: it returns late, or its text is filled in anew."""
    if pair.hours > COPY_HOURS:
        return pair.length < LONG or pair.one_outlet
    return pair.one_outlet and pair.hours > UPDATE_HOURS and _is_template(pair)


def _is_update(pair: _Pair) -> bool:
    """Whether nothing but counts differ in the titles of one text: more victims are known."""
    a, b = (title.plain for title in pair.titles)
    if not pair.told or pair.hours > UPDATE_HOURS or len(a) != len(b) or pair.likeness < SAME:
        return False
    changed = [place for place in range(len(a)) if a[place] != b[place]]
    return bool(changed) and all(_counts(a, place) and _counts(b, place) for place in changed)


def _counts(words: Sequence[str], place: int) -> bool:
    """Whether there is a number that counts what follows: no date, and no number of an episode."""
    near = words[max(place - 1, 0) : place + 2]
    return words[place].isdigit() and place + 1 < len(words) and _DAYS.isdisjoint(near)


def _by_text(pair: _Pair) -> str | None:
    if pair.length < ENOUGH or _is_late(pair):
        return None
    why = _by_wording(pair)
    return None if why and _is_template(pair) else why


def _by_wording(pair: _Pair) -> str | None:
    part = PART if pair.length >= LONG and not pair.one_outlet else SAME
    if pair.likeness >= part and _is_comparable(pair) and _is_about(pair):
        return f"{pair.likeness:.0%} of the wording"
    if pair.told and _common(*pair.titles) >= REWORDED_TITLE and _common(*pair.bodies) >= REWORDED:
        return "the same text in other words"
    return None


def _is_comparable(pair: _Pair) -> bool:
    """Whether neither is a passage that the other quotes."""
    return pair.length >= COMPARABLE * max(body.size for body in pair.bodies)


def _is_late(pair: _Pair) -> bool:
    """Whether it came too late to be a copy. A long text may be taken over at any time, or bear no date."""
    if pair.one_outlet:
        return pair.hours > UPDATE_HOURS
    return pair.hours > COPY_HOURS and (pair.length < LONG or pair.likeness < SAME)


def _is_about(pair: _Pair) -> bool:
    """Whether the text has to do with the titles: what an outlet says of itself stands under any title."""
    body = _telling(pair.bodies[0]) & _telling(pair.bodies[1])
    about = [not title.raw or not body.isdisjoint(_telling(title)) for title in pair.titles]
    return all(about) if pair.one_outlet else any(about)


def _common(a: _Words, b: _Words) -> float:
    """The share of the longer text's words that the other has as well."""
    shared = Counter(a.plain) & Counter(b.plain)
    return shared.total() / max(len(a.plain), len(b.plain), 1)


def _is_template(pair: _Pair) -> bool:
    """Whether one has a name, a date or a number where the other has another.

    Who rewords a text changes plain words most of all; who fills in a template changes none.
    """
    titles, bodies = (_own(*texts) for texts in (pair.titles, pair.bodies))
    if pair.one_outlet and _rival(bodies, _is_name):
        return True
    short = pair.one_outlet or pair.length < LONG
    if short and any(_rival(own, kind) for own in (titles, bodies) for kind in (_is_number, _is_day)):
        return True
    swaps = {*_swaps(*pair.titles, titles), *_swaps(*pair.bodies, bodies)}
    names = len([swap for swap in swaps if all(map(_is_name, swap))])
    return names > (0 if pair.one_outlet else max((len(swaps) - names) // 2, pair.length // WORDS_A_NAME))


def _own(a: _Words, b: _Words) -> tuple[set[str], set[str]]:
    """The words that the one has and the other has not, in any case."""
    known = set(a.plain), set(b.plain)
    return (
        {raw for raw, plain in zip(a.raw, a.plain, strict=True) if plain not in known[1]},
        {raw for raw, plain in zip(b.raw, b.plain, strict=True) if plain not in known[0]},
    )


def _rival(own: tuple[set[str], set[str]], kind: Callable[[str], bool]) -> bool:
    """Whether each has such a word of its own."""
    return any(map(kind, own[0])) and any(map(kind, own[1]))


def _is_number(word: str) -> bool:
    return word[0].isdigit()


def _is_day(word: str) -> bool:
    return word.casefold() in _DAYS


def _is_name(word: str) -> bool:
    return not word[0].islower()


def _swaps(a: _Words, b: _Words, own: tuple[set[str], set[str]]) -> Iterable[tuple[str, str]]:
    """Words of the one in whose place, after the same two words, the other has a word of its own."""
    if own[0] and own[1]:
        places = [
            {(x, y): word for x, y, word in _runs(text) if word in mine} for text, mine in zip((a, b), own, strict=True)
        ]
        yield from ((places[0][place], places[1][place]) for place in places[0].keys() & places[1].keys())


def _runs(text: _Words) -> Iterable[tuple[str, str, str]]:
    return zip(["", "", *text.plain], ["", *text.plain], text.raw, strict=False)
