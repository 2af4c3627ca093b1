"""What the store keeps about pictures."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statements import recorded
from stored_articles import NOW

from aggregator.model.picture import Picture, PictureCopy
from aggregator.pictures.files import copy_file
from aggregator.pictures.state import PictureState
from aggregator.store import Store
from aggregator.store.sqlite import picture_folder

URL = "https://one.example/a.jpg?w=1"
NAMES = ("0123456789abcdef-640.jpg", "fedcba9876543210-1280.jpg")


def copied(store: Store, url: str = URL, names: tuple[str, ...] = NAMES) -> PictureState:
    copies = tuple(
        PictureCopy(name=name, width=n, height=n, type="image/jpeg", file=copy_file(store.picture_folder, name))
        for n, name in enumerate(names, 1)
    )
    return PictureState(url=url, picture=Picture(url=url, width=3, height=2, type="image/png", copies=copies))


def test_a_picture_is_stored_completely(store: Store) -> None:
    failed = PictureState(url="https://one.example/b", failures=3, next_try=NOW + timedelta(hours=4), error="HTTP 500")
    for state in (copied(store), failed):
        store.save_picture(state, NOW)
        assert store.pictures([state.url, "https://one.example/unknown"], NOW) == {state.url: state}
    store.save_picture(copied(store, failed.url), NOW)
    assert store.pictures([failed.url], NOW)[failed.url].failures == 0


@pytest.mark.parametrize(
    ("store", "folder"),
    [
        ("aggregate.db", "aggregate.pictures"),
        ("news.2026.sqlite", "news.2026.pictures"),
        ("news", "news.pictures"),
        (".news", ".news.pictures"),
        ("news.pictures", "news.pictures.pictures"),
    ],
)
def test_the_folder_is_named_after_the_store(store: str, folder: str) -> None:
    assert picture_folder(Path("/var/lib") / store) == Path("/var/lib") / folder


@given(
    st.text("ab./", min_size=1).map(lambda text: Path("/var") / "x" / text.strip("./")).filter(lambda p: bool(p.name))
)
def test_the_folder_is_never_the_store(path: Path) -> None:
    assert picture_folder(path) != path and picture_folder(path).parent == path.parent


def test_a_store_can_be_moved_with_its_pictures(store: Store, tmp_path: Path) -> None:
    store.save_picture(copied(store), NOW)
    moved = tmp_path / "new" / "store.db"
    moved.parent.mkdir()
    store.copy_to(moved)
    with Store.open(moved) as other:
        picture = other.pictures([URL], NOW)[URL].picture
    assert picture and picture.largest.file == moved.parent / "store.pictures" / "fe" / NAMES[1]


def test_a_run_with_known_pictures_takes_one_query_and_writes_once_a_day(store: Store) -> None:
    store.save_picture(copied(store), NOW)
    with recorded(store.connection) as statements:
        store.pictures([URL], NOW + timedelta(hours=1))
        assert len(statements) == 1
        store.pictures([URL], NOW + timedelta(hours=25))
        assert "UPDATE" in "".join(statements[1:])
        written = len(statements)
        store.pictures([URL], NOW + timedelta(hours=26))
        assert len(statements) == written + 1


def test_pruning_keeps_files_that_another_picture_has(store: Store) -> None:
    for name in (*NAMES, "others.txt"):
        file = copy_file(store.picture_folder, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    store.save_picture(copied(store), NOW)
    store.save_picture(copied(store, "https://one.example/twin", NAMES[:1]), NOW + timedelta(days=9))
    store.prune(before=NOW + timedelta(days=2))
    left = {file.name for file in store.picture_folder.rglob("*") if file.is_file()}
    assert left == {NAMES[0], "others.txt"}
    assert store.pictures([URL], NOW) == {}
