"""Settings of the documentation site, which Sphinx builds of the Markdown pages as they are: `make docs-site`.

The pages need nothing of Sphinx: they read as well in the repository. What a site has besides, its navigation, is made
here of the list in `docs/README.md`, so that a new page has to be listed there only.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
OVERVIEW = "docs/README"
DECISIONS = "docs/decisions/README"

project = "aggregate"
root_doc = "README"
include_patterns = ["*.md", "docs/*.md", "docs/decisions/*.md", "tests/data/stories/README.md"]
extensions = ["myst_parser"]
myst_heading_anchors = 4
nitpicky = True

html_theme = "furo"  # its fonts are those of the reader's system, its scripts are files of the site
html_title = "aggregate"
html_copy_source = False
html_show_copyright = False
html_use_index = False
html_show_search_summary = False  # it fetches every page found, which browsers refuse for files
html_extra_path = ["site"]  # index.html, which leads to the README


def navigation(name: str) -> str:
    """Return the tables of contents of a page of the site, as directives: empty for a page without any."""
    if name == root_doc:
        text = (ROOT / f"{OVERVIEW}.md").read_text(encoding="utf-8")
        parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
        return _tree("", [OVERVIEW]) + "".join(map(_group, parts[::2], parts[1::2]))
    if name == DECISIONS:
        pages = sorted(path.stem for path in (ROOT / DECISIONS).parent.glob("[0-9]*.md"))
        return _tree("", [f"/docs/decisions/{page}" for page in pages])
    return ""


def _group(heading: str, text: str) -> str:
    targets = re.findall(r"\]\(([\w./-]+)\.md\)", text)
    names = [(ROOT / "docs" / target).resolve().relative_to(ROOT).as_posix() for target in targets]
    return _tree(heading, [f"/{name}" for name in dict.fromkeys(names) if name not in (root_doc, OVERVIEW)])


def _tree(caption: str, names: list[str]) -> str:
    options = [":hidden:", *([f":caption: {caption}"] if caption else [])]
    return "\n".join(["\n", "```{toctree}", *options, "", *names, "```", ""])


def add_navigation(_: Sphinx, name: str, content: list[str]) -> None:
    """Add its tables of contents to the text of a page."""
    content[0] += navigation(name)


def setup(app: Sphinx) -> dict[str, Any]:
    """Take part in the reading of pages."""
    app.connect("source-read", add_navigation)
    return {"parallel_read_safe": True}
