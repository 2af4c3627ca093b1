"""Preview mutants of feeds, publish them, and report what hangs, fails other than documented, or is ill-formed.

    python benchmarks/mutants.py [--feeds FOLDER] [--count 2000] [--seed 1] [--keep FOLDER]

Each mutant is previewed, in turn as JSON and as text; then runs of 200 mutants publish them with every output. Prints
the outcomes, the slowest previews and the largest memory. `--keep`: write each mutant with a fault into this folder.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from feed_mutants import mutants
from mutant_drill import Outcome, Previews, run
from project import ROOT, Project

AT_ONCE = 200


def main() -> int:
    """Run the drill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=Path, default=ROOT / "samples")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    files = [path for path in sorted(arguments.feeds.iterdir()) if path.is_file()]
    feeds = [path.read_bytes() for path in files if path.suffix not in (".md", ".html")]
    bodies = mutants(feeds, arguments.count, arguments.seed)
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{arguments.seed}-{number:05}.xml" for number in range(arguments.count)]
        for path, body in zip(paths, bodies, strict=True):
            path.write_bytes(body)
        wrong = _preview(paths, Project(Path(folder)), arguments.keep)
        for start in range(0, len(paths), AT_ONCE):
            project = Project(Path(folder) / f"run-{start}")
            project.folder.mkdir()
            result = run(project, paths[start : start + AT_ONCE])
            print(
                f"run over {start}-{start + AT_ONCE}: status {result.status}, {result.seconds:.1f} s, {result.kib} KiB"
            )
            print(f"    {result.report.get('sources')} {result.report.get('articles')}", *result.wrong, sep="\n    ")
            sys.stdout.flush()
            wrong += len(result.wrong)
    return int(wrong > 0)


def _preview(paths: list[Path], project: Project, keep: Path | None) -> int:
    previews, outcomes = Previews(project), list[tuple[Outcome, Path]]()
    began = time.monotonic()
    for number, path in enumerate(paths):
        outcome = previews.preview(path, *(["--json"] if number % 2 else []))
        outcomes.append((outcome, path))
        if outcome.wrong:
            print(f"{path.name}: {outcome.wrong}", flush=True)
        if keep and (outcome.wrong or outcome.seconds > 5):
            keep.mkdir(parents=True, exist_ok=True)
            (keep / path.name).write_bytes(path.read_bytes())
    previews.close()
    print(f"{len(paths)} previews in {time.monotonic() - began:.0f} s")
    kinds = Counter(_kind(outcome) for outcome, _ in outcomes)
    print(*(f"    {count:5} {kind}" for kind, count in kinds.most_common(30)), sep="\n")
    for outcome, path in sorted(outcomes, key=lambda pair: -pair[0].seconds)[:8]:
        print(f"    {outcome.seconds:7.2f} s  {path.name}  {path.stat().st_size} bytes")
    print(f"    {max(outcome.kib for outcome, _ in outcomes)} KiB at most", flush=True)
    return sum(1 for outcome, _ in outcomes if outcome.wrong)


def _kind(outcome: Outcome) -> str:
    if outcome.status == 0:
        return "articles" if not outcome.message else "articles, with a note"
    return f"{outcome.status} " + re.sub(r"\S*/\S*|\d+|\"[^\"]*\"", "…", outcome.message)[:90]


if __name__ == "__main__":
    sys.exit(main())
