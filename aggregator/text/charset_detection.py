"""Detects the charset of text in a legacy encoding that states none, or a wrong one.

How letters beyond ASCII are distributed tells the two kinds apart: in Latin script they stand singly between ASCII
letters, in any other script words consist of them. Latin text is in the charset of its language, which CLD3 detects;
of the others, charset-normalizer finds the most plausible.
"""

from __future__ import annotations

import re

_SAMPLE = 4_000
"""Bytes that are examined."""
_LEAST = 8
"""Bytes beyond ASCII without which the charset of another script than Latin is not detected."""
_LEAST_SCORE = 0.7
"""Probability from which the charset of a language is used, with the letters of its alphabet taken into account."""
_LATIN = {
    "cp1252": "de fr es it pt nl sv da no fi is ca gl eu ga lb af",
    "cp1250": "pl cs sk hu sl hr bs ro",
    "iso8859-2": "pl cs sk hu sl hr bs ro",
    "cp1254": "tr az",
    "cp1257": "lt lv et",
}
"""Charsets with the languages that are written in them."""
_ALPHABETS = {
    "pl": "ąćęłńóśźż", "cs": "áčďéěíňóřšťúůýž", "sk": "áäčďéíĺľňóôŕšťúýž", "hu": "áéíóöőúüű", "sl": "čšž",
    "hr": "čćđšž", "bs": "čćđšž", "ro": "ăâîşţ",
}  # fmt: skip
"""Letters of the languages in whose charsets only a few of these differ."""
_ALPHABETIC = "cp1251 koi8_r iso8859_5 cp1253 cp1255 cp1256 cp874".split()
"""Of equally plausible ones, the first is chosen."""
_OTHER = [*_ALPHABETIC, "cp932", "euc_jp", "gb18030", "big5", "cp949"]
_MARKUP = re.compile(rb"[<>\"\r\n]+")
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")
"""Katakana of one byte in Shift_JIS, which Japanese texts hardly contain, and text in any other charset does."""
_RUN = re.compile(rb"[\x80-\xff]+")


def detect_charset(body: bytes) -> str | None:
    """Return the codec of a text in a legacy encoding, or None if it is uncertain."""
    sample = _sample(body)
    runs = [len(run) for run in _RUN.findall(sample)]
    if 2 * sum(run for run in runs if run > 1) < sum(runs):
        return _detect_latin(sample)
    return _detect_other(sample) if sum(runs) >= _LEAST else None


def _sample(body: bytes) -> bytes:
    """Return the texts of a document with characters beyond ASCII, without markup."""
    pieces, size = [], 0
    for piece in _MARKUP.split(body):
        if not piece.isascii():
            pieces.append(piece)
            size += len(piece) + 1
            if size > _SAMPLE:
                break
    return b"\n".join(pieces)[:_SAMPLE]


def _detect_latin(sample: bytes) -> str | None:
    """Return the charset that makes the text most probably one in a language of this charset."""
    from aggregator.text.languages import language_probability

    best, certainty = None, _LEAST_SCORE
    for charset, languages in _LATIN.items():
        text = sample.decode(charset, "replace")
        language, probability = language_probability(text)
        if language in languages.split() and (score := probability * _share_of_alphabet(text, language)) > certainty:
            best, certainty = charset, score
    return best


def _share_of_alphabet(text: str, language: str) -> float:
    """Return the share of letters of a language among the characters of a text beyond ASCII; 1 if it is not known."""
    others = [character for character in text.lower() if not character.isascii()]
    alphabet = _ALPHABETS.get(language)
    return sum(character in alphabet for character in others) / len(others) if alphabet and others else 1.0


def _detect_other(sample: bytes) -> str | None:
    import logging

    logging.getLogger("charset_normalizer").setLevel(logging.CRITICAL)
    charset = _most_plausible(sample, _OTHER)
    if charset == "cp932" and 8 * len(_HALF_WIDTH.findall(sample.decode("cp932", "ignore"))) > len(sample):
        return _most_plausible(sample, [name for name in _OTHER if name != "cp932"])
    return charset


def _most_plausible(sample: bytes, charsets: list[str]) -> str | None:
    from charset_normalizer import from_bytes

    for end in range(len(sample), max(0, len(sample) - 4), -1):  # the last character may be incomplete
        matches = from_bytes(sample[:end], cp_isolation=charsets)
        if best := matches.best():
            scores = best.chaos, best.coherence
            equal = {match.encoding for match in matches if (match.chaos, match.coherence) == scores}
            return next((name for name in _ALPHABETIC if name in equal and best.encoding in _ALPHABETIC), best.encoding)
    return None
