"""What goes wrong with a request, in words: each a FetchError that says what to do."""

from __future__ import annotations

import errno
import socket
from urllib.parse import urlsplit

import aiohttp

from aggregator.errors import FetchError
from aggregator.http.origins import shown
from aggregator.text.plain import printable

_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH})
"""What the machine says when there is no way to the other one."""

_STATUS_ADVICE = {
    401: "HTTP 401: it wants a user and password; give them in the address (https://user:password@…)",
    403: "HTTP 403: it refuses us; a `contact` in [http] may help, or its web page has another feed",
    404: "HTTP 404: there is nothing at this address; `aggregate add SITE` finds where the feed is now",
    410: "HTTP 410: it is gone for good",
    429: "HTTP 429: it says that we ask too often",
}


def of_status(url: str, status: int, wait: float | None, *, own: bool) -> FetchError:
    """An answer that is no success. `wait`: seconds it asks for; `own`: the source itself is at this address."""
    words = _STATUS_ADVICE.get(status) or (
        f"HTTP {status}: the server failed; it will be asked again later"
        if status >= 500
        else f"HTTP {status}: no success"
    )
    if status == 410 and own:
        words += " and will not be asked again; `aggregate remove` takes it out"
    if wait:
        words += f"; it asks to wait {wait:.0f} s"
    return FetchError(f"{shown(url)}: {words}", url=url, kind="status", status=status, retry_after=wait)


def of_exception(url: str, error: Exception) -> FetchError:
    """What aiohttp or the machine said."""
    where, cause = shown(url), error.__cause__ or error
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        reason = f"{where}: the proxy cannot be reached ({error.strerror or 'refused'}); see `proxy` in [http]"
        return FetchError(reason, url=url, kind="unreachable")
    if isinstance(error, aiohttp.ClientConnectorDNSError) or isinstance(cause, socket.gaierror):
        if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:
            return FetchError(f"{where}: no name server knows its host at the moment (DNS)", url=url, kind="dns")
        return FetchError(f"{where}: its host name is not known (DNS); is it spelt right?", url=url, kind="dns")
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        words = printable(str(getattr(error, "certificate_error", None) or cause))
        return FetchError(f"{where}: no trusted connection (TLS: {words})", url=url, kind="tls")
    if isinstance(error, aiohttp.ClientConnectorError | ConnectionRefusedError):
        return no_connection(url, error)
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError | aiohttp.ClientOSError):
        return FetchError(f"{where}: the connection broke before an answer", url=url, kind="connect")
    words = printable(str(error)).partition(":\n")[0] or type(error).__name__
    return FetchError(f"{where}: its answer is broken ({words[:120]})", url=url, kind="protocol")


def no_connection(url: str, error: OSError) -> FetchError:
    """A host that is known, and that no connection leads to."""
    kind = "unreachable" if error.errno in _UNREACHABLE else "connect"
    return FetchError(f"{shown(url)}: no connection ({error.strerror or 'refused'})", url=url, kind=kind)


def no_tunnel(url: str, words: str) -> FetchError:
    """A host that the proxy leads nobody to, or that cannot be asked through it."""
    return FetchError(f"{shown(url)}: no way through the `proxy` of [http] ({words})", url=url, kind="connect")


def undecodable(url: str, error: ValueError) -> FetchError:
    """A body whose encoding is not what the header says, or unknown."""
    return FetchError(f"{shown(url)}: its answer cannot be read ({printable(str(error))})", url=url, kind="protocol")


def too_late(url: str, words: str) -> FetchError:
    """A request that waited for too long, for what is said in words."""
    return FetchError(f"{shown(url)}: {words}", url=url, kind="timeout")


def no_way(url: str, seconds: float, *, known: bool) -> FetchError:
    """No connection came about. `known`: the host's address is known, so that DNS did answer."""
    if known:
        return FetchError(f"{shown(url)}: no connection within {seconds:g} s", url=url, kind="timeout")
    reason = f"{shown(url)}: no name server has answered within {seconds:g} s (DNS)"
    return FetchError(reason, url=url, kind="dns")


def private(url: str, address: str) -> FetchError:
    """A host of the machine's own network, which nobody allowed."""
    place = urlsplit(url).netloc.rpartition("@")[2]
    reason = (
        f'{shown(url)}: is at the private address {address}; if that is meant, allow_private = ["{place}"] in [http]'
    )
    return FetchError(reason, url=url, kind="private")


def too_big(url: str, limit: int) -> FetchError:
    """More than `max_bytes`."""
    reason = f"{shown(url)}: is larger than {limit / 1024 / 1024:g} MiB; `max_bytes` in [http] is the limit"
    return FetchError(reason, url=url, kind="size")


def no_address(url: str, base: str | None = None) -> FetchError:
    """What is no address of the web, where one is needed. `base`: what led there."""
    what = f"{shown(base)}: redirects to {shown(url)}, which" if base else f"{shown(url)}:"
    return FetchError(f"{what} is no address of the web (http, https)", url=base or url, kind="scheme")


def held(url: str, wait: float) -> FetchError:
    """A request that is not made: its publisher has asked for a pause. `wait`: the seconds of it that are left."""
    reason = f"{shown(url)}: is left alone for another {wait:.0f} s, since it says that we ask too often"
    return FetchError(reason, url=url, kind="held", retry_after=wait)
