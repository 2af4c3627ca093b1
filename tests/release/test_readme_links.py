"""Links of README lead somewhere on the package index, too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from markdown_pages import TEXTS
from readme_links import absolute_links
from readme_renderer.markdown import render

REPOSITORY = "https://code.example/news/aggregate"
BLOB, RAW = f"{REPOSITORY}/blob/v1", f"{REPOSITORY}/raw/v1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[guide](docs/guide.md)", f"[guide]({BLOB}/docs/guide.md)"),
        ("[guide](./docs/guide.md#store)", f"[guide]({BLOB}/docs/guide.md#store)"),
        ('[guide](docs/guide.md "The guide")', f'[guide]({BLOB}/docs/guide.md "The guide")'),
        ("![front](docs/front.webp)", f"![front]({RAW}/docs/front.webp)"),
        ("![two\nlines](docs/Front.PNG)", f"![two\nlines]({RAW}/docs/Front.PNG)"),
        ("[a](LICENSE) and [b](docs/b.md)", f"[a]({BLOB}/LICENSE) and [b]({BLOB}/docs/b.md)"),
        (
            "[![badge](docs/b.svg)](docs/guide.md)",
            f"[![badge]({RAW}/docs/b.svg)]({BLOB}/docs/guide.md)",
        ),
        ("[here](#more)", "[here](#more)"),
        ("[there](https://doi.org/10.1/2)", "[there](https://doi.org/10.1/2)"),
        ("[mail](mailto:news@daily.example)", "[mail](mailto:news@daily.example)"),
        ("`[code](docs/guide.md)` [guide](x.md)", f"`[code](docs/guide.md)` [guide]({BLOB}/x.md)"),
        ("```md\n[code](x.md)\n```\n[guide](x.md)", f"```md\n[code](x.md)\n```\n[guide]({BLOB}/x.md)"),
    ],
)
def test_relative_links_become_absolute(text: str, expected: str) -> None:
    assert absolute_links(text, REPOSITORY, "v1") == expected


def test_readme_renders_on_the_index_and_every_link_is_absolute() -> None:
    rendered = render(absolute_links(TEXTS["README.md"], REPOSITORY, "v1"))
    assert rendered
    page = html.fragment_fromstring(rendered, create_parent="div")
    targets = [*page.xpath("//a/@href"), *page.xpath("//img/@src")]
    assert any(target.startswith(f"{RAW}/docs/pictures/") for target in targets)
    assert [target for target in targets if not target.startswith(("https://", "http://", "#"))] == []
    assert page.xpath("//h2")
    assert page.xpath("//pre")


@given(st.text(alphabet="[](){}`~# \n!.:/abc", max_size=200))
def test_links_are_made_absolute_once(text: str) -> None:
    once = absolute_links(text, REPOSITORY, "v1")
    assert absolute_links(once, REPOSITORY, "v1") == once
    assert once.replace(f"{BLOB}/", "").replace("./", "") == text.replace("./", "")
