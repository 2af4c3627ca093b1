"""Mutates feeds: byte flips, cuts, copies, nesting, huge attributes, NULs, mixed encodings, entities."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

Mutation = Callable[[bytes, random.Random], bytes]
HUGE = 300_000
TAG = re.compile(rb"<[A-Za-z/][^<>]{0,300}>")
TEXT = re.compile(rb">[^<>]{4,}<")
CHARSETS = (
    "utf-16",
    "utf-16-be",
    "utf-32",
    "utf-7",
    "latin-1",
    "cp1252",
    "shift_jis",
    "koi8-r",
    "gb18030",
    "utf-8-sig",
)
LABELS = ("utf-8", "utf-16", "latin1", "windows-1252", "x-user-defined", "ebcdic-cp-us", "utf-7", "hz-gb-2312", "?", "")
ENTITIES = b"""<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">
<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY % g SYSTEM "http://127.0.0.1:9/x.dtd"> %g;]>"""
VALUES = (
    b"&#0;",
    b"&#xFFFE;",
    b"&#55296;",
    b"&#x110000;",
    b"&bogus;",
    b"&e;&f;",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"\x00",
    b"\x0b",
    b"\xff\xfe",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    "\u202e\u2066\u0301\u200d".encode(),
    b"\x1b[31m\x07",
    b"javascript:alert(1)",
    b"//[::1",
    b"http://[",
    b"http://a:99999999/",
    b"data:text/html,<script>",
    b"\\\\x\\y",
    b"%%%",
    b"{}{0}",
    b"99999-99-99T99:99:99Z",
    b"Thu, 32 Foo 20000 25:61:61 +9999",
    b"0",
    b"-1",
    b"9" * 400,
    b"1e999",
    b"NaN",
    b"null",
)


def mutate(body: bytes, chance: random.Random) -> bytes:
    """Return a mutant of a feed, after one to three mutations."""
    for mutation in chance.choices(MUTATIONS, k=chance.choice((1, 1, 2, 3))):
        body = mutation(body, chance)
    return body


def mutants(feeds: Sequence[bytes], count: int, seed: int) -> list[bytes]:
    """Return this many mutants, the feeds in turn. The same seed gives the same mutants."""
    return [mutate(feeds[n % len(feeds)], random.Random(f"{seed} {n}")) for n in range(count)]


def _flip(body: bytes, chance: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.choice((1, 4, 30, 500)) if changed else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(body: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(body) + 1) for _ in "12")
    return chance.choice((body[:end], body[start:], body[:start] + body[end:]))


def _copy(body: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(body) + 1)
    part = body[start : start + chance.choice((10, 300, 5000))] * chance.choice((1, 3, 40))
    place = chance.randrange(len(body) + 1)
    return body[:place] + part + body[place:]


def _insert(body: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 5, 40))):
        place = chance.randrange(len(body) + 1)
        body = body[:place] + chance.choice(VALUES) + body[place:]
    return body


def _replace_text(body: bytes, chance: random.Random) -> bytes:
    texts = list(TEXT.finditer(body[:200_000]))
    for match in sorted(chance.sample(texts, min(len(texts), 6)), key=lambda match: -match.start()):
        value = chance.choice((*VALUES, chance.choice(VALUES) * 2000))
        body = body[: match.start() + 1] + value + body[match.end() - 1 :]
    return body


def _nest(body: bytes, chance: random.Random) -> bytes:
    name = chance.choice((b"div", b"item", b"entry", b"channel", b"a", b"b", b"outline", b"x:y", b"blockquote"))
    depth = chance.choice((50, 300, 3000, 30_000))
    opened = chance.choice((b"<%b>", b"&lt;%b&gt;", b"<![CDATA[<%b>]]>")) % name
    closed = (b"</%b>" % name) * chance.choice((0, 1, depth)) if opened.startswith(b"<%b" % name) else b""
    place = _boundary(body, chance)
    return body[:place] + chance.choice((opened, b"[", b'{"a":')) * depth + closed + body[place:]


def _huge_attribute(body: bytes, chance: random.Random) -> bytes:
    tags = list(TAG.finditer(body[:200_000]))
    if not tags:
        return body
    tag = chance.choice(tags)
    attribute = chance.choice(
        (
            b' x="' + b"y" * HUGE + b'"',
            b"".join(b' x%d="1"' % n for n in range(20_000)),
            b' xmlns:n="' + b"urn:" * 50_000 + b'"',
            b' href="http://h/' + b"a/" * 100_000 + b'"',
            b" x='" + b"&lt;" * 60_000 + b"'",
            b" x=" + b'"' * 1001,
        )
    )
    return body[: tag.end() - 1] + attribute + body[tag.end() - 1 :]


def _swap_tags(body: bytes, chance: random.Random) -> bytes:
    tags = list(TAG.finditer(body[:200_000]))
    if len(tags) < 2:
        return body
    for match in sorted(chance.sample(tags, min(len(tags), 5)), key=lambda match: -match.start()):
        body = body[: match.start()] + chance.choice((b"", chance.choice(tags)[0])) + body[match.end() :]
    return body


def _reencode(body: bytes, chance: random.Random) -> bytes:
    text = body.decode("utf-8", "replace")
    encoded = text.encode(chance.choice(CHARSETS), "replace")
    place = chance.randrange(len(body) + 1)
    return chance.choice((encoded, body[:place] + text[len(text) // 2 :].encode(chance.choice(CHARSETS), "replace")))


def _relabel(body: bytes, chance: random.Random) -> bytes:
    label = chance.choice(LABELS).encode()
    return (
        b'<?xml version="%b" encoding="%b"?>' % (chance.choice((b"1.0", b"1.1", b"9")), label)
        + body.partition(b"?>")[2]
    )


def _declare_entities(body: bytes, chance: random.Random) -> bytes:
    head, _, rest = body.partition(b"?>")
    used = _replace_text(rest, chance) if chance.random() < 0.5 else rest.replace(b"<title>", b"<title>&e;&f;", 3)
    return head + b"?>" + ENTITIES + used


def _long_text(body: bytes, chance: random.Random) -> bytes:
    place = _boundary(body, chance)
    unit = chance.choice(
        (
            b"a",
            b"a ",
            b"<br/>",
            b"&amp;",
            b"&lt;p&gt;",
            b"(",
            b"\n",
            b"http://a.example/ ",
            b"<p",
            b"<!--",
            b"\xf0\x9f\x98\x80",
        )
    )
    return body[:place] + unit * (HUGE // len(unit)) + body[place:]


def _boundary(body: bytes, chance: random.Random) -> int:
    """Return a position after a tag."""
    tags = list(TAG.finditer(body[:200_000]))
    return chance.choice(tags).end() if tags else chance.randrange(len(body) + 1)


MUTATIONS: tuple[Mutation, ...] = (
    _flip,
    _cut,
    _copy,
    _insert,
    _replace_text,
    _nest,
    _huge_attribute,
    _swap_tags,
    _reencode,
    _relabel,
    _declare_entities,
    _long_text,
)
