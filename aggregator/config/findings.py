"""Finds what is wrong or suspicious in a configuration: mistakes in it, and what can be foreseen without a request.

An error makes a run fail, or the part of it that the table describes, each time. A warning works, but hardly as it was
meant. A note tells what was left out of subscription lists. A hint is advice that not everybody needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from aggregator.config.check_effects import Known, check_effects
from aggregator.config.check_files import check_files
from aggregator.config.check_outputs import check_outputs
from aggregator.config.found import Found
from aggregator.config.settings import Config
from aggregator.config.values import Problem
from aggregator.plugin.registry import Registry

Level = Literal["error", "warning", "note", "hint"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of `aggregate check`. `where`: the table, "" at the top of the file; `key`, `found`: the key and its
    value as it is written, "" if the finding is about none, or the key is missing; `message`: what is wrong, and what
    to do. `file`: "" if it is about no file, such as a plugin that could not be loaded."""

    level: Level
    file: str
    where: str
    key: str
    found: str
    message: str


def findings_of(problems: Sequence[str], level: Level, file: str) -> Iterator[Finding]:
    """Yield a finding for each message. `file`: the main file of the configuration."""
    for one in problems:
        if isinstance(one, Problem):
            yield Finding(
                level=level, file=one.file, where=one.where, key=one.key, found=one.found, message=one.message
            )
        else:
            is_named = one.startswith(f"{file}: ")
            message = one.removeprefix(f"{file}: ")
            yield Finding(level=level, file=file if is_named else "", where="", key="", found="", message=message)


def line_of(finding: Finding) -> str:
    """Return a finding as one line."""
    subject = f"{finding.key} = {finding.found}" if finding.found else finding.key
    return ": ".join(part for part in (finding.file, finding.where, subject, finding.message) if part)


def foresee(config: Config, registry: Registry, known: Known) -> Iterator[Finding]:
    """Yield what is wrong or suspicious in a configuration without mistakes, and notes.

    `known`: what the store has learned.
    """
    found = Found(config)
    check_files(found, config, registry)
    check_outputs(found, config, registry)
    check_effects(found, config, registry, known)
    levels: dict[Level, list[Problem]] = {"error": found.errors, "warning": found.warnings, "hint": found.hints}
    for level, problems in levels.items():
        yield from findings_of(problems, level, str(config.path))
    yield from findings_of(config.notes, "note", str(config.path))
