"""Decodes the Content-Encoding of a response (RFC 9110 8.4): gzip, deflate and br, in any combination. Pure.

The header is often wrong: so each layer is decoded only if the bytes have the stated encoding, and what precedes an
error in a stream is kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

GZIP_MAGIC = b"\x1f\x8b"
MAX_MEMBERS = 100
"""Members of a gzip stream that are read (RFC 1952 2.2); each copies the rest, and legitimate streams have one."""
MAX_LAYERS = 4
STEP = 128
"""Bytes per step when reading a broken stream."""
TEXT_STARTS = (b"<", b"{", b"[", b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")
"""How documents start, byte order marks included: a body that starts like this is not compressed."""

BLOCK = 1 << 20
"""Bytes that brotli returns at a time: it holds them twice."""

Decoded = tuple[bytes, bool]
"""The decoded bytes, and whether they are complete."""


class TooLargeError(ValueError):
    """The decoded bytes exceed the limit."""


def decode(body: bytes, headers: Iterable[str], limit: int) -> Decoded:
    """Decode a body. `headers`: every Content-Encoding header, each of which may be a list.

    Never produces many more bytes than `limit`. Raises TooLargeError if there are more, and ValueError, with a message,
    for a body that cannot be decoded.
    """
    names = [name for name in _names(headers) if name not in ("identity", "")]
    complete = True
    for name in reversed(names[-MAX_LAYERS:]):
        decoder = _DECODERS.get(name) or (_gzip if body.startswith(GZIP_MAGIC) else None)
        is_text = body[:100].lstrip().startswith(TEXT_STARTS)
        decoded = decoder(body, limit) if decoder else None
        if decoded and (decoded[1] or len(decoded[0]) > limit or not is_text):
            body, layer_complete = decoded
            complete = complete and layer_complete
            if len(body) > limit:
                raise TooLargeError
        elif body and not is_text:
            words = f"does not have the stated encoding {name!r}" if decoder else f"has the unknown encoding {name!r}"
            raise ValueError(f"the body {words}")
    return body, complete


def _names(headers: Iterable[str]) -> Iterator[str]:
    for header in headers:
        for name in header.split(","):
            yield name.strip().lower()


def _gzip(body: bytes, limit: int) -> Decoded | None:
    """RFC 1952. Returns None if the body is not gzip."""
    if not body.startswith(GZIP_MAGIC):
        return None
    decoded, rest = bytearray(), body
    for _ in range(MAX_MEMBERS):
        decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            decoded += decompressor.decompress(rest, limit + 1 - len(decoded))
        except zlib.error:
            decoded += _stepwise(zlib.decompressobj(zlib.MAX_WBITS | 16).decompress, rest, limit - len(decoded))
            return (bytes(decoded), False) if decoded else None
        rest = decompressor.unused_data
        if len(decoded) > limit or not decompressor.eof:
            return bytes(decoded), False
        if not rest.startswith(GZIP_MAGIC):  # padding, or unrelated bytes
            break
    return bytes(decoded), True


def _deflate(body: bytes, limit: int) -> Decoded | None:
    """RFC 1950, or RFC 1951 without the zlib header, as many servers send. Returns None if the body is neither."""
    if body.startswith(GZIP_MAGIC):
        return _gzip(body, limit)
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        decompressor = zlib.decompressobj(bits)
        try:
            return decompressor.decompress(body, limit + 1), decompressor.eof
        except zlib.error:
            if decoded := _stepwise(zlib.decompressobj(bits).decompress, body, limit):
                return decoded, False
    return None


def _brotli(body: bytes, limit: int) -> Decoded | None:
    """RFC 7932. Returns None if the body is not brotli."""
    import brotli

    decompressor, decoded, pending = brotli.Decompressor(), bytearray(), body
    try:
        while len(decoded) <= limit and not decompressor.is_finished():
            block = decompressor.process(pending, output_buffer_limit=min(limit + 1 - len(decoded), BLOCK))
            decoded += block
            pending = b""
            if not block:
                break
    except brotli.error:
        retry = brotli.Decompressor()
        prefix = _stepwise(lambda piece, most: retry.process(piece, output_buffer_limit=most), body, limit)
        return (prefix, False) if prefix else None
    return bytes(decoded), decompressor.is_finished()


def _stepwise(decompress: Callable[[bytes, int], bytes], body: bytes, limit: int) -> bytes:
    """Return the output before the error in a stream: in one step, the decompressor would return nothing."""
    decoded = bytearray()
    for start in range(0, len(body), STEP):
        try:
            decoded += decompress(body[start : start + STEP], limit + 1 - len(decoded))
        except Exception:  # each library has its own; any of them ends the stream
            break
        if len(decoded) > limit:
            break
    return bytes(decoded)


_DECODERS: dict[str, Callable[[bytes, int], Decoded | None]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
}
