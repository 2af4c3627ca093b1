"""Fixtures: a store on a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jobs_database import Database, open_database


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    with open_database(postgresql_url) as opened:
        yield opened
