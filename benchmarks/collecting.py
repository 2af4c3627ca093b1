"""How much longer a run takes than a bare loop that downloads the same feeds and does nothing with them.

    python benchmarks/collecting.py [--feeds 1000] [--hosts 100] [--latency-ms 0] [--rounds 3]

A publisher of invented feeds is started on so many addresses of this machine (127.0.0.1, 127.0.0.2, …); each feed has
thirty entries, an ETag and gzip. Asked are all feeds at once, by both in turn: first everything (`cold`: an empty
store), then with nothing new (`unchanged`). The least of the rounds counts.
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
    """An RSS feed of invented news; every fifth entry is of an event that other feeds have, too."""
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
    """Serve them until the process is ended."""
    bodies = [gzip.compress(feed(number), 6, mtime=0) for number in range(feeds)]
    tags = [f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"' for body in bodies]

    async def answer(request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        await asyncio.sleep(latency)
        headers = {"ETag": tags[number], "Content-Encoding": "gzip", "Content-Type": "application/rss+xml"}
        if request.headers.get("If-None-Match") == tags[number]:
            return web.Response(status=304, headers={"ETag": tags[number]})
        return web.Response(body=bodies[number], headers=headers)

    app = web.Application()
    app.router.add_get("/{number}.xml", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    for host in range(hosts):
        await web.TCPSite(runner, f"127.0.0.{host + 1}", PORT, backlog=4096).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


@contextmanager
def publisher(feeds: int, hosts: int, latency_ms: float) -> Iterator[list[str]]:
    """The addresses of its feeds."""
    command = [sys.executable, __file__, "--serve", "--feeds", str(feeds), "--hosts", str(hosts)]
    process = subprocess.Popen([*command, "--latency-ms", str(latency_ms)], stdout=subprocess.PIPE)
    try:
        assert process.stdout and process.stdout.readline() == b"ready\n"
        yield [f"http://127.0.0.{number % hosts + 1}:{PORT}/{number}.xml" for number in range(feeds)]
    finally:
        process.kill()
        process.wait()


async def download(urls: list[str], tags: dict[str, str]) -> None:
    """Ask for all, two at a time of each host, as a run does; what is learned of them lies in `tags` afterwards."""
    slots = {url.split("/")[2]: asyncio.Semaphore(2) for url in urls}

    async def ask(session: aiohttp.ClientSession, url: str) -> None:
        headers = {"If-None-Match": tags[url]} if url in tags else {}
        async with slots[url.split("/")[2]], session.get(url, headers=headers) as answer:
            await answer.read()
            tags[url] = answer.headers["ETag"]

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)) as session:
        await asyncio.gather(*(ask(session, url) for url in urls))


def bare(urls: list[str], tags: dict[str, str]) -> float:
    """Seconds that the bare loop takes, the start of the interpreter and of aiohttp left out."""
    began = time.perf_counter()
    asyncio.run(download(urls, tags))
    return time.perf_counter() - began


def run(folder: Path) -> tuple[float, float]:
    """Seconds that a whole run takes, from the start of the command to its end, and megabytes of memory."""
    command = [str(Path(sys.executable).with_name("aggregate")), "run", "--force"]
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True)
    return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def configure(folder: Path, urls: list[str]) -> None:
    """A configuration with these sources, which publishes RSS and JSON Feed."""
    sources = "".join(f'[[sources]]\nurl = "{url}"\n' for url in urls)
    outputs = "".join(f'[[outputs]]\nplugin = "{name}"\npath = "{name}.out"\n' for name in ("rss", "jsonfeed"))
    http = '[http]\nallow_private = ["127.0.0.0/8"]\n'
    (folder / "config.toml").write_text(f'store = "news.db"\nurl = "http://localhost/"\n{http}{sources}{outputs}')


def measure(urls: list[str], rounds: int) -> None:
    """Print both, phase by phase."""
    best: dict[str, float] = {}
    memory = 0.0
    for _ in range(rounds):
        with TemporaryDirectory() as name:
            folder, tags = Path(name), dict[str, str]()
            configure(folder, urls)
            for phase in ("cold", "unchanged"):
                loop = bare(urls, tags)
                whole, memory = run(folder)
                best[f"{phase} bare"] = min(loop, best.get(f"{phase} bare", loop))
                best[phase] = min(whole, best.get(phase, whole))
    for phase in ("cold", "unchanged"):
        whole, loop = best[phase], best[f"{phase} bare"]
        print(f"{phase:10} bare loop {loop:6.2f} s   run {whole:6.2f} s   {whole / loop:5.1f} x")
    print(f"memory at the peak {memory:.0f} MB")


def main() -> None:
    """Read the options, and measure or publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help="only publish the feeds")
    options = parser.parse_args()
    if options.serve:
        asyncio.run(publish(options.feeds, options.hosts, options.latency_ms / 1000))
    else:
        with publisher(options.feeds, options.hosts, options.latency_ms) as urls:
            measure(urls, options.rounds)


if __name__ == "__main__":
    main()
