"""Fetches pictures within the limits of `[http]`, resizes them in the worker process, and stores the copies."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext

from aggregator import __version__
from aggregator.errors import FetchError, SourceError
from aggregator.http.client import Client
from aggregator.http.file_urls import read_file
from aggregator.http.origins import host_port
from aggregator.http.permits import OpenPermits
from aggregator.http.request_group import RequestGroup
from aggregator.http.response import Validators
from aggregator.http.retry_after import RetryAfterRules
from aggregator.http.settings import HttpSettings
from aggregator.http.source_http import SourceHttp
from aggregator.model.picture import Picture
from aggregator.pictures.files import write_copies
from aggregator.pictures.resize import Resized, resize
from aggregator.pictures.retry import failed, is_permanent, was_tried
from aggregator.pictures.state import PictureState, PictureStore
from aggregator.report import Report
from aggregator.runtime.signals import cancel_on_sigterm
from aggregator.runtime.tasks import BoundedTasks
from aggregator.runtime.worker_pool import CallTimeoutError, NoWorkerError, WorkerPool, aside

ACCEPT = "image/jpeg, image/png, image/webp, image/avif, image/gif, */*;q=0.5"
"""JPEG first: a server that converts pictures as requested then sends the one with the least loss."""
IN_PROGRESS = 64
"""How many pictures at once are requested or wait for the worker, to bound the memory."""
MAX_SECONDS = 300
"""Seconds after which a run begins to fetch no more pictures, so that slow hosts do not delay the edition for long."""


async def fetch_pictures(
    states: Sequence[PictureState],
    store: PictureStore,
    settings: HttpSettings,
    report: Report,
    open_permits: OpenPermits | None = None,
) -> dict[str, Picture]:
    """Return the pictures that could be copied, by address. `states`: of those to fetch, the most important first;
    `open_permits`: where other processes send requests to the same hosts.

    SIGTERM ends it between two pictures; each is stored at once. Raises StoreError.
    """
    with cancel_on_sigterm():
        rules = RetryAfterRules(() if open_permits else store.retry_after_rules(), settings.hold)
        async with (
            open_permits(rules) if open_permits else nullcontext() as permits,
            Client(settings, __version__, rules, permits=permits) as client,
            WorkerPool(client.timeout, min_calls=1, isolated=True),
        ):
            group = client.group((state.url, Validators()) for state in states if not state.url.startswith("file:"))
            fetcher = _Fetcher(client, group, store, report)
            try:
                await fetcher.fetch_all(states)
            finally:
                group.close()
                store.save_retry_after(rules.take_changes())
    return fetcher.pictures


def interleaved(states: Sequence[PictureState]) -> list[PictureState]:
    """Return the first picture of each host, then the second of each, and so on: a slow host is then no obstacle."""
    counts = Counter[str]()
    ranks = []
    for state in states:
        host = host_port(state.url)
        ranks.append(counts[host])
        counts[host] += 1
    return [state for _, state in sorted(zip(ranks, states, strict=True), key=lambda pair: pair[0])]


class _Fetcher:
    """Copies pictures. `pictures`: those copied so far, by address."""

    def __init__(self, client: Client, group: RequestGroup, store: PictureStore, report: Report) -> None:
        self.pictures: dict[str, Picture] = {}
        self._client = client
        self._group = group
        self._store = store
        self._report = report
        self._stopped = False
        self._writing = asyncio.Lock()

    async def fetch_all(self, states: Sequence[PictureState]) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + MAX_SECONDS
        async with BoundedTasks(IN_PROGRESS) as tasks:
            for state in interleaved(states):
                if self._stopped or loop.time() > end:
                    break
                await tasks.start(self._fetch(state))

    async def _fetch(self, state: PictureState) -> None:
        """Copy one picture, and store the result, which may be a failure."""
        now = self._report.started
        try:
            result = await self._resized(state.url)
        except NoWorkerError:
            return  # the machine is to blame: the next run tries again
        except FetchError as error:
            if not was_tried(error):
                return
            text = f"HTTP {error.status}" if error.status else str(error)
            state = failed(state, text, now, permanent=is_permanent(error), wait=error.retry_after)
        except CallTimeoutError as error:  # perhaps only since the machine was busy
            state = failed(state, str(error), now, permanent=False)
        except SourceError as error:  # the decoder crashed
            state = failed(state, str(error), now, permanent=True)
        else:
            if isinstance(result, Resized):
                await self._save(state.url, result)
                return
            state = failed(state, result, now, permanent=True)
        self._report.pictures.failed += 1
        self._store.save_picture(state, now)

    async def _resized(self, url: str) -> Resized | str:
        """Return the copies of a picture, or why there are none. Raises FetchError, SourceError."""
        if url.startswith("file:"):
            file, _ = await asyncio.to_thread(read_file, url, url, Validators(), self._client.settings.max_bytes)
            return await aside(resize, file.body)
        http = SourceHttp(self._client, url, group=self._group)
        try:
            # As the main request of a source: it is counted, its memory is bounded, and an address is requested once.
            response = await http.get(url, headers={"Accept": ACCEPT})
            if http.truncated_by:
                raise http.truncated_by
            return await aside(resize, response.body)
        finally:
            http.close()

    async def _save(self, url: str, resized: Resized) -> None:
        folder = self._store.picture_folder
        try:
            async with self._writing:  # two addresses may have the same picture, and so the same files
                picture = await asyncio.to_thread(write_copies, folder, url, resized)
        except OSError as error:
            self._stopped = True
            reason = error.strerror or "failed"
            self._report.fail("pictures", f"{folder}: cannot be written ({reason}); pictures are not copied")
            return
        self.pictures[url] = picture
        self._report.pictures.copied += 1
        self._store.save_picture(PictureState(url=url, picture=picture), self._report.started)
