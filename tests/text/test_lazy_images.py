"""The address of a picture among the attributes of an image, as pages write it for scripts and for screens."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.text.lazy_images import Found, candidates, image_url, largest_candidate, safe_srcset

BASE = "https://world.example/news/"
SPACER = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


@pytest.mark.parametrize(
    ("attributes", "url"),
    [
        ({"src": "a.jpg"}, f"{BASE}a.jpg"),
        ({"src": "//cdn.example/a.jpg"}, "https://cdn.example/a.jpg"),
        ({"src": SPACER, "data-src": "a.jpg"}, f"{BASE}a.jpg"),
        ({"src": "", "data-lazy-src": "/a.jpg"}, "https://world.example/a.jpg"),
        ({"data-original": "https://cdn.example/a"}, "https://cdn.example/a"),
        ({"src": "small.jpg", "data-src": "large.jpg"}, f"{BASE}large.jpg"),
        ({"src": "a.jpg", "data-src": SPACER}, f"{BASE}a.jpg"),
        ({"src": "a.jpg", "data-src": "{{ image.url }}"}, f"{BASE}a.jpg"),
        ({"src": "a.jpg", "data-src": "javascript:x"}, f"{BASE}a.jpg"),
        ({"src": "/img/blank.gif", "data-srcset": "s.jpg 360w, l.jpg 720w, m.jpg 500w"}, f"{BASE}l.jpg"),
        ({"data-lazy-srcset": "a.jpg 1x, b.jpg 2x"}, f"{BASE}b.jpg"),
        ({"srcset": "a.jpg, b.jpg 1.5x"}, f"{BASE}b.jpg"),
        ({"src": "a.jpg", "srcset": "b.jpg 2x"}, f"{BASE}a.jpg"),
        ({"src": "data:,", "data-attrs": '{"src":"https://media.example/a.png","height":694}'},
         "https://media.example/a.png"),
        ({"src": "data:,", "data-attrs": '{"src":7}'}, None),
        ({"src": "data:,", "data-attrs": "[]"}, None),
        ({"src": "data:,", "data-attrs": "[" * 9000}, None),
        ({"src": "/placeholder.svg", "data-hi-res": "https://cdn.example/a.webp?w=900"},
         "https://cdn.example/a.webp?w=900"),
        ({"src": "/placeholder.svg", "data-id": "12"}, "https://world.example/placeholder.svg"),
        ({"src": "data:,", "data-src": "google-pixel-9.jpg"}, f"{BASE}google-pixel-9.jpg"),
        ({"src": "checklist-791x1024.png", "srcset": "checklist.png 2x"}, f"{BASE}checklist-791x1024.png"),
        ({"src": "javascript:x"}, None),
        ({"src": "ja\nvascript:x"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_image_url(attributes: dict[str, str], url: str | None) -> None:
    found = image_url(attributes, BASE)
    assert (found and found.url) == url


def test_an_image_is_lazy_if_its_address_is_not_its_source() -> None:
    assert image_url({"src": "a.jpg"}, BASE) == Found(f"{BASE}a.jpg", lazy=False)
    assert image_url({"src": "a.jpg", "data-src": "b.jpg"}, BASE) == Found(f"{BASE}b.jpg", lazy=True)


@pytest.mark.parametrize(
    ("srcset", "expected"),
    [
        ("a.jpg 1x, b.jpg 2x", [("a.jpg", "1x"), ("b.jpg", "2x")]),
        ("a.jpg 1x,b.jpg 2x", [("a.jpg", "1x"), ("b.jpg", "2x")]),
        (" , a.jpg , b.jpg 300w 200h", [("a.jpg", ""), ("b.jpg", "300w")]),
        ("https://cdn.example/w_424,c_limit/a.png 424w, https://cdn.example/w_848,c_limit/a.png 848w",
         [("https://cdn.example/w_424,c_limit/a.png", "424w"), ("https://cdn.example/w_848,c_limit/a.png", "848w")]),
        ("a.jpg, b.jpg", [("a.jpg", ""), ("b.jpg", "")]),
        ("a.jpg huge", [("a.jpg", "")]),
        ("", []),
        (" ,, ", []),
    ],
)  # fmt: skip
def test_candidates(srcset: str, expected: list[tuple[str, str]]) -> None:
    assert candidates(srcset) == expected


def test_the_largest_candidate_is_no_data_url() -> None:
    assert largest_candidate(f"{SPACER} 900w, a.jpg 300w") == "a.jpg"
    assert largest_candidate(f"{SPACER} 900w") is None


@given(st.text(st.sampled_from("ab.jpg/:,; 12xw\n\"'<>&") | st.characters()))
@example("0,\x1b")  # without the control character, the address would end with a comma
def test_a_safe_srcset_has_only_web_addresses(srcset: str) -> None:
    safe = safe_srcset(srcset, BASE)
    if safe is not None:
        assert all(url.startswith(("https://", "http://")) for url, _ in candidates(safe))
        assert safe_srcset(safe, BASE) == safe
