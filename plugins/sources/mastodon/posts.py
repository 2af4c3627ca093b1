"""From the API's answers to items (https://docs.joinmastodon.org/entities/Status/)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from mimetypes import guess_type

import msgspec

from aggregator import Channel, Item, SourceError
from aggregator.text.plain import plain, shorten

TITLE = 100
"""Characters of a title that is made of a post's text."""

_SENTENCE = re.compile(r".{15,}?[.!?…](?=\s)")
_PARAGRAPH = re.compile(r"</p>|<br\s*/?>", re.IGNORECASE)
_PUBLIC = frozenset({"public", "unlisted"})
_UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


class Emoji(msgspec.Struct):
    """A picture that stands for `:shortcode:` in names."""

    shortcode: str


class Account(msgspec.Struct):
    """Who posts. `acct`: the name, with the host where it is another."""

    id: str
    acct: str
    display_name: str = ""
    url: str | None = None
    avatar: str | None = None
    emojis: list[Emoji] = []

    @property
    def name(self) -> str:
        """As it calls itself, without pictures."""
        name = self.display_name
        for emoji in self.emojis:
            name = name.replace(f":{emoji.shortcode}:", "")
        return plain(name) or self.acct.partition("@")[0]


class Size(msgspec.Struct):
    """Of a recording: seconds."""

    duration: float | None = None


class MediaMeta(msgspec.Struct):
    """What is known of a file."""

    original: Size | None = None


class Media(msgspec.Struct):
    """A picture or a recording. `type`: "image", "gifv", "video", "audio" or "unknown"."""

    type: str
    url: str | None = None
    preview_url: str | None = None
    description: str | None = None
    meta: MediaMeta | None = None


class Tag(msgspec.Struct):
    """A hashtag."""

    name: str


class Card(msgspec.Struct):
    """The page that a post links to."""

    url: str
    title: str = ""
    image: str | None = None


class Status(msgspec.Struct):
    """A post, or the boost of one (`reblog`)."""

    uri: str
    account: Account
    created_at: str
    url: str | None = None
    edited_at: str | None = None
    content: str = ""
    spoiler_text: str = ""
    visibility: str = "public"
    language: str | None = None
    in_reply_to_id: str | None = None
    in_reply_to_account_id: str | None = None
    reblog: Status | None = None
    media_attachments: list[Media] = []
    tags: list[Tag] = []
    card: Card | None = None


def account_id(body: bytes) -> str:
    """The id in an answer to a look-up. Raises SourceError."""
    try:
        return msgspec.json.decode(body, type=Account).id
    except _UNREADABLE as error:
        raise SourceError(f"this is no account in Mastodon's API ({error})") from error


def read_posts(body: bytes, of_account: bool, boosts: bool, replies: bool) -> Iterator[Channel | Item | None]:
    """The posts of a timeline, None for each that is none; first its account, where all are of one.

    Raises SourceError for what is no timeline.
    """
    try:
        raws = msgspec.json.decode(body, type=list[msgspec.Raw])
    except _UNREADABLE as error:
        raise SourceError(f"this is no timeline in Mastodon's API ({error})") from error
    posts = [_post(raw) for raw in raws]
    first = next((post.account for post in posts if post), None)
    if of_account and first:
        yield Channel(title=first.name, url=first.url, image=first.avatar)
    for post in posts:
        if post is None:
            yield None
        elif _is_wanted(post, boosts, replies):
            yield _item(post.reblog or post)


def _post(raw: msgspec.Raw) -> Status | None:
    try:
        return msgspec.json.decode(raw, type=Status)
    except _UNREADABLE:
        return None


def _is_wanted(post: Status, boosts: bool, replies: bool) -> bool:
    """Who goes on writing below a post of their own replies to nobody."""
    to_others = bool(post.in_reply_to_id) and post.in_reply_to_account_id != post.account.id
    return post.visibility in _PUBLIC and (boosts or not post.reblog) and (replies or not to_others)


def _item(post: Status) -> Item:
    pictures = (one.url or one.preview_url for one in post.media_attachments if one.type == "image")
    return Item(
        id=post.uri,
        url=post.url or post.uri,
        title=_title(post),
        summary=post.spoiler_text or None,
        content=post.content,
        authors=post.account.name,
        published=post.created_at,
        updated=post.edited_at,
        language=post.language,
        tags=[tag.name for tag in post.tags],
        image=next(pictures, None) or (post.card.image if post.card else None),
        enclosures=[_enclosure(one) for one in post.media_attachments if one.url],
        related=[(post.card.title or post.card.url, post.card.url)] if post.card else None,
    )


def _title(post: Status) -> str:
    """What it warns of, else its first sentence, else what it shows."""
    if warning := plain(post.spoiler_text):
        return shorten(warning, TITLE)
    first = next((text for part in _PARAGRAPH.split(post.content, maxsplit=5) if (text := plain(part))), "")
    if not first or _is_address(first):
        shown = [post.card.title if post.card else "", *(one.description or "" for one in post.media_attachments)]
        first = next((text for one in shown if (text := plain(one))), first)
    sentence = _SENTENCE.match(first)
    return shorten(sentence[0] if sentence else first, TITLE)


def _is_address(text: str) -> bool:
    return " " not in text and text.startswith(("https://", "http://"))


def _enclosure(media: Media) -> dict[str, str | float | None]:
    duration = media.meta.original.duration if media.meta and media.meta.original else None
    return {"url": media.url, "type": guess_type((media.url or "").partition("?")[0])[0], "duration": duration}
