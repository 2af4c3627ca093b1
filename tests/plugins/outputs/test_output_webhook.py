"""The bodies that the webhook sends: what each service expects, and no text of a source that changes it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aggregator_plugins.outputs.webhook.body import Renderer
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_edition import BRIDGE, EDITION, article, edition, hostile_edition, output, story

from aggregator import AggregateError, Delivered, Delivery, Edition, Outlet
from aggregator.model import Storyline

SHAPES = ("json", "slack", "discord", "mattermost", "matrix", "ntfy")


def compose(of: Edition = EDITION, **options: Any) -> list[Delivery]:
    values: dict[str, Any] = {"url": "https://ntfy.example/news", "delivered": Delivered()}
    return [one for one in output("webhook")(of, **values | options) if isinstance(one, Delivery)]


def bodies(of: Edition = EDITION, **options: Any) -> list[Any]:
    return [json.loads(delivery.payload) for delivery in compose(of, **options)]


def headlined(title: str, **fields: Any) -> Edition:
    return edition(story(1, article(Outlet("Outlet"), title, 1, **fields)))


def test_stories_are_composed_oldest_first_and_once() -> None:
    deliveries = compose()
    assert [delivery.key for delivery in deliveries] == [one.id for one in reversed(EDITION.newest)]
    assert all(delivery.stories == (delivery.key,) for delivery in deliveries)
    assert {delivery.recipient for delivery in deliveries} == {"ntfy.example"}
    known = frozenset(one.id for one in EDITION.stories[1:])
    assert [one.key for one in compose(delivered=Delivered(stories=known))] == [EDITION.stories[0].id]


def test_shapes_of_services() -> None:
    of = edition(BRIDGE)
    title, url, summary = BRIDGE.title, BRIDGE.url, BRIDGE.representative.summary
    [slack] = bodies(of, shape="slack")
    assert slack["text"] == title
    assert slack["blocks"][0]["text"] == {"type": "mrkdwn", "text": f"<{url}|{title}>\n{summary}"}
    assert slack["blocks"][1]["elements"][0]["text"] == "River Post, Rheinische Tagesschau and 3 more"
    [discord] = bodies(of, shape="discord")
    assert discord["allowed_mentions"] == {"parse": []}
    [embed] = discord["embeds"]
    assert (embed["title"], embed["url"], embed["timestamp"][-1]) == (title, url, "Z")
    [mattermost] = bodies(of, shape="mattermost")
    assert (mattermost["attachments"][0]["title_link"], mattermost["attachments"][0]["fallback"]) == (url, title)
    [matrix] = bodies(of, shape="matrix")
    assert matrix["format"] == "org.matrix.custom.html"
    assert matrix["formatted_body"].startswith(f'<strong><a href="{url}">{title}</a></strong><br>')
    assert matrix["m.mentions"] == {}
    [ntfy] = bodies(of, shape="ntfy")
    assert (ntfy["topic"], ntfy["title"], ntfy["click"]) == ("news", title, url)
    [plain] = bodies(of)
    assert (plain["id"], len(plain["articles"]), plain["tags"][0]) == (BRIDGE.id, 6, "london")


def test_the_article_that_stands_for_a_story_is_shown_in_the_language_of_the_reader() -> None:
    shown = BRIDGE.articles[2].replace(summary="Somebody has to pay. Read more →")
    revised = datetime(2026, 11, 24, 13, tzinfo=UTC)
    line = Storyline(id="urn:line", title="The bridge")
    told = msgspec.structs.replace(BRIDGE, display=shown, revised=revised, storyline=line)
    of = edition(told, locale="de", outlet_names={"Harbour Times": "The Times", "Circuit & Co": "Circuit"})
    template = '{"is": {{ title }}, "at": {{ url }}, "says": {{ summary }}, "by": {{ source }}, "all": {{ outlets }}}'
    [delivery] = compose(of, template=template)
    assert delivery.label == shown.title
    assert json.loads(delivery.payload) == {
        "is": shown.title,
        "at": shown.url,
        "says": "Somebody has to pay.",
        "by": "The Times",
        "all": "The Times, Rheinische Tagesschau und 3 weitere",
    }
    [others] = bodies(of, template="{{ others }}")
    assert [one["source"] for one in others] == ["Rheinische Tagesschau", "Circuit", "Metro Ledger", "River Post"]
    [whole] = bodies(of)
    assert (whole["title"], whole["summary"], whole["source"]) == (shown.title, shown.summary, "Harbour Times")
    assert (whole["storyline"], whole["revised"], whole["url"]) == ("urn:line", "2026-11-24T13:00:00Z", BRIDGE.url)


@pytest.mark.parametrize("shape", SHAPES)
def test_hostile_texts_do_not_change_the_structure(shape: str) -> None:
    def structure(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: structure(one) for name, one in value.items() if name not in ("url", "title_link", "click")}
        return [structure(one) for one in value] if isinstance(value, list) else type(value).__name__

    if shape == "json":
        assert len(bodies(hostile_edition())) == len(hostile_edition().stories)
        return
    expected = structure(bodies(headlined("A", summary="B"), shape=shape)[0])
    firsts = [one.representative for one in hostile_edition().stories]
    told = [one.replace(summary=f"What they say of it: {one.summary}") for one in firsts]
    of = edition(*(story(number, one) for number, one in enumerate(told)))
    assert [structure(body) for body in bodies(of, shape=shape)] == [expected] * len(firsts)


MENTIONS = ("@everyone", "@here", "@channel", "@all", "@room", "<!channel>", "<!everyone>", "<@U123>", "<@&42>")


@pytest.mark.parametrize("shape", ["slack", "discord", "mattermost", "matrix"])
@pytest.mark.parametrize("mention", MENTIONS)
def test_no_headline_mentions_anybody(shape: str, mention: str) -> None:
    of = headlined(f"{mention} look", summary=f"Also {mention}")
    text = json.dumps(bodies(of, shape=shape)[0], ensure_ascii=False)
    if mention.startswith("@") or shape in ("slack", "discord"):
        assert mention not in text
    assert shape != "slack" or not re.search(r"<[!@]", text)


def test_markup_of_services_is_escaped() -> None:
    title = "*bold* _x_ [link](https://evil.example) <https://evil.example|x> `code` & more"
    of = headlined(title, summary=title)
    [slack] = bodies(of, shape="slack")
    assert "&lt;https://evil.example|x&gt;" in slack["text"]
    [discord] = bodies(of, shape="discord")
    assert r"\[link\]\(https\:\/" not in discord["embeds"][0]["title"]  # a slash is no markup
    assert r"\[link\]\(" in discord["embeds"][0]["title"]
    [matrix] = bodies(headlined('<b onclick="x">', summary="<script>"), shape="matrix")
    assert "&lt;b onclick=&quot;x&quot;&gt;" in matrix["formatted_body"]
    assert "<script>" not in matrix["formatted_body"]


TEXTS = st.text(max_size=60)


@settings(max_examples=60)
@given(title=TEXTS, summary=TEXTS, shape=st.sampled_from(SHAPES))
def test_any_text_gives_json(title: str, summary: str, shape: str) -> None:
    assert len(bodies(headlined(title, summary=summary), shape=shape)) == 1


@settings(max_examples=60)
@given(title=TEXTS)
def test_values_are_escaped_in_and_outside_of_quotation_marks(title: str) -> None:
    template = '{"a": {{ title }}, "b": "\\"{{ title }}\\" by {{ source }}", "c": {{ tags }}, "d": "{{ independent }}"}'
    [body] = bodies(headlined(title), template=template)
    shown = body["a"]
    assert body == {"a": shown, "b": f'"{shown}" by Outlet', "c": [], "d": "1"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"text": {{ title | tojson }}}', {"text": 'Say "yes"'}),
        ('{"text": "{{ title }}"}', {"text": 'Say "yes"'}),
        ('{"n": {{ independent }}, "none": {{ language }}}', {"n": 1, "none": None}),
        ('{"all": {{ story }}}', None),
        ("{{ others }}", []),
    ],
)
def test_templates_of_users(template: str, expected: Any) -> None:
    [body] = bodies(headlined('Say "yes"', language=None), template=template)
    assert body == expected if expected is not None else body["all"]["title"] == 'Say "yes"'


def test_a_template_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "line.j2").write_text("{{ title }}: {{ url }}\n", encoding="utf-8")
    of = headlined('Say "yes"')
    [delivery] = compose(of, template="line.j2", type="text/plain", config_folder=tmp_path)
    assert delivery.payload.decode() == f'Say "yes": {of.stories[0].url}'


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("missing.j2", "webhook: template .*/missing.j2: cannot be read"),
        ("{{ title", "webhook: template: line 1: "),
        ("{{ nothing }}", "webhook: template: 'nothing' is undefined"),
        ("{{ title }} {", "webhook: template: does not give JSON"),
        ("{{ 1 // 0 }}", "webhook: template: "),
    ],
)
def test_mistakes_in_a_template_are_reported(tmp_path: Path, template: str, message: str) -> None:
    with pytest.raises(AggregateError, match=message):
        compose(template=template, config_folder=tmp_path)


def test_a_template_is_compiled_once() -> None:
    renderer = Renderer.of_template("{{ id }}", "application/json", Path())
    assert renderer.render(BRIDGE, EDITION, "") == json.dumps(BRIDGE.id).encode()
