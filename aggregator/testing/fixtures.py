"""The pytest plugin of `aggregate-news`: fixtures for tests of plugins, and the option `--record`.

Every pytest of an environment loads it, so it imports what a fixture needs only when that is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aggregator.store import Store
    from aggregator.testing.recordings import Recordings


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option `--record`."""
    group = parser.getgroup("aggregate", "plugins of aggregate")
    group.addoption(
        "--record",
        action="store_true",
        help="query the live servers, and store their answers in `recordings`",
    )


@pytest.fixture
def recorded(request: pytest.FixtureRequest) -> Iterator[Recordings]:
    """Answers requests from the folder `recordings` beside the test; `pytest --record` stores the answers there."""
    from aggregator.testing.assertions import fixture_settings
    from aggregator.testing.recordings import Recordings

    advice = f"; record it: pytest --record {request.node.nodeid}"
    fixture_settings.recordings = Recordings([Path(request.path).parent / "recordings"], advice=advice)
    fixture_settings.record = request.config.getoption("--record")
    yield fixture_settings.recordings
    fixture_settings.recordings, fixture_settings.record = None, False


class Clock:
    """The core's clock. `now`: the current time, with a time zone; may be set."""

    @property
    def now(self) -> datetime:
        """The current time, at which articles are first seen."""
        from aggregator.testing.assertions import fixture_settings

        assert fixture_settings.now
        return fixture_settings.now

    @now.setter
    def now(self, value: datetime) -> None:
        from aggregator.testing.assertions import fixture_settings

        fixture_settings.now = value


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A fixed clock: `clock.now` is noon of 5 January 2026 UTC until it is set."""
    from aggregator.testing.assertions import fixture_settings
    from aggregator.testing.samples import NOON

    fixture_settings.now = NOON
    yield Clock()
    fixture_settings.now = None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a temporary SQLite file."""
    from aggregator.store import Store

    with Store.open(tmp_path / "aggregate.db") as opened:
        yield opened
