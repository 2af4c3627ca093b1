"""Every page of the documentation renders as intended: headings, tables, fences, links, and paths that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from markdown_pages import TEXTS, anchors_of, headings_of, inline_of, resolve, tokens_of
from project import ROOT

TOP_FOLDERS = ("aggregator", "benchmarks", "docs", "examples", "plugins", "samples", "tests")
TABLE_LINE = re.compile(r"^\s*(>\s*)?\|.*\|\s*$")
HEADING_LINE = re.compile(r"^ {0,3}#{1,6}\s")
COG_MARKERS = ("<!-- [[[cog", "<!-- [[[end]]] -->")


def lines_in(page: str, *kinds: str) -> dict[int, str]:
    """The lines of a page that stand in blocks of these kinds, by number from 0."""
    lines = TEXTS[page].splitlines()
    ranges = (token.map for token in tokens_of(page) if token.type in kinds and token.map)
    return {number: lines[number] for start, end in ranges for number in range(start, min(end, len(lines)))}


def lines_like(page: str, pattern: re.Pattern[str]) -> Iterator[int]:
    yield from (number for number, line in enumerate(TEXTS[page].splitlines()) if pattern.match(line))


def place(page: str, number: int) -> str:
    return f"{page}:{number + 1}: {TEXTS[page].splitlines()[number]}"


@pytest.mark.parametrize("page", TEXTS)
def test_each_heading_line_is_a_heading(page: str) -> None:
    code = lines_in(page, "fence", "code_block", "html_block")
    headings = lines_in(page, "heading_open")
    for number in lines_like(page, HEADING_LINE):
        if number in code:  # one `#` begins a comment there
            assert not code[number].lstrip().startswith("##"), place(page, number)
        else:
            assert number in headings, place(page, number)


@pytest.mark.parametrize("page", TEXTS)
def test_headings_begin_at_the_top_and_skip_no_level(page: str) -> None:
    assert {token.markup[0] for token in tokens_of(page) if token.type == "heading_open"} == {"#"}
    levels = [level for level, _ in headings_of(page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    for (before, _), (level, text) in pairwise(headings_of(page)):
        assert level <= before + 1, text


@pytest.mark.parametrize("page", TEXTS)
def test_each_table_line_is_in_a_table(page: str) -> None:
    tables = lines_in(page, "table_open")
    for number in lines_like(page, TABLE_LINE):
        assert number in tables, place(page, number)


@pytest.mark.parametrize("page", TEXTS)
def test_each_row_has_the_cells_of_its_head(page: str) -> None:
    """A parser drops the cells beyond these, so that an unescaped `|` would lose text."""
    lines = TEXTS[page].splitlines()
    for table in (token.map for token in tokens_of(page) if token.type == "table_open" and token.map):
        bars = {number: len(re.findall(r"(?<!\\)\|", lines[number])) for number in range(*table)}
        for number, count in bars.items():
            assert count == bars[table[0]], place(page, number)


@pytest.mark.parametrize("page", TEXTS)
def test_each_fence_closes_and_names_its_language(page: str) -> None:
    lines = TEXTS[page].splitlines()
    for fence in (token for token in tokens_of(page) if token.type == "fence"):
        assert fence.map
        start, end = fence.map
        assert fence.info, place(page, start)
        assert end - start > 1, place(page, start)
        assert lines[end - 1].strip() == fence.markup, place(page, start)


@pytest.mark.parametrize("page", TEXTS)
def test_indented_code_is_in_generated_parts_only(page: str) -> None:
    """Elsewhere it is a paragraph with too many spaces."""
    generated = {number for number, end in cog_ranges(page) for number in range(number, end)}
    for number in lines_in(page, "code_block"):
        assert number in generated, place(page, number)


def cog_ranges(page: str) -> Iterator[tuple[int, int]]:
    """(first line, end) of each part that cog writes."""
    lines = TEXTS[page].splitlines()
    starts = [number for number, line in enumerate(lines) if line.lstrip().startswith("<!-- [[[cog")]
    ends = [number for number, line in enumerate(lines) if line.strip() == "<!-- [[[end]]] -->"]
    yield from zip(starts, ends, strict=True)


@pytest.mark.parametrize("page", TEXTS)
def test_html_is_the_markers_of_cog_only(page: str) -> None:
    for token in tokens_of(page):
        if token.type == "html_block":
            assert token.content.lstrip().startswith(COG_MARKERS), token.content
            assert token.content.rstrip().endswith("-->"), token.content
    assert list(inline_of(page, "html_inline")) == []


@pytest.mark.parametrize("page", TEXTS)
def test_no_markup_is_left_in_the_text(page: str) -> None:
    for text in inline_of(page, "text"):
        assert not re.search(r"`|\*\*|\]\(", text.content), text.content


@pytest.mark.parametrize("page", TEXTS)
def test_relative_links_and_anchors_resolve(page: str) -> None:
    targets = [str(link.attrGet("href")) for link in inline_of(page, "link_open")]
    targets += [str(image.attrGet("src")) for image in inline_of(page, "image")]
    for target in targets:
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = resolve(page, name).resolve()
        assert path.exists(), target
        assert not anchor or anchor in anchors_of(path.relative_to(ROOT).as_posix()), target


def paths_on(page: str) -> Iterator[str]:
    """What a page names in backticks, or types on a command line, and what looks like a path of this repository."""
    code = [token.content for token in inline_of(page, "code_inline")]
    code += [token.content for token in tokens_of(page) if token.type == "fence" and token.info in ("console", "sh")]
    for word in " ".join(code).split():
        path = word.partition("::")[0].rstrip(",;")
        if path.split("/")[0] in TOP_FOLDERS and "/" in path:
            yield path


@pytest.mark.parametrize("page", TEXTS)
def test_paths_exist(page: str) -> None:
    for path in paths_on(page):
        assert list(ROOT.glob(path.rstrip("/"))), path


@pytest.mark.parametrize(
    "page",
    TEXTS,
)
def test_modules_are_written_with_their_folder(page: str) -> None:
    """`aggregator/pages/article/blocks.py`, not `blocks.py`, which a reader would have to search for."""
    for code in inline_of(page, "code_inline"):
        name = code.content
        if re.fullmatch(r"[\w./-]+\.py", name) and name != "__init__.py" and not name.startswith("my_plugins/"):
            assert (ROOT / name).is_file(), name
