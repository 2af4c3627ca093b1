"""Copies the pictures of an edition: those that are known cost one query, the others are fetched."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from aggregator.http.permits import OpenPermits
from aggregator.http.settings import HttpSettings
from aggregator.model.picture import Picture
from aggregator.pictures.state import PictureState, PictureStore
from aggregator.report import Report
from aggregator.text.urls import absolute

MAX_ADDRESS = 2000
"""Bytes of the address of a picture that is copied. PostgreSQL cannot index longer ones, which some trackers have."""
MAX_FETCHED = 500
"""Pictures that one run fetches at most; the next run fetches the rest."""


def copy_pictures(
    urls: Iterable[str],
    store: PictureStore,
    settings: HttpSettings | None,
    report: Report,
    open_permits: OpenPermits | None = None,
) -> dict[str, Picture]:
    """Return the copied pictures at these addresses, by address, in this order; one that cannot be copied is missing.

    Fetches those that are not known yet, in this order, unless it is a dry run. Never fails because of a picture: one
    that fails is tried again in a later run. `settings`: None to send no requests; `open_permits`: where other
    processes send requests to the same hosts. Raises StoreError.
    """
    # Of files, there are only those that sources on this machine state: see `ingest.pictures.local_picture`.
    wanted = [url for url in dict.fromkeys(urls) if absolute(url) or url.startswith("file:")]
    wanted = [url for url in wanted if len(url.encode()) <= MAX_ADDRESS]
    known = store.pictures(wanted, report.started) if wanted else {}
    pictures = {url: state.picture for url, state in known.items() if state.picture and _is_complete(state.picture)}
    if settings is None or store.is_copy:
        return pictures
    due = [_unknown(url, known) for url in wanted if url not in pictures]
    due = [state for state in due if state.next_try is None or state.next_try <= report.started]
    if due:
        import asyncio  # and with it the HTTP client: in most runs, nothing is to be fetched

        from aggregator.pictures.fetch import fetch_pictures

        done = report.pictures.copied + report.pictures.failed
        pictures |= asyncio.run(fetch_pictures(due[:MAX_FETCHED], store, settings, report, open_permits))
        report.pictures.postponed += len(due) - (report.pictures.copied + report.pictures.failed - done)
    return {url: pictures[url] for url in wanted if url in pictures}


def _unknown(url: str, known: dict[str, PictureState]) -> PictureState:
    """Return the state of an address without copies, which may have been deleted."""
    state = known.get(url) or PictureState(url=url)
    return msgspec.structs.replace(state, picture=None)


def _is_complete(picture: Picture) -> bool:
    """Return whether all files of a picture are there: somebody may have deleted the folder, or moved the store."""
    return all(copy.file.is_file() for copy in picture.copies)
