"""Redaction removes secrets and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.testing.redaction import PLACEHOLDER, Secrets, is_secret_name


@pytest.mark.parametrize(
    "name", ["key", "api_key", "apikey", "X-Api-Key", "access_token", "Authorization", "client_secret", "sig", "Cookie"]
)
def test_names_of_secrets_are_recognised(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["keyword", "author", "pageToken", "next_page_token", "design", "q", "monkey", "page"])
def test_other_names_are_not_secret(name: str) -> None:
    assert not is_secret_name(name)


def test_only_the_secrets_of_a_url_are_replaced() -> None:
    secrets = Secrets(["value-of-the-path"])
    url = "https://me:pass@n.example/bot/value-of-the-path/list?q=a%20b&api_key=abc&page=2#top"
    assert secrets.redact_url(url) == f"https://n.example/bot/{PLACEHOLDER}/list?q=a%20b&api_key={PLACEHOLDER}&page=2"


def test_short_values_are_not_replaced() -> None:
    assert Secrets(["news"]).redact_text("the news of the day") == "the news of the day"


@given(st.text("abcdefgh&=", min_size=8, max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_every_known_value_is_replaced(secret: str, before: str, after: str) -> None:
    secrets = Secrets([secret])
    assert secret not in secrets.redact_text(f"{before}{secret}{after}").replace(PLACEHOLDER, "\n")
    assert secret.encode() not in secrets.redact_body(f"{before}{secret}{after}".encode()).replace(b"REDACTED", b"\n")


def test_secret_members_of_json_are_replaced() -> None:
    body = b'{"access_token": "abc", "nextPageToken":"p2", "title": "A \\"token\\": \\"x\\" told", "key":"k"}'
    assert Secrets().redact_body(body) == (
        b'{"access_token": "REDACTED", "nextPageToken":"p2", "title": "A \\"token\\": \\"x\\" told", "key":"REDACTED"}'
    )
