"""Languages: the tag a publisher states, and the one a text is written in where none is stated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

SURE = 0.97
"""The probability from which a detected language is believed."""
ENOUGH = 40
"""Characters a text must have for its language to be told."""

_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
_NAMES = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "français": "fr", "spanish": "es",
    "español": "es", "italian": "it", "italiano": "it", "portuguese": "pt", "dutch": "nl", "nederlands": "nl",
    "russian": "ru", "japanese": "ja", "chinese": "zh", "korean": "ko", "arabic": "ar", "turkish": "tr", "polish":
    "pl", "swedish": "sv",
}  # fmt: skip
_OLD_CODES = {"iw": "he"}


@lru_cache(maxsize=512)
def normal_language(tag: str) -> str | None:
    """A stated language as a BCP 47 tag (RFC 5646 2.1.1 for its case): "EN_us" → "en-US"; None where it is none."""
    tag = tag.strip().replace("_", "-")
    if tag.casefold() in _NAMES:
        return _NAMES[tag.casefold()]
    if not _TAG.fullmatch(tag) or tag.lower() in ("und", "mul", "zxx", "none", "null"):
        return None
    first, *rest = tag.lower().split("-")
    return "-".join([first, *(_subtag(part) for part in rest)])


def _subtag(part: str) -> str:
    if len(part) == 2:
        return part.upper()
    return part.title() if len(part) == 4 and part.isalpha() else part


def detect(text: str) -> str | None:
    """The language a text is written in (BCP 47), or None where that is not sure. Reads 1,000 characters at most."""
    if len(text) < ENOUGH:
        return None
    found = _identifier().FindLanguage(text=text[:1000].encode(errors="replace").decode())
    return normal_language(_OLD_CODES.get(found.language, found.language)) if found.probability >= SURE else None


def source_language(texts: Sequence[str]) -> str | None:
    """The language of a source from what it says: one look at the beginnings of its texts.

    To be called once a source that states none, not once an article.
    """
    share = 1000 // max(len(texts), 1)
    return detect(" ".join(text[: max(share, ENOUGH)] for text in texts))


@lru_cache(maxsize=1)
def _identifier():  # type: ignore[no-untyped-def]  # gcld3 states no types
    from gcld3 import NNetLanguageIdentifier

    return NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=4000)
