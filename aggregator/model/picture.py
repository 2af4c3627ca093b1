"""A copied picture and its copies, as outputs get them."""

from __future__ import annotations

from pathlib import Path

import msgspec


class PictureCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A resized copy of a picture.

    `name`: safe file name, derived from a digest of the bytes, such as "3f2a…-640.jpg"; `width`, `height`: in pixels;
    `type`: MIME type; `file`: absolute path of the stored bytes.
    """

    name: str
    width: int
    height: int
    type: str
    file: Path


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A copied picture.

    `url`: the publisher's address; `width`, `height`: of the original in pixels, upright; `type`: MIME type of the
    original; `copies`: at least one, the smallest first.
    """

    url: str
    width: int
    height: int
    type: str
    copies: tuple[PictureCopy, ...]

    @property
    def smallest(self) -> PictureCopy:
        """The copy with the smallest width."""
        return self.copies[0]

    @property
    def largest(self) -> PictureCopy:
        """The copy with the largest width."""
        return self.copies[-1]
