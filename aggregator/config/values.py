"""Reads single values of a configuration (paths, addresses, secrets), and formats the messages about mistakes."""

from __future__ import annotations

import os.path
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aggregator.plugin.options import show
from aggregator.text.feed_scheme import without_feed_scheme
from aggregator.text.secrets import hide

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(?::[0-9]{1,5})?(?:/[!-~]*)?")
_DATABASE = re.compile(r"\A\s*(postgres(?:ql)?(?:\+\w+)?:(?://)?).*", re.DOTALL | re.IGNORECASE)
_CREDENTIALS = re.compile(r"//[^/\s]+@")


class MissingVariableError(Exception):
    """A value refers to an environment variable that is not set. `args[0]`: the name of the variable."""


class Problem(str):
    """A mistake as one line, with its parts: see `problem_line`."""

    file: str
    where: str
    key: str
    found: str
    message: str


def problem_line(file: Path, where: str, key: str, found: str, allowed: str) -> Problem:
    """Format a mistake as one line.

    `where`: the table, "" for the top level; `found`: the value as it is written, "" for a missing key.
    """
    shown = key if not key or _BARE_KEY.fullmatch(key) else show(key)
    subject = f"{shown} = {found}" if found else shown
    line = Problem(": ".join(part for part in (str(file), where, subject, allowed) if part))
    line.file, line.where, line.key, line.found, line.message = str(file), where, key, found, allowed
    return line


def format_value(value: Any) -> str:
    """Format a value as TOML for a message, shortened, and without the credentials in an address."""
    if is_secret(value):
        return f'{{ env = "{value["env"]}" }}'
    return show(_without_credentials(value))


def _without_credentials(value: Any) -> Any:
    if isinstance(value, str):  # of databases, the query may hold a password as well
        return _CREDENTIALS.sub("//…@", _DATABASE.sub(r"\1…", value))
    if isinstance(value, list):
        return [_without_credentials(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_credentials(item) for key, item in value.items()}
    return value


def is_secret(value: Any) -> bool:
    """Whether a value is written as `{ env = "NAME" }`."""
    return isinstance(value, dict) and value.keys() == {"env"} and isinstance(value["env"], str)


def holds_secret(value: Any) -> bool:
    """Whether a value is a secret or contains one."""
    if isinstance(value, list):
        return any(holds_secret(item) for item in value)
    return is_secret(value) or (isinstance(value, dict) and any(holds_secret(item) for item in value.values()))


def resolve_secrets(value: Any, environ: Mapping[str, str], *, public: bool = False) -> Any:
    """Replace every `{ env = "NAME" }` in a value by that variable. Raises MissingVariableError if it is not set.

    `public`: the value is meant to be shown, such as a name; any other is hidden in what is printed.
    """
    if isinstance(value, str):
        return value  # the most frequent case
    if is_secret(value):
        if not environ.get(value["env"]):
            raise MissingVariableError(value["env"])
        if not public:
            hide(environ[value["env"]])
        return environ[value["env"]]
    if isinstance(value, list):
        return [resolve_secrets(item, environ, public=public) for item in value]
    if isinstance(value, dict):
        return {key: resolve_secrets(item, environ, public=public) for key, item in value.items()}
    return value


def absolute_path(text: str, folder: Path) -> Path:
    """Return the absolute path; relative ones start at `folder`, "~" at a home folder. Raises ValueError if invalid."""
    if not text or "\0" in text or "://" in text:
        raise ValueError("must be a path")
    try:
        path = Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError(f"must be a path; there is no home folder for {text.split('/')[0]}") from error
    return Path(os.path.normpath(folder / path))


def source_address(text: str, folder: Path) -> str:
    """Return a web address without the scheme `feed:`, a path as an absolute `file://` URI.

    Raises ValueError for anything else.
    """
    text = text.strip()
    if _PLAIN_ADDRESS.fullmatch(text):
        return text  # the most frequent case, without parsing
    text = without_feed_scheme(text)
    scheme, separator, rest = text.partition("://")
    if not separator:
        return _file_address(text, folder)
    if scheme.lower() not in ("http", "https", "file"):
        raise ValueError("must be an http:// or https:// address, or the path of a file or folder")
    if re.search(r"[\s\x00-\x1f]", text) or (scheme.lower() != "file" and not _host(text)):
        raise ValueError("must be a complete address, with a host and without spaces")
    return f"{scheme.lower()}://{rest}"


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # an unclosed bracket
        return None


def _file_address(text: str, folder: Path) -> str:
    path = absolute_path(text, folder)
    first = text.partition("/")[0]
    if "/" in text and "." in first.strip(".") and not path.parent.exists():
        raise ValueError(f'there is no folder {first}; an address on the web is written "https://{text}"')
    return path.as_uri()


def relative_path(uri: str, folder: Path) -> str | None:
    """Return the path of a `file://` URI relative to `folder`; None for a path outside it, or another URI."""
    if not uri.startswith("file:"):
        return None
    root = folder.as_uri().rstrip("/") + "/"
    return uri.removeprefix(root) if uri.startswith(root) else None
