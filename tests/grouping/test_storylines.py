"""Storylines: which stories of several weeks belong to one saga, and which only look like it."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache

import pytest
from grouping_runs import GroupingRuns, Row, new_article, story_groups
from sample_feeds import words

from aggregator.grouping.features.frequencies import COLD_START_ARTICLES
from aggregator.grouping.types import NewArticle, storyline_id

DAY = 24.0
SAGA: list[Row] = [
    (
        "Courier",
        0,
        "Halvard Airlines files for bankruptcy",
        "Halvard Airlines filed for bankruptcy on Friday and owes its creditors 400 million. Its flights continue.",
    ),
    (
        "Lantern",
        6 * DAY,
        "Pilots of Halvard Airlines reject pay cut in bankruptcy talks",
        "The pilots of Halvard Airlines voted against a pay cut, and its creditors warn of an end to all flights.",
    ),
    (
        "Wire",
        15 * DAY,
        "Judge lets creditors of Halvard Airlines sell its flights to Norden",
        "Creditors of the airline, which went into bankruptcy in autumn, get half of what Halvard Airlines owes them.",
    ),
]
OTHERS: list[Row] = [
    (
        "Courier",
        3 * DAY,
        "Curlew capsule lands with dust of an asteroid",
        "A capsule of the Curlew probe came down in Australia with dust from Corisande, after nine years in space.",
    ),
    (
        "Lantern",
        9 * DAY,
        "Caretaker finds a lost portrait behind a school piano",
        "Judith Carrow painted lamplighters and died poor. Her daughter's portrait hung in Walthamstow.",
    ),
]


@cache
def seen_before() -> list[NewArticle]:
    """Return so many articles that no cold start follows."""
    filler = ["The council of {} will vote on a new school", "Police in {} look for a driver", "{} wins again"]
    return [
        new_article(n, "Filler", -900, filler[n % 3].format(words(n, 1).capitalize()), words(n, 20))
        for n in range(100_000, 100_000 + COLD_START_ARTICLES)
    ]


def runs_of(*batches: Sequence[Row], **settings: str) -> GroupingRuns:
    """Group articles, numbered from 0, in as many runs as there are batches."""
    runs, number = GroupingRuns(**settings), 0
    runs.count_words(seen_before())
    for batch in batches:
        runs.run([new_article(number + n, *row) for n, row in enumerate(batch)])
        number += len(batch)
    return runs


def sagas(runs: GroupingRuns) -> list[list[int]]:
    """Return the articles of each storyline, by key."""
    found: dict[str, list[int]] = {}
    for key, story in sorted(runs.stories.items()):
        if story in runs.storylines:
            found.setdefault(runs.storylines[story], []).append(key)
    return sorted(found.values())


def test_stories_of_one_saga_form_a_storyline_over_weeks() -> None:
    runs = runs_of([*SAGA, *OTHERS])
    assert sagas(runs) == [[0, 1, 2]]
    assert runs.storylines[runs.stories[0]] == storyline_id(runs.stories[0])
    assert runs.storyline_why[runs.stories[0]] is None
    why = runs.storyline_reason(runs.stories[1])
    assert why.startswith("continues “Halvard Airlines files for bankruptcy” (Courier, 2026-11-20): shares ")
    assert {"Halvard", "bankruptcy"} <= {*re.findall(r"\w+", why.rpartition("shares ")[2])}


def test_storylines_do_not_depend_on_the_number_of_runs() -> None:
    rows = sorted([*SAGA, *OTHERS], key=lambda row: row[1])
    once, often = runs_of(rows), runs_of(*([row] for row in rows))
    assert sagas(once) == sagas(often) != []
    assert once.storylines == often.storylines


def test_storylines_do_not_depend_on_the_order_within_a_run() -> None:
    rows = [*SAGA, *OTHERS]
    shuffled = random.Random(4).sample(rows, len(rows))
    titles = [[rows[n][2] for n in saga] for saga in sagas(runs_of(rows))]
    assert [sorted(shuffled[n][2] for n in saga) for saga in sagas(runs_of(shuffled))] == [sorted(*titles)]


def test_a_saga_that_rested_for_months_is_not_continued() -> None:
    late = [(outlet, hours + 60 * DAY, title, text) for outlet, hours, title, text in SAGA[1:2]]
    assert sagas(runs_of([*SAGA[:1], *late])) == []


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(
            [
                ("Courier", 0, "Orla Brandt opens library in Anford", "The senator read from her childhood diary."),
                ("Wire", 50, "Orla Brandt breaks leg while skiing", "Doctors expect her back within eight weeks."),
            ],
            id="two affairs of one person",
        ),
        pytest.param(
            [
                (
                    "Courier",
                    24 * n,
                    f"{a} vs. {b} prediction: Norden League picks, odds, best bets",
                    f"Our expert picks the winner of {a} against {b}, with the odds of today.",
                )
                for n, (a, b) in enumerate([("Anford", "Selby"), ("Wren", "Tarn"), ("Corby", "Hale"), ("Ely", "Bude")])
            ],
            id="a series of one outlet",
        ),
        pytest.param(
            [
                ("Courier", 0, "Storm closes schools in the north", "Roofs were damaged, and trains stood still."),
                ("Wire", 80, "Storm closes harbour in the south", "Ferries stayed at the quay until the evening."),
            ],
            id="no name",
        ),
    ],
)
def test_what_only_looks_like_a_saga(rows: list[Row]) -> None:
    assert sagas(runs_of(rows)) == []


def test_a_running_topic_is_no_storyline() -> None:
    """A name and a word that dozens of stories share are no evidence, even if each new story has them."""
    rows = [
        ("Wire", 6.0 * n, f"Norden war: {words(n, 3)}", f"The war in Norden goes on. {words(-n - 1, 12).capitalize()}.")
        for n in range(100)
    ]
    assert max(map(len, sagas(runs_of(rows))), default=0) <= 5


def test_a_storyline_has_a_core_and_does_not_drift() -> None:
    """A story that shares only the name with a storyline of several stories does not join it."""
    other = (
        "Wire",
        16 * DAY,
        "Halvard Airlines paints planes pink",
        "Artists of Anford chose the colour in a contest.",
    )
    assert sagas(runs_of([*SAGA, other])) == [[0, 1, 2]]


def test_nothing_is_decided_by_words_during_a_cold_start() -> None:
    runs = GroupingRuns()
    runs.run([new_article(number, *row) for number, row in enumerate(SAGA)])
    assert sagas(runs) == []


def waves(days: float, outlet: str = "Outlet {}") -> list[Row]:
    """Return eight reports on a strike, and eight more so many days later."""
    places = "Anford Selby Corby Bude Ely Tarn Wren Hale Skerry Quoddy Torvik Lumera Varessa Marsh Oakley Brill".split()
    return [
        (
            outlet.format(n % 8),
            n // 8 * days * DAY + n % 8 / 4,
            f"Halvard Airlines strike: pilots in {place} walk out",
            f"Flights of Halvard Airlines from {place} were cancelled as pilots went on strike over pay.",
        )
        for n, place in enumerate(places)
    ]


def test_a_long_chain_is_a_storyline_with_stories_inside() -> None:
    """Reports that would be one story if they had come on one day are two stories of a storyline, if days apart."""
    runs = GroupingRuns()
    runs.run([new_article(number, *row) for number, row in enumerate(waves(2.5))])
    first, second = runs.stories[0], runs.stories[8]
    assert story_groups(runs.stories) == [[*range(8)], [*range(8, 16)]]
    assert runs.storylines[first] == runs.storylines[second]
    why = runs.storyline_reason(second)
    assert why.startswith("continues “Halvard Airlines strike: pilots in Anford walk out”")


def test_waves_of_one_day_are_one_story() -> None:
    runs = GroupingRuns()
    runs.run([new_article(number, *row) for number, row in enumerate(waves(0.2))])
    assert story_groups(runs.stories) == [[*range(16)]]


def test_an_outlet_that_repeats_itself_makes_no_storyline() -> None:
    runs = GroupingRuns()
    runs.run([new_article(number, *row) for number, row in enumerate(waves(2.5, "Courier"))])
    assert sagas(runs) == []


@pytest.mark.parametrize("batches", [1, 2])
def test_a_link_of_the_publisher_is_evidence_if_the_titles_share_a_word(batches: int) -> None:
    runs = GroupingRuns()
    runs.links = {1: [0], 2: [0], 3: [99]}
    rows: list[Row] = [
        ("Courier", 0, "Cracks close Ferrier Bridge", ""),
        ("Courier", 9 * DAY, "Ferrier Bridge costs more", ""),
        ("Courier", 9 * DAY, "Weather: storms ahead", ""),
        ("Courier", 9 * DAY, "Postcards sell again", ""),
    ]
    new = [new_article(number, *row) for number, row in enumerate(rows)]
    for batch in [new] if batches == 1 else [new[:1], new[1:]]:
        runs.run(batch)
    assert sagas(runs) == [[0, 1]]
    why = runs.storyline_reason(runs.stories[1])
    assert (
        why == "continues “Cracks close Ferrier Bridge” (Courier, 2026-11-20): links to it; shares Ferrier and Bridge"
    )


def test_a_story_that_was_taken_out_stays_out() -> None:
    """Neither is it placed again when it gets another article, nor do others continue it."""
    runs = runs_of(SAGA[:2])
    taken_out = runs.stories[1]
    del runs.storylines[taken_out], runs.storyline_why[taken_out]
    runs.excluded = frozenset([taken_out])
    _, hours, title, text = SAGA[1]
    runs.run([new_article(50, "Echo", hours + 1, f"{title}, says union", text), new_article(51, *SAGA[2])])
    assert runs.stories[50] == taken_out
    assert sagas(runs) == [[0, 51]]
    assert "(Courier, " in runs.storyline_reason(runs.stories[51])


def test_a_story_without_a_usable_profile_gets_one_as_long_as_its_articles_are_in_the_window() -> None:
    runs = runs_of(SAGA[:1])
    story = runs.stories[0]
    runs.profiles[story] = b"\0" + runs.profiles[story][1:]  # of another version
    runs.run([new_article(51, *SAGA[1])])
    assert sagas(runs) == [[0, 51]]


def test_articles_without_words_have_a_profile() -> None:
    assert sagas(runs_of([("Courier", 0, "", ""), ("Wire", 30, "?!", "42")])) == []
