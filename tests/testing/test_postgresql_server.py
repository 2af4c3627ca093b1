"""The PostgreSQL server of the tests: it checks passwords, survives being killed, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from postgresql_server import PASSWORD, PostgresqlServer, programs_of_postgresql, running_postgresql
from project import ROOT


def test_each_test_has_an_empty_database_that_its_role_owns(postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url) as connection:
        connection.execute("CREATE TABLE article (title text)")
        connection.execute("INSERT INTO article VALUES ('b'), ('B'), ('a')")
        titles = connection.execute("SELECT title FROM article ORDER BY title").fetchall()
        [(superuser,)] = connection.execute("SELECT usesuper FROM pg_user WHERE usename = current_user").fetchall()
    assert [title for (title,) in titles] == ["a", "b", "B"]  # by the rules of Unicode, not by bytes
    assert superuser is False


def test_a_database_can_be_copied_and_is_dropped_whoever_uses_it(postgresql_server: PostgresqlServer) -> None:
    url = postgresql_server.create_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE article (title text)")
    copy = postgresql_server.create_database(template=postgresql_server.name_of(url))
    with psycopg.connect(copy) as connection:
        assert connection.execute("SELECT * FROM article").fetchall() == []
        postgresql_server.drop_database(copy)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT * FROM article")
    postgresql_server.drop_database(url)


@pytest.mark.parametrize("tcp", [False, True])
def test_the_password_is_checked(postgresql_server: PostgresqlServer, tcp: bool) -> None:
    url = postgresql_server.create_database(tcp=tcp)
    psycopg.connect(url).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(quote(PASSWORD, safe=""), "wrong"))
    postgresql_server.drop_database(url)


@pytest.mark.e2e
def test_what_was_committed_survives_a_killed_and_a_stopped_server() -> None:
    with running_postgresql(durable=True) as server:
        url = server.create_database(tcp=True)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE article (title text)")
        for end in (server.kill, server.stop, lambda: server.stop(immediate=True)):
            with psycopg.connect(url) as connection:
                connection.execute("INSERT INTO article VALUES ('kept')")
            end()
            with pytest.raises(psycopg.OperationalError, match="refused"):
                psycopg.connect(url)
            server.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM article").fetchone() == (3,)
        assert "was not properly shut down" in server.log()
        folder = server.folder
    assert not folder.exists()


@pytest.mark.e2e
def test_a_killed_process_leaves_no_server_and_no_folder_behind() -> None:
    programs_of_postgresql()
    code = """
        import sys
        from postgresql_server import running_postgresql

        with running_postgresql() as server:
            print(server.pid, server.folder, flush=True)
            sys.stdin.read()
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    environment = {"PYTHONPATH": str(ROOT / "tests" / "support")}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout
        pid, folder = process.stdout.readline().split()
        process.kill()
    while Path(folder).exists() or f"{folder}/data" in _command(pid):
        time.sleep(0.02)


def _command(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_the_tests_are_skipped_without_postgresql_but_fail_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postgresql_server.PROGRAMS", Path("/nonexistent"))
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("CI", raising=False)
    reason = "PostgreSQL is not installed: install the Debian package postgresql"
    with pytest.raises(pytest.skip.Exception, match=reason):
        programs_of_postgresql()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=reason):
        programs_of_postgresql()
