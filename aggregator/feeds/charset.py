"""Bring a document to UTF-8, whatever it says it is.

Order of belief: a byte order mark, the charset of the HTTP header, the XML declaration (RFC 7303 3), each only if
the bytes really decode so; then UTF-8; then windows-1252, which is what mislabelled Latin text is (WHATWG Encoding
4.2). C1 control characters are taken for those of windows-1252, as browsers do (HTML 13.2.5.80): curly quotes of text
that went through the wrong hands.
"""

from __future__ import annotations

import codecs
import re

from aggregator.text.charsets import codec

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNMARKED = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARATION = re.compile(rb"(<\?xml[^>]{0,200}?)\s+encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
# Two, since each alone begins with fixed bytes, which makes the search for it many times as fast.
_C1 = re.compile(rb"\xc2([\x80-\x9f])")
_C1_REFERENCE = re.compile(rb"&#(12[89]|1[345][0-9]);")


def to_utf8(body: bytes, content_type: str) -> bytes:
    """The same document in UTF-8, without a mark, its declaration without an encoding."""
    text = _C1.sub(lambda found: _windows(found[1][0]), _decoded(body, content_type))
    return _C1_REFERENCE.sub(lambda found: _windows(int(found[1])), text)


def _windows(number: int) -> bytes:
    return bytes([number]).decode("windows-1252", "ignore").encode()


def _decoded(body: bytes, content_type: str) -> bytes:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _undeclared(_recode(body.removeprefix(mark) if encoding == "utf-8" else body, encoding, "replace"))
    for start, encoding in _UNMARKED:
        if body.startswith(start):
            return _undeclared(_recode(body, encoding, "replace"))
    stated = _CHARSET.search(content_type)
    declared = _DECLARATION.search(body[:400])
    names = [stated and stated[1], declared and declared[2].decode("ascii"), "utf-8"]
    if _is_utf8(body) and (not declared or declared[2].lower() in (b"utf-8", b"utf8", b"us-ascii", b"ascii")):
        return _undeclared(body)
    for name in names:
        try:
            if name:
                return _undeclared(_recode(body, name, "strict"))
        except (LookupError, UnicodeError):
            continue
    return _undeclared(
        _recode(body, "windows-1252", "replace") if not _mostly_utf8(body) else body.decode("utf-8", "replace").encode()
    )


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(body: bytes) -> bool:
    """Whether a few bytes are broken in what otherwise is UTF-8, as after a cut in the middle of a character."""
    text = body.decode("utf-8", "replace")
    return text.count("\ufffd") * 10 < sum(not c.isascii() for c in text)


def _recode(body: bytes, encoding: str, errors: str) -> bytes:
    return body.decode(codec(encoding), errors).encode("utf-8", "replace")


def _undeclared(body: bytes) -> bytes:
    return _DECLARATION.sub(rb"\1", body, count=1) if b"encoding" in body[:400] else body
