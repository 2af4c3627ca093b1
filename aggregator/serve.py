"""A local web server for the outputs, with the content types that feed readers expect."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path

import click
from aiohttp import web

from aggregator.errors import AggregateError

_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "jsonfeed": "application/feed+json",
    "opml": "text/x-opml; charset=utf-8",
    "jsonl": "application/jsonl",
    "markdown": "text/markdown; charset=utf-8",
}
_TEXT = ("text/html", "text/css", "text/plain", "text/xml")


def content_type(plugin: str) -> str | None:
    """The content type of what an output plugin of this name writes; None where its file's name tells it."""
    return _TYPES.get(plugin)


def serve(folder: Path, host: str, port: int, types: Mapping[str, str]) -> None:
    """Serve the files below `folder` until the process is told to end.

    `types`: content types by path relative to the folder. Conditional and range requests are answered; nothing
    outside of the folder is. Raises AggregateError where the port is taken.
    """
    application = web.Application()
    application.router.add_get("/{path:.*}", lambda request: _answer(request, folder.resolve(), types))
    try:
        web.run_app(application, host=host, port=port, print=_announce(folder), access_log=None)
    except OSError as error:
        raise AggregateError(f"{host}:{port}: cannot be listened on ({error.strerror}); try --port 0") from error


async def _answer(request: web.Request, folder: Path, types: Mapping[str, str]) -> web.StreamResponse:
    path = (folder / request.match_info["path"].lstrip("/")).resolve()
    if path != folder and folder not in path.parents:
        raise web.HTTPNotFound
    if path.is_dir():
        path /= "index.html"
    if not path.is_file() or path.name.startswith("."):
        raise web.HTTPNotFound
    kind = types.get(path.relative_to(folder).as_posix()) or _guessed(path)
    headers = {"Content-Type": kind, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
    return web.FileResponse(path, headers=headers)


def _guessed(path: Path) -> str:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind in _TEXT else kind


def _announce(folder: Path):  # type: ignore[no-untyped-def]  # what run_app wants is not typed
    def say(text: str) -> None:
        lines = [line.strip("= ") for line in text.splitlines()]
        address = next((line.split()[-1] for line in lines if "http" in line), "")
        click.echo(f"serving {folder} at {address} (Ctrl-C ends it)", err=True)

    return say
