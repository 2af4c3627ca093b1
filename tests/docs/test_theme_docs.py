"""docs/themes.md names each block, style sheet, variable, filter and member that a theme can use."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from markdown_pages import TEXTS
from project import ROOT, Project
from sample_edition import EDITION, render

TEMPLATES = ROOT / "plugins/outputs/html/templates"
PAGE = TEXTS["docs/themes.md"]


@pytest.mark.parametrize("name", ["base.html.j2", "front.html.j2"])
def test_each_block_is_documented(name: str) -> None:
    blocks = set(re.findall(r"{% block (\w+) %}", (TEMPLATES / name).read_text(encoding="utf-8")))
    assert {block for block in blocks if f"| `{block}` |" not in PAGE} == set()


def test_variables_of_the_style_are_documented() -> None:
    variables = set(re.findall(r"(--\w+):", (TEMPLATES / "base.css").read_text(encoding="utf-8")))
    assert {name for name in variables if f"`{name}`" not in PAGE} == set()


def test_documented_members_exist() -> None:
    members = set(re.findall(r"page\.(\w+)", PAGE))
    source = (ROOT / "plugins/outputs/html/site.py").read_text(encoding="utf-8")
    assert {name for name in members if not re.search(rf"(def |self\.|    ){name}\b", source)} == set()


def test_the_theme_of_the_page_works(tmp_path: Path) -> None:
    theme = tmp_path / "my_theme"
    theme.mkdir()
    (theme / "theme.css").write_text(re.findall(r"```css\n(.*?)```", PAGE, re.DOTALL)[0], encoding="utf-8")
    (theme / "front.html.j2").write_text(re.findall(r"```jinja\n(.*?)```", PAGE, re.DOTALL)[0], encoding="utf-8")
    page = render("html", path="index.html", theme="my_theme", config_folder=tmp_path).decode()
    assert f'<p class="kicker">{len(EDITION.stories)} stories</p>' in page and "--accent: #00594f" in page


def test_a_copied_package_is_a_plugin_of_ones_own(tmp_path: Path) -> None:
    copy = tmp_path / "my_plugins/my_html"
    shutil.copytree(ROOT / "plugins/outputs/html", copy, ignore=shutil.ignore_patterns("__pycache__"))
    for file, before, after in (
        (copy / "templates/front.html.j2", '_("In brief")', '"Mine"'),
        (copy / "__init__.py", "register(html)", 'register(html, "my_html")'),
    ):
        file.write_text(file.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    config = (ROOT / "config.toml").read_text(encoding="utf-8").replace('plugin = "html"', 'plugin = "my_html"')
    (tmp_path / "config.toml").write_text(f'plugins = ["my_plugins"]\n{config}', encoding="utf-8")
    project = Project(tmp_path)
    result = project.aggregate("run", "--strict")
    assert (result.status, result.err) == (0, "")
    assert ">Mine</h2>" in project.read("public/index.html")
