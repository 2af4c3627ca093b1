"""The enclosures that feeds attach."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator import Article, Enclosure, Outlet
from aggregator.outputs.enclosures import MAX_ENCLOSURES, media_enclosures

SITE = "https://courier.example/"


def media(*enclosures: Enclosure) -> tuple[Enclosure, ...]:
    first_seen = datetime(2026, 1, 1, tzinfo=UTC)
    return media_enclosures(
        Article(id="1", url=f"{SITE}1", title="A", first_seen=first_seen, source=Outlet("B"), enclosures=enclosures)
    )


@pytest.mark.parametrize(
    ("enclosure", "expected"),
    [
        (Enclosure(f"{SITE}a.mp3", "audio/mpeg", 5, 60), Enclosure(f"{SITE}a.mp3", "audio/mpeg", 5, 60)),
        (Enclosure(f"{SITE}a.mp3?w=1", length=0), Enclosure(f"{SITE}a.mp3?w=1", "audio/mpeg")),
        (Enclosure("/v.mp4", "video/mp4", -1, 0), Enclosure(f"{SITE}v.mp4", "video/mp4")),
        (Enclosure(f"{SITE}a.opus"), Enclosure(f"{SITE}a.opus", "audio/ogg")),
        (Enclosure(f"{SITE}a.pdf", "Application/PDF; a=b"), Enclosure(f"{SITE}a.pdf", "application/pdf")),
        (Enclosure(f"{SITE}a.m4b", "application/octet-stream"), Enclosure(f"{SITE}a.m4b", "audio/mp4")),
        (Enclosure(f"{SITE}a", duration=60), Enclosure(f"{SITE}a", "application/octet-stream", None, 60)),
        (Enclosure(f"{SITE}a", "audio"), None),
        (Enclosure(f"{SITE}a.jpg"), None),
        (Enclosure(f"{SITE}a.jpg", "application/octet-stream"), None),
        (Enclosure(f"{SITE}img/a?width=140"), None),
        (Enclosure(f"{SITE}a", "image/*"), None),
        (Enclosure(f"{SITE}player", "application/x-shockwave-flash", None, 60), None),
        (Enclosure(f"{SITE}page", "text/html"), None),
        (Enclosure("javascript:x", "audio/mpeg"), None),
        (Enclosure("http://[", "audio/mpeg"), None),
    ],
)
def test_media_enclosures(enclosure: Enclosure, expected: Enclosure | None) -> None:
    assert media(enclosure) == ((expected,) if expected else ())


def test_sizes_of_one_file_are_attached_once() -> None:
    files = [f"{SITE}v.mp4?w=100", "https://www.courier.example/v.mp4?w=200&h=9", "http://courier.example/v.mp4"]
    small, large, plain = (Enclosure(url, "video/mp4", length) for url, length in zip(files, (None, 5, 6), strict=True))
    assert media(small, large, plain) == (Enclosure(files[0], "video/mp4", 5),)
    assert len(media(Enclosure(f"{SITE}v?id=1", "video/mp4"), Enclosure(f"{SITE}v?id=2", "video/mp4"))) == 2


def test_their_number_is_limited() -> None:
    assert len(media(*(Enclosure(f"{SITE}{number}.mp3") for number in range(1000)))) == MAX_ENCLOSURES
