"""Compare the time of a run with that of a loop that only downloads the same feeds.

    python benchmarks/collecting.py [--feeds 1000] [--hosts 100] [--latency-ms 0] [--rounds 3]

Starts a server for generated feeds on `--hosts` addresses of this machine (127.0.0.1, 127.0.0.2, …). Each feed has
thirty entries and an ETag, and is compressed with gzip. First the loop and then a run fetch all feeds: with an empty
store (`cold`), and without new entries (`unchanged`). Prints the minimum of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

import aiohttp
from aiohttp import web

PORT = 8990
ENTRIES = 30
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


def time_loop(urls: list[str], etags: dict[str, str]) -> float:
    """Return the seconds that the loop takes, without the start of the interpreter and the import of aiohttp."""
    began = time.perf_counter()
    asyncio.run(download(urls, etags))
    return time.perf_counter() - began


def time_run(folder: Path) -> tuple[float, float]:
    """Return the seconds that a run takes, from the start of its process to the end, and its peak memory in MB."""
    command = [str(Path(sys.executable).with_name("aggregate")), "run", "--force"]
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True)
    return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def configure(folder: Path, urls: list[str]) -> None:
    """Write a configuration with these sources that publishes RSS and JSON Feed."""
    sources = "".join(f'[[sources]]\nurl = "{url}"\n' for url in urls)
    outputs = "".join(f'[[outputs]]\nplugin = "{name}"\npath = "{name}.out"\n' for name in ("rss", "jsonfeed"))
    http = '[http]\nallow_private = ["127.0.0.0/8"]\n'
    (folder / "config.toml").write_text(f'store = "news.db"\nurl = "http://localhost/"\n{http}{sources}{outputs}')


def measure(urls: list[str], rounds: int) -> None:
    """Print the times of the loop and the run for each phase, and the peak memory."""
    best: dict[str, float] = {}
    memory = 0.0
    for _ in range(rounds):
        with TemporaryDirectory() as name:
            folder, etags = Path(name), dict[str, str]()
            configure(folder, urls)
            for phase in ("cold", "unchanged"):
                loop = time_loop(urls, etags)
                run, memory = time_run(folder)
                best[f"{phase} loop"] = min(loop, best.get(f"{phase} loop", loop))
                best[f"{phase} run"] = min(run, best.get(f"{phase} run", run))
    for phase in ("cold", "unchanged"):
        loop, run = best[f"{phase} loop"], best[f"{phase} run"]
        print(f"{phase:10} loop {loop:6.2f} s   run {run:6.2f} s   {run / loop:5.1f} x")
    print(f"peak memory {memory:.0f} MB")


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
