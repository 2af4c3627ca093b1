"""Build the edition of an output: rank its stories and divide them into sections."""

from __future__ import annotations

import math
import os.path
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urljoin

from aggregator.config.settings import Config, OutputSettings
from aggregator.model import EPOCH, Edition, Outlet, Publication, Section, Story, Subscription

HALF_LIFE_HOURS = 12.0


def make_edition(
    config: Config, output: OutputSettings, stories: Sequence[Story], subscriptions: Sequence[Subscription]
) -> Edition:
    """Return the edition of one output. `stories`: those selected for it, in any order."""
    date = max((story.order for story in stories), default=EPOCH)
    ranked = rank(stories, date)
    return Edition(
        title=config.title,
        tagline=config.tagline,
        url=config.url,
        date=date if date > EPOCH else max((story.updated for story in stories), default=EPOCH),
        stories=ranked,
        sections=sections(ranked, config),
        sources=tuple(Outlet(s.name, s.home) for s in subscriptions),
        subscriptions=tuple(subscriptions),
        itself=_publication(config, output),
        publications=publications_of(config),
    )


def rank(stories: Iterable[Story], date: datetime) -> tuple[Story, ...]:
    """Rank stories by the number of independent outlets, halved by every 12 hours of age.

    Articles do not count, and an agency's text in ten papers counts once.
    """

    def weight(story: Story) -> float:
        age = (date - story.order).total_seconds() / 3600
        return math.log2(1 + story.independent) * math.pow(0.5, age / HALF_LIFE_HOURS)

    return tuple(sorted(stories, key=lambda s: (-weight(s), -s.order.timestamp(), s.id)))


def sections(stories: Iterable[Story], config: Config) -> tuple[Section, ...]:
    """Divide stories into sections by the tags of the configured sources, in their order; the rest last, named ""."""
    tags = list(dict.fromkeys(tag for source in config.sources for tag in source.tags))
    by_tag: dict[str, list[Story]] = {tag: [] for tag in [*tags, ""]}
    for story in stories:
        by_tag[_section(story, by_tag)].append(story)
    return tuple(Section(tag, tuple(members)) for tag, members in by_tag.items() if members)


def _section(story: Story, names: Iterable[str]) -> str:
    """Return the section name that most articles of the story have as a tag; "" if none has one."""
    sections = {name.casefold(): name for name in names}
    return next((sections[tag.casefold()] for tag in story.tags if tag.casefold() in sections), "")


def publications_of(config: Config) -> tuple[Publication, ...]:
    """Return the URL of each output: `url` with its path relative to the common folder of all outputs."""
    return tuple(_publication(config, output) for output in config.outputs if output.path)


def output_root(config: Config) -> Path:
    """Return the common folder of all outputs, which a web server serves as `url`."""
    paths = [output.path for output in config.outputs if output.path]
    folders = [path.parent if path.suffix else path for path in paths]
    return Path(os.path.commonpath(folders)) if folders else config.path.parent


def _publication(config: Config, output: OutputSettings) -> Publication:
    if output.path is None:
        return Publication(output.plugin, "", "")
    relative = output.path.relative_to(output_root(config)).as_posix()
    path = relative if output.path.suffix else f"{relative}/".removeprefix("./")
    base = config.url if config.url.endswith("/") or not config.url else f"{config.url}/"
    return Publication(output.plugin, path, urljoin(base, quote(path)) if base else quote(path))
