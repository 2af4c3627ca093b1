"""Wraps plain text at a width in the cells of a terminal: East Asian characters and emoji are two cells wide."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aggregator.text.plain import printable

_UNICODE = "latest"
"""The version of Unicode for widths; by default rich reads it from the environment."""
_ADDRESS = re.compile(r"<?https?://")
_CLOSING = frozenset("、。，．・：；？！ー々ゝゞヽヾ）］｝〉》」』】〕〗〙〟’”…‥ぁぃぅぇぉっゃゅょァィゥェォッャュョ")
"""Characters with which no line begins (JIS X 4051)."""
_OPENING = frozenset("（［｛〈《「『【〔〖〘〝‘“")
"""Characters with which no line ends."""


def cells(text: str) -> int:
    """Return the width of a text in cells."""
    from rich.cells import cell_len  # deferred: takes 30 ms

    return cell_len(text, unicode_version=_UNICODE)


def wrap_text(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Return the lines of a text, at most `width` cells wide. `first`, `rest`: before the first line and the others.

    Lines are broken between words, in East Asian text between characters, and within a word only if it is longer than
    a line. A web address is not broken, so that it can be followed. Control characters and those that change the
    direction of writing are removed: each line is in logical order, as terminals and mail programs expect.
    """
    lines, line, used = [], first, cells(first)
    is_empty = True
    for space, piece in _pieces(text, max(1, width - max(used, cells(rest)))):
        size = cells(piece)
        gap = space and not is_empty
        if not is_empty and used + gap + size > width:
            lines.append(line)
            line, used, is_empty, gap = rest, cells(rest), True, False
        line, used, is_empty = f"{line}{' ' * gap}{piece}", used + gap + size, False
    return [*lines, line] if not is_empty else lines


def _pieces(text: str, longest: int) -> Iterator[tuple[bool, str]]:
    """Yield what is not broken further, and whether a space is before it."""
    for word in printable(text).split():
        if _ADDRESS.match(word):
            yield True, word
            continue
        space = True
        for piece in _unbreakable(word):
            for part in _cut(piece, longest):
                yield space, part
                space = False


def _unbreakable(word: str) -> Iterator[str]:
    """Yield the parts of a word between which a line may end: next to characters that are two cells wide."""
    if word.isascii():
        yield word
        return
    piece, last_wide = "", False
    for character, size in _characters(word):
        wide = size > 1
        may_break = piece and (wide or last_wide) and character[0] not in _CLOSING and piece[-1] not in _OPENING
        if may_break:
            yield piece
            piece = ""
        piece, last_wide = piece + character, wide
    yield piece


def _cut(piece: str, longest: int) -> Iterator[str]:
    """Yield a piece in parts that fit in a line, without dividing what is shown as one character."""
    if cells(piece) <= longest:
        yield piece
        return
    part, used = "", 0
    for character, size in _characters(piece):
        if part and used + size > longest:
            yield part
            part, used = "", 0
        part, used = part + character, used + size
    yield part


def _characters(text: str) -> Iterator[tuple[str, int]]:
    """Yield what a reader sees as one character (a grapheme cluster), with its width."""
    from rich.cells import split_graphemes

    spans, _ = split_graphemes(text, unicode_version=_UNICODE)
    for start, end, size in spans:
        yield text[start:end], size
