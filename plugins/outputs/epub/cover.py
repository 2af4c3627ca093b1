"""Draws the cover that e-readers show in a library: title, tagline and date."""

from __future__ import annotations

from html import escape
from io import BytesIO
from typing import NamedTuple

from aggregator.outputs.wrap_text import cells, wrap_text

from .container import Resource

WIDTH, HEIGHT, MARGIN = 1200, 1600, 110
PAPER, INK, SOFT, ACCENT = "#fffdf8", "#17150f", "#5c564b", "#8f1d18"
RULES = ((150, 14), (176, 4), (HEIGHT - 290, 4), (HEIGHT - 110, 4))
"""Vertical position and thickness of the lines above the title, and around the date."""
CENTRE = 620
"""The vertical position of the middle of the title."""
LARGEST, SMALLEST = 200, 60
MOST_LINES = 4
CELL = 0.6
"""Average width of a letter in the size of its font; East Asian letters have two cells."""


class Line(NamedTuple):
    """A line of the cover. `middle`: its vertical position."""

    text: str
    size: int
    middle: int
    colour: str


def cover(title: str, tagline: str, date: str) -> Resource:
    """Return the picture of the cover: a JPEG, which any e-reader shows, or else an SVG.

    The letters that Pillow contains are those of ASCII: other titles are left to the fonts of the e-reader.
    """
    lines = _layout(title, tagline, date)
    if all(line.text.isascii() for line in lines):
        return Resource("cover-image", "cover.jpg", "image/jpeg", _jpeg(lines), "cover-image")
    return Resource("cover-image", "cover.svg", "image/svg+xml", _svg(lines).encode(), "cover-image")


def _layout(title: str, tagline: str, date: str) -> list[Line]:
    size, names = _fitted(title)
    step = size * 23 // 20
    first = CENTRE - step * (len(names) - 1) // 2
    below = first + step * (len(names) - 1) + size * 2 // 3 + 70
    return [
        *(Line(text, size, first + step * number, INK) for number, text in enumerate(names)),
        *(Line(text, 50, below + 66 * number, SOFT) for number, text in enumerate(_wrapped(tagline, 50)[:3])),
        *(Line(text, 54, HEIGHT - 198 + 66 * number, ACCENT) for number, text in enumerate(_wrapped(date, 54)[:1])),
    ]


def _fitted(title: str) -> tuple[int, list[str]]:
    """Return the largest size in which a title fits without a broken word, and its lines."""
    for size in range(LARGEST, SMALLEST, -10):
        lines = _wrapped(title, size)
        if len(lines) <= MOST_LINES and all(cells(word) <= _letters(size) for word in title.split()):
            return size, lines
    return SMALLEST, _wrapped(title, SMALLEST)[:8]


def _wrapped(text: str, size: int) -> list[str]:
    return wrap_text(text[:500], _letters(size))


def _letters(size: int) -> int:
    return int((WIDTH - 2 * MARGIN) / (size * CELL))


def _jpeg(lines: list[Line]) -> bytes:
    from PIL import Image, ImageDraw, ImageFont  # deferred: takes 60 ms

    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    for top, thickness in RULES:
        draw.rectangle((MARGIN, top, WIDTH - MARGIN, top + thickness - 1), fill=INK)
    for line in lines:
        font = ImageFont.load_default(line.size)
        draw.text((WIDTH // 2, line.middle), line.text, fill=line.colour, font=font, anchor="mm")
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=85, optimize=True)
    return buffer.getvalue()


def _svg(lines: list[Line]) -> str:
    rules = (
        f'<rect x="{MARGIN}" y="{top}" width="{WIDTH - 2 * MARGIN}" height="{thickness}" fill="{INK}"/>'
        for top, thickness in RULES
    )
    texts = (
        f'<text x="{WIDTH // 2}" y="{line.middle + line.size * 35 // 100}" font-size="{line.size}" '
        f'fill="{line.colour}">{escape(line.text)}</text>'
        for line in lines
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>\n{"".join(rules)}\n'
        f'<g font-family="Georgia, serif" text-anchor="middle">\n{"".join(texts)}\n</g>\n</svg>\n'
    )
