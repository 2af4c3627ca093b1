"""Templates of the user for Markdown and text: what they can use, and how their mistakes are reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from markdown_pages import tokens_of
from project import Project
from sample_edition import BRIDGE, EDITION, HARBOUR, NIGHT_TUBE, RIVER, article, edition, render, story

from aggregator.errors import OutputError


def rendered(folder: Path, template: str, plugin: str = "markdown", **more: Any) -> str:
    (folder / "my.j2").write_text(template, encoding="utf-8")
    of = more.pop("of", EDITION)
    return render(plugin, of, config_folder=folder, template="my.j2", **more).decode()


def test_the_template_of_the_guide(tmp_path: Path) -> None:
    [template] = [token.content for token in tokens_of("docs/guide.md") if token.info == "jinja"]
    lines = rendered(tmp_path, template).splitlines()
    assert lines[0] == "# London Daily, 24 November 2026"
    assert lines[2] == (
        "- [Mayor opens Wren Bridge four years late, and walks home across it]"
        "(https://river.example/mayor-opens-wren-bridge) (River Post); "
        "Also covered by Rheinische Tagesschau, Circuit \\& Co and 2 more"
    )


def test_a_template_for_text_wraps_lines(tmp_path: Path) -> None:
    template = "{{ sections[0].title }}\n{{ summary(edition.stories[0])|wrap('> ') }}\n{{ 'a\x1b[0m' }}"
    lines = rendered(tmp_path, template, "text", width=40).splitlines()
    assert lines[0] == "London" and lines[-1] == "a[0m"
    assert lines[1].startswith("> The first") and all(len(line) <= 40 for line in lines)


def test_a_template_extends_the_shipped_one(tmp_path: Path) -> None:
    template = (
        '{% extends "shipped/edition.md.j2" %}{% block masthead %}# Mine{% endblock %}{% block sources %}{% endblock %}'
    )
    text = rendered(tmp_path, template)
    assert text.startswith("# Mine") and "## London" in text and "## Sources" not in text


def test_a_template_includes_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "part.j2").write_text("part of {{ edition.title|md }}")
    assert rendered(tmp_path, '{% include "part.j2" %}') == "part of London Daily\n"


def test_texts_are_escaped_by_the_filter_only(tmp_path: Path) -> None:
    of = edition(story(1, article(RIVER, "*bold*", 1)))
    assert rendered(tmp_path, "{{ headline(edition.stories[0]) }} {{ '*x*'|md }}", of=of) == "*bold* \\*x\\*\n"


@pytest.mark.parametrize("plugin", ["markdown", "text"])
@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("\n{{ edition.titel }}", "my.j2:2: 'aggregator.model.edition.Edition object' has no attribute 'titel'"),
        ("\n\n{{ nothing }}", "my.j2:3: 'nothing' is undefined"),
        ("{% for x in %}", "my.j2:1: Expected an expression, got 'end of statement block'"),
        ("\n{{ edition.title|shout }}", "my.j2:2: No filter named 'shout'."),
        ("\n{{ 1 / 0 }}", "my.j2:2: ZeroDivisionError: division by zero"),
        ("\n{{ headline() }}", "my.j2:2: TypeError: "),
        ('\n{% include "none.j2" %}', 'my.j2:2: there is no template "none.j2"'),
    ],
)
def test_a_mistake_names_file_and_line(plugin: str, template: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        rendered(tmp_path, template, plugin)
    assert str(caught.value).startswith(f"{tmp_path}/{message}") and "\n" not in str(caught.value)


def test_a_missing_template_is_reported(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r'template = "no\.j2": there is no file .*no\.j2; correct the path'):
        render("markdown", config_folder=tmp_path, template="no.j2")


def test_a_template_that_is_not_utf_8_is_reported(tmp_path: Path) -> None:
    (tmp_path / "my.j2").write_bytes(b"caf\xe9 {{ edition.title }}")
    with pytest.raises(OutputError, match=r"my\.j2: is not in UTF-8"):
        render("text", config_folder=tmp_path, template="my.j2")


def test_a_run_uses_the_template_and_notices_its_changes(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("in.jsonl", '{"title": "A fire", "url": "https://a.example/1", "source": "Courier"}\n')
    project.write("my.md.j2", "{{ headline(edition.stories[0])|md }}!")
    source = '[[sources]]\nplugin = "jsonl"\npath = "in.jsonl"\n'
    project.configure(f'{source}[[outputs]]\nplugin = "markdown"\npath = "x.md"\ntemplate = "my.md.j2"\n')
    project.run()
    assert project.read("x.md") == "A fire!\n"
    project.write("my.md.j2", "{{ headline(edition.stories[0])|md }}?")
    project.run()
    assert project.read("x.md") == "A fire?\n"


def test_names_for_templates(tmp_path: Path) -> None:
    template = (
        "{% set story = edition.stories[0] %}{{ others(story)|length }} {{ reprints(story)|length }} "
        "{{ authors(story.shown) }}, {{ story.published|time }} {{ story.published|zone_name }} "
        '{{ ngettext("%(num)s source", "%(num)s sources", 2) }} {{ sections|map(attribute="title")|join("/") }}'
    )
    told = msgspec.structs.replace(edition(BRIDGE, NIGHT_TUBE), timezone="Europe/Berlin", locale="en-GB")
    assert rendered(tmp_path, template, of=told) == "4 1 Ada Lark and Tom Fenn, 10:30 CET 2 sources London\n"
    assert HARBOUR.name in told.stories[0].outlets[2].name
