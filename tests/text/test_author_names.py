"""The names in what feeds state as authors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.author_names import author_names, strip_by


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("By Jane Doe", ["Jane Doe"]),
        ("jane@example.com (Jane Doe)", ["Jane Doe"]),
        ("Jane Doe <jane@example.com>", ["Jane Doe"]),
        ("Jane Doe (https://jane.example/)", ["Jane Doe"]),
        ("Jane Doe, jane@example.com", ["Jane Doe"]),
        ("Jane Doe, Staff Writer and John Roe", ["Jane Doe", "John Roe"]),
        ("Jane Doe, Science Editor", ["Jane Doe"]),
        ("Ann Lee, Bob Ray, and Cem Su", ["Ann Lee", "Bob Ray", "Cem Su"]),
        ("Ann Lee; Bob Ray", ["Ann Lee", "Bob Ray"]),
        ("Ann Lee & Bob Ray with Cem Su", ["Ann Lee", "Bob Ray", "Cem Su"]),
        ("Von Hans Müller und Eva Maier", ["Hans Müller", "Eva Maier"]),
        ("Par Jean-Paul Sartre et Simone de Beauvoir", ["Jean-Paul Sartre", "Simone de Beauvoir"]),
        ("Por Ana Pérez y Luis Gómez", ["Ana Pérez", "Luis Gómez"]),
        ("Text: Ann Lee, Fotos: Bob Ray", ["Ann Lee"]),
        ("Ann Lee / London", ["Ann Lee"]),
        ("Ann Lee | The Courier", ["Ann Lee"]),
        ("Ann Lee (The Courier)", ["Ann Lee"]),
        ("Ann Lee, Courier Staff", ["Ann Lee"]),
        *(
            (author, [])
            for author in ("jane@example.com", "https://jane.example/", "www.jane.example", "admin", "Staff")
        ),
        *((author, []) for author in ("The Courier", "COURIER", "Courier Staff", "Staff Writer", "", " ", "-", "N/A")),
        *((name, [name]) for name in ("Von der Leyen", "Di Maio", "José Ortega y Gasset", "Doe, Jane", "山田太郎")),
        *(
            (name, [name])
            for name in ("Trade and Industry", "John Roe, Jr.", "Madonna and Prince", "@jane", "bell hooks")
        ),
        ("Ministry of Trade and Foreign Affairs", ["Ministry of Trade and Foreign Affairs"]),
    ],
)
def test_author_names(author: str, names: list[str]) -> None:
    assert list(author_names([author], "The Courier", "https://courier.example/")) == names


def test_each_author_once() -> None:
    assert author_names(["Jane Doe", "By JANE DOE", "John Roe and Jane Doe"]) == ("Jane Doe", "John Roe")


def test_the_host_is_no_author_where_it_is_the_name() -> None:
    url = "https://www.washingtonpost.com/"
    assert author_names(["The Washington Post"], "World", url) == ()
    assert author_names(["Ada Quill"], "Notes on bridges", "https://adaquill.example/") == ("Ada Quill",)


def test_strip_by() -> None:
    assert strip_by("By Jane Doe") == "Jane Doe"
    assert strip_by("by the river") == "by the river"


PARTS = st.sampled_from(
    "By Jane Doe John , and ; <a@b.example> https://a.example ( ) Staff Writer Courier / | von".split()
)


@given(st.lists(st.lists(PARTS, max_size=10).map(" ".join) | st.text(max_size=40), max_size=4))
def test_no_address_is_shown_and_names_are_short(authors: list[str]) -> None:
    names = author_names(authors, "The Courier", "https://courier.example/")
    assert all(0 < len(name) <= 81 and "://" not in name and "a@b" not in name for name in names)
    assert len({name.casefold() for name in names}) == len(names)
