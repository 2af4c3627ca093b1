"""Kill runs of `aggregate` at random moments, and compare what they leave with runs that nobody disturbed.

    python benchmarks/kills.py [--kills 1000] [--seed 1] [--feeds 12]

Every twelve steps begin anew, in turn with an empty store and with one of version 1 that must be migrated. Prints the
phases that were hit, and every difference found; exits with status 1 if there is any.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from kill_drill import ChangingPublisher, KillDrill, use_old_store
from publisher import serving

STEPS, KILLS = 12, 6
OLD_ARTICLES = 3_000


def main() -> int:
    """Run the drill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--feeds", type=int, default=12)
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs of a shell ignore it, and so would runs
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each run compiles every module
    phases, signals = Counter[str](), Counter[str]()
    wrong, began, left = 0, time.monotonic(), arguments.kills
    number = -1
    while left:
        number += 1
        with serving() as publisher, TemporaryDirectory() as folder:
            drill = KillDrill(ChangingPublisher(publisher, arguments.feeds), Path(folder), arguments.seed + number)
            if number % 2:
                for project in (drill.twin, drill.victim):
                    use_old_store(project, OLD_ARTICLES)
            for step in range(STEPS):
                if not left:
                    break
                known = len(drill.wrong)
                left -= drill.step(step, min(KILLS, left))
                for line in drill.wrong[known:]:
                    print(f"{arguments.seed + number}: {line}", flush=True)
            phases += drill.phases
            signals += drill.signals
            wrong += len(drill.wrong)
        print(f"{sum(phases.values())} kills in {time.monotonic() - began:.0f} s, {wrong} differences", flush=True)
        print(*(f"    {count:5} {name}" for name, count in [*phases.most_common(), *signals.most_common()]), sep="\n")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
