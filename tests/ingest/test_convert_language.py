"""The language of articles: stated by item or source, unless the script of the text contradicts it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator import Channel, Item
from aggregator.config.settings import SourceSettings
from aggregator.ingest.convert import convert
from aggregator.ingest.converted import SourceContext, unpack

RUSSIAN = [
    "Мост через реку снова открыт после девятнадцати месяцев",
    "Паромы будут ходить реже, чем раньше, сообщил мэр города",
    "Погода на завтра: утром дождь, днём облачно с прояснениями",
]
ENGLISH = [
    "The bridge across the river is open again after nineteen months",
    "The ferries will run less often than before, the mayor said",
    "Tomorrow there will be rain in the morning, and clouds later",
]
CONTEXT = SourceContext(
    settings=SourceSettings(plugin="feed", url="https://a.example/feed", name="A"),
    now=datetime(2026, 11, 29, tzinfo=UTC),
    first=False,
)


def languages(titles: list[str], stated: str | None, item_language: str | None = None) -> set[str | None]:
    items = [Item(id=title, title=title, language=item_language) for title in titles]
    converted = convert([Channel(title="A", language=stated), *items], CONTEXT)
    return {fetched.article.language for fetched in unpack(converted.articles)[0]}


@pytest.mark.parametrize(
    ("titles", "stated", "expected"),
    [
        (ENGLISH, "en-GB", "en-GB"),
        (RUSSIAN, "ru", "ru"),
        (RUSSIAN, "en", "ru"),
        (RUSSIAN, "en-us", "ru"),
        (ENGLISH, "ru", "en"),
        (RUSSIAN, "sr", "sr"),
        (ENGLISH, None, "en"),
        (ENGLISH, "de", "de"),
        (["Мост"], "en", "en"),
    ],
)
def test_the_language_of_a_source(titles: list[str], stated: str | None, expected: str) -> None:
    assert languages(titles, stated) == {expected}


def test_the_language_of_an_item() -> None:
    assert languages(RUSSIAN, "ru", "uk") == {"uk"}
    assert languages(RUSSIAN, "ru", "en") == {"ru"}
    assert languages(ENGLISH, "en", "ru") == {"en"}
