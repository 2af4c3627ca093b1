"""Languages: normalise the tags that publishers state, and detect the language of texts without one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

MIN_PROBABILITY = 0.97
"""Probability from which a detected language is accepted."""
MIN_LENGTH = 40
"""Characters that a text needs for the detection of its language."""

_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
_NAMES = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "français": "fr", "spanish": "es",
    "español": "es", "italian": "it", "italiano": "it", "portuguese": "pt", "dutch": "nl", "nederlands": "nl",
    "russian": "ru", "japanese": "ja", "chinese": "zh", "korean": "ko", "arabic": "ar", "turkish": "tr", "polish":
    "pl", "swedish": "sv",
}  # fmt: skip
_OLD_CODES = {"iw": "he"}


@lru_cache(maxsize=512)
def normalise_language(tag: str) -> str | None:
    """Return a stated language as a BCP 47 tag in canonical case (RFC 5646 2.1.1): "EN_us" → "en-US"; else None."""
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


def detect_language(text: str) -> str | None:
    """Return the language of a text (BCP 47), or None if it is uncertain. Reads 1,000 characters at most."""
    if len(text) < MIN_LENGTH:
        return None
    language, probability = language_probability(text[:1000])
    return normalise_language(language) if probability >= MIN_PROBABILITY else None


def language_probability(text: str) -> tuple[str, float]:
    """Return the most probable language of a text, and its probability."""
    result = _identifier().FindLanguage(text=text.encode(errors="replace").decode())
    return _OLD_CODES.get(result.language, result.language), result.probability


def detect_source_language(texts: Sequence[str]) -> str | None:
    """Return the language of a source, detected from the beginnings of its texts together.

    Called once for a source that states no language, not for each article.
    """
    share = 1000 // max(len(texts), 1)
    return detect_language(" ".join(text[: max(share, MIN_LENGTH)] for text in texts))


@lru_cache(maxsize=1)
def _identifier():  # type: ignore[no-untyped-def]  # gcld3 has no types
    from gcld3 import NNetLanguageIdentifier

    return NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=4000)
