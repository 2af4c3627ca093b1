"""The words that pages, mails and books print themselves, in the reader's language: gettext catalogues, read by babel.

A catalogue is a file `locale/<language>.po`; English is the language of the templates. A theme can bring its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

CATALOGUES = Path(__file__).parent / "locale"
ENGLISH = NullTranslations()


def labels(locale: str, folder: Path | None = None) -> NullTranslations:
    """Return the translations for a language tag such as "pt-BR"; the English words for an unknown language.

    `folder`: catalogues that precede those of this package.
    """
    return _find(locale, (folder, CATALOGUES)) if folder else _labels(locale)


@cache
def _labels(locale: str) -> NullTranslations:
    """Return the translations of this package, whose files do not change."""
    return _find(locale, (CATALOGUES,))


def _find(locale: str, folders: Iterable[Path]) -> NullTranslations:
    for name in (locale.replace("-", "_"), locale.partition("-")[0]):
        for one in folders:
            if (path := one / f"{name}.po").is_file():
                return _catalogue(path, path.stat().st_mtime_ns)
    return ENGLISH


@cache
def _catalogue(path: Path, changed: int) -> NullTranslations:
    """Return the translations in a file. `changed`: its time, so that a changed file is read again."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return GNUTranslations(compiled)
