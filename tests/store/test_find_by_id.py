"""Articles and stories are found by URL, id, guid, short id, and any unique beginning of an id, in both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from stored_articles import NOW, WINDOW, article, place, save, ungrouped

from aggregator.errors import StoreError
from aggregator.grouping.types import Grouping, Placement
from aggregator.store import Store, StoreLocation, copy_store
from aggregator.store.short_ids import short_id

LONG = ["urn:uuid:2967a778-0000-5000-8000-00000000000" + digit for digit in "12"]
OTHER = "urn:uuid:eee68621-a4d8-5060-8000-000000000003"


def found(store: Store, identifier: str) -> tuple[list[str], list[str]]:
    """Return the ids of the articles, and of the stories, that are found."""
    result = store.identify(identifier)
    return [trace.id for trace in result.traces], result.stories


def group(store: Store, *stories: tuple[str, int]) -> None:
    keys = ungrouped(store)
    placements = [Placement(key=keys[f"id{number}"], story=story) for story, number in stories]
    founded = {story: 0 for story, _ in stories}
    store.save_grouping(Grouping(placements=placements, new_stories=founded), WINDOW, NOW)


def short(store: Store, number: int) -> str:
    [trace] = store.find(f"id{number}", None)
    assert trace.short_id
    return trace.short_id


def test_an_article_is_found_by_each_of_its_ids(store: Store) -> None:
    save(store, [article(n) for n in (1, 2, 3)])
    id = short(store, 2)
    for identifier in ("id2", "https://one.example/2", "https://one.example/2?utm_source=x#top", id, id.upper()):
        assert found(store, identifier) == (["id2"], [])
    for length in range(4, 7):
        assert found(store, id[:length]) == (["id2"], [])
    assert found(store, id[:3]) == found(store, "0000000") == found(store, "nonsense") == ([], [])


def test_a_story_is_found_by_each_of_its_ids_and_by_its_articles(store: Store) -> None:
    save(store, [article(n) for n in (1, 2)])
    group(store, (OTHER, 1))
    for identifier in (OTHER, OTHER.removeprefix("urn:uuid:"), "eee68621", "EEE68621", "e", "urn:uuid:eee6"):
        assert found(store, identifier) == ([], [OTHER])
        assert store.story(identifier).id == OTHER
    for identifier in ("id1", "https://one.example/1", short(store, 1)):
        assert store.story(identifier).id == OTHER
    with pytest.raises(StoreError, match="is not grouped yet"):
        store.story("id2")


def test_articles_of_a_story_are_found_by_its_id(store: Store) -> None:
    save(store, [article(n) for n in range(3)])
    place(store, [0, 1], copies={2: 0})
    assert {trace.id for trace in store.find("00000000", None)} == {"id0", "id1"}


def test_short_ids_of_stories_are_as_long_as_needed(store: Store) -> None:
    save(store, [article(n) for n in (1, 2, 3)])
    group(store, (LONG[0], 1), (LONG[1], 2), (OTHER, 3))
    assert store.short_story_ids([OTHER, *LONG]) == {
        OTHER: "eee68621",
        LONG[0]: LONG[0].removeprefix("urn:uuid:"),
        LONG[1]: LONG[1].removeprefix("urn:uuid:"),
    }
    for story, id in store.short_story_ids([OTHER, *LONG]).items():
        assert store.story(id).id == story


def test_an_ambiguous_beginning_lists_the_candidates(store: Store) -> None:
    save(store, [article(n) for n in (1, 2, 3)])
    beginning = short(store, 3)[:4]
    mixed = f"urn:uuid:{beginning}0000-0000-5000-8000-000000000000"
    group(store, (LONG[0], 1), (mixed, 2))
    with pytest.raises(StoreError) as error:
        store.identify(beginning)
    assert str(error.value) == (
        f"1 story and 1 article begin with '{beginning}': {beginning}0000 (story: Häuser am Fluß 2); "
        f"{short(store, 3)} (article: Häuser am Fluß 3)"
    )
    assert found(store, short(store, 3)) == (["id3"], [])
    assert found(store, f"{beginning}0000") == ([], [mixed])


def test_an_article_in_several_stories_by_its_address(store: Store) -> None:
    save(store, [article(1), article(2, url="https://one.example/1")])
    place(store, [1], [2])
    with pytest.raises(StoreError, match=r"has articles in 2 stories: 00000000 .*; 00000001 "):
        store.story("https://one.example/1")


def test_short_ids_stay_the_same_in_a_copy(store: Store, store_location: StoreLocation, tmp_path: Path) -> None:
    save(store, [article(n) for n in range(20)])
    place(store, [3, 1], [2])
    before = [(one.short_id, one.article.id) for one in store.search("Häuser", 0)]
    ids = store.article_ids(["urn:uuid:00000000"])
    assert ids == {"urn:uuid:00000000": (short(store, 3), short(store, 1))}
    store.__exit__(None, None, None)
    copy_store(store_location, tmp_path / "copy.db")
    with Store.open(tmp_path / "copy.db") as copy:
        assert [(one.short_id, one.article.id) for one in copy.search("Häuser", 0)] == before
        assert copy.article_ids(["urn:uuid:00000000"]) == ids


def test_a_short_id_that_is_also_a_guid_leads_to_both(store: Store) -> None:
    save(store, [article(1), article(2, id=short_id(1))])
    assert len(store.identify(short_id(1)).traces) == 2
