"""Detects third-party plugins without loading any, for `aggregate --help`, which lists the verbs that they add.

`importlib.metadata` alone would take half of the time that the help may take. The verbs of a plugin that is overlooked
here still work.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

SHIPPED = "aggregator_plugins."


def is_third_party_disabled() -> bool:
    """Whether the environment variable AGGREGATE_PLUGINS disables all plugins except the shipped ones."""
    return os.environ.get("AGGREGATE_PLUGINS", "").strip().lower() == "none"


def has_third_party_plugins(folders: Sequence[Path]) -> bool:
    """Whether a plugin folder is configured, or an installed package has a plugin that is not shipped."""
    return not is_third_party_disabled() and (bool(folders) or any(_offers_plugins(file) for file in _entry_points()))


def _entry_points() -> Iterator[Path]:
    """Yield the entry point files of all installed distributions.

    See https://packaging.python.org/en/latest/specifications/entry-points/.
    """
    for folder in sys.path:
        for suffix in ("dist-info", "egg-info"):
            yield from Path(folder).glob(f"*.{suffix}/entry_points.txt")


def _offers_plugins(file: Path) -> bool:
    try:
        _, header, section = file.read_text(encoding="utf-8").partition("[aggregator]")
    except (OSError, ValueError):
        return False
    targets = [line.partition("=")[2].strip() for line in section.partition("\n[")[0].splitlines()[1:]]
    return bool(header) and any(target and not target.startswith(SHIPPED) for target in targets)
