"""The options of the newsletter: mail addresses, the mail server, the time of day, the days of the week."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import time
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated, NamedTuple
from urllib.parse import unquote, urlsplit

from msgspec import Meta

from aggregator.text.hosts import ascii_host, check_dns_name
from aggregator.text.plain import plain

_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_MAX_ADDRESS = 254
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNSUBSCRIBE = re.compile(r"(?:mailto:[^\s<>,:/@]+@[^\s<>,]+|https?://[^\s<>,/][^\s<>,]*)", re.ASCII)
_DAY_WORDS = 'days such as ["mon", "thu"] or "mon-fri"'
_ADDRESS_WORDS = 'a mail address such as "ada@reader.example"'
_SMTP_WORDS = 'the address of a mail server such as "smtp://user@mail.example:587" or "smtps://user@mail.example"'


class MailAddress(NamedTuple):
    """A mail address. `name`: of its owner, or ""; `address`: in ASCII."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def header(self, default_name: str = "") -> Address:
        """Return the address for a header."""
        return Address(display_name=self.name or default_name, addr_spec=self.address)


class MailServer(NamedTuple):
    """A mail server. `is_tls`: TLS from the start; `user`: "" without authentication."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str


def read_mailbox(text: str) -> MailAddress:
    """Parse a mail address, perhaps with a name. Raises ValueError."""
    name, address = parseaddr(text.strip()) if "<" in text else ("", text.strip())
    local, at, domain = address.rpartition("@")
    try:
        domain = ascii_host(domain)
        check_dns_name(domain)
    except ValueError:
        at = ""
    dots = local.startswith(".") or local.endswith(".") or ".." in local
    address = f"{local}@{domain}"
    is_open = "<" in text and not text.strip().endswith(">")
    if (
        is_open
        or not at
        or ":" in domain  # an IPv6 address
        or dots
        or not _LOCAL.fullmatch(local)
        or len(address) > _MAX_ADDRESS
        or not text.isprintable()
    ):
        raise ValueError(f"must be {_ADDRESS_WORDS}")
    return MailAddress(plain(name), address)


def read_mailboxes(value: str | list[str]) -> tuple[MailAddress, ...]:
    """Parse one mail address, or a list of them, without duplicates. Raises ValueError."""
    mailboxes = [read_mailbox(text) for text in ([value] if isinstance(value, str) else value)]
    if not mailboxes:
        raise ValueError(f"must be {_ADDRESS_WORDS}, or a list of these")
    return tuple({mailbox.address: mailbox for mailbox in mailboxes}.values())


def read_smtp(text: str) -> MailServer:
    """Parse the address of a mail server. Raises ValueError."""
    try:
        parts = urlsplit(text)
        host, port = ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        raise ValueError(f"must be {_SMTP_WORDS}") from None
    if parts.scheme not in ("smtp", "smtps") or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"must be {_SMTP_WORDS}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    is_tls = parts.scheme == "smtps"
    return MailServer(host, port or (465 if is_tls else 587 if user else 25), is_tls, user, password)


def read_at(text: str) -> time:
    """Parse a time of day. Raises ValueError."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError('must be a time of day such as "07:00"')
    return time(int(match[1]), int(match[2]))


def read_days(value: str | Iterable[str]) -> tuple[int, ...]:
    """Parse days of the week, or ranges of them, to numbers from 0 for Monday. Raises ValueError."""
    parts = value.split(",") if isinstance(value, str) else list(value)
    numbers = {number for part in parts for number in _day_numbers(part.strip().casefold())}
    if not numbers:
        raise ValueError(f"must be {_DAY_WORDS}")
    return tuple(sorted(numbers))


def _day_numbers(text: str) -> Iterator[int]:
    """Yield the numbers of a day, or of a range such as "fri-mon". Raises ValueError."""
    first, dash, last = text.partition("-")
    begin = _day_number(first.strip())
    end = _day_number(last.strip()) if dash else begin
    return (number % 7 for number in range(begin, end + 1 if begin <= end else end + 8))


def _day_number(name: str) -> int:
    number = next((number for number, day in enumerate(_DAYS) if len(name) >= 3 and day.startswith(name)), None)
    if number is None:
        raise ValueError(f"must be {_DAY_WORDS}")
    return number


def read_unsubscribe(text: str) -> str:
    """Check an address for List-Unsubscribe. Raises ValueError."""
    if not _UNSUBSCRIBE.fullmatch(text) or not text.isascii():
        raise ValueError("must be an https: or mailto: address")
    return text


Mailbox = Annotated[MailAddress, Meta(title=_ADDRESS_WORDS, extra={"written": str, "read": read_mailbox})]
Mailboxes = Annotated[
    tuple[MailAddress, ...],
    Meta(title=f"{_ADDRESS_WORDS}, or a list of these", extra={"written": str | list[str], "read": read_mailboxes}),
]
Smtp = Annotated[MailServer, Meta(title=_SMTP_WORDS, extra={"written": str, "read": read_smtp})]
At = Annotated[time, Meta(title='a time of day such as "07:00"', extra={"written": str, "read": read_at})]
Days = Annotated[
    tuple[int, ...],
    Meta(title=_DAY_WORDS, extra={"written": str | list[str], "read": read_days}),
]
Unsubscribe = Annotated[
    str, Meta(title="an https: or mailto: address", extra={"written": str, "read": read_unsubscribe})
]
