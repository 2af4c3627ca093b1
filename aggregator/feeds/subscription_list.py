"""A subscription list of another program, as it is read for an import: its feeds, and what cannot be imported."""

from __future__ import annotations

from typing import Any

import msgspec

Table = dict[str, Any]


class Skipped(msgspec.Struct, frozen=True):
    """An entry that is not imported. `name`: what the list calls it, or its address; `reason`: why, and what to do."""

    name: str
    reason: str


class SubscriptionList(msgspec.Struct):
    """A list. `tables`: its feeds as `[[sources]]` tables; `skipped`: its other entries; `remarks`: settings of the
    feeds that are lost, a line each."""

    tables: list[Table] = []
    skipped: list[Skipped] = []
    remarks: list[str] = []
