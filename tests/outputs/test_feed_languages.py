"""Tags, directions and names of languages, as pages state them."""

from __future__ import annotations

import pytest

from aggregator.outputs.languages import language_direction, language_name, language_tag


@pytest.mark.parametrize(
    ("stated", "valid"),
    [
        ("en", "en"),
        ("EN-gb", "en-GB"),
        ("pt_BR", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("en-UK", "en"),
        ("de-DE-1996", "de-DE"),
        ("xx", ""),
        ("english", ""),
        ('"><script>', ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_what_exists_of_a_tag_is_kept(stated: str | None, valid: str) -> None:
    assert language_tag(stated) == valid


@pytest.mark.parametrize(
    ("tag", "direction"),
    [
        ("en", "ltr"),
        ("ar-EG", "rtl"),
        ("he", "rtl"),
        ("ku-Arab", "rtl"),
        ("ku", "ltr"),
        ("az-Latn", "ltr"),
        (None, "auto"),
    ],
)
def test_direction_of_writing(tag: str | None, direction: str) -> None:
    assert language_direction(tag) == direction


@pytest.mark.parametrize(
    ("tag", "locale", "name"),
    [("de", "en", "German"), ("de-CH", "fr-CA", "allemand"), ("de", "xx", "German"), ("zz", "en", "zz")],
)
def test_names_are_in_the_readers_language(tag: str, locale: str, name: str) -> None:
    assert language_name(tag, locale) == name
