"""The copies of a picture: sizes, formats, colours, metadata, and bytes that are no picture."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from itertools import pairwise

import picture_files
import pytest
from hypothesis import given
from hypothesis import strategies as st
from picture_files import camera, encoded, photo, png_header, scene
from PIL import Image, ImageDraw, features

from aggregator.pictures.resize import MAX_PIXELS, Resized, resize, widths

RED_SIDE = {1: "left", 2: "right", 3: "right", 4: "left", 5: "top", 6: "top", 7: "bottom", 8: "bottom"}
"""Where the red side of `scene` is once a picture with this EXIF orientation is upright."""


def copies_of(body: bytes) -> Resized:
    resized = resize(body)
    assert isinstance(resized, Resized), resized
    for copy in resized.copies:
        image = Image.open(BytesIO(copy.body))
        assert (image.size, Image.MIME[image.format or ""]) == ((copy.width, copy.height), copy.type)
    return resized


def largest(body: bytes) -> Image.Image:
    return Image.open(BytesIO(copies_of(body).copies[-1].body))


def transparent() -> Image.Image:
    image = scene(800, 600, "RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def logo() -> Image.Image:
    image = Image.new("RGBA", (800, 600), (0, 0, 0, 0))
    ImageDraw.Draw(image).rounded_rectangle((100, 300, 700, 599), 80, fill="darkred")
    return image


@pytest.mark.parametrize(
    ("size", "copies"),
    [
        ((1600, 1000), [(640, 400), (1280, 800)]),
        ((6000, 4000), [(640, 427), (1280, 853)]),
        ((1280, 720), [(640, 360), (1280, 720)]),
        ((900, 600), [(640, 427), (900, 600)]),
        ((700, 500), [(700, 500)]),
        ((640, 400), [(640, 400)]),
        ((500, 300), [(500, 300)]),
        ((100, 100), [(100, 100)]),
        ((800, 2000), [(640, 1600), (800, 2000)]),
    ],
)
def test_sizes_of_the_copies(size: tuple[int, int], copies: list[tuple[int, int]]) -> None:
    resized = copies_of(encoded(scene(*size)))
    assert (resized.width, resized.height, resized.type) == (*size, "image/jpeg")
    assert [(copy.width, copy.height) for copy in resized.copies] == copies


@given(st.integers(100, 20_000))
def test_no_copy_is_enlarged_or_nearly_as_wide_as_another(width: int) -> None:
    made = widths(width)
    assert list(made) == sorted(made)
    assert made[-1] == min(width, 1280)
    assert all(wide >= 1.2 * narrow for narrow, wide in pairwise(made))


@pytest.mark.parametrize("orientation", RED_SIDE)
def test_a_picture_is_turned_upright(orientation: int) -> None:
    resized = copies_of(camera(orientation))
    assert (resized.width, resized.height) == ((600, 800) if orientation >= 5 else (800, 600))
    for copy in resized.copies:
        image = Image.open(BytesIO(copy.body)).convert("RGB")
        width, height = image.size
        sides = {
            "left": (5, height // 2),
            "right": (width - 5, height // 2),
            "top": (width // 2, 5),
            "bottom": (width // 2, height - 5),
        }
        reds = {side: image.getpixel(position)[0] for side, position in sides.items()}  # type: ignore[index]
        assert max(reds, key=reds.__getitem__) == RED_SIDE[orientation], reds


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_metadata_is_dropped(kind: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(picture_files.GPS).update({1: "N", 3: "W"})
    exif[0x013B] = "SECRET AUTHOR"
    body = camera() if kind == "JPEG" else encoded(scene(800, 600), kind, exif=exif)
    assert b"SECRET" in body
    for copy in copies_of(body).copies:
        assert b"SECRET" not in copy.body
        image = Image.open(BytesIO(copy.body))
        assert not image.getexif()
        assert not set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}


@pytest.mark.parametrize(
    ("make", "kind", "mode"),
    [
        (lambda: encoded(scene(800, 600, "CMYK")), "JPEG", "RGB"),
        (lambda: encoded(scene(800, 600, "L")), "JPEG", "L"),
        (lambda: encoded(scene(800, 600), "PNG"), "JPEG", "RGB"),
        (lambda: encoded(scene(800, 600), "WEBP"), "JPEG", "RGB"),
        (lambda: encoded(scene(800, 600, "RGBA"), "PNG"), "JPEG", "RGB"),  # nothing in it is transparent
        (lambda: encoded(transparent(), "PNG"), "WEBP", "RGBA"),
        (lambda: encoded(transparent(), "WEBP"), "WEBP", "RGBA"),
        (lambda: encoded(transparent().convert("LA"), "PNG"), "WEBP", "RGBA"),
        (lambda: encoded(logo(), "PNG"), "PNG", "P"),
        (lambda: encoded(logo().convert("P"), "GIF", transparency=0), "PNG", "P"),
        (lambda: encoded(scene(800, 600).quantize(16), "GIF"), "PNG", "P"),
        (lambda: encoded(scene(800, 600, "1"), "PNG"), "PNG", "L"),
    ],
)  # fmt: skip
def test_formats(make: Callable[[], bytes], kind: str, mode: str) -> None:
    image = largest(make())
    assert (image.format, image.mode) == (kind, mode)


@pytest.mark.skipif(not features.check("avif"), reason="Pillow is built without AVIF")
def test_avif() -> None:
    resized = copies_of(encoded(scene(800, 600), "AVIF"))
    assert (resized.type, resized.copies[0].type) == ("image/avif", "image/jpeg")


def test_transparency_is_kept() -> None:
    for image in (transparent(), transparent().quantize(16), logo(), logo().quantize(16)):
        alpha = largest(encoded(image, "PNG")).convert("RGBA").getchannel("A")
        assert alpha.getpixel((400, 5)) < 40 < 200 < alpha.getpixel((400, 595))  # type: ignore[operator]


def test_a_chart_stays_sharp_and_small() -> None:
    chart = Image.new("RGB", (1280, 720), "white")
    draw = ImageDraw.Draw(chart)
    for number in range(40):
        draw.rectangle((number * 30, 720 - number * 15, number * 30 + 20, 720), fill=(200, number * 5, 40))
    image = largest(encoded(chart, "PNG")).convert("RGB")
    assert image.getpixel((1000, 10)) == (255, 255, 255)
    red, green, blue = image.getpixel((35 * 30 + 10, 700))  # type: ignore[misc]
    assert abs(red - 200) + abs(green - 175) + abs(blue - 40) < 12


def test_the_first_frame_of_an_animation_is_shown() -> None:
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("red", "blue", "green")]
    for kind in ("GIF", "PNG", "WEBP"):
        body = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        image = largest(body)
        red, green, blue = image.convert("RGB").getpixel((150, 100))  # type: ignore[misc]
        assert (red > 240, green < 20, blue < 20) == (True, True, True), kind
        assert getattr(image, "n_frames", 1) == 1


def test_sixteen_bits_per_channel() -> None:
    image = Image.new("I;16", (300, 200), 0x8000)
    assert largest(encoded(image, "PNG")).convert("L").getpixel((10, 10)) in range(125, 131)


def test_colours_are_converted_to_srgb() -> None:
    # The profile swaps red and blue: a copy without it must have the colours that it describes.
    from PIL import ImageCms

    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = bytearray(srgb.replace("sRGB".encode("utf-16-be"), "BGRs".encode("utf-16-be")))
    count = int.from_bytes(swapped[128:132], "big")
    tags = {bytes(swapped[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, blue = tags[b"rXYZ"], tags[b"bXYZ"]
    swapped[red + 4 : red + 12], swapped[blue + 4 : blue + 12] = (
        swapped[blue + 4 : blue + 12],
        swapped[red + 4 : red + 12],
    )
    for mode, kind in (("RGB", "JPEG"), ("RGBA", "PNG")):
        image = Image.new(mode, (300, 200), (255, 0, 0, 100) if mode == "RGBA" else (255, 0, 0))
        copy = largest(encoded(image, kind, icc_profile=bytes(swapped))).convert("RGBA")
        r, _, b, alpha = copy.getpixel((10, 10))  # type: ignore[misc]
        assert b > 200 > 60 > r
        assert (alpha == 255) == (mode == "RGB")
        r, _, b, _ = largest(encoded(image, kind, icc_profile=srgb)).convert("RGBA").getpixel((10, 10))  # type: ignore[misc]
        assert r > 200 > 60 > b


@pytest.mark.parametrize("profile", [b"not a profile", b"\0" * 500, b""])
def test_a_damaged_profile_is_ignored(profile: bytes) -> None:
    assert copies_of(encoded(scene(800, 600), icc_profile=profile)).copies
    assert copies_of(picture_files.with_profile()).copies  # of another colour space


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is empty"),
        (b"<!doctype html><title>Not found</title>", "is not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "is not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 300 300\n", "is not a picture"),
        (encoded(scene(300, 200), "TIFF"), "is not a picture"),
        (encoded(Image.new("RGB", (1, 1)), "GIF"), r"is too small \(1×1 pixels\)"),
        (encoded(Image.new("RGB", (99, 99)), "PNG"), "is too small"),
        (encoded(Image.new("RGB", (300, 20)), "PNG"), "is too small"),
        (encoded(Image.new("RGB", (120, 1400)), "PNG"), "is a strip"),
        (png_header(9_000, 9_000), "has more than 50,000,000 pixels"),
        (png_header(2_000_000, 2_000_000), "has more than 50,000,000 pixels"),
        (png_header(800, 600), "cannot be decoded"),
        (photo()[:20_000], "cannot be decoded"),
        (photo()[:200], "is not a picture|cannot be decoded"),
    ],
)
def test_what_is_refused(body: bytes, reason: str) -> None:
    refused = resize(body)
    assert isinstance(refused, str)
    assert re.match(reason, refused), refused
    assert len(refused) < 160 and refused.isprintable()


def test_the_limit_is_checked_before_pixels_are_decoded() -> None:
    assert MAX_PIXELS == 10_000 * 5_000
    assert resize(png_header(10_000, 5_001)) == "has more than 50,000,000 pixels"
    assert str(resize(png_header(10_000, 5_000))).startswith("cannot be decoded")


def test_the_same_bytes_give_the_same_copies() -> None:
    for body in (photo(), camera(6), encoded(transparent(), "PNG"), encoded(scene(800, 600).quantize(64), "GIF")):
        assert resize(body) == resize(body)


@given(st.integers(0, 2**32), st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]))
def test_damaged_bytes_never_raise(seed: int, kind: str) -> None:
    made = random.Random(seed)
    body = bytearray(encoded(scene(200, 150), kind))
    for _ in range(made.randint(1, 20)):
        body[made.randrange(len(body))] = made.randrange(256)
    assert isinstance(resize(bytes(body[: made.randint(20, len(body))])), Resized | str)


def test_pillow_is_loaded_only_to_resize() -> None:
    code = "import sys, aggregator.store, aggregator.pictures.fetch; print(*({'PIL'} & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert loaded.stdout.split() == []
