"""Compare the time of runs with that of a loop that only downloads the same feeds.

    python benchmarks/collecting.py [--feeds 1000] [--hosts 100] [--latency-ms 0] [--rounds 3]

Starts a server for generated feeds on `--hosts` addresses of this machine (127.0.0.1, 127.0.0.2, …). Each feed has
thirty entries and an ETag, and is compressed with gzip. In each round, the loop and then a run fetch all feeds, with an
empty store (`cold`) and without new entries (`unchanged`); a further run finds nothing due (`nothing due`). Prints the
minimum of the rounds, its ratio to the loop over unchanged feeds (`bare loop`), the processor time, and the slowest
imports of an unchanged run.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import os
import random
import re
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from xml.sax.saxutils import escape

import aiohttp
from aiohttp import web

PORT = 8990
ENTRIES = 30
AGGREGATE = str(Path(sys.executable).with_name("aggregate"))
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Without compiled files, a run would compile all modules each time."""
IMPORTS = 12
"""How many packages are listed with the time of their imports."""
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\w+)(\.\w+)?")
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def feed(number: int) -> bytes:
    """Return a generated RSS feed; every fifth entry covers an event that other feeds also cover."""
    chance = random.Random(number)
    entries = []
    for n in range(ENTRIES):
        event = random.Random(f"event {chance.randrange(2000)}" if n % 5 == 0 else f"{number} {n}")
        words = ["".join(event.choices(SYLLABLES, k=3)) for _ in range(40)]
        chance.shuffle(words)
        title, text = " ".join(words[:8]).capitalize(), " ".join(words).capitalize()
        minute = n * 20 + number % 20
        entries.append(
            f"<item><title>{escape(title)}</title><link>https://outlet{number}.example/{n}</link>"
            f"<guid isPermaLink='false'>tag:{number}:{n}</guid><description>{escape(text)}.</description>"
            f"<pubDate>Fri, 20 Nov 2026 {minute // 60:02}:{minute % 60:02}:00 GMT</pubDate></item>"
        )
    head = f"<title>Outlet {number}</title><link>https://outlet{number}.example/</link><language>en</language>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(entries)}</channel></rss>'.encode()


async def publish(feeds: int, hosts: int, latency: float) -> None:
    """Serve the generated feeds until the process is killed."""
    bodies = [gzip.compress(feed(number), 6, mtime=0) for number in range(feeds)]
    etags = [f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"' for body in bodies]

    async def respond(request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        await asyncio.sleep(latency)
        headers = {"ETag": etags[number], "Content-Encoding": "gzip", "Content-Type": "application/rss+xml"}
        if request.headers.get("If-None-Match") == etags[number]:
            return web.Response(status=304, headers={"ETag": etags[number]})
        return web.Response(body=bodies[number], headers=headers)

    app = web.Application()
    app.router.add_get("/{number}.xml", respond)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    for host in range(hosts):
        await web.TCPSite(runner, f"127.0.0.{host + 1}", PORT, backlog=4096).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


@contextmanager
def publisher(feeds: int, hosts: int, latency_ms: float) -> Iterator[list[str]]:
    """Run the server in a process of its own, and yield the URLs of its feeds."""
    command = [sys.executable, __file__, "--serve", "--feeds", str(feeds), "--hosts", str(hosts)]
    process = subprocess.Popen([*command, "--latency-ms", str(latency_ms)], stdout=subprocess.PIPE)
    try:
        assert process.stdout and process.stdout.readline() == b"ready\n"
        yield [f"http://127.0.0.{number % hosts + 1}:{PORT}/{number}.xml" for number in range(feeds)]
    finally:
        process.kill()
        process.wait()


async def download(urls: list[str], etags: dict[str, str]) -> None:
    """Download all feeds, two at a time per host like a run; sends the ETags in `etags`, and stores new ones there."""
    slots = {url.split("/")[2]: asyncio.Semaphore(2) for url in urls}

    async def fetch(session: aiohttp.ClientSession, url: str) -> None:
        headers = {"If-None-Match": etags[url]} if url in etags else {}
        async with slots[url.split("/")[2]], session.get(url, headers=headers) as response:
            await response.read()
            etags[url] = response.headers["ETag"]

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)) as session:
        await asyncio.gather(*(fetch(session, url) for url in urls))


class Measured(NamedTuple):
    """Seconds from start to end, and of processor time."""

    wall: float
    processor: float


def time_loop(urls: list[str], etags: dict[str, str]) -> Measured:
    """Measure the loop, without the start of the interpreter and the import of aiohttp."""
    began, processor = time.perf_counter(), time.process_time()
    asyncio.run(download(urls, etags))
    return Measured(time.perf_counter() - began, time.process_time() - processor)


def time_run(folder: Path, *options: str) -> Measured:
    """Measure a run, from the start of its process to the end."""
    before, began = _children(), time.perf_counter()
    subprocess.run([AGGREGATE, "run", *options], cwd=folder, check=True, env=ENVIRONMENT)
    return Measured(time.perf_counter() - began, _children() - before)


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def time_imports(folder: Path) -> dict[str, float]:
    """Return the milliseconds that the imports of an unchanged run take, by package; "" for all."""
    command = [sys.executable, "-X", "importtime", AGGREGATE, "run", "--force"]
    done = subprocess.run(command, cwd=folder, check=True, env=ENVIRONMENT, capture_output=True, text=True)
    times: defaultdict[str, float] = defaultdict(float)
    for microseconds, package, module in _IMPORT.findall(done.stderr):
        times[package + (module if package == "aggregator" else "")] += int(microseconds) / 1000
        times[""] += int(microseconds) / 1000
    return times


def configure(folder: Path, urls: list[str]) -> None:
    """Write a configuration with these sources that publishes RSS and JSON Feed."""
    sources = "".join(f'[[sources]]\nurl = "{url}"\n' for url in urls)
    outputs = "".join(f'[[outputs]]\nplugin = "{name}"\npath = "{name}.out"\n' for name in ("rss", "jsonfeed"))
    http = '[http]\nallow_private = ["127.0.0.0/8"]\n'
    (folder / "config.toml").write_text(f'store = "news.db"\nurl = "http://localhost/"\n{http}{sources}{outputs}')


def measure(urls: list[str], rounds: int) -> None:
    """Print the times of the loop and of each kind of run, the peak memory, and the times of imports."""
    results: defaultdict[str, list[Measured]] = defaultdict(list)
    imports: list[dict[str, float]] = []
    for _ in range(rounds):
        with TemporaryDirectory() as name:
            folder, etags = Path(name), dict[str, str]()
            configure(folder, urls)
            results["cold loop"].append(time_loop(urls, etags))
            results["cold run"].append(time_run(folder, "--force"))
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            results["bare loop"].append(time_loop(urls, etags))
            results["unchanged run"].append(time_run(folder, "--force"))
            results["nothing due"].append(time_run(folder))
            imports.append(time_imports(folder))
    bare = min(results["bare loop"]).wall
    for phase, measured in results.items():
        wall, processor = min(measured).wall, min(one.processor for one in measured)
        print(f"{phase:14} {wall:6.2f} s {wall / bare:6.1f} x   processor {processor:6.2f} s")
    print(f"peak memory {memory:.0f} MB")
    print_imports(min(imports, key=lambda times: times[""]))


def print_imports(times: dict[str, float]) -> None:
    """Print the packages whose imports take longest."""
    print(f"imports of an unchanged run: {times.pop(''):.0f} ms")
    for package, milliseconds in sorted(times.items(), key=itemgetter(1), reverse=True)[:IMPORTS]:
        print(f"  {milliseconds:6.1f} ms {package}")


def main() -> None:
    """Parse the options; measure, or with `--serve` only serve the feeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help="only serve the feeds")
    options = parser.parse_args()
    if options.serve:
        asyncio.run(publish(options.feeds, options.hosts, options.latency_ms / 1000))
    else:
        with publisher(options.feeds, options.hosts, options.latency_ms) as urls:
            measure(urls, options.rounds)


if __name__ == "__main__":
    main()
