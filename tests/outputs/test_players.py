"""The audio or video that a page offers for an article, and outlets in one line."""

from __future__ import annotations

import pytest
from project import ROOT
from sample_edition import PODCAST, RIVER, article, edition

from aggregator import Enclosure
from aggregator.outputs.name_lists import collapsed
from aggregator.outputs.players import Player, player
from aggregator.outputs.themes import Theme

TEMPLATES = ROOT / "plugins/outputs/html/templates"


def test_the_first_audio_or_video_is_offered() -> None:
    assert player(PODCAST.shown) == Player("audio", "https://circuit.example/weather.mp3", "audio/mpeg", 32)
    short = article(RIVER, "Short", 1, enclosures=(Enclosure("https://a.example/v.mp4", "video/mp4", None, 5),))
    assert player(short) == Player("video", "https://a.example/v.mp4", "video/mp4", 1)
    other = (Enclosure("https://a.example/a.pdf", "application/pdf"), Enclosure("javascript:x", "audio/mpeg"))
    assert player(article(RIVER, "None", 1, enclosures=other)) is None


@pytest.mark.parametrize(
    ("names", "locale", "line"),
    [
        ((), "en", ""),
        (("BBC",), "en", "BBC"),
        (("BBC", "NPR"), "en", "BBC and NPR"),
        (("BBC", "NPR"), "de", "BBC und NPR"),
        (("BBC", "NPR", *"abcdefghijkl"), "en", "BBC, NPR and 12 more"),
        (("BBC", "NPR", "Die Zeit"), "fr", "BBC, NPR et 1 autre"),
    ],
)
def test_outlets_are_collapsed(names: tuple[str, ...], locale: str, line: str) -> None:
    assert collapsed(names, Theme(TEMPLATES, None, edition(locale=locale))) == line
