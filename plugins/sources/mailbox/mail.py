"""One mail (RFC 5322, MIME) as an item, however odd it is: what a stranger sends may be anything."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr
from typing import NamedTuple

from aggregator import Item
from aggregator.text.charsets import decode_labelled
from aggregator.text.dates import parse_date
from aggregator.text.plain import EXCERPT, plain, shorten

from .online import address_of

LARGEST = 1 << 20
"""Bytes of a mail that are read, the first; what comes after are attachments."""
DEEPEST = 12
"""Parts with parts in them that a mail may have: reading takes time for each, line by line."""
LONGEST_HEADER = 2000
"""Characters of a header."""

_NESTING = re.compile(rb"boundary[*0-9]*[ \t]*=|message/rfc822", re.IGNORECASE)
_PADDING = re.compile(r" ?(?:[\u034f\u200c]\s*){3,}")
"""What keeps the text after a newsletter's summary out of the list of mails."""


class Wanted(NamedTuple):
    """Which mails are wanted. `sender`: found in their From line; `oldest`: how old they may be."""

    sender: re.Pattern[str] | None
    oldest: datetime

    def has(self, mail: Message) -> bool:
        """Whether a mail is, by its head; one without a date may be of today."""
        date = parse_date(header(mail, "Date"))
        if date and date < self.oldest:
            return False
        return self.sender is None or bool(self.sender.search(header(mail, "From")))


def item_of(raw: bytes) -> Item | None:
    """The item in a mail; None for one that has no text, or that was not written by anybody, such as a bounce."""
    if len(_NESTING.findall(raw)) > DEEPEST:
        return None
    try:
        return _item(message_from_bytes(raw))
    except Exception:  # of all kinds: the standard library's parser does not say what it raises
        return None


def _item(mail: Message) -> Item | None:
    if mail.get_content_type() == "multipart/report" or header(mail, "Auto-Submitted").lower().startswith("auto-rep"):
        return None
    content = _content(mail)
    if not content:
        return None
    text = _PADDING.sub(" ", plain(content))
    return Item(
        id=header(mail, "Message-ID").strip("<> ") or _digest(mail, content),
        url=address_of(mail, content),
        title=header(mail, "Subject"),
        summary=shorten(text, EXCERPT),
        content=content,
        published=header(mail, "Date") or None,
        language=header(mail, "Content-Language") or None,
        source=_outlet(mail),
    )


def _digest(mail: Message, content: str) -> str:
    told = "\n".join([header(mail, "From"), header(mail, "Date"), header(mail, "Subject"), content])
    return hashlib.blake2b(told.encode(errors="replace"), digest_size=16).hexdigest()


def _outlet(mail: Message) -> str | None:
    """The sender's name, else the list's (RFC 2919), else the host that the mail is from."""
    name, address = parseaddr(_raw_header(mail, "From"))
    listed = header(mail, "List-Id").partition("<")[0].strip(' "')
    return _decoded(name) or listed or address.rpartition("@")[2] or None


def header(mail: Message, name: str) -> str:
    """A header's text on one line, "" where there is none; its encoded words (RFC 2047) decoded as far as they can."""
    return _decoded(_raw_header(mail, name))


def _raw_header(mail: Message, name: str) -> str:
    """As it stands; bytes beyond ASCII are UTF-8 (RFC 6532), or what mislabelled text is."""
    found = next((value for key, value in mail.raw_items() if key.lower() == name.lower()), "")
    return decode_labelled(str(found).encode("utf-8", "surrogateescape"), "utf-8")[:LONGEST_HEADER]


def _decoded(text: str) -> str:
    try:
        parts = decode_header(text) if "=?" in text else [(text, None)]
    except HeaderParseError:  # base64 that is none
        parts = [(text, None)]
    return " ".join("".join(_word(part, charset) for part, charset in parts).split())


def _word(part: str | bytes, charset: str | None) -> str:
    """Return a part of a header as text; `email.header` returns those without a charset in raw-unicode-escape."""
    if isinstance(part, str):
        return part
    return decode_labelled(part, charset) if charset else part.decode("raw-unicode-escape")


def _content(mail: Message) -> str:
    """Its text as HTML; "" where it has none."""
    texts: dict[str, str] = {}
    for kind, text in _texts(mail):
        texts.setdefault(kind, text)
    return texts.get("text/html") or _paragraphs(texts.get("text/plain", ""))


def _texts(mail: Message) -> Iterator[tuple[str, str]]:
    for part in mail.walk():
        kind = part.get_content_type()
        if kind not in ("text/html", "text/plain") or part.get_content_disposition() == "attachment":
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and payload.strip():
            yield kind, decode_labelled(payload, part.get_content_charset())


def _paragraphs(text: str) -> str:
    """Plain text as HTML: blank lines end a paragraph."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            blocks[-1].append(html.escape(line.rstrip(), quote=False))
        elif blocks[-1]:
            blocks.append([])
    return "\n".join(f"<p>{'<br>'.join(block)}</p>" for block in blocks if block)
