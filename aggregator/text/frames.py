"""Turns frames, which are not shown, into links: to the page of a video, if the address of its player tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from aggregator.text.element_size import is_invisible
from aggregator.text.html_tokens import start_tag
from aggregator.text.plain import plain
from aggregator.text.urls import absolute, without_www

_SOURCES = ("data-src", "data-lazy-src", "data-litespeed-src", "data-original", "data-url", "src", "data", "value")
_TITLE_LENGTH = 200
_VIDEO_WORD = re.compile(r"(?:^|[\W_])(?:video|player|watch|tv|live|stream|movie|clip)s?(?:$|[\W_])", re.I)
_ID = r"([\w-]{1,100})"


class Frame(NamedTuple):
    """What a frame shows. `url`: of the page for readers; `picture`: its picture; `label`: plain text."""

    url: str
    picture: str | None
    label: str


class _Player(NamedTuple):
    """A kind of players, by patterns of host and path. `page`, `picture`: templates, of the groups of the path."""

    host: re.Pattern[str]
    path: re.Pattern[str]
    page: str
    picture: str | None = None


def _player(host: str, path: str, page: str, picture: str | None = None) -> _Player:
    return _Player(re.compile(host), re.compile(f"^{path}"), page, picture)


_YOUTUBE = r"(?:m\.|music\.)?youtube(?:-nocookie)?\.com"
_YOUTUBE_PAGE, _YOUTUBE_PICTURE = "https://www.youtube.com/watch?v={0}", "https://i.ytimg.com/vi/{0}/hqdefault.jpg"
_YOUTUBE_ID = r"(?!videoseries\b|live_stream\b)([\w-]{1,20})(?![\w-])"
_PLAYERS = (
    _player(_YOUTUBE, rf"/(?:embed|v|e|shorts|live)/{_YOUTUBE_ID}", _YOUTUBE_PAGE, _YOUTUBE_PICTURE),
    _player(_YOUTUBE, rf"/watch\?(?:.*&)?v={_YOUTUBE_ID}", _YOUTUBE_PAGE, _YOUTUBE_PICTURE),
    _player(r"youtu\.be", rf"/{_YOUTUBE_ID}", _YOUTUBE_PAGE, _YOUTUBE_PICTURE),
    _player(
        _YOUTUBE, rf"/(?:embed/videoseries|playlist)\?.*?\blist={_ID}", "https://www.youtube.com/playlist?list={0}"
    ),
    _player(_YOUTUBE, rf"/embed/live_stream\?.*?\bchannel={_ID}", "https://www.youtube.com/channel/{0}/live"),
    _player(r"player\.vimeo\.com", r"/video/(\d+)\?(?:.*&)?h=(\w{1,40})", "https://vimeo.com/{0}/{1}"),
    _player(r"(?:player\.)?vimeo\.com", r"/(?:video/)?(\d+)", "https://vimeo.com/{0}"),
    _player(
        r"(?:geo\.)?dailymotion\.com",
        rf"/(?:embed/video/|swf/(?:video/)?|player(?:/\w+)?\.html\?(?:.*&)?video=){_ID}",
        "https://www.dailymotion.com/video/{0}",
        "https://www.dailymotion.com/thumbnail/video/{0}",
    ),
    _player(r"player\.twitch\.tv", r"/\?(?:.*&)?video=v?(\d+)", "https://www.twitch.tv/videos/{0}"),
    _player(r"player\.twitch\.tv", r"/\?(?:.*&)?channel=(\w+)", "https://www.twitch.tv/{0}"),
    _player(r"clips\.twitch\.tv", rf"/embed\?(?:.*&)?clip={_ID}", "https://clips.twitch.tv/{0}"),
    _player(r"open\.spotify\.com", r"/embed(?:-podcast)?/(\w+)/(\w+)", "https://open.spotify.com/{0}/{1}"),
    _player(r"embed\.podcasts\.apple\.com", r"/([^?#]{1,300})", "https://podcasts.apple.com/{0}"),
    _player(r"embed(?:-ssl)?\.ted\.com", r"/talks/(?:lang/[\w-]+/)?([\w.-]{1,200})", "https://www.ted.com/talks/{0}"),
    _player(r"streamable\.com", rf"/(?:[eos]/)?{_ID}", "https://streamable.com/{0}"),
    _player(r"archive\.org", r"/embed/([\w.-]{1,200})", "https://archive.org/details/{0}"),
    _player(r"rumble\.com", rf"/embed/{_ID}", "https://rumble.com/{0}"),
    _player(r"bitchute\.com", rf"/embed/{_ID}", "https://www.bitchute.com/video/{0}/"),
    _player(r"player\.bilibili\.com", r"/player\.html\?(?:.*&)?bvid=(\w+)", "https://www.bilibili.com/video/{0}"),
)
_ANY_HOST = _player("", rf"/videos/embed/{_ID}", "/videos/watch/{0}")
"""PeerTube, which runs on many hosts."""
_WRAPPED = re.compile(r"facebook\.com|(?:w\.|player\.)?soundcloud\.com|(?:cdn\.)?embedly\.com|cdn\.iframe\.ly")
"""Hosts whose frames name the page in the parameter `href` or `url`."""


def framed_video(attributes: Mapping[str, str], base: str | None) -> Frame | None:
    """Return what a frame shows, from its attributes; None if it is invisible, or its address not http or https.

    `base`: base of relative addresses.
    """
    if is_invisible(attributes):
        return None
    stated = (attributes.get(name, "").strip() for name in _SOURCES)
    address = next((url for url in (absolute(value, base) for value in stated if value) if url), None)
    if address is None:
        return None
    try:
        parts = urlsplit(address)
        host = without_www((parts.hostname or "").lower())
    except ValueError:
        return None
    page, picture = _page(host, f"{parts.path}?{parts.query}", address)
    title = plain(attributes.get("title", ""))[:_TITLE_LENGTH]
    known = page != address or _VIDEO_WORD.search(f"{host}{parts.path[:300]}")
    return Frame(page, picture, title or f"{'Video' if known else 'Embedded content'}: {host}")


def _page(host: str, path: str, address: str) -> tuple[str, str | None]:
    """Return the page and the picture of what a player shows; the address of the player itself if it is unknown."""
    path = path[:2000].replace("&amp;", "&")
    for player in _PLAYERS:
        if player.host.fullmatch(host) and (match := player.path.match(path)):
            return player.page.format(*match.groups()), player.picture and player.picture.format(*match.groups())
    if match := _ANY_HOST.path.match(path):
        return address[: address.index("/videos/embed/")] + _ANY_HOST.page.format(match[1]), None
    if _WRAPPED.fullmatch(host):
        query = parse_qs(path.partition("?")[2], max_num_fields=50)
        for name in ("href", "url"):
            if wrapped := absolute(query.get(name, [""])[0]):
                return wrapped, None
    return address, None


def frame_link(frame: Frame) -> str:
    """Return the link that replaces a frame, with its picture, as HTML."""
    image = start_tag("img", {"src": frame.picture, "alt": ""}) + "<br>" if frame.picture else ""
    return f"{start_tag('a', {'href': frame.url})}{image}{escape(frame.label, quote=False)}</a>"
