"""References in a document are repaired alike, whether or not another one of it needs repair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.feeds.repair import prepare

REFERENCES = st.one_of(
    st.sampled_from(["&amp;", "&lt;", "&nbsp;", "&hellip;", "&nonsense;", "&", "&#;", "&#x;", "&;", "AT&T", "a=1&b;2"]),
    st.integers(0, 0x11FFFF).map(lambda number: f"&#{number};"),
    st.integers(0x70, 0xA0).map(lambda number: f"&#{number};"),
    st.integers(0xD7F0, 0xE010).map(lambda number: f"&#0{number};"),
    st.integers(0, 0x11FFFF).map(lambda number: f"&#x{number:X};"),
    st.integers(0xD7F0, 0xE010).map(lambda number: f"&#x0{number:x};"),
    st.integers(0, 0xFFFF).map(lambda number: f"&#X{number:x};"),
)
TEXTS = st.lists(REFERENCES | st.sampled_from(["a", " ", "<b>", "</b>", "<![CDATA[", "]]>", "é"]), max_size=12)


@given(TEXTS.map("".join).map(str.encode))
def test_a_document_is_prepared_alike_beside_an_entity(text: bytes) -> None:
    beside = prepare(b"<rss>&eacute;" + text)
    assert beside == "<rss>é".encode() + prepare(b"<rss>" + text).removeprefix(b"<rss>")


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("&#8217;&#xE9;&#233;", "&#8217;&#xE9;&#233;"),
        ("&#150;", "–"),
        ("&#129;", ""),
        ("&#1500;", "&#1500;"),
        ("&#xD83D;&#xDE00;", "😀"),
        ("&#55357;&#056832;", "😀"),
        ("&#x1F600;&#128512;", "&#x1F600;&#128512;"),
        ("&#XE9;", "&#xE9;"),
        ("&eacute; & &nonsense;", "é &amp; &amp;nonsense;"),
        ("<![CDATA[&eacute; &#150;]]>", "<![CDATA[&eacute; –]]>"),
    ],
)
def test_references_are_resolved_or_escaped(text: str, prepared: str) -> None:
    assert prepare(f"<rss>{text}</rss>".encode()).decode() == f"<rss>{prepared}</rss>"
