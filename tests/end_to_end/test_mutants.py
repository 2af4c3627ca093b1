"""Mutants of feeds through `preview` and a run: no traceback, no hang, nothing ill-formed.

`benchmarks/mutants.py` does the same with thousands of mutants, of any folder of feeds.
"""

from __future__ import annotations

import pytest
from feed_mutants import mutants
from mutant_drill import judge_preview, run
from project import ROOT, Project

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SAMPLES = [
    path for path in sorted((ROOT / "samples").iterdir()) if path.is_file() and path.suffix not in (".md", ".html")
]


def test_mutants_are_previewed_and_published(project: Project) -> None:
    bodies = mutants([path.read_bytes() for path in SAMPLES], 40, seed=3)
    paths = [project.write(f"{number}.xml", body) for number, body in enumerate(bodies)]
    for number, path in enumerate(paths):
        options = ["--json"] if number % 2 else []
        result = project.aggregate("preview", path.name, *options)
        assert judge_preview(result.status, result.out, result.err, as_json=bool(options)) == "", path.name
    published = run(project, paths, timeout=100)
    assert (published.status, published.wrong) == (0, [])
    assert published.report["sources"]["fetched"] > 0
