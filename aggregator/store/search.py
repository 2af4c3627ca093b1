"""The full-text index of headlines and summaries: FTS5 in SQLite, a tsvector in PostgreSQL.

Words are found without regard to case and diacritics, and the last one by its beginning. PostgreSQL also finds other
forms of a word, by the rules of the article's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from aggregator.model import Article
from aggregator.store.connection import Connection
from aggregator.store.mapping import COLUMNS, article_of
from aggregator.store.prepared import Prepared
from aggregator.store.short_ids import short_id
from aggregator.text.folding import folded_words

BATCH = 5000
"""How many articles are indexed in one transaction."""
MAX_WORD = 200
"""Characters of a word that PostgreSQL indexes: a lexeme has 2,046 bytes at most."""
MAX_TEXT, MAX_WORDS = 50_000, 400_000
"""Characters of a text that PostgreSQL indexes, and bytes of its words: a tsvector has 1,048,575 bytes at most."""
FTS5 = "CREATE VIRTUAL TABLE words USING fts5(title, summary, tokenize = 'unicode61 remove_diacritics 2')"
TSVECTOR = (
    "CREATE TABLE words (article BIGINT PRIMARY KEY REFERENCES articles (key) ON DELETE CASCADE, "
    "language REGCONFIG NOT NULL, vector TSVECTOR NOT NULL)",
    "CREATE INDEX words_vector ON words USING gin (vector)",
)
LANGUAGES = {
    **{"ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english"},
    **{"es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi"},
    **{"hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian"},
    **{"nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pt": "portuguese"},
    **{"ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish"},
    **{"yi": "yiddish"},
}
"""The text search configurations of PostgreSQL 14 and later, by language."""

_own = attrgetter(*COLUMNS)
_UNINDEXED = Prepared(
    "SELECT a.key, a.title, a.summary, coalesce(a.language, s.language) AS language "
    "FROM articles a JOIN sources s ON s.key = a.source WHERE a.indexed = 0 ORDER BY a.key LIMIT :limit"
)
_INSERT_FTS5 = Prepared("INSERT INTO words (rowid, title, summary) VALUES (:key, :title, :summary)")
_DELETE_FTS5 = Prepared("DELETE FROM words WHERE rowid = :key")
_SEARCH_FTS5 = Prepared(
    "SELECT articles.* FROM words JOIN articles ON articles.key = words.rowid WHERE words MATCH :words "
    "ORDER BY articles.date DESC, articles.key LIMIT :limit"
)
_WRITE_TSVECTOR = Prepared(
    "INSERT INTO words (article, language, vector) VALUES (:key, CAST(:language AS regconfig), "
    "strip(array_to_tsvector(:words) || to_tsvector(CAST(:language AS regconfig), :text))) "
    "ON CONFLICT (article) DO UPDATE SET language = excluded.language, vector = excluded.vector"
)
_SEARCH_TSVECTOR = Prepared(
    "WITH found AS (SELECT article FROM words WHERE vector @@ CAST(:exact AS tsquery) UNION "
    "SELECT w.article FROM unnest(CAST(:languages AS regconfig[])) AS l "
    "JOIN words w ON w.language = l AND w.vector @@ plainto_tsquery(l, :words)) "
    "SELECT articles.* FROM found JOIN articles ON articles.key = found.article "
    "ORDER BY articles.date DESC, articles.key LIMIT :limit"
)
_MARK_INDEXED = Prepared("UPDATE articles SET indexed = 1 WHERE key = :key")


def index_batch(connection: Connection) -> int:
    """Add up to `BATCH` new or changed articles to the index, and return their number."""
    rows = [row._asdict() for row in _UNINDEXED.named(connection, limit=BATCH)]
    if connection.dialect == "postgresql":
        _WRITE_TSVECTOR.execute_many(connection, map(_tsvector_row, rows))
    else:
        _DELETE_FTS5.execute_many(connection, rows)
        _INSERT_FTS5.execute_many(connection, rows)
    _MARK_INDEXED.execute_many(connection, rows)
    return len(rows)


def _tsvector_row(row: Any) -> dict[str, Any]:
    words = f"{row['title']} {row['summary']}"[:MAX_TEXT]
    return {
        "key": row["key"],
        "language": _configuration(row["language"]),
        "words": _lexemes(words),
        "text": words,
    }


def _lexemes(words: str) -> list[str]:
    """Return the words of a text, folded, as far as an index can contain them."""
    lexemes, size = set[str](), 0
    for word in folded_words(words):
        lexeme = word[:MAX_WORD]
        if lexeme not in lexemes:
            size += len(lexeme.encode())
            if size > MAX_WORDS:
                break
            lexemes.add(lexeme)
    return sorted(lexemes)


def _configuration(language: str | None) -> str:
    return LANGUAGES.get((language or "").partition("-")[0].casefold(), "simple")


def forget(connection: Connection, keys: Sequence[int]) -> None:
    """Remove articles from the index; in PostgreSQL, deleting them does."""
    if connection.dialect != "postgresql":
        _DELETE_FTS5.execute_many(connection, [{"key": key} for key in keys])


class SearchResult(NamedTuple):
    """An article with its short id."""

    short_id: str
    article: Article


def search(connection: Connection, words: str, limit: int) -> list[SearchResult]:
    """Return the articles that contain all the words, newest first; the last one may be a prefix. `limit`: 0: all."""
    find = _find_tsvectors if connection.dialect == "postgresql" else _find_fts5
    return [SearchResult(short_id(row.key), article_of(_own(row))) for row in find(connection, words, limit)]


def _find_fts5(connection: Connection, words: str, limit: int) -> Iterable[Any]:
    quoted = [f'"{word}"' for word in re.findall(r"[^\W_]+", words)]
    if not quoted:
        return ()
    pattern = " ".join([*quoted[:-1], quoted[-1] + "*"])
    return _SEARCH_FTS5.named(connection, words=pattern, limit=limit or -1)


def _find_tsvectors(connection: Connection, words: str, limit: int) -> Iterable[Any]:
    quoted = [f"'{word[:MAX_WORD]}'" for word in folded_words(words)]
    if not quoted:
        return ()
    pattern = " & ".join([*quoted[:-1], quoted[-1] + ":*"])
    languages = sorted(set(LANGUAGES.values()))
    return _SEARCH_TSVECTOR.named(connection, exact=pattern, words=words, languages=languages, limit=limit or None)
