"""Recorded answers: a readable file each, in a folder beside the tests. None holds a secret.

    GET https://news.example/latest.json
    HTTP 200
    Content-Type: application/json

    [{"id": 1, "title": "…

What follows the empty line is the body, byte for byte.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from multidict import CIMultiDict, CIMultiDictProxy

from aggregator.errors import AggregateError, FailureKind, FetchError
from aggregator.http.origins import display_url, without_credentials
from aggregator.http.response import Response, Validators
from aggregator.testing.redaction import Secrets, values_in

KEPT = ("Content-Type", "ETag", "Last-Modified", "Cache-Control", "Retry-After", "Location", "Link")
"""Headers that are kept: what a source or the core looks at. Others may tell more than they should."""


class Recordings:
    """Answers of before, by the address that was asked.

    `folders`: where they are looked for; what is recorded goes into the first. `secrets`: what is not to be stored.
    `advice`: what to do where one is missing, in words.
    """

    def __init__(self, folders: Sequence[Path], secrets: Secrets | None = None, advice: str = "") -> None:
        self.folders = folders
        self.secrets = secrets or Secrets.among()
        self.advice = advice

    def keep(self, url: str, headers: Mapping[str, str], response: Response) -> None:
        """Store an answer. `headers`: those of the request."""
        secrets = Secrets([*self.secrets.values, *Secrets.among(headers).values, *values_in(url)])
        given = {name: response.headers[name] for name in KEPT if name in response.headers}
        if "Location" in given:
            given["Location"] = secrets.out_of_url(given["Location"])
        shown_url = secrets.out_of_url(url)
        lines = [f"GET {shown_url}", f"HTTP {response.status}"]
        lines += [f"{name}: {secrets.out_of_text(' '.join(value.split()))}" for name, value in given.items()]
        path = self.folders[0] / file_name(shown_url)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes("\n".join([*lines, "", ""]).encode() + secrets.out_of_body(response.body))

    def find(self, url: str) -> Response | None:
        """The recorded answer, or None."""
        name = file_name(self.secrets.out_of_url(url))
        for folder in self.folders:
            if (folder / name).is_file():
                return _read(folder / name, url)
        return None

    def replay(self, url: str, headers: Mapping[str, str]) -> Response:
        """The recorded answer; 304 where the request's validators are its own. Raises FetchError if there is none."""
        found = self.find(url)
        if found is None and urlsplit(url).path == "/robots.txt":
            return Response(status=404, url=url, headers=_headers([]), body=b"")
        if found is None:
            places = " or ".join(str(folder) for folder in self.folders) or "this test"
            raise FetchError(
                f"{display_url(url)}: no recorded answer in {places}{self.advice}", url=url, kind=FailureKind.FILE
            )
        conditions = Validators.from_headers(found.headers).headers()
        if conditions and any(headers.get(name) == value for name, value in conditions.items()):
            return Response(status=304, url=found.url, headers=found.headers, body=b"")
        return found


def file_name(url: str) -> str:
    """`news.example_latest.json-1f2e3d4c.http`: told by a person, and another for each address."""
    parts = urlsplit(url)
    words = re.sub(r"[^\w.-]+", "_", f"{parts.hostname or ''}{parts.path}").strip("_")[:60]
    return f"{words}-{hashlib.blake2b(url.encode(), digest_size=4).hexdigest()}.http"


def _read(path: Path, url: str) -> Response:
    head, _, body = path.read_bytes().partition(b"\n\n")
    try:
        _, status, *lines = head.decode().splitlines()
        pairs = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        status_code, address = int(status.removeprefix("HTTP ")), without_credentials(url)
        return Response(status=status_code, url=address, headers=_headers(pairs), body=body)
    except ValueError as error:
        raise AggregateError(f"{path}: is no recorded answer ({error}); record it anew: pytest --record") from error


def _headers(pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    return CIMultiDictProxy(CIMultiDict[str](pairs))
