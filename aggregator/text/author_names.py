"""Finds the names in what feeds state as authors: "By Jane Doe, Staff Writer and John Roe"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from aggregator.text.folding import fold, folded_words
from aggregator.text.outlet_names import outlet_name, same_outlet
from aggregator.text.plain import shorten
from aggregator.text.wording import wording

MAX_AUTHORS = 50
"""Authors of an article that are read."""
_READ = 500
"""Characters of an author that are read."""
_LONGEST_NAME = 80
_MAIL = re.compile(r"(?:mailto:)?[^\s@<>()\[\]\"',;]{1,64}@[^\s@<>()\[\]\"',;]{1,255}", re.IGNORECASE)
_URL = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]\"',;]{1,500}", re.IGNORECASE)
_BRACKETS = re.compile(r"[<(\[]\s{0,3}[>)\]]")
_BETWEEN = re.compile(r"\s?[;|•·]\s?|,\s|\s[-–—/]\s")
_IN_BRACKETS = re.compile(r"\s\(([^()]{1,60})\)$")
_PLACE_AFTER = re.compile(r"\s?(?:\s/|(?<=\w\w\w)/\s?(?=[A-Z]))\s?[^/]{1,60}$")
_INITIALS = re.compile(r"(?:[A-Z]\.?){1,3}|[JS]r\.?|[IV]{1,4}|Ph\.?D\.?|M\.?D\.?|MBE|OBE|CBE|Esq\.?", re.IGNORECASE)
"""What follows a comma and belongs to the name before it: "John Roe, Jr."."""
_OF_OUTLET = frozenset("news newsroom online staff team uk us usa web desk editors redaktion".split())
_PARTICLES = frozenset(
    "af al am ap aus av bin da das dal de degli dei del della der di do dos du e el en ibn la las le los op san"
    " santa st t te ten ter van vande vom von y zu zum zur".split()
)
"""Words in lower case that are part of names."""
_PHOTOS = frozenset("bild bilder camera foto fotos grafik illustration illustrations photo photos video".split())


def author_names(authors: Iterable[str], outlet: str = "", url: str | None = None) -> tuple[str, ...]:
    """Return the names of the authors to show, each once, in order.

    `authors`: as the article states them, plain text; `outlet`, `url`: its outlet, which is not shown as its author.
    Removes "By", roles, addresses and the names that systems write for an unknown author; splits lists of names.

    >>> author_names(["By Jane Doe, Staff Writer and John Roe"])
    ('Jane Doe', 'John Roe')
    >>> author_names(["jane@example.com (Jane Doe)", "admin", "The Courier"], "Courier")
    ('Jane Doe',)
    """
    names: dict[str, str] = {}
    for author in list(authors)[:MAX_AUTHORS]:
        for stated in _names(" ".join(author[:_READ].split())):
            agency = _IN_BRACKETS.search(stated)
            name = stated[: agency.start()] if agency and same_outlet(agency[1], outlet, url) else stated
            if not _is_nobody(name, outlet, url):
                names.setdefault(fold(name), shorten(name, _LONGEST_NAME))
    return tuple(names.values())


def strip_by(text: str) -> str:
    """Remove "By" before the names of a by-line, in several languages.

    >>> strip_by("By Jane Doe"), strip_by("Von der Leyen")
    ('Jane Doe', 'Von der Leyen')
    """
    words = text.split(" ")
    for count in (3, 2, 1):
        before, rest = " ".join(words[:count]), " ".join(words[count:]).lstrip(" :–-")
        if tuple(folded_words(before)) in wording().by and rest and not rest[0].islower():
            # "Di Maio" is a name, "Di Anna Rossi" is not.
            return rest if " " in rest or ":" in before or fold(before) not in _PARTICLES else text
    return text


def _names(author: str) -> Iterator[str]:
    """Yield the names in one author as stated."""
    text = _BRACKETS.sub(" ", _URL.sub(" ", _MAIL.sub(" ", author)))
    text = " ".join(text.split()).strip(" ,;:|-–—<>")
    if text != author and text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    text = _PLACE_AFTER.sub("", strip_by(text)).strip(' "“”')
    parts = [strip_by(part) for part in _split(text)]
    if len(parts) > 1 and not all(map(_may_be_name, parts)):
        parts = [part for part in parts if _may_be_name(part)] if _may_be_name(parts[0]) else [text]
    yield from parts


def _split(text: str) -> list[str]:
    """Split a list of names, without what describes them: roles, who took the pictures."""
    parts: list[str] = []
    for chunk in _BETWEEN.split(text):
        if parts and _INITIALS.fullmatch(chunk):
            parts[-1] += f", {chunk}"
        else:
            parts += _split_at_conjunctions(chunk)
    parts = [part for part in parts if fold(part)]
    if len(parts) == 2 and "," in text and not any(" " in part for part in parts):
        return [text]  # "Doe, Jane"
    return [part for part in parts if not _is_role(part)]


def _split_at_conjunctions(text: str) -> list[str]:
    """Split "Jane Doe and John Roe"; "Trade and Industry" and "Penn & Teller" stay whole."""
    parts: list[list[str]] = [[]]
    for word in text.split(" "):
        if word in ("&", "+") or (word.islower() and fold(word) in wording().conjunctions):
            parts.append([])
        else:
            parts[-1].append(word)
    names = [" ".join(part) for part in parts if part]
    return names if all(_may_be_name(name) or _is_role(name) for name in names) else [text]


def _may_be_name(part: str) -> bool:
    """Return whether a part of a list is a name of its own."""
    words = part.split(" ")
    is_written_like_one = all(not word[:1].islower() or fold(word) in _PARTICLES for word in words)
    return 2 <= len(words) <= 6 and is_written_like_one and not words[-1].islower()


def _is_role(part: str) -> bool:
    """Return whether a part describes an author: "Staff Writer", "Science correspondent", "Photos: Jane Doe"."""
    words = folded_words(part)
    is_credit = words[:1] != [] and words[0] in _PHOTOS and (":" in part or words[1:2] == ["by"])
    return is_credit or (bool(words) and words[-1] in wording().roles and len(words) <= 6)


def _is_nobody(name: str, outlet: str, url: str | None) -> bool:
    """Return whether a name is none: of a system, of an unknown author, or of the outlet."""
    words = folded_words(name)
    if not words or fold(name) in wording().nobody or "://" in name:
        return True
    if not outlet:
        return False
    shown = outlet_name(outlet, url)
    # A person may have the name of the host: that is only the outlet if the host is shown as its name.
    home = url if " " not in shown and fold(shown) in fold(url or "") else None
    if same_outlet(name, outlet) or same_outlet(name, shown, home):
        return True
    return words[-1] in _OF_OUTLET and len(words) > 1 and same_outlet(" ".join(words[:-1]), shown, home)
