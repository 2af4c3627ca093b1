"""Charsets of documents: labels, byte order marks, declarations, and fallbacks where these are missing or wrong.

A charset that a document states is used only if Python has a text codec for it. Text without a charset is UTF-8, else
windows-1252, which is what mislabelled Latin text is (WHATWG Encoding 4.2).
"""

from __future__ import annotations

import codecs
import re

LATIN = "windows-1252"
_WESTERN = frozenset({"ascii", "iso8859-1", "cp1252"})
_NOT_CHARSETS = frozenset(
    """
    idna punycode raw-unicode-escape unicode-escape undefined
    base64 bz2 hex quopri rot13 uu zlib
    """.split()
)
_FIRST_BYTES = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_HEADER_LABEL = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_XML_LABEL = re.compile(rb"(<\?xml[^>]{0,200}?)(?<!\s)\s++encoding\s*+=\s*+[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_XML_HEAD = 400
"""Bytes at the start of a document that contain its XML declaration."""
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
    """Decode the body of a response by its Content-Type, else as UTF-8; replace what cannot be decoded."""
    try:
        codec = codec_name(header_label(content_type) or "utf-8-sig")
    except LookupError:
        codec = "utf-8-sig"
    return body.decode(codec, "replace")


def decode_html(body: bytes, content_type: str = "") -> str:
    """Decode HTML as browsers do (WHATWG HTML 13.2.3.2): by a byte order mark, the Content-Type, or its declaration."""
    if codec := _codec_by_first_bytes(body):
        return body.decode(codec, "replace")
    from w3lib.encoding import html_body_declared_encoding, resolve_encoding

    label = header_label(content_type)
    for name in (label and resolve_encoding(label), html_body_declared_encoding(body)):
        try:
            if name:
                return body.decode(codec_name(name), "replace")
        except LookupError:
            continue
    return decode_unlabelled(body, truncated=True)


def decode_labelled(body: bytes, label: str | None) -> str:
    """Decode text by its label if that succeeds, else as text without one.

    Text labelled as ASCII or Latin-1 is so often UTF-8 that UTF-8 is tried first.
    """
    try:
        codec = codec_name(label or "utf-8")
        if codec not in _WESTERN:
            return body.decode(codec)
    except (LookupError, UnicodeError):
        pass
    return decode_unlabelled(body)


def decode_unlabelled(body: bytes, *, truncated: bool = False) -> str:
    """Decode text without a charset as UTF-8, even if a few bytes of it are broken, else as windows-1252.

    `truncated`: the last character may be incomplete.
    """
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        incomplete = truncated and error.start >= len(body) - 3
    text = body.decode("utf-8-sig", "replace")
    if incomplete or text.count("\ufffd") * 10 < sum(not character.isascii() for character in text):
        return text
    return body.decode(LATIN, "replace")


def xml_to_utf8(body: bytes, content_type: str) -> bytes:
    """Return an XML document in UTF-8, without a byte order mark and without the encoding in its declaration.

    In this order (RFC 7303 3): a byte order mark, the charset of the Content-Type, the XML declaration, each only if
    the bytes decode so. C1 control characters become those of windows-1252, as in browsers (HTML 13.2.5.80): curly
    quotes of text that was converted as Latin-1.
    """
    text = _C1.sub(lambda match: _latin_character(match[1][0]), _decode_xml(body, content_type))
    return _C1_REFERENCE.sub(lambda match: _latin_character(int(match[1])), text)


def _decode_xml(body: bytes, content_type: str) -> bytes:
    if codec := _codec_by_first_bytes(body):
        return _without_encoding(_utf8(body.decode(codec, "replace")))
    declaration = _XML_LABEL.search(body[:_XML_HEAD])
    declared = declaration[2].decode("ascii").lower() if declaration else None
    if declared in (None, "utf-8", "utf8", "us-ascii", "ascii") and _is_utf8(body):
        return _without_encoding(body)
    if declared and declared.startswith(("utf-16", "utf-32")):
        declared = None  # it could not be read as ASCII if it were true
    for label in (header_label(content_type), declared):
        try:
            if label:
                return _without_encoding(_utf8(body.decode(codec_name(label))))
        except (LookupError, UnicodeError):
            continue
    return _without_encoding(_utf8(decode_unlabelled(body)))


def _codec_by_first_bytes(body: bytes) -> str | None:
    return next((codec for start, codec in _FIRST_BYTES if body.startswith(start)), None)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _without_encoding(body: bytes) -> bytes:
    head = body[:_XML_HEAD]
    return _XML_LABEL.sub(rb"\1", head, count=1) + body[_XML_HEAD:] if b"encoding" in head else body


def _latin_character(number: int) -> bytes:
    return bytes([number]).decode(LATIN, "ignore").encode()
