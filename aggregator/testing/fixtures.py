"""The fixtures that `pip install aggregate-news` brings to pytest, and its option `--record`.

Loaded by every pytest of an environment: it imports nothing that a test has not asked for.
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
    """Offer `--record`."""
    group = parser.getgroup("aggregate", "plugins of aggregate")
    group.addoption(
        "--record", action="store_true", help="ask the live servers, and store their answers in `recordings`"
    )


@pytest.fixture
def recorded(request: pytest.FixtureRequest) -> Iterator[Recordings]:
    """Answers of the web that lie in the folder `recordings` beside the test; `pytest --record` stores them there."""
    from aggregator.testing.assertions import circumstances
    from aggregator.testing.recordings import Recordings

    advice = f"; record it: pytest --record {request.node.nodeid}"
    circumstances.recordings = Recordings([Path(request.path).parent / "recordings"], advice=advice)
    circumstances.record = request.config.getoption("--record")
    yield circumstances.recordings
    circumstances.recordings, circumstances.record = None, False


class Clock:
    """What time it is for the core. `now`: with its time zone; may be set."""

    @property
    def now(self) -> datetime:
        """The time that articles are first seen at."""
        from aggregator.testing.assertions import circumstances

        assert circumstances.now
        return circumstances.now

    @now.setter
    def now(self, value: datetime) -> None:
        from aggregator.testing.assertions import circumstances

        circumstances.now = value


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock that stands still: `clock.now` is noon of 5 January 2026 UTC, until it is set."""
    from aggregator.testing.assertions import circumstances
    from aggregator.testing.samples import NOON

    circumstances.now = NOON
    yield Clock()
    circumstances.now = None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store, as a run has it: an SQLite file that is gone afterwards."""
    from aggregator.store import Store

    with Store.open(tmp_path / "aggregate.db") as opened:
        yield opened
