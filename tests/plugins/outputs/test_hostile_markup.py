"""Hostile markup in every field of an article, as a browser shows each output: nothing runs, nothing is loaded."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from browser import Browser
from epub_checker import check_epub
from lxml import etree
from markdown_it import MarkdownIt
from publisher import Publisher
from sample_edition import article, edition, render, story
from sample_site import pages, rendered, site

from aggregator import Article, Copy, Edition, Enclosure, Outlet, Related, Story
from aggregator.outputs.page_names import article_page, story_page

ATTACKS = """
<img src=x onerror=RUN>
<img src="x" ` onerror=RUN `>
<img data-src="x&quot; onerror=&quot;RUN" src="data:,">
<img data-attrs="{&quot;src&quot;:&quot;/a.png\\&quot; onerror=RUN b=\\&quot;&quot;}" src="data:,">
<img srcset="javascript:RUN 1x" src="javascript:RUN">
<picture><source srcset=x onerror=RUN><img src=x onerror=RUN></picture>
<svg onload=RUN>
<svg><script>RUN</script></svg>
<svg><a xlink:href="javascript:RUN"><text>x</text></a></svg>
<script>RUN</script>
<script src=LEAK></script>
<iframe srcdoc="<script>RUN</script>"></iframe>
<iframe src="javascript:RUN"></iframe>
<iframe data-src="LEAK" src="LEAK"></iframe>
<iframe src="https://a.example/&quot; onmouseover=&quot;RUN" title="&lt;img src=x onerror=RUN&gt;"></iframe>
<object data=LEAK><param name=movie value=LEAK><embed src=LEAK></object>
<a href="javascript:RUN">x</a>
<a href="java&#9;script:RUN">x</a>
<a href="&#1;javascript:RUN">x</a>
<a href="javascript&colon;RUN">x</a>
<a href="data:text/html,<script>RUN</script>">x</a>
<math href="javascript:RUN"><mtext><img src=x onerror=RUN></mtext></math>
<details open ontoggle=RUN>x</details>
<video poster="javascript:RUN"><source onerror=RUN></video>
<input autofocus onfocus=RUN>
<form action="javascript:RUN"><button>x</button></form>
<style>@import "LEAK";</style>
<link rel=stylesheet href=LEAK>
<meta http-equiv=refresh content="0;url=LEAK">
<p style="background:url(LEAK)">x</p>
<xhtml:script>RUN</xhtml:script>
&lt;img src=x onerror=RUN&gt;
""".strip().splitlines()
CONTEXTS = """
*
<p title="*">x</p>
<svg></p><style><a id="</style>*">
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;*">
<form><math><mtext></form><form><mglyph><style></math>*
<math><annotation-xml encoding="text/html"><style>*
<svg><desc><style>*</style></desc></svg>
<math><x><style><img title="</style>*">
<noscript><p title="</noscript>*">
<noscript><!--</noscript>*-->
<textarea><!--</textarea>*-->
<title><a title="</title>*">
<xmp><p title="</xmp>*">
<iframe><p title="</iframe>*">
<iframe src="https://www.youtube.com/embed/a" title='*'></iframe>
<style><!--</style>*-->
<!--><x>*-->
<svg><![CDATA[><x>*]]>
<select><iframe></select>*
<a><table><a>*
<template>*
<math><mfrac><mi>*</mi><mn>2</mn></mfrac></math>
<p/>*<style/>*
""".strip().splitlines()
HARNESS = """<!doctype html><meta charset=utf-8><script>
var ran = 0;
function run() { ran += 1; return 1; }
addEventListener('click', event => {
    const link = event.target.closest('a');
    if (!link || link.protocol !== 'javascript:') event.preventDefault();
}, true);
addEventListener('load', () => setTimeout(() => {
    document.querySelectorAll('a, button').forEach(element => element.click?.());
    setTimeout(() => { document.title = 'ran ' + ran; }, 500);
}, 500));
</script>"""
FRAGMENTS = """<body><script type=application/json id=items>ITEMS</script><script>
for (const item of JSON.parse(document.getElementById('items').textContent)) {
    const [once, twice] = [0, 1].map(() => document.body.appendChild(document.createElement('div')));
    once.innerHTML = item;
    twice.innerHTML = once.innerHTML;
    document.body.append(document.createRange().createContextualFragment(item));
}
</script>"""


def stories(leak: str) -> Iterator[Story]:
    for number, (context, attack) in enumerate(product(CONTEXTS, ATTACKS)):
        text = context.replace("*", attack.replace("LEAK", leak).replace("RUN", "top.run()"))
        address = (text, "javascript:run()", " java\nscript:run()", "https://a.example/")[number % 4]
        first: Article = article(
            Outlet(text, address),
            text,
            number % 100,
            text,
            id=text,
            url=address,
            content=text,
            authors=(text,),
            tags=(text[:90],),
            image=address,
            enclosures=(Enclosure(address, text), Enclosure('https://a.example/"onclick="run()', 'audio/"x="run()')),
            related=(Related(text, address),),
        )
        yield story(number, first, first.replace(id="2"), copies=(Copy(first.replace(id="3"), first.id),))


def fragments(of: Edition) -> set[str]:
    """Return the HTML in the feeds, as a reader inserts it into a page."""
    rss, atom = (etree.fromstring(render(name, of), etree.XMLParser(huge_tree=True)) for name in ("rss", "atom"))
    texts = [*rss.iterfind("channel/item/description"), *rss.iter("{*}encoded"), *atom.iter("{*}content")]
    items = json.loads(render("jsonfeed", of))["items"]
    return {element.text or "" for element in texts} | {item["content_html"] for item in items}


def shown(text: str, browser: Browser, folder: Path) -> str:
    """Return the title of a page after a browser has run it."""
    (folder / "page.html").write_text(text, encoding="utf-8", errors="replace")
    with browser.page() as page:
        page.open(folder / "page.html")
        page.wait_for("document.title.startsWith('ran ')")
        return str(page.evaluate("document.title"))


@pytest.fixture
def hostile(publisher: Publisher) -> Edition:
    return edition(*stories(publisher.url("/leak")))


@pytest.mark.e2e
@pytest.mark.slow
def test_the_harness_notices_attacks(publisher: Publisher, browser: Browser, tmp_path: Path) -> None:
    attacks = [attack.replace("LEAK", publisher.url("/leak")).replace("RUN", "top.run()") for attack in ATTACKS]
    safe = [attack for attack in attacks if "refresh" not in attack]  # would leave the page
    items = json.dumps(safe).replace("<", "\\u003c")
    title = shown(HARNESS + FRAGMENTS.replace("ITEMS", items), browser, tmp_path)
    assert int(title.removeprefix("ran ")) > 10
    assert publisher.requests


@pytest.mark.e2e
@pytest.mark.slow
def test_feeds(hostile: Edition, publisher: Publisher, browser: Browser, tmp_path: Path) -> None:
    items = json.dumps(sorted(fragments(hostile))).replace("<", "\\u003c")
    assert shown(HARNESS + FRAGMENTS.replace("ITEMS", items), browser, tmp_path) == "ran 0"
    assert not publisher.requests


@pytest.mark.e2e
@pytest.mark.slow
def test_the_page_without_its_content_security_policy(
    hostile: Edition, publisher: Publisher, browser: Browser, tmp_path: Path
) -> None:
    page = render("html", hostile, path="index.html").decode()
    page, policies = re.subn(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", HARNESS, page)
    assert policies == 1
    assert shown(page, browser, tmp_path) == "ran 0"
    assert not publisher.requests


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.parametrize("preset", ["commonmark", "js-default"])
def test_markdown_in_a_viewer_that_allows_html(
    preset: str, hostile: Edition, publisher: Publisher, browser: Browser, tmp_path: Path
) -> None:
    viewer = MarkdownIt(preset, {"html": True, "linkify": False})
    assert shown(HARNESS + viewer.render(render("markdown", hostile).decode()), browser, tmp_path) == "ran 0"
    assert not publisher.requests


def test_e_books(hostile: Edition) -> None:
    book = render("epub", hostile)
    check_epub(book)  # no scripts, handlers of events, or references to elsewhere but links
    with zipfile.ZipFile(BytesIO(book)) as files:
        pages = [etree.fromstring(files.read(name)) for name in files.namelist() if name.endswith(".xhtml")]
    elements = {str(element.tag).rpartition("}")[2] for page in pages for element in page.iter(etree.Element)}
    assert not elements & {
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
        "svg",
        "math",
        "video",
        "base",
    }
    links = {element.get("href", "") for page in pages for element in page.iter("{*}a")}
    assert [link for link in links if not re.fullmatch(r"https?://.*|[\w-]+\.xhtml(#\w+)?", link)] == []


def test_addresses_in_feeds(hostile: Edition) -> None:
    rss, atom = (etree.fromstring(render(name, hostile), etree.XMLParser(huge_tree=True)) for name in ("rss", "atom"))
    addresses = [element.get("url") for element in rss.iter("enclosure", "source", "{*}thumbnail")]
    addresses += [element.get("href") for element in atom.iter("{*}link")]
    addresses += [element.text for element in rss.iter("link")]
    for item in json.loads(render("jsonfeed", hostile))["items"]:
        addresses += [item.get("url"), item.get("image"), *(one["url"] for one in item.get("attachments", ()))]
    assert [one for one in addresses if one and not re.fullmatch(r"(https?://|urn:)[!#-;=?-~]+", one)] == []


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["link", "none"])
def test_pages_of_a_site(mode: str, publisher: Publisher, browser: Browser, tmp_path: Path) -> None:
    """The contents of all pages in one document; some pages as a whole, without their policy."""
    some = [*stories(publisher.url("/leak"))][::11]  # of texts that the other tests try one by one
    of = site(*some, pictures=mode)
    made = {name: rendered(body).decode() for name, body in pages(of).items() if name.endswith(".html")}
    contents = [page[page.index("<main") : page.index("</main>") + 7] for page in made.values()]
    items = json.dumps(sorted(contents)).replace("<", "\\u003c")
    assert shown(HARNESS + FRAGMENTS.replace("ITEMS", items), browser, tmp_path) == "ran 0"
    for name in (article_page(some[0].articles[0]), story_page(some[0]), "tags.html"):
        page, policies = re.subn(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", HARNESS, made[name])
        assert policies == 1
        assert shown(page, browser, tmp_path) == "ran 0"
    assert not publisher.requests
