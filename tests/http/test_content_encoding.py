"""Decoding of all content encodings, within the limit of size."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.http.content_encoding import TooLargeError, decode

ENCODERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}
names = st.lists(st.sampled_from(sorted(ENCODERS)), max_size=3)


def encode(body: bytes, encodings: list[str]) -> bytes:
    for name in encodings:
        body = ENCODERS[name](body)
    return body


@given(st.binary(max_size=2000), names)
def test_decoding_reverses_encoding(body: bytes, encodings: list[str]) -> None:
    assert decode(encode(body, encodings), [", ".join(encodings)], 10_000) == (body, True)


@given(st.binary(max_size=500), st.binary(max_size=60), st.sampled_from(["gzip", "deflate", "br", "gzip, br", "zstd"]))
def test_hostile_bodies_raise_only_value_error(body: bytes, more: bytes, name: str) -> None:
    for hostile in (body, b"\x1f\x8b\x08" + body, gzip.compress(body)[:-4] + more, brotli.compress(body)[:-1] + more):
        try:
            decoded, _ = decode(hostile, [name], 1000)
        except ValueError as error:
            assert "\n" not in str(error)
        else:
            assert len(decoded) <= 1000


@given(st.integers(0, 3000), st.sampled_from(sorted(ENCODERS)))
def test_the_limit_applies_to_the_decoded_size(size: int, name: str) -> None:
    body = encode(bytes(size), [name])
    if size <= 1000:
        assert decode(body, [name], 1000) == (bytes(size), True)
    else:
        with pytest.raises(TooLargeError):
            decode(body, [name], 1000)
