"""Extracts the article from a page that was saved as plain text, as copied from a browser: each line is a block.

Such a text contains the headline, often twice, a masthead, paragraphs, labels of buttons and players, and the
headlines of other articles.
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
from aggregator.pages.article.titles import word_overlap
from aggregator.pages.document import split_joined_sentences
from aggregator.text.dates import parse_date

_PARAGRAPH, _LONG = 80, 240
"""Minimum length of a paragraph, in characters: if it ends like a sentence, and in any case."""
_SENTENCE = re.compile(r"[.!?…。][\"”’»)]*$")
_LINE = re.compile(r"(?:[*•·–+-] )?(.*?)(?: <(https?://[^<>\s]+)>)?$")
_BULLET = re.compile(r"[*•·–+-] ")
_WRAP_WIDTH, _WRAP_SLACK = 100, 6
"""Maximum line length of a wrapped text, and how much shorter a full line may be, in characters."""
_FAR = 6
"""Distance from which two paragraphs belong to different texts, in lines."""
_BEFORE = 12
"""Number of lines above the text in which the headline is searched."""


def read_plain_text(text: str, url: str | None, hint: str | None) -> Item | None:
    """Return the article in a plain text; None if no line is a paragraph.

    The date stays unknown: one in a masthead is that of the edition.
    """
    matches = [_LINE.match(line) for line in _unwrap(text)]
    links = {match[1]: match[2] for match in matches if match and match[2]}
    lines = [match[1] for match in matches if match and match[1]]
    start, end = _body_range(lines)
    if start == end:
        return None
    headline = _find_headline(lines, start, hint)
    title = hint if headline is None else lines[headline]
    while headline is not None and start > headline + 1 and _is_sentence(lines[start - 1]):
        start -= 1
    body, rows = _separate_rows(lines[start:end], title)
    above = _headlines_in_rows(lines[: start if headline is None else headline], title)
    titles = dict.fromkeys([*above, *_related_headlines(rows, title), *_related_headlines(lines[end:], title)])
    paragraphs = (part.strip() for line in body for part in split_joined_sentences(line))
    return Item(
        url=url,
        title=title,
        content="".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in paragraphs),
        related=[Related(related, links.get(related)) for related in titles],
    )


def _unwrap(text: str) -> list[str]:
    """Return the lines of a text, and join wrapped lines: a line continues if its next word did not fit."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    width = max(map(len, lines), default=0)
    if width > _WRAP_WIDTH:
        return lines
    joined: list[list[str]] = []
    previous = ""
    for line in lines:
        room = width - _WRAP_SLACK - len(previous)
        if previous and line and len(line.partition(" ")[0]) > room and not _BULLET.match(line):
            joined[-1].append(line)
        else:
            joined.append([line])
        previous = line
    return [" ".join(parts) for parts in joined]


def _is_paragraph(line: str) -> bool:
    return len(line) >= _LONG or (len(line) >= _PARAGRAPH and _SENTENCE.search(line) is not None)


def _is_sentence(line: str) -> bool:
    return line.endswith((".", ".”", '."', "。")) and len(split_words(line)) > 2 and not wording.is_credit_line(line)


def _body_range(lines: Sequence[str]) -> tuple[int, int]:
    """Return start and end of the longest run of paragraphs, with shorter lines between them and sentences after."""
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


def _find_headline(lines: Sequence[str], start: int, hint: str | None) -> int | None:
    """Return the index of the headline above the text: a line that matches the hint, is repeated, or looks like one."""
    above = [n for n in range(start - 1, max(-1, start - _BEFORE), -1) if not wording.is_label(lines[n])]
    for n in above:
        if (hint and _matches_title(lines[n], hint)) or (lines.count(lines[n]) > 1 and len(split_words(lines[n])) > 2):
            return n
    return next((n for n in above if is_headline(lines[n]) and not parse_date(lines[n])), None)


def _separate_rows(lines: Sequence[str], title: str | None) -> tuple[list[str], list[str]]:
    """Split the lines of a text into its paragraphs and headings, and the headlines of other articles.

    The latter form rows of several lines, whereas a heading of the article stands alone.
    """
    content = [line for line in lines if not (wording.is_label(line) or (title and _matches_title(line, title)))]
    is_short = [not _is_paragraph(line) and not _SENTENCE.search(line) for line in content]
    in_row = [
        short and ((n and is_short[n - 1]) or is_short[n + 1 : n + 2] == [True]) for n, short in enumerate(is_short)
    ]
    body = [
        line
        for line, is_row in zip(content, in_row, strict=True)
        if not is_row and not wording.is_credit_line(line) and not (wording.is_promotion(line) and len(line) < _LONG)
    ]
    return body, [line for line, is_row in zip(content, in_row, strict=True) if is_row]


def _related_headlines(lines: Sequence[str], title: str | None) -> list[str]:
    """Return the headlines of other articles; those of three words only between others, since labels are as short."""
    is_sure = [_is_related(line, title, 4) for line in lines]
    return [
        line
        for n, line in enumerate(lines)
        if is_sure[n] or (is_sure[n - 1 : n] + is_sure[n + 1 : n + 2] == [True, True] and _is_related(line, title, 3))
    ]


def _headlines_in_rows(lines: Sequence[str], title: str | None) -> list[str]:
    """Return the headlines in rows of three or more; a masthead and its tagline form shorter rows."""
    rows = groupby(lines, key=lambda line: _is_related(line, title, 3))
    return [line for is_related, row in rows if is_related and len(items := list(row)) > 2 for line in items]


def _is_related(line: str, title: str | None, least: int) -> bool:
    if not is_headline(line, least) or line.endswith(".") or parse_date(line):
        return False
    if title and _matches_title(line, title):
        return False
    return not wording.is_cross_reference(line) or len(split_words(line)) > 5


def _matches_title(line: str, title: str) -> bool:
    return len(line) < 1.5 * len(title) + 20 and word_overlap(line, title) > 0.8
