"""Grouping with a second process: the results are the same to the last bit."""

from __future__ import annotations

import random

import numpy as np
import pytest
from grouping_runs import new_article

from aggregator.grouping.features.frequencies import Frequencies
from aggregator.grouping.features.records import make_records
from aggregator.grouping.group import MANY_ARTICLES, group, grouping_of
from aggregator.grouping.settings import StoriesSettings
from aggregator.grouping.storylines.profiles import make_profiles
from aggregator.grouping.types import Grouping, GroupingContext, NewArticle, StorylineContext
from aggregator.runtime import second_process

pytestmark = pytest.mark.e2e


def generated(count: int) -> list[NewArticle]:
    """Return articles about invented events."""
    numbers = random.Random(7)
    syllables = [consonant + vowel for consonant in "bdfgklmnprst" for vowel in "aeiou"]
    words = ["".join(numbers.choices(syllables, k=3)) for _ in range(6000)]
    events = [numbers.sample(words, 12) for _ in range(count // 12)]

    def text(event: list[str], length: int) -> str:
        return " ".join(numbers.choice(event).capitalize() for _ in range(length)) + " " + numbers.choice(words)

    return [
        new_article(number, f"Outlet {number % 40}", numbers.random() * 72, text(event, 5), text(event, 20))
        for number, event in enumerate(numbers.choices(events, k=count))
    ]


def grouped(new: list[NewArticle]) -> Grouping:
    wordings = {one.key: one.wording for one in new}
    context = GroupingContext(
        grouped=[],
        lookup=lambda keys: {key: wordings[key] for key in keys},
        storylines=lambda: StorylineContext(earlier=[], excluded=frozenset(), linked=lambda _: {}),
    )
    return group(new, context, StoriesSettings())


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[bytes | None]:
    """Have a second process start on any computer, and return its answers."""
    answers = []

    class SecondProcess(second_process._SecondProcess):
        def answer(self) -> bytes | None:
            answers.append(answer := super().answer())
            return answer

    monkeypatch.setattr(second_process, "START", 20)
    monkeypatch.setattr(second_process, "processors", lambda: 2)
    monkeypatch.setattr(second_process, "_SecondProcess", SecondProcess)
    return answers


def test_a_second_process_changes_no_result(answers: list[bytes | None]) -> None:
    new = generated(4500)
    alone = grouped(new)
    with grouping_of(MANY_ARTICLES):
        assert grouped(new) == alone
    assert len(alone.new_stories) < len(new)
    assert len(answers) == 2  # records, and scores of pairs
    assert all(answers)
    with grouping_of(MANY_ARTICLES - 1):
        assert grouped(new) == alone
    assert len(answers) == 2


def test_a_second_process_computes_profiles(answers: list[bytes | None]) -> None:
    records = make_records([one.wording for one in generated(4200)])
    Frequencies().count(records, records[:0])
    sizes = np.ones(4100, np.int64)
    sizes[::41] = 2
    outlets = np.arange(4200, dtype=np.uint32) % 2
    alone = make_profiles(records, sizes, outlets)
    with grouping_of(MANY_ARTICLES):
        assert make_profiles(records, sizes, outlets).tobytes() == alone.tobytes()
    assert len(answers) == 1
    assert all(answers)
