"""The plain text output: wrapped lines, links, labels and dates of the reader, no control characters."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import msgspec
import pytest
from project import Project
from sample_edition import BRIDGE, CUP, EDITION, OWLS, RIVER, article, edition, hostile_edition, render, story

from aggregator.model import Storyline, StoryReference
from aggregator.outputs.wrap_text import cells


def lines_of(*arguments: object, **options: object) -> list[str]:
    return render("text", *arguments, **options).decode().splitlines()  # type: ignore[arg-type]


def test_a_story_has_headline_summary_by_line_and_outlets() -> None:
    lines = lines_of(edition(BRIDGE))
    assert lines[:5] == ["London Daily", "============", "Focus on the big picture.", "", "Tuesday, 24 November 2026"]
    assert "* Mayor opens Wren Bridge four years late, and walks home across it [1]" in lines
    assert "  By Ada Lark and Tom Fenn, River Post, 24 November 2026, 09:30 UTC" in lines
    assert "  Also covered by Rheinische Tagesschau, Circuit & Co and 2 more" in lines
    assert "  Also published by Touchline" in lines
    assert lines[-1] == "[1] https://river.example/mayor-opens-wren-bridge"


@pytest.mark.parametrize("width", [20, 40, 72, 200])
def test_lines_fit_the_width(width: int) -> None:
    lines = lines_of(hostile_edition(), width=width) + lines_of(width=width, links="inline")
    too_wide = [line for line in lines if cells(line) > width and "://" not in line]
    assert too_wide == []


def test_links_at_the_end_are_numbered_in_order() -> None:
    lines = lines_of()
    numbers = [int(number) for line in lines if line.startswith("[") for number in re.findall(r"^\[(\d+)\] http", line)]
    assert numbers == list(range(1, len(EDITION.stories) + 1))


def test_links_inline_or_none() -> None:
    inline, none = lines_of(links="inline"), lines_of(links="none")
    headline = "* Night Tube returns to the Harrow line after signal tests"
    assert inline[inline.index(headline) + 1] == "  https://metro.example/night-tube-returns-to"
    assert not any("://" in line or "[1]" in line for line in none)


def test_addresses_other_than_those_of_the_web_are_left_out() -> None:
    lines = lines_of(edition(story(1, article(RIVER, "T", 1, url="javascript:alert(1)"))))
    assert "* T" in lines and not any("javascript" in line for line in lines)


def test_no_character_controls_a_terminal() -> None:
    text = render("text", hostile_edition()).decode()
    assert {one for one in text if unicodedata.category(one) in ("Cc", "Cs")} == {"\n"}
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]", text)


def test_right_to_left_text_keeps_its_order() -> None:
    title = "הגשר נפתח מחדש אחרי שלוש שנים של עבודה, בעלות כפולה מן המתוכנן ובלי המעליות שהובטחו"
    lines = lines_of(edition(story(1, article(RIVER, title, 1, url=None, language="he"))), width=40)
    start = next(number for number, line in enumerate(lines) if line.startswith("* "))
    words = " ".join(line[2:] for line in lines[start : start + 3])
    assert words == title


def test_stories_that_were_merged_or_came_before_are_named() -> None:
    before = StoryReference("urn:1", "Bridge opening delayed", "https://river.example/delayed")
    storyline = Storyline(id="urn:s", title="Wren Bridge", earlier=(before,))
    merged = (StoryReference("urn:2", "Lifts of the bridge"),)
    lines = lines_of(edition(msgspec.structs.replace(OWLS, storyline=storyline, merged=merged)))
    assert "  This story now includes: Lifts of the bridge" in lines
    assert "  Earlier: Bridge opening delayed [2]" in lines
    assert lines[-1] == "[2] https://river.example/delayed"


def test_dates_are_those_of_the_reader() -> None:
    lines = lines_of(edition(CUP, timezone="Asia/Tokyo", locale="de"))
    assert "Dienstag, 24. November 2026" in lines
    assert any(line.startswith("  Touchline, 24. November 2026, 07:30") for line in lines)


def test_an_empty_edition_has_a_note() -> None:
    assert lines_of(edition(tagline=""))[-1] == "There is no news yet."


def test_a_run_writes_the_file(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("in.jsonl", '{"title": "A fire", "url": "https://a.example/1", "source": "Courier"}\n')
    source = '[[sources]]\nplugin = "jsonl"\npath = "in.jsonl"\n'
    project.configure(f'{source}[[outputs]]\nplugin = "text"\npath = "edition.txt"\nwidth = 30\n')
    project.run()
    assert "* A fire [1]" in project.read("edition.txt")
