"""Clean headlines: remove wire prefixes, outlet names and labels around them.

"UPDATE 2-The bridge reopens", "Exclusive: The bridge reopens" and "The bridge reopens | Courier" are the same headline.
"Spurs - Arsenal" stays whole, and "How the bridge was built - Part 2" stays different from part 1.
"""

from __future__ import annotations

import re

from aggregator.grouping.features.scripts import UNSPACED
from aggregator.grouping.features.wording import Wording
from aggregator.text.headlines import SEPARATORS

MAX_LABEL_WORDS, MIN_HEADLINE_WORDS = 3, 4
"""Words of a label before or after a headline at most, and of the headline that is left without it at least."""

MAX_EXTRA_CHARACTERS = 40
"""A summary that begins with the title and is longer by at most so many characters adds nothing to it."""

_WORD = re.compile(f"[{UNSPACED}]|[^\\W_{UNSPACED}]+")
# Bounded repetitions keep matching time linear.
_TEXT_START = re.compile(r"\W{0,3}\w")
_SENTENCE_START = re.compile(r"[.!?:;…|–—][^\w\s]{0,2}\s[^\w\s]{0,2}\w")
_ONLY_WORDS = "".join(chr(code) if chr(code).isalnum() else " " for code in range(128))
"""Translates characters between words to spaces, in ASCII."""
_WIRE_PREFIX = re.compile(
    r"(?:updated?|corrected|refile|wrapup|exclusive|breaking|urgent|watch|eil)\b[ \d]{0,4}[-–—:|]\s?", re.IGNORECASE
)
_LABEL = re.compile(rf"^[^\W\d]+(?: [^\W\d]+){{,{MAX_LABEL_WORDS - 1}}}\s?[:|]\s")
_TAIL = re.compile(rf"\s[{SEPARATORS}]{{1,2}}\s([^{SEPARATORS.removeprefix('-')}]{{2,40}})$")
_BEFORE_SECTIONS = re.compile(f"[{UNSPACED}\uff01\uff1f]$")
MAX_SECTION_LENGTH = 30
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)


def words_of(text: str) -> str:
    """Return the words of a text, separated by single spaces; characters of scripts without spaces are words.

    The first letter of a sentence becomes lower case, since its capital does not indicate a name.
    """
    start = _TEXT_START.match(text)
    if start is not None:
        text = start[0].lower() + _SENTENCE_START.sub(_to_lower, text[start.end() :])
    else:
        text = _SENTENCE_START.sub(_to_lower, text)
    return " ".join(text.translate(_ONLY_WORDS).split() if text.isascii() else _WORD.findall(text))


def _to_lower(match: re.Match[str]) -> str:
    return match[0].lower()


def without_outlet(title: str, outlet: str, url: str) -> str:
    """Remove a wire prefix, and the outlet's name or a domain at the end.

    `outlet`: its name; `url`: that of the article, whose host may contain a short form of the name.
    """
    title = _without_prefix(title)
    tail = _TAIL.search(title)
    return title if tail is None else _without_tail(title, tail, outlet, url)


def _without_prefix(title: str) -> str:
    prefix = _WIRE_PREFIX.match(title)
    return title if prefix is None else title[prefix.end() :]


def _without_tail(title: str, tail: re.Match[str], outlet: str, url: str) -> str:
    if not (_DOMAIN.fullmatch(tail[1]) or _is_outlet(tail[1], outlet, url)):
        return title
    bare = title[: tail.start()]
    return bare if len(_WORD.findall(bare)) >= MIN_HEADLINE_WORDS else title


def _is_outlet(name: str, outlet: str, url: str) -> bool:
    host = url.partition("://")[2].partition("/")[0]
    name, outlet = ("".join(_WORD.findall(text.casefold())) for text in (name, outlet))
    return name == outlet or (
        len(name) > 2 and (name in outlet or name in host or (len(outlet) > 2 and outlet in name))
    )


def without_label(title: str) -> str:
    """Remove a label before and after a title, unless it contains a number: "Part 2" distinguishes articles."""
    bare = _LABEL.sub("", title)
    tail = _TAIL.search(bare)
    if tail and tail[1].count(" ") < MAX_LABEL_WORDS and not any(map(str.isdigit, tail[1])):
        bare = bare[: tail.start()]
    return bare if len(_WORD.findall(bare)) >= MIN_HEADLINE_WORDS else title


def headline(title: str, article: Wording) -> str:
    """Return the title of an article, or its beginning, without wire prefix, sections and outlet.

    Also removes the original outlet where an aggregator of headlines appends it to the title and to the summary.
    """
    title = _without_sections(_without_prefix(title))
    tail = _TAIL.search(title)
    if tail is None:
        return title
    bare = _without_tail(title, tail, article.outlet, article.url or "")
    return bare if bare != title or not _is_credit(tail, article.summary) else title[: tail.start()]


def _is_credit(tail: re.Match[str], summary: str) -> bool:
    """Return whether the tail is an outlet: it also ends the summary, or is a name and there is no summary."""
    if len(_WORD.findall(tail.string[: tail.start()])) < MIN_HEADLINE_WORDS:
        return False
    if summary:
        return _letters(summary).endswith(_letters(tail[1]))
    words = tail[1].split()
    return len(words) <= MAX_LABEL_WORDS and all(word[0].isupper() and word.isalpha() for word in words)


def _without_sections(title: str) -> str:
    """Remove the sections that Chinese sites append: "標題_新聞_國際"."""
    if "_" not in title:
        return title
    parts = title.split("_")
    first = len(parts)
    while first > 1 and 1 <= len(parts[first - 1]) <= MAX_SECTION_LENGTH:
        first -= 1
    cut = next((n for n in range(first, len(parts)) if _BEFORE_SECTIONS.search(parts[n - 1][-1:])), len(parts))
    return "_".join(parts[:cut])


def own_summary(article: Wording) -> str:
    """Return the summary, or "" if it only repeats the title."""
    summary, title = article.summary, article.title
    if not summary or len(summary) > len(title) + MAX_EXTRA_CHARACTERS:
        return summary
    return "" if title and _begins(summary, headline(title, article)) else summary


def _begins(summary: str, title: str) -> bool:
    return _letters(summary[: len(title) + MAX_EXTRA_CHARACTERS]).startswith(_letters(title))


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()
