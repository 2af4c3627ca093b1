"""Which picture a story shows, and how: of any of its articles, none that others share, none that is too small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sample_edition import METRO, RIVER, article, edition, story

from aggregator import Edition, Story
from aggregator.model.picture import Picture, PictureCopy
from aggregator.outputs.pictures import Pictures


def pictured(number: int, *urls: str | None) -> Story:
    return story(number, *(article(RIVER if n else METRO, f"{number} {n}", n, image=url) for n, url in enumerate(urls)))


def shown(of: Story, *others: Story, **more: Any) -> str | None:
    picture = Pictures(edition(of, *others, **more)).of_story(of)
    return picture.source("../") if picture else None


def copied(url: str, *widths: int) -> Picture:
    copies = tuple(
        PictureCopy(name=f"p-{width}.jpg", width=width, height=width // 2, type="image/jpeg", file=Path(f"/x/{width}"))
        for width in widths
    )
    return Picture(url=url, width=widths[-1], height=widths[-1] // 2, type="image/jpeg", copies=copies)


def test_any_article_of_a_story_may_give_the_picture() -> None:
    assert shown(pictured(1, None, "https://a.example/2.jpg", "https://a.example/3.jpg")) == "https://a.example/2.jpg"
    assert shown(pictured(1, None, None)) is None
    assert shown(pictured(1, "javascript:alert(1)", "https://a.example/2.jpg")) == "https://a.example/2.jpg"


def test_a_picture_that_several_stories_have_is_a_logo() -> None:
    logo = "https://a.example/logo.jpg"
    assert shown(pictured(1, logo, "https://a.example/2.jpg"), pictured(2, logo)) == "https://a.example/2.jpg"
    assert shown(pictured(1, logo, logo)) == logo


def test_thumbnails_by_their_address_are_left_out() -> None:
    small = ("/thumbnail/60x60/a.jpg", "/a-150x150.jpg", "/a.jpg?width=120&q=8", "/a.jpg?x=1&w=90")
    assert all(shown(pictured(1, f"https://a.example{path}")) is None for path in small)
    large = ("/1200x675/a.jpg", "/a.jpg?w=800", "/2026x1/a.jpg", "/60x60/a.jpg?w=900", "/a60x60b.jpg")
    assert all(shown(pictured(1, f"https://a.example{path}")) for path in large)


def test_no_picture_without_pictures() -> None:
    assert shown(pictured(1, "https://a.example/1.jpg"), pictures="none") is None


def test_copies_have_sizes_and_a_wide_one_is_preferred() -> None:
    small, wide = "https://a.example/1.jpg", "https://a.example/2.jpg"
    of = pictured(1, small, wide)

    def with_copies(*copies: Picture) -> Edition:
        return edition(of, pictures="copy", copies={picture.url: picture for picture in copies})

    picture = Pictures(with_copies(copied(small, 320), copied(wide, 320, 640, 1200))).of_story(of)
    assert picture and (picture.article.image, picture.width, picture.height) == (wide, 1200, 600)
    assert (
        picture.sources("../") == "../pictures/p-320.jpg 320w, ../pictures/p-640.jpg 640w, ../pictures/p-1200.jpg 1200w"
    )
    only_small = Pictures(with_copies(copied(small, 320))).of_story(of)
    assert only_small and (only_small.source(""), only_small.sources("")) == ("pictures/p-320.jpg", "")
    assert Pictures(with_copies(copied(small, 120))).of_story(of) is None
    assert Pictures(with_copies()).of_story(of) is None
