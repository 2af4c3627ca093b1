"""The e-book output: valid books with the edition's stories, pictures that are copied, and nothing from elsewhere."""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from browser import Browser
from epub_checker import check_epub, check_with_epubcheck
from lxml import etree
from project import Project
from sample_edition import (
    BRIDGE,
    EDITION,
    GERMAN,
    HARBOUR,
    NIGHT_TUBE,
    OWLS,
    RIVER,
    article,
    edition,
    hostile_edition,
    output,
    render,
    story,
)
from sample_pictures import with_pictures

from aggregator import Copy, Edition, Outlet, Story
from aggregator.model import Storyline, StoryReference

X = "{http://www.w3.org/1999/xhtml}"
PACKAGE = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
TAGS = (
    "a abbr b bdo blockquote br caption center cite code dd del details div dl dt em figcaption figure h1 h3 h6 hr "
    "i li ol p pre q rp rt ruby s section span strong sub summary table tbody td th time tr ul wbr audio"
).split()


class Book:
    """A book that was written: its files, and its pages of stories, in order."""

    def __init__(self, body: bytes) -> None:
        self.zip = zipfile.ZipFile(BytesIO(body))
        self.names = self.zip.namelist()
        self.package = self.read("package.opf")
        hrefs = [str(item.get("href")) for item in self.package.iter(f"{PACKAGE}item")]
        self.stories = [self.read(name) for name in hrefs if name.startswith("story-")]

    def read(self, name: str) -> etree._Element:
        return etree.fromstring(self.zip.read(f"EPUB/{name}"))

    def metadata(self, name: str) -> str:
        return "".join(str(element.text) for element in self.package.iter(f"{DC}{name}"))


def book(of: Edition = EDITION, **options: Any) -> Book:
    body = render("epub", of, **options)
    check_epub(body)
    return Book(body)


def first(element: etree._Element, path: str) -> etree._Element:
    """Return the first element of a path, which must exist."""
    found = element.find(path)
    assert found is not None, path
    return found


def text_of(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def page_of(told: Story, **more: Any) -> etree._Element:
    return book(edition(told, **more)).stories[0]


def body_of(content: str, **more: Any) -> str:
    """Return how the text of an article is shown, as text, without namespaces."""
    page = page_of(story(1, article(RIVER, "T", 1, content=content, **more)))
    [body] = page.xpath("//*[@class='text']")
    text = etree.tostring(body, encoding="unicode")
    return " ".join(re.sub(r"^<div[^>]*>|</div>\s*$| xmlns(:\w+)?=\"[^\"]*\"", "", text).split())


def soup(seed: int) -> str:
    """Return HTML whose elements are nested at random."""
    made, parts = random.Random(seed), []
    for _ in range(60):
        tag = made.choice(TAGS)
        start = made.choice(
            ['<{} href="https://a.example/{}">', "<{}>", "<{} dir=rtl lang=de colspan=3 start=2>", "</{}>"]
        )
        parts += [start.format(tag, made.randrange(9)), made.choice(["word ", "", "日本", "\n", "<img src=/a.png>"])]
    return "".join(parts)


@pytest.mark.e2e
@pytest.mark.slow
def test_epubcheck_finds_no_mistake(tmp_path: Path) -> None:
    """Checks one book with all there is: pictures, odd nesting, hostile texts, several languages."""
    soups = [
        story(
            500 + seed,
            article(RIVER, f"Soup {seed}", 30 + seed, content=soup(seed), image="https://river.example/s.png"),
        )
        for seed in range(60)
    ]
    hostile = [msgspec.structs.replace(one, id=f"urn:x:{one.id}") for one in hostile_edition().stories]
    of = with_pictures(
        edition(*EDITION.stories, *soups, *hostile, locale="ar"), tmp_path, "https://river.example/a.png"
    )
    check_with_epubcheck(render("epub", of))


def test_the_book_has_cover_contents_and_a_page_for_each_story() -> None:
    written = book()
    assert written.names[:3] == ["mimetype", "META-INF/container.xml", "EPUB/package.opf"]
    spine = [str(item.get("idref")) for item in written.package.iter(f"{PACKAGE}itemref")]
    assert spine[:2] == ["cover", "nav"] and len(spine) == 2 + len(EDITION.stories)
    cover = text_of(written.read("cover.xhtml"))
    assert all(one in cover for one in ("London Daily", "Focus on the big picture.", "Tuesday, 24 November 2026"))
    titles = [text_of(first(page, f".//{X}h1")) for page in written.stories]
    assert titles[0] == BRIDGE.title and set(titles) == {one.title for one in EDITION.stories}


def test_the_contents_have_the_sections() -> None:
    nav = book().read("nav.xhtml")
    top = [text_of(first(entry, f"{X}a")) for entry in first(nav, f".//{X}nav/{X}ol").iterchildren()]
    assert top[:3] == [BRIDGE.title, "London", "Business"]


def test_a_page_has_by_line_text_outlets_and_the_address() -> None:
    page = page_of(BRIDGE)
    text = text_of(page)
    assert "By Ada Lark and Tom Fenn, River Post, 24 November 2026, 09:30 UTC" in text
    assert "The first new crossing east of the docks opened on foot on Tuesday." in text
    assert "alert" not in text
    assert "Also published by Touchline" in text
    links = {text_of(link): link.get("href") for link in page.iter(f"{X}a")}
    assert links["Read at River Post"] == "https://river.example/mayor-opens-wren-bridge"
    assert links["Lifts"] == "https://river.example/lifts"
    assert links["The 1,400 sensors inside London's newest bridge"] == "https://circuit.example/the-1-400-sensors"


def test_a_story_without_a_text_has_its_summary() -> None:
    assert "Am Rhein" in text_of(page_of(GERMAN)) and "Zuschläge" in text_of(page_of(GERMAN))


def test_stories_that_were_merged_or_came_before_are_linked() -> None:
    before = StoryReference("urn:1", "Bridge opening delayed", "https://river.example/delayed")
    told = msgspec.structs.replace(
        OWLS,
        storyline=Storyline(id="urn:s", title="Bridge", earlier=(before,)),
        merged=(StoryReference("urn:2", "Lifts"),),
    )
    page = page_of(told)
    assert "This story now includes: Lifts" in text_of(page) and "Earlier: Bridge opening delayed" in text_of(page)
    assert "https://river.example/delayed" in [link.get("href") for link in page.iter(f"{X}a")]


def test_outlets_beyond_twelve_are_counted() -> None:
    others = [article(Outlet(f"Outlet {number}"), "T", number) for number in range(1, 16)]
    page = page_of(story(1, article(RIVER, "First", 20), *others))
    assert "and 3 more" in text_of(page) and "Outlet 13" not in text_of(page)


def test_language_and_direction_are_stated() -> None:
    written = book(edition(BRIDGE, GERMAN, locale="he"))
    assert written.metadata("language") == "he"
    assert first(written.package, f"{PACKAGE}spine").get("page-progression-direction") == "rtl"
    english, german = written.stories
    assert (english.get("lang"), english.get("dir")) == ("he", "rtl")
    assert dict(first(english, f".//{X}h1").attrib) == {
        "lang": "en",
        "{http://www.w3.org/XML/1998/namespace}lang": "en",
        "dir": "ltr",
    }
    assert first(german, f".//{X}h1").get("lang") == "de"


@pytest.mark.parametrize(
    "title", ["Daily", "日本の新聞", "Ежедневная газета", "The " + "Very " * 40 + "Long Daily", "🗞 News"]
)
def test_the_cover_has_the_title(title: str) -> None:
    written = book(edition(OWLS, title=title))
    item = next(one for one in written.package.iter(f"{PACKAGE}item") if one.get("properties") == "cover-image")
    picture = written.zip.read(f"EPUB/{item.get('href')}")
    if title.isascii():
        assert item.get("media-type") == "image/jpeg" and picture.startswith(b"\xff\xd8")
    else:
        assert text_of(etree.fromstring(picture)).replace(" ", "").startswith(title.replace(" ", ""))


def test_the_identifier_is_that_of_the_output_and_the_day() -> None:
    later = {"date": EDITION.date + timedelta(hours=2)}
    next_day = {"date": EDITION.date + timedelta(days=1)}
    first, same_day, tomorrow = (book(edition(OWLS, **more)) for more in ({}, later, next_day))
    assert first.metadata("identifier") == same_day.metadata("identifier") != tomorrow.metadata("identifier")
    modified = [one for one in same_day.package.iter(f"{PACKAGE}meta") if one.get("property") == "dcterms:modified"]
    assert [one.text for one in modified] == [f"{EDITION.date + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"]


def test_the_same_edition_results_in_the_same_bytes(tmp_path: Path) -> None:
    of = with_pictures(EDITION, tmp_path)
    assert render("epub", of) == render("epub", with_pictures(edition(*EDITION.stories), tmp_path))


def test_a_folder_has_a_book_for_each_day() -> None:
    evening = edition(OWLS, date=EDITION.date.replace(hour=23), timezone="Europe/Berlin")
    names = [
        [name for name, _ in output("epub")(of, path="public/books")] for of in (edition(OWLS), evening, edition())
    ]
    assert names == [["2026-11-24.epub"], ["2026-11-25.epub"], []]


def test_an_empty_edition_in_a_file_has_a_note() -> None:
    assert "There is no news yet." in text_of(book(edition()).read("cover.xhtml"))


def test_copied_pictures_are_in_the_book(tmp_path: Path) -> None:
    figure = '<figure><img src="/inside.png" alt="Inside"><figcaption>By X</figcaption></figure>'
    content = f'<p>Text</p>{figure}<img src="/other.png">'
    told = story(1, article(RIVER, "T", 1, content=content, image="https://river.example/a.jpg"))
    written = book(with_pictures(edition(told), tmp_path, "https://river.example/inside.png"))
    images = [image.attrib for image in written.stories[0].iter(f"{X}img")]
    assert [image["alt"] for image in images] == ["", "Inside"]
    assert all(image["width"] == "640" for image in images)
    assert {f"EPUB/{image['src']}" for image in images} <= set(written.names)


@pytest.mark.parametrize("pictures", ["link", "none"])
def test_other_pictures_are_left_out(pictures: str) -> None:
    content = (
        '<p>Text</p><img src="/a.png"><video src="/v.mp4" poster="/p.png"></video><picture><img src="/b.png"></picture>'
    )
    told = story(1, article(RIVER, "T", 1, content=content, image="https://river.example/a.jpg"))
    written = book(edition(told, pictures=pictures))
    assert not list(written.stories[0].iter(f"{X}img", f"{X}video", f"{X}picture"))
    assert not [name for name in written.names if "picture" in name]
    assert "https://river.example/v.mp4" in [link.get("href") for link in written.stories[0].iter(f"{X}a")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("plain text", "<p>plain text</p>"),
        ("one<br>two<br><br>three", "<p>one<br/>two</p><p>three</p>"),
        ("<h1>A</h1><h6>B</h6>", "<h2>A</h2><h4>B</h4>"),
        ("<b><p>one</p><p>two</p></b>", "<p><b>one</b></p><p><b>two</b></p>"),
        ('<a href="/x"><div>one</div></a>', '<div><a href="https://river.example/x">one</a></div>'),
        ("<li>alone</li>", "<div>alone</div>"),
        ("<ul><p>a</p><li>b</li></ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<ol start=3><li>c</ol>", '<ol start="3"><li>c</li></ol>'),
        ("<table><tr><td>layout</td></tr></table>", "<div>layout</div>"),
        (
            "<table><tr><th>a<td>b<tr><td colspan=2>c</table>",
            '<table><tbody><tr><th>a</th><td>b</td></tr><tr><td colspan="2">c</td></tr></tbody></table>',
        ),
        (
            "<p><a href='javascript:x()'>x</a> <a href='/y'>y</a></p>",
            '<p>x <a href="https://river.example/y">y</a></p>',
        ),
        ("<p><font color=red>a</font><tt>b</tt><time>c</time></p>", "<p>a<code>b</code>c</p>"),
        ("<center><p>a</p></center>", "<div><p>a</p></div>"),
        ("<p><abbr title='World'>W</abbr> H<sub>2</sub>O</p>", '<p><abbr title="World">W</abbr> H<sub>2</sub>O</p>'),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "<p><ruby>漢<rt>kan</rt></ruby></p>"),
        ("<figcaption>alone</figcaption>", "<div>alone</div>"),
        ("<pre>a\n  b</pre>", "<pre>a b</pre>"),
        ("<p>a</p><hr><p>b</p>", "<p>a</p><hr/><p>b</p>"),
        ("<p></p><div><img src='/none.png'></div>text", "<p>text</p>"),
        ("<dl><dt>Term</dt><dd>What it is</dd></dl>", "<div><div>Term</div><div>What it is</div></div>"),
    ],
)
def test_texts_are_nested_as_html_allows(content: str, expected: str) -> None:
    assert re.sub(r">\s+<", "><", body_of(content)) == expected


def test_long_and_deep_texts_are_bounded() -> None:
    told = [
        story(1, article(RIVER, "Long", 1, content="<p>word</p>" * 200_000)),
        story(2, article(RIVER, "Deep", 2, content="<div><b>" * 5_000 + "deepest")),
        story(3, article(RIVER, "Quoted", 3, content="<blockquote>" * 400 + "innermost")),
    ]
    long, deep, quoted = book(edition(*told)).stories
    assert len(text_of(long)) < 250_000
    assert "deepest" in text_of(deep) and "innermost" in text_of(quoted)


def test_file_names_do_not_depend_on_titles() -> None:
    first, second = (
        [name for name in book(edition(story(1, article(RIVER, title, 1)))).names if "story-" in name]
        for title in ("../../etc/passwd", "A title")
    )
    assert first == second and re.fullmatch(r"EPUB/story-[0-9a-f]{16}\.xhtml", first[0])


def test_a_story_of_two_sections_has_one_page() -> None:
    sections = tuple(msgspec.structs.replace(one, stories=EDITION.stories) for one in EDITION.sections)
    assert len(book(edition(*EDITION.stories, sections=sections)).stories) == len(EDITION.stories)


def test_copies_in_other_outlets_are_listed_once() -> None:
    first = article(RIVER, "First", 9)
    copies = tuple(Copy(article(HARBOUR, f"Copy {number}", number), first.id) for number in range(3))
    assert text_of(page_of(story(1, first, copies=copies))).count("Harbour Times") == 1


def test_a_run_writes_a_book_and_keeps_those_of_other_days(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("in.jsonl", '{"title": "A fire", "url": "https://a.example/1", "source": "Courier"}\n')
    project.write("books/2026-01-01.epub", "an older book")
    source = '[[sources]]\nplugin = "jsonl"\npath = "in.jsonl"\n'
    project.configure(f'{source}[[outputs]]\nplugin = "epub"\npath = "books"\n')
    assert project.run()["outputs"][0]["written"] == 1
    assert project.run()["outputs"][0]["written"] == 0
    old, new = sorted((tmp_path / "books").iterdir())
    assert old.read_text() == "an older book"
    check_epub(new.read_bytes())


@pytest.fixture
def unpacked(tmp_path: Path) -> Iterator[Path]:
    of = with_pictures(edition(*EDITION.stories, *hostile_edition().stories), tmp_path)
    zipfile.ZipFile(BytesIO(render("epub", of))).extractall(tmp_path / "book")
    yield tmp_path / "book" / "EPUB"


@pytest.mark.e2e
@pytest.mark.slow
def test_pages_in_a_browser_load_nothing_from_elsewhere(unpacked: Path, browser: Browser) -> None:
    pages = sorted(unpacked.glob("*.xhtml"))
    with browser.page(width=400) as page:
        for path in (unpacked / "cover.xhtml", unpacked / "nav.xhtml", *pages[:25]):
            page.open(path)
            assert page.third_party() == [] and page.console == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert NIGHT_TUBE.title in (unpacked / "nav.xhtml").read_text(encoding="utf-8")
