"""Long pages of the documentation begin with links to their sections."""

from __future__ import annotations

import re

import pytest
import reference
from markdown_pages import TEXTS, anchors_of, headings_of

LONG = 100
"""Lines that fill two screens."""
PAGES = [page for page, text in TEXTS.items() if text.count("\n") > LONG and page != "CHANGELOG.md"]
"""The changelog is read from its beginning: its sections are the versions, the newest first."""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_more_than_two_screens_begins_with_its_contents(page: str) -> None:
    beginning = re.split(r"^## ", TEXTS[page], maxsplit=1, flags=re.MULTILINE)[0]
    linked = set(re.findall(r"\]\(#([\w-]+)\)", beginning))
    sections = {reference.anchor(text) for level, text in headings_of(page) if level == 2}
    assert sections - linked == set()


def test_contents_name_the_headings_of_the_second_level_in_order() -> None:
    text = "# A page\n\n## One: `[[two]]`\n\n### Three\n\n```sh\n## no heading\n```\n\n## Four\n"
    assert reference.contents_of(text) == "On this page: [One: `[[two]]`](#one-two), [Four](#four)."


@pytest.mark.parametrize("page", PAGES)
def test_anchors_are_those_that_the_links_of_pages_are_checked_with(page: str) -> None:
    assert {reference.anchor(text) for _, text in headings_of(page)} <= anchors_of(page)
