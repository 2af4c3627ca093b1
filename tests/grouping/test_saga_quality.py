"""The quality of stories in sagas that run for two weeks, over invented and labelled articles: data/stories/README.md.

Figures must not fall below their floors. A change that improves them raises the floors.
"""

from __future__ import annotations

import hashlib

import pytest
from labelled_stories import (
    FOLDER,
    LABELS,
    PINNED,
    SAGA,
    SAGA_FLOORS,
    SAGA_LABELS,
    STORYLINES,
    Row,
    below,
    explain,
    group_saga,
    measure_saga,
    new_project,
    stories_in,
    storylines_in,
    worst_errors,
)
from scoring import Groups

pytestmark = pytest.mark.slow

LOWEST = {
    "pairwise_f1": 0.506,
    "bcubed_f1_of_stories": 0.634,
    "pure_groups": 0.717,
    "bcubed_f1_of_all": 0.744,
    "storyline_precision": 0.0,
    "storyline_recall": 0.0,
}
"""The first floors. They are not changed: floors are only raised, in floors.toml."""


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """The output of the last daily run."""
    return group_saga(new_project(tmp_path_factory.mktemp("saga")))


def test_every_article_is_in_the_output(output: list[Row]) -> None:
    assert sorted(row["id"] for row in output) == sorted({**LABELS, **SAGA_LABELS})


@pytest.mark.parametrize("name", SAGA_FLOORS)
def test_no_figure_falls_below_its_floor(name: str, output: list[Row]) -> None:
    stories = stories_in(output)
    figure = measure_saga(stories, storylines_in(output))[name]
    assert figure >= SAGA_FLOORS[name], explain(name, figure, SAGA_FLOORS[name], *worst_errors(SAGA_LABELS, stories))


def test_floors_are_only_raised() -> None:
    assert SAGA_FLOORS.keys() == LOWEST.keys()
    assert [name for name, lowest in LOWEST.items() if SAGA_FLOORS[name] < lowest] == []


def test_the_floors_were_measured_on_this_set() -> None:
    """A corrected label requires a new measurement and digest, which are visible in a review."""
    assert hashlib.sha256((FOLDER / "saga.jsonl").read_bytes()).hexdigest() == PINNED["sha256"]["saga.jsonl"]


def test_the_labels_are_consistent() -> None:
    assert len(SAGA_LABELS) == len(SAGA)
    assert not SAGA_LABELS.keys() & LABELS.keys()
    storylines: dict[str, set[str | None]] = {}
    for article, story in SAGA_LABELS.items():
        storylines.setdefault(story, set()).add(STORYLINES[article])
    assert [story for story, of_story in storylines.items() if len(of_story) > 1] == []
    assert [row["published"] for row in SAGA] == sorted(row["published"] for row in SAGA)


def test_trivial_groupings_fail() -> None:
    alone: Groups = {article: article for article in SAGA_LABELS}
    together = dict.fromkeys(SAGA_LABELS, "one")
    sagas: Groups = {article: STORYLINES[article] or article for article in SAGA_LABELS}
    story_figures = {"pairwise_f1", "bcubed_f1_of_stories", "bcubed_f1_of_all"}
    assert story_figures <= {*below(measure_saga(alone, {}), SAGA_FLOORS)}
    for stories in (together, sagas):
        assert story_figures | {"pure_groups"} <= {*below(measure_saga(stories, stories), SAGA_FLOORS)}
