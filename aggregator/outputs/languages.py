"""Tells languages for pages: valid tags, directions of writing, and names in the reader's language."""

from __future__ import annotations

import re
from functools import lru_cache

_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?(?:-.*)?", re.IGNORECASE | re.DOTALL)
RIGHT_TO_LEFT = frozenset("ar arc ckb dv fa he ku-Arab ps sd syr ug ur yi".split())


@lru_cache(maxsize=512)
def language_tag(tag: str | None) -> str:
    """Return the language, script and region of a BCP 47 tag, if they exist; "" if its language does not."""
    from babel import Locale

    match = _TAG.fullmatch((tag or "")[:40].replace("_", "-"))
    if not match:
        return ""
    english = Locale("en")
    language, script, region = match[1].lower(), (match[2] or "").title(), (match[3] or "").upper()
    if language not in english.languages:
        return ""
    parts = [language, script if script in english.scripts else "", region if region in english.territories else ""]
    return "-".join(part for part in parts if part)


def language_direction(tag: str | None) -> str:
    """Return the direction of writing of a language: "ltr", "rtl", or "auto" if the language is unknown."""
    valid = language_tag(tag)
    if not valid:
        return "auto"
    language, _, rest = valid.partition("-")
    script = rest[:4] if len(rest) >= 4 and rest[:4].isalpha() else ""
    if script:
        return "rtl" if script in ("Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm") else "ltr"
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def edition_language(locale: str) -> str:
    """Return the language of what an edition says itself, for a locale; "en" if there is no such language."""
    return language_tag(locale) or "en"


def edition_direction(locale: str) -> str:
    """Return the direction of writing of what an edition says itself: "ltr" or "rtl"."""
    return language_direction(edition_language(locale)).replace("auto", "ltr")


def language_name(tag: str, locale: str) -> str:
    """Return the name of a language in the language of a locale: "German"; the tag if it has none."""
    from babel import Locale, UnknownLocaleError

    for one in (locale, locale.partition("-")[0], "en"):
        try:
            names = Locale.parse(one, sep="-").languages
        except (ValueError, UnknownLocaleError):
            continue
        return str(names.get(tag.partition("-")[0].lower(), tag))
    return tag
