"""Grouping: which articles form stories and which are copies, whatever the order in which they arrive."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec
import pytest
from grouping_runs import GroupingRuns, Row, grouped, new_article, new_articles, story_groups
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.grouping.types import Decision
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


def test_articles_of_several_outlets_form_a_story() -> None:
    runs = grouped(new_articles([*BRIDGE, *OTHERS]))
    assert story_groups(runs.stories) == [[0, 1, 2], [3], [4], [5]]
    assert runs.why[0] is None
    why = runs.reason(1)
    assert why.startswith("shares ")
    assert "Ferrier" in why
    assert " with Courier: “Ferrier Bridge reopens after 19 months”, 1 hour earlier (closeness to the story +" in why
    assert runs.copies == {}


def test_articles_further_apart_than_the_window_are_not_grouped() -> None:
    late = [(outlet, hours + 20 * n, title, text) for n, (outlet, hours, title, text) in enumerate(BRIDGE[:2])]
    assert story_groups(grouped(new_articles(late)).stories) == [[0, 1]]
    assert story_groups(grouped(new_articles(late), window=timedelta(hours=12)).stories) == [[0], [1]]


def test_equal_summaries_of_one_outlet_under_different_titles_are_different_stories() -> None:
    """A feed that reports changes to a list of games produced large stories of games with the same change."""
    games = [("Deck", 0, title, "Notes: (Nothing) => Unreleased, Speculative") for title in ("Quoddy", "Aldwych Tides")]
    assert story_groups(grouped(new_articles([*games, *OTHERS])).stories)[:2] == [[0], [1]]


@given(st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=20)
def test_the_order_of_arrival_does_not_matter(generator: random.Random) -> None:
    rows = new_articles([*BRIDGE, *OTHERS])
    assert grouped(generator.sample(rows, len(rows))).stories == grouped(rows).stories


def test_many_small_runs_give_the_stories_of_one() -> None:
    rows = new_articles([*BRIDGE, *OTHERS])
    runs = GroupingRuns()
    for item in sorted(rows, key=lambda item: item.time):
        runs.run([item])
    assert runs.stories == grouped(rows).stories


def test_story_ids_are_urns_derived_from_the_founder_and_do_not_change() -> None:
    first, again = grouped(new_articles(BRIDGE)), grouped(new_articles(BRIDGE[:1]))
    assert first.stories[0] == again.stories[0]
    assert first.stories[0].startswith("urn:uuid:")
    assert len(set(grouped(new_articles(OTHERS)).stories.values())) == 3
    later = [new_article(n, *row) for n, row in enumerate(BRIDGE) if n]
    again.run(later)
    assert set(again.stories.values()) == {first.stories[0]}


def test_a_later_article_can_merge_two_stories_and_the_older_id_remains() -> None:
    courier, wire, lantern = new_articles(BRIDGE)
    runs = GroupingRuns()
    runs.run([wire], vote=lambda a, b: False)
    runs.run([courier], vote=lambda a, b: False)
    assert story_groups(runs.stories) == [[0], [1]]
    older, younger = runs.stories[0], runs.stories[1]  # the courier's was published first, though it arrived last
    grouping = runs.run([lantern], vote=lambda a, b: True, decisions=[Decision(0, 1, True)])
    assert story_groups(runs.stories) == [[0, 1, 2]]
    assert grouping.merged == {younger: older}
    assert [(p.key, p.previous_story) for p in grouping.placements if p.previous_story] == [(1, younger)]
    assert set(runs.stories.values()) == {older}


def test_decisions_override_scores_in_all_later_runs() -> None:
    rows = new_articles([*BRIDGE, *OTHERS])
    never = [Decision(0, 2, False)]
    runs = GroupingRuns()
    runs.run(rows[:3], never)
    assert story_groups(runs.stories) == [[0, 1], [2]]
    runs.run(rows[3:], never)
    assert story_groups(runs.stories) == [[0, 1], [2], [3], [4], [5]]
    runs = GroupingRuns()
    runs.run(rows, [Decision(3, 4, True)])
    assert [3, 4] in story_groups(runs.stories)


def test_votes_of_plugins_override_scores() -> None:
    rows = new_articles([*BRIDGE, *OTHERS])
    never = GroupingRuns()
    never.run(rows, vote=lambda a, b: False)
    assert story_groups(never.stories) == [[n] for n in range(6)]
    abstaining = GroupingRuns()
    abstaining.run(rows, vote=lambda a, b: None)
    assert abstaining.stories == grouped(rows).stories


def test_plugins_vote_once_per_run_on_each_pair_with_the_newer_article_first() -> None:
    voted_on: list[tuple[str, str]] = []

    def vote(a: Article, b: Article) -> None:
        voted_on.append((a.id, b.id))

    GroupingRuns().run(new_articles(BRIDGE), vote=vote)
    assert sorted(voted_on) == [("a1", "a0"), ("a2", "a0"), ("a2", "a1")]


@pytest.mark.parametrize(
    ("article", "stories"),
    [
        (("Echo", 60, "Anford traders welcome market roof plan", MARKET[1][3]), [5, 6, 6]),
        (("Echo", 42, "Anford traders back new roof", "Work begins in May and lasts a year."), [5, 5, 6]),
    ],
)
def test_strictness(article: Row, stories: list[int]) -> None:
    rows = new_articles([*BRIDGE, *OTHERS, MARKET[0], article])
    levels = ("loose", "balanced", "strict")
    assert [len(set(grouped(rows, strictness=level).stories.values())) for level in levels] == stories


def test_copies_are_hidden_even_if_grouping_is_disabled() -> None:
    copy = ("Wire", 4, BRIDGE[0][2], BRIDGE[0][3])
    runs = grouped(new_articles([*BRIDGE, copy]), enabled=False)
    assert story_groups(runs.stories) == [[0, 3], [1], [2]]
    assert runs.copies == {3: 0}


def test_ungrouped_sources() -> None:
    rows = new_articles([*BRIDGE, ("Courier", 4, BRIDGE[0][2], BRIDGE[0][3])])
    new = [msgspec.structs.replace(item, ungrouped=item.key in (1, 3)) for item in rows]
    runs = grouped(new)
    assert story_groups(runs.stories) == [[0, 2], [1], [3]]
    assert runs.copies == {}


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
    runs = grouped([new_article(0, "Wire", 0, PIER, LONG), new_article(1, outlet, hours, title, text, url)])
    assert runs.copies == {1: 0}
    assert runs.reason(1).startswith(why)
    assert f"as Wire: “{PIER}”" in runs.reason(1)


def test_copies_of_copies_refer_to_the_original_which_is_the_first_one_stored() -> None:
    runs = GroupingRuns()
    runs.run([new_article(1, "Post", 2, PIER, LONG)])
    runs.run([new_article(0, "Wire", 0, PIER, LONG)])  # published first, but collected later
    runs.run([new_article(2, "Echo", 3, PIER, LONG)])
    assert runs.copies == {0: 1, 2: 1}
    assert story_groups(runs.stories) == [[0, 1, 2]]


def test_copies_are_in_the_story_of_their_original() -> None:
    rows = [*BRIDGE, ("Echo", 3, BRIDGE[1][2], BRIDGE[1][3])]
    assert story_groups(grouped(new_articles(rows)).stories) == [[0, 1, 2, 3]]


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
def test_instalments_of_a_series_are_neither_copies_nor_a_story(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    runs = grouped([new_article(0, "Courier", 0, *first), new_article(1, "Courier", 60, *second)])
    assert runs.copies == {}
    assert story_groups(runs.stories) == [[0], [1]]


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
def test_unusual_articles_are_grouped(title: str, text: str) -> None:
    odd = [
        new_article(7, "Odd", 1, title, text, published=None),
        new_article(8, "Strange", 2, "other " + title, text, language="xx-YY"),
    ]
    runs = grouped([*new_articles(BRIDGE), *odd])
    assert len(runs.stories) == 5
    assert runs.stories[7] != runs.stories[0]


def test_articles_without_words_get_stories_of_their_own() -> None:
    runs = grouped([new_article(n, f"Outlet {n}", n, title) for n, title in enumerate(["", "🚢", "!!!", ""])])
    assert len(set(runs.stories.values())) == 4


@pytest.mark.slow
def test_ten_thousand_articles_with_one_title_are_grouped() -> None:
    rows = [new_article(n, f"Outlet {n % 100}", n / 1000, "Police appeal for witnesses") for n in range(10_000)]
    assert len(grouped(rows).stories) == 10_000


def test_chinese_headlines_are_compared_by_pairs_of_characters() -> None:
    rows = [
        new_article(0, "A", 0, "北京大桥在维修十九个月后重新开放", language="zh"),
        new_article(1, "B", 1, "维修十九个月后北京大桥今天重新开放", language="zh"),
        new_article(2, "C", 1, "科学家在海洋深处发现新的鱼类", language="zh"),
    ]
    assert story_groups(grouped(rows).stories) == [[0, 1], [2]]
