"""Charsets of documents: labels, byte order marks, declarations, and fallbacks where these are missing or wrong.

A charset that a document states is used only if Python has a text codec for it, and only if the bytes do not disprove
it. UTF-8 proves itself: text in another charset is valid UTF-8 by accident only if it is very short. Text without a
true statement is UTF-8, else in the charset that is detected, else windows-1252 (WHATWG Encoding 4.2).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

LATIN = "windows-1252"
_UTF8, _ASCII = "utf-8", "ascii"
_WESTERN = frozenset({_ASCII, "iso8859-1", "cp1252", "iso8859-15", "mac-roman"})
_NOT_CHARSETS = frozenset(
    """
    idna punycode raw-unicode-escape unicode-escape undefined utf-7
    base64 bz2 hex quopri rot13 uu zlib
    """.split()
)
_SUPERSETS = {
    _ASCII: "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "shift_jis": "cp932", "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "euc_kr": "cp949",
    "utf-8-sig": _UTF8,
}  # fmt: skip
"""What browsers decode instead (WHATWG Encoding 4.2): texts contain the characters of these supersets, too."""
_ALIASES = {
    "unicode": "utf-16", "utf8mb4": _UTF8, "ansi": "cp1252", "x-sjis": "cp932", "windows-31j": "cp932",
    "x-euc-jp": "euc-jp", "x-gbk": "gbk", "x-x-big5": "big5", "windows-949": "cp949", "dos-874": "cp874",
    "windows-874": "cp874", "iso-8859-8-i": "iso8859-8", "koi8": "koi8-r", "koi": "koi8-r", "x-mac-cyrillic":
    "mac-cyrillic", "macintosh": "mac-roman", "win-1251": "cp1251", "utf-8859-1": "cp1252",
}  # fmt: skip
_BOMS = (
    (codecs.BOM_UTF8, _UTF8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UTF16 = ("utf-16-be", "utf-16-le")
_ESCAPED = ("iso2022", "hz")
"""Beginnings of the names of codecs whose bytes are all ASCII."""
_FEW = 6
"""Bytes beyond ASCII from which on valid UTF-8 is no accident, whatever the label."""
_OFTEN = 1 / 16
"""Share of zero bytes in the higher bytes of UTF-16, at least: that of the spaces in a text."""
_SAMPLE = 2_000
"""Bytes at the beginning of a document that are examined for zero bytes."""
_HEADER_LABEL = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_XML_LABEL = re.compile(rb"(<\?xml[^>]{0,200}?)(?<!\s)\s++encoding\s*+=\s*+[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_XML_HEAD = 400
"""Bytes at the start of a document that contain its XML declaration."""
_TAG = re.compile(rb"</?[A-Za-z][A-Za-z0-9:]+[ >/]")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x7f]")
_PRINTABLE = frozenset(b"\t\n\r") | frozenset(range(0x20, 0x7F))
_NOT_ASCII = re.compile(rb"[\x80-\xff]+")
# Two patterns, since each alone begins with fixed bytes, which makes the search many times as fast.
_C1 = re.compile(rb"\xc2([\x80-\x9f])")
_C1_REFERENCE = re.compile(rb"&#(12[89]|1[345][0-9]);")


def codec_name(label: str) -> str:
    """Return the name of Python's codec for a charset label.

    Raises LookupError for an unknown label, and for codecs in which no document is written: some of them take
    quadratic time, and some do not decode to text.
    """
    try:
        name = codecs.lookup(label).name
    except ValueError as error:  # a zero byte
        raise LookupError(f"not a charset: {label!r}") from error
    if name in _NOT_CHARSETS:
        raise LookupError(f"not a charset: {label}")
    return name


def header_label(content_type: str) -> str | None:
    """Return the charset parameter of a Content-Type (RFC 9110 8.3.1) as it is written, or None."""
    match = _HEADER_LABEL.search(content_type)
    return match[1] if match else None


def decode_body(body: bytes, content_type: str) -> str:
    """Decode the body of a response by its Content-Type, else as text without a label."""
    return _decode(body, [header_label(content_type)])


def decode_html(body: bytes, content_type: str = "") -> str:
    """Decode HTML or XML by a byte order mark, the Content-Type, or its declaration (WHATWG HTML 13.2.3.2).

    Other than in browsers, a statement that the bytes disprove is ignored.
    """
    from w3lib.encoding import html_body_declared_encoding

    return _decode(body, [header_label(content_type), html_body_declared_encoding(body)], truncated=True)


def decode_labelled(body: bytes, label: str | None) -> str:
    """Decode text by its label unless the bytes disprove it, else as text without one."""
    return _decode(body, [label])


def decode_unlabelled(body: bytes) -> str:
    """Decode text without a charset as UTF-8, even if a few bytes of it are broken, else as detected."""
    return body.decode() if _is_plain_utf8(body) else _decode(body, [])


def xml_to_utf8(body: bytes, content_type: str) -> bytes:
    """Return an XML document in UTF-8, without a byte order mark and without the encoding in its declaration.

    In this order (RFC 7303 3): a byte order mark, the charset of the Content-Type, the XML declaration, each only if
    the bytes do not disprove it. C1 control characters become those of windows-1252, as in browsers (HTML 13.2.5.80):
    curly quotes of text that was converted as Latin-1.
    """
    text = _xml_to_utf8(body, content_type)
    if b"\xc2" in text:  # the search for one byte is many times as fast
        text = _C1.sub(lambda match: _latin_character(match[1][0]), text)
    return text


def resolve_c1_references(text: bytes) -> bytes:
    """Replace references to C1 control characters in an XML document in UTF-8 by the characters of windows-1252."""
    return _C1_REFERENCE.sub(lambda match: _latin_character(int(match[1])), text)


def _xml_to_utf8(body: bytes, content_type: str) -> bytes:
    declaration = _XML_LABEL.search(body[:_XML_HEAD])
    declared = declaration[2].decode("ascii") if declaration else None
    labels = [header_label(content_type), declared]
    if all((label or _UTF8).lower() in (_UTF8, "utf8") for label in labels) and _is_plain_utf8(body):
        return _without_encoding(body)  # nearly all feeds, which need not be decoded and encoded again
    return _without_encoding(_decode(body, labels, truncated=True).encode(_UTF8, "replace"))


def _is_plain_utf8(body: bytes) -> bool:
    """Return whether bytes are UTF-8 without a byte order mark and zero bytes."""
    if body.startswith(codecs.BOM_UTF8) or b"\0" in body:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decode(body: bytes, labels: Iterable[str | None], *, truncated: bool = False) -> str:
    """Decode a document by the first of its labels that the bytes do not disprove, else as detected.

    `truncated`: the last character may be incomplete.
    """
    mark = next(((bom, codec) for bom, codec in _BOMS if body.startswith(bom)), None)
    if mark:
        body = body.removeprefix(mark[0])
    names = [mark[1]] if mark else []
    names += [codec for label in labels if label and (codec := _document_codec(label))]
    if wide := _wide_codec(body, names):
        return body.decode(wide, "replace").removeprefix("\ufeff")
    names = [name for name in names if not name.startswith(("utf-16", "utf-32"))]
    body = body.replace(b"\0", b"")
    text = _decode_utf8(body, names, truncated=truncated)
    return _decode_legacy(body, names) if text is None else text


def _document_codec(label: str) -> str | None:
    """Return the codec for a label of a document, or None if it is unknown."""
    label = label.strip(" \t\"';").lower()
    try:
        name = codec_name(_ALIASES.get(label, label))
    except LookupError:
        return None
    return _SUPERSETS.get(name, name)


def _wide_codec(body: bytes, names: Iterable[str]) -> str | None:
    """Return the codec of UTF-16 or UTF-32: zero bytes between the characters show it, or a label of a text with few.

    A label alone proves nothing, since many documents are labelled so and are not.
    """
    sample = body[:_SAMPLE]
    shown = _codec_by_zeros(sample)
    stated = next((name for name in names if name.startswith(("utf-16", "utf-32"))), None)
    if shown or stated is None or _is_based_on_ascii(sample):
        return shown
    # Without a mark, the byte order is the one in which the higher bytes of the characters vary less.
    orders = sorted((1, 0), key=lambda start: len(set(sample[start::2])))
    candidates = [_UTF16[start] for start in orders] if stated == "utf-16" else [stated]
    return next((codec for codec in candidates if _is_readable(sample.decode(codec, "ignore"))), None)


def _codec_by_zeros(sample: bytes) -> str | None:
    """Return the codec in which zero bytes stand where these have them, at the same place of each character."""
    if b"\0" not in sample:
        return None
    first, second, third, fourth = (
        column.count(0) / max(1, len(column)) for column in (sample[n::4] for n in range(4))
    )
    if fourth == 1 and third > 0.75:
        return "utf-32-le"
    if first == 1 and second > 0.75:
        return "utf-32-be"
    even, odd = first + third, second + fourth
    if max(even, odd) < 2 * _OFTEN or min(even, odd) * 4 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _is_based_on_ascii(sample: bytes) -> bool:
    """Return whether bytes are text in UTF-8 or a legacy encoding, and not in UTF-16 or UTF-32."""
    if _TAG.search(sample) or sum(byte in _PRINTABLE for byte in sample) * 4 > 3 * len(sample):
        return True
    text = sample.decode(_UTF8, "replace")
    return not _CONTROL.search(sample) and text.count("\ufffd") * 10 <= _count_beyond_ascii(text)


def _is_readable(text: str) -> bool:
    """Return whether nearly all characters of a text are letters, signs or spaces."""
    return sum(character.isprintable() or character.isspace() for character in text) * 20 > 19 * len(text)


def _decode_utf8(body: bytes, names: list[str], *, truncated: bool) -> str | None:
    """Decode UTF-8, with replacements if a few bytes are broken; None if the document is in another charset."""
    label = names[0] if names else None
    count = 0
    if label is not None and label not in (_UTF8, *_WESTERN):
        if body.isascii():
            return body.decode(label, "replace") if label.startswith(_ESCAPED) else body.decode(_ASCII)
        count = sum(map(len, _NOT_ASCII.findall(body)))
        if count < _FEW and _decodes(body, label):
            return None
    try:
        return body.decode(_UTF8)
    except UnicodeDecodeError as error:
        incomplete = truncated and error.reason == "unexpected end of data"
    text = body.decode(_UTF8, "replace")
    broken = text.count("\ufffd")
    valid = _count_beyond_ascii(text) - broken
    least = 10 * broken if count else max(0, broken - (label == _UTF8))
    return text if valid > least or (incomplete and broken == 1) else None


def _decode_legacy(body: bytes, names: list[str]) -> str:
    """Decode a document that is not in UTF-8: by a label, even if a few bytes of it are broken, else as detected."""
    for name in names:
        if name in _WESTERN or (name != _UTF8 and _decodes(body, name)):
            return body.decode(name, "replace")
    for name in names:
        text = body.decode(name, "replace")
        if name != _UTF8 and text.count("\ufffd") * 10 < _count_beyond_ascii(text):
            return text
    from aggregator.text.charset_detection import detect_charset

    return body.decode(detect_charset(body) or LATIN, "replace")


def _count_beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _decodes(body: bytes, codec: str) -> bool:
    try:
        body.decode(codec)
    except UnicodeError:
        return False
    return True


def _without_encoding(body: bytes) -> bytes:
    return (
        _XML_LABEL.sub(rb"\1", body[:_XML_HEAD], count=1) + body[_XML_HEAD:]
        if b"encoding" in body[:_XML_HEAD]
        else body
    )


def _latin_character(number: int) -> bytes:
    return bytes([number]).decode(LATIN, "ignore").encode()
