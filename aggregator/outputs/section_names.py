"""Names the sections of an edition."""

from __future__ import annotations

from aggregator.model import Section
from aggregator.outputs.languages import language_name


def section_name(section: Section, locale: str) -> str:
    """Return the name of a section to show: as configured, or its tag, source or language, with a capital.

    "" for the section of the remaining stories. `locale`: language in which the name of a language is shown.
    """
    if section.label:
        return section.label
    is_language = section.language and section.language == section.name
    name = language_name(section.language, locale) if is_language else " ".join(section.name.split())
    return name[:1].upper() + name[1:]


def language_apart(section: Section, locale: str) -> str:
    """Return the name of the language that a section is set apart by; "" if its own name says it."""
    is_apart = section.language and section.language != section.name
    return language_name(section.language, locale) if is_apart else ""
