"""Sends one mail over SMTP, and tells what is known about its arrival.

Sources: RFC 5321 (SMTP; 4.5.3.2 timeouts, 4.5.2 dots), RFC 3207 (STARTTLS), RFC 4954 (AUTH), RFC 1047 (a connection
that breaks after the data, before the reply: then both sides believe that the mail is theirs to deliver).
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aggregator import Delivery, DeliveryError
from aggregator.text.plain import printable, shorten

from .options import MailAddress, MailServer

TIMEOUT = 60.0
"""Seconds for the connection, and for each reply."""
FINAL_TIMEOUT = 600.0
"""Seconds for the reply to the data: RFC 5321 demands that many, since mails arrive twice otherwise."""
PAUSE = 0.1
"""Seconds between a mail and its end, in which a server that gives up closes the connection."""
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5")
"""Ways to log in, the preferred first: the connection is encrypted."""
MESSAGE_LENGTH = 200
_LINE_DOT = re.compile(rb"(?m)^\.")


def send_mail(delivery: Delivery, server: MailServer, password: str | None, sender: MailAddress) -> None:
    """Send a mail to its recipient. Raises DeliveryError."""
    with _connection(server) as smtp:
        _authenticate(smtp, server, password or server.password)
        _command(smtp, f"MAIL FROM:<{sender.address}>", for_all=True)
        _command(smtp, f"RCPT TO:<{delivery.recipient}>")
        _command(smtp, "DATA")
        _send_data(smtp, delivery.payload)


@contextmanager
def _connection(server: MailServer) -> Iterator[smtplib.SMTP]:
    """Connect, encrypted if the server can be; close the connection whatever happens."""
    where = f"{server.host}:{server.port}"
    try:
        smtp = _connect(server)
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(f"{where}: {_reply(error.smtp_code, error.smtp_error)}", for_all=True) from error
    except ssl.SSLError as error:
        raise DeliveryError(f"{where}: no trusted connection (TLS: {_tls_words(error)})", for_all=True) from error
    except (OSError, smtplib.SMTPException) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise DeliveryError(f"{where}: no connection ({printable(words)[:MESSAGE_LENGTH]})", for_all=True) from error
    try:
        yield smtp
    except smtplib.SMTPServerDisconnected as error:
        raise DeliveryError(f"{where}: the server closed the connection before it had the mail") from error
    except OSError as error:
        raise DeliveryError(f"{where}: the connection broke before the server had the mail") from error
    except DeliveryError as error:
        error.args = (f"{where}: {error}",)
        raise
    finally:
        with suppress(OSError, smtplib.SMTPException):
            if smtp.sock is not None:
                smtp.sock.settimeout(2)
                smtp.quit()
        smtp.close()


def _connect(server: MailServer) -> smtplib.SMTP:
    verified = ssl.create_default_context()
    name = "[127.0.0.1]"  # what smtplib sends without a full host name, which it would look up in the DNS
    smtp: smtplib.SMTP
    if server.is_tls:
        smtp = smtplib.SMTP_SSL(server.host, server.port, name, timeout=TIMEOUT, context=verified)
        smtp.ehlo_or_helo_if_needed()
        return smtp
    smtp = smtplib.SMTP(server.host, server.port, name, timeout=TIMEOUT)
    try:
        smtp.ehlo_or_helo_if_needed()
        if smtp.has_extn("starttls"):
            smtp.starttls(context=verified if server.user else _unverified())
            smtp.ehlo_or_helo_if_needed()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _unverified() -> ssl.SSLContext:
    """Return the TLS settings for a server without a user: encryption is better than none (RFC 7435)."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _authenticate(smtp: smtplib.SMTP, server: MailServer, password: str) -> None:
    if not server.user:
        return
    if not isinstance(smtp.sock, ssl.SSLSocket) and not _is_this_machine(smtp):
        raise DeliveryError("the server offers no STARTTLS, so the password is not sent; try smtps://", for_all=True)
    if not password:
        raise DeliveryError("the user in `smtp` needs a `password`", for_all=True)
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    mechanism = next((name for name in MECHANISMS if name in offered), None)
    if mechanism is None:
        raise DeliveryError("the server offers no login with a password; leave the user in `smtp` out", for_all=True)
    smtp.user, smtp.password = server.user, password
    try:
        # Not `login`, which tries one mechanism after the other: servers lock accounts after a few wrong passwords.
        smtp.auth(mechanism, getattr(smtp, f"auth_{mechanism.lower().replace('-', '_')}"))
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(f"login: {_reply(error.smtp_code, error.smtp_error)}", for_all=True) from error
    except smtplib.SMTPServerDisconnected:
        raise
    except (smtplib.SMTPException, UnicodeError) as error:
        raise DeliveryError(f"login: {printable(str(error))[:MESSAGE_LENGTH]}", for_all=True) from error


def _is_this_machine(smtp: smtplib.SMTP) -> bool:
    return smtp.sock is not None and ipaddress.ip_address(smtp.sock.getpeername()[0].split("%")[0]).is_loopback


def _command(smtp: smtplib.SMTP, command: str, *, for_all: bool = False) -> None:
    """Send a command. Raises DeliveryError unless the server accepts it."""
    code, reply = smtp.docmd(command)
    if not 200 <= code < 400:
        raise DeliveryError(
            f"{command.partition(':')[0]}: {_reply(code, reply)}",
            permanent=500 <= code < 600 and not for_all,
            for_all=for_all or code == 421,
        )


def _send_data(smtp: smtplib.SMTP, payload: bytes) -> None:
    """Send the mail and wait for the reply, which makes the server responsible for it."""
    smtp.send(_LINE_DOT.sub(b"..", payload).removesuffix(b"\r\n") + b"\r\n")
    if not _is_open(smtp):
        raise smtplib.SMTPServerDisconnected("closed")
    smtp.send(b".\r\n")  # before this, the server cannot have accepted the mail
    if smtp.sock is not None:
        smtp.sock.settimeout(FINAL_TIMEOUT)
    try:
        code, reply = smtp.getreply()
    except (smtplib.SMTPException, OSError) as error:
        is_silent = "timed out" in str(error)  # smtplib drops the TimeoutError
        words = f"no reply within {FINAL_TIMEOUT:g} s" if is_silent else "the connection broke before the reply"
        raise DeliveryError(f"{words} to the mail", uncertain=True, for_all=is_silent) from error
    if not 200 <= code < 300:
        raise DeliveryError(_reply(code, reply), permanent=500 <= code < 600, for_all=code == 421)


def _is_open(smtp: smtplib.SMTP) -> bool:
    """Whether the server has not closed the connection: what is sent to a closed one seems to arrive at first."""
    connection = smtp.sock
    if connection is None or isinstance(connection, ssl.SSLSocket):  # TLS sends records of its own
        return connection is not None
    connection.settimeout(PAUSE)
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except TimeoutError:
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(TIMEOUT)


def _reply(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return shorten(printable(f"{code} {' '.join(words.split())}"), MESSAGE_LENGTH)


def _tls_words(error: ssl.SSLError) -> str:
    return printable(getattr(error, "verify_message", "") or error.reason or str(error))
