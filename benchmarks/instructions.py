"""Count the processor instructions of fixed jobs, and compare them with those on record.

    python benchmarks/instructions.py [--update] [--slack 5] [JOB ...]

Unlike times, the counts do not depend on what else the machine does: valgrind's `callgrind` repeats them to a
thousandth. They depend on the build of Python and the kind of processor, and `instructions.json` has those of each that
was counted with `--update`. Exits with 1 if a job takes more than `--slack` percent above the count on record.

The jobs, each in a process of its own, from its start to its end: `start`, a run in which no source is due; `read`,
parsing 100 generated feeds and converting their entries into articles; `group`, identifying and grouping 5,000
generated articles; `publish`, writing RSS, JSON Feed and HTML of 300 stored articles.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

RECORD = Path(__file__).with_suffix(".json")
FEEDS, ARTICLES, PUBLISHED_FEEDS = 100, 5_000, 10
NOW = datetime(2026, 11, 21, tzinfo=UTC)
"""The time at which the project of `publish` is collected and published: some hours after its articles."""


def prepare(folder: Path) -> None:
    """Write the input of each job into a folder of its own."""
    import collecting
    import throughput

    for name in JOBS:
        (folder / name).mkdir()
    feeds = [collecting.feed(number) for number in range(FEEDS)]
    (folder / "read" / "feeds.pickle").write_bytes(pickle.dumps(feeds))
    articles = throughput.ArticleGenerator(1).articles(ARTICLES)
    (folder / "group" / "articles.pickle").write_bytes(pickle.dumps(throughput.batches(articles)))
    configure(folder / "start", sources=[f"http://127.0.0.1:9/{number}.xml" for number in range(FEEDS)])
    files = []
    for number in range(PUBLISHED_FEEDS):
        (folder / "publish" / f"{number}.xml").write_bytes(feeds[number])
        files.append(f"{number}.xml")
    configure(folder / "publish", sources=files)
    for name in ("start", "publish"):  # the sources of `start` fail, and so are not due for a while
        command = [sys.executable, __file__, "--in", str(folder), "collect", name]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    outputs = (("rss", "feed.xml"), ("jsonfeed", "feed.json"), ("html", "site"))
    configure(folder / "publish", files, "".join(f'[[outputs]]\nplugin = "{p}"\npath = "{q}"\n' for p, q in outputs))


def configure(folder: Path, sources: list[str], outputs: str = "") -> None:
    """Write a configuration with these sources, and tables of outputs."""
    tables = "".join(f'[[sources]]\nurl = "{source}"\n' for source in sources)
    http = '[http]\nallow_private = ["127.0.0.0/8"]\n'
    (folder / "config.toml").write_text(f'store = "news.db"\nurl = "http://localhost/"\n{http}{tables}{outputs}')


def call_command(folder: Path, *arguments: str) -> None:
    """Run the command line in a folder."""
    from aggregator.cli.main import console

    os.chdir(folder)
    sys.argv = ["aggregate", *arguments]
    console()


def start(folder: Path) -> None:
    """Do a run in which no source is due."""
    call_command(folder, "run", "--quiet")


def read(folder: Path) -> None:
    """Parse feeds and convert their entries."""
    from aggregator.config.settings import SourceSettings
    from aggregator.feeds import read_feed
    from aggregator.ingest.convert import convert
    from aggregator.ingest.converted import SourceContext
    from aggregator.model import Reading

    for number, body in enumerate(pickle.loads((folder / "feeds.pickle").read_bytes())):
        url = f"https://outlet{number}.example/feed.xml"
        context = SourceContext(settings=SourceSettings(url=url), now=NOW, first=True)
        assert len(convert([Reading(read_feed, body, url)], context).articles) == 30


def group(folder: Path) -> None:
    """Identify and group articles."""
    import throughput

    from aggregator.grouping.group import group as group_articles
    from aggregator.grouping.settings import StoriesSettings
    from aggregator.grouping.types import GroupingContext

    articles = throughput.identify_all(pickle.loads((folder / "articles.pickle").read_bytes()))
    new = throughput.as_new(enumerate(articles))
    context = GroupingContext(grouped=[], lookup=lambda keys: {key: new[key].wording for key in keys})
    assert group_articles(new, context, StoriesSettings()).placements


def publish(folder: Path) -> None:
    """Publish what is stored."""
    import time_machine

    with time_machine.travel(NOW):
        call_command(folder, "run", "--offline", "--quiet")


JOBS: dict[str, Callable[[Path], None]] = {"start": start, "read": read, "group": group, "publish": publish}


def collect(folder: Path, name: str) -> None:
    """Collect from the sources of the project of a job."""
    import time_machine

    if name == "publish":
        with time_machine.travel(NOW):
            call_command(folder / name, "run", "--quiet")
    call_command(folder / name, "run", "--quiet")


def count(name: str, folder: Path) -> int:
    """Return how many instructions a job executes."""
    job = [sys.executable, __file__, "--in", str(folder), "job", name]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *job]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    counted = re.search(r"Collected : (\d+)", result.stderr)
    if result.returncode or not counted:
        raise SystemExit(f"the job {name} failed:\n{result.stderr[-3000:]}")
    return int(counted[1])


def compare(counts: dict[str, int], slack: float) -> bool:
    """Print each count beside that on record. Returns whether none has grown by more than the slack; also if
    there are none on record."""
    recorded = read_record().get(platform_key(), {})
    if missing := counts.keys() - recorded.keys():
        print(f"{platform_key()}: no counts of {', '.join(sorted(missing))} are on record; --update puts them there")
        return True
    growth = {name: 100 * (counts[name] / recorded[name] - 1) for name in counts}
    print(f"{'job':<10}{'instructions':>16}{'on record':>16}{'change':>9}")
    for name, number in counts.items():
        print(f"{name:<10}{number:>16,}{recorded[name]:>16,}{growth[name]:>+8.1f}%")
    if any(percent < -slack for percent in growth.values()):
        print("fewer than on record: put them there with --update")
    return all(percent <= slack for percent in growth.values())


def read_record() -> dict[str, dict[str, int]]:
    """Return the counts on record, by platform and job."""
    return json.loads(RECORD.read_text()) if RECORD.exists() else {}


def platform_key() -> str:
    """Return the name under which the counts of this Python are kept."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python} of {platform.python_compiler()}, {platform.machine()}"


def main() -> int:
    """Count, record and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jobs", nargs="*", metavar="JOB", default=[*JOBS])
    parser.add_argument("--update", action="store_true", help="put the counts on record")
    parser.add_argument("--slack", type=float, default=5, help="percent")
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder:
        action, name = options.jobs
        collect(options.folder, name) if action == "collect" else JOBS[name](options.folder / name)
        return 0
    if not shutil.which("valgrind"):
        parser.error("valgrind is not installed")
    if unknown := set(options.jobs) - set(JOBS):
        parser.error(f"no such job: {', '.join(unknown)}; there are {', '.join(JOBS)}")
    with TemporaryDirectory() as name, ThreadPoolExecutor(os.cpu_count()) as pool:
        prepare(Path(name))
        counts = dict(zip(options.jobs, pool.map(lambda job: count(job, Path(name)), options.jobs), strict=True))
    if options.update:
        record = read_record()
        record[platform_key()] = record.get(platform_key(), {}) | counts
        RECORD.write_text(json.dumps(record, indent=2) + "\n")
    return 0 if compare(counts, options.slack) else 1


if __name__ == "__main__":
    raise SystemExit(main())
