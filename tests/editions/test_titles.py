"""Outputs of one plugin are told apart by label, selection or file name, in their titles and in links to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config.load import load
from aggregator.editions.edition import publications_of
from aggregator.editions.titles import output_title


@pytest.mark.parametrize(
    ("outputs", "titles", "labels"),
    [
        (["", "plugin = 'atom'"], ["Daily", "Daily"], ["", ""]),
        (["", "tags = ['science']"], ["Daily", "Daily: science"], ["", "science"]),
        (["label = 'Top'", "sources = ['BBC', 'NPR']"], ["Daily: Top", "Daily: BBC, NPR"], ["Top", "BBC, NPR"]),
        (["", "language = 'de'", "title = 'Own'"], ["Daily", "Daily: de", "Own"], ["", "de", ""]),
        (["", "limit = 9"], ["Daily", "Daily: feed1"], ["", "feed1"]),
        (["tags = ['a']", "tags = ['a']"], ["Daily: a", "Daily: a (feed1)"], ["a", "a (feed1)"]),
        (["label = 'Only'"], ["Daily"], ["Only"]),
    ],
)
def test_titles(tmp_path: Path, outputs: list[str], titles: list[str], labels: list[str]) -> None:
    tables = [
        f"[[outputs]]\n{keys if 'plugin' in keys else 'plugin = ' + repr('rss') + chr(10) + keys}\n"
        f'path = "public/feed{number}.xml"\n'
        for number, keys in enumerate(outputs)
    ]
    (tmp_path / "config.toml").write_text('title = "Daily"\n' + "".join(tables))
    config = load(tmp_path / "config.toml")
    assert [output_title(config, output) for output in config.outputs] == titles
    assert [publication.label for publication in publications_of(config)] == labels
