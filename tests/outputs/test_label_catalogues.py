"""The catalogues of labels have each text of the templates and modules, and no other; English is in the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from project import ROOT

from aggregator.outputs.labels import CATALOGUES, labels

FILES = sorted(CATALOGUES.glob("*.po"))
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "counted": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)s")
Text = str | tuple[str, ...]


def texts(suffixes: dict[str, str], folders: tuple[Path, ...]) -> Iterator[Text]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if method := suffixes.get(path.suffix):
                for _, text, _, _ in extract_from_file(method, str(path), KEYWORDS):
                    yield text


def used() -> set[Text]:
    methods = {".j2": "jinja2", ".py": "python"}
    return set(texts(methods, (ROOT / "plugins/outputs", ROOT / "aggregator/outputs"))) - {""}


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_a_catalogue_has_each_text_and_no_other(path: Path) -> None:
    assert {message.id for message in catalogue(path) if message.id} == used()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_translations_are_complete_and_keep_what_is_replaced(path: Path) -> None:
    read = catalogue(path)
    for message in read:
        if message.id:
            originals = [message.id] if isinstance(message.id, str) else list(message.id)
            forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
            assert len(forms) == (1 if isinstance(message.id, str) else read.num_plurals)
            expected = sorted(PLACEHOLDER.findall(originals[-1]))
            assert all(form and sorted(PLACEHOLDER.findall(form)) == expected for form in forms), message.id


def test_the_languages_that_the_manual_names_are_there() -> None:
    assert {path.stem for path in FILES} >= {"de", "fr", "es", "pt"}


@pytest.mark.parametrize(
    ("locale", "one", "two", "none"),
    [
        ("en", "1 source", "2 sources", "0 sources"),
        ("de-AT", "1 Quelle", "2 Quellen", "0 Quellen"),
        ("fr", "1 source", "2 sources", "0 source"),
        ("pt-BR", "1 fonte", "2 fontes", "0 fontes"),
        ("eo", "1 source", "2 sources", "0 sources"),
    ],
)
def test_plural_forms_follow_the_language(locale: str, one: str, two: str, none: str) -> None:
    words = labels(locale)
    written = [words.ngettext("%(num)s source", "%(num)s sources", count) % {"num": count} for count in (1, 2, 0)]
    assert written == [one, two, none]


def test_the_catalogue_of_a_theme_precedes(tmp_path: Path) -> None:
    (tmp_path / "de.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Latest"\nmsgstr "Eben"\n'
    )
    assert labels("de", tmp_path).gettext("Latest") == "Eben"
    assert labels("fr", tmp_path).gettext("Latest") == "Dernières nouvelles"
