"""The picture of an article: stated, among its enclosures, or in its text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aggregator.ingest.pictures import article_picture, local_picture
from aggregator.model import Enclosure

BASE = "https://world.example/feed/"
LARGE = {"url": "/large.jpg", "type": "image/jpeg", "width": "1200", "height": "800"}
SMALL = {"url": "/small.jpg", "type": "image/jpeg", "width": 150, "height": 100}
PORTRAIT = {"url": "/portrait.jpg", "type": "image/jpeg", "width": 2000, "height": 3000}
WIDE = "<p>x</p><img src='/wide.jpg' width=1024 height=683>"
AVATAR = "https://avatars.githubusercontent.com/u/1?v=4"


@pytest.mark.parametrize(
    ("stated", "enclosures", "html", "expected"),
    [
        ("/stated.jpg", [LARGE], "<img src='/text.jpg'>", "stated"),
        ("/small.jpg", [SMALL, LARGE], "", "large"),
        (None, [SMALL, LARGE], "<img src='/text.jpg'>", "large"),
        (None, [{"url": "/a.mp3", "type": "audio/mpeg"}], "<img src='/text.jpg'>", "text"),
        (None, [{"url": "/large.jpg?w=1"}], "", "large.jpg?w=1"),
        (None, ["/large.jpg"], "", "large"),
        (None, "/large.jpg", "", "large"),
        (None, [Enclosure("https://world.example/large.jpg", "image/*")], "", "large"),
        (None, [{"url": "/page"}, None, 5, {}], "", None),
        (None, 5, "", None),
        (AVATAR, None, "<img src='/text.jpg'>", "text"),
        (AVATAR, [{"url": AVATAR, "type": "image/png"}], "", None),
        (None, [{"url": "https://pixel.wp.com/b.gif", "type": "image/gif"}], "", None),
        (None, [{"url": "/icon.png", "type": "image/png", "width": "16"}], "<img src='/text.jpg'>", "text"),
        ("data:image/png;base64,x", [LARGE], "", "large"),
        ("", None, "<img src='data:,' data-src='/text.jpg'>", "text"),
        (None, None, "", None),
        (None, [LARGE, PORTRAIT], "", "large"),
        ("/portrait.jpg", [PORTRAIT, LARGE], "", "large"),
        ("/portrait.jpg", None, WIDE, "portrait"),
        (None, [SMALL], "<img src='/text.jpg'>", "small"),
        (None, [SMALL], WIDE, "wide"),
        (None, [PORTRAIT], WIDE, "wide"),
        (None, [LARGE], WIDE, "large"),
        (None, ["/large.jpg"], WIDE, "large"),
    ],
)  # fmt: skip
def test_article_picture(stated: object, enclosures: Any, html: str, expected: str | None) -> None:
    file = expected and (expected if "." in expected else f"{expected}.jpg")
    assert article_picture(stated, enclosures, html, BASE) == (file and f"https://world.example/{file}")


def test_a_source_on_this_machine_may_state_pictures_below_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    (folder / "pictures").mkdir(parents=True)
    feed = (folder / "feed.xml").as_uri()
    (folder / "feed.xml").touch()
    (tmp_path / "secret.png").touch()
    (folder / "pictures/link.png").symlink_to(tmp_path / "secret.png")
    assert local_picture("file:pictures/bridge.jpg", feed) == (folder / "pictures/bridge.jpg").as_uri()
    assert local_picture("file:pictures/bridge.jpg", folder.as_uri()) == (folder / "pictures/bridge.jpg").as_uri()
    for stated in (
        "file:../secret.png",
        "file:///etc/passwd",
        "file:/etc/logo.png",
        "file:pictures/%2e%2e/%2e%2e/secret.png",
        "file:pictures/link.png",
        "file:feed.xml",
        "file:pictures/nul%00.png",
        "pictures/bridge.jpg",
        "https://a.example/b.jpg",
        None,
    ):
        assert local_picture(stated, feed) is None
    assert local_picture("file:pictures/bridge.jpg", None) is None
