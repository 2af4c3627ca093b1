"""Public names of the test kit for plugins: `from aggregator.testing import assert_source`.

The fixtures and options for pytest are in `aggregator.testing.fixtures`. Each name is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.testing.assertions import assert_filter, assert_output, assert_source
    from aggregator.testing.fixtures import Clock
    from aggregator.testing.recordings import Recordings
    from aggregator.testing.samples import a_story, an_article, an_edition

__all__ = [
    "Clock",
    "Recordings",
    "a_story",
    "an_article",
    "an_edition",
    "assert_filter",
    "assert_output",
    "assert_source",
]

_DEFINED_IN = {
    "aggregator.testing.assertions": ("assert_filter", "assert_output", "assert_source"),
    "aggregator.testing.fixtures": ("Clock",),
    "aggregator.testing.recordings": ("Recordings",),
    "aggregator.testing.samples": ("a_story", "an_article", "an_edition"),
}


def __getattr__(name: str) -> object:
    for module, names in _DEFINED_IN.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
