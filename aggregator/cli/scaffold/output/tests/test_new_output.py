"""Tests new_output with sample editions."""

from __future__ import annotations

from aggregator.testing import an_article, an_edition, assert_output
from new_output import new_output


def test_new_output_lists_headlines() -> None:
    edition = an_edition(an_article(title="One"), an_article(id="2", title="Two"))
    [body] = assert_output(new_output, edition, bullet="*").values()
    assert body.decode().splitlines()[2:] == ["* One", "* Two"]


def test_new_output_accepts_an_empty_edition() -> None:
    assert set(assert_output(new_output, an_edition())) == {""}
