"""Formats times for a terminal: in the time zone of the machine, and with its name."""

from __future__ import annotations

from datetime import datetime


def local_time(time: datetime) -> str:
    """Format a time with its time zone: "2026-11-24 09:12 CET"."""
    return f"{time.astimezone():%Y-%m-%d %H:%M %Z}"


def local_minute(time: datetime) -> str:
    """Format a time without its time zone, for a table whose heading names the zone: "2026-11-24 09:12"."""
    return f"{time.astimezone():%Y-%m-%d %H:%M}"


def local_day(time: datetime) -> str:
    """Format the day of a time: "2026-11-24"."""
    return f"{time.astimezone():%Y-%m-%d}"


def local_zone() -> str:
    """Return the name of the time zone now, such as "CET"."""
    return f"{datetime.now().astimezone():%Z}"
