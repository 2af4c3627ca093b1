"""Composes the mails of a newsletter: header, plain text part and HTML part.

Sources: RFC 5322 (mail), RFC 2369 and 8058 (List-Unsubscribe), RFC 2919 (List-Id), RFC 3834 (Auto-Submitted).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from aggregator import Delivery, Edition
from aggregator.outputs.edition_texts import EditionTexts
from aggregator.outputs.text import legal
from aggregator.text.hosts import ascii_host
from aggregator.text.plain import plain, shorten

from .options import MailAddress
from .render import day_in_words, html_part, text_part

MAX_HTML = 100_000
"""Bytes of the HTML part: Gmail cuts what is longer than 102 kB."""
MAX_SUBJECT = 200
_NOT_IN_NAME = re.compile(r"[^a-z0-9]+")


class Sending(NamedTuple):
    """What all mails of a newsletter have in common. `now`: when they are composed; `local`: they become files."""

    to: Sequence[MailAddress]
    sender: MailAddress
    unsubscribe: str | None
    now: datetime
    local: bool


def compose(edition: Edition, stories: Sequence[str], day: date, sending: Sending) -> Iterator[Delivery]:
    """Yield a mail for each recipient. `stories`: ids of the stories that are new."""
    issue = EditionTexts(with_stories(legal(edition), stories))
    unsubscribe = sending.unsubscribe or f"mailto:{sending.sender.address}?subject=unsubscribe"
    html = html_part(issue, day, unsubscribe)
    while len(html.encode()) > MAX_HTML and len(included := issue.edition.stories) > 1:
        fitting = max(1, int(len(included) * 0.95 * MAX_HTML / len(html.encode())))
        issue = EditionTexts(with_stories(issue.edition, [story.id for story in included[:fitting]]))
        html = html_part(issue, day, unsubscribe)
    text = text_part(issue, day, unsubscribe)
    for recipient in sending.to:
        message = _message(issue, day, recipient, sending._replace(unsubscribe=unsubscribe))
        _add_parts(message, text, html)
        yield Delivery(
            key=day.isoformat(),
            recipient=recipient.address,
            payload=message.as_bytes(),
            label=str(message["Subject"]),
            stories=tuple(story.id for story in issue.edition.stories),
            local=sending.local,
        )


def with_stories(edition: Edition, ids: Collection[str]) -> Edition:
    """Return the edition with these stories only."""
    kept = frozenset(ids)
    stories = tuple(story for story in edition.stories if story.id in kept)
    sections = [
        msgspec.structs.replace(section, stories=tuple(story for story in section.stories if story.id in kept))
        for section in edition.sections
    ]
    return msgspec.structs.replace(
        edition, stories=stories, sections=tuple(section for section in sections if section.stories)
    )


def _message(texts: EditionTexts, day: date, recipient: MailAddress, sending: Sending) -> EmailMessage:
    edition, sender = texts.edition, sending.sender
    title = plain(edition.title) or texts.gettext("News")
    host = _host(edition.url) or sender.domain
    identity = (edition.itself.plugin, edition.itself.path, title, sender.address, day.isoformat(), recipient.address)
    message_id = sha256("\0".join(identity).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(sender, title)
    message["To"] = _address(recipient)
    message["Subject"] = f"{shorten(title, MAX_SUBJECT)}: {day_in_words(texts, day)}"
    message["Date"] = format_datetime(sending.now.astimezone(texts.dates.zone))
    message["Message-ID"] = f"<{message_id}@{host}>"
    message["List-Id"] = f"<{_list_name(title)}.{host}>"
    message["List-Unsubscribe"] = f"<{sending.unsubscribe}>"
    if (sending.unsubscribe or "").startswith("https:"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message["Precedence"] = "bulk"
    return message


def _add_parts(message: EmailMessage, text: str, html: str) -> None:
    """Add both parts, in quoted-printable: no line is longer than 76 characters, and none is changed on the way."""
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    # By default it is random; the same edition should result in the same bytes.
    message.set_boundary(f"=_{str(message['Message-ID'])[1:33]}")


def _address(mailbox: MailAddress, default_name: str = "") -> Address:
    name = plain(legal(mailbox.name or default_name))
    return Address(display_name=shorten(name, MAX_SUBJECT), addr_spec=mailbox.address)


def _host(url: str) -> str:
    try:
        return ascii_host(urlsplit(url).hostname or "") if url else ""
    except ValueError:
        return ""


def _list_name(title: str) -> str:
    return _NOT_IN_NAME.sub("-", title.lower()).strip("-")[:60] or "newsletter"
