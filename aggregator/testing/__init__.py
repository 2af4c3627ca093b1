"""Public names of the test kit for plugins: `from aggregator.testing import assert_source`.

The fixtures and options for pytest are in `aggregator.testing.fixtures`. Each name is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from aggregator.runtime.lazy_names import lazy_names

if TYPE_CHECKING:
    from aggregator.testing.assertions import assert_deliveries, assert_filter, assert_output, assert_source
    from aggregator.testing.fixtures import Clock
    from aggregator.testing.recordings import Recordings
    from aggregator.testing.samples import a_story, an_article, an_edition
else:  # hidden from type checkers, so that they report a name that does not exist
    __getattr__ = lazy_names(
        __name__,
        {
            "aggregator.testing.assertions": "assert_deliveries assert_filter assert_output assert_source",
            "aggregator.testing.fixtures": "Clock",
            "aggregator.testing.recordings": "Recordings",
            "aggregator.testing.samples": "a_story an_article an_edition",
        },
    )

__all__ = [
    "Clock",
    "Recordings",
    "a_story",
    "an_article",
    "an_edition",
    "assert_deliveries",
    "assert_filter",
    "assert_output",
    "assert_source",
]
