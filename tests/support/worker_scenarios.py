"""What happens to workers: they and their database are killed, stopped and cut off. Each scenario fills `Drill.wrong`.

They return figures to be shown. `benchmarks/workers.py` has the long forms, the tests the short ones.
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from forked_python import run_python, start_python
from network_namespaces import Machine
from postgresql_server import PASSWORD, PostgresqlServer
from worker_drill import Drill, Worker

Figures = dict[str, Any]
_OTHERS = (
    "FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid() "
    "AND application_name LIKE 'aggregate%'"
)
_BACK = "database is back"


def kill_workers(drill: Drill, kills: int, chance: random.Random) -> Figures:
    """Kill workers at random moments of several rounds, and start them again at once."""
    for worker in drill.workers:
        worker.start()
    done = 0
    while done < kills:
        drill.begin_round()
        while done < kills and drill.due():
            time.sleep(chance.uniform(0.3, 3.0))
            worker = chance.choice(drill.workers)
            worker.kill()
            drill.publisher.lost(worker.name)
            worker.start()
            done += 1
        if not drill.wait(drill.is_idle, "all is collected"):
            break
    return {"kills": done} | _end(drill)


def kill_server(drill: Drill, server: PostgresqlServer, kills: int, chance: random.Random) -> Figures:
    """Kill PostgreSQL at random moments, and start it again. The workers connect again by themselves."""
    _start(drill)
    for done in range(1, kills + 1):
        drill.begin_round()
        time.sleep(chance.uniform(0, 3))
        server.kill()
        drill.publisher.lost()
        time.sleep(chance.choice((0, 1, 6)))
        server.start()
        drill.publisher.lost()

        def back(number: int = done) -> bool:
            return all(len(worker.events(_BACK)) >= number for worker in drill.workers)

        if not drill.wait(back, f"workers are back after kill {done}"):
            break
        drill.publisher.lost()
        if not drill.wait(drill.is_idle, "all is collected"):
            break
    for worker in drill.workers:
        lines = [len(worker.events(name)) for name in ("database is out of reach", _BACK)]
        if lines != [kills, kills]:
            drill.wrong.append(f"{worker.name}: {lines} lines about {kills} outages")
        if PASSWORD in worker.text():
            drill.wrong.append(f"{worker.name} logs the password")
    return {"kills": kills} | _end(drill)


def stop_worker(drill: Drill, stops: int, chance: random.Random) -> Figures:
    """Stop a worker during a job for so long that another one takes over, and let it continue."""
    _start(drill)
    stops_of, early = Counter[str](), 0
    while stops_of.total() < stops and not drill.wrong:
        drill.begin_round()
        if stopped := _collecting(drill):
            stops_of[stopped.name] += 1
            early += _stop(drill, stopped, chance)
    for worker in drill.workers:
        for name in ("database is out of reach", _BACK):
            if len(worker.events(name)) != stops_of[worker.name]:
                drill.wrong.append(f"{len(worker.events(name))} times {name}, in {stops_of[worker.name]} stops")
    _all_collect(drill)
    return {"stops": stops_of.total(), "requests without a lease": early} | _end(drill)


def _stop(drill: Drill, stopped: Worker, chance: random.Random) -> int:
    """Stop a worker; return how many requests it sent before it had its leases again."""
    time.sleep(chance.uniform(0, 0.5))
    stopped.signal(signal.SIGSTOP)
    drill.publisher.lost(stopped.name)
    drill.wait(drill.is_idle, "another worker takes over", 300)
    backs, resumed = len(stopped.events(_BACK)), time.monotonic()
    stopped.signal(signal.SIGCONT)
    if not drill.wait(lambda: len(stopped.events(_BACK)) > backs, "it goes on"):
        return 0
    connected = stopped.moments(_BACK)[-1]
    early = [one for one in drill.publisher.visits if one.worker == stopped.name and resumed < one.at < connected]
    drill.wrong += [f"without a lease, {visit.at - resumed:.3f} s after SIGCONT: {visit}" for visit in early]
    return len(early)


def _collecting(drill: Drill) -> Worker | None:
    """Return a worker that waits for a response, as soon as there is one."""
    found: list[Worker] = []

    def is_any() -> bool:
        found[:] = [worker for worker in drill.workers if drill.publisher.running(worker.name)]
        return bool(found)

    return found[0] if drill.wait(is_any, "a worker collects") else None


def _all_collect(drill: Drill) -> None:
    """Let rounds pass until each worker has collected something."""
    begun = time.monotonic()
    for _ in range(30):
        drill.begin_round()
        drill.wait(drill.is_idle, "all is collected")
        idle = {worker.name for worker in drill.workers}
        idle -= {visit.worker for visit in drill.publisher.visits if visit.at > begun}
        if not idle:
            return
    drill.wrong.append(f"collect nothing any more: {idle}")


def cut_connections(drill: Drill, cuts: int, chance: random.Random) -> Figures:
    """End the database sessions of `aggregate run` at random moments; the next run completes what it did not."""
    folder, done, runs = drill.workers[0].project.folder, 0, 0
    log = folder / "errors.txt"
    while done < cuts and len(drill.wrong) < 5:
        drill.begin_round()
        for _ in range(3):
            if done == cuts:
                break
            log.write_bytes(b"")
            process = start_python("-m", "aggregator", "run", folder=folder, errors=log)
            drill.wait(lambda: _sessions(drill) or process.poll() is not None, "the run connects")  # noqa: B023
            time.sleep(chance.uniform(0, 4))
            number = _cut(drill)
            drill.publisher.lost()
            process.wait(120)
            drill.publisher.lost()  # what it asked for before it noticed
            runs += 1
            lines = [line for line in log.read_text().splitlines() if "HTTP 429" not in line]
            if process.returncode == 0 and not lines and not drill.due():
                continue  # it had done everything before
            done += bool(number)
            clear = len(lines) == 1 and lines[0].startswith("aggregate: postgresql://") and PASSWORD not in lines[0]
            if process.returncode != 1 or not clear:
                drill.wrong.append(f"cut of {number} sessions: status {process.returncode}: {lines}")
        expect(drill, ["run"], folder)
    drill.check()
    return {"cuts": done, "runs": runs, "rounds": drill.outlets.round}


def _start(drill: Drill) -> None:
    """Start the workers, and let them collect the first round: they begin as soon as they have started."""
    drill.begin_round()
    for worker in drill.workers:
        worker.start()
    drill.wait(lambda: all(worker.events("worker started") for worker in drill.workers), "workers start")
    drill.wait(drill.is_idle, "all is collected")


def _end(drill: Drill) -> Figures:
    """Let a last round end undisturbed, and compare."""
    drill.begin_round()
    drill.wait(drill.is_idle, "all is collected at the end")
    drill.stop()
    expect(drill, ["run"], drill.workers[0].project.folder)
    drill.check()
    figures: Figures = {"rounds": drill.outlets.round, "requests": len(drill.publisher.visits)}
    return figures | {"at once for a host": max(drill.publisher.most.values())}


def expect(drill: Drill, arguments: list[str], folder: Path) -> None:
    """Run `aggregate` with these arguments, which must end without an error and a message."""
    result = run_python("-m", "aggregator", *arguments, folder=folder)
    lines = [line for line in result.stderr.splitlines() if "HTTP 429" not in line]
    if result.returncode or lines:
        drill.wrong.append(f"{' '.join(arguments)} ended with {result.returncode}: {lines}")


def _sessions(drill: Drill) -> int:
    [(number,)] = drill.rows(f"SELECT count(*) {_OTHERS}")
    return int(number)


def _cut(drill: Drill) -> int:
    """End all sessions of the database but this one, and return their number."""
    try:
        return len(drill.rows(f"SELECT pg_terminate_backend(pid) {_OTHERS}"))
    except psycopg.OperationalError:  # a session of the run ended this one
        return 0


def separate_machines(drill: Drill, machines: Sequence[Machine], rounds: int, cuts: int) -> Figures:
    """Collect with workers that share nothing but the database, and pull the cable of one of them during jobs."""
    _start(drill)
    for _ in range(rounds):
        drill.begin_round()
        drill.wait(drill.is_idle, "all is collected", 300)
    taken_over, cut_off = [], Counter[str]()
    while cut_off.total() < cuts and not drill.wrong:
        drill.begin_round()
        if found := _collecting(drill):
            cut_off[found.name] += 1
            taken_over.append(_cut_off(drill, found, machines[drill.workers.index(found)]))
    _all_collect(drill)
    figures = {"cuts": cut_off.total(), "seconds until taken over": taken_over} | _end(drill)
    for worker in drill.workers:
        visits = [visit for visit in drill.publisher.visits if visit.worker == worker.name]
        figures[f"requests of {worker.name}"] = len(visits)
    return figures


def _cut_off(drill: Drill, worker: Worker, machine: Machine) -> float | None:
    """Pull the cable of a worker, until all is collected; return after how long another one asked the same hosts."""
    hosts, backs = {visit.host for visit in drill.publisher.running(worker.name)}, len(worker.events(_BACK))
    machine.pull_cable()
    pulled = time.monotonic()
    drill.publisher.lost(worker.name)

    def next_visits() -> list[float]:
        visits = [visit for visit in drill.publisher.visits if visit.worker != worker.name and visit.host in hosts]
        return [visit.at for visit in visits if visit.at > pulled]

    drill.wait(next_visits, f"another worker asks {hosts}")
    drill.wait(drill.is_idle, "all is collected by the other worker", 300)
    machine.plug_in()
    drill.wait(lambda: len(worker.events(_BACK)) == backs + 1, "the worker is back")
    return round(min(next_visits(), default=0.0) - pulled, 1)
