"""Structured logs of workers: one line for each event, as key=value or as JSON."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from aggregator.report import Report
from aggregator.text.plain import printable
from aggregator.text.secrets import redact

LOGGER = logging.getLogger("aggregator.jobs")
LIBRARIES = ("procrastinate", "psycopg.pool", "psycopg")
"""Loggers of libraries that report each failed connection many times; workers report it once, in one line."""

_PLAIN = re.compile(r"[^\s\"=]+")


def event(name: str, level: int = logging.INFO, **fields: Any) -> None:
    """Log an event."""
    LOGGER.log(level, name, extra={"fields": fields})


def configure_logs(*, as_json: bool = False, stream: TextIO | None = None) -> None:
    """Write events to standard error, or to another stream."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(EventFormatter(as_json=as_json))
    LOGGER.handlers[:] = [handler]
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False


@contextmanager
def events_in(report: Report) -> Iterator[None]:
    """Within the context, add warnings and errors to the report of a run, instead of logging events."""
    previous = LOGGER.handlers[:], LOGGER.level, LOGGER.propagate
    LOGGER.handlers[:], LOGGER.propagate = [_ReportHandler(report)], False
    LOGGER.setLevel(logging.WARNING)
    try:
        yield
    finally:
        LOGGER.handlers[:], LOGGER.level, LOGGER.propagate = previous


class _ReportHandler(logging.Handler):
    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        fields = {key: _text(value) for key, value in getattr(record, "fields", {}).items()}
        detail = ", ".join(f"{key} {value}" for key, value in fields.items())
        self._report.fail("workers", f"{record.getMessage()}: {detail}" if detail else record.getMessage())
        self._report.incomplete = self._report.incomplete or record.levelno >= logging.ERROR


def silence_libraries() -> None:
    """Keep the logs of libraries from standard error."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


class EventFormatter(logging.Formatter):
    """Formats an event as one line, without secrets and terminal escapes."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of an event: time (UTC), level, event, and its fields."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields: dict[str, Any] = {
            "time": f"{moment}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **{
                key: round(value, 3) if isinstance(value, float) else value
                for key, value in getattr(record, "fields", {}).items()
            },
        }
        if record.exc_info:
            fields["error"] = repr(record.exc_info[1])
        if self._as_json:
            return redact(json.dumps(fields, default=str, ensure_ascii=False))
        return " ".join(f"{key}={_text(value)}" for key, value in fields.items() if value is not None)


def _text(value: Any) -> str:
    text = printable(redact(str(value)))
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
