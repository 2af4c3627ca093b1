"""The `mailbox` source with a real IMAP server on the loopback interface."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import pytest
from imap_server import HOST, PASSWORD, ImapServer, imap_server
from project import Project

pytestmark = pytest.mark.e2e

__all__ = ["imap_server"]


def mail(number: int, sender: str = "Example Weekly <news@weekly.example>", age: timedelta = timedelta()) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "jane@example.org", f"Issue {number}"
    message["Date"] = format_datetime(datetime.now(UTC) - age)
    message["Message-ID"] = f"<{number}@weekly.example>"
    message.set_content(f"What happened in week {number}, in plain words.")
    message.add_alternative(f"<h1>Issue {number}</h1><p>What happened in week {number}.</p>", subtype="html")
    return message.as_bytes()


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    return "".join(c if c.isalnum() else "-" for c in request.node.name)[-60:]


def configure(project: Project, server: ImapServer, user: str, options: str = "", http: str = "") -> None:
    os.environ |= {"MAIL_PASSWORD": os.environ.get("MAIL_PASSWORD", PASSWORD), "SSL_CERT_FILE": str(server.certificate)}
    where = "" if "server =" in options else f'server = "{HOST}:{server.port}"'
    project.configure(f"""
        [[sources]]
        plugin = "mailbox"
        name = "Newsletters"
        user = "{user}"
        password = {{ env = "MAIL_PASSWORD" }}
        {where}
        {options}
        [[outputs]]
        plugin = "jsonl"
        path = "out.jsonl"
        limit = 0
        [http]
        allow_private = ["127.0.0.0/8"]
        {http}
    """)


def articles(project: Project) -> list[Any]:
    return [json.loads(line) for line in project.read("out.jsonl").splitlines()]


def titles(project: Project) -> list[str]:
    return sorted(article["title"] for article in articles(project))


def error(report: Any) -> str:
    [problem] = report["errors"]
    return str(problem["error"])


def test_the_outlet_of_an_article_is_the_sender(project: Project, imap_server: ImapServer, user: str) -> None:
    imap_server.deliver(user, mail(1), mail(2, "=?utf-8?q?Caf=C3=A9_Courier?= <c@courier.example>"))
    configure(project, imap_server, user)
    assert project.run()["errors"] == []
    first, second = sorted(articles(project), key=lambda article: str(article["title"]))
    assert (first["title"], first["source"]["name"], first["id"]) == ("Issue 1", "Example Weekly", "1@weekly.example")
    assert (first["summary"], "<h1>Issue 1</h1>" in first["content"]) == ("Issue 1 What happened in week 1.", True)
    assert second["source"]["name"] == "Café Courier"


def test_reading_does_not_change_the_mailbox(project: Project, imap_server: ImapServer, user: str) -> None:
    imap_server.deliver(user, mail(1), mail(2))
    before = imap_server.flags(user)
    configure(project, imap_server, user)
    project.run()
    assert len(articles(project)) == 2
    assert imap_server.flags(user) == before
    assert not any(b"Seen" in line or b"Deleted" in line for line in before)


def test_a_run_reads_the_mails_since_the_last_run(project: Project, imap_server: ImapServer, user: str) -> None:
    imap_server.deliver(user, mail(1))
    configure(project, imap_server, user)
    assert project.run("--force")["articles"]["new"] == 1
    report = project.run("--force")
    assert (report["sources"]["unchanged"], report["errors"]) == (1, [])
    imap_server.deliver(user, mail(2))
    client = imap_server.client(user)
    client.select()
    client.store("1", "+FLAGS", r"(\Deleted)")
    client.expunge()
    client.append("INBOX", "", "", mail(3))
    client.logout()
    assert project.run("--force")["articles"]["new"] == 2
    assert titles(project) == ["Issue 1", "Issue 2", "Issue 3"]


def test_a_recreated_folder_is_read_again(project: Project, imap_server: ImapServer, user: str) -> None:
    imap_server.deliver(user, mail(1), mail(2), folder="News")
    configure(project, imap_server, user, 'folder = "News"')
    project.run("--force")
    client = imap_server.client(user)
    client.delete("News")
    client.create("Other")  # Dovecot assigns a new UIDVALIDITY once per second
    client.logout()
    imap_server.deliver(user, mail(2), folder="News")
    assert project.run("--force")["errors"] == []
    imap_server.deliver(user, mail(3), folder="News")
    assert project.run("--force")["articles"]["new"] == 1
    assert titles(project) == ["Issue 1", "Issue 2", "Issue 3"]


def test_a_folder_may_have_any_name(project: Project, imap_server: ImapServer, user: str) -> None:
    client = imap_server.client(user)
    client.create('"Gel&APY-schtes und &- \\"mehr\\""')
    client.append('"Gel&APY-schtes und &- \\"mehr\\""', "", "", mail(1))
    client.logout()
    configure(project, imap_server, user, """folder = 'Gelöschtes und & "mehr"'""")
    assert project.run()["errors"] == []
    assert titles(project) == ["Issue 1"]


def test_mails_are_selected_by_sender_and_age(project: Project, imap_server: ImapServer, user: str) -> None:
    long_ago = timedelta(days=40)
    imap_server.deliver(user, mail(1), mail(2, "Aunt Ada <ada@example.org>"), mail(3, age=long_ago))
    imap_server.deliver(user, mail(4), at=datetime.now(UTC) - long_ago)
    configure(project, imap_server, user, 'sender = "(?i)weekly"')
    project.run()
    assert titles(project) == ["Issue 1"]
    configure(project, imap_server, user, 'sender = "(?i)weekly"\nsince = "90d"')
    project.run("--force")
    assert titles(project) == ["Issue 1", "Issue 3", "Issue 4"]


def test_the_headers_of_other_mails_are_fetched_once(project: Project, imap_server: ImapServer, user: str) -> None:
    imap_server.deliver(user, mail(1, "Aunt Ada <ada@example.org>"))
    configure(project, imap_server, user, 'sender = "weekly"')
    first = project.run("--force")
    assert (first["sources"]["unchanged"], first["errors"]) == (1, [])
    assert "hdr_count=1" in imap_server.sessions(user, 2)[-1]  # the first was that of the delivery
    project.run("--force")
    assert "hdr_count=0" in imap_server.sessions(user, 3)[-1]


@pytest.mark.slow
def test_many_mails_are_read_in_several_runs(project: Project, imap_server: ImapServer, user: str) -> None:
    imap_server.deliver(user, *map(mail, range(620)))
    configure(project, imap_server, user)
    assert project.run("--force")["articles"]["new"] == 500
    assert project.run("--force")["articles"]["new"] == 120


def test_only_the_text_of_a_huge_mail_is_read(project: Project, imap_server: ImapServer, user: str) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "Example Weekly <news@weekly.example>", "With a film"
    message.set_content("See the film.")
    message.add_attachment(os.urandom(3_000_000), maintype="video", subtype="mp4", filename="film.mp4")
    imap_server.deliver(user, message.as_bytes())
    configure(project, imap_server, user)
    assert project.run()["errors"] == []
    [article] = articles(project)
    assert (article["title"], article["content"], article["enclosures"]) == ("With a film", "<p>See the film.</p>", [])


def test_starttls_starts_tls_on_a_plain_connection(project: Project, imap_server: ImapServer, user: str) -> None:
    imap_server.deliver(user, mail(1))
    configure(project, imap_server, user, f'server = "{HOST}:{imap_server.plain_port}"\nsecurity = "starttls"')
    assert project.run()["errors"] == []
    assert titles(project) == ["Issue 1"]


def test_login_with_a_user_name_beyond_ascii(project: Project, imap_server: ImapServer) -> None:
    client = imap_server.client("first")
    client.logout()
    configure(project, imap_server, "jörg")
    report = project.run()
    assert (report["errors"], report["sources"]["unchanged"]) == ([], 1)


def test_a_wrong_password_is_reported_but_not_shown(project: Project, imap_server: ImapServer, user: str) -> None:
    os.environ["MAIL_PASSWORD"] = "wrong-and-secret"
    configure(project, imap_server, user)
    message = error(project.run())
    assert message.startswith(f"localhost: refuses {user} with this password (")
    result = project.aggregate("sources", "--json")
    assert "wrong-and-secret" not in message + result.out + result.err
    assert not any(b"wrong-and-secret" in file.read_bytes() for file in project.folder.iterdir() if file.is_file())


def test_a_missing_folder_is_reported_with_the_existing_ones(
    project: Project, imap_server: ImapServer, user: str
) -> None:
    imap_server.deliver(user, mail(1), folder="Weekly")
    configure(project, imap_server, user, 'folder = "Weakly"')
    message = error(project.run())
    assert 'localhost: has no folder "Weakly" that can be opened; its folders are: ' in message
    assert "Weekly" in message


def test_an_untrusted_certificate_is_rejected(project: Project, imap_server: ImapServer, user: str) -> None:
    configure(project, imap_server, user)
    del os.environ["SSL_CERT_FILE"]
    assert "localhost: no trusted connection (TLS: self" in error(project.run())


def test_a_certificate_of_another_host_is_rejected(project: Project, imap_server: ImapServer, user: str) -> None:
    configure(project, imap_server, user, f'server = "127.0.0.1:{imap_server.port}"')
    assert "127.0.0.1: no trusted connection (TLS: IP address mismatch" in error(project.run())


def test_the_password_is_not_sent_without_tls(project: Project, imap_server: ImapServer, user: str) -> None:
    configure(project, imap_server, user, f'server = "{HOST}:{imap_server.plain_port}"')
    assert 'no TLS at this port (WRONG_VERSION_NUMBER); `security = "starttls"` may help' in error(project.run())


def test_a_private_server_must_be_allowed(project: Project, imap_server: ImapServer, user: str) -> None:
    configure(project, imap_server, user)
    text = project.read("config.toml").replace("127.0.0.0/8", "192.0.2.1")
    project.write("config.toml", text)
    assert "is at the private address 127.0.0.1" in error(project.run())


def test_a_silent_server_times_out(project: Project, imap_server: ImapServer, user: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        configure(project, imap_server, user, f'server = "{HOST}:{port}"', 'timeout = "1s"')
        assert error(project.run()) == "localhost: timed out"


def test_a_closed_port_is_reported(project: Project, imap_server: ImapServer, user: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_later:
        port = closed_later.getsockname()[1]
    configure(project, imap_server, user, f'server = "127.0.0.1:{port}"')
    assert error(project.run()).startswith(f"tcp://127.0.0.1:{port}: no connection (")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ('server = "https://imap.example"', '`server` must be a host such as "imap.example"'),
        ('server = "jane@imap.example"', '`server` must be a host such as "imap.example"'),
        ('server = "imap.example:port"', '`server` must be a host such as "imap.example"'),
        ('server = "imap.example"\nuser = "jane"', "`server` requires `user` and `password`"),
        ("", "set either `server` or `path`"),
        ('server = "imap.example"\npath = "mail"', "set either `server` or `path`"),
    ],
)
def test_invalid_options_are_reported(project: Project, options: str, message: str) -> None:
    project.configure(f'[[sources]]\nplugin = "mailbox"\nname = "Mail"\n{options}\n')
    assert message in error(project.run())
