"""A shipped feed output that a user copies, under another name, is a plugin of the user's own."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from project import ROOT
from sample_edition import EDITION, render_all

from aggregator import Deferred
from aggregator.plugin.loader import load_plugins


@pytest.mark.parametrize("name", ["rss", "atom", "jsonfeed", "opml", "jsonl"])
def test_a_copy_writes_the_same(name: str, tmp_path: Path) -> None:
    source = (ROOT / "plugins" / "outputs" / f"{name}.py").read_text(encoding="utf-8")
    own = re.sub(rf"(def |register\(){name}\b", r"\1my_output", source)
    (tmp_path / "my_output.py").write_text(own, encoding="utf-8")
    registry = load_plugins([tmp_path])
    assert registry.failures == []
    itself = next(one for one in EDITION.publications if one.plugin == name)
    yielded = registry.get("output", "my_output").function(msgspec.structs.replace(EDITION, itself=itself))
    files = {file: body.render() if isinstance(body, Deferred) else body for file, body in yielded}
    assert files == render_all(name)
