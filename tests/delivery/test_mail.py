"""The newsletter, sent by the command to a real SMTP server: each mail once, whatever goes wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from delivering import RECIPIENTS, Newsroom, newsletter
from project import Project
from publisher import Publisher
from smtp_server import PASSWORD, MailServer, certificate, mail, mail_server, server_tls

__all__ = ["certificate", "mail"]  # fixtures

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def newsroom(project: Project, publisher: Publisher, mail: MailServer) -> Newsroom:
    """One whose newsletter has begun, and that has news."""
    newsroom = Newsroom(project, publisher, newsletter(mail.port))
    newsroom.start()
    newsroom.add()
    return newsroom


def test_a_new_newsletter_does_not_send_the_past(newsroom: Newsroom, mail: MailServer) -> None:
    newsroom.items = 1
    newsroom.serve()
    assert newsroom.run().status == 0
    assert mail.received == []
    assert newsroom.deliveries() == []


def test_each_recipient_gets_the_new_stories_once(newsroom: Newsroom, mail: MailServer) -> None:
    result = newsroom.run()
    assert (result.status, result.err) == (0, "")
    for _ in range(3):
        newsroom.run()
    assert mail.recipients() == [*RECIPIENTS]
    assert newsroom.states() == ["sent"] * 3
    message = mail.mails()[0]
    assert message["Subject"] == "London Daily: Tuesday, 24 November 2026"
    assert message["From"] == "London Daily <daily@paper.example>"
    assert message["To"] == RECIPIENTS[0]
    assert message["List-Unsubscribe"] == "<mailto:daily@paper.example?subject=unsubscribe>"
    assert message["List-Unsubscribe-Post"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@daily.example>")
    assert len({str(one["Message-ID"]) for one in mail.mails()}) == 3
    text = message.get_body(("plain",))
    html = message.get_body(("html",))
    assert text is not None
    assert html is not None
    [title] = newsroom.project.aggregate("stories", "--json", "--limit", "1").json
    assert title["title"] in text.get_content()
    assert title["title"] in html.get_content()
    assert text.get_content().count("https://world.example/news/") == 1


def test_a_day_has_one_newsletter_with_what_is_new_since_the_last(
    newsroom: Newsroom, mail: MailServer, clock: time_machine.Traveller
) -> None:
    newsroom.run()
    newsroom.add(2)
    newsroom.run()
    assert len(mail.received) == 3
    clock.shift(timedelta(days=1))
    newsroom.run()
    assert len(mail.received) == 6
    text = mail.mails()[3].get_body(("plain",))
    assert text is not None
    assert text.get_content().count("https://world.example/news/") == 2
    clock.shift(timedelta(days=1))
    newsroom.run()
    assert len(mail.received) == 6  # there is no news


def test_a_recipient_who_joins_later_gets_what_is_new_from_then_on(
    newsroom: Newsroom, mail: MailServer, clock: time_machine.Traveller
) -> None:
    newsroom.run()
    newsroom.add()
    newsroom.configure(newsletter(mail.port, to=(*RECIPIENTS, "four@reader.example")))
    newsroom.run()
    assert mail.recipients() == [*RECIPIENTS]
    clock.shift(timedelta(days=1))
    newsroom.run()
    assert mail.recipients()[3:] == [*RECIPIENTS, "four@reader.example"]


def test_a_refused_recipient_is_reported_once_and_the_others_get_theirs(newsroom: Newsroom, mail: MailServer) -> None:
    mail.refusals[RECIPIENTS[1]] = "550 5.1.1 no such user"
    result = newsroom.run()
    assert result.status == 1
    [line] = result.err.splitlines()
    assert RECIPIENTS[1] in line
    assert "550 5.1.1 no such user" in line
    later = [newsroom.run() for _ in range(2)]
    assert [(one.status, one.err) for one in later] == [(0, "")] * 2
    assert mail.recipients() == [RECIPIENTS[0], RECIPIENTS[2]]
    assert newsroom.states() == ["sent", "failed", "sent"]


def test_a_temporary_failure_is_retried_alone_in_the_next_run(newsroom: Newsroom, mail: MailServer) -> None:
    mail.refusals[RECIPIENTS[1]] = "451 4.3.0 try again later"
    result = newsroom.run()
    assert (result.status, result.err) == (0, "")  # the next run may succeed, so that cron need not send a mail
    [failed] = [one for one in newsroom.deliveries() if one["state"] == "pending"]
    assert "451 4.3.0 try again later" in failed["error"]
    mail.refusals.clear()
    newsroom.add()
    assert newsroom.run().status == 0
    assert mail.recipients() == [RECIPIENTS[0], RECIPIENTS[2], RECIPIENTS[1]]
    assert newsroom.states() == ["sent"] * 3
    assert mail.mails()[2].get_body(("plain",)).get_content() == mail.mails()[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_repeated_failures_are_reported_and_tried_at_growing_intervals(
    newsroom: Newsroom, mail: MailServer, clock: time_machine.Traveller
) -> None:
    mail.refusals[RECIPIENTS[1]] = "451 4.3.0 try again later"
    newsroom.run()
    second = newsroom.run()
    assert second.status == 1
    assert "451 4.3.0 try again later; it is tried again" in second.err
    waiting = newsroom.run()
    assert (waiting.status, waiting.err) == (0, "")
    attempts = [one["attempts"] for one in newsroom.deliveries()]
    assert attempts == [1, 2, 1]
    clock.shift(timedelta(minutes=6))
    assert newsroom.run().status == 1
    assert [one["attempts"] for one in newsroom.deliveries()] == [1, 3, 1]
    assert newsroom.run("--force").status == 1  # ignores the back-off
    clock.shift(timedelta(days=5))
    assert "it has been given up" in newsroom.run().err
    assert newsroom.states()[:3] == ["sent", "failed", "sent"]


def test_a_mail_whose_reply_is_lost_is_uncertain_and_not_sent_again(newsroom: Newsroom, mail: MailServer) -> None:
    mail.after_storing.add(RECIPIENTS[1])
    result = newsroom.run()
    assert result.status == 1
    [line] = result.err.splitlines()
    [uncertain] = [one for one in newsroom.deliveries() if one["state"] == "uncertain"]
    assert f"`aggregate deliveries retry {uncertain['id']}`" in line
    assert uncertain["recipient"] == RECIPIENTS[1]
    mail.after_storing.clear()
    for _ in range(2):
        later = newsroom.run("--force")
        assert (later.status, later.err) == (0, "")
    assert sorted(mail.recipients()) == sorted(RECIPIENTS)
    listed = newsroom.project.aggregate("deliveries", "--state", "uncertain").out
    assert RECIPIENTS[1] in listed


def test_a_user_may_send_an_uncertain_mail_again(newsroom: Newsroom, mail: MailServer) -> None:
    mail.after_storing.add(RECIPIENTS[1])
    newsroom.run()
    mail.after_storing.clear()
    [uncertain] = [one for one in newsroom.deliveries() if one["state"] == "uncertain"]
    result = newsroom.project.aggregate("deliveries", "retry", str(uncertain["id"]))
    assert (result.status, RECIPIENTS[1] in result.out) == (0, True)
    newsroom.run()
    copies = [body for recipient, body in mail.received if recipient == RECIPIENTS[1]]
    assert len(copies) == 2
    assert copies[0] == copies[1]  # with the same Message-ID, so that a mail program may show it once
    assert newsroom.states() == ["sent"] * 3


def test_a_connection_that_closes_before_the_mail_is_retried(newsroom: Newsroom, mail: MailServer) -> None:
    mail.before_data.add(RECIPIENTS[1])
    newsroom.run()
    assert newsroom.states() == ["sent", "pending", "sent"]
    mail.before_data.clear()
    newsroom.run()
    newsroom.run()
    assert sorted(mail.recipients()) == sorted(RECIPIENTS)
    assert newsroom.states() == ["sent"] * 3


def test_a_server_that_cannot_be_reached_is_tried_once_and_all_mails_arrive_later(
    project: Project, publisher: Publisher
) -> None:
    with mail_server() as gone:
        newsroom = Newsroom(project, publisher, newsletter(gone.port))
    newsroom.start()
    newsroom.add()
    assert (newsroom.run().status, newsroom.states()) == (0, ["pending"] * 3)
    assert [one["attempts"] for one in newsroom.deliveries()] == [1, 0, 0]
    with mail_server() as mail:
        newsroom.configure(newsletter(mail.port))
        newsroom.run()
        assert mail.recipients() == [*RECIPIENTS]


def test_a_dropped_mail_is_not_sent(newsroom: Newsroom, mail: MailServer) -> None:
    mail.refusals[RECIPIENTS[1]] = "451 later"
    newsroom.run()
    mail.refusals.clear()
    [pending] = [one for one in newsroom.deliveries() if one["state"] == "pending"]
    assert newsroom.project.aggregate("deliveries", "drop", str(pending["id"])).status == 0
    newsroom.run()
    assert RECIPIENTS[1] not in mail.recipients()
    assert newsroom.states() == ["sent", "dropped", "sent"]


def test_a_dry_run_lists_what_it_would_send(newsroom: Newsroom, mail: MailServer) -> None:
    result = newsroom.run("--dry-run")
    lines = [line for line in result.err.splitlines() if "would deliver" in line]
    assert len(lines) == 3
    assert all(f"London Daily: Tuesday, 24 November 2026 to {one}" in result.err for one in RECIPIENTS)
    assert mail.received == []
    newsroom.run()
    assert len(mail.received) == 3


def test_an_offline_run_sends_nothing_and_forgets_nothing(newsroom: Newsroom, mail: MailServer) -> None:
    newsroom.run("--dry-run")
    newsroom.project.aggregate("run", "--offline")
    assert mail.received == []
    newsroom.run()
    newsroom.project.aggregate("run", "--offline")
    assert mail.recipients() == [*RECIPIENTS]


def test_without_a_server_mails_become_files(project: Project, publisher: Publisher) -> None:
    newsroom = Newsroom(project, publisher, newsletter(0, more='path = "letters"\n'))
    newsroom.start()
    names = sorted(path.name for path in (project.folder / "letters").iterdir())
    assert names == sorted(f"2026-11-24 {address}.eml" for address in RECIPIENTS)
    written = (project.folder / "letters" / names[0]).read_bytes()
    newsroom.add()
    newsroom.run()
    assert (project.folder / "letters" / names[0]).read_bytes() == written
    assert len(list((project.folder / "letters").iterdir())) == 3


def test_a_newsletter_without_server_and_folder_is_refused(project: Project, publisher: Publisher) -> None:
    newsroom = Newsroom(project, publisher, newsletter(0))
    result = project.aggregate("run")
    assert (result.status, result.err) == (1, "aggregate: newsletter: needs `smtp`, or a `path` for .eml files\n")
    assert newsroom.deliveries() == []


def with_password(server: MailServer, *, host: str = "localhost", scheme: str = "smtp") -> str:
    smtp = f'smtp = "{scheme}://daily%40paper@{host}:{server.port}"\npassword = {{ env = "SMTP_PASSWORD" }}\n'
    return newsletter(server.port, more=smtp)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_the_password_goes_over_a_verified_connection(
    project: Project, publisher: Publisher, certificate: Path, scheme: str
) -> None:
    tls = server_tls(certificate)
    options: dict[str, Any] = {"auth_require_tls": scheme == "smtp"}  # aiosmtpd counts STARTTLS only
    options |= {"tls_context": tls, "require_starttls": True} if scheme == "smtp" else {"ssl_context": tls}
    os.environ["SMTP_PASSWORD"] = PASSWORD
    with mail_server(with_password=True, **options) as mail:
        newsroom = Newsroom(project, publisher, with_password(mail, scheme=scheme))
        newsroom.start()
        newsroom.add()
        newsroom.run()
        assert mail.passwords == []
        assert "no trusted connection (TLS: self-signed certificate)" in newsroom.deliveries()[0]["error"]
        os.environ["SSL_CERT_FILE"] = str(certificate / "certificate.pem")
        result = newsroom.run()
        assert (result.status, result.err) == (0, "")
        assert mail.recipients() == [*RECIPIENTS]


def test_a_wrong_password_is_reported_and_never_shown(project: Project, publisher: Publisher) -> None:
    os.environ["SMTP_PASSWORD"] = "wrong horse"
    with mail_server(with_password=True, auth_require_tls=False) as mail:
        newsroom = Newsroom(project, publisher, with_password(mail, host="127.0.0.1"))
        newsroom.start()
        newsroom.add()
        newsroom.run()
        result = newsroom.run()
        assert result.status == 1
        assert "login: 535" in result.err
        shown = result.err + newsroom.project.aggregate("deliveries").out
        assert "wrong horse" not in shown
        assert mail.received == []
        os.environ["SMTP_PASSWORD"] = PASSWORD
        newsroom.run("--force")
        assert mail.recipients() == [*RECIPIENTS]
