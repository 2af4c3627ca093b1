"""docs/configuration.md: every example is valid, and every key is described."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from project import ROOT

from aggregator.config.load import load
from aggregator.config.schema import TABLES, keys_of
from aggregator.config.validate import check
from aggregator.plugin.loader import load_plugins

PAGE = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_every_example_is_valid(tmp_path: Path, example: str) -> None:
    (tmp_path / "feeds.opml").write_text('<opml version="2.0"><body/></opml>')
    path = tmp_path / "config.toml"
    path.write_text(example, encoding="utf-8")
    config = load(path, {"PRIVATE_FEED": "https://feeds.example/token.xml"})
    assert check(config, load_plugins([])) == []


@pytest.mark.parametrize("table", TABLES)
def test_every_key_is_described(table: str) -> None:
    for key in keys_of(TABLES[table]).values():
        row = f"| `{key.name}` | {key.allowed} |"
        assert key.description
        assert f"[{key.name}]" in PAGE if key.table else row in PAGE
