"""`aggregate store copy` moves an installation to another database and back."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
import time_machine
from picture_files import photo
from project import Project
from publisher import Publisher
from sample_feeds import item, rss

from aggregator.store import Store

CONFIG = """
url = "https://daily.example/"
store = "news.db"
timezone = "UTC"
[[sources]]
url = "{feed}"
[[outputs]]
plugin = "html"
path = "public"
pictures = "copy"
[[outputs]]
plugin = "rss"
path = "public/feed.xml"
[[outputs]]
plugin = "jsonl"
path = "public/all.jsonl"
"""


@pytest.fixture
def news(project: Project, publisher: Publisher) -> Project:
    publisher.serve("/a.jpg", photo(), content_type="image/jpeg")
    picture = f'<img src="{publisher.url("/a.jpg")}"> '
    items = [item(number) for number in range(1, 6)] + [item(6, text=f"{picture} Ferrier Bridge reopens to buses.")]
    publisher.serve("/feed.xml", rss(items))
    project.configure(CONFIG.format(feed=publisher.url("/feed.xml")))
    with time_machine.travel("2026-11-20 12:00:00Z", tick=False):
        assert project.run()["errors"] == []
    publisher.serve("/feed.xml", rss([item(7)]))
    with time_machine.travel("2026-11-24 12:00:00Z", tick=False):
        assert project.run()["errors"] == []
    assert project.aggregate("search", "bridge").out
    return project


def published(project: Project) -> dict[str, bytes]:
    """Publish all outputs anew, with the edition of an earlier day, and return their files."""
    shutil.rmtree(project.folder / "public")
    assert project.run("--offline")["errors"] == []
    assert project.aggregate("editions", "rebuild", "2026-11-20").status == 0
    files = (path for path in (project.folder / "public").rglob("*") if path.is_file())
    return {str(path.relative_to(project.folder)): path.read_bytes() for path in files}


def use(project: Project, store: str) -> None:
    project.write("config.toml", re.sub("(?m)^store = .*$", f'store = "{store}"', project.read("config.toml")))


def pictures(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}


def test_an_installation_moves_to_postgresql_and_back(news: Project, postgresql_url: str) -> None:
    before = published(news)
    assert any(name.endswith(".jpg") for name in before)
    result = news.aggregate("store", "copy", "news.db", postgresql_url)
    name = urlsplit(postgresql_url).path
    assert (result.status, result.err) == (0, "")
    assert result.out == (
        f"copied 1 source, 7 articles and 7 stories from {news.folder}/news.db to postgresql://aggregate@{name}\n"
        'to use the copy, write into config.toml: store = { env = "NAME" }, and the address into that environment '
        "variable\n"
    )
    files = pictures(news.folder / "news.pictures")
    assert pictures(news.folder / f"{name[1:]}.pictures") == files != {}
    shutil.rmtree(news.folder / "news.pictures")
    (news.folder / "news.db").unlink()
    use(news, postgresql_url)
    assert published(news) == before
    assert len(news.aggregate("search", "bridge", "--json").json) == 1
    report = news.run("--force")
    assert (report["articles"]["new"], report["articles"]["updated"], report["stories"]["new"]) == (0, 0, 0)

    result = news.aggregate("store", "copy", postgresql_url, "back/daily.db")
    assert result.out.splitlines()[1] == 'to use the copy, write into config.toml: store = "back/daily.db"'
    shutil.rmtree(news.folder / f"{name[1:]}.pictures")
    use(news, "back/daily.db")
    assert published(news) == before
    assert pictures(news.folder / "back" / "daily.pictures") == files


def test_the_password_may_be_in_the_environment(
    news: Project, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = unquote(urlsplit(postgresql_url).password or "")
    address = re.sub(":[^:@/]+@", "@", postgresql_url)
    result = news.aggregate("store", "copy", "news.db", address)
    assert result.status == 1
    assert "PGPASSFILE" in result.err and result.err.count("\n") == 1
    monkeypatch.setenv("PGPASSWORD", password)
    result = news.aggregate("store", "copy", "news.db", address)
    assert result.out.splitlines()[1] == f'to use the copy, write into config.toml: store = "{address}"'


def test_mistakes_are_one_line(news: Project, postgresql_url: str) -> None:
    news.write("foreign.db", "text, longer than the header of a database" * 9)
    database = urlsplit(postgresql_url).path
    for source, target, status, message in (
        ("news.db", "news.db", 1, f"{news.folder}/news.db: cannot be copied to itself"),
        ("gone.db", "new.db", 1, f"{news.folder}/gone.db: does not exist"),
        ("foreign.db", "new.db", 1, f"{news.folder}/foreign.db: is not a database; configure another file as `store`"),
        ("news.db", "foreign.db", 1, f"{news.folder}/foreign.db: is not a database; configure another file as `store`"),
        (postgresql_url, "new.db", 1, f"postgresql://aggregate@{database}: contains no store"),
        ("news.db", "mysql://x/y", 2, 'TO = "mysql://…": must be a path, or an address such as'),
        ("postgresql://a:se/cret@h/d", "new.db", 2, 'FROM = "postgresql://…": must be percent-encoded'),
    ):
        result = news.aggregate("store", "copy", source, target)
        assert (result.status, result.out) == (status, "")
        assert result.err.startswith(f"aggregate: {message}")
        assert result.err.count("\n") == 1 and "cret" not in result.err
    assert not (news.folder / "new.db").exists() and not (news.folder / "gone.db").exists()
    with psycopg.connect(postgresql_url) as connection:
        assert connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall() == []
    with Store.open_locked(news.folder / "news.db"):
        result = news.aggregate("store", "copy", "news.db", "new.db")
    assert result.status == 75
    assert result.err.count("\n") == 1
