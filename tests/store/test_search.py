"""The full-text index: hostile words and texts with either database, and forms of words in PostgreSQL."""

from __future__ import annotations

import random

import pytest
from stored_articles import article, save
from stores import execute

from aggregator.config.store_address import DatabaseAddress
from aggregator.store import Store
from aggregator.store.search import LANGUAGES

CHANCE = random.Random(5)
QUERIES = [
    "",
    " ",
    "'",
    "\\",
    "''",
    "a'b",
    ":*",
    "!",
    "& | !",
    "<->",
    "a:*b",
    "%s %(x)s :x ?",
    "x" * 5000,
    "\0",
    "東京 x",
]


def test_any_words_can_be_searched(store: Store) -> None:
    save(store, [article(1, title="東京 nights, ١٢ o'clock")])
    assert [store.search(words, 0) for words in QUERIES] == [[]] * len(QUERIES)
    assert [one.article.id for one in store.search("東京", 0)] == ["id1"]
    assert [one.article.id for one in store.search("'NIGHTS' clo", 0)] == ["id1"]


@pytest.mark.parametrize(
    "title",
    [
        " ".join(f"{n * 2_654_435_761 % 2**32:x}" for n in range(200_000)),
        "x" * 100_000,
        " ".join(chr(0x4E00 + CHANCE.randrange(20_000)) * 300 for _ in range(3000)),
        "\ufdfa" * 20_000,
        "İ" * 30_000,
    ],
    ids=["many words", "long word", "long words", "expanding", "combining"],
)
def test_texts_of_any_size_are_indexed(store: Store, title: str) -> None:
    save(store, [article(1, title=f"Needle {title}"), article(2, title="Zeppelin")])
    assert [one.article.id for one in store.search("needle", 0)] == ["id1"]
    assert [one.article.id for one in store.search("zeppelin", 0)] == ["id2"]


def test_forms_of_words_are_found_by_the_language_of_the_article(
    postgresql_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Store.open(DatabaseAddress(url=postgresql_url, folder=tmp_path_factory.mktemp("x"))) as store:
        titles = [("en-GB", "Minister resigned after protests"), ("de", "Die Häuser brennen"), ("fr", "Les élections")]
        titles += [("ru", "Новые дома"), ("xx", "He resigned"), ("", "She resigned")]
        save(store, [article(n, title=title, summary="", language=code) for n, (code, title) in enumerate(titles)])

        def found(words: str) -> set[str]:
            return {one.article.id for one in store.search(words, 0)}

        assert found("resigns") == {"id0"}
        assert found("resigned") == {"id0", "id4", "id5"}
        assert found("protest") == {"id0"}
        assert found("minister resigning") == {"id0"}
        assert found("haus") == found("hauser") == found("Häusern") == {"id1"}
        assert found("election") == found("elections") == {"id2"}
        assert found("дом") == found("домами") == {"id3"}


def test_the_server_knows_every_language(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with Store.open(DatabaseAddress(url=postgresql_url, folder=tmp_path_factory.mktemp("x"))) as store:
        known = {name for (name,) in execute(store, "SELECT cfgname FROM pg_ts_config")}
        assert set(LANGUAGES.values()) <= known
        assert len(LANGUAGES) == 30
        save(store, [article(n, title=f"Titel {code}", language=code) for n, code in enumerate(LANGUAGES)])
        assert len(store.search("titel", 0)) == 30
