"""A real SMTP server on loopback whose behaviour a test scripts: refusals, closed connections, TLS, passwords."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session, syntax

PASSWORD = "correct horse"


class MailServer:
    """What the server does, and what it has received.

    `refusals`: reply to RCPT by address; `received`: (recipient, mail) in order; `after_storing`: addresses at which
    the connection is closed after the mail was stored, before the reply; `before_data`: the same after DATA, before the
    mail; `silent`: addresses whose mail is stored, and never answered; `passwords`: those that were accepted or not.
    """

    def __init__(self) -> None:
        self.port = 0
        self.refusals: dict[str, str] = {}
        self.received: list[tuple[str, bytes]] = []
        self.after_storing: set[str] = set()
        self.before_data: set[str] = set()
        self.silent: set[str] = set()
        self.passwords: list[bytes] = []
        self.stored = threading.Event()
        self.commands: list[str] = []

    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.received]

    def mails(self) -> list[EmailMessage]:
        """Return the received mails, parsed."""
        return [message_from_bytes(body, EmailMessage, policy=policy.default) for _, body in self.received]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.original_content, bytes)
        self.received += [(address, envelope.original_content) for address in envelope.rcpt_tos]
        addresses = set(envelope.rcpt_tos)
        if addresses & self.silent:
            self.stored.set()
            await asyncio.sleep(60)
        if addresses & self.after_storing:
            assert server.transport
            server.transport.abort()  # type: ignore[attr-defined]
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.passwords.append(data.password)
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


class _Scripted(SMTP):
    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        assert self.envelope
        if set(self.envelope.rcpt_tos) & self.event_handler.before_data:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            assert self.transport
            self.transport.abort()  # type: ignore[attr-defined]
            return
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Scripted(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        """Called by `start`; the base class connects to the port that it was given, which is 0 here."""
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mail_server(**options: Any) -> Iterator[MailServer]:
    """Run a server until the block ends. `options`: of aiosmtpd's Controller and SMTP."""
    server = MailServer()
    if options.pop("with_password", False):
        options |= {"authenticator": server.authenticate, "auth_required": True}
    controller = _Controller(server, hostname="127.0.0.1", port=0, server_hostname="localhost", **options)
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a self-signed certificate for localhost and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "certificate.pem"]
    subprocess.run([*command.split(), *names], cwd=folder, check=True, capture_output=True)
    return folder


def server_tls(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
