"""Hosts of URLs: converted to the ASCII form in which they are requested, as browsers do, and back for display.

Sources: WHATWG URL 3.5 (host parsing), UTS 46 (international domain names, nontransitional processing), RFC 1035 2.3.4
(sizes of names). Other than in browsers, ASCII labels stay as they are, even if they begin with "xn--".
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import unquote

_PLAIN = re.compile(r"(?:[a-z0-9_-]+\.)*[a-z_][a-z0-9_-]*\.?")
"""Nearly all hosts: names in lower case whose last label cannot be a number."""
_FORBIDDEN = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_JOINERS = "\u200c\u200d"
_PREFIX = "xn--"
_LONGEST_LABEL, _LONGEST_NAME = 63, 253
_LONGEST_NUMBER = 20


@lru_cache(maxsize=4096)
def ascii_host(host: str) -> str:
    """Return a host in ASCII and lower case, with an IPv4 address in dotted decimal form: "faß.de" → "xn--fa-hia.de".

    `host`: without port and brackets, perhaps percent-encoded. Raises ValueError with the reason if it is not valid.
    """
    if _PLAIN.fullmatch(host):
        return host
    if ":" in host and host.isascii():
        return host.lower()  # an IPv6 address
    if "%" in host:
        host = unquote(host, errors="replace")
    name = host.lower() if host.isascii() else _international(host)
    if match := _FORBIDDEN.search(name):
        raise ValueError(f"{match[0]!r} is not allowed in a host name")
    if not name.strip("."):
        raise ValueError("it is empty")
    if name.endswith(".."):
        raise ValueError("a part between its dots is empty")
    labels = name.removesuffix(".").split(".")
    return _ipv4_address(labels) if _NUMBER.fullmatch(labels[-1]) else name


def unicode_host(host: str) -> str:
    """Return a host as people write it: "xn--fa-hia.de" → "faß.de". A label that does not decode stays as it is."""
    return ".".join(_decoded(label) or label for label in host.split(".")) if _PREFIX in host else host


def check_dns_name(host: str) -> None:
    """Raise ValueError with the reason if an ASCII host cannot be a name in the DNS."""
    labels = host.removesuffix(".").split(".")
    for label in labels:
        if not 0 < len(label) <= _LONGEST_LABEL:
            length = f"longer than {_LONGEST_LABEL} characters" if label else "empty"
            raise ValueError(f"a part between its dots is {length}")
        if label.startswith(_PREFIX) and _decoded(label) is None:
            raise ValueError(f"{label} is not valid Punycode")
    if sum(map(len, labels)) + len(labels) - 1 > _LONGEST_NAME:
        raise ValueError(f"it is longer than {_LONGEST_NAME} characters")


def _international(host: str) -> str:
    """Convert a name with other characters than ASCII (UTS 46 4.2)."""
    from idna import IDNAError
    from idna.core import uts46_remap

    try:
        mapped = uts46_remap(host, std3_rules=False, transitional=False)
        return ".".join(label if label.isascii() else _encoded(label) for label in mapped.split("."))
    except IDNAError as error:
        raise ValueError(str(error)) from error


def _encoded(label: str) -> str:
    """Encode a label after checking it (UTS 46 4.1). Symbols such as ♥ are valid, other than in IDNA 2008."""
    from idna.core import check_bidi, valid_contextj

    if label.startswith(_PREFIX):
        raise ValueError(f"{label!r} begins with {_PREFIX} and is not in ASCII")
    if unicodedata.category(label[0]).startswith("M"):
        raise ValueError(f"{label!r} begins with a combining mark")
    if not all(valid_contextj(label, n) for n, character in enumerate(label) if character in _JOINERS):
        raise ValueError(f"{label!r} has a joiner where none is allowed")
    check_bidi(label)
    return _PREFIX + label.encode("punycode").decode("ascii")


def _decoded(label: str) -> str | None:
    """Return the text of an "xn--" label, or None if it does not decode, or to no visible text."""
    if not label.startswith(_PREFIX):
        return label
    try:
        text = label.removeprefix(_PREFIX).encode("ascii").decode("punycode")
        text.encode()
    except UnicodeError:
        return None
    is_text = all(unicodedata.category(character)[0] != "C" or character in _JOINERS for character in text)
    return text if is_text and not text.isascii() else None


def _ipv4_address(labels: Sequence[str]) -> str:
    """Return an IPv4 address of one to four numbers, each decimal, octal or hexadecimal, in dotted decimal form."""
    numbers = [_number(label) for label in labels]
    *first, last = numbers
    if len(numbers) > 4 or any(number > 255 for number in first) or last >= 256 ** (5 - len(numbers)):
        raise ValueError("it ends with a number, and is not an IPv4 address")
    value = sum(number << (24 - 8 * n) for n, number in enumerate(first)) + last
    return str(ipaddress.IPv4Address(value))


def _number(text: str) -> int:
    if _NUMBER.fullmatch(text) and len(text) <= _LONGEST_NUMBER:
        base = 16 if text.startswith("0x") else 8 if text.startswith("0") else 10
        digits = text.removeprefix("0x") if base == 16 else text
        try:
            return int(digits or "0", base)
        except ValueError:  # 8 or 9 in an octal number
            pass
    raise ValueError("it ends with a number, and is not an IPv4 address")
