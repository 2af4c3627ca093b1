"""Templates and style sheets of outputs: a theme replaces or extends them file by file."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_edition import edition

from aggregator.errors import OutputError
from aggregator.outputs.themes import Theme, theme_folder


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "base.html.j2").write_text("<{% block body %}{% endblock %}>")
    (folder / "page.html.j2").write_text(
        '{% extends "base.html.j2" %}{% block body %}{{ text }} {{ _("Latest") }}{% endblock %}'
    )
    (folder / "a.css").write_text("a { color: red }\n")
    (folder / "b.css").write_text("b { color: blue }\n")
    return folder


def test_values_are_escaped_and_labels_translated(shipped: Path) -> None:
    theme = Theme(shipped, None, edition(locale="de"))
    assert theme.render("page.html.j2", text="<b>") == "<&lt;b&gt; Zuletzt>"


def test_a_theme_replaces_extends_and_adds_files(shipped: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "base.html.j2").write_text("({% block body %}{% endblock %})")
    (own / "page.html.j2").write_text(
        '{% extends "shipped/page.html.j2" %}{% block body %}{{ super() }}!{% endblock %}'
    )
    (own / "b.css").write_text("b { color: green }")
    (own / "c.css").write_text("c { color: white }")
    theme = Theme(shipped, own, edition())
    assert theme.render("page.html.j2", text="x") == "(x Latest!)"
    assert (
        theme.style(["a.css", "b.css", "c.css", "none.css"])
        == "a { color: red }\nb { color: green }\nc { color: white }"
    )
    assert theme.digest() != Theme(shipped, None, edition()).digest()


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("line\n{% if %}", "page.html.j2:2: "),
        ("\n\n{{ unknown }}", "page.html.j2:3: 'unknown' is undefined"),
        ('{% include "none.j2" %}', 'page.html.j2:1: there is no template "none.j2"'),
        ("\n{{ 1 / 0 }}", "page.html.j2:2: ZeroDivisionError: division by zero"),
        ("\n{{ edition }}{{ 1|time }}", "page.html.j2:2: "),
    ],
)
def test_a_mistake_in_a_template_is_one_line_with_its_place(shipped: Path, template: str, found: str) -> None:
    (shipped / "page.html.j2").write_text(template)
    with pytest.raises(OutputError) as caught:
        Theme(shipped, None, edition()).render("page.html.j2")
    assert found in str(caught.value) and "\n" not in str(caught.value)


def test_a_theme_is_named_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "themes/compact").mkdir(parents=True)
    (tmp_path / "mine").mkdir()
    assert theme_folder(None, tmp_path / "themes", tmp_path) is None
    assert theme_folder("broadsheet", tmp_path / "themes", tmp_path) is None
    assert theme_folder("compact", tmp_path / "themes", tmp_path) == tmp_path / "themes/compact"
    assert theme_folder("mine", tmp_path / "themes", tmp_path) == tmp_path / "mine"
    with pytest.raises(OutputError, match=r'theme = "tabloid".*"broadsheet", "compact"'):
        theme_folder("tabloid", tmp_path / "themes", tmp_path)
