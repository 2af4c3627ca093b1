"""Sends the edition as a newsletter: one mail a day, with the stories that are new since the last one.

    [[outputs]]
    plugin = "newsletter"
    path = "letters"                             # only without `smtp`: a folder for .eml files
    to = ["ada@reader.example", "Bob <bob@reader.example>"]
    sender = "daily@paper.example"
    smtp = "smtp://daily@mail.paper.example:587"  # or smtps://…: TLS from the start
    password = { env = "SMTP_PASSWORD" }
    at = "07:00"                                 # in the time zone of the edition
    days = ["mon-fri"]                           # default: every day
    unsubscribe = "https://paper.example/unsubscribe"

The first run at or after `at` composes the newsletter; runs later on the same day send it no second time. A day without
a run, and one without new stories, has no newsletter. A story is in one newsletter only, and a new newsletter begins
with the stories that arrive after it was added. Each recipient gets a mail of their own. What is sent, and what failed,
is listed by `aggregate deliveries`.

A mail has a plain text part and an HTML part for the usual mail programs: tables instead of style sheets, no scripts,
and no pictures, except for that of the lead story if the output has `pictures = "link"`. Dates and labels are in the
language and time zone of the configuration. Its `Message-ID` stays the same when it is sent again. `unsubscribe` is the
address of the header `List-Unsubscribe`: `mailto:` or `https:`; by default, a mail to the sender.

With a user in `smtp`, the connection is encrypted by STARTTLS or TLS with a verified certificate, or else goes to this
machine; otherwise nothing is sent, so that no password is. Without a user, it is encrypted if the server offers it. The
port is 587 by default, 25 without a user, and 465 with `smtps://`. The server may have a private address.

Without `smtp`, each mail is written to a file in the folder `path`. There the first newsletter contains all stories.

Limits: one connection per mail. Mails are kept below 100 kB of HTML, since Gmail cuts longer ones; stories that do not
fit are in the next newsletter. Addresses must be ASCII before the "@".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Annotated

from msgspec import Meta

from aggregator import AggregateError, Delivered, Delivery, DeliveryError, Edition, Register, hookimpl

from .options import At, Days, Mailbox, Mailboxes, Smtp, Unsubscribe
from .schedule import due_day


def newsletter(  # noqa: PLR0913 - one parameter per option
    edition: Edition,
    *,
    to: Annotated[Mailboxes, Meta(description="Mail addresses of the recipients.")],
    sender: Annotated[Mailbox, Meta(description="Mail address of the sender.")],
    smtp: Annotated[Smtp | None, Meta(description="Mail server; without it, mails are written to files.")] = None,
    password: Annotated[str | None, Meta(description="Password of the user in `smtp`.")] = None,
    at: Annotated[At, Meta(description="Time of day from which on it is sent.")] = time(7),
    days: Annotated[Days, Meta(description="Days of the week; by default all.")] = (),
    unsubscribe: Annotated[Unsubscribe | None, Meta(description="Address of the header List-Unsubscribe.")] = None,
    path: str | None = None,
    now: datetime,
    delivered: Delivered,
) -> Iterator[Delivery]:
    """Sends a newsletter by mail, once a day."""
    if smtp is None and path is None:
        raise AggregateError("newsletter: needs `smtp`, or a `path` for .eml files")
    day = due_day(now, at, days, edition.timezone)
    if day is None or day.isoformat() in delivered.keys:
        return
    from .compose import Sending, compose

    stories = [story.id for story in edition.stories if story.id not in delivered.stories]
    if stories:
        yield from compose(edition, stories, day, Sending(to, sender, unsubscribe, now, local=smtp is None))


def send(delivery: Delivery, *, smtp: Smtp | None, password: str | None, sender: Mailbox, path: str | None) -> None:
    """Send a mail, or write it to a file."""
    if smtp is None:
        from .files import write_mail

        if path is None:
            raise DeliveryError("newsletter: needs `smtp`, or a `path` for .eml files")
        write_mail(delivery, path)
        return
    from .smtp import send_mail

    send_mail(delivery, smtp, password, sender)


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(newsletter, deliver=send)
