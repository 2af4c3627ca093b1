"""Listings in many layouts, with links that are not articles: the same five articles are found in each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aggregator.pages import read_listing

URL = "https://gazette.example/news/"
TITLES = (
    "Ferry runs aground in the fog",
    "Council votes to keep the old lamp post",
    "Three swans delay the morning train",
    "School swaps its bells for birdsong",
    "Baker opens at midnight, sells out by one",
)
TEXT = "The harbour office has confirmed what had been feared since Monday morning."
MENU = '<header><a href="/">Gazette</a><nav><a href="/sport/">Sport</a><a href="/about/">About us</a></nav></header>'
FOOTER = """<div class="bottom"><a href="/how-we-handle-your-personal-data">How we handle your personal data</a>
<a href="/terms-and-conditions-of-sale">Terms and conditions of sale</a>
<a href="/accessibility-statement-2024">Accessibility statement for this site</a></div>"""

Row = Callable[[int, str, str], str]
"""Renders a row of the list from its number, its headline and the slug of its URL."""


def page(row: Row, more: str = "") -> str:
    slugs = ["-".join("".join(filter(str.isalnum, word)) for word in title.lower().split()) for title in TITLES]
    rows = "".join(row(n, title, slug) for n, (title, slug) in enumerate(zip(TITLES, slugs, strict=True)))
    around = "table" if rows.startswith("<tr>") else "div"
    return f"{MENU}<main><h1>News</h1><{around}>{rows}</{around}>{more}</main>"


def day(n: int) -> str:
    return f"{20 - n} November 2026"


GENERIC_LINKS: dict[str, Row] = {
    "rows with a button and a file": lambda n, t, s: (
        f'<tr><td>{day(n)}<td>{t}<td><a href="/files/{s}.pdf">PDF</a> <a href="/pr/{n}">View release</a>'
    ),
    "a button in any language": lambda n, t, s: (
        f'<div><div class="b">{t}</div><p>{TEXT}</p><a href="/uutiset/{s}">Lue lisää aiheesta</a></div>'
    ),
    "a link over the whole card": lambda n, t, s: (
        f'<div><a class="stretched" href="/n/{s}"></a><div class="tt-title">{t}</div><div>{day(n)}</div></div>'
    ),
    "a heading that all cards share": lambda n, t, s: (
        f'<div><h5>Press release</h5><p>{t}</p><a href="/n/{s}"><img src="/{n}.jpg"></a><a href="/n/{s}">More</a></div>'
    ),
    "an arrow": lambda n, t, s: f'<div><h3>{t}</h3><p>{TEXT}</p><a href="/n/{s}">→</a></div>',
    "a picture": lambda n, t, s: f'<div><a href="/n/{s}"><img src="/{n}.jpg"></a><h3>{t}</h3></div>',
    "a label for a link over the card": lambda n, t, s: (
        f"""<div><a class="over" href="/n/{s}" aria-label="{t}"></a><h3><i>Live</i> {t} <i>Ada Quill</i></h3>
        <p>{TEXT}</p><a href="/n/{s}#comments">60{n} comments</a></div>"""
    ),
    "a label that says more than the heading": lambda n, t, s: (
        f'<div><a href="/n/{s}" aria-label="Go to article: {t}"></a><h3>{t}</h3><p>{TEXT}</p></div>'
    ),
    "a picture of something": lambda n, t, s: (
        f'<div><a href="/n/{n}"><img src="/{n}.jpg" alt="A reservoir seen from above"></a><h3>{t}</h3>{TEXT}</div>'
    ),
    "the number of a paper": lambda n, t, s: (
        f"""<dl><dt><a href="/abs/2611.1402{n}">arXiv:2611.1402{n}</a> [<a href="/pdf/2611.1402{n}">pdf</a>]</dt>
        <dd><div class="list-title"><span>Title:</span> {t}</div><a href="/by/{n}">Q. Zhou</a><p>{TEXT}</p></dd></dl>"""
    ),
    "the number of a report": lambda n, t, s: f'<tr><td><a href="/r/{n}">RFC 900{n}</a><td>{t}<td>{day(n)}',
    "a share link in the card": lambda n, t, s: (
        f'<div><h5>{t}</h5><a href="/n/{s}">اقرأ المزيد</a><a href="https://share.example/?q=/n/{s}">مشاركة</a></div>'
    ),
}

OTHER_LINKS: dict[str, Row] = {
    "authors and last replies of a forum": lambda n, t, s: (
        f"""<div class="item"><a href="/members/u.{n}/">Quiet Jane
        of the Shed</a><div class="title"><a href="/threads/{s}.{4000 + n}/">{t}</a></div>
        <time datetime="2026-11-{20 - n}">x</time><div class="latest"><a href="/threads/{s}.{4000 + n}/latest">
        <time datetime="2026-11-26">x</time></a> <a href="/members/z.{n + 50}/">Mary the Great Welder</a></div></div>"""
    ),
    "the last page of a topic": lambda n, t, s: (
        f"""<tr><td><a href="view.php?id=71{n}3">{t}</a><td><a href="user.php?id=5{n}32">old kettle man</a>
        <td><a href="view.php?id=71{n}3&amp;page=last">Yesterday at 10:1{n}</a>"""
    ),
    "the last reply, below the topic": lambda n, t, s: (
        f"""<div><p class="t"><a href="/threads/{s}.881{n}0/">{t}</a></p><time datetime="2026-11-{20 - n}">x</time>
        <p class="l"><a href="/threads/{s}.881{n}0/latest">Today at 10:0{n} by lastposter</a></p></div>"""
    ),
    "files of articles": lambda n, t, s: (
        f"""<div><h3><a href="/article/view/61{n}">{t}</a></h3>
        <a class="galley" href="/article/view/61{n}/90{n}">Full text of it as PDF</a></div>"""
    ),
    "terms and what describes them": lambda n, t, s: (
        f"""<dl><dt><a href="/talks/{s}">{t}</a></dt>
        <dd>{day(n)}. <a href="/v/{n}">Video of the talk</a> <a href="/s/{n}.pdf">Slides of the talk</a></dd></dl>"""
    ),
    "topics by program": lambda n, t, s: (
        f"""<tr><td><a href="index.php?topic={3000 + n}">{t}</a><td>{day(n)}
        <td><a href="index.php?action=profile;u={n + 40}">Bob the Builder</a>
        <a href="index.php?topic={3000 + n}.msg#new"><img alt="Go to the last post"></a>"""
    ),
    "links in the texts": lambda n, t, s: (
        f"""<div><h2><a href="/2026/11/{s}.html">{t}</a></h2><p>{day(n)}</p><p>I saw
        <a href="https://else.example/p/{n}111">a fine old leaflet about this</a>. {TEXT}</p></div>"""
    ),
    "a topic before each": lambda n, t, s: (
        f'<div><a href="/of/green-trade">Green economy and trade</a><a href="/n/{s}">{t}</a><i>{day(n)} · 4</i></div>'
    ),
    "the source of an article": lambda n, t, s: (
        f'<li><a href="https://other{n}.example/{s}">{t}</a> (<a href="/from?site={n}">other{n}.example</a>)'
    ),
    "numbers of documents": lambda n, t, s: (
        f'<div><a href="/publications/{s}">{t}</a> <a href="https://doi.example/10.1000/{n}{n}">10.1000/{n}{n}</a></div>'
    ),
    "headers and footers of cards": lambda n, t, s: (
        f'<section><header><h3><a href="/n/{s}">{t}</a></h3></header><p>{TEXT}</p><footer>{day(n)}</footer></section>'
    ),
    "a writer in the link": lambda n, t, s: f'<a class="o" href="/o/{s}"><i>Ada van der Quill</i><b>{t}</b></a>',
    "a label in the link": lambda n, t, s: f'<h3><a href="/o/{n}"><b class="flag-sub">Subscriber</b> {t}</a></h3>',
    "a line below each": lambda n, t, s: f'<div><b><a href="/n/{s}">{t}</a></b><br>{20 - n}/11/2026 · 24 min</div>',
}


@pytest.mark.parametrize("name", GENERIC_LINKS)
def test_links_with_generic_texts_get_titles_from_their_cards(name: str) -> None:
    items = read_listing(page(GENERIC_LINKS[name]).encode(), URL)
    assert [item.title for item in items] == list(TITLES)
    assert not any(".pdf" in str(item.url) or "share" in str(item.url) for item in items)


@pytest.mark.parametrize("name", OTHER_LINKS)
def test_other_links_in_cards_are_not_articles(name: str) -> None:
    items = read_listing(page(OTHER_LINKS[name]).encode(), URL)
    assert [item.title for item in items] == list(TITLES)


@pytest.mark.parametrize("time", ["Today at 09:4{n} AM", "Gestern, 14:0{n}", "kl. 12.3{n}"])
def test_a_link_whose_text_is_a_time_is_not_a_headline(time: str) -> None:
    row = '<tr><td><a href="/i.php?topic={n}1.0">{t}</a><td><a href="/i.php?topic={n}1.msg77{n}#new">{time}</a>'
    html = page(lambda n, t, s: row.format(n=n, t=t, time=time.format(n=n)))
    assert [item.title for item in read_listing(html.encode(), URL)] == list(TITLES)


@pytest.mark.parametrize("share", ["?u=%23e{n}", "/post?text=https%3A%2F%2Fgazette.example%2Fnews%2F%23e{n}"])
def test_share_links_of_a_live_report_are_not_updates(share: str) -> None:
    row = """<article id="e{n}"><h3>{t}</h3><time datetime="2026-11-2{n}T10:00:00Z">10:00</time><p>{text}</p>
    <a href="https://social.example/{share}">Share</a></article>"""
    html = page(lambda n, t, s: row.format(n=n, t=t, text=TEXT, share=share.format(n=n)))
    items = read_listing(html.encode(), URL)
    assert [(item.title, item.url) for item in items] == [(t, f"{URL}#e{n}") for n, t in enumerate(TITLES)]


def test_the_date_of_a_topic_is_not_that_of_its_last_reply() -> None:
    (first, *_) = read_listing(page(OTHER_LINKS["authors and last replies of a forum"]).encode(), URL)
    assert first.published == "2026-11-20"


@pytest.mark.parametrize(
    "more",
    [
        FOOTER,
        '<div style="display:none"><a href="/guides/how-to-sell-a-boat">How to sell a boat at last</a></div>',
        "".join(
            f'<div><h4><a href="/{one}/">{one.title()} that last a lifetime</a></h4><p>{TEXT}</p></div>'
            for one in ("kitchens", "bathrooms", "financing")
        ),
        "".join(
            f'<div><h4><a href="/our-people/{n}-{n}">{name}</a></h4><p>Senior adviser for the north.</p></div>'
            for n, name in enumerate(("Ada Maria Quill", "Tom van der Rook", "Jo Ann Lee Smith"))
        ),
        "".join(
            f'<div class="j"><h4><a href="/events/{n}123-a-concert-in-{n}">A concert in hall {n}</a></h4>{day(n)}</div>'
            for n in range(3)
        ),
        "".join(
            f'<div><a href="/guide/how-to-cancel-{n}-papers">How do I cancel {n} papers?</a><p>{TEXT}</p></div>'
            for n in range(3)
        ),
        '<div><h3><a href="/tips/send-us-your-story">Have you got a story for us?</a></h3></div>',
        '<p><a href="https://soc.example/status/99988877">We are live at the harbour now with news</a></p>',
        '<p><a href="/news/?page=2">On to the next page</a> <a href="/news/?page=9">On to the very last page</a></p>',
    ],
    ids=["footer", "hidden", "services", "people", "events", "help", "call for stories", "posts elsewhere", "pages"],
)
@pytest.mark.parametrize("heading", ["h3", "b"])
def test_links_that_differ_from_the_main_list_are_dropped(more: str, heading: str) -> None:
    html = page(lambda n, t, s: f'<div><{heading}><a href="/blog/{s}">{t}</a></{heading}><i>{day(n)}</i></div>', more)
    assert [item.title for item in read_listing(html.encode(), URL)] == list(TITLES)


FOOTER_LINKS = "".join(
    f'<a class="block py-1" href="/{title.lower().replace(" ", "-")}">{title}</a>'
    for title in (
        "Careers and volunteering",
        "Privacy notice for visitors",
        "Cookies on this site",
        "Terms and conditions of sale",
        "Modern slavery statement 2026",
        "Gift cards and vouchers",
        "Manage my subscription",
        "Delivery and returns information",
        "Licences and attributions",
        "Frequently asked questions",
    )
)
MENU_ENTRIES = "".join(
    f'<p class="col"><a class="mi" href="/{title.lower().replace(" ", "-")}">{title}</a></p>'
    for title in (
        "Business and finance news",
        "Culture and arts reviews",
        "Opinion and letters page",
        "World news today",
    )
)
COMMENTED = "".join(
    f'<p>Tom on <a href="/b/a-post-of-{n}-hedges/#comment-{n}">A post of {n} hedges</a></p>' for n in range(6)
)


@pytest.mark.parametrize("more", [FOOTER_LINKS, MENU_ENTRIES, COMMENTED], ids=["footer", "menu", "comments"])
@pytest.mark.parametrize("folder", ["", "/p"])
@pytest.mark.parametrize("beside", [f"<p>{TEXT}</p>", "<span>3 hours ago</span>", "<span>20 November 2026</span>"])
def test_longer_lists_of_bare_links_are_dropped(beside: str, folder: str, more: str) -> None:
    html = page(lambda n, t, s: f'<div><div class="t"><a href="{folder}/{s}">{t}</a></div>{beside}</div>', more)
    assert [item.title for item in read_listing(html.encode(), URL)] == list(TITLES)


def test_cover_and_pdf_of_a_whole_issue_are_not_articles() -> None:
    cover = """<div><a href="/issue/view/44"><img src="c.jpg" alt="See the cover of this issue"></a>
    <p>2026-10-30</p></div><div><h2>Full issue</h2><a href="/issue/view/44/12">PDF of the whole issue</a></div>"""
    html = page(lambda n, t, s: f'<div><h3><a href="/article/view/61{n}">{t}</a></h3><p>Ada Quill</p></div>', cover)
    assert [item.title for item in read_listing(html.encode(), URL)] == list(TITLES)


@pytest.mark.parametrize("titles", [[f"v2.0.{n}" for n in range(6)], ["Grief", "Hedges", "On maps", "Loss", "Teeth"]])
def test_a_short_heading_with_a_date_is_an_article(titles: list[str]) -> None:
    row = '<div><h2><a href="/log/{n}">{t}</a></h2><time datetime="2026-11-1{n}">x</time><p>{text}</p></div>'
    html = "".join(row.format(n=n, t=title, text=TEXT) for n, title in enumerate(titles))
    assert [item.title for item in read_listing(f"{MENU}<main>{html}</main>".encode(), URL)] == titles


def test_replies_may_share_the_title_of_their_topic() -> None:
    def replies(n: int, title: str) -> str:
        return "".join(f'<li><a href="{n}0{k}.html">{title}</a> <i>Tom</i>' for k in range(1, 3 if n < 3 else 1))

    html = page(lambda n, t, s: f'<li><a href="{n}00.html">{t}</a> <i>Ada</i><ul>{replies(n, t)}</ul></li>')
    assert [item.title for item in read_listing(html.encode(), URL)] == [
        *(title for title in TITLES[:3] for _ in range(3)),
        *TITLES[3:],
    ]


def test_articles_of_other_sections_are_kept() -> None:
    film = '<div class="v"><h3><a href="/video/how-a-lamp-is-changed-3278908">How a lamp is changed</a></h3></div>'
    html = page(lambda n, t, s: f'<div><h3><a href="/news/{s}-{71000 + n}">{t}</a></h3></div>', film)
    assert [item.title for item in read_listing(html.encode(), URL)] == [*TITLES, "How a lamp is changed"]


def test_an_article_may_be_about_privacy() -> None:
    lead = (
        '<div class="lead"><h2><a href="/news/privacy-bill-passes-71099">Privacy bill passes by one vote</a></h2></div>'
    )
    html = page(lambda n, t, s: f'<div><h3><a href="/news/{s}-{71000 + n}">{t}</a></h3></div>', lead)
    assert [item.title for item in read_listing(html.encode(), URL)] == [*TITLES, "Privacy bill passes by one vote"]


def test_releases_below_a_tag_path_are_articles() -> None:
    row = """<section><h2 class="sr-only" id="h{n}">Gullwing 2.{n}</h2><relative-time datetime="2026-11-1{n}T12:00Z">x
    </relative-time><a href="/g/g/tree/v2.{n}">v2.{n}</a><div>
    <a href="/g/g/releases/tag/v2.{n}">Gullwing 2.{n}</a></div>
    <p>It starts faster. <a href="/g/g/compare/v2.{n}...main">v2.{n}...main</a></p></section>"""
    items = read_listing("".join(row.replace("{n}", str(n)) for n in range(6)).encode(), URL)
    assert [item.title for item in items] == [f"Gullwing 2.{n}" for n in range(6)]
    assert items[0].published == "2026-11-10T12:00Z"


def test_a_time_shared_by_all_articles_is_dropped() -> None:
    row = "<h3><a href='/n/{s}'>{t}</a></h3><time datetime='2026-11-20 18:04:09'>9 hours ago</time>"
    html = page(lambda n, t, s: f"<div>{row.format(t=t, s=s)}</div>")
    assert {item.published for item in read_listing(html.encode(), URL)} == {None}


@pytest.mark.parametrize(
    ("beside", "date"),
    [
        ('<div class="cal"><span>18</span><span>نوفمبر</span><span>2026</span></div>', "18 نوفمبر 2026"),
        ("<div><b>18</b><b>Nov</b><b>2026</b></div>", "18 Nov 2026"),
        ("<p>١٨/١١/٢٠٢٦</p>", "2026-11-18"),
        ("<p>18. 11. 2026</p>", "2026-11-18"),
        ("<p>2026. 11. 18.</p>", "2026-11-18"),
        ("<p>November 18, 2026 · 41:12</p>", "November 18, 2026"),
        ('<p>Ada replied <time datetime="2026-11-18">x</time></p>', None),
        ('<x-time data-timestamp="1795500000000"></x-time>', "1795500000000"),
        ("<p>令和8年11月18日</p>", "2026-11-18"),
        ("<p>平成元年1月8日</p>", "1989-01-08"),
        ("<p>Version 2.7.4</p>", None),
        ("<div><div>Oct 7</div><div>1995</div></div>", None),
    ],
)
def test_dates_in_several_elements_and_other_scripts_are_read(beside: str, date: str | None) -> None:
    html = page(lambda n, t, s: f'<div><h3><a href="/n/{s}">{t}</a></h3>{beside}</div>')
    assert read_listing(html.encode(), URL)[0].published == date
