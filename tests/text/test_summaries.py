"""What publishers append to summaries, and the title before them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.summaries import clean_summary

TITLE = "Ferrier bridge reopens to buses"
TEXT = "Buses cross the river again."
POST = "submitted by /u/ada_quill"


def clean(summary: str, title: str = TITLE) -> str:
    return clean_summary(summary, title, "The Courier", "https://courier.example/")


@pytest.mark.parametrize(
    "end",
    [
        *("Read more", "Read more…", "READ MORE »", "[Read more]", "Read More...", "» Read more", "Continue reading →"),
        *("Read the full story", "Read the full story at The Verge.", "Click here to read more.", "Learn more", "More"),
        *(f"Continue reading {TITLE} →", f'Continue reading "{TITLE}"', "Continue reading “Another title” →"),
        *("Read more on The Courier.", "Keep reading", "Weiterlesen", "Weiterlesen →", "Mehr lesen", "Lire la suite"),
        *(
            "Lire la suite...",
            "Leer más",
            "Seguir leyendo",
            "Leia mais",
            "Leia mais »",
            "Continua a leggere",
            "Lees meer",
        ),
        *("Czytaj więcej", "Läs mer", "Les mer", "Devamını oku", "Читать далее", "اقرأ المزيد", "और पढ़ें", "더 보기"),
        *("[…]", "[...]", "(…)", "[+1234 chars]", "(Photo: Ada Quill/Courier)", "(Foto: dpa)", "(Image credit: NASA)"),
        *(
            "(AP Photo/Ada Quill)",
            "Read more of this story at The Courier.",
            "Weiterlesen auf kurier.example",
            "[link]",
        ),
        *("The post Bridge appeared first on The Courier.", "The post Bridge first appeared on The Courier."),
        *("Der Beitrag Brücke erschien zuerst auf Kurier.", "L’article Pont est apparu en premier sur Courrier."),
        *("L'articolo Ponte proviene da Corriere.", "La entrada Puente se publicó primero en Correo."),
        *(POST, f"{POST} [link] [comments]", f"{POST} to r/bridges [link] [comments]"),
        *("3 posts - 2 participants Read full topic", "[…] Read more The post Bridge appeared first on The Courier."),
        "Article URL: https://a.example/b Comments URL: https://b.example/1 Points: 12 # Comments: 3",
    ],
)
def test_the_end_is_removed(end: str) -> None:
    assert clean(f"{TEXT} {end}") == TEXT
    assert clean(end) in ("", "…")


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("Buses cross the river again Read more", "Buses cross the river again"),
        ("Buses cross the river again after […]", "Buses cross the river again after…"),
        ("Buses cross the river … Continue reading Ferrier bridge reopens", "Buses cross the river …"),
        ("バスが再び橋を渡る。続きを読む", "バスが再び橋を渡る。"),
        ("  Buses\n cross ", "Buses cross"),
    ],
)
def test_the_rest_of_a_sentence_stays(summary: str, expected: str) -> None:
    assert clean(summary) == expected


@pytest.mark.parametrize(
    "summary",
    [
        "Children should read more.",
        "Now people read more",
        "He wants to learn more",
        "Readers want one more.",
        "The bridge is closed. Continue in this way for five days.",
        "They want to know why (and when)",
        "Buses cross the river (photos below)",
        "Buses cross the river (see photos by the sea)",
        "Continue on your way.",
        "Readers, Read More Books",
        "The post office on the bridge reopens.",
        "LONDON (Reuters) - Buses cross the river again.",
        "The comments were read out [and that was it].",
        "Buses cross the river (Ferrier) again",
        "Buses cross the river, and…",
        f"{TITLE} on Monday, after nineteen months.",
        f"{TITLE} Tuesday after nineteen months.",
        "2,500",
    ],
)
def test_other_texts_stay(summary: str) -> None:
    assert clean(summary) == summary


@pytest.mark.parametrize(
    "summary",
    [
        *(
            TITLE,
            f"{TITLE}.",
            TITLE.upper(),
            f"{TITLE} - The Courier",
            f"{TITLE}  The Courier",
            f"The Courier: {TITLE}",
        ),
        *("Ferrier bridge reopens…", f"{TITLE} Read more", "The Courier", "Comments", "…", "-", "", "  "),
    ],
)
def test_a_summary_that_says_nothing_is_empty(summary: str) -> None:
    assert clean(summary) == ""
    assert clean(summary, f"{TITLE} | The Courier") == ""


@pytest.mark.parametrize("between", [". ", ": ", " – ", " | ", " ... ", "! "])
def test_the_title_before_a_summary_is_removed(between: str) -> None:
    assert clean(f"{TITLE}{between}{TEXT}") == TEXT
    assert clean(f"{TITLE}{between}{TEXT}", f"{TITLE} - The Courier") == TEXT


def test_the_title_before_a_new_sentence_is_removed() -> None:
    assert clean(f"{TITLE} The buses cross again.") == "The buses cross again."
    assert clean("Apple Watch The Series 9 is here", "Apple Watch") == "Apple Watch The Series 9 is here"


PARTS = st.sampled_from(
    "Read_more [...] […] → Ferrier_bridge Ferrier_bridge_reopens_to_buses . : The_Courier Buses_cross Continue_reading "
    "The_post appeared_first_on submitted_by_/u/a [link] (Photo:_A) More on".split()
).map(lambda part: part.replace("_", " "))


@given(st.lists(PARTS, max_size=8).map(" ".join) | st.text(max_size=60))
def test_a_summary_is_not_longer_and_a_second_pass_changes_nothing(summary: str) -> None:
    shown = clean(summary)
    assert len(shown) <= len(summary)
    assert clean(shown) == shown


@pytest.mark.parametrize(
    "piece", ["Read more ", "[…] ", "The post ", "appeared first on ", "( ", "a ", ") ", f"{TITLE}. "]
)
def test_time_is_linear_in_the_length_of_a_hostile_summary(piece: str) -> None:
    # Quadratic time on such a text would be minutes.
    text = piece * (1_000_000 // len(piece))
    assert len(clean(text)) <= len(text)
