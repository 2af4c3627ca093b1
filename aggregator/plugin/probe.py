"""Whether there are plugins besides the shipped ones, told without loading any: `aggregate --help` asks at each call.

`importlib.metadata` alone takes half as long as the whole help may. Where this overlooks one, its verbs still work.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

SHIPPED = "aggregator_plugins."


def is_none_wanted() -> bool:
    """Whether the environment asks for the shipped plugins alone."""
    return os.environ.get("AGGREGATE_PLUGINS", "").strip().lower() == "none"


def any_added(folders: Sequence[Path]) -> bool:
    """Whether a folder of plugins is configured, or an installed package offers one."""
    return not is_none_wanted() and (bool(folders) or any(_offers_plugins(file) for file in _entry_points()))


def _entry_points() -> Iterator[Path]:
    """Of each distribution (https://packaging.python.org/en/latest/specifications/entry-points/)."""
    for place in sys.path:
        for suffix in ("dist-info", "egg-info"):
            yield from Path(place).glob(f"*.{suffix}/entry_points.txt")


def _offers_plugins(file: Path) -> bool:
    try:
        _, found, section = file.read_text(encoding="utf-8").partition("[aggregator]")
    except (OSError, ValueError):
        return False
    targets = [line.partition("=")[2].strip() for line in section.partition("\n[")[0].splitlines()[1:]]
    return bool(found) and any(target and not target.startswith(SHIPPED) for target in targets)
