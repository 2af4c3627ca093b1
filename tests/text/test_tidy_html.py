"""What shows nothing is removed from sanitised HTML; texts, pictures, cells and the lines of a text stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from aggregator.text.safe_html import safe_html
from aggregator.text.tidy_html import tidy_html

BASE = "https://world.example/news/"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<pre><code><span class="k">if</span> <span class="n">x</span>\n\n\n</code></pre>',
         "<pre><code>if x\n\n\n</code></pre>"),
        ('<span lang="fr">mot <span class="x">juste</span></span>', '<span lang="fr">mot juste</span>'),
        ('<SPAN class="a" dir="rtl">x</SPAN><span>y</span>', '<span dir="rtl">x</span>y'),
        ("<p>a</p><p></p>\n<p> </p><p>&nbsp;</p><p><br></p><p>b</p>", "<p>a</p>\n<p>b</p>"),
        ("<div><div>\n<p></p>\n<p><b></b></p>\n</div></div>x", "x"),
        ('<h2>Title<a href="#title"><svg></svg></a></h2>', "<h2>Title</h2>"),
        ("<figure><figcaption></figcaption></figure><p>x</p>", "<p>x</p>"),
        ("a<br><br>\n<br> <br/>b<br><br>c", "a<br><br>b<br><br>c"),
        ("a<br><br><span></span><br><b></b><br>b", "a<br><br>b"),
        ("<source src='/a.mp4'><p>x</p><video><source src='/b.mp4'></video>",
         '<p>x</p><video controls=""><source src="https://world.example/b.mp4"></video>'),
        ("<video><p><source src='/b.mp4'></p></video><source src='/c.mp4'>",
         '<video controls=""><p><source src="https://world.example/b.mp4"></p></video>'),
    ],
)  # fmt: skip
def test_what_shows_nothing_is_removed(markup: str, expected: str) -> None:
    assert safe_html(markup, BASE) == expected


@pytest.mark.parametrize(
    "markup",
    [
        "a<p></p>b",
        "a<div></div><b>b</b>",
        "<div>a</div><div>&nbsp;</div><div>b</div><div><br></div><div>c</div>",
        "<b>a</b> <i> </i> <b>b</b>",
        "<table><tbody><tr><td></td><td>1</td></tr></tbody></table>",
        "<ul><li></li><li>x</li></ul>",
        "<pre>a\n<br><br><br><br>\nb</pre>",
        "<pre>a<p></p>b</pre>",
        "<ruby>a<rt></rt></ruby>",
        '<video controls=""></video>',
        "a<br>b<br><br>c<hr>",
    ],
)
def test_the_rest_stays(markup: str) -> None:
    assert tidy_html(markup) == safe_html(markup) == markup


PARTS = st.sampled_from(
    """<p> </p> <div> </div> <b> </b> <span> </span> <span_lang=de> <br> &nbsp; a b _ <pre> </pre> <ul> <li> </ul>
    <table> <td> </table> <source_src=https://a.example/b> <video> </video> <picture> <img_src=https://a.example/c>
    """.split()
).map(lambda part: part.replace("_", " "))
MARKUP = st.lists(PARTS, max_size=40).map("".join)


def text_of(markup: str) -> str:
    """Return the characters of HTML other than white space."""
    root = lxml_html.fragment_fromstring(markup or "<p></p>", create_parent="div")
    return "".join(root.text_content().split())


@given(MARKUP)
def test_no_text_is_lost_and_a_second_pass_changes_nothing(markup: str) -> None:
    cleaned = safe_html(markup)
    assert tidy_html(cleaned) == cleaned
    assert text_of(cleaned) == text_of(markup)
