"""Reads the `sections` of a configuration: tags, or tables with a label, a weight, a source or a language."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

WRITTEN_SECTIONS = tuple[str | dict[str, Any], ...]
"""The type of `sections` in the file."""


class SectionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A section of a page: the stories that have the tag, are of the source, and are in the language, as far as stated.

    `label`: the name to show; `weight`: how much its stories count in the ranking; `limit`: the most stories it shows,
    0 for any number.
    """

    tag: str = ""
    label: str = ""
    source: str = ""
    language: str = ""
    weight: Annotated[float, Meta(ge=0, le=1000)] = 1.0
    limit: Annotated[int, Meta(ge=0)] = 0

    @property
    def name(self) -> str:
        """What identifies the section: its tag, or else its source or language."""
        return self.tag or self.source or self.language


def read_sections(written: tuple[str | dict[str, Any], ...]) -> tuple[SectionSettings, ...]:
    """Return the sections. Raises ValueError for a table with another key or value, or without a name."""
    sections = tuple(_read_section(one) for one in written)
    if len({section.name.casefold() for section in sections}) < len(sections):
        raise ValueError("must name each section once")
    return sections


def _read_section(written: str | dict[str, Any]) -> SectionSettings:
    try:
        section = msgspec.convert({"tag": written} if isinstance(written, str) else written, SectionSettings)
    except msgspec.ValidationError as error:
        keys = ", ".join(SectionSettings.__struct_fields__)
        raise ValueError(f"has a section that is not right: {error}; its keys are {keys}") from error
    if not section.name.strip():
        raise ValueError("has a section without a tag, a source or a language")
    return section
