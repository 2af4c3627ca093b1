"""The test kit for plugins: `from aggregator.testing import assert_source`.

What it offers to pytest beside these names stands in `aggregator.testing.fixtures`. Each is loaded when it is asked
for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.testing.asserting import assert_filter, assert_output, assert_source
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

_MODULES = {"Clock": "fixtures", "Recordings": "recordings"} | dict.fromkeys(
    ("a_story", "an_article", "an_edition"), "samples"
)


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"aggregator.testing.{_MODULES.get(name, 'asserting')}"), name)
