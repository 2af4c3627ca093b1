"""Editions with copied pictures, as outputs get them with `pictures = "copy"`."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec
from picture_files import encoded, scene

from aggregator import Edition
from aggregator.model import Picture, PictureCopy


def picture(folder: Path, url: str, *widths: int) -> Picture:
    """Write copies of a picture in these widths, and return it."""
    copies = []
    for width in widths:
        file = folder / f"{sha256(url.encode()).hexdigest()[:16]}-{width}.jpg"
        file.write_bytes(encoded(scene(width, width * 5 // 8), quality=70))
        copies.append(PictureCopy(name=file.name, width=width, height=width * 5 // 8, type="image/jpeg", file=file))
    return Picture(url=url, width=widths[-1], height=widths[-1] * 5 // 8, type="image/jpeg", copies=tuple(copies))


def with_pictures(edition: Edition, folder: Path, *more: str) -> Edition:
    """Return an edition with copies of the pictures of its articles, and of `more`."""
    urls = {article.image for story in edition.stories for article in story.articles if article.image}
    copies = {url: picture(folder, url, 640, 1280) for url in sorted({*urls, *more})}
    return msgspec.structs.replace(edition, pictures="copy", copies=copies)
