"""The numbers in the documentation of grouping are those of the code."""

from __future__ import annotations

import pytest
from project import ROOT

from aggregator.grouping.clusters import LINKS_PER_ARTICLE
from aggregator.grouping.features.background import FOLDER
from aggregator.grouping.features.frequencies import COLD_START_ARTICLES
from aggregator.grouping.features.records import LEAD, WIDTH
from aggregator.grouping.pairs.candidates import KEY_WORDS, MAX_COMPARED
from aggregator.grouping.pairs.features import FEATURES
from aggregator.grouping.pairs.model import load_model

DOCS = ROOT / "docs"
WORDS = {5: "five"}


def text_of(page: str) -> str:
    return " ".join((DOCS / page).read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    ("page", "phrase"),
    [
        ("stories.md", f"compared with the {MAX_COMPARED} that share most"),
        ("plugins.md", f"{MAX_COMPARED} earlier"),
        ("stories.md", f"The {WIDTH} least common words of its title and of the first {LEAD} characters"),
        ("stories.md", f"for each of {len(list(FOLDER.glob('*.txt')))} languages"),
        ("stories.md", f"its {KEY_WORDS} most distinctive words"),
        ("stories.md", f"{len(FEATURES)} features of each pair"),
        ("stories.md", f"{len(load_model().tables)} small tables"),
        ("stories.md", f"the best {WORDS[LINKS_PER_ARTICLE]} links"),
        ("stories.md", f"has seen {COLD_START_ARTICLES:,} articles"),
        ("plugins.md", f"{COLD_START_ARTICLES:,} articles"),
    ],
)
def test_numbers_match_the_code(page: str, phrase: str) -> None:
    assert phrase in text_of(page)
