"""The newsletter as a function: when it is due, what its mails look like, and what mail programs support."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal

import msgspec
import pytest
from aggregator_plugins.outputs.newsletter.options import (
    read_at,
    read_days,
    read_mailbox,
    read_mailboxes,
    read_smtp,
    read_unsubscribe,
)
from aggregator_plugins.outputs.newsletter.schedule import due_day
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from sample_edition import EDITION, article, edition, hostile_edition, output, story

from aggregator import Delivered, Delivery, Edition, Outlet, Section
from aggregator.model import Storyline, StoryReference

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TO = read_mailboxes("ada@reader.example")
SENDER = read_mailbox("daily@paper.example")
SMTP = read_smtp("smtp://mail.example")


def compose(of: Edition = EDITION, **options: Any) -> list[Delivery]:
    values: dict[str, Any] = {"to": TO, "sender": SENDER, "smtp": SMTP, "now": NOON, "delivered": Delivered()}
    return [one for one in output("newsletter")(of, **values | options) if isinstance(one, Delivery)]


def parsed(delivery: Delivery) -> EmailMessage:
    return message_from_bytes(delivery.payload, EmailMessage, policy=policy.default)


def part(delivery: Delivery, kind: str) -> str:
    body = parsed(delivery).get_body((kind,))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize(
    ("now", "at", "days", "zone", "due"),
    [
        ("2026-11-24T06:59:59Z", "07:00", [], "UTC", None),
        ("2026-11-24T07:00:00Z", "07:00", [], "UTC", "2026-11-24"),
        ("2026-11-24T23:59:00Z", "07:00", [], "UTC", "2026-11-24"),
        ("2026-11-25T00:30:00Z", "07:00", [], "UTC", None),
        ("2026-11-24T06:00:00Z", "07:00", [], "Europe/Berlin", "2026-11-24"),
        ("2026-11-24T11:59:00Z", "07:00", [], "America/New_York", None),
        ("2026-11-24T12:00:00Z", "07:00", [], "America/New_York", "2026-11-24"),
        ("2026-11-24T22:00:00Z", "07:00", [], "Asia/Tokyo", "2026-11-25"),
        ("2026-11-25T00:20:00Z", "23:30", [], "UTC", "2026-11-24"),  # an hourly run after midnight
        ("2026-11-25T06:00:00Z", "23:30", [], "UTC", None),  # a day without a run is skipped
        ("2026-11-24T12:00:00Z", "07:00", ["mon", "wed"], "UTC", None),
        ("2026-11-25T12:00:00Z", "07:00", ["Mon", "Wednesday"], "UTC", "2026-11-25"),
        ("2026-11-25T00:20:00Z", "23:30", ["tue"], "UTC", "2026-11-24"),
        ("2026-03-29T06:00:00Z", "07:00", [], "Europe/Berlin", "2026-03-29"),  # the clock was put forward at 2
        ("2026-03-29T04:59:00Z", "07:00", [], "Europe/Berlin", None),
    ],
)
def test_the_day_that_is_due(now: str, at: str, days: list[str], zone: str, due: str | None) -> None:
    numbers = read_days(days) if days else ()
    day = due_day(datetime.fromisoformat(now), read_at(at), numbers, zone)
    assert day == (due and date.fromisoformat(due))


def test_a_newsletter_contains_only_what_was_not_delivered() -> None:
    first, *rest = EDITION.stories
    [delivery] = compose(delivered=Delivered(stories=frozenset(one.id for one in rest)))
    assert delivery.stories == (first.id,)
    assert first.title in part(delivery, "html")
    assert rest[0].title not in part(delivery, "html")
    assert compose(delivered=Delivered(stories=frozenset(one.id for one in EDITION.stories))) == []
    assert compose(delivered=Delivered(keys=frozenset(["2026-11-24"]))) == []
    assert compose(now=NOON.replace(hour=6)) == []


def test_the_same_edition_results_in_the_same_bytes() -> None:
    assert compose() == compose()
    [first] = compose(to=read_mailboxes("ada@reader.example"))
    [second] = compose(to=read_mailboxes("bob@reader.example"))
    assert parsed(first)["Message-ID"] != parsed(second)["Message-ID"]


def test_all_stories_are_in_both_parts() -> None:
    [delivery] = compose()
    text, page = part(delivery, "plain"), part(delivery, "html")
    document = lxml_html.document_fromstring(page)
    flat = " ".join(text.split())
    for one in EDITION.stories:
        assert " ".join(one.title.split()) in flat
        assert one.title in document.text_content()
        assert (one.url or "") in text
    assert "London Daily" in flat
    assert "Focus on the big picture." in flat
    assert "Also covered by Rheinische Tagesschau, Circuit & Co and 2 more Also published by Touchline" in flat
    assert "Unsubscribe: mailto:daily@paper.example?subject=unsubscribe" in text
    assert max(len(line) for line in text.splitlines() if "://" not in line and "mailto:" not in line) <= 72


def pictured(pictures: Literal["none", "link", "copy"]) -> Edition:
    return msgspec.structs.replace(EDITION, pictures=pictures)


def test_the_lead_has_a_picture_only_if_pictures_are_linked() -> None:
    lead = EDITION.stories[0].representative
    assert lead.image
    [delivery] = compose(pictured("link"))
    [image] = lxml_html.document_fromstring(part(delivery, "html")).iter("img")
    assert (image.get("src"), image.get("alt")) == (lead.image, lead.title)
    assert image.get("width") == "552"
    assert image.get("height")
    assert "<img" not in part(compose(pictured("none"))[0], "html")
    assert "<img" not in part(compose(pictured("copy"))[0], "html")


@pytest.mark.parametrize(
    ("timezone", "locale", "now", "sent", "subject", "byline"),
    [
        (
            *("Europe/Berlin", "en", "2026-11-24T06:30Z", "Tue, 24 Nov 2026 07:30:00 +0100"),
            *("London Daily: Tuesday, 24 November 2026", "River Post, 24 November 2026, 10:30 CET"),
        ),
        (
            *("Europe/Vienna", "de-AT", "2026-11-24T06:30Z", "Tue, 24 Nov 2026 07:30:00 +0100"),
            *("London Daily: Dienstag, 24. November 2026", "River Post, 24. November 2026, 10:30 MEZ"),
        ),
        (
            *("Asia/Tokyo", "fr", "2026-11-24T22:30Z", "Wed, 25 Nov 2026 07:30:00 +0900"),
            *("London Daily: mercredi 25 novembre 2026", "River Post, 24 novembre 2026, 18:30 JST"),
        ),
        (
            *("America/Sao_Paulo", "pt-BR", "2026-11-24T12:00Z", "Tue, 24 Nov 2026 09:00:00 -0300"),
            *("London Daily: terça-feira, 24 de novembro de 2026", "River Post, 24 de novembro de 2026, 06:30 BRT"),
        ),
    ],
)
def test_dates_are_those_of_the_readers(
    timezone: str, locale: str, now: str, sent: str, subject: str, byline: str
) -> None:
    of = msgspec.structs.replace(EDITION, timezone=timezone, locale=locale)
    [delivery] = compose(of, now=datetime.fromisoformat(now))
    assert parsed(delivery)["Date"] == sent
    assert parsed(delivery)["Subject"] == delivery.label == subject
    day = subject.removeprefix("London Daily: ")
    for text in (part(delivery, "plain"), lxml_html.document_fromstring(part(delivery, "html")).text_content()):
        assert day in text
        assert byline in " ".join(text.split())


def test_labels_are_in_the_language_of_the_reader() -> None:
    [delivery] = compose(msgspec.structs.replace(EDITION, locale="de"), unsubscribe="https://paper.example/off")
    page = lxml_html.document_fromstring(part(delivery, "html"))
    for text in (part(delivery, "plain"), page.text_content()):
        flat = " ".join(text.split())
        assert "Auch bei Rheinische Tagesschau, Circuit & Co und 2 weitere" in flat
        assert "Abbestellen" in flat
        assert not re.search("Also covered|Unsubscribe|More stories|newsletter because|on the web", flat)
    assert page.get("lang") == "de"
    assert page.get("dir") == "ltr"
    [link] = [one for one in page.iter("a") if one.text == "Abbestellen"]
    assert link.get("href") == "https://paper.example/off"


def test_texts_in_other_languages_have_their_language_and_direction() -> None:
    hebrew = story(1, article(Outlet("הארץ"), "הגשר נפתח", 1, "אלפים חצו.", language="he"))
    english = story(2, article(Outlet("Post"), "The bridge opens", 2))
    for locale, direction, foreign in (("en", "ltr", "הגשר נפתח"), ("he", "rtl", "The bridge opens")):
        [delivery] = compose(edition(hebrew, english, locale=locale))
        page = lxml_html.document_fromstring(part(delivery, "html"))
        assert (page.get("lang"), page.get("dir")) == (locale, direction)
        [cell] = [one for one in page.iter("td") if one.text_content() == foreign]
        assert (cell.get("lang"), cell.get("dir")) == (("he", "rtl") if locale == "en" else ("en", "ltr"))
        [title] = [
            one for one in page.iter("td") if one.text_content() in {"הגשר נפתח", "The bridge opens"} - {foreign}
        ]
        assert (title.get("lang"), title.get("dir")) == (None, None)


def test_a_story_has_the_texts_of_the_article_that_stands_for_it() -> None:
    first = article(Outlet("Old name"), "The first report | Old name", 3, "First words.")
    shown = article(
        Outlet("Feed of the Post"), "A better headline", 1, "Better words. Read more →", authors=("Ada Lark",)
    )
    earlier = StoryReference("urn:1", "What came before", "https://post.example/before", NOON)
    part_of_it = StoryReference("urn:2", "What is part of it now", "javascript:alert(1)", NOON)
    of = edition(story(1, first, shown), outlet_names={"Feed of the Post": "The Post"})
    told = msgspec.structs.replace(
        of.stories[0],
        display=shown,
        merged=(part_of_it,),
        storyline=Storyline(id="line", title="The bridge", earlier=(earlier,)),
    )
    [delivery] = compose(msgspec.structs.replace(of, stories=(told,), sections=(Section("", (told,)),)))
    page = lxml_html.document_fromstring(part(delivery, "html"))
    for text in (part(delivery, "plain"), page.text_content()):
        flat = " ".join(text.split())
        assert "A better headline Better words. By Ada Lark, The Post, 24 November 2026, 11:30 UTC" in flat
        assert "Also covered by Old name" in flat
        assert "This story now includes: What is part of it now" in flat
        assert "Earlier: What came before" in flat
        assert "Read more" not in flat
        assert "First words" not in flat
    links = [link.get("href") for link in page.iter("a")]
    assert links[1:3] == [shown.url, "https://post.example/before"]
    assert "https://post.example/before" in part(delivery, "plain").splitlines()


SUPPORTED = frozenset(
    """
    background-color border border-bottom border-collapse border-top color display font-family font-size font-style
    font-weight height letter-spacing line-height margin padding padding-bottom padding-top text-align text-decoration
    text-transform width
    """.split()
)
"""The properties that Outlook (with the engine of Word), Gmail, Apple Mail, Yahoo and Thunderbird support:
https://www.caniemail.com. `padding` counts in table cells only; `display: none` hides the preheader."""
VALUES = {"display": {"none", "block"}}


def declarations(page: str) -> list[tuple[str, str, str]]:
    """Return (element, property, value) of all inline styles."""
    return [
        (str(element.tag), name.strip(), value.strip())
        for element in lxml_html.document_fromstring(page).iter()
        for declaration in (element.get("style") or "").split(";")
        if declaration.strip()
        for name, _, value in [declaration.partition(":")]
    ]


@pytest.mark.parametrize("of", [EDITION, pictured("link"), hostile_edition()], ids=["sample", "pictures", "hostile"])
def test_the_html_uses_only_what_mail_programs_support(of: Edition) -> None:
    page = part(compose(of)[0], "html")
    used = declarations(page)
    assert {name for _, name, _ in used} <= SUPPORTED
    assert all(value in VALUES[name] for _, name, value in used if name in VALUES)
    assert {element for element, name, _ in used if name.startswith("padding")} <= {"td", "body"}
    assert not re.search(r"url\(|var\(|calc\(|@import|!important.*style=", page)
    document = lxml_html.document_fromstring(page)
    tags = {element.tag for element in document.iter() if isinstance(element.tag, str)}
    assert tags <= set("html head meta title style body div table tbody tr td a span br img".split())
    assert all(table.get("width") for table in document.iter("table"))
    assert all(table.get("role") == "presentation" for table in document.iter("table"))
    assert all(image.get("width") and image.get("height") and image.get("alt") for image in document.iter("img"))
    [style] = document.iter("style")
    assert re.fullmatch(r"@media[^{]*\{[^{}]*\{ ?width: ?100% ?!important;? ?\} ?\}", (style.text or "").strip())
    assert all(re.match(r"https?://|mailto:", link.get("href") or "") for link in document.iter("a"))
    assert len(page.encode()) < 102_000


def test_a_long_newsletter_is_cut_and_the_rest_follows() -> None:
    long = edition(*(story(n, article(Outlet("O"), f"Headline {n} " + "x" * 200, n, "y " * 300)) for n in range(300)))
    [delivery] = compose(long)
    assert 20 < len(delivery.stories) < 300
    assert len(part(delivery, "html").encode()) < 102_000
    assert delivery.stories == tuple(one.id for one in long.stories[: len(delivery.stories)])
    [rest] = compose(long, delivered=Delivered(stories=frozenset(delivery.stories)))
    assert not set(rest.stories) & set(delivery.stories)


HEADERS = {
    "From": 1,
    "To": 1,
    "Subject": 1,
    "Date": 1,
    "Message-ID": 1,
    "List-Id": 1,
    "List-Unsubscribe": 1,
    "Auto-Submitted": 1,
    "Precedence": 1,
    "MIME-Version": 1,
    "Content-Type": 1,
}


@settings(max_examples=60)
@given(title=st.text(max_size=300), tagline=st.text(max_size=60), headline=st.text(max_size=300), name=st.text())
def test_no_text_changes_the_headers(title: str, tagline: str, headline: str, name: str) -> None:
    of = edition(story(1, article(Outlet(title), headline, 1, headline)), title=title, tagline=tagline)
    sender = SENDER._replace(name=name)
    [delivery] = compose(of, sender=sender, to=(read_mailbox("ada@reader.example")._replace(name=name),))
    head, _, body = delivery.payload.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].decode() for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert sorted(names) == sorted(HEADERS)
    assert all(len(line) <= 998 and b"\n" not in line and b"\r" not in line for line in delivery.payload.split(b"\r\n"))
    assert delivery.payload.isascii()
    assert b"List-Unsubscribe" not in body.partition(b"\r\n\r\n")[0]
    message = parsed(delivery)
    assert [one.addr_spec for one in message["To"].addresses] == ["ada@reader.example"]
    assert [one.addr_spec for one in message["From"].addresses] == ["daily@paper.example"]


@given(text=st.text(max_size=80) | st.from_regex(r"[a-z\r\n<>@.,:; \"]{1,30}"))
@example("0@:")
@example("ada@::1")
def test_an_address_is_one_address_or_refused(text: str) -> None:
    try:
        mailbox = read_mailbox(text)
    except ValueError:
        return
    assert re.fullmatch(r"[!-~]+@[!-~]+", mailbox.address)
    assert not re.search(r"[\s<>,;:\"()\\]", mailbox.address)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("ada@reader.example", "", "ada@reader.example"),
        ("Ada Ö <ada@reader.example>", "Ada Ö", "ada@reader.example"),
        ("ada@bücher.example", "", "ada@xn--bcher-kva.example"),
        ("a.b+c@Reader.Example", "", "a.b+c@reader.example"),
    ],
)
def test_addresses(text: str, name: str, address: str) -> None:
    assert read_mailbox(text) == (name, address)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "ada",
            "@x.example",
            "ada@",
            "a b@x.example",
            "a@x.example\nBcc: b@x.example",
            "a@x.example, b@x.example",
        ),
        *("ä@x.example", ".a@x.example", "a..b@x.example", "<a@x.example", "a@b@x.example", "a@-x-.example/", "a@x y"),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a mail address"):
        read_mailbox(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("smtp://user@mail.example:587", ("mail.example", 587, False, "user", "")),
        ("smtp://user@mail.example", ("mail.example", 587, False, "user", "")),
        ("smtp://mail.example", ("mail.example", 25, False, "", "")),
        ("smtps://user%40x.example:p%3Aw@mail.example", ("mail.example", 465, True, "user@x.example", "p:w")),
    ],
)
def test_mail_servers(text: str, expected: tuple[object, ...]) -> None:
    assert read_smtp(text) == expected


@pytest.mark.parametrize("text", ["mail.example", "http://mail.example", "smtp://", "smtp://h:x", "smtp://h/path", ""])
def test_what_is_no_mail_server_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be the address of a mail server"):
        read_smtp(text)


def test_times_and_days() -> None:
    assert (read_at("7:05"), read_at("23:59")) == (time(7, 5), time(23, 59))
    assert read_days(["sun", "Monday", "sun"]) == (0, 6)
    for wrong in ("24:00", "7", "07:60", "7am"):
        with pytest.raises(ValueError, match="time of day"):
            read_at(wrong)
    assert (read_days("mon-fri"), read_days(["sat-mon", "wed"])) == ((0, 1, 2, 3, 4), (0, 2, 5, 6))
    for days in ([], ["m"], ["mon", "someday"], ["s"], "", "mon-", ["mon-fri-sat"]):
        with pytest.raises(ValueError, match="must be days such as"):
            read_days(days)


def test_unsubscribing() -> None:
    [delivery] = compose(unsubscribe=read_unsubscribe("https://paper.example/off?id=1"))
    message = parsed(delivery)
    assert message["List-Unsubscribe"] == "<https://paper.example/off?id=1>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert 'href="https://paper.example/off?id=1"' in part(delivery, "html")
    for wrong in ("off", "ftp://x.example", "https://x.example/>\r\nBcc: a@b.example", "mailto:a", "https:///"):
        with pytest.raises(ValueError, match="must be an https: or mailto: address"):
            read_unsubscribe(wrong)


def test_hostile_texts_are_escaped() -> None:
    [delivery] = compose(hostile_edition())
    document = lxml_html.document_fromstring(part(delivery, "html"))
    assert not list(document.iter("script"))
    assert not [element for element in document.iter() if any(name.startswith("on") for name in element.attrib)]
    assert msgspec.convert(msgspec.structs.asdict(delivery), Delivery) == delivery
