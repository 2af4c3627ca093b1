"""Stories and copies: what belongs together, what does not, and that it does not depend on the order."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from grouping_runs import Room, grouped, member, members, together
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.grouping.types import Decision, Member
from aggregator.model import Article

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
MARKET = [
    ("Post", 12, "Council backs new roof for Anford market", "Work begins in May and costs 2 million pounds."),
    ("Echo", 20, "Anford traders welcome market plan", "Stalls will move to Mill Lane while builders are in."),
]


def test_several_outlets_with_one_story() -> None:
    room = grouped(members([*BRIDGE, *OTHERS]))
    assert together(room.stories) == [[0, 1, 2], [3], [4], [5]]
    assert room.why[0] is None
    why = room.why[1] or ""
    assert 'with Courier "Ferrier Bridge reopens after 19 months": shares' in why
    assert "Ferrier" in why
    assert "1 h apart" in why
    assert "score" in why
    assert room.copies == {}


def test_a_story_ends_with_the_window() -> None:
    late = [(outlet, hours + 20 * n, title, text) for n, (outlet, hours, title, text) in enumerate(BRIDGE[:2])]
    assert together(grouped(members(late)).stories) == [[0, 1]]
    assert together(grouped(members(late), window=timedelta(hours=12)).stories) == [[0], [1]]


def test_what_an_outlet_tells_of_two_things_in_the_same_words_is_two_stories() -> None:
    """A feed that reports changes to a list of games filled pages with stories of games that had changed alike."""
    games = [("Deck", 0, title, "Notes: (Nothing) => Unreleased, Speculative") for title in ("Quoddy", "Aldwych Tides")]
    assert together(grouped(members([*games, *OTHERS])).stories)[:2] == [[0], [1]]


@given(st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=20)
def test_the_order_of_arrival_decides_nothing(chance: random.Random) -> None:
    rows = members([*BRIDGE, *OTHERS])
    assert grouped(chance.sample(rows, len(rows))).stories == grouped(rows).stories


def test_many_small_runs_are_like_a_big_one() -> None:
    rows = members([*BRIDGE, *OTHERS])
    room = Room()
    for one in sorted(rows, key=lambda one: one.article.date):
        room.run([one])
    assert room.stories == grouped(rows).stories


def test_ids_are_urns_made_of_the_founder_and_stay() -> None:
    first, again = grouped(members(BRIDGE)), grouped(members(BRIDGE[:1]))
    assert first.stories[0] == again.stories[0]
    assert first.stories[0].startswith("urn:uuid:")
    assert len(set(grouped(members(OTHERS)).stories.values())) == 3
    later = [member(n, *row) for n, row in enumerate(BRIDGE) if n]
    again.run(later)
    assert set(again.stories.values()) == {first.stories[0]}


def test_what_comes_later_joins_two_stories_and_the_older_id_stays() -> None:
    courier, wire, lantern = members(BRIDGE)
    room = Room()
    room.run([wire], vote=lambda a, b: False)
    room.run([courier], vote=lambda a, b: False)
    assert together(room.stories) == [[0], [1]]
    older, younger = room.stories[0], room.stories[1]  # the courier's was published first, though it came last
    found = room.run([lantern], vote=lambda a, b: True, decisions=[Decision(0, 1, True)])
    assert together(room.stories) == [[0, 1, 2]]
    assert found.merged == {younger: older}
    assert [(one.key, one.was) for one in found.placements if one.was] == [(1, younger)]
    assert set(room.stories.values()) == {older}


def test_a_decision_outweighs_all_evidence_in_all_later_runs() -> None:
    rows = members([*BRIDGE, *OTHERS])
    never = [Decision(0, 2, False)]
    room = Room()
    room.run(rows[:3], never)
    assert together(room.stories) == [[0, 1], [2]]
    room.run(rows[3:], never)
    assert together(room.stories) == [[0, 1], [2], [3], [4], [5]]
    room = Room()
    room.run(rows, [Decision(3, 4, True)])
    assert [3, 4] in together(room.stories)


def test_a_plugin_has_a_word() -> None:
    rows = members([*BRIDGE, *OTHERS])
    never = Room()
    never.run(rows, vote=lambda a, b: False)
    assert together(never.stories) == [[n] for n in range(6)]
    silent = Room()
    silent.run(rows, vote=lambda a, b: None)
    assert silent.stories == grouped(rows).stories


def test_a_plugin_is_asked_once_a_run_about_each_pair_the_newer_article_first() -> None:
    seen: list[tuple[str, str]] = []

    def note(a: Article, b: Article) -> None:
        seen.append((a.id, b.id))

    Room().run(members(BRIDGE), vote=note)
    assert sorted(seen) == [("a1", "a0"), ("a2", "a0"), ("a2", "a1")]


def test_strictness_decides_what_is_joined() -> None:
    rows = members([*BRIDGE, *OTHERS, *MARKET])
    sizes = [len(set(grouped(rows, strictness=level).stories.values())) for level in ("loose", "balanced", "strict")]
    assert sizes == [5, 5, 6]


def test_nothing_is_grouped_where_that_is_off_but_copies_are_hidden() -> None:
    copy = ("Wire", 4, BRIDGE[0][2], BRIDGE[0][3])
    room = grouped(members([*BRIDGE, copy]), enabled=False)
    assert together(room.stories) == [[0, 3], [1], [2]]
    assert room.copies == {3: 0}


def test_a_source_may_be_left_alone() -> None:
    rows = members([*BRIDGE, ("Courier", 4, BRIDGE[0][2], BRIDGE[0][3])])
    apart = [Member(key=one.key, article=one.article, seed=one.seed, alone=one.key in (1, 3)) for one in rows]
    room = grouped(apart)
    assert together(room.stories) == [[0, 2], [1], [3]]
    assert room.copies == {}


LONG = (
    "The harbour authority said on Tuesday that fourteen ships were moved before the storm, and that no crew was hurt "
    "when the pier gave way shortly after midnight. Divers will look at the piles on Thursday."
)
PIER = "Fourteen ships moved as pier gives way"


@pytest.mark.parametrize(
    ("title", "text", "outlet", "hours", "url", "why"),
    [
        (PIER, LONG, "Post", 1, None, "the same headline and text"),
        (PIER.upper(), LONG, "Post", 1, None, "the same headline and text"),
        ("Ships moved", LONG, "Wire", 1, "https://wire.example/0", "the same address"),
        (PIER, f"{LONG} Read more in our app.", "Post", 5, None, "the same headline"),
        (f"UPDATE 2-{PIER}", LONG, "Wire", 3, None, "the same"),
    ],
)
def test_copies_are_hidden_under_their_original(
    title: str, text: str, outlet: str, hours: int, url: str | None, why: str
) -> None:
    room = grouped([member(0, "Wire", 0, PIER, LONG), member(1, outlet, hours, title, text, url)])
    assert room.copies == {1: 0}
    assert why in (room.why[1] or "")
    assert "Wire" in (room.why[1] or "")


def test_a_copy_of_a_copy_is_one_of_the_original_and_what_is_published_stays_it() -> None:
    room = Room()
    room.run([member(1, "Post", 2, PIER, LONG)])
    room.run([member(0, "Wire", 0, PIER, LONG)])  # written first, but it comes late
    room.run([member(2, "Echo", 3, PIER, LONG)])
    assert room.copies == {0: 1, 2: 1}
    assert together(room.stories) == [[0, 1, 2]]


def test_copies_go_where_their_original_goes() -> None:
    rows = [*BRIDGE, ("Echo", 3, BRIDGE[1][2], BRIDGE[1][3])]
    assert together(grouped(members(rows)).stories) == [[0, 1, 2, 3]]


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
    room = grouped([member(0, "Courier", 0, *first), member(1, "Courier", 60, *second)])
    assert room.copies == {}
    assert together(room.stories) == [[0], [1]]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("", ""),
        ("🚢", ""),
        ("!!!", "…"),
        ("a", "b c d"),
        ("東京で大きな地震がありました", ""),
        ("x" * 1_000_000, "y " * 200_000),
        ("\ud800 \U0010ffff \x00", "\u0301\u0300 İß ﬁ ½ 1,2.3 U.S."),
    ],
    ids=["nothing", "emoji", "signs", "letters", "japanese", "a megabyte", "odd characters"],
)
def test_odd_articles_are_placed(title: str, text: str) -> None:
    odd = [
        member(7, "Odd", 1, title, text, published=None),
        member(8, "Strange", 2, "other " + title, text, language="xx-YY"),
    ]
    room = grouped([*members(BRIDGE), *odd])
    assert len(room.stories) == 5
    assert room.stories[7] != room.stories[0]


def test_articles_without_a_word_are_placed_alone() -> None:
    room = grouped([member(n, f"Outlet {n}", n, title) for n, title in enumerate(["", "🚢", "!!!", ""])])
    assert len(set(room.stories.values())) == 4


@pytest.mark.slow
def test_ten_thousand_articles_of_one_title_are_placed() -> None:
    rows = [member(n, f"Outlet {n % 100}", n / 1000, "Police appeal for witnesses") for n in range(10_000)]
    assert len(grouped(rows).stories) == 10_000


def test_chinese_headlines_are_compared_by_pairs_of_characters() -> None:
    rows = [
        member(0, "A", 0, "北京大桥在维修十九个月后重新开放", language="zh"),
        member(1, "B", 1, "维修十九个月后北京大桥今天重新开放", language="zh"),
        member(2, "C", 1, "科学家在海洋深处发现新的鱼类", language="zh"),
    ]
    assert together(grouped(rows).stories) == [[0, 1], [2]]
