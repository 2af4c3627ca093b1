"""Furniture of the page in one table cell with the article, on old-style pages, and text that reads like it."""

from __future__ import annotations

import pytest

from aggregator import Item
from aggregator.model import Related
from aggregator.pages import read_article
from aggregator.text.plain import plain

URL = "https://news.example/2003/05/bridge.html"
PARAGRAPHS = [
    "The bridge across the river was opened again on Tuesday after nineteen months of work, the mayor said.",
    "It had been closed since a barge struck its middle pier, and the ferries have carried the commuters since then.",
    "The repair cost forty million, of which the state paid half; the rest is paid by a toll until the year 2031.",
]
FIRST, SECOND, THIRD = PARAGRAPHS
TEXT = "<br><br>".join(PARAGRAPHS)


def page(cell: str) -> str:
    return f"""<html><head><title>Bridge opens again after nineteen months - Example News</title></head>
<body bgcolor=white><table><tr><td><font size=2><a href="/">Home</a> | <a href="/world">World</a></font></td></tr>
<tr><td><font size=5><b>Bridge opens again after nineteen months</b></font><br>{cell}</td></tr></table></body></html>"""


def article(html: str) -> Item:
    item = read_article(html.encode(), URL)
    assert item is not None
    return item


def text_of(cell: str) -> str:
    text = plain(article(page(cell)).content or "")
    assert [paragraph for paragraph in PARAGRAPHS if paragraph not in text] == []
    return text


@pytest.mark.parametrize(
    "lines",
    [
        "Newsletter<br>Related Articles<br>0:00 0:00 Close",
        "0:00 / 3:42<br>✕",
        "Play<br>Current time 0:00<br>/<br>Duration 1:23<br>Loaded: 0%",
        '<a href="/nl">Newsletter</a><br><a href="/print">Print</a> | <a href="/mail">E-mail</a><br>&times;',
        "Anzeige<br>Drucken | Versenden<br>Artikel teilen<br>Schließen",
        "Publicité<br>Imprimer<br>Partager cet article<br>Fermer",
        "Publicidad<br>Imprimir<br>Compartir<br>Cerrar",
        "Copyright 2003 Example News. All rights reserved.",
        "&copy; 2003 Example News<br>Back to top",
        "Close X",
        "Sign up<br>Most Popular<br>x",
        "<font size=1>E-mail this story<br>Print this story<br>Related Stories</font>",
        "<b>Related Articles</b><br>Newsletter",
    ],
)
def test_furniture_beside_the_text_is_no_text(lines: str) -> None:
    expected = text_of(TEXT)
    assert text_of(f"{TEXT}<br>{lines}") == expected
    assert text_of(f"{TEXT}<br><br>{lines}<br>") == expected
    assert text_of(f"<font size=2>{TEXT}<br>{lines}</font>") == expected
    assert text_of("".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS) + lines) == expected
    assert text_of(f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}<br>{lines}</p>") == expected


@pytest.mark.parametrize(
    "cell",
    [
        f"0:00 / 0:00<br>Listen to this article<br>{TEXT}",
        f"Print | E-mail<br>Share<br>{TEXT}",
        f"{FIRST}<br>Advertisement<br>{SECOND}<br>Continue reading<br>{THIRD}",
        f"{FIRST}<br>Anzeige<br>{SECOND}<br><br>Weiterlesen<br>{THIRD}",
    ],
)
def test_furniture_above_and_within_the_text_is_no_text(cell: str) -> None:
    assert text_of(cell) == text_of(TEXT)


@pytest.mark.parametrize(
    "lines",
    [
        "The river runs,<br>the river stays,<br>Live<br>and close<br>the days",
        "Results:<br>Bern - Basel 2:1 (0:0)<br>Thun - Sion 0:0<br>Zug - Chur 3:2",
        "Trains leave at<br>10:30<br>11:30<br>and 12:30 daily.",
        "Town Hall<br>1 Main Street<br>Springfield 12345",
        "Jane Doe<br>Mayor of Springfield",
        "1. Close the lid.<br>2. Save the water.<br>3. Share with friends and print the photo.",
        "Q: When will you close it?<br>A: Never.",
        "The span has 3 × 4 panels.<br>3 × 4 = 12",
        "Close.<br>That is how it was.",
        "“Live,” she said.",
    ],
)
def test_short_lines_of_the_text_stay(lines: str) -> None:
    text = text_of(f"{TEXT}<br><br>{lines}").removeprefix(text_of(TEXT))
    assert text.split() == lines.replace("<br>", " ").split()


def test_a_closing_sign_is_no_part_of_related_headlines() -> None:
    links = """<br><br><a href="/2003/05/ferries-sold-to-norway.html">Ferries are sold to Norway &times;</a>
      <br><a href="/2003/05/player-0-00.html">0:00 / 0:00 Close</a>
      <br><a href="/2003/05/close-this-window.html">&times; &#x2715; &times;</a>
      <br><a href="/2003/05/mayor-steps-down.html"><b>&#x2715; Mayor of Springfield steps down</b></a>"""
    item = article(page(TEXT + links))
    assert [related.title for related in item.related or [] if isinstance(related, Related)] == [
        "Ferries are sold to Norway",
        "Mayor of Springfield steps down",
    ]


def test_a_page_of_many_lines_takes_bounded_time() -> None:
    article(page(TEXT + "<br>Close" * 100_000))
    article(page(f"{FIRST}<br>Close<br>" * 5_000))
    article(page(TEXT + "<font><br></font>" * 50_000))
