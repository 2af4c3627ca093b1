"""JSON schemas of what verbs print with `--json`, made from the types of these outputs and their docstrings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import msgspec

from aggregator.config.findings import Finding
from aggregator.config.json_schema import schema_head
from aggregator.inspect.compare import Comparison
from aggregator.inspect.corrections import CorrectedStoryline, LabelledPair
from aggregator.inspect.explain import Explanation
from aggregator.inspect.health import Health, SourceOutage
from aggregator.inspect.plugins import PluginList, PluginManual
from aggregator.inspect.previews import PluginPreview, PreviewView
from aggregator.inspect.source_view import SourceView
from aggregator.inspect.status import Status
from aggregator.inspect.views import (
    DeliveredStory,
    DeliveryView,
    EditionRow,
    EditionView,
    FoundArticle,
    StorylineView,
    StoryView,
    WholeStoryView,
)
from aggregator.report import RunReport
from aggregator.testing.checks import ContractReport


class Output(msgspec.Struct, frozen=True):
    """An output for other programs. `command`: what prints it; `type`: the type of the printed value.

    `version`: to be raised when a field vanishes, or becomes optional, or changes its type; not for a new field.
    """

    command: str
    type: Any
    version: int = 1


OUTPUTS = {
    "check": Output("aggregate check --json", list[Finding]),
    "deliveries": Output("aggregate deliveries --json", list[DeliveryView]),
    "delivered-story": Output("the outputs `command` and `webhook`, for each story", DeliveredStory),
    "editions": Output("aggregate editions --json", list[EditionRow]),
    "editions-show": Output("aggregate editions show DATE --json", list[EditionView]),
    "explain": Output("aggregate explain ARTICLE --json", list[Explanation]),
    "explain-two": Output("aggregate explain ARTICLE OTHER --json", Comparison),
    "export-pair": Output("aggregate export --corrections, a line for each pair of articles", LabelledPair),
    "export-storyline": Output("aggregate export --corrections, a line for each storyline", CorrectedStoryline),
    "plugins-list": Output("aggregate plugins list --json", PluginList),
    "plugins-show": Output("aggregate plugins show NAME --json", list[PluginManual]),
    "plugins-test": Output("aggregate plugins test PLUGIN --json", ContractReport),
    "preview": Output("aggregate preview SOURCE --json", PreviewView),
    "preview-plugin": Output("aggregate preview FILE --json of a filter or an output, or with --output", PluginPreview),
    "run": Output("aggregate run --json", RunReport),
    "search": Output("aggregate search WORDS --json", list[FoundArticle]),
    "sources": Output("aggregate sources --json", list[Health]),
    "sources-one": Output("aggregate sources NAME --json", SourceView),
    "sources-verbose": Output("aggregate sources --verbose --json", list[SourceView]),
    "sources-history": Output("aggregate sources --history --json", list[SourceOutage]),
    "status": Output("aggregate status --json", Status),
    "stories": Output("aggregate stories --json", list[StoryView]),
    "stories-show": Output("aggregate stories show ID --json", WholeStoryView),
    "stories-storyline": Output("aggregate stories storyline ID --json", StorylineView),
}
"""The outputs by the names of their schemas: the verb, and what it is called with."""

_FIELD = re.compile(r"`(\w+)`(, |: )")
"""A name, and what separates it from the next one, or from their description, in a docstring: "`id`, `title`: …"."""


def output_schema(name: str) -> dict[str, Any]:
    """Return the schema of this output."""
    output = OUTPUTS[name]
    described = msgspec.json.schema(output.type)
    definitions = described.pop("$defs", {})
    for struct in _structs(msgspec.inspect.type_info(output.type)):
        _describe(definitions[struct.cls.__name__], struct)
    head = schema_head(name, output.version)
    return {**head, "title": output.command, **described, "$defs": definitions}


def _structs(info: Any) -> Iterator[msgspec.inspect.StructType]:
    """Yield the structs in a type, some of them several times."""
    if isinstance(info, msgspec.inspect.StructType):
        yield info
    for inner in _inner_types(info):
        yield from _structs(inner)


def _inner_types(info: Any) -> Iterator[Any]:
    """Yield the types of the fields of a struct, of the members of a union, and of the values of a collection."""
    if isinstance(info, msgspec.inspect.StructType):
        yield from (field.type for field in info.fields)
    yield from getattr(info, "types", ())
    yield from getattr(info, "item_types", ())
    yield from (getattr(info, name) for name in ("item_type", "value_type") if hasattr(info, name))


def _describe(definition: dict[str, Any], struct: msgspec.inspect.StructType) -> None:
    """Add what msgspec leaves out of the schema of a struct: that times are times, that fields with a default are
    printed as well, and the descriptions of fields in its docstring."""
    text = " ".join(cleandoc(struct.cls.__doc__ or "").split())
    definition["description"], descriptions = field_descriptions(text)
    omitted = struct.cls.__struct_config__.omit_defaults
    definition["required"] = [field.encode_name for field in struct.fields if _is_printed(field, omitted)]
    for field in struct.fields:
        schema = definition["properties"][field.encode_name]
        schema.pop("default", None)
        if description := descriptions.get(field.name):
            schema["description"] = description
        if any(isinstance(one, msgspec.inspect.DateTimeType) for one in (field.type, *_inner_types(field.type))):
            next(one for one in (schema, *schema.get("anyOf", ())) if one.get("type") == "string")["format"] = (
                "date-time"
            )


def _is_printed(field: msgspec.inspect.Field, omit_defaults: bool) -> bool:
    """Whether an output always has the field: one with a default has it as well, unless the default is UNSET."""
    no_default = field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT
    return field.required or not (omit_defaults or no_default)


def field_descriptions(text: str) -> tuple[str, dict[str, str]]:
    """Split a docstring, on one line, into what precedes the fields, and the descriptions of the fields.

    It describes fields as "`name`: description; `other`, `third`: …".
    """
    groups: list[tuple[int, int, list[str]]] = []
    names: list[str] = []
    begin, end = 0, -1
    for match in _FIELD.finditer(text):
        if match.start() != end:
            names, begin = [], match.start()
        names.append(match[1])
        end = match.end()
        if match[2] == ": ":
            groups.append((begin, end, names))
            end = -1
    ends = [*(begin for begin, _, _ in groups[1:]), len(text)]
    descriptions = (
        {
            name: text[end:next_begin].strip().rstrip(".;")
            for (_, end, names), next_begin in zip(groups, ends, strict=True)
            for name in names
        }
        if groups
        else {}
    )
    return text[: groups[0][0] if groups else len(text)].rstrip(" ;"), descriptions
