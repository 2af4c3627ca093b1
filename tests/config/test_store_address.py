"""The key `store`: paths of SQLite files, addresses of PostgreSQL databases, and passwords that appear nowhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from postgresql_server import PASSWORD, PostgresqlServer
from psycopg.conninfo import conninfo_to_dict

from aggregator.config.load import load, read
from aggregator.config.store_address import DatabaseAddress, missing_driver, read_store, show_store
from aggregator.errors import ConfigError
from aggregator.text.secrets import PLACEHOLDER, redact

FOLDER = Path("/srv/news")
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=15)
PASSWORDS = TEXT.map(lambda text: f"Zq9{text}xK7")
"""Passwords with two ends, of which none occurs in messages."""


def address(text: str) -> DatabaseAddress:
    store = read_store(text, FOLDER)
    assert isinstance(store, DatabaseAddress)
    return store


def write(folder: Path, store: str) -> Path:
    path = folder / "config.toml"
    path.write_text(f"store = {store}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "shown", "database"),
    [
        ("postgresql://me:secret@db.example:5433/news", "postgresql://me@db.example:5433/news", "news"),
        ("postgres://me:secret@db.example/news", "postgresql://me@db.example/news", "news"),
        (" PostgreSQL://db.example/news\n", "postgresql://db.example/news", "news"),
        ("postgresql:///news", "postgresql:///news", "news"),
        ("postgresql://me@/news?host=/run/postgresql&port=5433", "postgresql://me@/news", "news"),
        ("postgresql://me:secret@%2Frun%2Fpostgresql/news", "postgresql://me@%2Frun%2Fpostgresql/news", "news"),
        ("postgresql://db?dbname=news&user=me&password=secret", "postgresql://db/news", "news"),
        ("postgresql://?service=daily", "postgresql:///daily", "daily"),
        ("postgresql://[::1]:5433/news", "postgresql://[::1]:5433/news", "news"),
        ("postgresql://[fe80::1%25eth0]/news", "postgresql://[fe80::1%25eth0]/news", "news"),
        ("postgresql://a:1,b/news?target_session_attrs=read-write", "postgresql://a:1,b/news", "news"),
        ("postgresql://me:a%40b%2Fc%3Fd@db/Daily%20News", "postgresql://me@db/Daily%20News", "Daily News"),
        ("postgresql://me:a#b:c@db/news?ssl=true", "postgresql://me@db/news", "news"),
        ("postgresql://db/..%2F..%2Fetc", "postgresql://db/..%2F..%2Fetc", "../../etc"),
    ],
)
def test_addresses_are_read_as_libpq_reads_them_and_shown_without_password(
    text: str, shown: str, database: str
) -> None:
    store = address(text)
    assert (str(store), store.database) == (shown, database)
    parameters = conninfo_to_dict(store.url)
    assert parameters.get("dbname", parameters.get("service")) == database
    assert store.picture_folder == FOLDER / f"{quote(database, safe=' ')}.pictures"
    assert store.picture_folder.parent == FOLDER
    assert store.exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("news.db", FOLDER / "news.db"),
        ("data/../ a b.db", FOLDER / " a b.db"),
        ("~/news.db", Path.home() / "news.db"),
        ("postgresql.db", FOLDER / "postgresql.db"),
        ("user", FOLDER / "user"),
    ],
)
def test_anything_else_is_a_path(text: str, expected: Path) -> None:
    assert read_store(text, FOLDER) == expected


@given(user=TEXT, password=PASSWORDS, name=TEXT.filter(lambda text: len(text.encode()) <= 63))
def test_a_password_is_passed_to_libpq_and_appears_nowhere(user: str, password: str, name: str) -> None:
    login = ":".join(quote(text, safe="") for text in (user, password))
    url = f"postgresql://{login}@db.example/{quote(name, safe='')}"
    store = address(url)
    assert conninfo_to_dict(store.url) == {"user": user, "password": password, "host": "db.example", "dbname": name}
    assert store.database == name
    for text in (str(store), repr(store), missing_driver(store), f"{store}", f"{[store]}"):
        assert "Zq9" not in text
        assert "xK7" not in text
    printed = redact(f"cannot connect to {url}, as {user} with {password!r} or {password}")
    assert "Zq9" not in printed
    assert PLACEHOLDER in printed


@given(
    form=st.sampled_from(
        [
            "postgresql://me:{}@db/news",
            "postgres://me:{}@db:x/news",
            "postgresql://me:{}@db",
            "postgresql://me:{}@",
            "postgresql://me:{}/news",
            "postgresql://me:{}",
            "postgresql://db/news?password={}",
            "postgresql://db?dbname=news&sslpassword={}&sslmode=require",
            "postgresql://me@db/news?colour=red&password={}",
            "postgresql:me:{}@db/news",
            "postgresql+psycopg2://me:{}@db/news",
            "mysql://me:{}@db/news",
            "host=db password={} dbname=news",
        ]
    ),
    password=PASSWORDS | PASSWORDS.map(quote) | st.text("@:/?#&=%[], ", max_size=8).map(lambda text: f"Zq9{text}xK7"),
)
def test_no_message_shows_any_part_of_a_password(form: str, password: str) -> None:
    assume("@" in form or "@" not in password)  # it would end the password, and begin the host
    text = form.format(password)
    try:
        shown = repr(read_store(text, FOLDER))
    except ValueError as error:
        shown = f"store = {show_store(text)}: {error}"
    assert "Zq9" not in shown
    assert "xK7" not in shown


def test_the_address_may_come_from_the_environment(tmp_path: Path) -> None:
    path = write(tmp_path, '{ env = "STORE" }')
    assert load(path, {"STORE": "postgresql://aggregate:a-s3cret@db/news"}).store == DatabaseAddress(
        "postgresql://aggregate:a-s3cret@db/news", tmp_path
    )
    assert redact("aggregate: news on db with a-s3cret") == f"aggregate: news on db with {PLACEHOLDER}"
    assert load(path, {"STORE": "news.db"}).store == tmp_path / "news.db"
    with pytest.raises(ConfigError, match=r'store = \{ env = "STORE" \}: must name the database') as raised:
        load(path, {"STORE": "postgresql://me:secret@db"})
    assert "secret" not in str(raised.value)


def test_a_short_password_is_hidden_in_the_address_alone(tmp_path: Path) -> None:
    url = "postgresql://me:news@db/daily"
    config = load(write(tmp_path, f'"{url}"'), {})
    assert redact(f"the news at {url}") == f"the news at {PLACEHOLDER}"
    assert "me:" not in repr(config)


def test_a_password_whose_end_is_doubtful_is_in_no_address() -> None:
    for url in ("postgresql://me:a@b@db/news", "postgresql://me:a/b@db/news", "postgresql://me:a?b@db/news"):
        with pytest.raises(ValueError, match="percent-encoded"):
            DatabaseAddress(url, FOLDER)


def test_only_an_address_needs_psycopg(tmp_path: Path) -> None:
    code = """
        import sys
        from pathlib import Path
        from aggregator.config.load import load
        Path("config.toml").write_text('store = "news.db"')
        load(Path("config.toml"))
        print("psycopg" in sys.modules)
        sys.modules["psycopg"] = None  # as if it were not installed
        Path("config.toml").write_text('store = "postgresql://me:secret@db/news"')
        print(load(Path("config.toml")).store)
    """
    code = "\n".join(line.strip() for line in code.splitlines())
    completed = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert completed.stdout.split() == ["False", "postgresql://me@db/news"]
    assert missing_driver(address("postgresql://me:secret@db/news")) == (
        "postgresql://me@db/news: PostgreSQL needs the driver psycopg: pip install 'aggregate-news[postgresql]'"
    )


def test_the_address_of_a_real_database_is_read(postgresql_url: str, postgresql_server: PostgresqlServer) -> None:
    for url in (postgresql_url, postgresql_server.url(postgresql_server.name_of(postgresql_url), tcp=True)):
        store = address(url)
        with psycopg.connect(store.url) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == (store.database,)
        assert store.database == postgresql_server.name_of(postgresql_url)
        assert PASSWORD not in redact(f"connected with {PASSWORD}")


def test_an_output_may_have_the_name_of_the_database(tmp_path: Path) -> None:
    path = write(tmp_path, '"postgresql://db/news"\n[[outputs]]\nplugin = "html"\npath = "news"')
    assert read(path, {})[1] == []
