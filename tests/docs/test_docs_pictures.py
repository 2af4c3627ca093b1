"""The pictures of the documentation: each is made by the script, shown on a page, described, and small."""

from __future__ import annotations

from pathlib import Path

import make_pictures
import pytest
from markdown_pages import TEXTS, inline_of, resolve
from PIL import Image

FILES = sorted(make_pictures.FOLDER.iterdir())
MOST = 1_500_000
"""Bytes of all pictures together, since every clone has them."""


def shown() -> set[str]:
    """The pictures that the pages show."""
    images = ((page, image) for page in TEXTS for image in inline_of(page, "image"))
    return {resolve(page, str(image.attrGet("src"))).resolve().name for page, image in images}


def test_the_script_makes_each_picture() -> None:
    assert {path.stem for path in FILES} == make_pictures.NAMES


def test_each_picture_is_shown() -> None:
    assert {path.name for path in FILES} == shown()


@pytest.mark.parametrize("page", TEXTS)
def test_each_picture_has_an_alternative_text(page: str) -> None:
    for image in inline_of(page, "image"):
        assert len(image.content.split()) >= 3, image.attrGet("src")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_pictures_are_small_but_not_empty(path: Path) -> None:
    with Image.open(path) as picture:
        assert picture.width >= 600
        colours = picture.convert("RGB").resize((64, 64)).getcolors(64 * 64)
    assert len(colours or ()) > 20
    assert path.stat().st_size <= make_pictures.LARGEST


def test_all_pictures_together_are_small() -> None:
    assert sum(path.stat().st_size for path in FILES) <= MOST
