"""The door to the network: what a source may ask for, politely, and the client that all doors of a run lead through."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import quote, urljoin, urlsplit

from yarl import URL

from aggregator.errors import FetchError, NotModified
from aggregator.http import failures
from aggregator.http.coalesce import Outcome, Twins
from aggregator.http.connectivity import Network
from aggregator.http.file_urls import read_file
from aggregator.http.headers import freshness, retry_after
from aggregator.http.limiter import Limits, Turns
from aggregator.http.origins import origin, shown, site, with_credentials_of
from aggregator.http.response import Response, Validators
from aggregator.http.retry_after import STATUSES, Holds
from aggregator.http.robots import LARGEST, Robots
from aggregator.http.robots import REDIRECTS as ROBOTS_REDIRECTS
from aggregator.http.settings import HttpSettings
from aggregator.http.sockets import address_of
from aggregator.http.transport import MakeWire, Wire
from aggregator.text.urls import absolute

ROOM = 100
"""Sources at once whose answer has come and is not dealt with yet: more would only fill the memory."""
REDIRECTS = 10
PERMANENT, TEMPORARY = frozenset({301, 308}), frozenset({302, 303, 307})
PAGES = "text/html, application/xhtml+xml, */*;q=0.8"
CONDITIONS = frozenset({"if-none-match", "if-modified-since"})
KEPT_ACROSS_ORIGINS = frozenset({"accept", "accept-language"}) | CONDITIONS
"""Headers that follow a redirect to somebody else. Any other may hold a secret, such as X-Api-Key."""


class Client:
    """All that a run asks with, and its limits. To be used in an `async with` statement.

    `holds`: the pauses that publishers have asked for; `wire`: makes what requests go over, another one in tests.
    """

    def __init__(
        self, settings: HttpSettings, version: str, holds: Holds | None = None, *, wire: MakeWire = Wire
    ) -> None:
        self.settings = settings
        self.holds = Holds(level=settings.hold) if holds is None else holds
        self.network = Network()
        self.robots = Robots(lambda url: self._helper().ask(url, {}, redirects=ROBOTS_REDIRECTS, cut_at=LARGEST))
        self.twins = Twins()
        self._to_come: Counter[str] = Counter()
        self.timeout = settings.timeout.total_seconds()
        limits = Limits.of(self.timeout)
        self._turns = Turns(settings.concurrency, settings.per_host, limits)
        self.room = asyncio.Semaphore(ROOM)
        agent = f"aggregate/{version}" + (f" (+{settings.contact})" if settings.contact else "")
        self._wire = wire(settings, limits, agent)

    async def __aenter__(self) -> Self:
        self._wire.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.twins.close()
        self.robots.close()
        await self._wire.close()

    def expect(self, sources: Iterable[tuple[str | None, Validators]]) -> None:
        """Say whom this run will ask: an address that several sources have is asked once, and where nobody is left to
        be asked no connection is kept."""
        wanted = [(target, validators) for url, validators in sources if url and (target := absolute(url))]
        self.twins = Twins(wanted)
        self._to_come = Counter(site(url) for url, _ in wanted)

    def door(self, url: str | None, validators: Validators, progress: Callable[[], None]) -> Http:
        """What one source gets. `url`: its own address; `progress`: called after each request."""
        return Http(self, url, validators, progress)

    def _helper(self) -> Http:
        return self.door(None, Validators(), lambda: None)

    async def send(
        self, url: str, headers: Mapping[str, str], *, own: bool = False, cut_at: int | None = None
    ) -> tuple[Response, FetchError | None]:
        """One request, when its turn has come; see `Wire.exchange`. Raises FetchError where it is not to be made.

        `own`: it is a source's request for its own address. Its turn lasts until there is room for the answer, which
        the source must give back.
        """
        place = site(url)
        turn = self._turns.turn(place)
        await turn.take()
        try:
            if own:
                self._to_come[place] -= 1
                if self._to_come[place] <= 0:
                    headers = {**headers, "Connection": "close"}
            if wait := self.holds.left(url):
                raise failures.held(url, wait)
            exchange = self._wire.exchange(url, headers, turn, cut_at)
            host = urlsplit(url).hostname or ""
            answer = await (self.network.judge(url, host, exchange) if self._wire.is_public_name(host) else exchange)
            if own:
                await self.room.acquire()
            return answer
        finally:
            turn.leave()

    async def connect(self, host: str, port: int) -> socket.socket:
        """See `Http.connect`."""
        connecting = self._wire.connect(host, port)
        if not self._wire.is_public_name(host):
            return await connecting
        return await self.network.judge(address_of(host, port), host, connecting)


class Http:
    """A source's door to the network. What it learns on the way lies in its attributes afterwards.

    `validators`: to ask with next time; `moved_to`: the address a permanent redirect gave; `max_age`: seconds the
    answer stays fresh; `cut`: what cut the last answer short, if anything did.
    """

    def __init__(self, client: Client, url: str | None, validators: Validators, progress: Callable[[], None]) -> None:
        self.url = url
        self.validators = validators
        self.moved_to: str | None = None
        self.max_age: float | None = None
        self.cut: FetchError | None = None
        self._rooms = 0
        self.asking = 0  # requests on their way, or waiting for their turn: these have limits of their own
        self.waits_until = 0.0  # by the monotonic clock
        self._progress = progress
        self._client = client
        self._asked_with = validators

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        page: bool = False,
        main: bool | None = None,
    ) -> Response:
        """Ask for an address, which may be relative to the source's own.

        `page`: it is a web page for people, which the robots.txt of its host may forbid to programs. `main`: whether
        the answer is what the source lives of; where not said, that of its own `url` is.

        The main address, one in a run, is asked conditionally; when nothing is new there, the source ends here
        (`NotModified` passes through it to the core). Raises FetchError for anything but success.
        """
        if self.url and self.url.startswith("file:"):
            target, limit = urljoin(self.url, url), self._client.settings.max_bytes
            response, self.validators = await asyncio.to_thread(read_file, target, self.url, self._asked_with, limit)
            return response
        self.asking += 1
        try:
            return await self._get(url, headers or {}, params, page, main)
        finally:
            self.asking -= 1
            self._progress()

    async def _get(
        self, url: str, headers: Mapping[str, str], params: Mapping[str, str] | None, page: bool, main: bool | None
    ) -> Response:
        target = absolute(url, self.url)
        if target is None:
            raise failures.no_address(url)
        given = {"Accept": PAGES, **headers} if page else dict(headers)
        own = not params and (target == self.url or (self.url is not None and target == absolute(self.url)))
        if params:
            target = str(URL(target).update_query(params))
        if not (own if main is None else main):
            return await self.ask(target, given, page=page)
        try:
            return await self._ask_own(target, given, page)
        finally:
            if not own:
                self.moved_to = None  # it is not the source's `url` that has moved

    async def connect(self, host: str, port: int) -> socket.socket:
        """A TCP connection to a host, for another protocol than HTTP: IMAP, Gemini, a database.

        It keeps to `allow_private`, `proxy` and `timeout` of [http]; each call of the socket may take as long as that.
        TLS is up to the caller, who closes it, too. Raises FetchError.
        """
        self.asking += 1
        try:
            return await self._client.connect(host, port)
        finally:
            self.asking -= 1
            self._progress()

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """Within, the source may give nothing for so long without being given up: it waits for something else than an
        answer, such as a program, and sees to it itself that this ends in time."""
        self.waits_until = time.monotonic() + seconds
        try:
            yield
        finally:
            self.waits_until = 0.0
            self._progress()

    def close(self) -> None:
        """The source is done."""
        self._give_room()
        if self.url:
            self._client.twins.leave(self.url)

    def _give_room(self) -> None:
        while self._rooms:
            self._client.room.release()
            self._rooms -= 1

    async def _ask_own(self, url: str, headers: dict[str, str], page: bool) -> Response:
        shared = self._client.twins.find(url)
        if shared:
            asked_with = shared.validators
            door = self._client.door(url, asked_with, lambda: None)
            outcome = await shared.answer(frozenset(headers.items()), lambda: door.ask_for_all(url, headers, page))
        else:
            asked_with = self._asked_with
            outcome = await self._outcome(url, headers, page)
        response, self.moved_to, self.cut = outcome.response, outcome.moved_to, outcome.cut
        if response.status == 304 and not asked_with.headers() and not CONDITIONS & {name.lower() for name in headers}:
            reason = f"{shown(url)}: says that nothing has changed (HTTP 304), though nothing was known of it"
            raise FetchError(reason, url=url, kind="protocol", status=304)
        self._learn(response)
        if response.status == 304:
            raise NotModified
        return response

    async def ask_for_all(self, url: str, headers: dict[str, str], page: bool) -> Outcome:
        """What several sources that have this address share. Nobody closes this door."""
        try:
            return await self._outcome(url, headers, page)
        finally:
            self._give_room()

    async def _outcome(self, url: str, headers: dict[str, str], page: bool) -> Outcome:
        response = await self.ask(url, headers | self._asked_with.headers(), own=True, page=page)
        return Outcome(response, self.moved_to, self.cut)

    def _learn(self, response: Response) -> None:
        if not response.complete:
            self.validators = Validators()  # so that the rest comes the next time
            return
        given = Validators.of(response.headers)
        kept = self._asked_with if response.status == 304 else Validators()
        self.validators = Validators(
            etag=given.etag or kept.etag, last_modified=given.last_modified or kept.last_modified
        )
        self.max_age = freshness(response.headers, datetime.now(UTC))

    async def ask(  # noqa: PLR0913 - what tells the requests of the core apart
        self,
        url: str,
        headers: dict[str, str],
        *,
        own: bool = False,
        page: bool = False,
        redirects: int = REDIRECTS,
        cut_at: int | None = None,
    ) -> Response:
        """Ask, and go where redirects lead; each step is a request like any other, guarded and counted.

        `own`: what is learned of this address is learned of the source; `cut_at`: see `Wire.exchange`.
        """
        permanent = own
        for _ in range(redirects + 1):
            if page:
                await self._client.robots.admit(url)
            self.cut = None
            self._give_room()  # who holds some while waiting for a turn might wait for ever
            response, self.cut = await self._client.send(url, headers, own=own, cut_at=cut_at)
            self._rooms += own
            location = response.headers.get("Location")
            if response.status not in PERMANENT | TEMPORARY or not location:
                return self._judge(response, asked=url, own=permanent)
            target = absolute(_quoted(location), url)
            if target is None:
                raise failures.no_address(location, base=url)
            if origin(target) != origin(url):
                headers = {name: value for name, value in headers.items() if name.lower() in KEPT_ACROSS_ORIGINS}
            target = with_credentials_of(url, target)
            permanent = permanent and response.status in PERMANENT and not _is_downgrade(url, target)
            if permanent:
                self.moved_to = target
            url = target
        raise FetchError(f"{shown(url)}: more than {redirects} redirects", url=url, kind="redirects")

    def _judge(self, response: Response, asked: str, own: bool) -> Response:
        holds = self._client.holds
        if 200 <= response.status < 300 or response.status == 304:
            holds.end(asked)
            return response
        wait = retry_after(response.headers, datetime.now(UTC))
        if response.status in STATUSES:
            holds.begin(asked, wait)
        raise failures.of_status(asked, response.status, wait, own=own)


def _quoted(location: str) -> str:
    """A redirect's target, with the bytes that are no ASCII as they would stand in an address."""
    if location.isascii():
        return location
    return quote(location.encode("utf-8", "surrogateescape"), safe="%/:?#[]@!$&'()*+,;=~ ")


def _is_downgrade(url: str, target: str) -> bool:
    return url.lower().startswith("https:") and target.lower().startswith("http:")
