"""The schemas in docs/schemas are up to date, and changes that break programs need a new version."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import json_schemas
import pytest

CURRENT = json_schemas.schemas()


def test_each_schema_has_a_file() -> None:
    assert {file.stem for file in json_schemas.FOLDER.iterdir()} == CURRENT.keys()


@pytest.mark.parametrize("name", CURRENT)
def test_schema_is_compatible_with_its_file_and_up_to_date(name: str) -> None:
    text = (json_schemas.FOLDER / f"{name}.json").read_text(encoding="utf-8")
    breaking = json_schemas.breaking_changes(json.loads(text), CURRENT[name])
    assert not breaking, f"raise the version of this schema, or keep the fields: {breaking}"
    assert json_schemas.as_text(CURRENT[name]) == text, "run `make docs`"


def health(schema: dict[str, Any]) -> dict[str, Any]:
    definition: dict[str, Any] = schema["$defs"]["Health"]
    return definition


def changed(name: str = "sources") -> dict[str, Any]:
    return deepcopy(CURRENT[name])


def test_a_new_field_breaks_no_program() -> None:
    new = changed()
    health(new)["properties"]["colour"] = {"type": "string"}
    health(new)["required"].append("colour")
    assert json_schemas.breaking_changes(CURRENT["sources"], new) == []


def test_a_field_that_vanishes_needs_a_new_version() -> None:
    new = changed()
    del health(new)["properties"]["failures"]
    assert json_schemas.breaking_changes(CURRENT["sources"], new) == ["[].failures has vanished"]
    new["x-version"] += 1
    assert json_schemas.breaking_changes(CURRENT["sources"], new) == []


def test_a_field_of_another_type_needs_a_new_version() -> None:
    new = changed()
    health(new)["properties"]["failures"] = {"type": "string"}
    assert json_schemas.breaking_changes(CURRENT["sources"], new) == ["[].failures was integer, and is string"]


def test_a_field_that_may_be_missing_needs_a_new_version() -> None:
    new = changed()
    health(new)["required"].remove("state")
    assert json_schemas.breaking_changes(CURRENT["sources"], new) == ["[].state is no longer always there"]


def test_an_output_of_another_shape_needs_a_new_version() -> None:
    new = changed()
    new["type"] = "object"
    assert json_schemas.breaking_changes(CURRENT["sources"], new) == ["the output was array, and is object"]


def test_a_key_that_is_needed_from_now_on_needs_a_new_version() -> None:
    new = changed("config")
    new["$defs"]["source-page"]["required"].append("name")
    assert json_schemas.breaking_changes(CURRENT["config"], new) == [".sources[](page).name is needed now"]


def test_an_option_that_vanishes_needs_a_new_version() -> None:
    new = changed("config")
    del new["$defs"]["filter-drop"]["properties"]["title"]
    assert ".filters[](drop).title has vanished" in json_schemas.breaking_changes(CURRENT["config"], new)
