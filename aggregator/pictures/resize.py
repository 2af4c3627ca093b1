"""Decodes a picture that a publisher sent, and re-encodes it in the widths of the copies, without its metadata.

The same bytes always give the same copies. Runs in the worker process: a decoder is C code that reads hostile bytes.
Pillow is imported only here, when there is something to resize.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import msgspec

from aggregator.text.plain import printable

if TYPE_CHECKING:
    from PIL.Image import Image, Transpose

WIDTHS = (640, 1280)
"""Widths of the copies in pixels: for a column of a page or a telephone, and for its full width on dense screens."""
MIN_WIDTH, MIN_HEIGHT = 100, 48
"""Pixels below which a picture is an icon, or only counts views."""
MAX_RATIO = 10
"""How many times longer than the other a side may be: beyond are rulers, spacers and strips of whole pages."""
MAX_PIXELS = 50_000_000
"""Pixels that are decoded at most: twice those of a good camera, and 200 MB in memory."""
FORMATS = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # a JPEG of a telephone, with further pictures behind the first
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}
"""The formats that are read, by Pillow's name: those that browsers show. SVG is not: it is a document."""
FEW_COLOURS = 4096
"""Colours up to which a graphic is reduced to 256 without visible steps: most are mixtures at the edges of shapes."""
_NEARLY = 1.25
"""A copy must be smaller than the next one by this factor."""
_ORIENTATION = 0x0112
"""The EXIF tag with the orientation of a camera."""
_SIDEWAYS = frozenset({5, 6, 7, 8})


class ResizedCopy(msgspec.Struct, frozen=True):
    """A re-encoded picture. `type`: MIME type."""

    body: bytes
    width: int
    height: int
    type: str


class Resized(msgspec.Struct, frozen=True):
    """The copies of a picture, smallest first. `width`, `height`, `type`: of the original."""

    width: int
    height: int
    type: str
    copies: tuple[ResizedCopy, ...]


class _RefusedError(Exception):
    """The picture is not copied; the text says why."""


def resize(body: bytes) -> Resized | str:
    """Return the copies of a picture, or in one line why there are none. Raises nothing, whatever the bytes are."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of decoders, about bytes that they can read nevertheless
            return _resize(body)
    except _RefusedError as error:
        return str(error)
    except MemoryError:
        return "needs too much memory to be decoded"
    except Exception as error:  # decoders raise anything
        return f"cannot be decoded ({printable(str(error))[:120] or type(error).__name__})"


def widths(width: int) -> tuple[int, ...]:
    """Return the widths of the copies of a picture that is so wide: it is never enlarged."""
    largest = min(width, WIDTHS[-1])
    return (*(smaller for smaller in WIDTHS[:-1] if smaller * _NEARLY <= largest), largest)


def _resize(body: bytes) -> Resized:
    image = _open(body)
    kind, orientation = FORMATS[image.format or ""], _orientation(image)
    width, height = reversed(image.size) if orientation in _SIDEWAYS else image.size
    _check_size(width, height)
    is_graphic = image.format in ("PNG", "GIF")
    largest = _scaled(width, height, widths(width)[-1])
    profile = image.info.get("icc_profile")
    image = _decoded(image, largest[::-1] if orientation in _SIDEWAYS else largest)
    image = _opaque(_in_srgb(image, profile))
    if (transposition := _transposition(orientation)) is not None:
        image = image.transpose(transposition)
    image.info.clear()  # Pillow would write the comment of the original
    sizes = [_scaled(width, height, copy) for copy in widths(width)]
    return Resized(width, height, kind, _copies(image, sizes, is_graphic=is_graphic))


def _open(body: bytes) -> Image:
    """Read the header of a picture."""
    from PIL import Image, UnidentifiedImageError

    if len(body) == 0:
        raise _RefusedError("is empty")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # of a frame inside a file, too
    try:
        return Image.open(BytesIO(body), formats=[name for name in FORMATS if name != "MPO"])
    except UnidentifiedImageError:
        raise _RefusedError("is not a picture (JPEG, PNG, GIF, WebP or AVIF)") from None
    except Image.DecompressionBombError:
        raise _RefusedError(f"has more than {MAX_PIXELS:,} pixels") from None


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _RefusedError(f"has more than {MAX_PIXELS:,} pixels")
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        raise _RefusedError(f"is too small ({width}×{height} pixels)")
    if max(width, height) > MAX_RATIO * min(width, height):
        raise _RefusedError(f"is a strip ({width}×{height} pixels)")


def _orientation(image: Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # damaged EXIF data: the picture itself may be intact
        return 1


def _transposition(orientation: int) -> Transpose | None:
    """Return what makes a picture upright."""
    from PIL.Image import Transpose

    return {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }.get(orientation)


def _scaled(width: int, height: int, to_width: int) -> tuple[int, int]:
    return to_width, max(1, round(height * to_width / width))


def _decoded(image: Image, size: tuple[int, int]) -> Image:
    """Decode the first frame in this size. A JPEG that is much larger is decoded at a fraction of its size."""
    image.draft(None, (size[0] * 2, size[1] * 2))  # None: the mode stays
    image.load()
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode in ("P", "PA"):
        image = image.convert("RGB")
    elif image.mode.startswith("I"):  # 16 bits; a conversion to L would clip them
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode == "1":
        image = image.convert("L")
    return image.resize(size, _lanczos()) if image.size != size else image


def _in_srgb(image: Image, profile: bytes | None) -> Image:
    """Return the image as L, RGB or RGBA, its colours converted from an ICC profile to sRGB."""
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        image = _without_profile(image, profile)
    return image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGB")


def _without_profile(image: Image, profile: bytes) -> Image:
    from PIL import ImageCms

    try:
        stated = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(stated):
            return image
        colours = image.convert("RGB") if image.mode == "RGBA" else image
        converted = ImageCms.profileToProfile(colours, stated, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image  # a damaged profile, or one for other colours: browsers ignore it, too
    if converted is None:
        return image
    if image.mode == "RGBA":
        converted.putalpha(image.getchannel("A"))
    return converted


def _opaque(image: Image) -> Image:
    """Return an image without an alpha channel that makes nothing transparent."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema()[0] == 255:
        return image.convert("RGB")
    return image


def _copies(image: Image, sizes: Sequence[tuple[int, int]], *, is_graphic: bool) -> tuple[ResizedCopy, ...]:
    """Return copies in these sizes, the last of which the image has: all in the format that suits the largest.

    That is JPEG, or WebP where something is transparent; and PNG for a graphic of few colours, such as a logo, a chart
    or a screenshot: if it is smaller so, or would be WebP, which some mail programs and e-readers do not show.
    """
    smaller = [image.resize(size, _lanczos()) for size in sizes[:-1]]
    encode = _as_webp if image.mode == "RGBA" else _as_jpeg
    largest = encode(image, is_graphic)
    if is_graphic and image.getcolors(FEW_COLOURS):
        palette = _as_png(image, is_graphic)
        if image.mode == "RGBA" or len(palette.body) <= len(largest.body):
            encode, largest = _as_png, palette
    return (*(encode(copy, is_graphic) for copy in smaller), largest)


def _as_jpeg(image: Image, is_graphic: bool) -> ResizedCopy:
    subsampling = "4:4:4" if is_graphic else "4:2:0"  # the latter blurs coloured text
    return _saved(image, "JPEG", quality=80, progressive=True, optimize=True, subsampling=subsampling)


def _as_webp(image: Image, _: bool) -> ResizedCopy:
    return _saved(image, "WEBP", quality=80, method=4)


def _as_png(image: Image, _: bool) -> ResizedCopy:
    return _saved(image if image.mode == "L" else image.quantize(256), "PNG", optimize=True)


def _saved(image: Image, kind: str, **options: Any) -> ResizedCopy:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return ResizedCopy(buffer.getvalue(), *image.size, FORMATS[kind])


def _lanczos() -> int:
    from PIL.Image import Resampling

    return Resampling.LANCZOS
