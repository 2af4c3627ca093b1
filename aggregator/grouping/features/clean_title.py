"""What a headline says, without what newsrooms, outlets and aggregators put around it.

"UPDATE 2-The bridge reopens", "Exclusive: The bridge reopens" and "The bridge reopens | Courier" are one headline.
"Spurs - Arsenal" is a whole one, and "How the bridge was built - Part 2" is another than its part 1.
"""

from __future__ import annotations

import re

from aggregator.model import Article

LABEL_WORDS, HEADLINE_WORDS = 3, 4
"""Words at most of a label before or after a headline, and at least of what is left without it."""

SHORT = 40
"""Characters that a summary may be longer than the title that it repeats, and still say nothing of its own."""

_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
SIGN = re.compile(f"[{_UNSPACED}]")
"""A character of a script without spaces (Thai, Lao, Japanese, Chinese)."""
_WORD = re.compile(f"[{_UNSPACED}]|[^\\W_{_UNSPACED}]+")
# How many characters may stand between is bounded, so that the time is, too.
_START = re.compile(r"(?:^\W{0,3}|[.!?:;…|–—][^\w\s]{0,2}\s[^\w\s]{0,2})\w")
_WIRE = re.compile(
    r"^(?:updated?|corrected|refile|wrapup|exclusive|breaking|urgent|watch|eil)\b[ \d]{0,4}[-–—:|]\s?", re.IGNORECASE
)
_LABEL = re.compile(rf"^[^\W\d]+(?: [^\W\d]+){{,{LABEL_WORDS - 1}}}\s?[:|]\s")
_TAIL = re.compile(r"\s[-–—|:·•»]{1,2}\s([^|–—:·•»]{2,40})$")
_SECTIONS = re.compile(f"(?<=[{_UNSPACED}\uff01\uff1f])(?:_[^_]{{1,30}})+$")  # as Chinese sites add them
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)


def words_of(text: str) -> str:
    """The words, one space between. Scripts without spaces are read by characters. The capital that begins a sentence
    makes no name, and is taken away."""
    return " ".join(_WORD.findall(_START.sub(_lower, text)))


def _lower(match: re.Match[str]) -> str:
    return match[0].lower()


def without_outlet(title: str, outlet: str, url: str) -> str:
    """A title without the prefix of a wire service, and without the outlet's name or an address at its end.

    `outlet`: its name; `url`: the article's, whose host may be the name's short form.
    """
    title = _WIRE.sub("", title)
    tail = _TAIL.search(title)
    return title if tail is None else _without_tail(title, tail, outlet, url)


def _without_tail(title: str, tail: re.Match[str], outlet: str, url: str) -> str:
    if not (_DOMAIN.fullmatch(tail[1]) or _is_outlet(tail[1], outlet, url)):
        return title
    bare = title[: tail.start()]
    return bare if len(_WORD.findall(bare)) >= HEADLINE_WORDS else title


def _is_outlet(name: str, outlet: str, url: str) -> bool:
    host = url.partition("://")[2].partition("/")[0]
    name, known = ("".join(_WORD.findall(text.casefold())) for text in (name, outlet))
    return name == known or (len(name) > 2 and (name in known or name in host or (len(known) > 2 and known in name)))


def without_label(title: str) -> str:
    """A title without a label before or after it, whoever it names. One with a number tells parts apart, and stays."""
    bare = _LABEL.sub("", title)
    tail = _TAIL.search(bare)
    if tail and tail[1].count(" ") < LABEL_WORDS and not any(map(str.isdigit, tail[1])):
        bare = bare[: tail.start()]
    return bare if len(_WORD.findall(bare)) >= HEADLINE_WORDS else title


def headline(title: str, article: Article) -> str:
    """The title, or the beginning of it, as its words are read: also without an outlet that stands behind the title in
    the summary, too, as aggregators of headlines have it."""
    title = _SECTIONS.sub("", _WIRE.sub("", title))
    tail = _TAIL.search(title)
    if tail is None:
        return title
    bare = _without_tail(title, tail, article.source.name, article.url or "")
    return bare if bare != title or not _is_credit(tail, article.summary) else title[: tail.start()]


def _is_credit(tail: re.Match[str], summary: str) -> bool:
    """Whether what stands behind a title is an outlet: it ends the summary, too, or there is none and it is a name."""
    if len(_WORD.findall(tail.string[: tail.start()])) < HEADLINE_WORDS:
        return False
    if summary:
        return _letters(summary).endswith(_letters(tail[1]))
    words = tail[1].split()
    return len(words) <= LABEL_WORDS and all(word[0].isupper() and word.isalpha() for word in words)


def own_summary(article: Article) -> str:
    """The summary; nothing where it is the title once more."""
    summary, title = article.summary, article.title
    if not summary or len(summary) > len(title) + SHORT:
        return summary
    return "" if title and _begins(summary, headline(title, article)) else summary


def _begins(summary: str, title: str) -> bool:
    return _letters(summary[: len(title) + SHORT]).startswith(_letters(title))


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()
