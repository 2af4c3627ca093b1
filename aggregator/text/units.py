"""Parse and format durations and sizes: "30m", "1h 30m", "7 days", "20 MiB"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated

from msgspec import Meta

DURATION_WORDS = 'a time such as "30m", "72h" or "7d"'
SIZE_WORDS = 'a size such as "500 kB" or "20 MiB"'

LONGEST = timedelta(days=36500)
LARGEST = 2**50

_SECONDS = {
    1: ("s", "sec", "secs", "second", "seconds"),
    60: ("m", "min", "mins", "minute", "minutes"),
    3600: ("h", "hr", "hrs", "hour", "hours"),
    86400: ("d", "day", "days"),
    604800: ("w", "week", "weeks"),
}
_SECONDS_OF = {name: seconds for seconds, names in _SECONDS.items() for name in names}
_BYTES_OF = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_PART = re.compile(r"([0-9]{1,16}(?:\.[0-9]{1,16})?)\s*([a-z]+)", re.ASCII | re.IGNORECASE)


def parse_duration(text: str) -> timedelta:
    """Parse a positive duration of one or more parts. Raises ValueError that states what is allowed."""
    parts = _parts(text)
    if not parts or any(unit not in _SECONDS_OF for _, unit in parts):
        raise ValueError(f"must be {DURATION_WORDS}")
    seconds = sum(number * _SECONDS_OF[unit] for number, unit in parts)
    if not 0 < seconds <= LONGEST.total_seconds():
        raise ValueError(f"must be longer than 0s and at most {LONGEST.days}d")
    return timedelta(seconds=seconds)


def parse_size(text: str) -> int:
    """Parse a size of at least one byte; kB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024. Raises ValueError."""
    parts = _parts(text)
    if len(parts) != 1 or parts[0][1] not in _BYTES_OF:
        raise ValueError(f"must be {SIZE_WORDS}")
    number, unit = parts[0]
    size = int(number * _BYTES_OF[unit])
    if not 1 <= size <= LARGEST:
        raise ValueError(f"must be at least 1 B and at most {format_size(LARGEST)}")
    return size


def _written(units: Iterable[str], many: str) -> dict[str, str]:
    """Return what JSON schemas say about a text of numbers with these units. `many`: "+" for one or more of them.

    The upper case of each letter is written out, since regular expressions of JSON schemas have no flags.
    """
    letters = ("".join(f"[{letter}{letter.upper()}]" for letter in unit) for unit in sorted(units, reverse=True))
    return {"pattern": rf"^\s*(?:[0-9]{{1,16}}(?:\.[0-9]{{1,16}})?\s*(?:{'|'.join(letters)})\s*){many}$"}


Duration = Annotated[
    timedelta,
    Meta(
        title=DURATION_WORDS,
        extra={"written": str, "read": parse_duration},
        extra_json_schema=_written(_SECONDS_OF, many="+"),
    ),
]
"""Type of a configuration key or option: written as text, converted to a `timedelta`."""
Size = Annotated[
    int,
    Meta(
        title=SIZE_WORDS,
        extra={"written": str, "read": parse_size},
        extra_json_schema=_written(_BYTES_OF, many=""),
    ),
]
"""Type of a size, converted to a number of bytes."""


def _parts(text: str) -> list[tuple[float, str]]:
    """Return (number, unit) for each part; [] if the text contains anything else."""
    if _PART.sub("", text).strip():
        return []
    return [(float(number), unit.lower()) for number, unit in _PART.findall(text)]


def format_duration(duration: timedelta) -> str:
    """Format a duration in its largest whole unit, for `parse_duration`: "90m", "3d". `duration`: whole seconds."""
    seconds = round(duration.total_seconds())
    size = next(size for size in (86400, 3600, 60, 1) if seconds % size == 0)
    return f"{seconds // size}{_SECONDS[size][0]}"


def format_rounded(duration: timedelta) -> str:
    """Format a duration for people, rounded: "49m", "8h", "3d"."""
    seconds = round(duration.total_seconds())
    size = next((size for size in (86400, 3600, 60) if seconds >= 2 * size), 1)
    return format_duration(timedelta(seconds=size * round(seconds / size)))


def format_size(size: int) -> str:
    """Format a size in its largest whole unit, for `parse_size`: "20 MiB"."""
    units = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "B": 1}
    unit = next(unit for unit, bytes_ in units.items() if size % bytes_ == 0)
    return f"{size // units[unit]} {unit}"
