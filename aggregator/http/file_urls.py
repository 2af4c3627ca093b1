"""Reads `file:` URLs as if they were HTTP responses: a source may be a local file or folder."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from multidict import CIMultiDict, CIMultiDictProxy

from aggregator.errors import FailureKind, FetchError, NotModified
from aggregator.http import failures
from aggregator.http.response import Response, Validators


def read_file(url: str, source_url: str, known: Validators, max_bytes: int) -> tuple[Response, Validators]:
    """Read a file, and return its content and the validators that detect a change.

    Only `source_url`, and files below it, may be read. Raises NotModified if its validators are the `known` ones, and
    FetchError for a file that cannot be read or is larger than `max_bytes`.
    """
    path, root = file_path(url), file_path(source_url)
    if path != root and root not in path.parents:
        raise FetchError(f"{path}: is outside of {root}", url=url, kind=FailureKind.FILE)
    try:
        stat = path.stat()
        validators = Validators(etag=f"{stat.st_mtime_ns}-{stat.st_size}", address=b"")
        if path == root and validators == known:
            raise NotModified
        if stat.st_size > max_bytes:
            raise failures.too_large(url, max_bytes)
        body = path.read_bytes()
    except OSError as error:
        raise FetchError(f"{path}: cannot be read ({error.strerror})", url=url, kind=FailureKind.FILE) from error
    headers = CIMultiDictProxy(CIMultiDict[str]())
    return Response(status=200, url=url, headers=headers, body=body), validators if path == root else known


def file_path(url: str) -> Path:
    """Return the path of a `file:` URL."""
    return Path(url2pathname(urlsplit(url).path))
