"""Reads where the store is: the path of an SQLite file, or the address of a PostgreSQL database.

An address is what libpq, the client library of PostgreSQL, accepts as a connection URI. Its password, and its query,
which may hold another one, appear in no message: not in those about mistakes, nor in what `str` and `repr` return.

    postgresql://user:password@host:5432/database?sslmode=verify-full
    postgresql:///database?host=/run/postgresql

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from aggregator.config.values import absolute_path, format_value
from aggregator.text.secrets import hide, hide_exactly
from aggregator.text.suggest import did_you_mean

ALLOWED = 'a path, or an address such as "postgresql://user@host/database"'
"""What `store` may be, for the documentation and messages."""
MAX_NAME = 63
"""Bytes of the name of a database; PostgreSQL would shorten a longer one."""

_SCHEME = re.compile(r"\s*postgres(?:ql)?://", re.IGNORECASE)
_ANY_SCHEME = re.compile(r"\s*(?:([A-Za-z][A-Za-z0-9+.-]*)://|(postgres(?:ql)?)(?:\+\w+)?:)", re.IGNORECASE)
_KEY_VALUE = re.compile(r"\s*(?:dbname|host|hostaddr|password|port|service|sslmode|user)\s*=", re.IGNORECASE)
_UNESCAPED = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_HOST = re.compile(r"(?:\[[^\[\]]+\]|[^\[\]:]*)(?::([^:]*))?")
_SECRET_PARAMETERS = ("password", "sslpassword", "oauth_client_secret")


class DatabaseAddress(msgspec.Struct, frozen=True):
    """The address of a store in PostgreSQL. Raises ValueError if it is doubtful where the password in it ends.

    `url`: the connection URI for libpq, which may hold a password; `folder`: that of the configuration file, which
    has the copied pictures. As text it is the URI without password and query.
    """

    url: str
    folder: Path

    def __post_init__(self) -> None:
        _check_characters(self.url)

    def __str__(self) -> str:
        parts = _parts(self.url)
        user = f"{parts.user}@" if parts.user else ""
        return f"postgresql://{user}{parts.hosts}/{quote(parts.database, safe='')}"

    def __repr__(self) -> str:
        return f"DatabaseAddress({str(self)!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("address", str(self)), ("folder", self.folder)]

    @property
    def database(self) -> str:
        """Name of the database; of the service, if a service file has the name of the database."""
        return _parts(self.url).database

    @property
    def picture_folder(self) -> Path:
        """Folder of the copied pictures, which is named after the database."""
        return self.folder / f"{quote(self.database, safe=' ')}.pictures"

    def exists(self) -> bool:
        """Whether there may be such a store, like `Path.exists` of a file: only opening it tells."""
        return True


class _Parts(msgspec.Struct, frozen=True):
    """The parts of a connection URI as they are written, percent-encoded. `query`: the parameters."""

    user: str
    password: str
    hosts: str
    path: str
    query: dict[str, str]

    @property
    def database(self) -> str:
        return unquote(self.path or self.query.get("dbname") or self.query.get("service") or "")


def read_store(text: str, folder: Path) -> Path | DatabaseAddress:
    """Return the path or address of a store; paths are relative to `folder`. Raises ValueError if it is neither.

    From then on, the password in an address is hidden in whatever is printed.
    """
    if match := _SCHEME.match(text):
        return _read_address(f"postgresql://{text[match.end() :].rstrip()}", folder)
    if match := _ANY_SCHEME.match(text):
        raise ValueError(f"must be {ALLOWED}{_hint(match[1] or match[2])}")
    if _KEY_VALUE.match(text):
        raise ValueError(f"must be {ALLOWED}: libpq's form with key=value is not supported")
    return absolute_path(text, folder)


def show_store(value: object) -> str:
    """Format a wrong value of `store` for a message: of an address only its scheme, as its parts may not be clear."""
    if isinstance(value, str):
        if match := _ANY_SCHEME.match(value):
            return f'"{match[0].strip().lower()}…"'
        if match := _KEY_VALUE.match(value):
            return f'"{match[0].strip()}…"'
    return format_value(value)


def missing_driver(store: DatabaseAddress) -> str:
    """Return the message for a store in PostgreSQL when its driver, which is optional, is not installed."""
    return f"{store}: PostgreSQL needs the driver psycopg: pip install 'aggregate-news[postgresql]'"


def _hint(scheme: str) -> str:
    if scheme.lower().startswith("postgres"):
        return ""
    return ": write the path alone" if scheme.lower() == "sqlite" else f": {scheme.lower()}:// is not supported"


def _read_address(url: str, folder: Path) -> DatabaseAddress:
    address, parts = DatabaseAddress(url, folder), _parts(url)
    for secret in (parts.password, *(parts.query.get(name, "") for name in _SECRET_PARAMETERS)):
        if secret:
            hide(secret)
            hide(unquote(secret))
            hide_exactly(url)  # even if the password is too short to be hidden wherever it appears
    _check_parts(parts)
    _check_parameters(url, parts)
    return address


def _check_characters(url: str) -> None:
    """Raise ValueError for characters that make it doubtful where the password ends."""
    login, at, location = url.partition("://")[2].partition("@")
    if "@" in location or (at and re.search("[/?]", login)):
        raise ValueError("must be percent-encoded: in a password, %40 for @, %2F for /, %3F for ?")
    if not url.isprintable() or " " in url:
        raise ValueError("must be percent-encoded: %20 for a space, and no control characters as they are")
    if _UNESCAPED.search(url):
        raise ValueError("must be percent-encoded: %25 for %, and no %00")


def _check_parts(parts: _Parts) -> None:
    """Raise ValueError for a wrong host or port, or for a database without a name."""
    hosts = [_HOST.fullmatch(host) for host in parts.hosts.split(",")]
    if not all(hosts):
        raise ValueError("must be postgresql://user@host:port/database, with an IPv6 address in brackets")
    ports = [host[1] for host in hosts if host] + unquote(parts.query.get("port", "")).split(",")
    if not all(_is_port(port) for port in ports if port):  # it is not shown: a password, if somebody forgot the @
        raise ValueError("must have a number from 1 to 65535 as the port")
    if not parts.database:
        raise ValueError("must name the database: postgresql://user@host/database")
    if len(parts.database.encode()) > MAX_NAME:
        raise ValueError(f"must name a database with at most {MAX_NAME} bytes")


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 5 and 1 <= int(text) <= 65535


def _check_parameters(url: str, parts: _Parts) -> None:
    """Raise ValueError for parameters that libpq does not know, if it is installed."""
    try:
        from psycopg import OperationalError, pq
    except ImportError:
        return  # opening the store reports it
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()} | {"ssl"}
    unknown = sorted(parts.query.keys() - known)
    if unknown and any(name in parts.query for name in _SECRET_PARAMETERS):  # it may be the rest of a password
        raise ValueError("has an unknown parameter; in a password, & must be percent-encoded: %26")
    for name in unknown:
        found = f' "{name}"' if re.fullmatch(r"[a-z_]{1,40}", name) else ""
        raise ValueError(f"has an unknown parameter{found}: {did_you_mean(name, known, 'libpq knows no such one')}")
    try:
        pq.Conninfo.parse(url.encode())
    except OperationalError:  # its text may contain the password
        raise ValueError(f"must be {ALLOWED}, with a query such as ?sslmode=require&connect_timeout=5") from None


def _parts(url: str) -> _Parts:
    """Split a connection URI as libpq does, in which `_check_characters` has found nothing."""
    login, at, location = url.partition("://")[2].partition("@")
    if not at:
        login, location = "", login
    user, _, password = login.partition(":")
    location, _, query = location.partition("?")
    hosts, _, path = location.partition("/")
    pairs = (parameter.partition("=") for parameter in query.split("&") if parameter)
    return _Parts(user, password, hosts, path, {unquote(name): value for name, _, value in pairs})
