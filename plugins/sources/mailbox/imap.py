"""Fetches new mails from a folder of an IMAP server (RFC 9051), read-only, always over TLS."""

from __future__ import annotations

import imaplib
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from socket import socket
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from imap_tools import AND, BaseMailBox, U
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError, UnexpectedCommandStatusError

from aggregator import BlockingHttp, SourceError
from aggregator.text.hosts import ascii_host
from aggregator.text.plain import printable, shorten

from .mail import MAX_SIZE, MailFilter

PORTS = {"tls": 993, "starttls": 143}
HEADER_BATCH = 100
"""Mails per request for headers."""
MAIL_BATCH = 10
"""Mails per request for whole mails."""
MAX_MAILS = 500
"""Mails per run; the next run fetches the rest."""
MAX_SECONDS = 60
"""Seconds per run; the next run fetches the rest."""
MESSAGE_LENGTH = 200
"""Characters of a response of the server in an error message."""


class Account(NamedTuple):
    """Server and credentials. `security`: "tls" or "starttls"."""

    host: str
    port: int
    user: str
    password: str
    security: str

    @classmethod
    def from_options(cls, server: str, user: str, password: str, security: str) -> Account:
        """Create an account from the options of the source. Raises SourceError."""
        try:
            parts = urlsplit(f"//{server}")
            host, port = ascii_host(parts.hostname or ""), parts.port or PORTS[security]
        except ValueError:
            host, port = "", 0
        if not host or parts.netloc != server or "@" in server:
            raise SourceError('mailbox: `server` must be a host such as "imap.example" or "imap.example:993"')
        if not user or not password:
            raise SourceError("mailbox: `server` requires `user` and `password`")
        return cls(host, port, user, password, security)


class _Client(imaplib.IMAP4):
    """An IMAP client on an open connection. `host`: verified by STARTTLS against the certificate."""

    def __init__(self, connection: socket, host: str) -> None:
        self._connection = connection
        super().__init__(host)

    def _create_socket(self, timeout: float | None = None) -> socket:
        return self._connection


class _Box(BaseMailBox):
    """A mailbox on a connected client."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        self._connected = client
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return self._connected


def read_folder(
    http: BlockingHttp, account: Account, folder: str, mail_filter: MailFilter, state: dict[str, Any]
) -> Iterator[bytes]:
    """Yield the mails since the last run that match, oldest first. Raises SourceError.

    `state`: UIDVALIDITY of the folder and the last UID read; updated.
    """
    try:
        with http.waiting(2 * MAX_SECONDS), _open(http, account) as box:
            validity = _select(box, folder)
            if state.get("validity") != validity:
                state.update(validity=validity, uid=0)
            yield from _new_mails(box, mail_filter, state)
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        message = _describe(error).replace(account.password, "…")
        raise SourceError(f"{account.host}: {shorten(printable(message), MESSAGE_LENGTH)}") from error


@contextmanager
def _open(http: BlockingHttp, account: Account) -> Iterator[BaseMailBox]:
    connection, context = http.connect(account.host, account.port), ssl.create_default_context()
    if account.security == "tls":
        connection = context.wrap_socket(connection, server_hostname=account.host)
    client = _Client(connection, account.host)
    try:
        if account.security == "starttls":
            client.starttls(context)
        box = _Box(client)
        _log_in(box, account)
        yield box
        with suppress(OSError, imaplib.IMAP4.error):
            client.logout()
    finally:
        with suppress(OSError):
            client.shutdown()


def _log_in(box: BaseMailBox, account: Account) -> None:
    login = box.login if f"{account.user}{account.password}".isascii() else box.login_utf8
    try:
        login(account.user, account.password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        message = f"refuses {account.user} with this password ({_describe(error)}); it may require an app password"
        raise imaplib.IMAP4.error(message) from error


def _select(box: BaseMailBox, folder: str) -> int:
    """Open a folder and return its UIDVALIDITY (RFC 9051, section 2.3.1.1)."""
    try:
        box.folder.set(folder, readonly=True)
    except MailboxFolderSelectError as error:
        names = ", ".join(info.name for info in box.folder.list())
        raise imaplib.IMAP4.error(f'has no folder "{folder}" that can be opened; its folders are: {names}') from error
    validity = box.client.response("UIDVALIDITY")[1][0]
    return int(validity) if validity else 0


def _new_mails(box: BaseMailBox, mail_filter: MailFilter, state: dict[str, Any]) -> Iterator[bytes]:
    end, count = time.monotonic() + MAX_SECONDS, 0
    for uids in _batches(_new_uids(box, mail_filter, state["uid"]), HEADER_BATCH):
        for batch in _batches(_matching_uids(box, uids, mail_filter), MAIL_BATCH):
            mails = _fetch(box, batch)
            yield from mails
            count += len(mails)
        state["uid"] = int(uids[-1])
        if count >= MAX_MAILS or time.monotonic() > end:
            return


def _batches(uids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (uids[start : start + size] for start in range(0, len(uids), size))


def _new_uids(box: BaseMailBox, mail_filter: MailFilter, last: int) -> list[str]:
    """Return the UIDs after `last` of the mails that are not too old, in ascending order."""
    day = (mail_filter.oldest - timedelta(days=1)).date()  # the server compares dates in its own time zone
    uids = box.uids(AND(deleted=False, date_gte=day, uid=U(str(last + 1), "*")), charset=None)
    return [str(uid) for uid in sorted(map(int, uids)) if uid > last]  # "*" matches the last mail even if it is not new


def _matching_uids(box: BaseMailBox, uids: Sequence[str], mail_filter: MailFilter) -> list[str]:
    mails = box.fetch(uid_list=uids, headers_only=True, mark_seen=False, bulk=True)
    return [mail.uid for mail in mails if mail.uid and mail_filter.matches(mail.obj)]


def _fetch(box: BaseMailBox, uids: Sequence[str]) -> list[bytes]:
    """Fetch the first part of mails, which contains their text; attachments follow."""
    status, data = box.client.uid("FETCH", ",".join(uids), f"(BODY.PEEK[]<0.{MAX_SIZE}>)")
    if status != "OK":
        raise imaplib.IMAP4.error(f"refuses to send its mails ({_first(data)})")
    return [part[1] for part in data if isinstance(part, tuple)]


def _describe(error: Exception) -> str:
    """Describe an error for a message."""
    if isinstance(error, UnexpectedCommandStatusError):
        return _first(error.command_result[1])
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"no trusted connection (TLS: {error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f'no TLS at this port ({error.reason}); `security = "starttls"` may help'
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError | imaplib.IMAP4.abort):
        return f"the connection failed ({getattr(error, 'strerror', None) or error})"
    return str(error)


def _first(data: Sequence[object]) -> str:
    response = data[0] if data else b""
    return response.decode("utf-8", "replace") if isinstance(response, bytes) else str(response)
