"""Reads newsletters, one article per mail, from an IMAP server, a Maildir or an mbox file.

    [[sources]]
    plugin = "mailbox"
    name = "Newsletters"
    server = "imap.example"              # TLS at port 993, or "imap.example:9930"
    user = "jane@example.org"
    password = { env = "MAIL_PASSWORD" }
    folder = "Newsletters"               # default: INBOX
    sender = "@news\\\\.example>|Weekly"   # optional: a regular expression that the From line must match

    [[sources]]
    plugin = "mailbox"
    name = "Old newsletters"
    path = "~/Mail/newsletters"          # a Maildir, or an mbox file
    since = "90d"                        # maximum age of a mail; default: 30d

The outlet of an article is the name of the sender in the From line. The title is the subject, the content the HTML part
of the mail, or else its text. The address is that of the header `Archived-At` (RFC 5064), or else of a link such as
"view in browser", which is recognised in a dozen languages. Attachments are ignored. Bounces, automatic replies and
mails without text are skipped.

The mailbox is never changed: it is opened read-only, and mails stay unread. Only new mails of an IMAP folder are
fetched, oldest first.

The password is sent only over TLS: `security = "starttls"` is for servers that start without it (port 143), and TLS
cannot be disabled. To trust a certificate that is not signed by a public authority, set the environment variable
SSL_CERT_FILE to a file that contains it. Google, Microsoft, Apple and others require an app password.

Limits: the first MiB of a mail, about 500 mails per run, the last 64 MiB of an mbox file. Newsletters often contain
personal links, such as one to unsubscribe: check an article before you publish it.
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
    server: Annotated[str, Meta(description="IMAP server; either this or `path`.")] = "",
    user: Annotated[str, Meta(description="User name at the server.")] = "",
    password: Annotated[str, Meta(description='Password, as `{ env = "NAME" }` to keep it out of the file.')] = "",
    folder: Annotated[str, Meta(description="Folder at the server.")] = "INBOX",
    security: Annotated[Literal["tls", "starttls"], Meta(description="TLS from the start, or by STARTTLS.")] = "tls",
    path: Annotated[str, Meta(description="Path of a local Maildir or mbox file.")] = "",
    sender: Annotated[re.Pattern[str] | None, Meta(description="Searched in the From line.")] = None,
    since: Annotated[Duration, Meta(description="Maximum age of a mail.")] = timedelta(days=30),
    state: dict[str, Any],
) -> Iterator[Item]:
    """Reads newsletters in a mailbox, one article per mail."""
    from .mail import MailFilter, item_of

    if bool(path) == bool(server):
        raise SourceError("mailbox: set either `server` or `path`")
    mail_filter = MailFilter(sender, datetime.now(UTC) - since)
    if path:
        from .files import read_files

        mails = read_files(path, mail_filter)
    else:
        from .imap import Account, read_folder

        account = Account.from_options(server, user, password, security)
        mails = read_folder(http, account, folder, mail_filter, state)
    items = filter(None, map(item_of, mails))
    if not (first := next(items, None)):
        raise NotModified
    yield first
    yield from items


@hookimpl
def register_sources(register: Register) -> None:
    """Register the source."""
    register(mailbox)
