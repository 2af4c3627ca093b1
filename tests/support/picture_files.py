"""Pictures as publishers send them, made with Pillow: of cameras, of programs, damaged, and hostile."""

from __future__ import annotations

import os
import random
import struct
import zlib
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms
from PIL.TiffImagePlugin import IFDRational

from aggregator.pictures.resize import Resized, resize

ORIENTATION, GPS = 0x0112, 0x8825


def scene(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Return a picture that is red at the left and dark at the bottom."""
    red = Image.linear_gradient("L").rotate(90).resize((width, height)).point(lambda value: 255 - value)
    dark = Image.linear_gradient("L").resize((width, height)).point(lambda value: 255 - value)
    return Image.merge("RGB", (red, dark, Image.new("L", (width, height), 60))).convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@cache
def photo(width: int = 1600, height: int = 1000, seed: int = 0) -> bytes:
    """Return a JPEG with about as much detail as a photograph."""
    made = random.Random(seed)
    size = (width // 8, height // 8)
    coarse = Image.frombytes("RGB", size, made.randbytes(size[0] * size[1] * 3)).resize((width, height))
    return encoded(Image.blend(coarse, scene(width, height), 0.6), quality=88)


def camera(orientation: int = 1, width: int = 800, height: int = 600) -> bytes:
    """Return a JPEG with the metadata of a camera: where it was taken, who took it, how to turn it."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x013B] = "SECRET AUTHOR"
    exif.get_ifd(GPS).update({1: "N", 2: (IFDRational(51), IFDRational(30), IFDRational(26)), 3: "W"})
    return encoded(scene(width, height), exif=exif, comment=b"SECRET COMMENT")


def with_profile() -> bytes:
    """Return a JPEG with an ICC profile that is not sRGB."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return encoded(scene(800, 600), icc_profile=profile.tobytes())


def huge_png(width: int, height: int) -> bytes:
    """Return a PNG whose few bytes are decoded to width × height pixels of four bytes."""
    row = b"\0" + b"\x80\x10\x10\xf0" * width
    compress = zlib.compressobj(1)  # the quickest: all tests import it
    rows = b"".join(compress.compress(row) for _ in range(height)) + compress.flush()
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that states its size, and has no pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"")) + _chunk(b"IEND", b"")


def many_scans(width: int, height: int, repeat: int) -> bytes:
    """Return a progressive JPEG whose last scan is repeated: each costs the decoder a pass over all pixels."""
    body = encoded(Image.new("RGB", (width, height), "navy"), progressive=True)
    last = body.rindex(b"\xff\xda")
    return body[:last] + body[last:-2] * repeat + body[-2:]


CRASHING = b"crash"


def crash_or_resize(body: bytes) -> Resized | str:
    """Resize a picture as a decoder with a fault would: it ends the process at certain bytes."""
    if body == CRASHING:
        os._exit(139)
    return resize(body)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
