"""Converts responses of the Mastodon API to items (https://docs.joinmastodon.org/entities/Status/)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from mimetypes import guess_type

import msgspec

from aggregator import Channel, Item
from aggregator.text.plain import plain, shorten

from .._json_response import decode, decode_or_none

TITLE_LENGTH = 100
"""Characters of a title from the text of a post."""

_SENTENCE = re.compile(r".{15,}?[.!?…](?=\s)")
_PARAGRAPH = re.compile(r"</p>|<br\s*/?>", re.IGNORECASE)
_PUBLIC = frozenset({"public", "unlisted"})


class Emoji(msgspec.Struct):
    """A picture that replaces `:shortcode:` in names."""

    shortcode: str


class Account(msgspec.Struct):
    """An author. `acct`: the name, with the host for accounts of other instances."""

    id: str
    acct: str
    display_name: str = ""
    url: str | None = None
    avatar: str | None = None
    emojis: list[Emoji] = []

    @property
    def name(self) -> str:
        """The display name without emoji pictures, or else the account name."""
        name = self.display_name
        for emoji in self.emojis:
            name = name.replace(f":{emoji.shortcode}:", "")
        return plain(name) or self.acct.partition("@")[0]


class Size(msgspec.Struct):
    """Properties of a recording; the duration in seconds."""

    duration: float | None = None


class MediaMeta(msgspec.Struct):
    """Metadata of a file."""

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
    """The preview card of a linked page."""

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
    """Return the id in a response to an account lookup. Raises SourceError."""
    return decode(body, Account, "an account of the Mastodon API").id


def read_posts(body: bytes, of_account: bool, boosts: bool, replies: bool) -> Iterator[Channel | Item | None]:
    """Yield the posts of a timeline, None for each that is invalid, after a channel for those of an account.

    Raises SourceError for any other response.
    """
    raws = decode(body, list[msgspec.Raw], "a timeline of the Mastodon API")
    posts = [decode_or_none(raw, Status) for raw in raws]
    first = next((post.account for post in posts if post), None)
    if of_account and first:
        yield Channel(title=first.name, url=first.url, image=first.avatar)
    for post in posts:
        if post is None:
            yield None
        elif _is_wanted(post, boosts, replies):
            yield _item(post.reblog or post)


def _is_wanted(post: Status, boosts: bool, replies: bool) -> bool:
    """Whether a post is public and selected; a reply to the author's own post is not a reply to others."""
    to_others = bool(post.in_reply_to_id) and post.in_reply_to_account_id != post.account.id
    return post.visibility in _PUBLIC and (boosts or not post.reblog) and (replies or not to_others)


def _item(post: Status) -> Item:
    pictures = (media.url or media.preview_url for media in post.media_attachments if media.type == "image")
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
        enclosures=[_enclosure(media) for media in post.media_attachments if media.url],
        related=[(post.card.title or post.card.url, post.card.url)] if post.card else None,
    )


def _title(post: Status) -> str:
    """Return the content warning, or else the first sentence, or else a description of the card or media."""
    if warning := plain(post.spoiler_text):
        return shorten(warning, TITLE_LENGTH)
    first = next((text for part in _PARAGRAPH.split(post.content, maxsplit=5) if (text := plain(part))), "")
    if not first or _is_address(first):
        card_title = post.card.title if post.card else ""
        descriptions = [card_title, *(media.description or "" for media in post.media_attachments)]
        first = next((text for description in descriptions if (text := plain(description))), first)
    sentence = _SENTENCE.match(first)
    return shorten(sentence[0] if sentence else first, TITLE_LENGTH)


def _is_address(text: str) -> bool:
    return " " not in text and text.startswith(("https://", "http://"))


def _enclosure(media: Media) -> dict[str, str | float | None]:
    duration = media.meta.original.duration if media.meta and media.meta.original else None
    return {"url": media.url, "type": guess_type((media.url or "").partition("?")[0])[0], "duration": duration}
