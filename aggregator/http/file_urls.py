"""Files of this machine as answers: a source may be one, or a folder of them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from multidict import CIMultiDict, CIMultiDictProxy

from aggregator.errors import FetchError, NotModified
from aggregator.http import failures
from aggregator.http.response import Response, Validators


def read_file(url: str, own: str, known: Validators, limit: int) -> tuple[Response, Validators]:
    """What lies at a `file:` address, and the validators to know it again with.

    `own`: the source's address; nothing but it, and what lies below it, is read. Raises NotModified where it is as the
    validators `known` say, FetchError for what cannot be read or has more than `limit` bytes.
    """
    path, root = _path(url), _path(own)
    if path != root and root not in path.parents:
        raise FetchError(f"{path}: lies outside of {root}", url=url, kind="file")
    try:
        found = path.stat()
        seal = Validators(etag=f"{found.st_mtime_ns}-{found.st_size}")
        if path == root and seal == known:
            raise NotModified
        if found.st_size > limit:
            raise failures.too_big(url, limit)
        body = path.read_bytes()
    except OSError as error:
        raise FetchError(f"{path}: cannot be read ({error.strerror})", url=url, kind="file") from error
    headers = CIMultiDictProxy(CIMultiDict[str]())
    return Response(status=200, url=url, headers=headers, body=body), seal if path == root else known


def _path(url: str) -> Path:
    return Path(url2pathname(urlsplit(url).path))
