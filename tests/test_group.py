"""Stories and copies: what belongs together, what does not, and that it does not depend on the order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.group import Member, Placement, group
from aggregator.model import Article, Outlet
from aggregator.settings import StoriesSettings

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

BRIDGE = [
    (
        "Courier",
        0,
        "Ferrier Bridge reopens after 19 months",
        "The first bus crossed Ferrier Bridge at six. All 212 hangers have been replaced, at a cost of £86 million.",
    ),
    (
        "Wire",
        1,
        "London reopens Ferrier Bridge after £86 mln repair",
        "Ferrier Bridge in London reopened after 19 months. Its 212 hangers were replaced for 86 million pounds.",
    ),
    (
        "Lantern",
        2,
        "Ferrier Bridge opens again: who pays?",
        "Londoners walked over Ferrier Bridge for the first time in 19 months. The £86 million was found in the end.",
    ),
]
OTHERS = [
    (
        "Courier",
        1,
        "Curlew capsule lands with dust of an asteroid",
        "A capsule of the Curlew probe came down in Australia with dust from Corisande, after nine years in space.",
    ),
    (
        "Lantern",
        2,
        "Caretaker finds a lost portrait behind a school piano",
        "Judith Carrow painted lamplighters and died poor. Her daughter's portrait hung in Walthamstow.",
    ),
    (
        "Wire",
        3,
        "Night bus strike called off after talks",
        "Drivers of the night buses will work tonight: 4.1 per cent more pay, and a warm room at each terminus.",
    ),
]


def member(number: int, outlet: str, hours: float, title: str, summary: str = "", url: str | None = None) -> Member:
    article = Article(
        id=f"a{number}",
        url=url or f"https://{outlet.lower()}.example/{number}",
        title=title,
        summary=summary,
        published=NOON + timedelta(hours=hours),
        first_seen=NOON + timedelta(days=300),
        source=Outlet(outlet),
    )
    return Member(key=number, article=article, seed=f"{outlet}\n{article.id}")


def members(rows: list[tuple[str, int, str, str]]) -> list[Member]:
    return [member(number, *row) for number, row in enumerate(rows)]


def placed(new: list[Member], live: list[Member] | None = None) -> dict[int, Placement]:
    return {one.key: one for one in group(new, live or [], StoriesSettings())}


def together(placements: dict[int, Placement]) -> list[list[int]]:
    stories: dict[str, list[int]] = {}
    for key, placement in sorted(placements.items()):
        stories.setdefault(placement.story, []).append(key)
    return sorted(stories.values())


def test_several_outlets_with_one_story() -> None:
    placements = placed(members([*BRIDGE, *OTHERS]))
    assert together(placements) == [[0, 1, 2], [3], [4], [5]]
    assert placements[0].why is None
    why = placements[1].why or ""
    assert 'with Courier "Ferrier Bridge reopens after 19 months": shares' in why
    assert "Ferrier" in why
    assert "1 h apart" in why
    assert [p.duplicate_of for p in placements.values()] == [None] * 6


def test_a_story_ends_with_the_window() -> None:
    late = [(outlet, hours + 100 * n, title, text) for n, (outlet, hours, title, text) in enumerate(BRIDGE)]
    assert together(placed(members(late))) == [[0], [1], [2]]


@given(st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=20)
def test_the_order_of_arrival_decides_nothing(chance: random.Random) -> None:
    rows = members([*BRIDGE, *OTHERS])
    shuffled = chance.sample(rows, len(rows))
    assert placed(shuffled) == placed(rows)


def test_many_small_runs_are_like_a_big_one() -> None:
    rows = sorted(members([*BRIDGE, *OTHERS]), key=lambda one: one.article.date)
    live: list[Member] = []
    for one in rows:
        [placement] = group([one], live, StoriesSettings())
        live.append(
            Member(
                key=one.key,
                article=one.article,
                seed=one.seed,
                story=placement.story,
                duplicate_of=placement.duplicate_of,
            )
        )
    assert {one.key: one.story for one in live} == {key: p.story for key, p in placed(rows).items()}


def test_ids_are_urns_made_of_the_founder() -> None:
    first, again = placed(members(BRIDGE)), placed(members(BRIDGE))
    assert first[0].story == again[0].story
    assert first[0].story.startswith("urn:uuid:")
    assert len({p.story for p in placed(members(OTHERS)).values()}) == 3


LONG = (
    "The harbour authority said on Tuesday that fourteen ships were moved before the storm, and that no crew was hurt "
    "when the pier gave way shortly after midnight. Divers will look at the piles on Thursday."
)


@pytest.mark.parametrize(
    ("title", "text", "outlet", "hours", "url", "why"),
    [
        ("Fourteen ships moved as pier gives way", LONG, "Post", 1, None, "the same text"),
        ("FOURTEEN SHIPS MOVED AS PIER GIVES WAY", LONG, "Post", 1, None, "the same text"),
        ("Ships moved", LONG, "Wire", 1, "https://wire.example/0", "the same address"),
        ("Fourteen ships moved as pier gives way", f"{LONG} Read more in our app.", "Post", 5, None, "of the wording"),
        ("UPDATE 2-Fourteen ships moved as pier gives way", LONG, "Wire", 3, None, "the same text"),
        (
            "Fourteen ships moved as pier gives way",
            "A pier has gone, and the ships are safe.",
            "Post",
            2,
            None,
            "the same headline",
        ),
    ],
)
def test_copies_are_hidden_under_their_original(
    title: str, text: str, outlet: str, hours: int, url: str | None, why: str
) -> None:
    original = member(0, "Wire", 0, "Fourteen ships moved as pier gives way", LONG)
    copy = placed([original, member(1, outlet, hours, title, text, url)])[1]
    assert copy.duplicate_of == 0
    assert why in (copy.why or "")
    assert "Wire" in (copy.why or "")


WEATHER = "Dry and cold with sun. Highs of {} degrees, sunset at 16:{}. The river is calm and the wind is light."


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            ("London weather, Sunday 22 November", WEATHER.format(6, 10)),
            ("London weather, Monday 23 November", WEATHER.format(9, 12)),
        ),
        (("Morning news brief", ""), ("Morning news brief", "")),
        (
            ("Markets: shares end 0.3 per cent lower", WEATHER.format(1, 1)),
            ("Markets: shares end 0.6 per cent higher", WEATHER.format(2, 2)),
        ),
    ],
)
def test_look_alikes_of_a_series_are_neither_copies_nor_a_story(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    placements = placed([member(0, "Courier", 0, *first), member(1, "Courier", 60, *second)])
    assert placements[1].duplicate_of is None
    if first[0] != second[0]:
        assert together(placements) == [[0], [1]]


def test_a_plugin_has_a_word() -> None:
    rows = members([*BRIDGE, *OTHERS])
    never = group(rows, [], StoriesSettings(), lambda a, b: False)
    assert together({p.key: p for p in never}) == [[n] for n in range(6)]
    silent = group(rows, [], StoriesSettings(), lambda a, b: None)
    assert {p.key: p for p in silent} == placed(rows)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("", ""),
        ("🚢", ""),
        ("!!!", "…"),
        ("a", "b c d"),
        ("東京で大きな地震がありました", ""),
        ("x" * 1_000_000, "y " * 200_000),
    ],
    ids=["nothing", "emoji", "signs", "letters", "japanese", "a megabyte"],
)
def test_odd_articles_are_placed(title: str, text: str) -> None:
    placements = placed(
        [*members(BRIDGE), member(7, "Odd", 1, title, text), member(8, "Strange", 2, "other " + title, text)]
    )
    assert len(placements) == 5
    assert placements[7].story != placements[0].story


def test_ten_thousand_articles_of_one_title_are_placed() -> None:
    rows = [member(n, f"Outlet {n % 100}", n / 1000, "Police appeal for witnesses") for n in range(10_000)]
    assert len(placed(rows)) == 10_000


def test_chinese_headlines_are_compared_by_pairs_of_characters() -> None:
    rows = [
        member(0, "A", 0, "北京大桥在维修十九个月后重新开放"),
        member(1, "B", 1, "维修十九个月后北京大桥今天重新开放"),
        member(2, "C", 1, "科学家在海洋深处发现新的鱼类"),
    ]
    assert together(placed(rows)) == [[0, 1], [2]]
