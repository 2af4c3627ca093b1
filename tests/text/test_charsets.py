"""Charsets: stated in a header or a document, missing, wrong, or not charsets at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.charsets import (
    codec_name,
    decode_body,
    decode_html,
    decode_labelled,
    decode_unlabelled,
    header_label,
    xml_to_utf8,
)

ZURICH = "Zürich – “Züri”"


@pytest.mark.parametrize("label", ["nonsense", "hex", "punycode", "undefined", "", "utf-8\0"])
def test_labels_that_are_not_charsets(label: str) -> None:
    with pytest.raises(LookupError):
        codec_name(label)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/html; charset=ISO-8859-1", "iso8859-1"),
        ('text/xml; charset="utf-8"', "utf-8"),
        ("a\nb; charset=utf-8", "utf-8"),
    ],
)
def test_charset_of_a_header(content_type: str, expected: str) -> None:
    assert codec_name(header_label(content_type) or "") == expected


def test_header_without_charset() -> None:
    assert header_label("text/xml") is None


@pytest.mark.parametrize("charset", ["nonsense", "hex", "punycode"])
def test_a_body_whose_header_states_no_real_charset_is_utf8(charset: str) -> None:
    assert decode_body(ZURICH.encode("utf-8-sig"), f"text/plain; charset={charset}") == ZURICH


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ZURICH.encode("utf-8-sig"), "text/html; charset=windows-1252"),
        (ZURICH.encode("utf-16"), "text/html"),
        (ZURICH.encode("utf-32"), "text/html"),
        (ZURICH.encode("windows-1252"), "text/html; charset=iso-8859-1"),
        (ZURICH.encode("windows-1252"), "text/html"),
        (ZURICH.encode(), "text/html"),
        (ZURICH.encode(), "text/html; charset=hex"),
    ],
)
def test_html(body: bytes, content_type: str) -> None:
    assert decode_html(body, content_type) == ZURICH


def test_html_states_its_charset() -> None:
    page = '<meta charset="windows-1251"><p>Новости'
    assert decode_html(page.encode("windows-1251")) == page


@pytest.mark.parametrize("text", ["日本語" * 10, "é"])
def test_html_that_was_cut_within_a_character_is_utf8(text: str) -> None:
    assert decode_html(text.encode()[:-1]) == text[:-1] + "\ufffd"


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252", "hex", "nonsense"])
@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_xml_that_states_a_wrong_charset(encoding: str, charset: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?><a>{ZURICH}</a>'
    if (encoding, charset) not in {("iso-8859-1", "utf-8"), ("windows-1252", "utf-8")}:  # these decode, to other text
        assert xml_to_utf8(document.encode(charset), "") == f'<?xml version="1.0"?><a>{ZURICH}</a>'.encode()


@pytest.mark.parametrize("end", ["", " "])
def test_xml_that_states_utf16_in_ascii_is_not_utf16(end: str) -> None:
    document = f'<?xml version="1.0" encoding="utf-16"?><a>{ZURICH}</a>{end}'
    assert xml_to_utf8(document.encode(), "") == f'<?xml version="1.0"?><a>{ZURICH}</a>{end}'.encode()


def test_text_with_a_few_broken_bytes_stays_utf8() -> None:
    assert decode_unlabelled("é".encode() * 20 + b"\xff") == "é" * 20 + "\ufffd"
    assert decode_unlabelled(b"caf\xe9") == "café"


def test_text_labelled_as_latin_is_tried_as_utf8() -> None:
    assert decode_labelled(ZURICH.encode(), "iso-8859-1") == ZURICH
    assert decode_labelled(ZURICH.encode("windows-1252"), "us-ascii") == ZURICH
    assert decode_labelled("Новости".encode("koi8-r"), "koi8-r") == "Новости"


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_decode(body: bytes, label: str) -> None:
    header = f"text/html; charset={label}"
    for text in (decode_body(body, header), decode_html(body, header), decode_labelled(body, label)):
        assert isinstance(text, str)
    xml_to_utf8(body, header).decode()
