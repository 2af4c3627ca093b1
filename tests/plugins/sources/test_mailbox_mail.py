"""The `mailbox` source: conversion of mails to items, and mailboxes in files."""

from __future__ import annotations

import base64
import json
import mailbox as standard
import os
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aggregator_plugins.sources.mailbox.mail import MAX_SIZE, item_of
from hypothesis import given, settings
from hypothesis import strategies as st
from project import Project

from aggregator import Item

HEAD = b"From: Example Weekly <news@weekly.example>\nMessage-ID: <1@weekly.example>\nSubject: Issue 1\n"


def read(text: str | bytes) -> Item:
    """Return the item in a mail, which must have one."""
    item: Item | None = item_of(text if isinstance(text, bytes) else text.encode())
    assert item is not None
    return item


def with_header(line: str | bytes) -> Item:
    raw = line if isinstance(line, bytes) else line.encode()
    return read(raw + b"\nX-Other: x\n\nSome text.\n")


def with_html(body: str) -> Item:
    return read(HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + body.encode())


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Subject: Plain", "Plain"),
        ("Subject: Folded\n over  lines", "Folded over lines"),
        ("Subject: =?utf-8?q?Caf=C3=A9?= and =?iso-8859-1?b?5Q==?=", "Café and å"),
        ("Subject: =?utf-8?q?Caf=C3?= =?utf-8?q?=A9?=", "Café"),
        ("Subject: =?utf-8?b?A?=", "=?utf-8?b?A?="),
        ("Subject: =?utf-8?b?YQ=?=", "a"),
        ("Subject: =?no-such-charset?q?Caf=C3=A9?=", "Café"),
        ("Subject: =?punycode?q?caf-dma?=", "caf-dma"),
        ("Subject: Café unencoded", "Café unencoded"),
        (b"Subject: Caf\xe9 in Latin 1", "Café in Latin 1"),
        ("Subject: =?utf-8?q?over=0D=0ABcc:_lines?=", "over Bcc: lines"),
        ("subject: In lower case", "In lower case"),
        ("X-Subject: none", ""),
    ],
)
def test_subjects_are_decoded(line: str | bytes, title: str) -> None:
    assert with_header(line).title == title


@pytest.mark.parametrize(
    ("line", "outlet"),
    [
        ("From: Example Weekly <news@weekly.example>", "Example Weekly"),
        ('From: "Weekly, The" <news@weekly.example>', "Weekly, The"),
        ("From: =?utf-8?q?Weekly=2C_Caf=C3=A9?= <news@weekly.example>", "Weekly, Café"),
        ("From: news@weekly.example (Example Weekly)", "Example Weekly"),
        ("From: news@weekly.example", "weekly.example"),
        ("From: news@weekly.example\nList-Id: The Weekly List <list.weekly.example>", "The Weekly List"),
        ("From: news@weekly.example\nList-Id: <list.weekly.example>", "weekly.example"),
        ("From:", None),
        ("Sender: x@example.org", None),
    ],
)
def test_the_sender_is_the_outlet(line: str, outlet: str | None) -> None:
    assert with_header(line).source == outlet


def test_a_mail_without_message_id_is_identified_by_its_content() -> None:
    first, same, other = with_header("Subject: One"), with_header("Subject: One"), with_header("Subject: Other")
    assert first.id == same.id != other.id
    assert with_header("Message-ID: <7@x.example>").id == "7@x.example"


def test_html_takes_precedence_over_text_and_attachments_are_ignored() -> None:
    message = EmailMessage()
    message["Subject"] = "Issue 1"
    message.set_content("In plain words")
    message.add_alternative('<p>In <b>colour</b> <img src="cid:1"></p>', subtype="html")
    html_part = message.get_payload(1)
    assert isinstance(html_part, EmailMessage)
    html_part.add_related(b"GIF89a", maintype="image", subtype="gif", cid="<1>")
    message.add_attachment("<p>attached</p>", subtype="html", filename="other.html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="paper.pdf")
    item = read(message.as_bytes())
    assert (str(item.content).strip(), item.summary) == ('<p>In <b>colour</b> <img src="cid:1"></p>', "In colour")
    assert item.enclosures is None


def test_plain_text_becomes_paragraphs() -> None:
    item = read(HEAD + b"\nDear reader,\nthis is <news> & more.\n \n\nYours\n")
    assert item.content == "<p>Dear reader,<br>this is &lt;news&gt; &amp; more.</p>\n<p>Yours</p>"


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-8", "Café „quoted“".encode()),
        ("iso-8859-1", "Café „quoted“".encode()),
        ("us-ascii", "Café „quoted“".encode()),
        ("utf-8", "Café „quoted“".encode("cp1252")),
        ("iso-8859-1", "Café „quoted“".encode("cp1252")),
        ("no-such-charset", "Café „quoted“".encode("cp1252")),
        ("hex", "Café „quoted“".encode()),
        ("punycode", "Café „quoted“".encode()),
        ('"utf-16"', "Café „quoted“".encode("utf-16")),
        ("", "Café „quoted“".encode()),
    ],
)
def test_wrong_charsets_are_corrected(charset: str, body: bytes) -> None:
    kind = f"Content-Type: text/plain; charset={charset}\n" if charset else ""
    encoded = f"Content-Transfer-Encoding: base64\n\n{base64.b64encode(body).decode()}"
    assert read(HEAD + (kind + encoded).encode()).content == "<p>Café „quoted“</p>"


def test_iso_2022_jp_is_decoded() -> None:
    kind = b"Content-Type: text/plain; charset=ISO-2022-JP\n\n"
    assert read(HEAD + kind + "新聞".encode("iso-2022-jp")).content == "<p>新聞</p>"


@pytest.mark.parametrize(
    "label",
    [
        "View in browser", "View this email in your browser", "Read online", "View it online", "View the web version",
        "Im Browser ansehen", "Online-Version", "Voir dans votre navigateur", "Version en ligne",
        "Ver en el navegador", "Visualizza nel browser", "Bekijk in uw browser", "Ver no navegador",
        "Zobacz w przeglądarce", "Visa i webbläsaren", "Открыть в браузере", "ブラウザで表示",
    ],
)  # fmt: skip
def test_the_link_to_the_web_version_is_the_address(label: str) -> None:
    body = f'<a href="https://weekly.example/">Home</a><a href="https://weekly.example/1"><b>{label}</b></a>'
    assert with_html(body).url == "https://weekly.example/1"


@pytest.mark.parametrize(
    "body",
    [
        '<a href="https://weekly.example/unsubscribe">Unsubscribe</a>',
        '<a href="mailto:news@weekly.example">View in browser</a>',
        '<a href="javascript:alert(1)">View in browser</a>',
        "<a>View in browser</a> View in browser",
        '<a href="https://weekly.example/2">' + "A browser for the whole family. " * 20 + "View in browser</a>",
    ],
)
def test_other_links_are_not_the_address(body: str) -> None:
    assert with_html(body).url is None


def test_archived_at_takes_precedence_over_links() -> None:
    item = with_header("Archived-At: <https://lists.example/arch/1>\nList-Archive: <https://lists.example/arch/>")
    assert item.url == "https://lists.example/arch/1"


def test_the_padding_after_a_preview_text_is_removed() -> None:
    padding = "&#847; &zwnj; \u00ad\u034f\u200c " * 60
    item = with_html(f"<div>What is new.</div><div>{padding}</div><h1>Issue 1</h1>")
    assert item.summary == "What is new. Issue 1"


def test_joiners_within_words_are_kept() -> None:
    assert with_html("<p>می\u200cخواهم</p>").summary == "می\u200cخواهم"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        HEAD + b"\n \n",
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: text/plain\n\nNot delivered.\n--b--",
        b"Auto-Submitted: auto-replied\n\nI am away.",
        b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n",
        b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n",
        b"Content-Type: multipart/mixed; boundary=b\n\nno part at all",
        b"Content-Type: multipart/mixed\n\nno boundary",
        b"Content-Type: text/html\nContent-Disposition: attachment\n\n<p>x</p>",
    ],
)
def test_mails_without_text_and_automatic_mails_are_skipped(raw: bytes) -> None:
    assert item_of(raw) is None


def nested(depth: int) -> bytes:
    opened = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
    return f"Subject: Deep\n{opened}Content-Type: text/plain\n\nAt the bottom.\n".encode()


def test_nested_parts_are_read_up_to_a_depth() -> None:
    assert read(nested(10)).content == "<p>At the bottom.</p>"
    assert item_of(nested(30)) is None
    assert item_of(b"Content-Type: message/rfc822\n\n" * 5_000 + b"x") is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "raw",
    [
        nested(12) + b"\n" * MAX_SIZE,
        b"From: " + b"(" * MAX_SIZE + b"\n\nx",
        b"From: " + b'"' * MAX_SIZE + b"\n\nx",
        b"Subject: " + b"=?utf-8?q?" * 100_000 + b"\n\nx",
        b"Subject: " + b"=?punycode?q?" + b"a-" * 400_000 + b"?=\n\nx",
        b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" * 500_000,
        b"Content-Type: text/plain; charset=idna\n\n" + b"a" * MAX_SIZE,
        b"Content-Type: text/html\n\n" + b"<a href='https://x.example/'>view " * 30_000,
        b"Content-Type: text/html\n\n" + b"<div>" * 200_000,
        b"Content-Type: text/plain\n\n" + b"\xcd\x8f \n " * 200_000,
        b"X: " + b"y\n " * 300_000 + b"\n\nx",
    ],
)
def test_malicious_mails_are_read_in_limited_time(raw: bytes) -> None:
    start = time.process_time()
    item_of(raw)
    assert time.process_time() - start < 60


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["", "From", "Subject", "Content-Type", "Content-Transfer-Encoding"]))
def test_any_bytes_are_read_or_skipped(noise: bytes, header: str) -> None:
    prefix = f"{header}: ".encode() if header else b""
    item_of(prefix + noise + b"\n\n<a href=x>" + noise)
    item_of(b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" + prefix + noise + b"\n\n" + noise + b"\n--x--")


def letter(number: int, days: int = 0, sender: str = "Example Weekly <news@weekly.example>") -> bytes:
    date = format_datetime(datetime.now(UTC) - timedelta(days=days))
    head = f"From: {sender}\nMessage-ID: <{number}@x>\nSubject: Issue {number}\nDate: {date}\n"
    return f"{head}\nDear reader,\n\nFrom here on it is {number}.\n".encode()


def articles(project: Project, path: str, options: str = "") -> list[Any]:
    """Return the articles of a run on a mailbox at this path."""
    project.configure(f"""
        [[sources]]
        plugin = "mailbox"
        name = "Letters"
        path = "{path}"
        {options}
        [[outputs]]
        plugin = "jsonl"
        path = "out.jsonl"
        limit = 0
    """)
    report = project.run("--force")
    assert report["errors"] == [], report
    return sorted(
        (json.loads(line) for line in project.read("out.jsonl").splitlines()), key=lambda article: article["title"]
    )


def tree(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        str(path): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def maildir(project: Project) -> Path:
    box = standard.Maildir(project.folder / "mail", create=True)
    for number in (1, 2):
        box.add(letter(number))
    read_one = standard.MaildirMessage(letter(3))
    read_one.set_subdir("cur")
    read_one.set_flags("S")
    box.add(read_one)
    trashed = standard.MaildirMessage(letter(4))
    trashed.set_subdir("cur")
    trashed.set_flags("ST")
    box.add(trashed)
    return project.folder / "mail"


def test_reading_does_not_change_a_maildir(project: Project, maildir: Path) -> None:
    before = tree(maildir)
    assert [article["title"] for article in articles(project, "mail")] == ["Issue 1", "Issue 2", "Issue 3"]
    assert tree(maildir) == before


def test_new_mails_of_a_maildir_are_read(project: Project, maildir: Path) -> None:
    articles(project, "mail")
    standard.Maildir(maildir).add(letter(5))
    assert len(articles(project, "mail")) == 4


def test_other_files_of_a_maildir_are_ignored(project: Project, maildir: Path, tmp_path: Path) -> None:
    (maildir / "cur" / ".hidden").write_bytes(letter(6))
    (maildir / "cur" / "folder").mkdir()
    outside = project.write("outside.eml", letter(7))
    (maildir / "new" / "link").symlink_to(outside)
    assert len(articles(project, "mail")) == 3


def test_reading_does_not_change_an_mbox_file(project: Project) -> None:
    box = standard.mbox(project.folder / "letters")
    for number in (1, 2):
        box.add(letter(number))
    box.close()
    before = tree(project.folder)
    read_articles = articles(project, "letters")
    assert [article["title"] for article in read_articles] == ["Issue 1", "Issue 2"]
    assert read_articles[0]["summary"] == "Dear reader, From here on it is 1."
    after = tree(project.folder)
    assert {path: after[path] for path in before} == before
    assert not [path for path in after if "letters" in path and path not in before]


def test_mails_are_selected_by_age_and_sender(project: Project) -> None:
    box = standard.mbox(project.folder / "letters")
    for raw in (letter(1), letter(2, days=31), letter(3, sender="Aunt Ada <ada@example.org>"), b"Subject: None\n\nx\n"):
        box.add(raw)
    box.close()
    assert [article["title"] for article in articles(project, "letters")] == ["Issue 1", "Issue 3", "None"]
    assert [article["title"] for article in articles(project, "letters", 'since = "90d"\nsender = "^Example"')][:2] == [
        "Issue 1",
        "Issue 2",
    ]


def test_the_end_of_a_huge_mbox_file_is_read(project: Project) -> None:
    path = project.folder / "letters"
    with path.open("wb") as file:
        file.write(b"From x@example Thu Jan  1 00:00:00 2026\n" + letter(1))
        file.truncate(70_000_000)
        file.seek(0, os.SEEK_END)
        file.write(b"\n\nFrom x@example Thu Jan  1 00:00:00 2026\n" + letter(2))
    assert [article["title"] for article in articles(project, "letters")] == ["Issue 2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is neither a Maildir (a folder that contains `cur` and `new`) nor an mbox file"),
        (b"Subject: x\n\ny", 'is not an mbox file: no line starts with "From "'),
    ],
)
def test_a_path_that_is_not_a_mailbox_is_reported(project: Project, content: bytes | None, message: str) -> None:
    if content:
        project.write("letters", content)
    project.configure('[[sources]]\nplugin = "mailbox"\nname = "Letters"\npath = "letters"\n')
    [problem] = project.run()["errors"]
    assert problem["error"] == f"{project.folder}/letters: {message}"


def test_an_empty_mailbox_has_no_articles(project: Project) -> None:
    project.write("letters", b"")
    assert articles(project, "letters") == []
    standard.Maildir(project.folder / "mail", create=True)
    assert articles(project, "mail") == []
