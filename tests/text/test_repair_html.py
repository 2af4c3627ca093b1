"""HTML that relies on scripts, frames or XML: what it shows is also shown without them."""

from __future__ import annotations

import pytest

from aggregator.text.safe_html import safe_html

BASE = "https://world.example/news/"
SITE = "https://world.example/"
REL = 'rel="nofollow noopener noreferrer"'
SPACER = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def image(name: str, **attributes: str) -> str:
    more = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<img src="{SITE}{name}.jpg"{more} loading="lazy">'


def link(url: str, text: str) -> str:
    return f'<a href="{url}" {REL}>{text}</a>'


A, B = image("a"), image("b")
LAZY_A = f'<img src="{SPACER}" data-src="/a.jpg">'


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (LAZY_A, A),
        ('<img data-lazy-src="/a.jpg" alt="A & B" width="640" height="1">', image("a", alt="A &amp; B")),
        ('<img src="data:," width="1456" data-attrs="{&quot;src&quot;:&quot;/a.jpg&quot;}">', image("a", width="1456")),
        ('<img data-src="/a.jpg" data-srcset="/a.jpg 1x, /b.jpg 2x">',
         image("a", srcset=f"{SITE}a.jpg 1x, {SITE}b.jpg 2x")),
        ('<img src="/a.jpg" srcset="//cdn.example/b.jpg 2x, javascript:x 3x">',
         image("a", srcset="https://cdn.example/b.jpg 2x")),
        ('<amp-img src="/a.jpg" width="300"></amp-img>', image("a", width="300")),
        ('<figure data-src="/a.jpg"></figure>', f"<figure>{A}</figure>"),
        ('<div data-src="/a.jpg">text</div>', "<div>text</div>"),
        ("<xhtml:p><xhtml:img src='/a.jpg'/></xhtml:p>", f"<p>{A}</p>"),
        (f'<img src="{SPACER}">', ""),
        ("<img>", ""),
        ("<img alt='only text'>x", "x"),
        ('<img src="/p.gif" width="1" height="1">', ""),
        ('<a href="/x"><img src="/p.gif" style="display:none"></a>x', "x"),
    ],
)  # fmt: skip
def test_images(markup: str, expected: str) -> None:
    assert safe_html(markup, BASE) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (f'{LAZY_A}<noscript><img src="/a.jpg"></noscript>', A),
        (f'<p>{LAZY_A}</p><p>x</p><noscript><img src="/a.jpg"></noscript>', f"<p>{A}</p><p>x</p>"),
        (f'{LAZY_A}<noscript><img src="/b.jpg"></noscript>', A),
        (f'<div>{LAZY_A}</div> <noscript><img src="/b.jpg"></noscript>', f"<div>{A}</div> "),
        (f'<noscript><img src="/a.jpg"></noscript>{LAZY_A}', A),
        (f'<noscript><img src="/b.jpg"></noscript><span>{LAZY_A}</span>', A),
        (f'<img src="{SPACER}"><noscript><img src="/a.jpg"></noscript>', A),
        ('<noscript><img src="/a.jpg"></noscript>', A),
        ('<img src="/a.jpg"><noscript><img src="/b.jpg"></noscript>', A + B),
        (f'{LAZY_A}<p>x</p><noscript><img src="/b.jpg"></noscript>', f"{A}<p>x</p>{B}"),
        ('<img data-src="/a-300x200.jpg"><p>x</p><noscript><img src="/a.jpg"></noscript>',
         image("a-300x200") + "<p>x</p>"),
        ("<noscript>Please enable JavaScript to view the <a href='/c'>comments</a>.</noscript>x", "x"),
        ("<noscript>Scripts!</noscript>x", "x"),
        ("<noscript><a href='/poll'>Take our poll</a></noscript>", link(f"{SITE}poll", "Take our poll")),
        ("<noscript><img src='/p.gif' width='1' height='1'></noscript>x", "x"),
        ("<noscript>x <img src='/a.jpg'>", f"x {A}"),
    ],
)  # fmt: skip
def test_what_is_shown_without_scripts_is_shown_once(markup: str, expected: str) -> None:
    assert safe_html(markup, BASE) == expected.strip()


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<picture><source srcset="/b.jpg 2x" type="image/avif"><img src="/a.jpg"></picture>',
         f'<picture><source srcset="{SITE}b.jpg 2x" type="image/avif">{A}</picture>'),
        (f'<picture><source data-srcset="/b.jpg" srcset="{SPACER}">{LAZY_A}</picture>',
         f'<picture><source srcset="{SITE}b.jpg">{A}</picture>'),
        ('<picture><source srcset="/b.avif" type="image/avif"><source srcset="/s.jpg 1x, /a.jpg 2x"><img alt="A">'
         "</picture>",
         f'<picture><source srcset="{SITE}b.avif" type="image/avif"><source srcset="{SITE}s.jpg 1x, {SITE}a.jpg 2x">'
         f'{image("a", alt="A")}</picture>'),
        ('<picture><source srcset="/a.jpg"></picture>', f'<picture><source srcset="{SITE}a.jpg">{A}</picture>'),
        ('<picture><source srcset="data:,"></picture>x', "x"),
        ('<video data-src="/v.mp4" data-poster="/p.jpg"></video>',
         f'<video src="{SITE}v.mp4" poster="{SITE}p.jpg" controls=""></video>'),
        ('<video poster="p.jpg"><source src="/v.mp4" type="video/mp4"></video>',
         f'<video poster="{BASE}p.jpg" controls=""><source src="{SITE}v.mp4" type="video/mp4"></video>'),
        ('<audio><source data-src="/a.mp3"></audio>', f'<audio controls=""><source src="{SITE}a.mp3"></audio>'),
    ],
)  # fmt: skip
def test_pictures_and_media_with_sources(markup: str, expected: str) -> None:
    assert safe_html(markup, BASE) == expected


VIDEO = link("https://vimeo.com/1", "Video: player.vimeo.com")
PLAYER = "https://player.vimeo.com/video/1"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (f"<iframe src='{PLAYER}'></iframe>", VIDEO),
        (f"<iframe src='{PLAYER}'/><p>x</p>", f"{VIDEO}<p>x</p>"),
        (f"<p><iframe src='{PLAYER}'></p><p>x</p>", f"<p>{VIDEO}</p><p>x</p>"),
        (f"<iframe src='{PLAYER}'>No frames? <b>x</b></iframe>y", f"{VIDEO}<br>y"),
        (f"x<iframe src='{PLAYER}'></iframe>", f"x<br>{VIDEO}"),
        (f"<iframe data-src='{PLAYER}'></iframe><noscript><iframe src='{PLAYER}'></iframe></noscript>", VIDEO),
        (f"<object><param name='movie' value='{PLAYER}'><embed src='{PLAYER}'></object>", VIDEO),
        ("<object data='/a.jpg' type='image/jpeg'></object>", A),
        ("<embed src='/a.jpg' type='image/jpeg'>", A),
        ("<object data='javascript:x'>instead</object>", "instead"),
        ("<iframe src='https://www.youtube.com/embed/a1' title='The launch'></iframe>",
         f'<a href="https://www.youtube.com/watch?v=a1" {REL}>'
         '<img src="https://i.ytimg.com/vi/a1/hqdefault.jpg" alt="" loading="lazy"><br>The launch</a>'),
        ("<iframe src='/ad' width='1' height='1'></iframe>x", "x"),
        ("<iframe srcdoc='<p>x</p>'></iframe>x", "x"),
    ],
)  # fmt: skip
def test_frames_become_links(markup: str, expected: str) -> None:
    assert safe_html(markup, BASE) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<math><msup><mi>x</mi><mn>2</mn></msup></math>", "x<sup>2</sup>"),
        ("<span class='katex'><math><mi>x</mi></math><span class='katex-html'><span>x</span><span/></span></span>y",
         "xy"),
        ("<span style='display: none;'><math><mi>x</mi></math></span><img src='/a.jpg'>", A),
        ("<p>x = <math><mfrac><mn>1</mn><mn>2</mn></mfrac></p><p>y</p>", "<p>x = 1/2</p><p>y</p>"),
        ("<p>x<msup><mi></mi><mn>2</mn></msup> is <mi>y</mi></p>", "<p>x<sup>2</sup> is y</p>"),
        ("<mml:math><mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math>", "x<sup>2</sup>"),
        ("<math alttext='a &lt; b'></math>", "a &lt; b"),
        ("<li><input type='checkbox' checked> done<li><input type=checkbox> open", "<li>☑  done</li><li>☐  open</li>"),
        ("<input name='q' value='x'>y", "y"),
        ("<p/>a<b/>c", "ac"),
        ("<html:p>a</html:p><h:ul><h:li>b</h:li></h:ul>", "<p>a</p><ul><li>b</li></ul>"),
        ("a<o:p></o:p>b", "ab"),
        ("<pre><code>a &lt; b {\n    x();\n}</code></pre>", "<pre><code>a &lt; b {\n    x();\n}</code></pre>"),
        ('<ol start="3" type="a"><li value="4">x</li></ol>', '<ol start="3" type="a"><li value="4">x</li></ol>'),
        ("<details open><summary>s</summary>x</details>", '<details open=""><summary>s</summary>x</details>'),
        ("<ruby>漢<rt>かん</rt></ruby>", "<ruby>漢<rt>かん</rt></ruby>"),
        ("<main>a</main><address>b</address>", "<main>a</main><address>b</address>"),
    ],
)  # fmt: skip
def test_other_markup(markup: str, expected: str) -> None:
    assert safe_html(markup, BASE) == expected


def test_deep_nesting_is_limited_without_losing_text() -> None:
    deep = safe_html("<div>" * 10_000 + "x" + "</div>" * 10_000 + "<p>y</p>")
    assert deep.count("<div>") == 250
    assert deep.endswith("</div><p>y</p>") and "x" in deep


def test_long_flat_text_is_not_changed() -> None:
    flat = "<ul>" + "<li>x</li>" * 3000 + "</ul><p>y</p>"
    assert safe_html(flat) == flat
    assert safe_html("<p>a<br>b<p>c" * 3000) == "<p>a<br>b</p><p>c</p>" * 3000
    table = "<table><tbody>" + "<tr><td>x</td><td>y</td></tr>" * 2000 + "</tbody></table>"
    assert safe_html(table) == table
    assert safe_html("<table>" + "<tr><td>x<td>y" * 2000 + "</table>") == table


def test_the_number_of_attributes_is_limited() -> None:
    many = "<p" + "".join(f" a{number}=1" for number in range(50_000)) + ">x</p>"
    assert safe_html(many) == "<p>x</p>"
