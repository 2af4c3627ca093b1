"""Undo the Content-Encoding of an answer (RFC 9110 8.4): gzip, deflate and br, as often as they were applied. Pure.

What is said is often wrong: so each layer is undone only where the bytes are what the header says, and what arrived
before a stream broke off counts.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

GZIP = b"\x1f\x8b"
MEMBERS = 100
"""Parts of a gzip stream that are read (RFC 1952 2.2); each costs a copy of the rest, and honest ones have one."""
LAYERS = 4
STEP = 128
"""Bytes at a time that a broken stream is read in."""
READABLE = (b"<", b"{", b"[", b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")
"""How documents begin, charset marks included: what is said to be compressed and begins so is not."""

BLOCK = 1 << 20
"""Bytes that brotli gives at a time: it holds them twice."""

Decoded = tuple[bytes, bool]
"""The bytes, and whether they are all there is."""


class TooLargeError(ValueError):
    """The decoded bytes are more than they may be."""


def decode(body: bytes, headers: Iterable[str], limit: int) -> Decoded:
    """The body without its encodings. `headers`: every Content-Encoding, each perhaps a list.

    Never makes much more than `limit` bytes of it. Raises TooLargeError for what is larger, ValueError, in words, for
    what cannot be read.
    """
    names = [name for name in _names(headers) if name not in ("identity", "")]
    whole = True
    for name in reversed(names[-LAYERS:]):
        undo = _DECODERS.get(name) or (_gzip if body.startswith(GZIP) else None)
        readable = body[:100].lstrip().startswith(READABLE)
        undone = undo(body, limit) if undo else None
        if undone and (undone[1] or len(undone[0]) > limit or not readable):
            body, part_whole = undone
            whole = whole and part_whole
            if len(body) > limit:
                raise TooLargeError
        elif body and not readable:
            raise ValueError(f"it says that it is {name!r}, and is not" if undo else f"it is encoded as {name!r}")
    return body, whole


def _names(headers: Iterable[str]) -> Iterator[str]:
    for header in headers:
        for name in header.split(","):
            yield name.strip().lower()


def _gzip(body: bytes, limit: int) -> Decoded | None:
    """RFC 1952. None where it is none."""
    if not body.startswith(GZIP):
        return None
    found, rest = bytearray(), body
    for _ in range(MEMBERS):
        inflating = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            found += inflating.decompress(rest, limit + 1 - len(found))
        except zlib.error:
            found += _in_steps(zlib.decompressobj(zlib.MAX_WBITS | 16).decompress, rest, limit - len(found))
            return (bytes(found), False) if found else None
        rest = inflating.unused_data
        if len(found) > limit or not inflating.eof:
            return bytes(found), False
        if not rest.startswith(GZIP):  # what follows is padding, or no part of it
            break
    return bytes(found), True


def _deflate(body: bytes, limit: int) -> Decoded | None:
    """RFC 1950, and RFC 1951 without its frame, which many servers send. None where it is neither."""
    if body.startswith(GZIP):
        return _gzip(body, limit)
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        inflating = zlib.decompressobj(bits)
        try:
            return inflating.decompress(body, limit + 1), inflating.eof
        except zlib.error:
            if found := _in_steps(zlib.decompressobj(bits).decompress, body, limit):
                return found, False
    return None


def _brotli(body: bytes, limit: int) -> Decoded | None:
    """RFC 7932. None where it is none."""
    import brotli

    inflating, found, given = brotli.Decompressor(), bytearray(), body
    try:
        while len(found) <= limit and not inflating.is_finished():
            most = min(limit + 1 - len(found), BLOCK)
            found += (part := inflating.process(given, output_buffer_limit=most))
            given = b""
            if not part:
                break
    except brotli.error:
        again = brotli.Decompressor()
        so_far = _in_steps(lambda piece, most: again.process(piece, output_buffer_limit=most), body, limit)
        return (so_far, False) if so_far else None
    return bytes(found), inflating.is_finished()


def _in_steps(feed: Callable[[bytes, int], bytes], body: bytes, limit: int) -> bytes:
    """What comes out before a stream breaks: given all at once, it would give nothing."""
    found = bytearray()
    for start in range(0, len(body), STEP):
        try:
            found += feed(body[start : start + STEP], limit + 1 - len(found))
        except Exception:  # the library's own; it ends here, whatever it is
            break
        if len(found) > limit:
            break
    return bytes(found)


_DECODERS: dict[str, Callable[[bytes, int], Decoded | None]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
}
