"""A local web server for the outputs, with the content types that feed readers expect."""

from __future__ import annotations

import mimetypes
import socket
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

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
    "text": "text/plain; charset=utf-8",
    "epub": "application/epub+zip",
}
_SHOWN_AS = "application/xml; charset=utf-8"
"""The content type of RSS and Atom for browsers, which show the page of their style sheet only for this one."""
_TEXT = ("text/html", "text/css", "text/plain", "text/xml", "text/javascript")


class Site:
    """What is served: the outputs below `folder`, or newer versions of their files below `preview`.

    `publications`: the outputs, which change with the configuration. Other files in the folder are not served.
    """

    def __init__(self, folder: Path, publications: Sequence[Publication]) -> None:
        self.folder = folder.resolve()
        self.publications = publications
        self.preview: Path | None = None

    def find(self, url_path: str) -> tuple[Path, Publication] | None:
        """Return the file at the path of a URL, and the output that it belongs to; None if there is none."""
        for root in (self.preview, self.folder):
            if root is None:
                continue
            path = (root / url_path.lstrip("/")).resolve()
            if path.is_dir():
                path /= "index.html"
            if root in path.parents and path.is_file() and not path.name.startswith("."):
                publication = _output(path.relative_to(root).as_posix(), self.publications)
                if publication:
                    return path, publication
        return None


def serve(site: Site, host: str, port: int, url: str = "") -> None:
    """Serve outputs until the process receives SIGINT or SIGTERM.

    Supports conditional and range requests. A request for another host than this machine, by its names and addresses,
    or the host of `url`, is refused: a page of somebody else could otherwise read the outputs through the name of its
    own host (DNS rebinding). Raises AggregateError if the port is in use.
    """
    names = frozenset(name.casefold() for name in _own_names(host, url))
    application = web.Application()
    application.router.add_get("/{path:.*}", lambda request: _answer(request, site, names))
    try:
        web.run_app(application, host=host, port=port, print=_announce(site.publications), access_log=None)
    except OSError as error:
        raise AggregateError(f"{host}:{port}: cannot listen ({error.strerror}); try --port 0") from error


def _own_names(host: str, url: str) -> Iterable[str]:
    own = socket.gethostname()
    return {"localhost", host, own, f"{own.partition('.')[0]}.local", urlsplit(url).hostname or "localhost"}


def _is_own_host(header: str, names: frozenset[str]) -> bool:
    """Return whether a `Host` header names this machine. Addresses do: only names can be rebound."""
    try:
        host = (urlsplit(f"//{header}").hostname or "").casefold()
    except ValueError:
        return False
    try:
        return bool(ip_address(host))
    except ValueError:
        return host in names or host.endswith(".localhost")


async def _answer(request: web.Request, site: Site, names: frozenset[str]) -> web.StreamResponse:
    if not _is_own_host(request.headers.get("Host", ""), names):
        raise web.HTTPMisdirectedRequest(text="This server does not answer for this host name.\n")
    found = site.find(request.match_info["path"])
    if found is None:
        raise web.HTTPNotFound
    path, output = found
    content_type = _TYPES.get(output.plugin) if path.suffix == Path(output.path).suffix else None
    if output.plugin in ("rss", "atom") and content_type and "text/html" in request.headers.get("Accept", ""):
        content_type = _SHOWN_AS
    headers = {
        "Vary": "Accept",
        "Content-Type": content_type or _guess_type(path),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
    return web.FileResponse(path, headers=headers)


def _output(path: str, publications: Sequence[Publication]) -> Publication | None:
    """Return the output that a file belongs to: its file, its folder, or the folder of the same name."""
    files = (output for output in publications if path == output.path)
    folders = (output for output in publications if path.startswith(_folder_of(output)))
    return next(files, None) or next(folders, None)


def _folder_of(publication: Publication) -> str:
    """Return the folder with the files of an output, with a slash at the end; "" for the folder of all outputs."""
    path = publication.path
    return path if not path or path.endswith("/") else f"{path.removesuffix(Path(path).suffix)}/"


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
