"""Feeds with copies of pictures: files beside the feed, at absolute addresses."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_edition import BRIDGE, OWLS, edition, publication, render_all

from aggregator import Edition
from aggregator.model import Publication
from aggregator.model.picture import Picture, PictureCopy

ADDRESS = "https://river.example/bridge.jpg"


def copied(folder: Path, itself: Publication) -> Edition:
    sizes = [(320, 200), (640, 400)]
    copies = tuple(
        PictureCopy(name=f"3f2a-{width}.jpg", width=width, height=height, type="image/jpeg", file=folder / str(width))
        for width, height in sizes
    )
    for copy in copies:
        copy.file.write_bytes(copy.name.encode())
    picture = Picture(url=ADDRESS, width=1280, height=800, type="image/jpeg", copies=copies)
    return edition(BRIDGE, OWLS, pictures="copy", copies={ADDRESS: picture}, itself=itself, publications=())


@pytest.mark.parametrize("name", ["rss", "atom", "jsonfeed"])
def test_feeds_link_to_the_largest_copy(name: str, tmp_path: Path) -> None:
    files = render_all(name, copied(tmp_path, publication(name, "news/feed.xml")))
    assert files["pictures/3f2a-640.jpg"] == b"3f2a-640.jpg"
    assert b"https://daily.example/news/feed/pictures/3f2a-640.jpg" in files[""] and ADDRESS.encode() not in files[""]
    assert [file for file in files if file.endswith(".jpg")] == ["pictures/3f2a-640.jpg"]


def test_without_an_address_feeds_link_to_the_publisher(tmp_path: Path) -> None:
    files = render_all("rss", copied(tmp_path, Publication("rss", "feed.xml", "feed.xml")))
    assert ADDRESS.encode() in files[""] and not [file for file in files if file.endswith(".jpg")]
