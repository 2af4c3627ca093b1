"""Pack the edition of a day for the archive: what its front page shows, without the texts of the articles."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec

from aggregator.errors import StoreError
from aggregator.model import Article, Edition, Section, Story
from aggregator.model.picture import Picture
from aggregator.pictures.files import copy_file

LATEST = 60
"""How many of the newest stories are kept."""


class Snapshot(msgspec.Struct, frozen=True):
    """An edition in which each story is stored once. `stories`: all of them; the others are positions in it."""

    edition: Edition
    stories: list[Story]
    ranked: list[int]
    latest: list[int]
    sections: list[tuple[str, str, str, list[int]]]


def pack_edition(edition: Edition) -> bytes:
    """Return the edition as bytes, compressed."""
    latest = edition.newest[:LATEST]
    stories = [*{story.id: story for story in (*edition.stories, *latest)}.values()]
    position = {story.id: number for number, story in enumerate(stories)}
    snapshot = Snapshot(
        msgspec.structs.replace(edition, stories=(), sections=(), latest=(), older=(), subscriptions=()),
        [_without_texts(story) for story in stories],
        [position[story.id] for story in edition.stories],
        [position[story.id] for story in latest],
        [
            (section.name, section.label, section.language, [position[story.id] for story in section.stories])
            for section in edition.sections
        ],
    )
    return zlib.compress(msgspec.msgpack.encode(snapshot, enc_hook=str))  # the files of pictures are Paths


def unpack_edition(body: bytes, pictures: Path | None = None) -> Edition:
    """Return the edition. `pictures`: the folder of the copied pictures, which was another one before the store was
    moved. Raises StoreError if it is damaged."""
    try:
        snapshot = msgspec.msgpack.decode(
            zlib.decompress(body), type=Snapshot, dec_hook=lambda kind, value: kind(value)
        )
        stories = snapshot.stories
        return msgspec.structs.replace(
            snapshot.edition,
            copies=_moved(snapshot.edition.copies, pictures) if pictures else snapshot.edition.copies,
            stories=tuple(stories[n] for n in snapshot.ranked),
            latest=tuple(stories[n] for n in snapshot.latest),
            sections=tuple(
                Section(name, tuple(stories[n] for n in members), label, language)
                for name, label, language, members in snapshot.sections
            ),
        )
    except (zlib.error, msgspec.DecodeError, IndexError) as error:
        raise StoreError(f"a stored edition is damaged ({error}); restore the store from a backup") from error


def _moved(copies: dict[str, Picture], folder: Path) -> dict[str, Picture]:
    def moved(picture: Picture) -> Picture:
        files = (msgspec.structs.replace(one, file=copy_file(folder, one.name)) for one in picture.copies)
        return msgspec.structs.replace(picture, copies=tuple(files))

    return {url: moved(picture) for url, picture in copies.items()}


def _without_texts(story: Story) -> Story:
    return msgspec.structs.replace(
        story,
        articles=tuple(_without_text(article) for article in story.articles),
        copies=tuple(msgspec.structs.replace(copy, article=_without_text(copy.article)) for copy in story.copies),
        display=story.display and _without_text(story.display),
    )


def _without_text(article: Article) -> Article:
    return article.replace(content=None, related=())
