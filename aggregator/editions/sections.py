"""Divide the stories of an edition into sections: by tags, or else by language or source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from aggregator.config.sections import SectionSettings
from aggregator.config.settings import Config, OutputSettings
from aggregator.model import Section, Story

SMALLEST = 3
"""Stories that a section by language or source has at least; a smaller one is part of the rest."""
MOST_SECTIONS = 8
"""Sections by source, at most."""


def divide(stories: Sequence[Story], config: Config, output: OutputSettings) -> tuple[Section, ...]:
    """Return the sections of an edition, in order; each story is in one of them, the rest in a last one named "".

    The sections are those of the output or the configuration; without any, the tags of the sources in their order, and
    without tags, the languages or sources of the stories. Within a section, each source has `limit_per_source` stories
    at most.
    """
    configured = output.sections if output.sections is not None else config.sections
    settings = configured or _sections_of_tags(config) or _automatic(stories)
    members: dict[str, list[Story]] = {name: [] for name in (*(section.name for section in settings), "")}
    for story in stories:
        members[_section_of(story, settings)].append(story)
    sections = [Section(one.name, tuple(members[one.name]), one.label, one.language) for one in settings]
    if not configured:
        sections = [part for section in sections for part in _by_language(section)]
    limits = {section.name: section.limit for section in settings}
    capped = (
        _capped(section, output.limit_per_source, limits.get(section.name, 0))
        for section in [*sections, Section("", tuple(members[""]))]
    )
    return tuple(section for section in capped if section.stories)


def _sections_of_tags(config: Config) -> tuple[SectionSettings, ...]:
    tags = dict.fromkeys(tag for source in config.sources for tag in source.tags)
    return tuple(SectionSettings(tag=tag) for tag in tags)


def _automatic(stories: Sequence[Story]) -> tuple[SectionSettings, ...]:
    """Return sections for stories without tags: the languages if there are several, otherwise the sources."""
    languages = Counter(language_of(story) for story in stories)
    several = [name for name, count in languages.most_common() if name and count >= SMALLEST]
    if len(several) > 1:
        return tuple(SectionSettings(language=name) for name in several)
    sources = Counter(story.shown.source.name for story in stories)
    frequent = [name for name, count in sources.most_common(MOST_SECTIONS) if name and count >= SMALLEST]
    return tuple(SectionSettings(source=name) for name in frequent) if len(frequent) > 1 else ()


def _section_of(story: Story, settings: Sequence[SectionSettings]) -> str:
    """Return the name of the section of a story: of several, the one with the tag that most of its articles have."""
    matching = {section.tag.casefold(): section.name for section in reversed(settings) if _matches(story, section)}
    by_tag = (matching[tag.casefold()] for tag in story.tags if tag.casefold() in matching)
    return next(by_tag, matching.get("", ""))


def _matches(story: Story, section: SectionSettings) -> bool:
    if section.tag and section.tag.casefold() not in {tag.casefold() for tag in story.tags}:
        return False
    if section.source and section.source.casefold() != story.shown.source.name.casefold():
        return False
    return not section.language or language_of(story) == section.language.casefold().partition("-")[0]


def language_of(story: Story) -> str:
    """Return the primary language of a story, such as "en"; "" if it is unknown."""
    return (story.representative.language or "").casefold().partition("-")[0]


def _by_language(section: Section) -> list[Section]:
    """Set the stories in another language apart, if there are several; fewer follow the others."""
    languages = Counter(language_of(story) for story in section.stories)
    if section.language or len(languages) < 2:
        return [section]
    main = languages.most_common(1)[0][0]
    apart = [name for name, count in languages.most_common() if name and name != main and count >= SMALLEST]
    rest = [story for story in section.stories if language_of(story) not in apart]
    rest.sort(key=lambda story: language_of(story) not in (main, ""))
    parts = [Section(section.name, tuple(rest), section.label)]
    for name in apart:
        stories = tuple(story for story in section.stories if language_of(story) == name)
        parts.append(Section(section.name, stories, section.label, name))
    return parts


def _capped(section: Section, per_source: int, limit: int) -> Section:
    stories = list(_limit_sources(section.stories, per_source)) if per_source else list(section.stories)
    return Section(section.name, tuple(stories[: limit or None]), section.label, section.language)


def _limit_sources(stories: Iterable[Story], limit: int) -> Iterable[Story]:
    counts: Counter[str] = Counter()
    for story in stories:
        counts[story.shown.source.name] += 1
        if counts[story.shown.source.name] <= limit:
            yield story
