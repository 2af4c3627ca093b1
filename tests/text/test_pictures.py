"""The choice of the picture of an article."""

from __future__ import annotations

from typing import Any

import pytest

from aggregator.text.pictures import best_picture, first_picture, has_media, is_decoration

BASE = "https://world.example/news/"


@pytest.mark.parametrize(
    ("candidates", "best"),
    [
        ([{"url": "a"}], "a"),
        ([{"url": "a"}, {"url": "b"}], "a"),
        ([{"url": "s", "width": 150, "height": 150}, {"url": "l", "width": "1200", "height": "800"}], "l"),
        ([{"url": "l", "width": 1200}, {"url": "s", "width": 300}], "l"),
        ([{"url": "s", "width": "66", "height": "49"}, {"url": "unknown"}], "unknown"),
        ([{"url": "unknown"}, {"url": "l", "width": 640, "height": 480}], "l"),
        ([{"url": "a", "length": "100"}, {"url": "b", "length": 2000}], "b"),
        ([{"url": "a", "fileSize": "100"}, {"url": "b", "fileSize": "2000"}], "b"),
        ([{"url": "a", "width": 640, "height": 480, "length": 1}, {"url": "b", "width": 640, "height": 480}], "a"),
        ([{"url": "v", "type": "video/mp4", "width": 1920, "height": 1080}, {"url": "a", "type": "image/png"}], "a"),
        ([{"url": "https://secure.gravatar.com/avatar/1?s=96"}, {"url": "a"}], "a"),
        ([{"url": "https://avatars.githubusercontent.com/u/1?v=4", "width": "30", "height": "30"}], None),
        ([{"url": "a", "width": 30, "height": 30}], None),
        ([{"url": "a", "width": "1", "height": "1"}], None),
        ([{"url": "a", "width": "100%"}], "a"),
        ([{"url": None}, {"url": 5}, {}], None),
        # The widest in landscape format, from 600 pixels on, whatever the area of others.
        ([{"url": "portrait", "width": 2000, "height": 3000}, {"url": "a", "width": 800, "height": 450}], "a"),
        ([{"url": "square", "width": 1500, "height": 1500}, {"url": "a", "width": 600, "height": 400}], "a"),
        ([{"url": "tall", "width": 1000, "height": 990}, {"url": "a", "width": 1200, "height": 500}], "a"),
        ([{"url": "a", "width": 900, "height": 600}, {"url": "square", "width": "900px", "height": "900"}], "a"),
        ([{"url": "banner", "width": 1900, "height": 200}, {"url": "a", "width": 700, "height": 400}], "a"),
        ([{"url": "a", "width": "1200"}, {"url": "portrait", "width": 1200, "height": 1800}], "a"),
        ([{"url": "a", "width": 640, "height": 360}, {"url": "b", "width": 640, "height": 480}], "b"),
        ([{"url": "bytes", "length": 9_000_000}, {"url": "a", "width": 600, "height": 400}], "a"),
        # Without one, that of which a page can show most.
        ([{"url": "a", "width": 500, "height": 333}, {"url": "portrait", "width": 400, "height": 600}], "a"),
        ([{"url": "a", "width": 150, "height": 100}, {"url": "portrait", "width": 900, "height": 1200}], "portrait"),
        ([{"url": "banner", "width": 1500, "height": 60}, {"url": "a", "width": 400, "height": 300}], "a"),
        ([{"url": "column", "width": 60, "height": 2000}, {"url": "unknown"}], "unknown"),
        ([{"url": "column", "height": 900}, {"url": "a", "width": 640, "height": 400}], "a"),
        ([], None),
    ],
)  # fmt: skip
def test_best_picture(candidates: list[dict[str, Any]], best: str | None) -> None:
    assert best_picture(candidates) == best


@pytest.mark.parametrize(
    "url",
    [
        "https://0.gravatar.com/avatar/abc?s=96",
        "https://avatars.githubusercontent.com/u/583231?s=30",
        "https://avatars2.githubusercontent.com/u/583231",
        "https://s.w.org/images/core/emoji/15.0.3/72x72/1f600.png",
        "https://feeds.feedburner.com/~r/World/~4/abc",
        "http://feeds.feedburner.com/~ff/World?d=yIl2AUoC8zA",
        "https://pixel.wp.com/b.gif?host=x",
        "https://stats.wordpress.com/b.gif?host=x",
        "http://world.feedsportal.com/c/1/f/2/s/3/mf.gif",
        "https://ad.doubleclick.net/ad/x;sz=1x1",
        "https://world.example/tracking-pixel.gif",
        "https://world.example/images/spacer.gif",
        "https://matomo.world.example/piwik.php?idsite=1&rec=1",
        "https://world.example/share-icons/facebook.png",
        "https://world.example/assets/feed-icon-14x14.png",
        "https://[broken",
    ],
)
def test_decorations_by_address(url: str) -> None:
    assert is_decoration(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://world.example/2026/11/google-pixel-9.jpg",
        "https://world.example/market-share.png",
        "https://stats.example/chart.png",
        "https://world.example/uploads/icon-of-the-year.jpg",
        "https://world.example/author-reading.jpg",
        "https://world.example/tracking/the-wolf.jpg",
        "https://world.example/i.png",
        "https://i.ytimg.com/vi/abc/hqdefault.jpg",
        "https://world.example/avatar-2-review.jpg",
    ],
)
def test_pictures_of_articles_by_address(url: str) -> None:
    assert not is_decoration(url)


@pytest.mark.parametrize(
    ("html", "url"),
    [
        ("<p>x</p><img src='a.jpg'>", f"{BASE}a.jpg"),
        ("<IMG SRC = a.jpg >", f"{BASE}a.jpg"),
        ('<img alt="a > b" src="a.jpg">', f"{BASE}a.jpg"),
        ('<img src="data:," data-src="a.jpg">', f"{BASE}a.jpg"),
        ('<img src="data:," data-attrs="{&quot;src&quot;:&quot;https://m.example/a.png&quot;}">', "https://m.example/a.png"),
        ('<img src="data:,"><img src="/b.jpg?a=1&amp;b=2">', "https://world.example/b.jpg?a=1&b=2"),
        ("<img src='1.jpg' class='avatar photo'><img src='a.jpg'>", f"{BASE}a.jpg"),
        ("<img src='1.jpg' class='wp-smiley'><img src='a.jpg'>", f"{BASE}a.jpg"),
        ("<img src='1.jpg' width=24 height=24><img src='a.jpg'>", f"{BASE}a.jpg"),
        ("<img src='1.jpg' style='display:none'><img src='a.jpg'>", f"{BASE}a.jpg"),
        ("<img src='data:,' data-src='a.jpg' width=1 height=1>", f"{BASE}a.jpg"),
        ("<img src='https://feeds.feedburner.com/~r/x/~4/y' height='1' width='1'/>", None),
        ("<iframe src='https://www.youtube.com/embed/abc'></iframe>", "https://i.ytimg.com/vi/abc/hqdefault.jpg"),
        ("<iframe src='https://youtu.be/abc'></iframe><img src='a.jpg'>", f"{BASE}a.jpg"),
        ("<video poster='v.jpg'></video>", f"{BASE}v.jpg"),
        ("<imgx src='a.jpg'>", None),
        # One that states to be small or upright comes after one that states to be wide, not after one of unknown size.
        ("<img src='1.jpg' width=300 height=200><img src='a.jpg' width=1200 height=800>", f"{BASE}a.jpg"),
        ("<img src='1.jpg' width=800 height=1200><img src='a.jpg' width=640>", f"{BASE}a.jpg"),
        ("<img src='a.jpg' width=300 height=200><img src='1.jpg'>", f"{BASE}a.jpg"),
        ("<img src='a.jpg'><img src='1.jpg' width=1200 height=800>", f"{BASE}a.jpg"),
        ("<img src='a.jpg' width=700 height=400><img src='1.jpg' width=1200 height=800>", f"{BASE}a.jpg"),
        ("<img src='a.jpg' width=300 height=200><video poster='v.jpg'></video>", f"{BASE}a.jpg"),
        ("<img src='1.jpg' width=300 srcset='1.jpg 300w, a.jpg 1024w, 2.jpg 768w'>", f"{BASE}a.jpg"),
        ("<img src='1.jpg' srcset='1.jpg 300w, a.jpg 1024w'>", f"{BASE}a.jpg"),
        ("<img src='a.jpg' srcset='a.jpg 1024w, 1.jpg 2560w'>", f"{BASE}a.jpg"),
        ("<img src='a.jpg' width=1024 srcset='1.jpg 2560w'>", f"{BASE}a.jpg"),
        ("<img src='a.jpg' width=300 srcset='1.jpg 500w, 2.jpg 2x, 3.jpg'>", f"{BASE}a.jpg"),
        ("<img src='a.jpg' srcset='1.jpg 1024w'>", f"{BASE}a.jpg"),
        ("<img src='1.jpg' width=300 height=450 srcset='2.jpg 800w'><img src='a.jpg' width=800>", f"{BASE}a.jpg"),
        ("", None),
    ],
)  # fmt: skip
def test_first_picture(html: str, url: str | None) -> None:
    assert first_picture(html, BASE) == url


def test_media_that_plain_text_would_lose() -> None:
    assert has_media("<p>x</p><iframe src='/x'></iframe>") and has_media("<IMG src='x'>")
    assert not has_media("<p>x</p> & images") and not has_media("<image>")
