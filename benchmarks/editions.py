"""Measures publishing: the newspaper of thirty days, one run a day, and a run without news.

    .venv/bin/python benchmarks/editions.py [--days 30] [--articles 335]

Prints the seconds of each run, for the first and the last days, and what a run without news takes and writes. A site
should cost as much as its day, however many days came before.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

from aggregator.cli.main import cli

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
SYLLABLES = "ba ke li mo nu ra se ti vo za dra fen gol hir jas kor lum mer nis pol".split()
OUTLETS = [f"Outlet {number}" for number in range(20)]
CONFIG = """
title = "Thirty Days"
url = "https://daily.example/"
timezone = "Europe/London"
store = "news.db"
[[sources]]
plugin = "jsonl"
path = "articles.jsonl"
name = "articles"
[[outputs]]
plugin = "html"
path = "public"
[[outputs]]
plugin = "rss"
path = "public/feed.xml"
"""


def words(chance: random.Random, count: int) -> str:
    """Return invented words."""
    return " ".join("".join(chance.choices(SYLLABLES, k=3)) for _ in range(count))


def articles_of(day: int, count: int) -> list[dict[str, object]]:
    """Return the articles of one day; every third event is told by two outlets."""
    articles: list[dict[str, object]] = []
    for number in range(count):
        chance = random.Random(f"{day}:{number - number % 3 // 2}")
        title, text = words(chance, 7).capitalize(), words(chance, 120)
        outlet = OUTLETS[number % len(OUTLETS)]
        url = f"https://o{number % len(OUTLETS)}.example/{day}/{number}"
        published = START + timedelta(days=day, minutes=-number * 3)
        articles.append(
            {
                "id": url,
                "url": url,
                "title": title,
                "summary": text[:200],
                "content": f"<p>{text}</p>",
                "published": published.isoformat(),
                "source": outlet,
                "language": "en",
            }
        )
    return articles


def run(folder: Path, moment: datetime) -> float:
    """Do one run at a time, and return its seconds."""
    began = time.perf_counter()
    with time_machine.travel(moment, tick=False):
        cli.main(["-c", str(folder / "config.toml"), "run", "--force"], standalone_mode=False)
    return time.perf_counter() - began


def main() -> None:
    """Measure, and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--articles", type=int, default=335)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, seconds = Path(name), []
        (folder / "config.toml").write_text(CONFIG)
        for day in range(arguments.days):
            lines = "".join(json.dumps(article) + "\n" for article in articles_of(day, arguments.articles))
            (folder / "articles.jsonl").write_text(lines)
            seconds.append(run(folder, START + timedelta(days=day)))
        print(f"{arguments.articles} articles a day, first days: {statistics.median(seconds[1:6]):.2f} s a run")
        print(f"days {arguments.days - 4} to {arguments.days}: {statistics.median(seconds[-5:]):.2f} s a run")
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
        last = START + timedelta(days=arguments.days - 1)
        unchanged = min(run(folder, last + timedelta(hours=hour)) for hour in range(1, 4))
        written = [path for path, changed in before.items() if path.stat().st_mtime_ns != changed]
        print(f"without news, {arguments.days * arguments.articles} articles: {unchanged:.2f} s;", end=" ")
        print(f"files in public written: {sum('public' in path.parts for path in written)}")


if __name__ == "__main__":
    main()
