"""Removes from a headline the name of its outlet, which publishers append: "The bridge reopens | Courier"."""

from __future__ import annotations

import re

from aggregator.text.folding import folded_words
from aggregator.text.outlet_names import same_outlet

SEPARATORS = "-–—|:·•»"
"""Characters between a headline and the name of its outlet."""
_TAIL = re.compile(rf"\s(?:[{SEPARATORS}/]{{1,2}}|&mdash;)\s")
_MAX_TAIL = 80
"""Characters of the name of an outlet."""
_MAX_NAMES = 3
"""Parts of a title that are compared with the outlet, whose name may contain separators itself."""


def without_outlet(title: str, outlet: str, url: str | None = None) -> str:
    """Return a title without the name of its outlet at the end, if that is certain.

    `outlet`: the name of the outlet, as stated or as shown; `url`: its home page. The end of the title must be that
    name, or the host, regardless of case, accents, punctuation and "The"; nothing else is removed. Never empty unless
    `title` is.

    >>> without_outlet("The bridge reopens - The Washington Post", "World", "https://www.washingtonpost.com/")
    'The bridge reopens'
    >>> without_outlet("Trump – Biden", "The Courier", "https://courier.example/")
    'Trump – Biden'
    """
    title = title.strip()
    while (shorter := _without_tail(title, outlet, url)) != title:
        title = shorter
    return title


def _without_tail(title: str, outlet: str, url: str | None) -> str:
    end = title[-_MAX_TAIL:]
    tails = [(len(title) - len(end) + match.start(), end[match.end() :], match[0]) for match in _TAIL.finditer(end)]
    for start, name, separator in reversed(tails[-_MAX_NAMES:]):
        if same_outlet(name, outlet, url) and _is_headline(title[:start], name, separator):
            return title[:start].rstrip()
    return title


def _is_headline(title: str, name: str, separator: str) -> bool:
    """Return whether a title says something without a name at its end: "Spurs - Arsenal" is about both."""
    words = len(folded_words(title))
    is_dash = any(character in "-–—:/" for character in separator)
    return words > 1 or (words == 1 and (not is_dash or len(folded_words(name)) > 1))
