"""An article in a page that was saved as plain text: what a reader copied out of a browser, a line a block.

Without markup only lines are left: the headline, often twice, among a masthead, paragraphs, labels of buttons and
players, and the headlines of other articles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from itertools import groupby

from aggregator.model import Item, Related
from aggregator.pages import wording
from aggregator.pages.article.blocks import split_words
from aggregator.pages.article.related import is_headline
from aggregator.pages.article.titles import alike
from aggregator.pages.document import split_joined_sentences
from aggregator.text.dates import parse_date

_PARAGRAPH, _LONG = 80, 240
"""Characters from which on a line is a paragraph: if it ends as sentences do, and in any case."""
_SENTENCE = re.compile(r"[.!?…。][\"”’»)]*$")
_MARKED = re.compile(r"(?:[*•·–+-] )?(.*?)(?: <(https?://[^<>\s]+)>)?$")
_BULLET = re.compile(r"[*•·–+-] ")
_WIDEST, _RAGGED = 100, 6
"""Characters of the longest line of a text that is wrapped, and how much less than that may be full."""
_FAR = 6
"""Lines between two paragraphs from which on they are not of one text."""
_BEFORE = 12
"""Lines above the text in which its headline is looked for."""


def read_plain_text(text: str, url: str | None, hint: str | None) -> Item | None:
    """The article in a plain text, or None where no line is a paragraph. Its date is unknown: one in a masthead is the
    edition's."""
    marked = [_MARKED.match(line) for line in _unwrapped(text)]
    links = {found[1]: found[2] for found in marked if found and found[2]}
    lines = [found[1] for found in marked if found and found[1]]
    start, end = _span(lines)
    if start == end:
        return None
    at = _headline_place(lines, start, hint)
    title = hint if at is None else lines[at]
    while at is not None and start > at + 1 and _is_sentence(lines[start - 1]):
        start -= 1
    body, listed = _parted(lines[start:end], title)
    above = _in_rows(lines[: start if at is None else at], title)
    titles = dict.fromkeys([*above, *_others(listed, title), *_others(lines[end:], title)])
    return Item(
        url=url,
        title=title,
        content="".join(
            f"<p>{escape(part.strip(), quote=False)}</p>" for line in body for part in split_joined_sentences(line)
        ),
        related=[Related(one, links.get(one)) for one in titles],
    )


def _unwrapped(text: str) -> list[str]:
    """The lines of a text, those that were wrapped put together again: a line goes on where the next word had no
    room."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    width = max(map(len, lines), default=0)
    if width > _WIDEST:
        return lines
    joined: list[list[str]] = []
    before = ""
    for line in lines:
        room = width - _RAGGED - len(before)
        if before and line and len(line.partition(" ")[0]) > room and not _BULLET.match(line):
            joined[-1].append(line)
        else:
            joined.append([line])
        before = line
    return [" ".join(parts) for parts in joined]


def _is_paragraph(line: str) -> bool:
    return len(line) >= _LONG or (len(line) >= _PARAGRAPH and _SENTENCE.search(line) is not None)


def _is_sentence(line: str) -> bool:
    return line.endswith((".", ".”", '."', "。")) and len(split_words(line)) > 2 and not wording.is_credit_line(line)


def _span(lines: Sequence[str]) -> tuple[int, int]:
    """Where the longest run of paragraphs begins and ends; shorter lines may lie among them, and sentences behind."""
    runs: list[list[int]] = []
    for n in (n for n, line in enumerate(lines) if _is_paragraph(line)):
        if runs and n - runs[-1][-1] < _FAR:
            runs[-1].append(n)
        else:
            runs.append([n])
    best = max(runs, key=lambda run: sum(len(lines[n]) for n in run), default=None)
    if best is None:
        return 0, 0
    end = best[-1] + 1
    while end < len(lines) and _is_sentence(lines[end]):
        end += 1
    return best[0], end


def _headline_place(lines: Sequence[str], start: int, hint: str | None) -> int | None:
    """The line of the headline, the last one above the text: what others call it, what stands there twice, or what
    looks like one."""
    above = [n for n in range(start - 1, max(-1, start - _BEFORE), -1) if not wording.is_label(lines[n])]
    for n in above:
        if (hint and _says(lines[n], hint)) or (lines.count(lines[n]) > 1 and len(split_words(lines[n])) > 2):
            return n
    return next((n for n in above if is_headline(lines[n]) and not parse_date(lines[n])), None)


def _parted(lines: Sequence[str], title: str | None) -> tuple[list[str], list[str]]:
    """The lines of a text, without what a page leaves among them; and the headlines of others, which stand there in
    rows, where a heading of its own stands alone."""
    kept = [line for line in lines if not (wording.is_label(line) or (title and _says(line, title)))]
    bare = [not _is_paragraph(line) and not _SENTENCE.search(line) for line in kept]
    rows = [one and ((n and bare[n - 1]) or bare[n + 1 : n + 2] == [True]) for n, one in enumerate(bare)]
    body = [
        line
        for line, row in zip(kept, rows, strict=True)
        if not row and not wording.is_credit_line(line) and not (wording.is_promotion(line) and len(line) < _LONG)
    ]
    return body, [line for line, row in zip(kept, rows, strict=True) if row]


def _others(lines: Sequence[str], title: str | None) -> list[str]:
    """The headlines of other articles; those of three words only between others, since labels are as short."""
    sure = [_is_other(line, title, 4) for line in lines]
    return [
        line
        for n, line in enumerate(lines)
        if sure[n] or (sure[n - 1 : n] + sure[n + 1 : n + 2] == [True, True] and _is_other(line, title, 3))
    ]


def _in_rows(lines: Sequence[str], title: str | None) -> list[str]:
    """Those above a headline, where they stand in rows of three: a masthead and its tagline stand alone."""
    rows = groupby(lines, key=lambda line: _is_other(line, title, 3))
    return [line for other, row in rows if other and len(found := list(row)) > 2 for line in found]


def _is_other(line: str, title: str | None, least: int) -> bool:
    if not is_headline(line, least) or line.endswith(".") or parse_date(line) or (title and _says(line, title)):
        return False
    return not wording.is_cross_reference(line) or len(split_words(line)) > 5


def _says(line: str, title: str) -> bool:
    return len(line) < 1.5 * len(title) + 20 and alike(line, title) > 0.8
