"""The new state of a source after an answer or a failure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from aggregator.config.settings import SourceSettings
from aggregator.errors import AggregateError, FetchError, SourceError
from aggregator.http.response import Validators
from aggregator.ingest.collect import Collected, request_for
from aggregator.ingest.convert import convert
from aggregator.ingest.converted import unpack
from aggregator.ingest.normalise import Batch
from aggregator.ingest.outcome import Outcomes, new_state
from aggregator.model import Channel, Item
from aggregator.plugin.loader import load_plugins
from aggregator.report import Report
from aggregator.scheduling.back_off import failure_kind
from aggregator.scheduling.due import is_due
from aggregator.scheduling.publisher_hints import Hints
from aggregator.scheduling.state import Source, SourceState

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URL = "https://one.example/feed"
REGISTRY = load_plugins(())


def failure(kind: str = "status", status: int | None = None, url: str = URL, wait: float | None = None) -> FetchError:
    return FetchError(f"{url}: no", url=url, kind=kind, status=status, retry_after=wait)


def state_after(state: SourceState, now: datetime = NOW, **values: Any) -> SourceState:
    source = Source(values.pop("settings", SourceSettings(url=URL)), state)
    by_hand = values.pop("by_hand", False)
    parts = [*filter(None, [values.pop("channel", None)]), *values.pop("items", [])]
    error = values.pop("error", None)
    request = msgspec.structs.replace(request_for(source, REGISTRY, now), source=source)
    converted = convert(parts, request.context)
    batch = Batch(collected=Collected(request=request, **values), converted=converted, error=error)
    return new_state(batch, now, by_hand=by_hand)


NEW = SourceState(key=1, address=URL)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (failure("dns"), "dns"),
        (failure("tls"), "tls"),
        (failure("timeout"), "timeout"),
        (failure(status=404), "4xx"),
        (failure(status=410), "4xx"),
        (failure(status=429), "429"),
        (failure(status=503), "5xx"),
        (failure("redirects"), "redirects"),
        (failure(status=300), "status"),
        (SourceError("this is no feed"), "parse"),
    ],
)
def test_kinds_of_failure(error: AggregateError, kind: str) -> None:
    assert failure_kind(error) == kind
    assert state_after(NEW, error=error).kind == kind


def test_failures_begin_and_end() -> None:
    failing = state_after(state_after(NEW, error=failure(status=500)), NOW + HOUR, error=failure("timeout"))
    assert (failing.failures, failing.kind, failing.failing_since, failing.error) == (2, "timeout", NOW, f"{URL}: no")
    ok = state_after(failing, NOW + 2 * HOUR, items=[Item(title="One")])
    assert (ok.failures, ok.kind, ok.failing_since, ok.error, ok.reported_at) == (0, None, None, None, None)
    assert ok.last_success == NOW + 2 * HOUR


def test_failure_in_the_future_is_dated_now() -> None:
    ahead = state_after(NEW, NOW + 3650 * DAY, error=failure(status=500))
    assert state_after(ahead, NOW, error=failure(status=500)).failing_since == NOW


def test_state_is_unchanged_without_a_network() -> None:
    known = state_after(NEW, NOW - DAY, items=[Item(title="One", published=NOW - DAY)])
    for state in (NEW, known):
        assert state_after(state, error=failure("offline")) == state


def test_gone_requires_410_of_the_source_url() -> None:
    assert state_after(NEW, error=failure(status=410)).gone
    assert not state_after(NEW, error=failure(status=410, url="https://two.example/page")).gone
    moved = msgspec.structs.replace(NEW, moved_to="https://new.example/")
    assert state_after(moved, error=failure(status=410, url="https://new.example/")).gone


def test_retry_after_is_stored_until_an_answer() -> None:
    held = state_after(NEW, error=failure(status=503, wait=7200))
    assert held.retry_at == NOW + 2 * HOUR
    assert held.next_due is not None
    assert held.next_due >= held.retry_at
    assert state_after(held, NOW + 3 * HOUR, not_modified=True).retry_at is None


def test_rhythm_and_hints_persist_through_304_and_failures() -> None:
    items = [Item(title=str(n), published=NOW - n * HOUR) for n in range(20)]
    full = state_after(NEW, items=items, channel=Channel(ttl=600.0, skip_hours=(3,)), max_age=60.0)
    assert full.hints == Hints(fresh=60, ttl=600, skip_hours=(3,))
    assert full.rhythm.hours
    same = state_after(full, NOW + HOUR, not_modified=True)
    assert (same.rhythm, same.hints, same.last_full) == (full.rhythm, full.hints, NOW)
    assert state_after(full, NOW + HOUR, not_modified=True, max_age=90.0).hints == Hints(
        fresh=90, ttl=600, skip_hours=(3,)
    )
    failing = state_after(full, NOW + HOUR, error=failure("dns"))
    assert (failing.rhythm, failing.hints) == (full.rhythm, full.hints)
    assert state_after(full, NOW + HOUR, items=items).hints == Hints()


@pytest.mark.parametrize(
    "items",
    [
        [Item(title="One"), Item(title="Two")],
        [Item(title="One", published=NOW), Item(title="Two", published=NOW)],  # the date of the answer
        [Item(title="One", published=NOW + DAY), Item(title="Two", published="soon")],
    ],
)
def test_rhythm_without_dates_is_learned_from_changes(items: list[Item]) -> None:
    state = state_after(NEW, items=items)
    assert not state.rhythm.hours
    again = state_after(state, NOW + HOUR, items=items[::-1])
    assert (again.rhythm.hours, again.rhythm.newest) == (b"", None)
    changed = state_after(again, NOW + 2 * HOUR, items=[Item(title="Three"), *items])
    assert changed.rhythm.newest == (NOW + 2 * HOUR).timestamp()


def test_rhythm_uses_updated_without_published() -> None:
    state = state_after(NEW, items=[Item(title="One", updated=NOW - HOUR), Item(title="Two", updated=NOW - 2 * HOUR)])
    assert state.rhythm.newest == (NOW - HOUR).timestamp()


@pytest.mark.parametrize(
    ("stated", "home"),
    [
        ("https://one.example/news", "https://one.example/news"),
        ("/news", "https://one.example/news"),
        ("//two.example", "https://two.example"),
        ("https://o\x7fne.example/\x00news", "https://one.example/news"),
        ("javascript:alert(1)", None),
        ("data:text/html,<b>", None),
        ("file:///etc/passwd", None),
        ("https://[", None),
        ("https://one.example/" + "a" * 5000, None),
        ("", None),
    ],
)
def test_home_page_is_an_absolute_web_address(stated: str, home: str | None) -> None:
    items = [Item(id=1, title="One", url="/articles/1")]
    source = Source(SourceSettings(url=URL), NEW)
    converted = convert([Channel(title="One", url=stated), *items], request_for(source, REGISTRY, NOW).context)
    [article] = unpack(converted.articles)[0]
    assert article.article.source.url == home
    assert (
        article.article.url
        == ("https://two.example" if stated == "//two.example" else "https://one.example") + "/articles/1"
    )
    assert state_after(NEW, channel=Channel(url=stated)).home == home


def test_a_postponed_request_leaves_the_state_and_the_source_due() -> None:
    """Also if a part of the articles is stored: the next answer must be a full one."""
    before = state_after(NEW, NOW - DAY, items=[Item(title="One")], validators=Validators(etag='"1"'))
    failing = state_after(before, NOW - HOUR, error=failure("timeout"))
    for state in (NEW, before, failing):
        after = state_after(
            state, error=failure("postponed"), items=[Item(title="Two")], validators=Validators(etag='"2"')
        )
        assert after == msgspec.structs.replace(state, last_try=NOW, next_due=None, name="one.example")
        assert is_due(after, NOW)
        assert is_due(after, NOW, every=DAY)


@pytest.mark.parametrize(("items", "skipped"), [([], True), ([Item(title="One")], False)])
def test_a_postponed_source_is_not_reported(items: list[Item], skipped: bool) -> None:
    source = Source(SourceSettings(url=URL), NEW)
    request = request_for(source, REGISTRY, NOW)
    converted = convert(items, request.context)
    batch = Batch(collected=Collected(request=request), converted=converted, error=failure("postponed"))
    assert (batch.was_skipped, batch.was_postponed) == (skipped, True)
    report = Report(started=NOW)
    outcomes = Outcomes(report, total=1, named=False)
    if batch.was_skipped:
        outcomes.count_skipped(batch)
    else:
        outcomes.count(batch, new_state(batch, NOW))
    outcomes.report_failures([source])
    assert (report.sources.skipped, report.sources.failed, report.errors, outcomes.done) == (1, 0, [], 1)


def by_hand(state: SourceState, now: datetime, **values: Any) -> SourceState:
    return state_after(state, now, by_hand=True, **values)


def test_failures_by_hand_do_not_push_a_source_away() -> None:
    failing = state_after(state_after(NEW, error=failure(status=500)), NOW + HOUR, error=failure(status=500))
    debugged = failing
    for minute in range(1, 6):
        debugged = by_hand(debugged, NOW + HOUR + minute * timedelta(minutes=1), error=failure("timeout"))
    assert (debugged.failures, debugged.next_due) == (2, failing.next_due)
    assert (debugged.kind, debugged.failing_since) == ("timeout", NOW)
    assert failing.next_due is not None
    scheduled = state_after(debugged, failing.next_due, error=failure(status=500))
    assert scheduled.failures == 3


def test_a_failure_by_hand_of_a_healthy_source_is_shown_and_leaves_its_schedule() -> None:
    ok = state_after(NEW, items=[Item(url="https://one.example/1", title="One")])
    failed = by_hand(ok, NOW + timedelta(minutes=2), error=failure(status=404))
    assert failed.is_failing
    assert (failed.failures, failed.next_due, failed.error) == (0, ok.next_due, f"{URL}: no")
    assert state_after(failed, NOW + DAY, error=failure(status=404)).failures == 1


def test_a_failure_by_hand_of_a_source_with_an_interval_leaves_its_schedule() -> None:
    day = SourceSettings(url=URL, every=DAY)
    ok = state_after(NEW, settings=day)
    failed = by_hand(ok, NOW + 20 * HOUR, error=failure(status=404), settings=day)
    assert not is_due(failed, NOW + 23 * HOUR, every=DAY)
    assert is_due(failed, NOW + DAY, every=DAY)


def test_a_failure_by_hand_of_a_new_source_leaves_it_due() -> None:
    failed = by_hand(NEW, NOW, error=failure("dns"))
    assert failed.is_failing
    assert is_due(failed, NOW + timedelta(minutes=1))


def test_retry_after_holds_after_a_request_by_hand() -> None:
    ok = state_after(NEW)
    held = by_hand(ok, NOW + timedelta(minutes=1), error=failure(status=503, wait=7200.0))
    assert not is_due(held, NOW + HOUR, force=True)
    assert is_due(held, NOW + 3 * HOUR)


def test_a_source_is_not_gone_because_of_a_request_by_hand() -> None:
    assert not by_hand(state_after(NEW), NOW + HOUR, error=failure(status=410)).gone
    gone = state_after(NEW, error=failure(status=410))
    assert by_hand(gone, NOW + HOUR, error=failure(status=410)).gone
    assert not by_hand(gone, NOW + HOUR, error=failure(status=503)).gone


def test_a_success_by_hand_ends_the_failures() -> None:
    failing = state_after(NEW, error=failure(status=500))
    ok = by_hand(failing, NOW + timedelta(minutes=1), items=[Item(url="https://one.example/1", title="One")])
    assert (ok.failures, ok.error, ok.failing_since) == (0, None, None)
    assert ok.next_due is not None
    assert ok.next_due > NOW
