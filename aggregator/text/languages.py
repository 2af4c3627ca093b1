"""Languages: normalise the tags that publishers state, and detect the language of texts without a true one.

Scripts of languages: Unicode CLDR, likely subtags and language data.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from aggregator.text.plain import plain_beginning

MIN_PROBABILITY = 0.97
"""Probability from which a detected language is accepted."""
MIN_LENGTH = 40
"""Characters that a text needs for the detection of its language."""

MIN_LETTERS = 40
"""Letters that a text needs to contradict a stated language by its script."""
_SCRIPT_SAMPLE = 2_000
"""Characters that are read for it."""
# By the first word of the names of their letters. Languages that are not listed, or of several scripts, are many: only
# a script in which a listed language is not written contradicts it.
_SCRIPT_LANGUAGES = {
    script: frozenset(languages.split())
    for script, languages in {
        "LATIN": """
            af ast az bm br bs ca ceb co cs cy da de en eo es et eu fi fil fo fr fur fy ga gd gl gn gv ha haw hr ht hu
            id ig is it jv kk ku ky la lb lt lv mg mi ms mt nb nds nl nn no nso oc pl ps pt qu rm ro rw sc sh sk sl sm
            sn so sq sr st su sv sw tg tk tl tn tr tt ug uz vi wo xh yo zu
            """,
        "CYRILLIC": "ab av az ba be bg bs ce cv kk ky mk mn os ro ru sah sh sr tg tk tt ug uk uz ku",
        "GREEK": "el",
        "ARABIC": "ar arz az bal ckb fa ha kk ks ku ky ms pa ps sd so tg tk ug ur uz",
        "HEBREW": "he iw yi",
        "ARMENIAN": "hy",
        "GEORGIAN": "ka",
        "DEVANAGARI": "hi mr ne sa mai bho kok ks sd",
        "BENGALI": "bn as",
        "GURMUKHI": "pa",
        "GUJARATI": "gu",
        "ORIYA": "or",
        "TAMIL": "ta",
        "TELUGU": "te",
        "KANNADA": "kn",
        "MALAYALAM": "ml",
        "SINHALA": "si",
        "THAI": "th",
        "LAO": "lo",
        "MYANMAR": "my",
        "KHMER": "km",
        "TIBETAN": "bo dz",
        "ETHIOPIC": "am ti",
        "MONGOLIAN": "mn",
        "HANGUL": "ko",
        "KANA": "ja",
        "CJK": "zh yue cmn wuu",
        "BOPOMOFO": "zh",
    }.items()
}
_SCRIPT_CODES = {
    "latn": "LATIN", "cyrl": "CYRILLIC", "grek": "GREEK", "arab": "ARABIC", "hebr": "HEBREW", "armn": "ARMENIAN",
    "geor": "GEORGIAN", "deva": "DEVANAGARI", "beng": "BENGALI", "guru": "GURMUKHI", "gujr": "GUJARATI", "thai": "THAI",
    "hans": "CJK", "hant": "CJK", "hani": "CJK", "jpan": "KANA CJK", "kore": "HANGUL", "hang": "HANGUL",
    "mong": "MONGOLIAN", "ethi": "ETHIOPIC", "taml": "TAMIL", "telu": "TELUGU", "khmr": "KHMER", "mymr": "MYANMAR",
}  # fmt: skip
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
    """Return the language of a source, detected from the beginnings of its texts in HTML together.

    Called once for a source that states no language, not for each article.
    """
    share = max(1000 // max(len(texts), 1), MIN_LENGTH)
    return detect_language(" ".join([plain_beginning(text, share) for text in texts]))


@lru_cache(maxsize=1)
def _identifier():  # type: ignore[no-untyped-def]  # gcld3 has no types
    from gcld3 import NNetLanguageIdentifier

    return NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=4000)


def contradicts_script(language: str, text: str) -> bool:
    """Return whether nearly all letters of a text are in a script that a language (BCP 47) is not written in.

    False if the text has too few letters, and for languages and scripts that are not known.
    """
    expected = _scripts_of(language)
    if not expected or (text.isascii() and "LATIN" in expected):
        return False
    counts = Counter[str]()
    for character, number in Counter(text[:_SCRIPT_SAMPLE]).items():
        counts[_script_of(character)] += number
    del counts[""]
    if counts["KANA"] * 10 > counts["CJK"]:
        counts["KANA"] += counts.pop("CJK", 0)  # Japanese, which mixes both
    script, count = next(iter(counts.most_common(1)), ("", 0))
    total = counts.total()
    return total >= MIN_LETTERS and count * 10 >= total * 8 and script not in expected


@lru_cache(maxsize=512)
def _scripts_of(language: str) -> frozenset[str]:
    """Return the scripts that a language is written in, empty if unknown: the one in its tag, else all usual ones."""
    first, *rest = language.lower().replace("_", "-").split("-")
    stated = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
    if stated:
        return frozenset(_SCRIPT_CODES.get(stated, "").split())
    return frozenset(script for script, languages in _SCRIPT_LANGUAGES.items() if first in languages)


@lru_cache(maxsize=4096)
def _script_of(character: str) -> str:
    """Return the script of a letter as the first word of its Unicode name, such as "CYRILLIC"; "" for other characters.

    Letters of mathematics, as "MATHEMATICAL BOLD SMALL A", are no script.
    """
    if character.isascii():
        return "LATIN" if character.isalpha() else ""
    if not character.isalpha():
        return ""
    name = unicodedata.name(unicodedata.normalize("NFKC", character)[:1], "").partition(" ")[0]
    return "KANA" if name in ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA") else name
