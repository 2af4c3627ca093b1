"""Writes the edition as a digest in Markdown (CommonMark): lead story, sections, and each story with outlets and links.

    [[outputs]]
    plugin = "markdown"
    path = "public/daily.md"
    images = true                                # with a picture for each story that has one
    template = "daily.md.j2"                     # a template of your own

Dates, labels and lists of outlets are in the language and time zone of the configuration. Texts of sources are escaped,
so that none of their characters is interpreted as markup. Links are http and https only. Of other outlets, the newest
account of each is listed, the newest first, at most twelve. With `pictures = "copy"`, `images` writes the copies into a
folder beside the file: `daily/pictures/`. For templates:
[Templates for Markdown and text](guide.md#templates-for-markdown-and-text).

Limits: summaries only, without full texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Annotated
from urllib.parse import quote

from msgspec import Meta

from aggregator import Edition, Register, Story, hookimpl
from aggregator.model import Deferred
from aggregator.outputs.edition_texts import EditionTexts
from aggregator.outputs.pictures import Pictures, ShownPicture, files_of
from aggregator.outputs.text import legal, web_address
from aggregator.outputs.text_templates import render_text, template_file

TEMPLATE = Path(__file__).parent / "templates" / "edition.md.j2"
SPECIAL_CHARACTER = re.compile(r"[\\`*_\[\]<&~#|]")
LINE_START = re.compile(r"^(\d+(?=[.)](?: |$))|(?=[-+=>]))")
ENTITY = re.compile(r"&(?=#?\w+;)")


def markdown(
    edition: Edition,
    *,
    path: str = "edition.md",
    config_folder: Path = Path(),
    images: Annotated[bool, Meta(description="Whether to show a picture for each story.")] = False,
    template: Annotated[str | None, Meta(description="File of a template of your own.")] = None,
) -> Iterator[tuple[str, bytes | Deferred]]:
    """Writes a digest in Markdown."""
    edition = legal(edition)
    pictures = _Images(edition, f"{quote(PurePath(path).stem)}/") if images else None
    functions: dict[str, Callable[..., str]] = {
        "md": escape,
        "link": link,
        "picture": pictures.of_story if pictures else _no_picture,
    }
    text = render_text(TEMPLATE, template_file(template, config_folder), EditionTexts(edition), functions)
    yield "", text.encode("utf-8", "replace")
    for file in files_of(pictures.shown) if pictures else ():
        yield file.name, Deferred(file.name.encode(), file.file.read_bytes)


class _Images:
    """The pictures of the stories. `root`: the folder of copied files, relative to the document."""

    def __init__(self, edition: Edition, root: str) -> None:
        self._pictures = Pictures(edition)
        self._root = root
        self.shown: list[ShownPicture] = []

    def of_story(self, story: Story) -> str:
        """Return the picture of a story in Markdown; "" if it has none."""
        if not (shown := self._pictures.of_story(story)):
            return ""
        self.shown.append(shown)
        return f"![]({_destination(shown.source(self._root))})"


def _no_picture(story: Story) -> str:
    return ""


def link(text: str, url: str | None) -> str:
    """Return a link in Markdown; the escaped text alone if the address is not http or https."""
    address = web_address(url)
    return f"[{escape(text)}]({_destination(address)})" if address else escape(text)


def _destination(address: str) -> str:
    """Escape an address for a link destination (CommonMark 0.31, section 6.3): parentheses and character references."""
    return ENTITY.sub("&amp;", address.replace("(", "%28").replace(")", "%29"))


def escape(text: object) -> str:
    """Escape text for one line of Markdown, so that no part of it is markup."""
    escaped = SPECIAL_CHARACTER.sub(r"\\\g<0>", " ".join(str(text).split()))
    return LINE_START.sub(r"\1\\", escaped)


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(markdown)
