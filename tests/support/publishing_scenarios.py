"""What happens to grouping and publishing: killed, and many times while workers collect. See `worker_scenarios`."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forked_python import start_python
from kill_drill import contents, malformed, outputs
from postgresql_server import PostgresqlServer
from project import Project
from scoring import story_figures
from worker_drill import QUICK, Drill, Worker, make_worker
from worker_scenarios import Figures, expect

STORIES = "SELECT s.address, a.id, a.story FROM articles a JOIN sources s ON s.key = a.source"


def kill_publishing(drill: Drill, kills: int, chance: random.Random, folder: Path) -> Figures:
    """Kill the process that groups and publishes at random moments; then another worker's must complete it.

    A twin, which has its store in SQLite and is not disturbed, tells what is right.
    """
    drill.publisher.unwatched.add("twin")
    twin = make_worker(folder, drill.outlets, "news.db", "twin", ())
    done, phases = 0, Counter[str]()
    while done < kills and not drill.wrong:
        drill.begin_round()
        expect(drill, ["run", "--force", "--json"], twin.project.folder)
        for worker in drill.workers:
            worker.start("--no-publish")
        drill.wait(drill.is_idle, "all is collected")
        drill.stop()
        for _ in range(min(kills - done, 3)):
            process = start_python(
                "-m", "aggregator", "run", "--offline", folder=chance.choice(drill.workers).project.folder
            )
            time.sleep(chance.uniform(0.3, 1.6))
            process.kill()
            if process.wait() == 0:
                phases["finished before"] += 1
            else:
                done += 1
                phases[_phase(drill)] += 1
        chosen = chance.choice(drill.workers)
        before = _published(chosen)
        chosen.start()
        drill.wait(lambda: _published(chosen) > before, "another worker publishes")  # noqa: B023
        chosen.signal(signal.SIGTERM)
        assert chosen.process
        chosen.process.wait()
        _compare(drill, chosen, twin, folder)
    drill.wrong += drill.publisher.wrong
    return {"kills": done, "rounds": drill.outlets.round} | phases


def group_while_collecting(
    server: PostgresqlServer, folder: Path, addresses: Sequence[str], *, workers: int = 3, jobs: int = 5
) -> tuple[Figures, list[str]]:
    """Collect from feeds with several workers that group many times meanwhile, and with one run on SQLite.

    Returns how well the stories agree, and what went wrong. `jobs`: how many sources a worker takes up at once.
    """
    url = server.create_database(tcp=True)
    sources = "".join(f'[[sources]]\nurl = "{address}"\nevery = "1h"\n' for address in addresses)
    made, wrong = [], []
    for name in ["single", *(f"worker{number}" for number in range(workers))]:
        project = Project(folder / name)
        project.folder.mkdir()
        store = "news.db" if name == "single" else url
        project.configure(f'store = "{store}"\n{sources}[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"\n')
        made.append(Worker(project, name, (*QUICK, "--jobs", str(jobs))))
    single, *several = made
    drill = Drill(None, url, several)
    for worker in several:
        worker.start()
    try:
        drill.wait(drill.is_idle, "all is collected", 600)
        drill.stop()
    finally:
        for worker in several:
            worker.kill()
    groupings = sum(bool(one.get("new") or one.get("grown")) for w in several for one in _publications(w))
    for worker in (several[0], single):
        expect(drill, ["run"], worker.project.folder)
    together, alone = groups_of(drill.rows(STORIES)), groups_of(single.project.select(STORIES))
    wrong += drill.wrong
    if together.keys() != alone.keys():
        wrong.append(f"other articles: {sorted(together.keys() ^ alone.keys())[:5]}")
    figures = {"articles": len(alone), "stories of one run": len(set(alone.values()))}
    figures |= {"stories of workers": len(set(together.values())), "groupings": groupings}
    return figures | {"pairwise F1": round(agreement(together, alone), 4)}, wrong


def groups_of(rows: list[tuple[Any, ...]]) -> dict[str, str]:
    """Return the story of each article: rows of address, id and story."""
    return {f"{address} {id}": story for address, id, story in rows}


def agreement(one: dict[str, str], two: dict[str, str]) -> float:
    """Return the pairwise F1 of two groupings, with either as the truth for the other: the smaller one."""
    return min(story_figures(one, two)["pairwise_f1"], story_figures(two, one)["pairwise_f1"])


def _published(worker: Worker) -> int:
    return sum(one.get("status") == 0 for one in _publications(worker))


def _publications(worker: Worker) -> list[dict[str, Any]]:
    return [one for one in worker.events("job finished") if one["job"] == "publish"]


def _phase(drill: Drill) -> str:
    """Return how far a killed process came."""
    [(left, placed, stale)] = drill.rows(
        "SELECT count(*) FILTER (WHERE story IS NULL), count(story), "
        "(SELECT count(*) FROM stories WHERE stale = 1) FROM articles"
    )
    if left:
        return "nothing grouped" if not placed else "before all was grouped"
    return "grouped, not revised" if stale else "publishing"


def _compare(drill: Drill, worker: Worker, twin: Worker, folder: Path) -> None:
    copy = folder / f"copy{drill.outlets.round}.db"
    expect(drill, ["store", "copy", drill.url, str(copy)], worker.project.folder)
    found, expected = contents(copy), contents(twin.project.folder / "news.db")
    for name in expected:
        if found[name] != expected[name]:
            rows = sorted(set(map(repr, found[name])) ^ set(map(repr, expected[name])))
            # Which addresses of a host ask for a pause, before none is requested any more, depends on who comes first.
            rows = [row for row in rows if "/busy/" not in row]
            if not rows:
                continue
            drill.wrong.append(f"round {drill.outlets.round}: {name} differ in {len(rows)} rows: {rows[:4]}")
    files, right = outputs(worker.project), outputs(twin.project)
    for name in files.keys() | right.keys():
        # Which of the latest stories a page has room for depends on when runs revised them.
        if files.get(name) != right.get(name) and not name.endswith(".html"):
            drill.wrong.append(f"round {drill.outlets.round}: {name} differs")
    drill.wrong += malformed(worker.project)
