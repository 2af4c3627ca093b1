"""Copies, and look-alikes that are different articles."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.grouping.copies.judge import judge
from aggregator.grouping.copies.text import MAX_BODY, MAX_TITLE, ArticleText, read_text
from aggregator.grouping.features.wording import wording_of
from aggregator.ingest.items import Defaults, article_from
from aggregator.model import Article, Item, Outlet

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DEFAULTS = Defaults(Outlet("Courier"), (), None, None, NOON + timedelta(days=300))
NUMBERS = itertools.count()


def text(
    title: str = "", summary: str = "", outlet: str = "Courier", hours: float | None = 0, url: str = ""
) -> ArticleText:
    """Return the text of an article from a feed, `hours` after noon or without a date, with a unique URL by default."""
    url = url or f"https://{outlet.lower().replace(' ', '')}.example/{next(NUMBERS)}"
    published = None if hours is None else NOON + timedelta(hours=hours)
    item = Item(title=title, summary=summary, source=outlet, url=url, published=published)
    return read_text(wording_of(article_from(item, DEFAULTS)))


def replaced(old: str, **changes: str) -> str:
    for before, after in changes.items():
        assert before in old
        old = old.replace(before, after)
    return old


BRIDGE = "Ferrier Bridge reopens to buses after nineteen months of repair"
REPORT = (
    "The first bus crossed Ferrier Bridge at six this morning. All 212 hangers have been replaced, at a cost of "
    "£86 million, and the council says that nobody will have to close it again before 2060."
)
SENTENCES = (
    "The caretaker of a school in Walthamstow has found a portrait that was thought lost for eighty years",
    "It hung behind a piano, wrapped in a curtain",
    "Judith Carrow painted it in the winter before she died",
    "Her daughter sits at a window with a cat on her knees",
    "Two museums have asked the school for it, and neither has named a price",
    "The headmistress says that the children will decide",
    "A restorer has begun to clean the frame, which mice had gnawed",
    "Visitors may see the painting on the first Sunday of each month until the roof is repaired",
    "Carrow sold eleven pictures in her life, all of them to the same baker, who paid in bread",
)
PORTRAIT = "Lost portrait found behind a piano"
SOLD = (
    "After a night of talks the school has sold its painting to the county museum for a sum that both keep secret. "
    "The money will mend the roof, and buy a better piano. Parents had asked for a vote, which the board refused. "
    "The museum opens its new wing in May with the portrait in the first room"
)
FERRY = "A ferry with three cars on board burnt out off Port Alder at dawn, the coastguard says."
GOOGLE = "https://news.example/rss/articles/CBMi"


def sentences(*chosen: str) -> str:
    return ". ".join(chosen)


ORIGINAL = text(BRIDGE, REPORT)
LONG = text(PORTRAIT, sentences(*SENTENCES))
REWORDED = replaced(REPORT, replaced="renewed", says="states", nobody="no one")
DRIVERS = "Drivers cheered as the barriers were lifted on the north bank."
JET = "https://courier.example/jet"

COPIES = {
    "the same page": (text(BRIDGE, url=f"{JET}?utm_source=rss"), text(BRIDGE, REPORT, url=JET)),
    "a page with a new headline": (
        text("Fighter jet crashes; search for crew", url=JET),
        text("Two jets shot down, one crew still missing", url=JET, hours=20),
    ),
    "the outlet at the end": (ORIGINAL, text(f"{BRIDGE} | Courier", REPORT, url="https://m.courier.example/b")),
    "the outlet after colons": (ORIGINAL, text(f"{BRIDGE} :: Courier", url=GOOGLE)),
    "the headline as text": (ORIGINAL, text(f"{BRIDGE} - Courier", f"{BRIDGE}  Courier", url=GOOGLE)),
    "an address at the end": (ORIGINAL, text(f"{BRIDGE} - courier.example", f"{BRIDGE} courier.example", url=GOOGLE)),
    "another outlet at the end": (ORIGINAL, text(f"{BRIDGE} | WXYZ", "", "Hub", 3, GOOGLE)),
    "case": (ORIGINAL, text(BRIDGE.upper(), REPORT)),
    "markup": (ORIGINAL, text(BRIDGE.replace(" ", "&nbsp;"), f"<p>{replaced(REPORT, bus='<em>bus</em>')}</p>")),
    "quotes and dashes": (text("‘Egg tea’ — a fad", f"“{REPORT}”"), text("'Egg tea' - a fad", f'"{REPORT}"', "Mirror")),
    "cut": (ORIGINAL, text(BRIDGE, f"{REPORT[:70]}…", "Mirror")),
    "boilerplate": (ORIGINAL, text(BRIDGE, f"{REPORT} Continue reading → Follow us. Advertisement.")),
    "an update": (ORIGINAL, text(f"UPDATE 2-{BRIDGE}", REPORT)),
    "a label and a place": (ORIGINAL, text(f"Exclusive: {BRIDGE}", f"LONDON (Wire) — {REPORT}", "Wire")),
    "a label and no text": (ORIGINAL, text(f"Road and rail: {BRIDGE}", "", "Mirror")),
    "more victims": (
        text("At least 12 dead in Port Alder ferry fire", FERRY),
        text("At least 15 dead in Port Alder ferry fire", FERRY, hours=5),
    ),
    "other words": (ORIGINAL, text(replaced(BRIDGE, after="following"), REWORDED, "Mirror")),
    "another headline": (ORIGINAL, text("First bus crosses Ferrier Bridge at six", REPORT, "Mirror")),
    "another headline at home": (ORIGINAL, text("Ferrier Bridge: the council expects peace", REPORT, hours=2)),
    "the text as headline": (ORIGINAL, text(REPORT, REPORT, "Mirror")),
    "the first sentences": (LONG, text(PORTRAIT, sentences(*SENTENCES[:4]), "Mirror")),
    "sentences in another order": (LONG, text("Portrait comes to light", sentences(*SENTENCES[::-1]), "Mirror")),
    "sentences left out": (LONG, text("Lost portrait", sentences(*SENTENCES[::2], SENTENCES[1]), "Mirror")),
    "rewritten in part": (LONG, text("Carrow comes to light", sentences(SOLD, *SENTENCES[:5]), "Mirror", 20)),
    "passages under the same headline": (LONG, text(PORTRAIT, sentences(SOLD, *SENTENCES[:2]), "Mirror", 20)),
    "long and late": (LONG, text("A painting and a piano", sentences(*SENTENCES), "Mirror", 24 * 90)),
    "long and undated": (LONG, text("A painting and a piano", sentences(*SENTENCES), "Mirror", None)),
    "another word at a sentence's start": (ORIGINAL, text("First bus", replaced(REPORT, All="Now"), "Mirror")),
    "two updates": (text(f"UPDATE 1-{BRIDGE}"), text(f"UPDATE 2-{BRIDGE}", "", "Mirror")),
    "two addresses at the end": (text(f"{BRIDGE} - hub.example"), text(f"{BRIDGE} | wire.example", "", "Wire")),
    "syndicated": (ORIGINAL, text(BRIDGE, DRIVERS, "Mirror", 20)),
    "issued again": (ORIGINAL, text(BRIDGE, replaced(REPORT, first="very first"), hours=30)),
    "issued again as a video": (text("Is your kettle listening?"), text("Is your kettle listening?", hours=1)),
    "issued again with other notes": (
        text("Is your kettle listening?", "By Ada Quill"),
        text("Is your kettle listening?", "Watch it now", hours=1),
    ),
    "no headline": (text("", REPORT), text("", REPORT, "Mirror")),
    "Japanese": (
        text("日本銀行が十年ぶりの利上げを決定", "", "朝刊"),
        text("日本銀行が十年ぶりの利上げを決定 - 夕刊", "", "夕刊", 4),
    ),
    "Greek": (
        text("Ανοίγει ξανά η γέφυρα του Φέριερ μετά από δεκαεννέα μήνες"),
        text("ανοίγει ξανά η Γέφυρα του Φέριερ μετά από δεκαεννέα μήνες", "", "Mirror"),
    ),
}

QUIZ = "Test yourself on this week's news: ten questions on people, places and a cat that travelled by train."
STORM = "A storm has crossed the sea since Monday, with winds that the weather service calls unheard of."
OURSELVES = "The Courier brings you news, pictures and opinion from London and the whole world, every day."
GUEST = "The following is the full transcript of an interview with {} that aired on “The Long Table” on {}."
CODE = "New customers can use the code COURIER for a reset of up to $1,000 when they bet on {} tonight."
HINTS = "Stuck? Here are hints, from easy to hard, and the answer to puzzle {} of November {}."
HINTS_TITLE = "Hints for today's puzzle, and all the answers that you need"
SONG = (
    "The Otters began to play together ten years ago, in a boathouse near Cork, and have toured with a piano on a "
    "barge ever since, to the joy of those who live along the canals. Now, with their fifth album out in good shops, "
    "and a sixth that they have nearly done, they play “{}” for us."
)
TIDE = (
    "The water in the harbour is at its highest at {} in the afternoon, and the wind blows from the sea. Who walks to "
    "the lighthouse should be back in good time."
)
HEARD = (
    "The director of the budget, Ada Quill, answers the questions of {} on {} morning. The request asks for more "
    "money for bridges and ferries, and for less for roads. Watch the whole hearing here."
)
GAS = "The average price of gas rose to ${} a gallon on {}, the motor club says."
PAID = (
    "The second round of November pensions, now capped at $5,181, will be paid in {} days. Who was born between the "
    "11th and the 20th of a month is paid on the third Wednesday. Who retires later is paid more. The sum depends on "
    "the age at retirement, on what was paid in, and on the number of years. The office publishes a calendar of all "
    "payments, and asks people to wait three days before they call."
)
SNOW = (
    "The weather service has issued a warning of heavy snow for {} County until noon. Drivers in {} should keep to "
    "the main roads, and take a shovel, blankets and water. Schools open two hours later than usual."
)
EARNED = (
    "{0} on Tuesday reported a profit of ${1} million in its third quarter. On a per-share basis, the {2}-based "
    "company said it had a profit of {3} cents. The results topped expectations of analysts. The maker of {4} posted "
    "revenue of ${5} million in the period. {0} expects full-year revenue of ${6} million. Its shares have risen {7}% "
    "since the beginning of the year, when the index fell, and stood at ${8} in the final minutes of trading."
)
SHOW, SITE, CORK = "https://courier.example/show", "https://courier.example/", "https://courier.example/cork"

LOOKALIKES = {
    "nothing": (text(), text()),
    "nothing but an address": (text(url=JET), text(url=JET)),
    "an emoji": (text("🔥"), text("🔥", "", "Mirror")),
    "no words": (text("…", "!!! — ???"), text("…", "!!! — ???", "Mirror")),
    "one word": (text("Live"), text("Live", hours=1)),
    "one word elsewhere": (text("Video", "Cats at play."), text("Video", "Dogs at play.", "Mirror")),
    "a daily rubric": (text("Morning briefing"), text("Morning briefing", hours=24)),
    "a daily rubric with text": (
        text("Morning news brief", "Talks in Geneva resume, a storm nears Cork, and a choir in Lyon sings to cows."),
        text("Morning news brief", "Markets fall, the storm reaches Cork, and Lyon elects its new mayor.", hours=24),
    ),
    "a daily headline": (text(HINTS_TITLE), text(HINTS_TITLE, hours=24)),
    "a daily puzzle": (
        text(HINTS_TITLE, HINTS.format(1204, 20)),
        text(HINTS_TITLE, HINTS.format(1205, 21), hours=24),
    ),
    "another day's guest": (
        text("The Long Table, 5 April", GUEST.format("Ada Quill", "April 5")),
        text("The Long Table, 12 April", GUEST.format("Ada Quill", "April 12"), hours=10),
    ),
    "another guest": (
        text("Transcript: Gen. Ada Quill on “The Long Table”", GUEST.format("Gen. Ada Quill", "April 5")),
        text("Transcript: Rep. Ben Marrow on “The Long Table”", GUEST.format("Rep. Ben Marrow", "April 5")),
    ),
    "another match": (
        text("Get a reset up to $1,000 for Alders vs. Gulls", CODE.format("Alders vs. Gulls")),
        text("Get a reset up to $1,000 for Hawks vs. Terns", CODE.format("Hawks vs. Terns"), hours=2),
    ),
    "another song": (
        text("Saturday stage: The Otters play “Rain Over You”", SONG.format("Rain Over You")),
        text("Saturday stage: The Otters play “You Were Singing”", SONG.format("You Were Singing")),
    ),
    "another tide": (
        text("High water at Cork: what walkers should know", TIDE.format("half past 4")),
        text("High water in the harbour: be back in time", TIDE.format("a quarter to 5"), "Mirror", 10),
    ),
    "another hearing": (
        text("Watch live: Quill before the lower house", HEARD.format("a lower house panel", "Wednesday")),
        text("Watch live: Quill before the senate", HEARD.format("the senate committee", "Thursday"), hours=10),
    ),
    "another report": (text(BRIDGE, REPORT), text(BRIDGE, DRIVERS + " A brass band had waited since five.", hours=2)),
    "a countdown": (
        text("Second round of November pensions is paid in 14 days", PAID.format(14)),
        text("Second round of November pensions is paid in 13 days", PAID.format(13), hours=24),
    ),
    "a countdown in words": (
        text("Second round of November pensions is paid in six days", PAID.format("six")),
        text("Second round of November pensions is paid in five days", PAID.format("five"), hours=24),
    ),
    "an undated countdown": (
        text("Second round of November pensions is paid in six days", PAID.format("six"), hours=None),
        text("Second round of November pensions is paid in five days", PAID.format("five"), hours=None),
    ),
    "prices of another day": (
        text("Gas prices: now at $4.08 a gallon", GAS.format(4.081, "Thursday")),
        text("Gas prices: now at $4.14 a gallon", GAS.format(4.142, "Tuesday"), hours=9),
    ),
    "numbered episodes": (text("The Lamp, episode 12", QUIZ), text("The Lamp, episode 13", QUIZ, hours=1)),
    "numbered parts": (
        text("How the old harbour came to be what it is - Part 1"),
        text("How the old harbour came to be what it is - Part 2", "", "Mirror"),
    ),
    "a second part": (
        text("How the old harbour came to be what it is"),
        text("How the old harbour came to be what it is - Part 2", "", "Mirror"),
    ),
    "another week's quiz": (text("Quiz: who won the egg race?", QUIZ), text("Quiz: what time is it?", QUIZ, hours=168)),
    "another day's live page": (
        text("Storm live: Cork braces for floods", STORM),
        text("Storm live: power returns to Kerry", STORM, hours=26),
    ),
    "another county": (
        text("Snow warning for Kent County", SNOW.format("Kent", "Alder Falls"), "Kent Patch"),
        text("Snow warning for Essex County", SNOW.format("Essex", "Corris"), "Essex Patch"),
    ),
    "another company": (
        text("Quill: earnings", EARNED.format("Quill", 12.3, "Cork", 45, "pens", 210, 830, 12, 31.2), "Wire"),
        text("Marrow: earnings", EARNED.format("Marrow", 7.8, "Lyon", 19, "jams", 96, 400, 3, 8.15), "Mirror"),
    ),
    "what an outlet says of itself": (
        text("Otters return to the Thames", OURSELVES),
        text("Budget vote is put off", OURSELVES, hours=2),
    ),
    "an account of its own": (
        ORIGINAL,
        text(
            "Ferrier Bridge opens again: who pays?",
            "Londoners walked over Ferrier Bridge for the first time in 19 months. The £86 million was found.",
            "Lantern",
            2,
        ),
    ),
    "a longer headline": (
        text("Quill vows to sue the ferry company in coming weeks", "She spoke for an hour in Port Alder last night."),
        text("Shares fall after Quill vows to sue the ferry company in coming weeks", "Fuel was dearer.", "Mirror"),
    ),
    "a headline found twice": (
        text("Painter Ada Quill dies at 91", "She drew lamplighters for sixty years, and sold her last to a baker."),
        text("Painter Ada Quill dies at 91", "Known for her cats, the artist had been ill, her son said.", "Mirror", 1),
    ),
    "a passage quoted": (LONG, text("Baker's daughter remembers", sentences(SENTENCES[8]), "Mirror", 5)),
    "background told again": (LONG, text("Museum buys Carrow", sentences(SOLD, *SENTENCES[7:]), hours=10)),
    "two matches": (
        text("Spurs - Arsenal", url="https://courier.example/spurs-arsenal"),
        text("Spurs - Chelsea", url="https://courier.example/spurs-chelsea"),
    ),
    "two labels": (
        text("Kerry: council talks about the harbour begin in the morning"),
        text("Cork: council talks about the harbour begin in the morning", "", "Mirror"),
    ),
    "a programme's page": (text("Otters return", url=SHOW), text("Budget vote", url=SHOW, hours=24)),
    "a list's page": (
        text(
            "Lamplighters",
            "A good essay about those who lit every street of a city, and what their work was.",
            url=SHOW,
        ),
        text("Ferry tales", "What I like about this site is the work behind every drawing of a ferry.", url=SHOW),
    ),
    "a site's address": (text("Otters return to it", url=SITE), text("Otters leave it", url=SITE, hours=20)),
    "a page of another week": (
        text("Weather for Cork", "Rain and wind.", url=CORK),
        text("Weather for Cork", "Sun.", url=CORK, hours=168),
    ),
    "Chinese": (text("央行宣布下调存款准备金率", "", "晨报"), text("央行宣布上调存款准备金率", "", "晚报", 1)),
}

EXPECTED = [
    *(pytest.param(*pair, True, id=f"copy: {name}") for name, pair in COPIES.items()),
    *(pytest.param(*pair, False, id=f"look-alike: {name}") for name, pair in LOOKALIKES.items()),
]


@pytest.mark.parametrize(("a", "b", "copy"), EXPECTED)
def test_copies_and_look_alikes(a: ArticleText, b: ArticleText, copy: bool) -> None:
    assert (judge(a, b) is not None) is copy
    assert (judge(b, a) is not None) is copy


def test_reasons() -> None:
    reasons = {name: judge(*pair) for name, pair in COPIES.items()}
    assert reasons["the same page"] == "the same address"
    assert reasons["syndicated"] == "the same headline"
    assert reasons["cut"] == "the same headline and text"
    assert reasons["more victims"] == "the same text with another number"
    assert reasons["another headline"] == "100% the same wording"
    assert reasons["other words"] == "the same text in other words"


def test_a_repeated_section_title_is_a_series() -> None:
    mornings = [text("Morning briefing", hours=24 * day) for day in range(50)]
    assert not any(judge(a, b) for a, b in itertools.combinations(mornings, 2))


# Texts of a few words, which are often similar, and arbitrary texts.
FEW_WORDS = st.lists(
    st.sampled_from("the Bridge 12 Monday reopens Kent. | - : 日 本 🔥 UPDATE ß Straße".split()), max_size=70
)
TEXTS = st.one_of(FEW_WORDS.map(" ".join), st.text(max_size=60))
ARTICLES = st.builds(
    lambda title, summary, outlet, hours, page: Article(
        id=page,
        url=f"https://courier.example/{page}",
        title=title,
        summary=summary,
        published=NOON + timedelta(hours=hours),
        first_seen=NOON + timedelta(days=300),
        source=Outlet(outlet),
    ),
    TEXTS,
    TEXTS,
    st.sampled_from(["Courier", "Mirror", "", "日報"]),
    st.sampled_from([0, 1, 10, 30, 60, 2000]),
    st.sampled_from(["", "a", "b"]),
)


@given(ARTICLES, ARTICLES)
def test_judgements_are_symmetric(a: Article, b: Article) -> None:
    first, second = read_text(wording_of(a)), read_text(wording_of(b))
    assert (judge(first, second) is None) == (judge(second, first) is None)


@given(TEXTS)
@example("")
@example("a. " * 100_000)
@example(" - " * 100_000)
@example("日本" * 100_000)
@example("the same few words " * 50_000)
def test_only_the_beginning_of_long_texts_is_read(long: str) -> None:
    article = Article(id="1", url=None, title=long, summary=long, first_seen=NOON, source=Outlet("Courier"))
    read = read_text(wording_of(article))
    assert len(read.title) <= 2 * MAX_TITLE
    assert len(read.body) <= 2 * MAX_BODY
    judge(read, msgspec.structs.replace(read, outlet="mirror", time=0))
