"""Structured logs: one line for each event, without secrets and terminal escapes."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator

import pytest

from aggregator.jobs.logs import LOGGER, configure_logs, event
from aggregator.text.secrets import hide


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    handlers, propagate, level = LOGGER.handlers[:], LOGGER.propagate, LOGGER.level
    yield io.StringIO()
    LOGGER.handlers[:], LOGGER.propagate, LOGGER.level = handlers, propagate, level


def test_events_are_lines_of_keys_and_values(stream: io.StringIO) -> None:
    configure_logs(stream=stream)
    event("job finished", job="collect", part="3/8", seconds=1.23456, new=4, error=None)
    line = stream.getvalue()
    assert re.match(r"time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=info event=", line)
    assert line.endswith('event="job finished" job=collect part=3/8 seconds=1.235 new=4\n')


def test_events_are_json(stream: io.StringIO) -> None:
    configure_logs(as_json=True, stream=stream)
    event("job finished", seconds=1.23456, text='a "word"')
    entry = json.loads(stream.getvalue())
    assert (entry["event"], entry["level"], entry["seconds"], entry["text"]) == (
        "job finished",
        "info",
        1.235,
        'a "word"',
    )


@pytest.mark.parametrize("as_json", [True, False])
def test_hostile_text_stays_on_its_line_and_secrets_are_hidden(stream: io.StringIO, as_json: bool) -> None:
    hide("s3cret-word")
    configure_logs(as_json=as_json, stream=stream)
    event("failed", error="one\ntwo \x1b[31m s3cret-word a=b")
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()
    assert "s3cret-word" not in stream.getvalue()
