"""The name of an outlet in the title of its feed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import shared

from aggregator.errors import SourceError
from aggregator.feeds.parse import parse
from aggregator.text.outlet_names import outlet_name, same_outlet
from aggregator.text.plain import plain


@pytest.mark.parametrize(
    ("title", "url", "expected"),
    [
        # what is only a section, or says that it is a feed
        ("World", "https://www.washingtonpost.com", "washingtonpost.com"),
        ("Top Stories", "https://www.abc.net.au/news", "abc.net.au"),
        ("RSS Feed", "https://feeds.bridge.example/x", "bridge.example"),
        ("Untitled", "https://notes.bridge.example/", "notes.bridge.example"),
        ("Home", "https://www.bridge.co.uk", "bridge.co.uk"),
        ("Nachrichten", "https://www.brücke.de/", "brücke.de"),
        ("Startseite", "https://www.xn--brcke-lva.de/", "brücke.de"),
        ("À la une", "https://www.lemonde.fr/", "lemonde.fr"),
        ("Ultimissime", "https://www.ponte.it/", "ponte.it"),
        ("最新ニュース", "https://hashi.example/", "hashi.example"),
        ("", "https://www.bridge.example/", "bridge.example"),
        # a section beside the name
        ("World news | The Guardian", "https://www.theguardian.com/world", "The Guardian"),
        ("BBC News - Home", "https://www.bbc.co.uk/news/", "BBC News"),
        ("NYT > World News", "https://www.nytimes.com/section/world", "NYT"),
        ("Technology - The Verge RSS Feed", "https://www.theverge.com/tech", "The Verge"),
        ("Ars Technica - Science", "https://arstechnica.com/", "Ars Technica"),
        ("Spiegel Online - Schlagzeilen", "https://www.spiegel.de/", "Spiegel Online"),
        ("Últimas noticias | EL PAÍS", "https://elpais.com/", "EL PAÍS"),
        ("G1 - Notícias", "https://g1.globo.com/", "G1"),
        ("Corriere.it - Homepage", "https://www.corriere.it/", "Corriere.it"),
        ("NRK – Siste nytt", "https://www.nrk.no/", "NRK"),
        ("Лента : Новости", "https://lenta.ru/", "Лента"),
        ("NPR Topics: World", "https://www.npr.org/", "NPR"),
        ("Japan Today - Category World", "https://japantoday.com/", "Japan Today"),
        ("Electrek » Feed", "https://electrek.co/", "Electrek"),
        ("The Courier - Latest News", None, "The Courier"),
        ("www.bridge.example - all articles", "https://www.bridge.example/", "bridge.example"),
        # words before and after the name
        ("NDTV News Search Records Found 1000", "https://www.ndtv.com/", "NDTV News"),
        ("Gatsby Starter Blog RSS Feed", "https://bridge.example/", "Gatsby Starter Blog"),
        ("TheWeek feed", "https://theweek.com", "TheWeek"),
        ("Times of India Top Stories", "https://timesofindia.indiatimes.com/", "Times of India"),
        ("Portada de EL PAÍS", "https://elpais.com/", "EL PAÍS"),
        ("Recent content on Ada Quill", "https://quill.example/", "Ada Quill"),
        ("Rest of World -", "https://restofworld.org/", "Rest of World"),
        ("The Courier | RSS", None, "The Courier"),
        ("Franceinfo - Les Titres", "https://www.francetvinfo.fr/", "Franceinfo"),
        ("BILD.de Home", "https://www.bild.de/", "BILD.de"),
        ("NASA Breaking News", "https://www.nasa.gov/", "NASA"),
        # a description beside the name
        ("Al Jazeera – Breaking News, World News and Video from Al Jazeera", "https://www.aljazeera.com", "Al Jazeera"),
        ("Le Monde.fr - Actualités et Infos en France et dans le monde", "https://www.lemonde.fr", "Le Monde.fr"),
        ("Phys.org - latest science and technology news stories", "https://phys.org/", "Phys.org"),
    ],
)
def test_the_name_is_found(title: str, url: str | None, expected: str) -> None:
    assert outlet_name(title, url) == expected


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("The World", "https://pri.example/"),
        ("The World", None),
        ("World Nuclear News", "https://www.world-nuclear-news.org/"),
        ("Hacker News", "https://news.ycombinator.com/"),
        ("Las Últimas Noticias", "https://www.lun.com/"),
        ("WHO news", "https://www.who.int/"),
        ("Sky News", "https://news.sky.com/"),
        ("TechCrunch", "https://techcrunch.com/"),
        ("Le Monde", "https://www.lemonde.fr/"),
        ("El Mundo", None),
        ("Science", "https://www.science.org/"),
        ("Sport", "https://www.sport.es/"),
        ("Schneier on Security", "https://www.schneier.com/"),
        ("Stratechery by Ben Thompson", "https://stratechery.com/"),
        ("Sound Code - Mark Heath's Blog", "https://markheath.net/"),
        ("Medium | Ada Quill", "https://medium.com/@quill"),
        ("Min Hsu's Homepage", "https://myhsu.xyz/"),
        ("Comments on: The Courier", "https://courier.example/"),
        ("Tottenham - Arsenal", None),
        ("World", None),
        ("RSS", "file:///feeds/a.xml"),
        ("", None),
    ],
)
def test_other_names_stay(name: str, url: str | None) -> None:
    assert outlet_name(name, url) == name


def test_a_long_name_is_cut_where_it_has_parts() -> None:
    url = "https://quill.example/"
    assert outlet_name("The Ferrier Observer: bridges, buses and boats of the county", url) == "The Ferrier Observer"
    assert len(outlet_name("bridge " * 1000, url)) <= 80


@pytest.mark.parametrize("text", ["The Guardian", "guardian", "theguardian.com", "World news | The Guardian"])
def test_the_same_outlet(text: str) -> None:
    assert same_outlet(text, "World news | The Guardian", "https://www.theguardian.com/world")


@pytest.mark.parametrize("text", ["", "World", "Guardian Weekly", "News", "com"])
def test_another_outlet(text: str) -> None:
    assert not same_outlet(text, "World news | The Guardian", "https://www.theguardian.com/world")


PARTS = st.sampled_from(
    "News World Feed RSS The Courier courier.example - | : » Home Latest from Comments on www.".split()
)
NAMES = st.one_of(st.lists(PARTS, max_size=12).map(" ".join), st.text(max_size=50))
URLS = st.sampled_from(
    [None, "https://www.courier.example/a", "https://news.co.uk", "http://[", "file:///a", "https://a"]
)


@given(NAMES, URLS)
def test_a_name_is_not_lost_and_a_second_pass_changes_nothing(name: str, url: str | None) -> None:
    shown = outlet_name(name, url)
    assert outlet_name(shown, url) == shown
    assert bool(shown) >= bool(name.split())
    assert len(shown) <= max(len(name), len(url or ""))


@pytest.mark.slow
def test_names_of_real_feeds() -> None:
    """A name is at most as long as it was, and most names say what they said."""
    changed = []
    for path in sorted(shared("feeds").glob("*.xml")):
        try:
            channel = parse(path.read_bytes(), "https://corpus.example/feed.xml").channel
        except SourceError:
            continue
        title = plain(channel.title or "")
        shown = outlet_name(title, channel.url)
        assert shown or not title
        assert outlet_name(shown, channel.url) == shown
        changed += [(title, shown)] if shown != title else []
    assert 15 <= len(changed) <= 30
    assert max(len(shown) for _, shown in changed) <= 40
