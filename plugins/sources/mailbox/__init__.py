"""Newsletters: one article a mail, from an IMAP server, a Maildir or an mbox file.

    [[sources]]
    plugin = "mailbox"
    name = "Newsletters"
    server = "imap.example"              # TLS at port 993, or "imap.example:9930"
    user = "jane@example.org"
    password = { env = "MAIL_PASSWORD" }
    folder = "Newsletters"               # otherwise INBOX
    sender = "@news\\\\.example>|Weekly"   # optional: only mails whose From line has this (a regular expression)

    [[sources]]
    plugin = "mailbox"
    name = "Old newsletters"
    path = "~/Mail/newsletters"          # a Maildir, or an mbox file
    since = "90d"                        # how old a mail may be; otherwise 30d

Who sends a newsletter is the outlet of its article, by the name in the From line. The subject is the title, the HTML of
the mail the content, or its text where it has no HTML. The address is the one in `Archived-At` (RFC 5064), or else that
of the link "view in browser", in a dozen languages. Attachments are not taken. Bounces, automatic replies and mails
without any text are passed over.

Nothing in the mailbox is changed: it is opened for reading only, and mails stay unread. Of an IMAP folder only new
mails are fetched, those that came first before the others.

The password goes over TLS only: `security = "starttls"` is for servers that begin without it (port 143), and there is
no way to leave it out. A certificate that no public authority has signed is trusted if the environment variable
SSL_CERT_FILE names a file with it. Google, Microsoft, Apple and others want a password made for this program ("app
password").

Limits: the first MiB of a mail, some 500 mails a run, the last 64 MiB of an mbox file. Newsletters often hold links
made for their receiver alone, to unsubscribe for example: look at one before you publish them to others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from msgspec import Meta

from aggregator import BlockingHttp, Duration, Item, NotModified, Register, SourceError, hookimpl


def mailbox(  # noqa: PLR0913 - one parameter per option
    http: BlockingHttp,
    *,
    server: Annotated[str, Meta(description="The IMAP server; either this or `path`.")] = "",
    user: Annotated[str, Meta(description="Whom the server knows.")] = "",
    password: Annotated[str, Meta(description='As `{ env = "NAME" }`, so that it does not stand in the file.')] = "",
    folder: Annotated[str, Meta(description="The folder of the server.")] = "INBOX",
    security: Annotated[Literal["tls", "starttls"], Meta(description="How TLS begins.")] = "tls",
    path: Annotated[str, Meta(description="A Maildir or mbox file of this machine.")] = "",
    sender: Annotated[re.Pattern[str] | None, Meta(description="Found in the From line.")] = None,
    since: Annotated[Duration, Meta(description="How old a mail may be.")] = timedelta(days=30),
    state: dict[str, Any],
) -> Iterator[Item]:
    """Newsletters in a mailbox, an article a mail."""
    from .mail import Wanted, item_of

    if bool(path) == bool(server):
        raise SourceError("mailbox: give either `server` or `path`")
    wanted = Wanted(sender, datetime.now(UTC) - since)
    if path:
        from .files import read_files

        mails = read_files(path, wanted)
    else:
        from .imap import Account, read_folder

        account = Account.of(server, user, password, security)
        mails = read_folder(http, account, folder, wanted, state)
    items = filter(None, map(item_of, mails))
    if not (first := next(items, None)):
        raise NotModified
    yield first
    yield from items


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source."""
    register(mailbox)
