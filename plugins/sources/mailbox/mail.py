"""Converts a mail (RFC 5322, MIME) to an item; tolerates malformed and malicious mails."""

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

from .web_version import address_of

MAX_SIZE = 1 << 20
"""Bytes read from the start of a mail; attachments follow after the text."""
MAX_NESTED_PARTS = 12
"""Nested parts of a mail: the parser takes time per line for each of them."""
MAX_HEADER_LENGTH = 2000
"""Characters of a header."""

_NESTING = re.compile(rb"boundary[*0-9]*[ \t]*=|message/rfc822", re.IGNORECASE)
_PADDING = re.compile(r" ?(?:[\u034f\u200c]\s*){3,}")
"""Invisible characters by which newsletters end the preview in a list of mails."""


class MailFilter(NamedTuple):
    """Selects mails. `sender`: pattern of the From line; `oldest`: date of the oldest mail."""

    sender: re.Pattern[str] | None
    oldest: datetime

    def matches(self, mail: Message) -> bool:
        """Whether the headers of a mail match; a mail without a date may be new."""
        date = parse_date(header(mail, "Date"))
        if date and date < self.oldest:
            return False
        return self.sender is None or bool(self.sender.search(header(mail, "From")))


def item_of(raw: bytes) -> Item | None:
    """Return the item in a mail; None for a mail without text, and for bounces and automatic replies."""
    if len(_NESTING.findall(raw)) > MAX_NESTED_PARTS:
        return None
    try:
        return _item(message_from_bytes(raw))
    except Exception:  # the parser of the standard library does not document its exceptions
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
    identity = "\n".join([header(mail, "From"), header(mail, "Date"), header(mail, "Subject"), content])
    return hashlib.blake2b(identity.encode(errors="replace"), digest_size=16).hexdigest()


def _outlet(mail: Message) -> str | None:
    """Return the name of the sender, or else of the list (RFC 2919), or else the host of the sender."""
    name, address = parseaddr(_raw_header(mail, "From"))
    list_name = header(mail, "List-Id").partition("<")[0].strip(' "')
    return _decoded(name) or list_name or address.rpartition("@")[2] or None


def header(mail: Message, name: str) -> str:
    """Return a header on one line, or "", with its valid encoded words (RFC 2047) decoded."""
    return _decoded(_raw_header(mail, name))


def _raw_header(mail: Message, name: str) -> str:
    """Return a header undecoded; bytes beyond ASCII are UTF-8 (RFC 6532), or else cp1252."""
    value = next((value for key, value in mail.raw_items() if key.lower() == name.lower()), "")
    return decode_labelled(str(value).encode("utf-8", "surrogateescape"), "utf-8")[:MAX_HEADER_LENGTH]


def _decoded(text: str) -> str:
    try:
        parts = decode_header(text) if "=?" in text else [(text, None)]
    except HeaderParseError:  # invalid base64
        parts = [(text, None)]
    return " ".join("".join(_word(part, charset) for part, charset in parts).split())


def _word(part: str | bytes, charset: str | None) -> str:
    """Return a part of a header as text; `email.header` returns those without a charset in raw-unicode-escape."""
    if isinstance(part, str):
        return part
    return decode_labelled(part, charset) if charset else part.decode("raw-unicode-escape")


def _content(mail: Message) -> str:
    """Return the text of a mail as HTML, or ""."""
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
    """Convert plain text to HTML; blank lines end a paragraph."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            blocks[-1].append(html.escape(line.rstrip(), quote=False))
        elif blocks[-1]:
            blocks.append([])
    return "\n".join(f"<p>{'<br>'.join(block)}</p>" for block in blocks if block)
