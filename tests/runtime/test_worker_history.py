"""When another worker process is started after failures, and how long its calls may take."""

from __future__ import annotations

import pytest

from aggregator.runtime.worker_history import (
    FIRST_LIMIT,
    LAST_LIMIT,
    MAX_STARTS,
    PERIOD,
    START_AGAIN,
    WorkerHistory,
)


@pytest.mark.parametrize(("seconds", "starts"), [(PERIOD / MAX_STARTS / 2, False), (PERIOD / MAX_STARTS * 1.1, True)])
def test_workers_are_replaced_forever_unless_they_fail_too_often(seconds: float, starts: bool) -> None:
    history = WorkerHistory()
    for number in range(10 * MAX_STARTS):
        history.add_failure(number * seconds, started=True)
    assert history.may_start(number * seconds) is starts
    assert history.may_start(number * seconds + PERIOD)


def test_a_worker_that_does_not_even_start_is_tried_again_later() -> None:
    history = WorkerHistory()
    assert history.may_start(5)
    history.add_failure(5, started=False)
    assert not history.may_start(4 + START_AGAIN)
    assert history.may_start(5 + START_AGAIN)


def test_the_limit_is_halved_by_each_call_that_hangs_and_recovers() -> None:
    history = WorkerHistory()
    shares = [history.limit_share(0)]
    for now in range(6):
        history.add_hang(now)
        shares.append(history.limit_share(now))
    assert shares[:3] == [FIRST_LIMIT, FIRST_LIMIT / 2, FIRST_LIMIT / 4]
    assert shares[-1] == LAST_LIMIT
    assert history.limit_share(PERIOD + 4) == FIRST_LIMIT / 2
    assert history.limit_share(PERIOD + 5) == FIRST_LIMIT
