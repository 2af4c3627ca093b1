"""A local web server for the outputs, with the content types that feed readers expect."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path

import click
from aiohttp import web

from aggregator.errors import AggregateError
from aggregator.model import Publication

_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "jsonfeed": "application/feed+json",
    "opml": "text/x-opml; charset=utf-8",
    "jsonl": "application/jsonl",
    "markdown": "text/markdown; charset=utf-8",
}
_TEXT = ("text/html", "text/css", "text/plain", "text/xml")


def serve(folder: Path, host: str, port: int, publications: Sequence[Publication]) -> None:
    """Serve the outputs below `folder` until the process receives SIGINT or SIGTERM.

    Supports conditional and range requests. Other files in the folder are not served. Raises AggregateError if the
    port is in use.
    """
    application = web.Application()
    application.router.add_get("/{path:.*}", lambda request: _answer(request, folder.resolve(), publications))
    try:
        web.run_app(application, host=host, port=port, print=_announce(publications), access_log=None)
    except OSError as error:
        raise AggregateError(f"{host}:{port}: cannot listen ({error.strerror}); try --port 0") from error


async def _answer(request: web.Request, folder: Path, publications: Sequence[Publication]) -> web.StreamResponse:
    path = (folder / request.match_info["path"].lstrip("/")).resolve()
    if path.is_dir():
        path /= "index.html"
    if folder not in path.parents or not path.is_file() or path.name.startswith("."):
        raise web.HTTPNotFound
    output = _output(path.relative_to(folder).as_posix(), publications)
    if output is None:
        raise web.HTTPNotFound
    content_type = None if _is_folder(output) else _TYPES.get(output.plugin)
    headers = {
        "Content-Type": content_type or _guess_type(path),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
    return web.FileResponse(path, headers=headers)


def _output(path: str, publications: Sequence[Publication]) -> Publication | None:
    """Return the output that a file belongs to."""
    files = (output for output in publications if path == output.path)
    folders = (output for output in publications if _is_folder(output) and path.startswith(output.path))
    return next(files, None) or next(folders, None)


def _is_folder(publication: Publication) -> bool:
    return not publication.path or publication.path.endswith("/")


def _guess_type(path: Path) -> str:
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{content_type}; charset=utf-8" if content_type in _TEXT else content_type


def _announce(publications: Sequence[Publication]):  # type: ignore[no-untyped-def]  # aiohttp does not type it
    def announce(text: str) -> None:
        lines = [line.strip("= ") for line in text.splitlines()]
        address = next((line.split()[-1] for line in lines if "http" in line), "")
        click.echo(f"serving {address} (Ctrl-C stops it)", err=True)
        for output in publications:
            click.echo(f"    {output.plugin}: {address}/{output.path.removesuffix('index.html')}", err=True)

    return announce
