"""New mails in a folder of an IMAP server (RFC 9051), opened for reading only, over TLS and nothing else."""

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
from aggregator.text.plain import printable, shorten

from .mail import LARGEST, Wanted

PORTS = {"tls": 993, "starttls": 143}
AT_ONCE = 100
"""Mails whose heads are asked for in one go."""
WHOLE_AT_ONCE = 10
MOST = 500
"""Mails after which a run has enough, and leaves the others to the next."""
PATIENCE = 60
"""Seconds after which a run leaves what is left to the next."""
SHOWN = 200
"""Characters of what the server says that a message shows."""


class Account(NamedTuple):
    """Whom to ask, and as whom. `security`: "tls" or "starttls"."""

    host: str
    port: int
    user: str
    password: str
    security: str

    @classmethod
    def of(cls, server: str, user: str, password: str, security: str) -> Account:
        """From what the configuration says. Raises SourceError."""
        try:
            parts = urlsplit(f"//{server}")
            host, port = parts.hostname, parts.port or PORTS[security]
        except ValueError:
            host, port = None, 0
        if not host or parts.netloc != server or "@" in server:
            raise SourceError('mailbox: `server` must be a host such as "imap.example" or "imap.example:993"')
        if not user or not password:
            raise SourceError("mailbox: `server` needs `user` and `password`")
        return cls(host, port, user, password, security)


class _Client(imaplib.IMAP4):
    """Speaks over a connection that is there already. `host`: whose certificate STARTTLS wants to see."""

    def __init__(self, connection: socket, host: str) -> None:
        self._connection = connection
        super().__init__(host)

    def _create_socket(self, timeout: float | None = None) -> socket:
        return self._connection


class _Box(BaseMailBox):
    def __init__(self, client: imaplib.IMAP4) -> None:
        self._given = client
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return self._given


def read_folder(
    http: BlockingHttp, account: Account, folder: str, wanted: Wanted, state: dict[str, Any]
) -> Iterator[bytes]:
    """The mails that have come since the last time and are wanted, the oldest first. Raises SourceError.

    `state`: how far the folder is known, which is kept up to date.
    """
    try:
        with http.waiting(2 * PATIENCE), _opened(http, account) as box:
            validity = _validity(box, folder)
            if state.get("validity") != validity:
                state.update(validity=validity, uid=0)
            yield from _news(box, wanted, state)
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        said = _said(error).replace(account.password, "…")
        raise SourceError(f"{account.host}: {shorten(printable(said), SHOWN)}") from error


@contextmanager
def _opened(http: BlockingHttp, account: Account) -> Iterator[BaseMailBox]:
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
        said = f"refuses {account.user} with this password ({_said(error)}); some servers want an app password"
        raise imaplib.IMAP4.error(said) from error


def _validity(box: BaseMailBox, folder: str) -> int:
    """Open a folder, and say for how long the numbers of its mails are good (RFC 9051 2.3.1.1)."""
    try:
        box.folder.set(folder, readonly=True)
    except MailboxFolderSelectError as error:
        names = ", ".join(one.name for one in box.folder.list())
        raise imaplib.IMAP4.error(f'has no folder "{folder}" that can be opened; there are: {names}') from error
    said = box.client.response("UIDVALIDITY")[1][0]
    return int(said) if said else 0


def _news(box: BaseMailBox, wanted: Wanted, state: dict[str, Any]) -> Iterator[bytes]:
    end, taken = time.monotonic() + PATIENCE, 0
    for uids in _parts(_since(box, wanted, state["uid"]), AT_ONCE):
        for some in _parts(_wanted(box, uids, wanted), WHOLE_AT_ONCE):
            mails = _fetched(box, some)
            yield from mails
            taken += len(mails)
        state["uid"] = int(uids[-1])
        if taken >= MOST or time.monotonic() > end:
            return


def _parts(uids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (uids[start : start + size] for start in range(0, len(uids), size))


def _since(box: BaseMailBox, wanted: Wanted, last: int) -> list[str]:
    """The numbers of the mails that have come after the one of this number, and are not too old, in their order."""
    day = (wanted.oldest - timedelta(days=1)).date()  # it goes by a day of its own time zone
    found = box.uids(AND(deleted=False, date_gte=day, uid=U(str(last + 1), "*")), charset=None)
    return [str(uid) for uid in sorted(map(int, found)) if uid > last]  # "*" is the last mail even if that is known


def _wanted(box: BaseMailBox, uids: Sequence[str], wanted: Wanted) -> list[str]:
    heads = box.fetch(uid_list=uids, headers_only=True, mark_seen=False, bulk=True)
    return [head.uid for head in heads if head.uid and wanted.has(head.obj)]


def _fetched(box: BaseMailBox, uids: Sequence[str]) -> list[bytes]:
    """The beginnings of mails: texts come first, and attachments last."""
    status, data = box.client.uid("FETCH", ",".join(uids), f"(BODY.PEEK[]<0.{LARGEST}>)")
    if status != "OK":
        raise imaplib.IMAP4.error(f"does not give its mails ({_first(data)})")
    return [part[1] for part in data if isinstance(part, tuple)]


def _said(error: Exception) -> str:
    """What went wrong, in words."""
    if isinstance(error, UnexpectedCommandStatusError):
        return _first(error.command_result[1])
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"no trusted connection (TLS: {error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f'no TLS at this port ({error.reason}); `security = "starttls"` may help'
    if isinstance(error, TimeoutError):
        return "has not answered in time"
    if isinstance(error, OSError | imaplib.IMAP4.abort):
        return f"the connection broke ({getattr(error, 'strerror', None) or error})"
    return str(error)


def _first(data: Sequence[object]) -> str:
    said = data[0] if data else b""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
