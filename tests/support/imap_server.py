"""Runs Dovecot as an IMAP server on the loopback interface; it accepts any user with one password."""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

PASSWORD = "correct-horse"
HOST = "localhost"

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
auth_username_chars =
ssl = required
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:~/Maildir
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/homes/%u
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
"""


class ImapServer:
    """A Dovecot process. `port`: TLS; `plain_port`: STARTTLS; `certificate`: file of its self-signed certificate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificate = folder / "certificate.pem"
        self.port, self.plain_port = _free_port(), _free_port()
        owner = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name  # not root: Dovecot refuses
        account = pwd.getpwnam(owner)
        (folder / "homes").mkdir(exist_ok=True)
        os.chown(folder / "homes", account.pw_uid, account.pw_gid)
        text = CONFIGURATION.format(
            folder=folder,
            user=owner,
            group=_group(account.pw_gid),
            password=PASSWORD,
            tls=self.port,
            plain=self.plain_port,
        )
        (folder / "dovecot.conf").write_text(text)
        self._process = subprocess.Popen([dovecot(), "-F", "-c", folder / "dovecot.conf"])

    def wait(self) -> bool:
        """Wait until it responds; False if it has ended, for example because a port is in use."""
        while self._process.poll() is None:
            try:
                self.client("first").logout()
                return True
            except (OSError, imaplib.IMAP4.abort):
                time.sleep(0.02)
            except BaseException:
                self.stop()
                raise
        return False

    def client(self, user: str) -> imaplib.IMAP4_SSL:
        """Open a separate connection, like that of a mail program."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        client = imaplib.IMAP4_SSL(HOST, self.port, ssl_context=context)
        client.login(user, PASSWORD)
        return client

    def deliver(self, user: str, *mails: bytes, folder: str = "INBOX", at: datetime | None = None) -> None:
        """Append mails to a folder, which is created if it is missing."""
        client = self.client(user)
        client.create(folder)
        for mail in mails:
            when = imaplib.Time2Internaldate(at or datetime.now(UTC))
            status, response = client.append(folder, "", when, mail)
            assert status == "OK", response
        client.logout()

    def flags(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Return the flags of each mail, such as Seen."""
        client = self.client(user)
        client.select(folder, readonly=True)
        lines = [line for line in client.fetch("1:*", "(FLAGS)")[1] if isinstance(line, bytes)]
        client.logout()
        return lines

    def sessions(self, user: str, count: int) -> list[str]:
        """Return the log lines of the connections of a user, after `count` of them have ended."""
        while True:
            lines = [line for line in (self.folder / "log").read_text().splitlines() if f" imap({user})" in line]
            if len(lines) >= count:
                return lines
            time.sleep(0.02)

    def stop(self) -> None:
        """Terminate it with all its processes."""
        self._process.terminate()
        self._process.wait()


def dovecot() -> str:
    """Return the path of Dovecot; skips the test if it is not installed, except in CI."""
    path = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None and os.environ.get("CI") != "true":
        pytest.skip("no dovecot (the Debian package is called dovecot-imapd)")
    assert path, "CI must install dovecot-imapd"
    return path


def _group(number: int) -> str:
    import grp

    return grp.getgrgid(number).gr_name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _certify(folder: Path) -> None:
    names = f"subjectAltName=DNS:{HOST}"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    files: list[str | Path] = ["-addext", names, "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"]
    subprocess.run([*command, *files], check=True, capture_output=True)


@pytest.fixture(scope="session")
def imap_server() -> Iterator[ImapServer]:
    """Start one server for all tests of a worker; each test has its own user."""
    dovecot()
    with tempfile.TemporaryDirectory(prefix="imap-") as path:  # short: sockets have short names
        folder = Path(path)
        folder.chmod(0o755)
        _certify(folder)
        while not (server := ImapServer(folder)).wait():
            pass
        yield server
        server.stop()
