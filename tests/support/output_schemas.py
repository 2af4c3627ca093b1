"""Validates what verbs print with `--json` against the schema that `aggregate schema` prints for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from aggregator.cli.commands import all_commands

FORMATS = FormatChecker(formats=())


def is_time_in_utc(text: object) -> bool:
    return not isinstance(text, str) or (text.endswith("Z") and datetime.fromisoformat(text) is not None)


def is_date(text: object) -> bool:
    return not isinstance(text, str) or datetime.strptime(text, "%Y-%m-%d") is not None


FORMATS.checks("date-time", raises=ValueError)(is_time_in_utc)
FORMATS.checks("date", raises=ValueError)(is_date)


@cache
def validator(name: str) -> Draft202012Validator:
    """Return the validator for the output with this name."""
    from aggregator.cli.output_schemas import output_schema

    schema = output_schema(name)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FORMATS)


def schema_name(arguments: Sequence[str], value: Any) -> str:
    """Return the name of the schema for the output of a command."""
    from aggregator.cli.output_schemas import OUTPUTS

    verbs = {command.name for command in all_commands()}
    start = next((number for number, word in enumerate(arguments) if word in verbs), None)
    if start is None:
        return "run"
    words = [word for word in arguments[start:] if not word.startswith("-")]
    name = "-".join(words[:2])
    if name not in OUTPUTS:
        name = words[0]
    if "--history" in arguments:
        name += "-history"
    if name == "preview" and "source" not in value:
        return "preview-plugin"
    if name == "sources" and isinstance(value, dict):
        return "sources-one"
    if name == "sources" and not {"-v", "--verbose"}.isdisjoint(arguments):
        return "sources-verbose"
    return "explain-two" if name == "explain" and isinstance(value, dict) else name


def check_output(arguments: Sequence[str], value: Any) -> None:
    """Fail if the value is not as the schema of the command says."""
    name = schema_name(arguments, value)
    errors = [f"{error.json_path}: {error.message:.200}" for error in validator(name).iter_errors(value)]
    assert not errors, (name, errors[:5])
