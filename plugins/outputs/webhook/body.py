"""Renders the body of a request from a template, so that no text of a source changes its structure."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from aggregator import AggregateError, Edition, Story
from aggregator.inspect.views import delivered_story
from aggregator.outputs.edition_texts import EditionTexts
from aggregator.outputs.text import web_address
from aggregator.text.plain import shorten

if TYPE_CHECKING:
    import jinja2

SHAPES = Path(__file__).parents[1] / "templates" / "webhook_shapes.toml"
MAX_TITLE, MAX_SUMMARY = 240, 500
_BEGIN, _END = "\ue000", "\ue001"
"""Mark a value in the rendered text. They are not ASCII, so no encoded value contains one."""
_PART = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}")
_MENTION = re.compile(r"@(?=[\w&!])")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:])")
_UNBREAKING = "\u200b"  # a space without width, after which "@everyone" mentions nobody


def slack(text: object) -> str:
    """Escape text for the markup of Slack, in which "<!channel>" would mention everybody."""
    escaped = str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _without_mentions(escaped)


def markdown(text: object) -> str:
    """Escape text for the Markdown of Discord and Mattermost."""
    return _without_mentions(_MARKDOWN.sub(r"\\\1", str(text)))


def html(text: object) -> str:
    """Escape text for HTML."""
    return _without_mentions(escape(str(text)))


def mentionless(text: object) -> str:
    """Return text that mentions nobody."""
    return _without_mentions(str(text))


def _without_mentions(text: str) -> str:
    return _MENTION.sub(f"@{_UNBREAKING}", text)


class Renderer:
    """Renders a template with a story. `is_json`: values are encoded for JSON."""

    def __init__(self, template: jinja2.Template, name: str, *, is_json: bool) -> None:
        self._template = template
        self._name = name
        self._is_json = is_json

    @classmethod
    def of_shape(cls, shape: str) -> Renderer:
        """Return the renderer of a service."""
        if shape == "json":
            return cls(_compile("{{ story }}", "json", is_json=True), shape, is_json=True)
        source = tomllib.loads(SHAPES.read_text(encoding="utf-8"))[shape]["body"]
        return cls(_compile(source, shape, is_json=True), shape, is_json=True)

    @classmethod
    def of_template(cls, template: str, mime_type: str, folder: Path) -> Renderer:
        """Return the renderer of a template, or of a file with one. Raises AggregateError."""
        name, source = "template", template
        if "{" not in template:
            path = folder / Path(template).expanduser()
            name = str(path)
            try:
                source = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "not UTF-8"
                raise AggregateError(f"webhook: template {path}: cannot be read ({reason})") from error
        is_json = mime_type.partition(";")[0].strip().lower().endswith("json")
        return cls(_compile(source, name, is_json=is_json), name, is_json=is_json)

    def render(self, story: Story, edition: Edition, topic: str) -> bytes:
        """Return the body for a story. Raises AggregateError if the template fails, or gives no JSON."""
        from jinja2 import TemplateError

        try:
            text = self._template.render(_values(story, edition), topic=topic)
        except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            raise AggregateError(f"webhook: {self._name}: {' '.join(str(error).split())}") from error
        if not self._is_json:
            return text.encode("utf-8", "replace")
        text = _with_values(text)
        try:
            json.loads(text)
        except (ValueError, RecursionError) as error:
            raise AggregateError(f"webhook: {self._name}: does not give JSON ({error})") from error
        return text.encode()


def _compile(source: str, name: str, *, is_json: bool) -> jinja2.Template:
    """Compile a template. Raises AggregateError for a mistake in it."""
    from jinja2 import TemplateSyntaxError

    try:
        return _environment(is_json).from_string(source)
    except TemplateSyntaxError as error:
        raise AggregateError(f"webhook: {name}: line {error.lineno}: {error.message}") from error


@cache
def _environment(is_json: bool) -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(  # noqa: S701 - the values are encoded for JSON
        undefined=jinja2.StrictUndefined, finalize=_marked if is_json else None, keep_trailing_newline=False
    )
    for function in (slack, markdown, html, mentionless):
        environment.filters[function.__name__] = function
    environment.filters["cut"] = shorten
    return environment


def _marked(value: Any) -> Any:
    """Encode a value of an expression for JSON, and mark it; what `tojson` returns is encoded already."""
    import jinja2
    from markupsafe import Markup

    if isinstance(value, Markup | jinja2.Undefined):
        return value
    return f"{_BEGIN}{json.dumps(value)}{_END}"


def _with_values(text: str) -> str:
    """Put the marked values into the text: one within a string without its quotation marks."""
    result, position, in_string = [], 0, False
    for match in _PART.finditer(text):
        literal = text[position : match.start()]
        in_string = _ends_in_string(literal, in_string)
        value = match[1]
        if in_string:
            value = value[1:-1] if value.startswith('"') else json.dumps(value)[1:-1]
        result += [literal, value]
        position = match.end()
    return "".join([*result, text[position:]])


def _ends_in_string(literal: str, in_string: bool) -> bool:
    """Whether a JSON string is open at the end of a text. `in_string`: whether one is open at its beginning."""
    escaped = False
    for character in literal:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = in_string
        elif character == '"':
            in_string = not in_string
    return in_string


def _values(story: Story, edition: Edition) -> dict[str, Any]:
    texts, article = EditionTexts(edition), story.shown
    others = texts.others(story)
    published = story.published.isoformat().replace("+00:00", "Z")
    return {
        "story": msgspec.to_builtins(delivered_story(story)),
        "id": story.id,
        "title": shorten(texts.headline(article), MAX_TITLE),
        "url": web_address(article.url or story.url),
        "summary": shorten(texts.summary(article), MAX_SUMMARY),
        "source": texts.outlet(article),
        "published": published,
        "tags": list(story.tags),
        "language": article.language,
        "independent": story.independent,
        "outlets": texts.names([article, *others]),
        "others": [
            {"title": texts.headline(other), "url": web_address(other.url), "source": texts.outlet(other)}
            for other in others
        ],
        "edition": {"title": edition.title, "url": web_address(edition.url)},
    }
