"""Reasons why an article is in its story, or a story in its storyline: as they are stored, and in words.

A stored reason refers to the other article by its key, and to an earlier story by its id. The name is looked up when
the reason is shown, so that it is the current one, and so that a reason whose article has left the story is noticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

BY_HAND = "put here by hand"
"""The reason of an article or a story that a correction moved."""
STORY_MERGED = "its story was merged into this one"
"""The reason of an article whose story was merged into another."""
OTHERS_LEFT = "joined because of articles that have left the story since"
"""The reason of an article that shares nothing with those that are left."""
EARLIER_LEFT = "continues a story that has left the storyline since"
"""The reason of a story that shares nothing with the earlier ones that are left."""

_OLD = "with ", "continues “"
"""How reasons of earlier versions begin that name an article or a story."""


class Shares(msgspec.Struct, frozen=True, omit_defaults=True, tag="shares"):
    """An article resembles others of its story.

    `cites`: key of the most similar one; `words`: that both have; `hours`: from that one to this article; `closeness`:
    of the article to the story when it joined; `threshold`: what that had to reach; both None if the reason was
    written later.
    """

    cites: int
    words: tuple[str, ...] = ()
    hours: float = 0.0
    closeness: float | None = None
    threshold: float | None = None

    def text(self, outlet: str, title: str) -> str:
        """Return the reason in words. `outlet`, `title`: of the article that it cites."""
        what = f"shares {listed(self.words)}" if self.words else "has similar wording"
        shared = f"{what} with {outlet}: “{title}”, {self._when()}"
        if self.closeness is None or self.threshold is None:
            return shared
        if self.closeness < self.threshold:
            figures = f"joined with a group of articles; its own closeness to the story {signed(self.closeness)}"
        else:
            figures = "closeness to the story {}, needed {}".format(*against(self.closeness, self.threshold))
        return f"{shared} ({figures})"

    def _when(self) -> str:
        if round(abs(self.hours) * 60) == 0:
            return "published at the same time"
        return f"{duration(abs(self.hours))} {'earlier' if self.hours > 0 else 'later'}"


class IsCopy(msgspec.Struct, frozen=True, tag="copy"):
    """An article is a copy of another one. `evidence`: what they have in common, in words."""

    evidence: str

    def text(self, outlet: str, title: str) -> str:
        """Return the reason in words. `outlet`, `title`: of the original."""
        return f"{self.evidence} as {outlet}: “{title}”"


class Continues(msgspec.Struct, frozen=True, omit_defaults=True, tag="continues"):
    """A story continues an earlier one. `cites`: id of that; `words`: that both have; `linked`: whether a text links
    to it."""

    cites: str
    words: tuple[str, ...] = ()
    linked: bool = False

    def text(self, outlet: str, title: str, date: datetime | None) -> str:
        """Return the reason in words. `outlet`, `title`, `date`: of the first article of the earlier story."""
        evidence = ["links to it"] if self.linked else []
        evidence += [f"shares {listed(self.words)}"] if self.words else []
        where = f"{outlet}, {date.date()}" if date else outlet
        return f"continues “{title}” ({where})" + (f": {'; '.join(evidence)}" if evidence else "")


Reason = Shares | IsCopy | Continues
"""What is stored as JSON; other reasons are stored as plain text."""

_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[Reason] = msgspec.json.Decoder(Reason)


def encode(reason: Reason) -> str:
    """Return a reason as it is stored."""
    return _encode(reason).decode()


def decode(stored: str | None) -> Reason | str | None:
    """Return a stored reason; one that is plain text as it is."""
    if not stored or not stored.startswith("{"):
        return stored
    try:
        return _decoder.decode(stored)
    except msgspec.DecodeError:
        return stored


def cites_by_name(reason: Reason | str | None) -> bool:
    """Whether a reason of an earlier version names an article or a story in its text."""
    return isinstance(reason, str) and reason.startswith(_OLD)


def listed(words: Sequence[str]) -> str:
    """Return words as an enumeration: "a, b and c"."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part) if words else ""


def duration(hours: float) -> str:
    """Return a time between two articles in words."""
    if hours < 1:
        minutes = max(round(hours * 60), 1)
        return f"{minutes} minute{'s' * (minutes > 1)}"
    if hours < 48:
        whole = round(hours)
        return f"{whole} hour{'s' * (whole > 1)}"
    return f"{round(hours / 24)} days"


def against(figure: float, threshold: float) -> tuple[str, str]:
    """Return a figure and its threshold, with a second decimal if they look the same otherwise."""
    if signed(figure) != signed(threshold):
        return signed(figure), signed(threshold)
    return f"{figure:+.2f}", f"{threshold:+.2f}"


def signed(figure: float) -> str:
    """Return a figure with its sign and one decimal; never "-0.0"."""
    return f"{round(figure, 1) + 0.0:+.1f}"
