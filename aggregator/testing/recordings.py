"""Recorded HTTP answers: one readable file each, without secrets, in a folder beside the tests.

    GET https://news.example/latest.json
    HTTP 200
    Content-Type: application/json

    [{"id": 1, "title": "…

After the empty line follows the body, byte for byte.
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
from aggregator.testing.redaction import Secrets, secrets_in_url

STORED_HEADERS = ("Content-Type", "ETag", "Last-Modified", "Cache-Control", "Retry-After", "Location", "Link")
"""Headers that sources or the core read; others are not stored, since they may hold secrets."""


class Recordings:
    """Recorded answers by URL.

    `folders`: searched in order; new recordings go into the first. `secrets`: values that must not be stored. `advice`:
    appended to the message about a missing recording.
    """

    def __init__(self, folders: Sequence[Path], secrets: Secrets | None = None, advice: str = "") -> None:
        self.folders = folders
        self.secrets = secrets or Secrets.named_in()
        self.advice = advice

    def keep(self, url: str, headers: Mapping[str, str], response: Response) -> None:
        """Store an answer. `headers`: those of the request."""
        secrets = Secrets([*self.secrets.values, *Secrets.named_in(headers).values, *secrets_in_url(url)])
        kept = {name: response.headers[name] for name in STORED_HEADERS if name in response.headers}
        if "Location" in kept:
            kept["Location"] = secrets.redact_url(kept["Location"])
        redacted_url = secrets.redact_url(url)
        lines = [f"GET {redacted_url}", f"HTTP {response.status}"]
        lines += [f"{name}: {secrets.redact_text(' '.join(value.split()))}" for name, value in kept.items()]
        path = self.folders[0] / file_name(redacted_url)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes("\n".join([*lines, "", ""]).encode() + secrets.redact_body(response.body))

    def find(self, url: str) -> Response | None:
        """Return the recorded answer, or None."""
        name = file_name(self.secrets.redact_url(url))
        for folder in self.folders:
            if (folder / name).is_file():
                return _read(folder / name, url)
        return None

    def replay(self, url: str, headers: Mapping[str, str]) -> Response:
        """Return the recorded answer, or 304 if the request has its validators. Raises FetchError if there is none."""
        answer = self.find(url)
        if answer is None and urlsplit(url).path == "/robots.txt":
            return Response(status=404, url=url, headers=_headers([]), body=b"")
        if answer is None:
            places = " or ".join(str(folder) for folder in self.folders) or "this test"
            raise FetchError(
                f"{display_url(url)}: no recorded answer in {places}{self.advice}", url=url, kind=FailureKind.FILE
            )
        conditions = Validators.from_headers(answer.headers).headers()
        if conditions and any(headers.get(name) == value for name, value in conditions.items()):
            return Response(status=304, url=answer.url, headers=answer.headers, body=b"")
        return answer


def file_name(url: str) -> str:
    """Return the file name for a URL, readable and unique: `news.example_latest.json-1f2e3d4c.http`."""
    parts = urlsplit(url)
    readable = re.sub(r"[^\w.-]+", "_", f"{parts.hostname or ''}{parts.path}").strip("_")[:60]
    return f"{readable}-{hashlib.blake2b(url.encode(), digest_size=4).hexdigest()}.http"


def _read(path: Path, url: str) -> Response:
    head, _, body = path.read_bytes().partition(b"\n\n")
    try:
        _, status, *lines = head.decode().splitlines()
        pairs = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        status_code, address = int(status.removeprefix("HTTP ")), without_credentials(url)
        return Response(status=status_code, url=address, headers=_headers(pairs), body=body)
    except ValueError as error:
        raise AggregateError(f"{path}: is not a recorded answer ({error}); record it again: pytest --record") from error


def _headers(pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    return CIMultiDictProxy(CIMultiDict[str](pairs))
