"""Single values of a configuration: paths, addresses, what comes from the environment, and how a mistake is shown."""

from __future__ import annotations

import os.path
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aggregator.plugin.options import show

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(?:/[!-~]*)?")
_CREDENTIALS = re.compile(r"//[^/@\s]{1,200}@")


class Missing(Exception):  # noqa: N818 - the environment lacks the variable that `args[0]` names
    """A secret is to come from a variable that is not set."""


def problem_line(file: Path, where: str, key: str, found: str, allowed: str) -> str:
    """A mistake as one line. `where`: the table, "" at the top; `found`: the value as written, "" for a missing key."""
    key = key if _BARE_KEY.fullmatch(key) else show(key)
    subject = f"{key} = {found}" if found else key
    return ": ".join(part for part in (str(file), where, subject, allowed) if part)


def shown(value: Any) -> str:
    """A value as it is written, without the credentials in an address, and never long."""
    if is_secret(value):
        return f'{{ env = "{value["env"]}" }}'
    return _CREDENTIALS.sub("//…@", show(value))


def is_secret(value: Any) -> bool:
    """Whether a value is written as `{ env = "NAME" }`."""
    return isinstance(value, dict) and value.keys() == {"env"} and isinstance(value["env"], str)


def holds_secret(value: Any) -> bool:
    """Whether it is, or holds, a value from the environment."""
    if isinstance(value, list):
        return any(holds_secret(each) for each in value)
    return is_secret(value) or (isinstance(value, dict) and any(holds_secret(each) for each in value.values()))


def resolve_secrets(value: Any, environ: Mapping[str, str]) -> Any:
    """The value with every `{ env = "NAME" }` replaced by that variable. Raises Missing for one that is not set."""
    if isinstance(value, str):
        return value  # nearly all are
    if is_secret(value):
        if not environ.get(value["env"]):
            raise Missing(value["env"])
        return environ[value["env"]]
    if isinstance(value, list):
        return [resolve_secrets(each, environ) for each in value]
    if isinstance(value, dict):
        return {key: resolve_secrets(each, environ) for key, each in value.items()}
    return value


def absolute_path(text: str, folder: Path) -> Path:
    """A path as seen from `folder`, or from a home folder where it starts with "~". Raises ValueError for no path."""
    if text.startswith(("postgres:", "postgresql:", "postgresql+")):
        raise ValueError("must be the path of an SQLite file: PostgreSQL is not supported yet")
    if not text or "\0" in text or "://" in text:
        raise ValueError("must be a path")
    try:
        path = Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError(f"must be a path; there is no home folder for {text.split('/')[0]}") from error
    return Path(os.path.normpath(folder / path))


def source_address(text: str, folder: Path) -> str:
    """An address on the web as it is, a path as an absolute `file://` URI. Raises ValueError for anything else."""
    text = text.strip()
    if _PLAIN_ADDRESS.fullmatch(text):
        return text  # as nearly all are
    scheme, separator, rest = text.partition("://")
    if not separator:
        return _file_address(text, folder)
    if scheme.lower() not in ("http", "https", "file"):
        raise ValueError("must be an http:// or https:// address, or the path of a file or folder")
    if re.search(r"[\s\x00-\x1f]", text) or (scheme.lower() != "file" and not _host(text)):
        raise ValueError("must be a whole address, with a host and without spaces")
    return f"{scheme.lower()}://{rest}"


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # a bracket that is not closed
        return None


def _file_address(text: str, folder: Path) -> str:
    path = absolute_path(text, folder)
    first = text.partition("/")[0]
    if "/" in text and "." in first.strip(".") and not path.parent.exists():
        raise ValueError(f'there is no folder {first}; an address on the web is written "https://{text}"')
    return path.as_uri()


def below(uri: str, folder: Path) -> str | None:
    """The path of a `file://` URI as seen from `folder`, or None for one that lies elsewhere."""
    if not uri.startswith("file:"):
        return None
    root = folder.as_uri().rstrip("/") + "/"
    return uri.removeprefix(root) if uri.startswith(root) else None
