"""Copies of pictures, from a real server into a real store: what is fetched, kept, refused, tried again and deleted."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import picture_files
import pytest
from picture_files import camera, encoded, huge_png, many_scans, photo, png_header, scene
from PIL import Image
from publisher import Exchange, Publisher

from aggregator.errors import StoreError
from aggregator.http.settings import HttpSettings
from aggregator.model.picture import Picture
from aggregator.pictures import copy as copying
from aggregator.pictures import fetch
from aggregator.pictures.copy import copy_pictures
from aggregator.pictures.fetch import interleaved
from aggregator.pictures.state import PictureState
from aggregator.report import Report
from aggregator.store import Store

pytestmark = pytest.mark.e2e

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOOPBACK = HttpSettings(allow_private=("127.0.0.0/8",), timeout=timedelta(seconds=20))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "aggregate.db") as store:
        yield store


def run(
    store: Store,
    *urls: str,
    at: datetime = NOW,
    settings: HttpSettings = LOOPBACK,
    offline: bool = False,
) -> tuple[dict[str, Picture], Report]:
    report = Report(started=at)
    return copy_pictures(urls, store, None if offline else settings, report), report


def serve(publisher: Publisher, path: str, body: bytes, content_type: str = "image/jpeg") -> str:
    publisher.serve(path, body, content_type=content_type)
    return publisher.url(path)


def files(store: Store) -> list[str]:
    return sorted(file.name for file in store.picture_folder.rglob("*") if file.is_file())


def test_a_picture_is_copied_once(store: Store, publisher: Publisher) -> None:
    url = serve(publisher, "/a.jpg", photo())
    first, report = run(store, url, url)
    picture = first[url]
    assert (picture.url, picture.width, picture.height, picture.type) == (url, 1600, 1000, "image/jpeg")
    assert [(copy.width, copy.height, copy.type) for copy in picture.copies] == [
        (640, 400, "image/jpeg"),
        (1280, 800, "image/jpeg"),
    ]
    assert (picture.smallest, picture.largest) == picture.copies
    for copy in picture.copies:
        assert copy.name.endswith(f"-{copy.width}.jpg") and copy.name.replace("-", "").replace(".", "").isalnum()
        assert copy.file.is_absolute()
        assert copy.file.relative_to(store.picture_folder) == Path(copy.name[:2], copy.name)
        with Image.open(copy.file) as image:
            assert image.size == (copy.width, copy.height)
    assert (report.pictures.copied, report.pictures.failed, report.errors) == (1, 0, [])
    assert store.picture_folder.name == "aggregate.pictures"
    assert files(store) == sorted(copy.name for copy in picture.copies)

    again, report = run(store, url, at=NOW + DAY)
    assert again == first
    assert report.pictures.copied == 0
    assert len(publisher.requests) == 1


def test_a_request_tells_nothing_about_readers(store: Store, publisher: Publisher) -> None:
    publisher.serve("/a.jpg", photo(), content_type="image/jpeg", headers={"Set-Cookie": "id=1", "ETag": '"1"'})
    publisher.serve("/b.jpg", photo(seed=1), content_type="image/jpeg")
    run(store, publisher.url("/a.jpg"), publisher.url("/b.jpg"))
    assert len(publisher.requests) == 2
    for request in publisher.requests:
        assert request.headers["User-Agent"].startswith("aggregate/")
        assert request.headers["Accept"].startswith("image/")
        assert not {"referer", "cookie", "if-none-match", "authorization"} & {name.lower() for name in request.headers}


def test_the_same_picture_at_many_addresses_is_stored_once(store: Store, publisher: Publisher) -> None:
    urls = [serve(publisher, f"/{n}.jpg", photo()) for n in range(12)]
    pictures, report = run(store, *urls)
    assert list(pictures) == urls and report.errors == []
    assert len({picture.copies for picture in pictures.values()}) == 1
    assert len(files(store)) == 2


def test_redirects_are_followed(store: Store, publisher: Publisher) -> None:
    serve(publisher, "/new.jpg", photo())
    publisher.serve("/old.jpg", b"", status=302, headers={"Location": "/new.jpg"})
    url = publisher.url("/old.jpg")
    assert run(store, url)[0][url].url == url


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (camera(6), "image/jpeg"),
        (encoded(scene(800, 600, "CMYK")), "image/jpeg"),
        (encoded(Image.new("I;16", (800, 600), 9000), "PNG"), "image/png"),
        (encoded(scene(800, 600, "LA"), "PNG"), "image/png"),
        (encoded(scene(800, 600).quantize(9), "GIF", save_all=True, append_images=[scene(800, 600)]), "image/gif"),
        (encoded(scene(800, 600), "WEBP"), "image/webp"),
        (photo(), "application/octet-stream"),  # the bytes tell, as in browsers
        (photo(), "text/html"),
    ],
    ids=["camera", "CMYK", "16 bit", "grey with alpha", "animation", "WebP", "octets", "wrong type"],
)
def test_pictures_of_all_kinds_are_copied(store: Store, publisher: Publisher, body: bytes, content_type: str) -> None:
    url = serve(publisher, "/a", body, content_type)
    pictures, report = run(store, url)
    assert pictures[url].copies and report.pictures.failed == 0


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<html>Not found</html>", "image/jpeg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml"),
        (encoded(Image.new("RGB", (1, 1)), "GIF"), "image/gif"),
        (png_header(60_000, 60_000), "image/png"),
        (photo()[:30_000], "image/jpeg"),
        (huge_png(7_000, 7_000), "image/png"),
        (b"", "image/jpeg"),
    ],
    ids=["HTML", "SVG", "pixel", "bomb", "truncated", "memory", "empty"],
)
def test_what_is_no_picture_is_not_asked_for_again(
    store: Store, publisher: Publisher, body: bytes, content_type: str
) -> None:
    bad, good = serve(publisher, "/bad", body, content_type), serve(publisher, "/good", photo())
    pictures, report = run(store, bad, good)
    assert list(pictures) == [good]
    assert (report.pictures.copied, report.pictures.failed) == (1, 1)
    assert report.errors == [] and not report.output_failed
    for later in (HOUR, DAY, 6 * DAY):
        assert run(store, bad, good, at=NOW + later)[0] == pictures
    assert len(publisher.requests) == 2
    serve(publisher, "/bad", photo(seed=1))
    assert bad in run(store, bad, at=NOW + 8 * DAY)[0]


@pytest.mark.slow
def test_a_picture_that_takes_too_long_to_decode_costs_only_itself(store: Store, publisher: Publisher) -> None:
    slow, good = serve(publisher, "/slow", many_scans(7_000, 5_000, 5_000)), serve(publisher, "/good", photo())
    settings = HttpSettings(allow_private=("127.0.0.0/8",), timeout=timedelta(seconds=12))
    pictures, report = run(store, slow, good, settings=settings)
    assert list(pictures) == [good]
    assert report.pictures.failed == 1
    assert "timeout" in (store.pictures([slow], NOW)[slow].error or "")
    assert list(run(store, slow, good, at=NOW + HOUR / 2, settings=settings)[0]) == [good]
    assert len(publisher.requests) == 2


def test_a_decoder_that_crashes_costs_one_picture(
    store: Store, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(picture_files.__file__).parent))  # for the worker process
    monkeypatch.setattr(fetch, "resize", picture_files.crash_or_resize)
    bad = serve(publisher, "/bad", picture_files.CRASHING)
    good = [serve(publisher, f"/{n}", photo(seed=n)) for n in range(3)]
    pictures, report = run(store, good[0], bad, *good[1:])
    assert list(pictures) == good
    assert (report.pictures.failed, report.errors) == (1, [])
    assert list(run(store, bad, *good, at=NOW + DAY)[0]) == good
    assert len(publisher.requests) == 4


@pytest.mark.parametrize("status", [401, 403, 404, 410, 451])
def test_a_permanent_failure_is_remembered_for_a_week(store: Store, publisher: Publisher, status: int) -> None:
    publisher.serve("/a.jpg", b"", status=status)
    url = publisher.url("/a.jpg")
    for later in (0 * DAY, DAY, 6 * DAY, 8 * DAY):
        assert run(store, url, at=NOW + later)[0] == {}
    assert len(publisher.requests) == 2
    state = store.pictures([url], NOW)[url]
    assert (state.failures, state.error) == (2, f"HTTP {status}")


def test_a_temporary_failure_is_tried_again_after_an_hour_then_two(store: Store, publisher: Publisher) -> None:
    publisher.serve("/a.jpg", b"", status=500)
    url = publisher.url("/a.jpg")
    for minutes, requests in ((0, 1), (59, 1), (60, 2), (119, 2), (179, 2), (180, 3)):
        run(store, url, at=NOW + timedelta(minutes=minutes))
        assert len(publisher.requests) == requests
    serve(publisher, "/a.jpg", photo())
    assert url in run(store, url, at=NOW + DAY)[0]
    assert store.pictures([url], NOW)[url].failures == 0


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(store: Store, publisher: Publisher, status: int) -> None:
    publisher.serve("/a.jpg", b"", status=status, headers={"Retry-After": "86400"})
    url = publisher.url("/a.jpg")
    run(store, url)
    assert store.pictures([url], NOW)[url].next_try == NOW + DAY
    assert [rule.scope for rule in store.retry_after_rules()] == [f"address {url}"]
    run(store, url, at=NOW + 2 * HOUR)
    run(store, url, at=NOW + 2 * DAY)  # the clock of the client, which has the rule, says that it is still today
    assert len(publisher.requests) == 1
    assert store.pictures([url], NOW)[url].failures == 1


def test_an_incomplete_picture_is_tried_again(store: Store, publisher: Publisher) -> None:
    def incomplete(exchange: Exchange) -> None:
        exchange.send_response(200)
        exchange.send_header("Content-Length", str(len(photo())))
        exchange.end_headers()
        exchange.wfile.write(photo()[:5_000])
        exchange.close_connection = True

    publisher.handle("/a.jpg", incomplete)
    url = publisher.url("/a.jpg")
    assert run(store, url)[0] == {}
    assert store.pictures([url], NOW)[url].next_try == NOW + HOUR


def test_a_host_that_does_not_respond_fails_no_other_picture(store: Store, publisher: Publisher) -> None:
    publisher.handle("/slow.jpg", lambda exchange: time.sleep(30))
    slow, good = publisher.url("/slow.jpg"), serve(publisher, "/good.jpg", photo())
    # The timeout must suffice to copy the other one on a busy machine.
    settings = HttpSettings(allow_private=("127.0.0.0/8",), timeout=timedelta(seconds=6))
    pictures, report = run(store, slow, good, settings=settings)
    assert (list(pictures), report.pictures.failed) == ([good], 1)
    assert store.pictures([slow], NOW)[slow].next_try == NOW + HOUR


def test_hosts_take_turns() -> None:
    urls = ["http://a/1", "http://a/2", "https://b/1", "http://a/3", "http://c/1", "https://b/2"]
    ordered = [state.url for state in interleaved([PictureState(url=url) for url in urls])]
    assert ordered == ["http://a/1", "https://b/1", "http://c/1", "http://a/2", "https://b/2", "http://a/3"]


def test_a_picture_that_is_too_large_is_refused(store: Store, publisher: Publisher) -> None:
    url = serve(publisher, "/a.jpg", photo())
    settings = HttpSettings(allow_private=("127.0.0.0/8",), max_bytes=100_000)
    assert run(store, url, settings=settings)[0] == {}
    assert store.pictures([url], NOW)[url].next_try == NOW + 7 * DAY


def test_private_addresses_are_refused(store: Store, publisher: Publisher) -> None:
    url = serve(publisher, "/a.jpg", photo())
    assert run(store, url, settings=HttpSettings())[0] == {}
    assert publisher.requests == []
    assert "private address" in (store.pictures([url], NOW)[url].error or "")


def test_a_redirect_to_a_private_address_is_refused(store: Store, publisher: Publisher) -> None:
    target = publisher.url("/secret.jpg").replace("127.0.0.1", "127.0.0.2")
    publisher.serve("/a.jpg", b"", status=302, headers={"Location": target})
    url = publisher.url("/a.jpg")
    assert run(store, url, settings=HttpSettings(allow_private=("127.0.0.1",)))[0] == {}
    assert [request.path for request in publisher.requests] == ["/a.jpg"]


@pytest.mark.parametrize("scheme", ["FILE://", "ftp://host", "data:image/png;base64,", "", "javascript:"])
def test_only_addresses_of_the_web_are_read(store: Store, tmp_path: Path, scheme: str) -> None:
    (tmp_path / "a.jpg").write_bytes(photo())
    url = f"{scheme}{tmp_path}/a.jpg"
    assert run(store, url)[0] == {}
    assert store.pictures([url], NOW) == {} and not store.picture_folder.exists()


def test_a_file_is_not_read_after_a_redirect(store: Store, publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(photo())
    publisher.serve("/a.jpg", b"", status=302, headers={"Location": f"file://{tmp_path}/a.jpg"})
    assert run(store, publisher.url("/a.jpg"))[0] == {}


def test_an_offline_run_shows_what_is_known(store: Store, publisher: Publisher) -> None:
    known, new = serve(publisher, "/a.jpg", photo()), serve(publisher, "/b.jpg", photo(seed=1))
    run(store, known)
    assert list(run(store, known, new, offline=True)[0]) == [known]
    assert len(publisher.requests) == 1


def test_a_dry_run_fetches_writes_and_deletes_nothing(store: Store, publisher: Publisher, tmp_path: Path) -> None:
    known, new = serve(publisher, "/a.jpg", photo()), serve(publisher, "/b.jpg", photo(seed=1))
    run(store, known)
    before = files(store)
    store.copy_to(tmp_path / "copy.db")
    with Store.open(tmp_path / "copy.db", copy_of=store.location) as copy:
        assert list(run(copy, known, new)[0]) == [known]
        copy.prune(before=NOW + 3 * DAY)
        assert run(copy, known)[0] == {}
    assert len(publisher.requests) == 1
    assert files(store) == before
    assert not (tmp_path / "copy.pictures").exists()
    assert list(run(store, known)[0]) == [known]


def test_pictures_that_are_not_used_for_long_are_deleted(store: Store, publisher: Publisher) -> None:
    old, kept, twin = (
        serve(publisher, path, photo(seed=seed)) for path, seed in (("/a", 1), ("/b", 2), ("/twin-of-b", 2))
    )
    pictures, _ = run(store, old, kept, twin)
    run(store, kept, at=NOW + 100 * DAY)
    store.prune(before=NOW - DAY)
    assert len(files(store)) == 4
    store.prune(before=NOW + 50 * DAY)
    assert files(store) == sorted(copy.name for copy in pictures[kept].copies)
    assert sorted(store.pictures([old, kept, twin], NOW)) == [kept]
    store.prune(before=NOW + 150 * DAY)
    assert list(store.picture_folder.rglob("*")) == []


def test_a_picture_in_use_is_kept_even_if_articles_are_kept_for_an_hour(store: Store, publisher: Publisher) -> None:
    url = serve(publisher, "/a.jpg", photo())
    for hours in range(0, 60, 7):
        assert run(store, url, at=NOW + hours * HOUR)[0]
        store.prune(before=NOW + (hours - 1) * HOUR)
    assert len(publisher.requests) == 1


def test_a_copy_that_somebody_deleted_is_fetched_again(store: Store, publisher: Publisher) -> None:
    url = serve(publisher, "/a.jpg", photo())
    first, _ = run(store, url)
    first[url].largest.file.unlink()
    assert run(store, url, offline=True)[0] == {}
    assert run(store, url)[0] == first and first[url].largest.file.exists()
    shutil.rmtree(store.picture_folder)
    assert run(store, url)[0] == first and first[url].largest.file.exists()


def test_no_more_than_the_limit_are_fetched_in_one_run(
    store: Store, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "MAX_FETCHED", 2)
    urls = [serve(publisher, f"/{n}.jpg", encoded(Image.new("RGB", (200, 150), (n, 0, 0)))) for n in range(5)]
    counts = [list(run(store, *urls)[0]) for _ in range(4)]
    assert counts == [urls[:2], urls[:4], urls, urls]
    assert len(publisher.requests) == 5


def test_a_folder_that_cannot_be_written_is_reported_once(store: Store, publisher: Publisher) -> None:
    store.picture_folder.write_text("not a folder")
    urls = [serve(publisher, f"/{n}.jpg", photo(seed=n)) for n in range(3)]
    pictures, report = run(store, *urls)
    assert pictures == {}
    [line] = report.trouble()
    assert line.startswith(f"pictures: {store.picture_folder}: cannot be written (")
    store.picture_folder.unlink()
    assert len(run(store, *urls)[0]) == 3


def test_a_store_that_cannot_be_written_ends_the_run(store: Store, publisher: Publisher) -> None:
    url = serve(publisher, "/a.jpg", photo())
    store._connection.execute("DROP TABLE pictures")
    with pytest.raises(StoreError, match="damaged"):
        run(store, url)


def test_an_interrupted_run_keeps_what_it_has_copied(store: Store, publisher: Publisher) -> None:
    stopped = threading.Event()

    def hang(exchange: Exchange) -> None:
        stopped.wait(30)

    publisher.handle("/slow", hang)
    slow, good = publisher.url("/slow"), serve(publisher, "/good", photo())
    command = [sys.executable, "-c", INTERRUPTED, str(store.location), good, slow]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while good not in store.pictures([good], NOW) or len(publisher.requests) < 2:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 143
    stopped.set()
    assert list(run(store, good, slow, offline=True)[0]) == [good]
    assert slow not in store.pictures([slow], NOW)  # it did not fail


INTERRUPTED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from aggregator.http.settings import HttpSettings
from aggregator.pictures.copy import copy_pictures
from aggregator.report import Report
from aggregator.runtime.signals import TERMINATED, Terminated
from aggregator.store import Store

try:
    with Store.open(Path(sys.argv[1])) as store:
        settings = HttpSettings(allow_private=("127.0.0.0/8",))
        copy_pictures(sys.argv[2:], store, settings, Report(started=datetime.now(UTC)))
except Terminated:
    sys.exit(TERMINATED)
"""
