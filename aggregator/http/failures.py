"""Builds the FetchError for each way in which a request fails, with a message that says what to do."""

from __future__ import annotations

import errno
import socket
from urllib.parse import urlsplit

from aggregator.errors import FailureKind, FetchError
from aggregator.http.origins import display_url
from aggregator.text.plain import printable
from aggregator.text.urls import invalid_host

_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH})
"""Error numbers of the operating system for a missing route to the host."""

_STATUS_ADVICE = {
    401: "HTTP 401: user and password are required; add them to the address (https://user:password@…)",
    403: "HTTP 403: the server refuses the request; a `contact` in [http] may help, or another feed of its web page",
    404: "HTTP 404: there is nothing at this address; `aggregate add SITE` finds the current feed",
    406: "HTTP 406: the server offers nothing that is acceptable, not even to a browser",
    410: "HTTP 410: the address is gone for good",
    429: "HTTP 429: too many requests",
}


def from_status(url: str, status: int, wait: float | None, *, is_source_url: bool) -> FetchError:
    """Return the error for an HTTP status. `wait`: seconds of the Retry-After; `is_source_url`: `url` is a source's."""
    words = _STATUS_ADVICE.get(status) or (
        f"HTTP {status}: the server failed; the next request follows later"
        if status >= 500
        else f"HTTP {status}: the request did not succeed"
    )
    if status == 410 and is_source_url:
        words += "; it is not requested again: `aggregate remove` removes it"
    if wait:
        words += f"; the server asks to wait {wait:.0f} s"
    return _error(url, words, FailureKind.STATUS, status=status, retry_after=wait)


def unauthorized(url: str, *, withheld: bool) -> FetchError:
    """Return the error for HTTP 401 though there are credentials. `withheld`: they were not sent after a redirect."""
    words = (
        "HTTP 401: user and password are required; those of the redirecting address are not sent to another server"
        if withheld
        else "HTTP 401: the server does not accept the user and password; special characters in them are written "
        "percent-encoded, such as %40 for @"
    )
    return _error(url, words, FailureKind.STATUS, status=401)


def from_exception(url: str, error: Exception) -> FetchError:
    """Return the error for an exception of aiohttp or the operating system."""
    import aiohttp  # not for messages of other kinds, which a run without requests may need

    cause = error.__cause__ or error
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        words = f"the proxy cannot be reached ({error.strerror or 'refused'}); see `proxy` in [http]"
        return _error(url, words, FailureKind.UNREACHABLE)
    if isinstance(error, aiohttp.ClientConnectorDNSError) or isinstance(cause, socket.gaierror):
        if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:
            return _error(url, "no name server can resolve the host name at the moment (DNS)", FailureKind.DNS)
        return _error(url, "the host name does not exist (DNS); check the spelling", FailureKind.DNS)
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        words = printable(str(getattr(error, "certificate_error", None) or cause))
        return _error(url, f"no trusted connection (TLS: {words})", FailureKind.TLS)
    if isinstance(error, aiohttp.ClientConnectorError | ConnectionRefusedError):
        return no_connection(url, error)
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError | aiohttp.ClientOSError):
        return _error(url, "the connection broke before a response", FailureKind.CONNECT)
    words = printable(str(error)).partition(":\n")[0] or type(error).__name__
    return _error(url, f"the response is malformed ({words[:120]})", FailureKind.PROTOCOL)


def no_connection(url: str, error: OSError) -> FetchError:
    """Return the error for a host that was resolved, but does not accept the connection."""
    kind = FailureKind.UNREACHABLE if error.errno in _UNREACHABLE else FailureKind.CONNECT
    return _error(url, f"no connection ({error.strerror or 'refused'})", kind)


def no_proxy_connection(url: str, words: str) -> FetchError:
    """Return the error for a proxy that does not connect to the host, or does not support it."""
    return _error(url, f"no connection through the `proxy` of [http] ({words})", FailureKind.CONNECT)


def undecodable(url: str, error: ValueError) -> FetchError:
    """Return the error for a body with an unknown encoding, or another one than its header states."""
    return _error(url, f"the response cannot be decoded ({printable(str(error))})", FailureKind.PROTOCOL)


def timed_out(url: str, words: str) -> FetchError:
    """Return the error for a request that took too long; `words` state what it waited for."""
    return _error(url, words, FailureKind.TIMEOUT)


def connect_timed_out(url: str, seconds: float, *, resolved: bool) -> FetchError:
    """Return the error for a connection that took too long. `resolved`: the host name was resolved, so DNS works."""
    if resolved:
        return _error(url, f"no connection within {seconds:g} s", FailureKind.TIMEOUT)
    return _error(url, f"no name server has responded within {seconds:g} s (DNS)", FailureKind.DNS)


def private_address(url: str, address: str) -> FetchError:
    """Return the error for a host on a private network that the configuration does not allow."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    words = f'is at the private address {address}; if that is intended, set allow_private = ["{host}"] in [http]'
    return _error(url, words, FailureKind.PRIVATE)


def too_large(url: str, limit: int) -> FetchError:
    """Return the error for a response that is larger than `max_bytes`."""
    words = f"is larger than {limit / 1024 / 1024:g} MiB; `max_bytes` in [http] is the limit"
    return _error(url, words, FailureKind.SIZE)


def not_a_web_address(url: str, base: str | None = None) -> FetchError:
    """Return the error for an address that is no valid http or https URL. `base`: the address that redirects to it."""
    reason = invalid_host(url)
    words = "is not a web address (http, https)" if reason is None else _invalid_host_words(reason)
    if base:
        return _error(base, f"redirects to {display_url(url)}, which {words}", FailureKind.SCHEME)
    return _error(url, words, FailureKind.SCHEME)


def invalid_host_name(url: str, reason: str) -> FetchError:
    """Return the error for an address whose host cannot be a name in the DNS."""
    return _error(url, _invalid_host_words(reason), FailureKind.SCHEME)


def _invalid_host_words(reason: str) -> str:
    return f"has no valid host name ({printable(reason)[:120]}); check the spelling"


def held(url: str, wait: float) -> FetchError:
    """Return the error for a request that is not sent, since a Retry-After applies for another `wait` seconds."""
    words = f"no request for another {wait:.0f} s, since the server responded that there were too many"
    return _error(url, words, FailureKind.HELD, retry_after=wait)


def postponed(url: str, reason: str) -> FetchError:
    """Return the error for a request that is not sent now, but soon; it is no failure of the source."""
    return _error(url, reason, FailureKind.POSTPONED)


def _error(
    url: str, words: str, kind: FailureKind, *, status: int | None = None, retry_after: float | None = None
) -> FetchError:
    return FetchError(f"{display_url(url)}: {words}", url=url, kind=kind, status=status, retry_after=retry_after)
