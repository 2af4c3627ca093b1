"""Kill, stop and cut off workers, their database and their network, and look for what that breaks.

    python benchmarks/workers.py [--drill NAME ...] [--kills 100] [--outages 10] [--stops 3] [--rounds 5] [--cuts 3]
        [--publishing-kills 20] [--sessions-cut 30] [--generated 300] [--feeds 36] [--seed 1] [--keep FOLDER]

Everything is real: `aggregate work` and `aggregate run` as processes, PostgreSQL that writes to the disk, publishers
that check on their side what a polite client may do. Prints a line for each drill, and everything that went wrong;
exits with status 1 if there is anything. "machines" needs root and iproute2; "stories" groups the feeds that
../shared/bench/feedserver.py generates.
"""

from __future__ import annotations

import argparse
import random
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from postgresql_server import running_postgresql
from publishing_scenarios import group_while_collecting, kill_publishing
from worker_drill import QUICK, WORK, Drill, drill, drill_on_machines
from worker_scenarios import (
    Figures,
    cut_connections,
    kill_server,
    kill_workers,
    separate_machines,
    stop_worker,
)

Scenario = Callable[[argparse.Namespace, Path], tuple[list[str], Figures]]
FEEDSERVER = Path(__file__).parents[2] / "shared" / "bench" / "feedserver.py"
AGREEMENT = 0.95
"""The least pairwise F1 of the stories of workers and those of a single run."""


def _local(
    run: Callable[[argparse.Namespace, Drill, random.Random, Path], Figures],
    command: tuple[str, ...] = QUICK,
    workers: int = 3,
    seconds: float = 0.1,
) -> Scenario:
    """Return a drill with workers on this machine."""

    def scenario(options: argparse.Namespace, folder: Path) -> tuple[list[str], Figures]:
        with running_postgresql(durable=True) as server:
            options.server = server
            with drill(
                server, folder, workers=workers, feeds=options.feeds, seconds=seconds, command=command
            ) as prepared:
                figures = run(options, prepared, random.Random(options.seed), folder)
                return prepared.wrong, figures

    return scenario


def _machines(options: argparse.Namespace, folder: Path) -> tuple[list[str], Figures]:
    with (
        running_postgresql(durable=True, listen="*") as server,
        drill_on_machines(server, folder, feeds=options.feeds) as (prepared, machines),
    ):
        figures = separate_machines(prepared, machines, options.rounds, options.cuts)
        return prepared.wrong, figures


def _stories(options: argparse.Namespace, folder: Path) -> tuple[list[str], Figures]:
    if not FEEDSERVER.exists():
        return [], {"skipped": f"no {FEEDSERVER}"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(FEEDSERVER), "--port", str(port), "--hosts", "4", "--latency-ms", "800"]
    command += ["--feeds", str(options.generated), "--seed", str(options.seed)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as generator:
        try:
            while True:
                with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/urls") as response:
                    addresses = response.read().decode().split()
                    break
                time.sleep(0.1)
            with running_postgresql(durable=True) as server:
                figures, wrong = group_while_collecting(server, folder, addresses)
        finally:
            generator.kill()
    if figures["pairwise F1"] < AGREEMENT:
        wrong.append(f"the stories agree by {figures['pairwise F1']} only")
    return wrong, figures


DRILLS: dict[str, Scenario] = {
    "workers killed": _local(lambda options, one, chance, _: kill_workers(one, options.kills, chance)),
    "database killed": _local(
        lambda options, one, chance, _: kill_server(one, options.server, options.outages, chance)
    ),
    "worker stopped": _local(
        lambda options, one, chance, _: stop_worker(one, options.stops, chance), WORK, workers=2, seconds=0.3
    ),
    "machines": _machines,
    "publishing killed": _local(
        lambda options, one, chance, folder: kill_publishing(one, options.publishing_kills, chance, folder)
    ),
    "sessions cut": _local(
        lambda options, one, chance, _: cut_connections(one, options.sessions_cut, chance), workers=1
    ),
    "stories": _stories,
}


def main() -> int:
    """Run the drills."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drill", action="append", choices=[*DRILLS], help="only this one; repeatable")
    for name, number in {
        "kills": 100,
        "outages": 10,
        "stops": 3,
        "rounds": 5,
        "cuts": 3,
        "feeds": 36,
        "seed": 1,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--publishing-kills", type=int, default=20)
    parser.add_argument("--generated", type=int, default=300, help="feeds of the drill of stories")
    parser.add_argument("--sessions-cut", type=int, default=30)
    parser.add_argument("--keep", type=Path, help="copy the folders of the workers there, with their logs")
    options = parser.parse_args()
    wrong = 0
    for name in options.drill or DRILLS:
        with TemporaryDirectory() as folder:
            began = time.monotonic()
            found, figures = DRILLS[name](options, Path(folder))
            shown = ", ".join(f"{key}: {value}" for key, value in figures.items())
            print(f"{name:18} {time.monotonic() - began:5.0f} s  {len(found):3} wrong  {shown}", flush=True)
            print(*(f"    {line}" for line in found[:50]), sep="\n" if found else "", flush=True)
            wrong += len(found)
            if options.keep:
                shutil.copytree(folder, options.keep / name, dirs_exist_ok=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
