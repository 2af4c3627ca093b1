"""What goes wrong with a store in PostgreSQL: one line that says what to do, and no password."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from postgresql_server import PASSWORD, PostgresqlServer, running_postgresql
from project import Project
from publisher import Exchange, Publisher
from sample_feeds import item, rss

pytestmark = pytest.mark.e2e

CONFIG = '[[sources]]\nurl = "{}"\n[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"\n'
SOURCE = "feed.xml"


def check(
    project: Project, url: str, *messages: str, status: int = 1, commands: tuple[str, ...] = ("run", "stories")
) -> None:
    """Check that commands fail with one line that has these messages."""
    project.database = url
    project.write(SOURCE, rss([item(1)]))
    project.configure(CONFIG.format(SOURCE))
    for command in (*commands, "run --dry-run"):
        result = project.aggregate(*command.split())
        assert (result.status, result.out) == (status, ""), (command, result.err)
        assert len(result.err.splitlines()) == 1 and result.err.endswith("\n"), result.err
        assert result.err.startswith("aggregate: postgresql://")
        for message in messages:
            assert message in result.err
        for secret in (PASSWORD, quote(PASSWORD, safe=""), "guessed-w0rd"):
            assert secret not in result.err
    assert not (project.folder / "all.jsonl").exists()


def name_of(url: str) -> str:
    return PostgresqlServer.name_of(url)


def test_server_that_is_down(project: Project) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        check(project, f"postgresql://me:guessed-w0rd@127.0.0.1:{port}/news", "cannot be reached", "onnection refused")
    check(project, "postgresql://me:guessed-w0rd@/news?host=/nonexistent", "postgresql://me@/news: cannot be reached")
    check(project, "postgresql://me:guessed-w0rd@host.invalid/news", "cannot be reached", "host.invalid")


def test_wrong_password(project: Project, postgresql_url: str) -> None:
    login, _, rest = postgresql_url.partition("@")
    wrong = f"{login.rpartition(':')[0]}:guessed-w0rd@{rest}"
    check(project, wrong, "cannot be opened", "password authentication failed", "see PGPASSFILE")
    without = f"{login.rpartition(':')[0]}@{rest}"
    check(project, without, "cannot be opened", "no password supplied", "see PGPASSFILE")


def test_missing_database(project: Project, postgresql_server: PostgresqlServer) -> None:
    check(project, postgresql_server.url("gone"), 'database "gone" does not exist', "create it first")


def test_server_without_tls(project: Project, postgresql_server: PostgresqlServer) -> None:
    url = postgresql_server.url("postgres", tcp=True, sslmode="verify-full", sslrootcert="system")
    check(project, url, "cannot be reached", "SSL")


@pytest.fixture
def other_database(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """The address of a database that belongs to another role, which is deleted after the test."""
    yield (url := postgresql_server.url("other"))
    postgresql_server.drop_database(url)


def test_database_with_another_encoding(
    project: Project, postgresql_server: PostgresqlServer, other_database: str
) -> None:
    postgresql_server.execute(
        "CREATE DATABASE other OWNER aggregate TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
    )
    check(project, other_database, "its encoding is SQL_ASCII; create the database with ENCODING 'UTF8'")


def test_role_without_privileges(project: Project, postgresql_server: PostgresqlServer, other_database: str) -> None:
    postgresql_server.execute("CREATE DATABASE other TEMPLATE template0")
    postgresql_server.execute("REVOKE CREATE ON SCHEMA public FROM public", database="other")
    message = "permission denied for schema public: the role needs more privileges; docs/scale.md lists them"
    project.database = other_database
    project.write(SOURCE, rss([item(1)]))
    project.configure(CONFIG.format(SOURCE))
    for command in ("run", "stories"):
        result = project.aggregate(command)
        assert (result.status, result.err) == (1, f"aggregate: postgresql://aggregate@/other: {message}\n")
    assert project.run("--dry-run")["articles"]["new"] == 1, "it needs no table"


def test_role_may_only_read_and_write(
    project: Project, postgresql_server: PostgresqlServer, other_database: str
) -> None:
    """The tables may belong to another role, once they are there."""
    postgresql_server.execute("CREATE DATABASE other OWNER aggregate TEMPLATE template0")
    project.database = other_database
    project.write(SOURCE, rss([item(1)]))
    project.configure(CONFIG.format(SOURCE))
    assert project.run()["articles"]["new"] == 1
    postgresql_server.execute("REASSIGN OWNED BY aggregate TO postgres", database="other")
    check_denied = project.aggregate("run", "--force")
    assert (check_denied.status, len(check_denied.err.splitlines())) == (1, 1)
    assert "permission denied for table" in check_denied.err
    for what in ("ALL TABLES", "ALL SEQUENCES"):
        right = "SELECT, INSERT, UPDATE, DELETE" if what == "ALL TABLES" else "USAGE, SELECT, UPDATE"
        postgresql_server.execute(f"GRANT {right} ON {what} IN SCHEMA public TO aggregate", database="other")
    project.write(SOURCE, rss([item(1), item(2)]))
    assert project.run("--force")["articles"]["new"] == 1
    assert project.aggregate("search", "--json", "News").status == 0


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_tables_of_another_program(project: Project, postgresql_url: str) -> None:
    execute(postgresql_url, "CREATE TABLE articles (text text)")
    execute(postgresql_url, "INSERT INTO articles VALUES ('theirs')")
    message = 'has a table "articles" of another program; configure another database'
    check(project, postgresql_url, f"postgresql://aggregate@/{name_of(postgresql_url)}: {message}")
    assert project.select("SELECT * FROM articles") == [("theirs",)]
    assert len(project.select("SELECT * FROM pg_tables WHERE schemaname = 'public'")) == 1


def test_store_of_a_newer_version(project: Project, postgresql_url: str) -> None:
    project.database = postgresql_url
    project.configure("")
    assert project.aggregate("stories").status == 0
    execute(postgresql_url, "UPDATE store_version SET version = 99")
    check(project, postgresql_url, "was written by a newer aggregate (store version 99; this one supports ", "upgrade")


def test_damaged_tables(project: Project, postgresql_url: str) -> None:
    project.database = postgresql_url
    project.configure("")
    assert project.aggregate("stories").status == 0
    execute(postgresql_url, "DROP TABLE contents CASCADE")
    check(
        project,
        postgresql_url,
        'relation "contents" does not exist: the tables are not those of a store',
        commands=("run",),
    )
    execute(postgresql_url, "DELETE FROM store_version")
    check(project, postgresql_url, "the table store_version is empty; restore the store from a backup")


def test_timeouts(project: Project, postgresql_url: str) -> None:
    project.database = postgresql_url
    project.configure("")
    assert project.aggregate("stories").status == 0
    with psycopg.connect(postgresql_url) as connection:
        connection.execute("LOCK TABLE sources")
        for setting, message in (
            ("lock_timeout", "in use by another process"),
            ("statement_timeout", "statement timeout"),
        ):
            url = f"{postgresql_url}&options=-c%20{setting}%3D100"
            check(project, url, message, commands=("run",))


def test_missing_driver(project: Project, postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    check(project, postgresql_url, "needs the driver psycopg: pip install 'aggregate-news[postgresql]'")
    project.write("config.toml", "")
    result = project.aggregate("store", "copy", "a.db", postgresql_url)
    assert (result.status, len(result.err.splitlines())) == (1, 1)
    monkeypatch.undo()


def stop_and_answer(stop: Callable[[], None], body: bytes, exchange: Exchange) -> None:
    stop()
    exchange.answer(200, body)


@pytest.mark.slow
def test_server_that_stops_during_a_run(project: Project, publisher: Publisher) -> None:
    with running_postgresql() as server:
        project.database = server.create_database(tcp=True)
        sources = ""
        for number in range(8):
            publisher.serve(f"/{number}.xml", rss([item(10 * number + n) for n in range(10)]))
            sources += f'[[sources]]\nurl = "{publisher.url(f"/{number}.xml")}"\n'
        project.configure(f'{sources}[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"\nlimit = 0\n')
        last = rss([item(70 + n) for n in range(10)])
        for stop in (server.stop, server.kill, partial(server.stop, immediate=True)):
            publisher.handle("/7.xml", partial(stop_and_answer, stop, last))
            result = project.aggregate("run", "--force")
            assert (result.status, result.out) == (1, "")
            assert len(result.err.splitlines()) == 1, result.err
            assert "the connection was lost" in result.err and "stored data is not lost" in result.err
            assert "cannot be reached" in project.aggregate("stories").err
            server.start()
        publisher.serve("/7.xml", last)
        assert project.run("--force")["errors"] == []
        assert project.run("--force")["articles"]["new"] == 0
        rows = project.select("SELECT id FROM articles")
        assert len(rows) == len(set(rows)) == 80
        assert len(project.read("all.jsonl").splitlines()) == 80


@pytest.mark.slow
def test_encrypted_connections(project: Project) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    with running_postgresql() as server:
        data = server.folder / "data"
        certificate, key = (project.folder / name for name in ("server.crt", "server.key"))
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=news"]
        command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run(command, check=True, capture_output=True)
        for file in (certificate, key):
            copy = Path(shutil.copy(file, data / file.name))
            os.chown(copy, data.stat().st_uid, data.stat().st_gid)
            copy.chmod(0o600)
        with (data / "postgresql.conf").open("a") as settings:
            settings.write("\nssl = on\n")
        (data / "pg_hba.conf").write_text("local all postgres trust\nhostssl all all all scram-sha-256\n")
        server.restart()
        url = server.create_database(tcp=True)
        project.write(SOURCE, rss([item(1)]))
        check(
            project, f"{url}?sslmode=verify-full&sslrootcert=system", "cannot be reached", "certificate verify failed"
        )
        check(project, f"{url}?sslmode=disable", "no encryption")
        wrong_host = url.replace("127.0.0.1", "localhost")
        check(project, f"{wrong_host}?sslmode=verify-full&sslrootcert={certificate}", "localhost")
        project.database = f"{url}?sslmode=verify-full&sslrootcert={certificate}"
        project.configure(CONFIG.format(SOURCE))
        assert project.run()["articles"]["new"] == 1
