"""Sends each new story to a web address: to Slack, Discord, Mattermost, Matrix, ntfy, or a program of your own.

    [[outputs]]
    plugin = "webhook"
    url = { env = "SLACK_WEBHOOK" }              # the address contains a secret
    shape = "slack"
    select = 'title ~ "(?i)harbour" or independent >= 3'

A story is sent once, when it is first selected; a new output begins with the stories that arrive after it was added. A
request that fails is repeated alone, in the next run and then at growing intervals, for up to five days; Retry-After is
observed. One whose connection broke before the response may have arrived, and is not repeated by itself: `aggregate
deliveries` lists it.

`shape` is what the service expects:

- `json` (default): the story as in `aggregate stories --json`, with `summary`, `source`, `tags`, `language`,
  `independent` and `revised`;
- `slack`, `discord`, `mattermost`: an incoming webhook of the service;
- `matrix`: the client API of a home server, `url` =
  "https://matrix.example/_matrix/client/v3/rooms/!room:matrix.example/send/m.room.message", with the access token as
  `token`. For a generic webhook of hookshot, use a template with `text` and `html`;
- `ntfy`: `url` ends with the topic, such as "https://ntfy.sh/my-news".

`template` is a body of your own: a Jinja template, or the path of a file with one. It may use `id`, `title`, `url`,
`summary`, `source`, `published`, `tags`, `language`, `independent`, `outlets` ("BBC, NPR and 12 more"), `others` (one
article of each other outlet, with `title`, `url` and `source`), `edition` (with `title` and `url`), and `story` (all of
it, as with the shape `json`), for example
`template = '{"line": "{{ title }} ({{ source }})", "link": {{ url }}}'`.

In JSON, a value is escaped as its place requires, in quotation marks or without. With another `type`, such as
"text/plain", values are inserted as they are. The filters `slack`, `markdown` and `html` escape the markup of a
service; the shapes use them, so that no headline mentions anybody or changes the format.

`token` is sent as `Authorization: Bearer`, `headers` are sent in addition, and `method` may be "PUT". The server may
have a private address, since it is named in the configuration.

Limits: 64 KiB of a response are read. A redirect to another server is not followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

from msgspec import Meta

from aggregator import Delivered, Delivery, DeliveryError, DeliveryHttp, Edition, Register, hookimpl
from aggregator.outputs.article_text import headline
from aggregator.text.value_types import WebAddress

from .._new_stories import new_stories

Shape = Literal["json", "slack", "discord", "mattermost", "matrix", "ntfy"]


def webhook(  # noqa: PLR0913 - one parameter per option
    edition: Edition,
    *,
    url: Annotated[WebAddress, Meta(description="Address of the webhook.")],
    shape: Annotated[Shape, Meta(description="What the service expects.")] = "json",
    template: Annotated[str | None, Meta(description="A body of your own, or the path of a file with it.")] = None,
    type: Annotated[str, Meta(description="MIME type of the body.")] = "application/json",
    method: Annotated[Literal["POST", "PUT"], Meta(description="Method of the request.")] = "POST",
    headers: Annotated[dict[str, str] | None, Meta(description="Headers to add to the request.")] = None,
    token: Annotated[str | None, Meta(description="A token for the header Authorization.")] = None,
    delivered: Delivered,
    config_folder: Path = Path(),
) -> Iterator[Delivery]:
    """Sends each new story to a web address."""
    stories = new_stories(edition, delivered)
    if not stories:
        return
    from .body import Renderer

    renderer = Renderer.of_shape(shape) if template is None else Renderer.of_template(template, type, config_folder)
    for story in stories:
        yield Delivery(
            key=story.id,
            recipient=urlsplit(url).hostname or "",
            payload=renderer.render(story, edition, topic=_ntfy_parts(url)[1]),
            label=headline(story.shown),
            stories=(story.id,),
        )


def post(  # noqa: PLR0913 - one parameter per option
    delivery: Delivery,
    *,
    url: str,
    shape: Shape,
    template: str | None,
    type: str,
    method: Literal["POST", "PUT"],
    headers: dict[str, str] | None,
    token: str | None,
    http: DeliveryHttp,
) -> None:
    """Send one story."""
    sent_headers = {"Content-Type": type, **(headers or {})}
    if token:
        sent_headers["Authorization"] = f"Bearer {token}"
    try:
        if template is None and shape == "matrix":
            _put_to_matrix(delivery, url, sent_headers, http)
        else:
            target = _ntfy_parts(url)[0] if template is None and shape == "ntfy" else url
            http.post(target, delivery.payload, headers=sent_headers, method=method)
    except ValueError as error:  # a header that cannot be sent
        raise DeliveryError(f"the request cannot be sent: {error}", for_all=True) from error


def _put_to_matrix(delivery: Delivery, url: str, headers: dict[str, str], http: DeliveryHttp) -> None:
    """Send an event with a transaction id: the server ignores a second one with the same id, so it can be repeated."""
    target = f"{url.rstrip('/')}/{quote(delivery.key, safe='')}"
    try:
        http.post(target, delivery.payload, headers=headers, method="PUT")
    except DeliveryError as error:
        if error.uncertain:
            raise DeliveryError(str(error), for_all=True) from error
        raise


def _ntfy_parts(url: str) -> tuple[str, str]:
    """Return the address of an ntfy server, to which JSON is sent, and the topic."""
    server, _, topic = url.partition("?")[0].rstrip("/").rpartition("/")
    return f"{server}/", topic


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(webhook, deliver=post)
