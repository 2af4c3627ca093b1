"""Removes from a summary what is not about the article: links such as "Read more", notices, the repeated title."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aggregator.text.folding import fold, folded_words
from aggregator.text.headlines import without_outlet
from aggregator.text.outlet_names import outlet_name
from aggregator.text.wording import wording

_END = 400
"""Characters at the end of a summary in which links and notices are searched."""
_CUT = re.compile(
    r"(?:\[\s?(?:…|\.{2,5}|more|\+?\d{1,6} (?:more )?(?:char(?:acter)?s|words))\s?\]|\((?:…|\.{3})\))\s?…?$",
    re.IGNORECASE,
)
"""Signs of a text that goes on."""
_REDDIT = re.compile(
    r"(?:^|\s)submitted by\s+/?u/[\w-]{1,40}(?:\s+to\s+/?r/\w{1,40})?(?:\s+\[link\])?(?:\s+\[comments\])?$"
)
_HACKER_NEWS = re.compile(
    r"(?:^|\s)Article URL: \S{1,2000} Comments URL: \S{1,2000}(?: Points: \d{1,9})?(?: # Comments: \d{1,9})?$"
)
_CREDIT = re.compile(
    r"\((?:(?-i:[A-Z]{2,8})\s)?(?:photos?|photograph|images?|picture|illustration|fotos?|bilder|bild|photographie|imagen"
    r"|imagem|immagine|фото)(?:\s?[:/]|\s(?:by|credits?|courtesy(?:\sof)?|von|par|por)\b:?)\s?[^()]{1,100}\)$",
    re.IGNORECASE,
)
_REDDIT_LINKS = re.compile(r"\[link\](?:\s+\[comments\])?$")
_FORUM = re.compile(r"(?:^|\s)\d{1,6} posts? - \d{1,6} participants?$")
_ENDS = (
    ("submitted by", 200, _REDDIT),
    ("[link]", 50, _REDDIT_LINKS),
    ("Comments URL: ", 5000, _HACKER_NEWS),
    ("participant", 50, _FORUM),
    (")", 200, _CREDIT),
)
"""Notices of forums and credits: a word in them, the characters in which they are searched, and what they look like."""
_LONGEST_SIGN = 50
_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)\]]?$")
_ARROWS = "→»›>≫⇒➔➜➤▶►…⟶"
_BEFORE_LINK = f" |([{_ARROWS.replace('…', '')}"
_AFTER_LINK = f" {_ARROWS}.:!])\"'”’«-"
_WORD = re.compile(r"\S+")
_SENTENCE_END = re.compile(r"[.!?…:;。！？\])\"'”’»|–—-]$")
_OBJECT = re.compile(r"(?:at|on|in|from|auf|bei|sur|dans|en|em|no|na|su|op|på|i)\s\S+(?:\s\S+){0,4}", re.IGNORECASE)
_AFTER_TITLE = re.compile(r"\s*+[.:!?…|–—。！？»-]++(?=\s|$)\s*+|\s*+[|:：]\s*+")
_MAX_LINK_WORDS = 8
_LONGEST_LINK = 120
"""Characters of a link without the title that may be in it."""
_LEAST_WORDS = 4
"""Words of a title that is recognised before a sentence without punctuation between them."""
_LEAST_LETTERS = 10
"""Letters of the beginning of a title that is recognised in a summary."""
_SHORT_LINK = 9
"""Letters of a single word ("More") that is only a link after the end of a sentence."""
_MOST_STEPS = 20


def clean_summary(summary: str, title: str = "", outlet: str = "", url: str | None = None) -> str:
    """Return the summary of an article as it should be shown, or "" if it says nothing that its title does not.

    All are plain text. `title`, `outlet`: of the article; `url`: home page of the outlet. Removes "Read more" and the
    like in many languages at the end, "[…]", "The post ... appeared first on ...", "submitted by /u/...", credits of
    photos, and the title at the beginning. Half a sentence at the end stays, with "…" instead of "[…]", and so does
    the place at the beginning ("LONDON (Reuters) -").

    >>> clean_summary("Buses cross the river again. Continue reading →", "The bridge reopens")
    'Buses cross the river again.'
    >>> clean_summary("The bridge reopens  Courier", "The bridge reopens - Courier", "Courier")
    ''
    """
    text = " ".join(summary.split())
    names = {name for name in (outlet, outlet_name(outlet, url) if outlet else "") if name}
    headline = without_outlet(title, outlet, url)
    for _ in range(_MOST_STEPS):
        shorter = _without_title(_without_title(_without_end(text, title, names), title), headline)
        if shorter == text:
            break
        text = shorter
    return "" if _says_nothing(text, (title, headline), names) else text


def _without_end(text: str, title: str, names: set[str]) -> str:
    """Remove one of the things at the end of a summary."""
    for word, length, pattern in _ENDS:
        if word in text[-length:]:
            start = max(0, len(text) - length)
            text = text[:start] + pattern.sub("", text[start:]).rstrip()
    if text.endswith(("]", ")", "]…")) and (cut := _CUT.search(text[-_LONGEST_SIGN:])):
        text = text[: len(text) - len(cut[0])].rstrip()
        return text if not text or _SENTENCE.search(text[-2:]) else f"{text}…"
    return _without_link(_without_notice(text), title, names)


def _without_notice(text: str) -> str:
    """Remove the line that WordPress appends: "The post TITLE appeared first on SITE."."""
    start = max(0, len(text) - 2 * _END)
    end = text[start:]
    lower = end.lower()
    for beginning, middle in wording().notices:
        at = lower.rfind(middle)
        if at > 0:
            first = _beginning(lower.replace("'", "’"), beginning, at)
            if first >= 0 and len(end) - at < _END // 2:
                return (text[:start] + end[:first]).rstrip()
    return text


def _beginning(text: str, phrase: str, end: int) -> int:
    """Return the last place before `end` where a phrase begins a sentence or a line, or -1."""
    at = text.rfind(f"{phrase} ", 0, end)
    return at if at <= 0 or text[at - 1].isspace() else -1


def _without_link(text: str, title: str, names: set[str]) -> str:
    """Remove a link to the article at the end: "Read more", "Continue reading TITLE →", "Read the story at SITE"."""
    bare = text.rstrip(_AFTER_LINK)
    for phrase in wording().unspaced_read_more:
        if bare.endswith(phrase):
            return bare.removesuffix(phrase).rstrip(_BEFORE_LINK)
    words = list(_WORD.finditer(text, max(0, len(text) - min(_END, len(title) + _LONGEST_LINK))))
    longest = min(len(words), _MAX_LINK_WORDS + len(title.split()) + 6)
    link_words = wording().link_words
    for first in range(len(words) - 1, len(words) - longest - 1, -1):
        if fold(words[first][0]) not in link_words:
            continue
        start = words[first].start()
        sure = start == 0 or _SENTENCE_END.search(text[max(0, start - 3) : start].rstrip()[-1:]) is not None
        for count in range(min(_MAX_LINK_WORDS, len(words) - first), 0, -1):
            end = words[first + count - 1].end()
            if _is_link(text[start:end], text[end:], sure) and _is_object(text[end:], title, names):
                return text[:start].rstrip(_BEFORE_LINK)
    return text


def _is_link(phrase: str, rest: str, sure: bool) -> bool:
    """Return whether a phrase is "Read more" or the like. `rest`: what follows; `sure`: a sentence begins with it.

    The text of a link begins with a capital, even where it follows a word without punctuation. A single short word
    ("More", "Continue") is only a link if it is all of a sentence.
    """
    folded = fold(phrase)
    if folded not in wording().read_more:
        return False
    is_clear = len(folded_words(phrase)) > 1 or len(folded) >= _SHORT_LINK
    first = phrase.lstrip("[(“\"'«‹<")[:1]
    return (sure or (is_clear and not first.islower())) and (is_clear or not fold(rest))


def _is_object(text: str, title: str, names: set[str]) -> bool:
    """Return whether a text is what follows "Continue reading": nothing, the title, or where."""
    bare = text[:_END].rstrip(_AFTER_LINK).strip(" \"'“”„«»‘’:")
    if not fold(bare):
        return True
    folded = fold(bare)
    if folded in ("here", "hier", "ici", "aqui", "qui") or folded in map(fold, names):
        return True
    if title and len(folded) > 3 and fold(title).startswith(folded):
        return True
    is_quoted = text.strip()[:1] in '"“„«' and text.strip().rstrip(f" {_ARROWS}")[-1:] in '"”“»'
    return is_quoted or _OBJECT.fullmatch(bare) is not None


def _without_title(text: str, title: str) -> str:
    """Remove a title at the beginning of a summary, if another sentence follows it."""
    end = _end_of_title(text, title)
    if not end or end == len(text):
        return text
    separator = _AFTER_TITLE.match(text, end)
    if separator:
        rest = text[separator.end() :]
        return rest if len(folded_words(rest[:_END])) >= _LEAST_WORDS else text
    rest = text[end:].lstrip()
    first = rest.partition(" ")[0]
    is_sentence = first[:1].isupper() and fold(first) in wording().openings and len(folded_words(title)) >= _LEAST_WORDS
    return rest if is_sentence and text[end].isspace() else text


def _end_of_title(text: str, title: str) -> int:
    """Return where a title ends with which a text begins, regardless of case and punctuation; 0 if it does not."""
    wanted = fold(title)
    if not wanted:
        return 0
    position, index = 0, 0
    for index, character in enumerate(text[: 2 * len(title) + 20]):
        folded = fold(character)
        if not wanted.startswith(folded, position):
            return 0
        position += len(folded)
        if position == len(wanted):
            return index + 1
    return 0


def _says_nothing(text: str, titles: Iterable[str], names: set[str]) -> bool:
    """Return whether a summary is its title, the beginning of it, or the outlet, or has no words."""
    wanted, own = set(map(fold, titles)) - {""}, {"", *map(fold, names)}
    longest = max(len("comments"), max(map(len, wanted), default=0) + max(map(len, own)))
    if text.isascii() and len(fold(text[: 2 * longest])) > longest:
        return False  # its beginning alone is longer than any of these
    folded = fold(text)
    if folded in ("comments", *own):
        return True
    if any(folded in (title + outlet, outlet + title) for title in wanted for outlet in own):
        return True
    is_cut = len(folded) > _LEAST_LETTERS and text.endswith(("…", "..."))
    return is_cut and any(title.startswith(folded) for title in wanted)
