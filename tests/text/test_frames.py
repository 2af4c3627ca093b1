"""Links in place of frames: to the page of a video, where the address of its player tells it."""

from __future__ import annotations

import pytest

from aggregator.text.frames import Frame, frame_link, framed_video

BASE = "https://world.example/news/"
YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("https://www.youtube.com/embed/dQw4w9WgXcQ", YOUTUBE),
        ("//www.youtube.com/embed/dQw4w9WgXcQ?rel=0&start=30", YOUTUBE),
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", YOUTUBE),
        ("https://m.youtube.com/shorts/dQw4w9WgXcQ", YOUTUBE),
        ("http://www.youtube.com/v/dQw4w9WgXcQ&hl=en", YOUTUBE),
        ("https://www.youtube.com/watch?app=x&v=dQw4w9WgXcQ", YOUTUBE),
        ("https://youtu.be/dQw4w9WgXcQ?t=3", YOUTUBE),
        ("https://www.youtube.com/embed/videoseries?list=PLx_1-2", "https://www.youtube.com/playlist?list=PLx_1-2"),
        ("https://player.vimeo.com/video/123456?color=fff", "https://vimeo.com/123456"),
        ("https://player.vimeo.com/video/123456?dnt=1&h=ab12", "https://vimeo.com/123456/ab12"),
        ("https://www.dailymotion.com/embed/video/x8abc", "https://www.dailymotion.com/video/x8abc"),
        ("https://geo.dailymotion.com/player/x1.html?video=x8abc", "https://www.dailymotion.com/video/x8abc"),
        ("https://tube.example/videos/embed/6f3a-11?title=0", "https://tube.example/videos/watch/6f3a-11"),
        ("https://open.spotify.com/embed/episode/5dS?si=x", "https://open.spotify.com/episode/5dS"),
        ("https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/a/b", "https://soundcloud.com/a/b"),
        ("https://www.facebook.com/plugins/video.php?href=javascript:x",
         "https://www.facebook.com/plugins/video.php?href=javascript:x"),
        ("https://player.example/1", "https://player.example/1"),
        ("poll.html", f"{BASE}poll.html"),
    ],
)  # fmt: skip
def test_the_page_of_a_frame(address: str, page: str) -> None:
    frame = framed_video({"src": address}, BASE)
    assert frame and frame.url == page


def test_a_video_has_a_picture_if_its_address_tells_it() -> None:
    frame = framed_video({"src": "https://www.youtube.com/embed/dQw4w9WgXcQ"}, None)
    assert frame and frame.picture == "https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg"
    other = framed_video({"src": "https://player.vimeo.com/video/1"}, None)
    assert other and other.picture is None


@pytest.mark.parametrize(
    ("attributes", "label"),
    [
        ({"title": " The <b>launch</b> "}, "The launch"),
        ({}, "Video: player.example"),
        ({"src": "https://forms.example/poll"}, "Embedded content: forms.example"),
        ({"src": "https://www.youtube.com/embed/a"}, "Video: youtube.com"),
    ],
)
def test_the_label_of_a_frame(attributes: dict[str, str], label: str) -> None:
    frame = framed_video({"src": "https://player.example/1"} | attributes, None)
    assert frame and frame.label == label


@pytest.mark.parametrize("name", ["src", "data-src", "data-lazy-src", "data-litespeed-src", "data"])
def test_a_frame_may_be_loaded_lazily(name: str) -> None:
    frame = framed_video({"src": "about:blank", name: "https://player.example/1"}, None)
    assert frame and frame.url == "https://player.example/1"


@pytest.mark.parametrize(
    "attributes",
    [
        {"src": "javascript:x"},
        {"src": " java\nscript:x"},
        {"src": "data:text/html,x"},
        {"src": "about:blank"},
        {"src": "https://[broken"},
        {"src": "relative"},
        {},
        {"src": "https://ads.example/", "width": "1", "height": "1"},
        {"src": "https://ads.example/", "height": "0px"},
        {"src": "https://ads.example/", "style": "display: none"},
    ],
)
def test_a_frame_without_address_or_size_has_no_link(attributes: dict[str, str]) -> None:
    assert framed_video(attributes, None) is None


def test_a_link_is_escaped() -> None:
    frame = Frame('https://a.example/?a=1&b="', None, "<b> & more")
    assert frame_link(frame) == '<a href="https://a.example/?a=1&amp;b=&quot;">&lt;b&gt; &amp; more</a>'
