"""The `http` object of one source: conditional requests, redirects, and what the run records about the source."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urljoin

import msgspec
from yarl import URL

from aggregator.errors import FailureKind, FetchError, NotModified
from aggregator.http import failures, robots
from aggregator.http.client import Client
from aggregator.http.file_urls import read_file
from aggregator.http.headers import freshness, percent_encoded, retry_after
from aggregator.http.memory_budget import memory_cost
from aggregator.http.origins import display_url, origin, with_credentials_of
from aggregator.http.request import HttpRequest
from aggregator.http.request_group import RequestGroup
from aggregator.http.response import FetchResult, Response, Validators
from aggregator.runtime.digests import url_digest
from aggregator.text.feed_scheme import without_feed_scheme
from aggregator.text.urls import absolute

PERMANENT_REDIRECTS, TEMPORARY_REDIRECTS = frozenset({301, 308}), frozenset({302, 303, 307})
PAGE_ACCEPT = "text/html, application/xhtml+xml, */*;q=0.8"
BROWSER_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
"""What browsers accept. Some servers answer 406 to anything else, though it includes `*/*`."""
NOT_ACCEPTABLE = 406
CONDITIONAL_HEADERS = frozenset({"if-none-match", "if-modified-since"})
CROSS_ORIGIN_HEADERS = frozenset({"accept", "accept-language"}) | CONDITIONAL_HEADERS
"""Headers that are sent to another origin after a redirect. Any other may hold a secret, such as X-Api-Key."""


class SourceHttp:
    """Sends the requests of one source, and records in its attributes what they tell about the source.

    `url`: the source's own address; `on_progress`: called after each request; `validators`: those for the next run;
    `moved_to`: the target of permanent redirects; `max_age`: seconds that the response stays fresh; `truncated_by`: the
    error that cut the last response short; `as_browser`: the main request needs the `Accept` of a browser; `pending`:
    requests in progress, which have timeouts of their own; `wait_deadline`: until when the source waits for something
    else, by the monotonic clock; `postponed`: the error of a request that is to be sent later. `group`: the list of
    sources that it belongs to, if any.
    """

    def __init__(
        self,
        client: Client,
        url: str | None,
        validators: Validators = Validators(),  # noqa: B008 - immutable
        on_progress: Callable[[], None] = lambda: None,
        group: RequestGroup | None = None,
    ) -> None:
        self.url = url
        self.validators = validators
        self.moved_to: str | None = None
        self.max_age: float | None = None
        self.truncated_by: FetchError | None = None
        self.as_browser = False
        self.pending = 0
        self.wait_deadline = 0.0
        self.postponed: FetchError | None = None
        self._client = client
        self._group = client.ungrouped if group is None else group
        self._on_progress = on_progress
        self._known_validators = validators
        self._unprocessed = 0
        self._is_closed = False
        self._main_addresses: list[bytes] = []  # of the main requests of the run
        self._has_query = False  # whether the first of them is a query of the source's own URL

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        page: bool = False,
        main: bool | None = None,
    ) -> Response:
        """See `protocols.Http.get`. Raises NotModified if the main address has not changed, which a source lets
        propagate to the core."""
        if self.url and self.url.startswith("file:"):
            target, max_bytes = urljoin(self.url, url), self._client.settings.max_bytes
            response, self.validators = await asyncio.to_thread(
                read_file, target, self.url, self._known_validators, max_bytes
            )
            return response
        target_url = absolute(url, self.url)
        with self._counted():
            if target_url is None:
                raise failures.not_a_web_address(url)
            full_url = str(URL(target_url).update_query(params)) if params else target_url
            is_own = self._is_source_url(target_url)
            is_source_url = is_own and not params
            address = b"" if is_source_url else url_digest(full_url)
            if main is None:
                main = is_source_url or (is_own and self._is_only_query(address))
            accept = BROWSER_ACCEPT if main and self.as_browser else PAGE_ACCEPT if page else ""
            request = HttpRequest(
                url=full_url,
                headers={**({"Accept": accept} if accept else {}), **(headers or {})},
                is_main=main,
                is_page=page,
            )
            if not request.is_main:
                return await self._follow(request)
            self._main_addresses.append(address)
            try:
                return await self._get_main(request, address)
            finally:
                if not is_source_url:
                    self.moved_to = None  # the configured `url` of the source has not moved

    async def connect(self, host: str, port: int) -> socket.socket:
        """Open a TCP connection to a host, for another protocol than HTTP: IMAP, Gemini, a database.

        `allow_private`, `proxy` and `timeout` of [http] apply, the timeout to each call of the socket. The caller
        closes the socket and is responsible for TLS. Raises FetchError.
        """
        with self._counted():
            self._raise_if_closed()
            return await self._client.connect(host, port, self._group)

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """Extend the timeout of the source inside the context, while it waits for something else, such as a program.

        The source itself must make sure that the wait ends in time.
        """
        self.wait_deadline = time.monotonic() + seconds
        try:
            yield
        finally:
            self.wait_deadline = 0.0
            self._on_progress()

    def close(self) -> None:
        """Release what the source occupies in the client, which sends no further requests of it."""
        if self._is_closed:
            return
        self._is_closed = True
        self._release_unprocessed()
        if self.url:
            self._group.shared_addresses.release(self.url)

    async def fetch_main(self, request: HttpRequest, known: Validators) -> FetchResult:
        """Send the main request with the known validators, and return what is recorded about it."""
        headers = {**request.headers, **known.headers()}
        response = await self._follow(msgspec.structs.replace(request, headers=headers))
        return FetchResult(response, self.moved_to, self.truncated_by, self.as_browser)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count a pending request inside the context, and report progress at its end."""
        self.pending += 1
        try:
            yield
        except FetchError as error:
            if error.kind == FailureKind.POSTPONED:
                self.postponed = error
            raise
        finally:
            self.pending -= 1
            self._on_progress()

    def _is_source_url(self, url: str) -> bool:
        return self.url is not None and (url == self.url or url == absolute(self.url))

    def _raise_if_closed(self) -> None:
        """End a plugin that was cancelled, but whose thread runs on."""
        if self._is_closed:
            raise asyncio.CancelledError

    def _release_unprocessed(self) -> None:
        if self._unprocessed:
            self._client.unprocessed.release(self._unprocessed)
            self._unprocessed = 0

    def _is_only_query(self, address: bytes) -> bool:
        """Whether this is the only query of the source's own URL in a run: then it is the main request.

        A source that sends several queries depends on all of them: if the first had not changed, others may have.
        """
        if self._main_addresses in ([], [address]):
            self._has_query = True
            return True
        if self._has_query and len(self._main_addresses) == 1:
            self.validators, self.max_age = Validators(), None
        return False

    async def _get_main(self, request: HttpRequest, address: bytes) -> Response:
        if shared := self._group.shared_addresses.find(request.url):
            known = shared.validators.of(address)
            key = frozenset(request.headers.items())
            http = SourceHttp(self._client, None, group=self._group)  # on behalf of all that have its address
            result = await shared.fetch(key, lambda: _fetch_shared(http, request, known))
        else:
            known = self._known_validators.of(address)
            result = await self.fetch_main(request, known)
        response, self.moved_to, self.truncated_by = result.response, result.moved_to, result.truncated_by
        self.as_browser = result.as_browser
        is_conditional = known.headers() or any(request.has_header(name) for name in CONDITIONAL_HEADERS)
        if response.status == 304 and not is_conditional:
            reason = f"{display_url(request.url)}: HTTP 304 (Not Modified) in response to an unconditional request"
            raise FetchError(reason, url=request.url, kind=FailureKind.PROTOCOL, status=304)
        self._record(response, known, address)
        if response.status == 304:
            raise NotModified
        return response

    def _record(self, response: Response, known: Validators, address: bytes) -> None:
        """Record validators and freshness for the next run. `known`: those that were sent."""
        if not response.complete:
            self.validators = Validators()  # the next run requests the complete body
            return
        new = Validators.from_headers(response.headers)
        previous = known if response.status == 304 else Validators()
        etag, last_modified = new.etag or previous.etag, new.last_modified or previous.last_modified
        is_known = etag or last_modified
        self.validators = Validators(etag=etag, last_modified=last_modified, address=address if is_known else None)
        self.max_age = freshness(response.headers, datetime.now(UTC))

    async def _follow(self, request: HttpRequest) -> Response:
        """Send a request and follow redirects; each hop is guarded, limited and counted like any request."""
        is_source_url = request.is_main
        withheld = False
        for _ in range(request.max_redirects + 1):
            url = request.url
            if request.is_page:
                await self._client.robots.wait_for_permission(url, self._fetch_robots, self._group.started)
            response, request = await self._send(request)
            location = response.headers.get("Location")
            if response.status not in PERMANENT_REDIRECTS | TEMPORARY_REDIRECTS or not location:
                return self._checked(response, request, is_source_url=is_source_url, withheld=withheld)
            redirected = _redirected(request, location)
            withheld = withheld or (request.is_authorized and not redirected.is_authorized)
            request = redirected
            is_permanent = response.status in PERMANENT_REDIRECTS and not _is_downgrade(url, request.url)
            is_source_url = is_source_url and is_permanent
            if is_source_url:
                self.moved_to = request.url
        reason = f"{display_url(request.url)}: more than {request.max_redirects} redirects"
        raise FetchError(reason, url=request.url, kind=FailureKind.REDIRECTS)

    async def _send(self, request: HttpRequest) -> tuple[Response, HttpRequest]:
        """Send a request, once more with the `Accept` of a browser if the server finds ours not acceptable.

        Returns the response, and the request that it answers. A plugin's own `Accept` is left as it is.
        """
        response = await self._send_once(request)
        if response.status != NOT_ACCEPTABLE or request.header("accept") not in (None, PAGE_ACCEPT):
            return response, request
        request = msgspec.structs.replace(request, headers={**request.headers, "Accept": BROWSER_ACCEPT})
        response = await self._send_once(request)
        if request.is_main:
            self.as_browser = response.status != NOT_ACCEPTABLE
        return response, request

    async def _send_once(self, request: HttpRequest) -> Response:
        self._raise_if_closed()
        self.truncated_by = None
        self._release_unprocessed()  # holding one while waiting for a slot could deadlock
        response, self.truncated_by = await self._client.send(request, self._group)
        if request.is_main:
            self._unprocessed = memory_cost(response.body)
        return response

    async def _fetch_robots(self, url: str) -> Response:
        request = HttpRequest(url=url, max_redirects=robots.MAX_REDIRECTS, truncate_at=robots.MAX_BYTES)
        return await SourceHttp(self._client, None, group=self._group)._follow(request)

    def _checked(self, response: Response, request: HttpRequest, *, is_source_url: bool, withheld: bool) -> Response:
        """Return a successful response, and raise FetchError for any other.

        `withheld`: a redirect led to another server, which does not get the credentials.
        """
        url = request.url
        if 200 <= response.status < 300 or response.status == 304:
            return response
        wait = retry_after(response.headers, datetime.now(UTC))
        if response.status == 401 and (withheld or request.is_authorized):
            raise failures.unauthorized(url, withheld=withheld and not request.is_authorized)
        raise failures.from_status(url, response.status, wait, is_source_url=is_source_url)


async def _fetch_shared(http: SourceHttp, request: HttpRequest, known: Validators) -> FetchResult:
    """Send the main request on behalf of all sources that have its address."""
    try:
        return await http.fetch_main(request, known)
    finally:
        http.close()


def _redirected(request: HttpRequest, location: str) -> HttpRequest:
    """The request for the target of a redirect. Raises FetchError if the target is not a web address."""
    url = request.url
    target = absolute(without_feed_scheme(percent_encoded(location)), url)
    if target is None:
        raise failures.not_a_web_address(location, base=url)
    headers = request.headers
    if origin(target) != origin(url):
        headers = {name: value for name, value in headers.items() if name.lower() in CROSS_ORIGIN_HEADERS}
    return msgspec.structs.replace(request, url=with_credentials_of(url, target), headers=headers)


def _is_downgrade(url: str, target: str) -> bool:
    return url.lower().startswith("https:") and target.lower().startswith("http:")
