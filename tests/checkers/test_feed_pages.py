"""The rules for feeds in several documents."""

from __future__ import annotations

import json

import pytest
from feed_pages import check_archives, check_pages

SITE = "https://daily.example/"
NAMESPACES = 'xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0"'


def atom(name: str, entries: str, archive: bool = False, **links: str) -> dict[str, bytes]:
    parts = [f'<link rel="{rel.replace("_", "-")}" href="{SITE}{to}"/>' for rel, to in {"self": name, **links}.items()]
    parts += [f"<entry><id>urn:x-y:{entry}</id></entry>" for entry in entries]
    mark = "<fh:archive/>" if archive else ""
    return {f"{SITE}{name}": f"<feed {NAMESPACES}><id>{SITE}</id>{mark}{''.join(parts)}</feed>".encode()}


def ids(entries: str) -> list[str]:
    return [f"urn:x-y:{entry}" for entry in entries]


def test_pages() -> None:
    pages = atom("1", "ab", next="2", first="1", last="3") | atom(
        "2", "cd", previous="1", next="3", first="1", last="3"
    )
    assert check_pages(pages | atom("3", "e", previous="2", first="1", last="3")) == ids("abcde")
    assert check_pages(atom("1", "ab", next="2") | atom("2", "")) == ids("ab")


def test_pages_of_json_and_rss() -> None:
    def page(number: int, **more: str) -> bytes:
        return json.dumps({"title": "x", "feed_url": f"{SITE}{number}", "items": [{"id": str(number)}]} | more).encode()

    assert check_pages({f"{SITE}1": page(1, next_url=f"{SITE}2"), f"{SITE}2": page(2)}) == ["1", "2"]
    head = "<rss xmlns:a='http://www.w3.org/2005/Atom'><channel><link>x</link><item><guid>"
    one = f"{head}a</guid></item><a:link rel='next' href='{SITE}2'/></channel></rss>".encode()
    two = f"{head}b</guid></item></channel></rss>".encode()
    assert check_pages({SITE: one, f"{SITE}2": two}) == ["a", "b"]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (atom("2", "b", next="3"), "next leads to https://daily.example/3, which was not published"),
        (atom("2", "b", next="1"), "next leads back"),
        (atom("3", "b"), "next leads to https://daily.example/2"),
        (atom("2", "b") | atom("3", "c"), "no link next leads to"),
        (atom("2", "a"), "on several pages: .*urn:x-y:a"),
        (atom("2", "b", previous="2"), "previous is"),
        (atom("2", "b", first="2"), "first is"),
        (atom("2", "b", last="1"), "last is"),
        (atom("2", "b", archive=True), "fh:archive in a page"),
        ({f"{SITE}2": atom("other", "b")[f"{SITE}other"]}, "self is"),
        ({f"{SITE}2": atom("2", "b")[f"{SITE}2"].replace(b"<id>https", b"<id>http")}, "identify several"),
    ],
)
def test_wrong_pages(second: dict[str, bytes], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_pages(atom("1", "a", next="2") | second)


def test_archives() -> None:
    older = atom("1", "ab", archive=True, next_archive="2", current="now")
    newer = atom("2", "cd", archive=True, prev_archive="1", current="now")
    assert check_archives(atom("now", "ed", prev_archive="2") | newer | older) == ids("edcab")


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (atom("2", "b", current="now"), "without fh:archive"),
        (atom("2", "b", archive=True), "current is None"),
        (atom("2", "bb", archive=True, current="now"), "an entry is in two archives"),
        (atom("2", "b", archive=True, current="now", next_archive="now"), "next-archive is not None"),
    ],
)
def test_wrong_archives(archive: dict[str, bytes], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_archives(atom("now", "a", prev_archive="2") | archive)
