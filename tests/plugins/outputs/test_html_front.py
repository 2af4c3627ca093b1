"""The front page of the newspaper: its parts, their order, its links, languages, times and pictures."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import html
from lxml.html import HtmlElement
from sample_edition import (
    BRIDGE,
    CUP,
    EDITION,
    GERMAN,
    HARBOUR,
    HOSTILE_TEXTS,
    LOW_PAY,
    METRO,
    OWLS,
    PODCAST,
    PUBLICATIONS,
    RIVER,
    STORIES,
    article,
    edition,
    hostile_edition,
    output,
    publication,
    render,
    story,
)

from aggregator import Copy, Edition, Outlet, Publication, Section, Story
from aggregator.editions.snapshot import pack_edition, unpack_edition
from aggregator.errors import OutputError
from aggregator.model import Archive, Deferred
from aggregator.model.picture import Picture, PictureCopy
from aggregator.outputs.page_names import article_page, edition_page, story_page
from aggregator.outputs.text import legal

DAY = date(2026, 11, 24)


def page(of: Edition = EDITION, **options: Any) -> HtmlElement:
    return html.document_fromstring(render("html", of, path="index.html", **options))


def site(of: Edition = EDITION, **options: Any) -> dict[str, bytes]:
    files = dict(output("html")(msgspec.structs.replace(of, itself=publication("html", "")), path="public", **options))
    return {name: body.render() if isinstance(body, Deferred) else body for name, body in files.items()}


def front(of: Edition = EDITION, **options: Any) -> HtmlElement:
    return html.document_fromstring(site(of, **options)["index.html"])


def words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def all_words(document: HtmlElement, selector: str) -> list[str]:
    return [words(element) for element in document.cssselect(selector)]


def hrefs(document: HtmlElement, selector: str) -> list[str]:
    return [element.get("href", "") for element in document.cssselect(selector)]


def many(count: int, **more: Any) -> Edition:
    """An edition of stories in two sections, the first ones with pictures and several outlets."""
    stories = []
    for n in range(count):
        tags = ("world",) if n % 2 else ("city",)
        articles = [
            article(outlet, f"Report {n} of {outlet.name} about a bridge, a river and a town", n / 2 + k / 9, tags=tags)
            for k, outlet in enumerate((RIVER, METRO, HARBOUR)[: 1 + n % 3])
        ]
        image = f"https://river.example/{n}.jpg" if n % 3 == 0 else None
        summary = f"The first new crossing in thirty years opened on Tuesday, for the {n}th time."
        stories.append(story(n, articles[0].replace(summary=summary, image=image), *articles[1:]))
    return edition(*stories, **more)


# ---- the output's path, and its files


@pytest.mark.parametrize(("path", "name"), [("public/index.html", ""), ("public/daily.HTM", "")])
def test_a_page_is_one_file(path: str, name: str) -> None:
    assert [name for name, _ in output("html")(EDITION, path=path)] == [name]


@pytest.mark.parametrize("path", ["public", "a.html/b"])
def test_a_folder_has_the_front_page_twice_and_its_assets(path: str) -> None:
    names = [name for name, _ in output("html")(EDITION, path=path)]
    assert {"index.html", "2026/11/24/index.html", "favicon.svg"} <= {*names}
    assert [name for name in names if re.fullmatch(r"assets/style-[0-9a-f]{12}\.css", name)]
    assert len(names) == len({*names})


def test_both_copies_of_the_front_page_have_working_relative_links() -> None:
    files = site()
    for name in ("index.html", "2026/11/24/index.html"):
        document = html.document_fromstring(files[name])
        depth = name.count("/")
        (style,) = hrefs(document, "link[rel=stylesheet]")
        assert style.removeprefix("../" * depth) in files and style.count("../") == depth
        assert hrefs(document, ".nameplate a") == ["../" * depth + "index.html"]
        assert not [link for link in hrefs(document, "a, link") if link.startswith("/")]


def test_a_day_that_has_ended_yields_only_its_own_page() -> None:
    files = site(archive=Archive((date(2026, 11, 23), DAY, date(2026, 11, 25)), frozen=True))
    assert "index.html" not in files and edition_page(DAY) in files
    assert not [name for name in files if name.startswith("assets/")]


def test_editions_before_and_after_are_linked() -> None:
    days = (date(2026, 11, 20), date(2026, 11, 23), DAY, date(2026, 11, 25))
    document = front(archive=Archive(days))
    assert hrefs(document, ".updated a") == ["2026/11/23/index.html", "2026/11/25/index.html"]
    assert [link.get("rel") for link in document.cssselect(".updated a")] == ["prev", "next"]
    assert not front(archive=Archive((DAY,))).cssselect(".updated a")


@pytest.mark.parametrize("of", [EDITION, many(40), hostile_edition(), edition(GERMAN)])
def test_the_page_of_a_stored_edition_is_the_same(of: Edition) -> None:
    of = legal(msgspec.structs.replace(of, itself=publication("html", "")))
    assert site(unpack_edition(pack_edition(of)))["2026/11/24/index.html"] == site(of)["2026/11/24/index.html"]


# ---- the parts


def test_masthead_lead_and_sections_are_in_order() -> None:
    document = page()
    assert words(document.cssselect(".masthead h1")[0]) == "London Daily"
    assert words(document.cssselect(".masthead .tagline")[0]) == "Focus on the big picture."
    assert words(document.cssselect(".lead h3")[0]) == BRIDGE.title
    menu = all_words(document, "nav li")
    assert menu == all_words(document, "h2.label")[: len(menu)]
    assert {"Business", "Technology", "Sport", "Nature"} >= {*menu} and menu


def test_the_title_has_the_date() -> None:
    assert words(page().cssselect("title")[0]) == "London Daily, 24 November 2026"


def test_the_day_and_time_of_the_edition_are_local() -> None:
    late = edition(BRIDGE, date=datetime(2026, 7, 14, 23, 5, tzinfo=UTC), timezone="Europe/London")
    document = page(late)
    assert words(document.cssselect(".date")[0]) == "Wednesday, 15 July 2026"
    assert words(document.cssselect(".updated")[0]) == "Updated 00:05 BST"
    assert document.cssselect(".date time")[0].get("datetime") == "2026-07-15"
    assert all_words(document, "footer p")[-1] == "All times are BST."
    assert "2026/07/15/index.html" in site(late)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 17, 30, 50])
@pytest.mark.parametrize("columns", [1, 3, 4])
def test_every_story_has_one_place(count: int, columns: int) -> None:
    of = many(count)
    titles = [title for title in all_words(page(of, columns=columns), "h3") if title != "Latest"]
    assert sorted(titles) == sorted(story.title for story in of.stories)


def test_the_lead_names_other_outlets_in_one_line_and_lists_their_articles() -> None:
    lead = page().cssselect(".lead")[0]
    assert all_words(lead, ".coverage summary") == ["Metro Ledger, Harbour Times and 3 more"]
    assert len(lead.cssselect(".coverage li")) == 4
    assert words(lead.cssselect(".copies")[0]) == "Also published by Touchline"
    assert all_words(page(edition(LOW_PAY)), ".coverage summary") == ["River Post and Metro Ledger"]


def test_the_headline_and_summary_are_those_of_the_shown_article() -> None:
    shown = article(METRO, "Bridge: lifts to open on Friday", 1, "All four lifts work.")
    document = page(edition(msgspec.structs.replace(BRIDGE, display=shown)))
    assert words(document.cssselect(".lead h3")[0]) == shown.title
    assert words(document.cssselect(".lead .standfirst")[0]) == "All four lifts work."
    assert document.cssselect(".lead h3 a")[0].get("href") == shown.url


def test_the_time_line_tells_how_the_coverage_grew() -> None:
    outlets = [Outlet(f"Outlet {n}") for n in range(7)]
    reports = [article(outlet, f"Report {n}", 20 - n) for n, outlet in enumerate(outlets)]
    lead = story(1, reports[0].replace(image="https://a.example/1.jpg", summary="Short."), *reports[1:])
    document = page(edition(lead, *STORIES[1:], latest=STORIES[1:]))
    times = [element.get("datetime", "") for element in document.cssselect(".timeline time")]
    assert times and times == sorted(times)
    assert all_words(document, ".timeline .outlet") == [outlet.name for outlet in outlets[1 : len(times) + 1]]


def test_the_newest_stories_are_listed_with_times_and_days() -> None:
    newest = tuple(sorted(many(30).stories, key=lambda one: one.updated, reverse=True))
    document = page(many(30, latest=newest, date=newest[0].updated + timedelta(hours=1), timezone="Europe/Berlin"))
    times = [element.get("datetime", "") for element in document.cssselect(".latest time")]
    assert len(times) >= 4 and times == sorted(times, reverse=True)
    first = datetime.fromisoformat(times[0])
    assert all_words(document, ".latest time")[0] == f"{first.hour + 1:02}:{first.minute:02}"
    above = {*all_words(document, ".lead h3, .seconds h3, .rail .card h3")}
    assert not above & {*all_words(document, ".latest .title")}
    old = page(many(30, latest=newest, date=newest[0].updated + timedelta(days=2)))
    assert all_words(old, ".latest .day")[0] == "Tue 24 Nov"


def test_a_podcast_can_be_played() -> None:
    (link,) = page(edition(PODCAST)).cssselect(".byline a")
    assert (link.get("href"), words(link)) == ("https://circuit.example/weather.mp3", "Listen (32 minutes)")


def test_missing_parts_are_not_shown() -> None:
    bare = story(1, article(RIVER, "Only a title", 1, url=None))
    document = page(edition(bare, tagline="", sources=(), publications=()))
    absent = "nav, .tagline, .subscribe, .summary, .standfirst, .coverage, main img, .sources, .section, h3 a"
    assert not document.cssselect(absent)
    assert words(page(edition()).cssselect("main")[0]).startswith("There is no news yet.")
    assert not page(edition()).cssselect("time, article")


def test_the_footer_counts_sources() -> None:
    assert "6 sources" in all_words(page(), "footer summary")
    assert all_words(front(), "footer .site-links li") == ["6 sources", "Topics", "Archive", "Search"]
    assert {*hrefs(front(), "footer .site-links a")} <= {*site()}


# ---- links


def test_headlines_link_to_the_publisher_in_a_page_and_to_pages_of_the_site_in_a_folder() -> None:
    assert page(edition(BRIDGE)).cssselect(".lead h3 a")[0].get("href") == BRIDGE.url
    document = front(edition(BRIDGE, OWLS))
    assert hrefs(document, ".lead h3 a") == [story_page(BRIDGE)]
    assert hrefs(document, ".lead .byline a.outlet") == [BRIDGE.url]
    assert article_page(OWLS.shown) in hrefs(document, "h3 a")


def test_feeds_are_linked_once_in_a_menu() -> None:
    document = page()
    heads = [(link.get("type"), link.get("title"), link.get("href")) for link in document.cssselect("[rel=alternate]")]
    assert heads == [
        ("application/rss+xml", "London Daily: RSS", "feed.xml"),
        ("application/atom+xml", "London Daily: Atom", "atom.xml"),
        ("application/feed+json", "London Daily: JSON Feed", "feeds/feed.json"),
    ]
    assert all_words(document, "details.subscribe summary") == ["Subscribe"]
    assert all_words(document, ".subscribe li") == ["RSS", "Atom", "JSON Feed", "List of sources (OPML)"]
    assert hrefs(document, ".subscribe a")[-1] == "sources.opml"


@pytest.mark.parametrize(
    ("itself", "href"),
    [("site/index.html", "../feed.xml"), ("index.html", "feed.xml"), ("a/b/c.html", "../../feed.xml")],
)
def test_relative_addresses_depend_on_the_folder_of_the_page(itself: str, href: str) -> None:
    here = publication("html", itself)
    document = page(edition(BRIDGE, itself=here, publications=(here, *PUBLICATIONS[1:])))
    assert document.cssselect("head link[rel=alternate]")[0].get("href") == href


def test_a_site_in_a_folder_links_to_feeds_outside_of_it() -> None:
    here = publication("html", "site/")
    of = edition(BRIDGE, publications=(here, *PUBLICATIONS[1:]), itself=here)
    files = dict(output("html")(of, path="public/site"))
    days = html.document_fromstring(files["2026/11/24/index.html"])
    assert days.cssselect("[rel=alternate]")[0].get("href") == "../../../../feed.xml"
    assert hrefs(days, "[rel=canonical]") == ["https://daily.example/site/2026/11/24/"]


def test_feeds_have_their_labels_or_different_names() -> None:
    feeds = (publication("rss", "all.xml"), publication("rss", "sport: news.xml"))
    document = page(edition(BRIDGE, publications=(PUBLICATIONS[0], *feeds)))
    assert all_words(document, ".subscribe li") == ["RSS (all)", "RSS (sport: news)"]
    assert hrefs(document, ".subscribe a")[1] == "sport%3A%20news.xml"
    labelled = Publication("rss", "s.xml", "https://daily.example/s.xml", "London Sport", "Sport")
    document = page(edition(BRIDGE, publications=(PUBLICATIONS[0], feeds[0], labelled)))
    assert all_words(document, ".subscribe li") == ["RSS", "Sport"]
    assert document.cssselect("[rel=alternate]")[1].get("title") == "London Sport: Sport"


def test_the_canonical_address_needs_an_url() -> None:
    assert hrefs(page(), "[rel=canonical]") == ["https://daily.example/"]
    assert not page(edition(BRIDGE, url="")).cssselect("[rel=canonical]")


# ---- languages


def test_languages_are_marked() -> None:
    (title,) = page(edition(GERMAN)).cssselect("h3")
    assert (title.get("lang"), title.get("dir")) == ("de", None)
    arabic = story(1, article(RIVER, "افتتاح الجسر", 1, language="ar"))
    (title,) = page(edition(arabic)).cssselect("h3")
    assert (title.get("lang"), title.get("dir")) == ("ar", "rtl")
    unknown = story(1, article(RIVER, "Bridge", 1, language=None))
    assert page(edition(unknown)).cssselect("h3")[0].get("dir") == "auto"


@pytest.mark.parametrize(
    ("locale", "direction", "updated", "latest", "more"),
    [
        ("de", "ltr", "Stand 14:30 MEZ", "Zuletzt", "Metro Ledger, Harbour Times und 3 weitere"),
        ("fr", "ltr", "Mis à jour à 14:30 CET", "Dernières nouvelles", "Metro Ledger, Harbour Times et 3 autres"),
        ("es-MX", "ltr", None, "Lo último", "Metro Ledger, Harbour Times y 3 más"),
        ("pt-BR", "ltr", None, "Últimas notícias", "Metro Ledger, Harbour Times e mais 3"),
        ("ar", "rtl", None, "Latest", None),
        ("he", "rtl", None, "Latest", None),
    ],
)
def test_labels_are_in_the_readers_language(
    locale: str, direction: str, updated: str | None, latest: str, more: str | None
) -> None:
    now = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
    document = page(edition(*STORIES, locale=locale, timezone="Europe/Berlin", date=now, latest=STORIES))
    assert (document.get("lang"), document.get("dir")) == (locale, direction)
    assert words(document.cssselect(".latest .label")[0]) == latest
    assert updated is None or words(document.cssselect(".updated")[0]) == updated
    assert more is None or words(document.cssselect(".coverage summary")[0]) == more


def test_month_and_day_are_in_the_readers_language() -> None:
    document = page(edition(*STORIES, locale="de"))
    assert words(document.cssselect(".date")[0]) == "Dienstag, 24. November 2026"
    assert words(document.cssselect("title")[0]) == "London Daily, 24. November 2026"
    american = page(edition(*STORIES, locale="en-US"))
    assert words(american.cssselect(".date")[0]) == "Tuesday, November 24, 2026"


def test_sections_have_their_label_or_tag_and_the_name_of_their_language() -> None:
    stories = many(30).stories
    sections = (
        Section("world", stories[:12], "Abroad"),
        Section("world", stories[12:20], "", "de"),
        Section("de", stories[20:24], "", "de"),
        Section("", stories[24:]),
    )
    of = edition(*stories, sections=sections)
    expected = ["Abroad", "World German", "German", "More stories"]
    assert [label for label in all_words(page(of), "h2.label") if label in expected] == expected
    german = page(msgspec.structs.replace(of, locale="de"))
    assert [label for label in all_words(german, "h2.label")][1:4] == [
        "World Deutsch",
        "Deutsch",
        "Weitere Nachrichten",
    ]


# ---- pictures


def copied_edition(folder: Path) -> Edition:
    urls = sorted({one.image for member in STORIES for one in member.articles if one.image})
    copies = {}
    for number, url in enumerate(urls):
        files = []
        for width in (320, 1200):
            file = folder / f"{number}-{width}.jpg"
            file.write_bytes(b"picture")
            files.append(PictureCopy(name=file.name, width=width, height=width // 2, type="image/jpeg", file=file))
        copies[url] = Picture(url=url, width=2400, height=1200, type="image/jpeg", copies=tuple(files))
    return edition(*STORIES, pictures="copy", copies=copies)


def test_copied_pictures_are_files_of_the_site(tmp_path: Path) -> None:
    files = site(copied_edition(tmp_path))
    document = html.document_fromstring(files["2026/11/24/index.html"])
    images = document.cssselect("main img")
    assert images and all(image.get("src", "").removeprefix("../../../") in files for image in images)
    first = images[0]
    assert (first.get("width"), first.get("height"), first.get("alt")) == ("1200", "600", "")
    assert re.fullmatch(
        r"../../../pictures/\d-320.jpg 320w, ../../../pictures/\d-1200.jpg 1200w", first.get("srcset", "")
    )
    policy = document.cssselect('meta[http-equiv="Content-Security-Policy"]')[0].get("content", "")
    assert "img-src 'self';" in policy
    assert not [image for image in images if "://" in image.get("src", "")]


def test_a_stored_edition_is_written_although_its_copies_were_deleted(tmp_path: Path) -> None:
    of = msgspec.structs.replace(copied_edition(tmp_path), itself=publication("html", ""))
    stored, before = unpack_edition(pack_edition(of)), site(of)["2026/11/24/index.html"]
    for file in tmp_path.glob("*.jpg"):
        file.unlink()
    files = site(stored, archive=Archive((DAY, date(2026, 11, 25)), frozen=True))
    assert files.keys() == {"2026/11/24/index.html"}
    assert b'src="../../../pictures/' in files["2026/11/24/index.html"] and b"<img" in before


def test_a_single_page_has_its_pictures_in_the_folder_of_its_name(tmp_path: Path) -> None:
    files = dict(output("html")(copied_edition(tmp_path), path="public/index.html"))
    document = html.document_fromstring(files[""])
    sources = {image.get("src") for image in document.cssselect("main img")}
    assert sources and sources <= {f"index/{name}" for name in files if name.startswith("pictures/")}


def test_linked_pictures_have_a_credit_and_no_picture_is_used_without() -> None:
    document = page()
    assert {image.get("src") for image in document.cssselect("main img")} <= {
        "https://river.example/bridge.jpg",
        "https://rheinische.example/kaub.jpg",
        "https://harbour.example/cranes.jpg",
    }
    assert "Picture: River Post" in all_words(document, "figcaption")
    none = page(edition(*STORIES, pictures="none"))
    assert not none.cssselect("img, [rel=icon]")
    assert "img-src 'none'" in none.cssselect('meta[http-equiv="Content-Security-Policy"]')[0].get("content", "")


# ---- options


def test_a_logo_replaces_the_title_in_the_masthead(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    files = site(config_folder=tmp_path, logo="logo.svg")
    (image,) = html.document_fromstring(files["index.html"]).cssselect("h1 img")
    assert image.get("alt") == "London Daily" and image.get("src", "") in files
    (image,) = page(config_folder=tmp_path, logo="logo.svg").cssselect("h1 img")
    assert image.get("src", "").startswith("data:image/svg+xml;base64,")
    with pytest.raises(OutputError, match=r"none\.svg: cannot be read"):
        site(config_folder=tmp_path, logo="none.svg")


def test_own_rules_are_added_to_the_style(tmp_path: Path) -> None:
    (tmp_path / "mine.css").write_text("body { color: rebeccapurple }")
    files = site(config_folder=tmp_path, css="mine.css")
    (name,) = (name for name in files if name.startswith("assets/style-"))
    assert files[name].decode().endswith("body { color: rebeccapurple }") and name not in site()
    assert page(config_folder=tmp_path, css="mine.css").cssselect("style")[0].text_content().endswith("rebeccapurple }")


def test_columns_change_the_rows() -> None:
    assert len(page(many(50), columns=4).cssselect(".row .card")) == 4
    assert len(page(many(50), columns=3).cssselect(".row .card")) == 3
    assert not page(many(50), columns=1).cssselect(".row")


def test_the_icon_has_the_initial_of_the_title() -> None:
    assert b">L</text>" in site()["favicon.svg"]
    assert page().cssselect("[rel=icon]")[0].get("href", "").startswith("data:image/svg+xml;base64,")


def test_the_compact_theme_changes_the_page_and_keeps_its_parts() -> None:
    document, normal = page(many(40), theme="compact"), page(many(40))
    titles = [title for title in all_words(normal, "h3") if title != "Latest"]
    assert sorted(all_words(document, "h3")) == sorted(titles)
    assert document.cssselect(".lists") and not normal.cssselect(".lists")


def test_a_theme_of_ones_own_extends_the_page(tmp_path: Path) -> None:
    theme = tmp_path / "mine"
    (theme / "locale").mkdir(parents=True)
    (theme / "front.html.j2").write_text(
        '{% extends "shipped/front.html.j2" %}{% block brief %}<p id="mine">{{ _("Latest") }}</p>{% endblock %}'
    )
    (theme / "theme.css").write_text(":root { --accent: #050 }")
    document = page(many(40), config_folder=tmp_path, theme="mine")
    assert words(document.cssselect("#mine")[0]) == "Latest" and not document.cssselect(".brief")
    assert "--accent: #050" in document.cssselect("style")[0].text_content()


# ---- markup


@pytest.mark.parametrize("of", [EDITION, many(50), hostile_edition(), edition(), edition(OWLS), edition(CUP, OWLS)])
def test_the_page_is_accessible(of: Edition) -> None:
    document = page(of)
    levels = [int(str(heading.tag)[1]) for heading in document.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(len(document.cssselect(landmark)) == 1 for landmark in ("header.masthead", "main", "footer"))
    assert all(image.get("alt") is not None for image in document.iter("img"))
    ids = [element.get("id") for element in document.cssselect("[id]")]
    assert len(set(ids)) == len(ids)
    targets = [link.get("href", "")[1:] for link in document.cssselect('a[href^="#"]')]
    labels = [element.get("aria-labelledby") for element in document.cssselect("[aria-labelledby]")]
    assert {*targets, *labels} <= {*ids}


def test_the_content_security_policy_allows_only_the_style_and_pictures() -> None:
    document = page()
    style = document.cssselect("style")[0].text_content()
    policy = document.cssselect('meta[http-equiv="Content-Security-Policy"]')[0].get("content", "")
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    assert not document.cssselect("script, [style], link[rel=stylesheet]")
    assert not front().cssselect("script, [style], style")


def test_malicious_texts_are_escaped() -> None:
    document = page(hostile_edition())
    assert not document.cssselect("script, iframe, object, form, base, b")
    assert len(document.cssselect("h1, title, style")) == 3
    assert not [name for element in document.iter() for name in element.attrib if str(name).startswith("on")]
    addresses = [element.get(name) for element in document.iter() for name in ("href", "src") if element.get(name)]
    allowed = re.compile(r"(https://[a-z]+\.example/|#|[a-z./]+$|data:image/svg\+xml;base64,)")
    assert all(allowed.match(str(address)) for address in addresses)
    assert max(map(len, all_words(document, "h3"))) <= 240
    assert any(HOSTILE_TEXTS[3] in title for title in all_words(document, "h3"))


def test_a_copy_is_named_once() -> None:
    first = article(RIVER, "Bridge", 2)
    copies = tuple(Copy(article(METRO, "Bridge", 1, id=str(n)), first.id) for n in range(3))
    document = page(edition(story(1, first, copies=copies)))
    assert all_words(document, ".coverage summary") == ["Metro Ledger"]


def test_a_front_page_of_fifty_stories_is_small() -> None:
    outlets = [Outlet(f"The {n}th Courier of the Town", f"https://courier{n}.example/") for n in range(30)]
    texts = "A summary of about two hundred and forty letters, as feeds have them. " * 4
    stories: list[Story] = []
    for n in range(50):
        reports = [
            article(outlet, f"Headline {n} of a usual length for a paper, by {k}", k, texts, tags=(f"tag {n % 6}",))
            for k, outlet in enumerate(outlets[: (30, 8, 3, 1, 1)[n % 5]])
        ]
        stories.append(story(n, *reports))
    assert len(site(edition(*stories))["index.html"]) < 150_000
