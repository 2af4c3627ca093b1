"""What is known about the address of a picture, and what copying needs of the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from aggregator.http.retry_after import RetryAfterRule
from aggregator.model.picture import Picture


class PictureState(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows about the address of a picture.

    `picture`: None if it could not be copied; `failures`: consecutive ones; `next_try`: no request before this time;
    `error`: the last failure, one line.
    """

    url: str
    picture: Picture | None = None
    failures: int = 0
    next_try: datetime | None = None
    error: str | None = None


class PictureStore(Protocol):
    """The methods of the store that copying needs: this folder may not import it, which imports this folder."""

    @property
    def is_copy(self) -> bool:
        """Whether this is the temporary copy of a dry run, for which no picture is fetched."""

    @property
    def picture_folder(self) -> Path:
        """The folder of the copies."""

    def pictures(self, urls: Sequence[str], now: datetime) -> dict[str, PictureState]:
        """Return the states of those addresses that are known, and record that they are used."""

    def save_picture(self, state: PictureState, now: datetime) -> None:
        """Store what is known about one address. Its copies are stored files already."""

    def retry_after_rules(self) -> Iterable[RetryAfterRule]:
        """Return the Retry-After rules of publishers."""

    def save_retry_after(self, changes: Mapping[str, RetryAfterRule | None]) -> None:
        """Store changed Retry-After rules."""
