"""Titles and texts are decoded once, by the type that a feed states or that is customary."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import Article, Outlet
from aggregator.feeds.parse import parse
from aggregator.ingest.items import Defaults, article_from

URL = "https://ledger.example/feed.xml"
DEFAULTS = Defaults(Outlet("Ledger"), (), None, URL, datetime(2030, 1, 1, tzinfo=UTC))
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom" {}><title>Ledger</title><entry><id>1</id>{}</entry></feed>'
XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def only_article(body: str) -> Article:
    [item] = parse(body.encode(), URL).items
    return article_from(item, DEFAULTS)


def rss(item: str, spaces: str = "") -> Article:
    spaces += ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return only_article(
        f'<rss version="2.0" {spaces}><channel><title>Ledger</title><item>{item}</item></channel></rss>'
    )


def atom(entry: str, attributes: str = "") -> Article:
    return only_article(ATOM.format(attributes, entry))


def json_feed(**item: Any) -> Article:
    return only_article(json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [item]}))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("<![CDATA[How should &lt;pickedthing&gt; behave?]]>", "How should <pickedthing> behave?"),
        ("&lt;/harbourmaster&gt;", "</harbourmaster>"),
        ("Why &lt;b&gt;bold&lt;/b&gt; moves fail", "Why bold moves fail"),
        ("Crew &amp;#39;axed&amp;#39; at dawn &amp;amp; noon", "Crew 'axed' at dawn & noon"),
        ("<![CDATA[AT&amp;amp;T isn&amp;#8217;t]]>", "AT&T isn’t"),
        ("<![CDATA[Write &amp;lt;b&amp;gt; for bold]]>", "Write &lt;b&gt; for bold"),
        ("Use std::vector&lt;int&gt; wisely", "Use std::vector<int> wisely"),
        ("5 &lt; 7 and 9 &gt; 2", "5 < 7 and 9 > 2"),
        ("<![CDATA[<em>Blue Heron</em> wins]]>", "Blue Heron wins"),
        ("The &lt;table&gt; element, revisited", "The <table> element, revisited"),
        ("<![CDATA[E = mc2 & <tag>]]>", "E = mc2 & <tag>"),
        ("Two <b>x</b> <i>y</i>", "Two x y"),
        ("5 < 7 & <b>more", "5 < 7 & <b>more"),
    ],
)
def test_titles_of_rss(title: str, expected: str) -> None:
    assert rss(f"<title>{title}</title><link>https://ledger.example/1</link>").title == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("<title>How should &lt;pickedthing&gt; behave?</title>", "How should <pickedthing> behave?"),
        ("<title>&lt;b&gt; is not strong</title>", "<b> is not strong"),
        ("<title type='text'>Say &amp;amp; and &lt;i&gt;so&lt;/i&gt;</title>", "Say &amp; and <i>so</i>"),
        ("<title>It isn&amp;#8217;t</title>", "It isn’t"),
        ("<title type='text'>It isn&amp;#8217;t</title>", "It isn&#8217;t"),
        ("<title type='html'>Less: &lt;em> &amp;lt; &lt;/em></title>", "Less: <"),
        ("<title type='html'>&amp;lt;slot&amp;gt; is back</title>", "<slot> is back"),
        (f"<title type='xhtml'><div {XHTML}>a <b>b</b> &lt;c&gt;</div></title>", "a b <c>"),
        ("<title type='xhtml'><h:div xmlns:h='http://www.w3.org/1999/xhtml'>a <h:b>b</h:b></h:div></title>", "a b"),
        ("<title type='text/html' mode='escaped'>&lt;b&gt;a&lt;/b&gt;</title>", "a"),
    ],
)
def test_titles_of_atom(title: str, expected: str) -> None:
    assert atom(title).title == expected


@pytest.mark.parametrize("title", ["How should <pickedthing> behave?", "<b>", "a < b & c", "</p>", "Tom & Jerry"])
def test_a_title_of_a_json_feed_is_plain_text(title: str) -> None:
    assert json_feed(id="1", title=title).title == title
    assert json_feed(id="1", title="It isn&#8217;t").title == "It isn’t"


TEXT = st.text(st.characters(blacklist_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"], max_codepoint=0x2FFF))


@given(TEXT)
def test_any_text_is_a_title_of_every_format(text: str) -> None:
    from aggregator.text.plain import plain_title

    expected = plain_title(escape(text))
    assert atom(f"<title type='text'>{escape(text)}</title><link href='/x'/>").title == expected
    assert atom(f"<title type='html'>{escape(escape(text))}</title><link href='/x'/>").title == expected


def test_xhtml_content_has_no_wrapper_and_no_prefixes() -> None:
    inner = '<p>One <em class="x">two</em></p><img src="/a.png" alt="a"/><br/>'
    expected = '<p>One <em class="x">two</em></p><img src="/a.png" alt="a"><br>'
    assert atom(f'<content type="xhtml"><div {XHTML}>{inner}</div></content>').content == expected
    prefixed = inner.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")
    spaces = 'xmlns:x="http://www.w3.org/1999/xhtml"'
    assert atom(f'<content type="xhtml"><x:div>{prefixed}</x:div></content>', spaces).content == expected
    assert rss(f"<x:body>{prefixed}</x:body>", spaces).content == expected


def test_markup_that_is_not_escaped_is_kept() -> None:
    assert rss("<description>It <i>did</i><br/>so.</description>").summary == "It did so."
    long = "<p>word</p>" * 200
    assert rss(f"<description>{long}</description>").content == long


@pytest.mark.parametrize(
    "content",
    [
        f'<content type="xhtml" xml:base="b/"><div {XHTML}><a href="c.html">c</a></div></content>',
        f'<content type="xhtml"><div {XHTML} xml:base="b/"><a href="c.html">c</a></div></content>',
        f'<content type="xhtml"><div {XHTML}><a xml:base="b/" href="c.html">c</a></div></content>',
        '<content type="html" xml:base="b/">&lt;a href="c.html"&gt;c&lt;/a&gt;</content>',
    ],
)
def test_xml_base_applies_to_the_addresses_in_content(content: str) -> None:
    article = atom(f'<link href="/elsewhere/page"/>{content}', 'xml:base="https://cdn.example/a/"')
    assert article.content == '<a href="https://cdn.example/a/b/c.html">c</a>'
    assert article.url == "https://cdn.example/elsewhere/page"


def test_the_base_of_a_feed_applies_to_its_content() -> None:
    body = '<content type="html">&lt;img src="c.png"&gt; and &lt;b&gt;text&lt;/b&gt;</content>'
    article = atom(body, 'xml:base="https://cdn.example/a/"')
    assert article.content == '<img src="https://cdn.example/a/c.png"> and <b>text</b>'


def test_content_without_a_base_stays_as_received() -> None:
    body = '<p class=x>One<BR>&nbsp;<a href="c.html">two</A>'
    assert atom(f"<content type='html'>{escape(body)}</content>").content == body


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In reply to &amp;lt;a href=&quot;/x&quot;&amp;gt;Bo&amp;lt;/a&amp;gt;.", "In reply to Bo."),
        ("&lt;p&gt;Write &amp;lt;b&amp;gt; for bold&lt;/p&gt;", "Write <b> for bold"),
        ("Now&amp;amp;nbsp;then", "Now then"),
    ],
)
def test_descriptions_that_were_escaped_once_too_often(text: str, expected: str) -> None:
    assert rss(f"<title>t</title><description>{text}</description>").summary == expected


def test_plain_text_keeps_its_lines() -> None:
    text = "One\ntwo\n\nthree <b>" + " word" * 300
    article = json_feed(id="1", content_text=text)
    assert article.content
    assert article.content.startswith("<p>One<br>\ntwo</p><p>three &lt;b&gt; word")
    assert atom(f"<content type='text'>{escape(text)}</content>").content == article.content


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("a &#xD83D;&#xDE00; b", "a 😀 b"),
        ("a &#55357;&#56832; b", "a 😀 b"),
        ("a &#xD83D; b", "a \ufffd b"),
        ("a &#xDE00;&#xD83D; b", "a \ufffd\ufffd b"),
        ("a &#57400; &#x1F600; b", "a \ue038 😀 b"),
        ("a &#x110000; &#0; b", "a \ufffd b"),
    ],
)
def test_references_to_surrogates(title: str, expected: str) -> None:
    assert rss(f"<title>{title}</title>").title == expected
    assert atom(f"<title>{title}</title>").title == expected
