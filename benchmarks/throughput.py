"""Measure the speed and memory of identifying and grouping new articles, without network and parsing.

    python benchmarks/throughput.py [--sizes 10000,30000,100000,300000] [--late 300]

The articles are generated: a title and 300 characters, word frequencies as in a language (Zipf), three days of news,
six in ten alone in their story. A first run groups all of them; its figures are processor time, articles per second,
and the peak of memory per article. A later run, in a process of its own, reads the grouped articles from a file and
groups `--late` more with them: its time, the memory of a grouped article when it is read, and the peak per article.
"""

from __future__ import annotations

import argparse
import pickle
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregator.grouping.features.wording import wording_of
from aggregator.grouping.group import group
from aggregator.grouping.import_numpy import np
from aggregator.grouping.settings import StoriesSettings
from aggregator.grouping.types import GroupedArticle, GroupedStory, Grouping, GroupingContext, NewArticle
from aggregator.ingest.identify import FetchedArticle, encode, fingerprint, identify
from aggregator.model import Article, Item, Outlet

START = datetime(2026, 3, 1, tzinfo=UTC)
WORDS, OUTLETS, HOURS = 60_000, 400, 72
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


class ArticleGenerator:
    """Generates articles about invented events."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        pick = self.random.integers(0, len(SYLLABLES), (WORDS, 4))
        self.words = ["".join(SYLLABLES[n] for n in row[: 2 + row[3] % 3]) for row in pick]
        share = 1 / (np.arange(WORDS) + 3.0)
        self.share = share / share.sum()

    def articles(self, count: int) -> list[Article]:
        """Generate articles, ordered by time."""
        sizes = self.random.choice([1, 1, 1, 1, 1, 1, 2, 3, 5, 12], count)
        stories = np.repeat(np.arange(count), sizes)[:count]
        self.random.shuffle(stories)
        hours = self.random.random(count) * HOURS
        topics = self.random.integers(500, WORDS, (int(stories.max()) + 1, 12))
        common = self.random.choice(WORDS, (count, 40), p=self.share)
        picked = self.random.integers(0, 12, (count, 16))
        articles = [
            self._article(n, topics[stories[n]][picked[n]].tolist(), common[n].tolist(), float(hours[n]))
            for n in range(count)
        ]
        return sorted(articles, key=lambda article: article.date)

    def _article(self, n: int, topic_words: list[int], common: list[int], hours: float) -> Article:
        topic = [self.words[word].capitalize() if word % 3 else self.words[word] for word in topic_words]
        filler = [self.words[word] for word in common]
        title = " ".join([*topic[:5], *filler[:4]])
        body = " ".join(word for pair in zip(filler[4:], topic[5:] + filler, strict=False) for word in pair)[:300]
        return Article(
            id=f"a{n}",
            url=f"https://outlet{n % OUTLETS}.example/{n}",
            title=title,
            summary=body,
            language="en",
            published=START + timedelta(hours=hours),
            first_seen=START + timedelta(hours=HOURS),
            source=Outlet(f"Outlet {n % OUTLETS}"),
        )


Batch = list[tuple[Item, Article]]
"""The items of a source, with their normalised articles."""


def batches(articles: list[Article]) -> list[Batch]:
    """Return the articles by outlet, as after collecting and normalising."""
    by_outlet: dict[str, Batch] = {}
    for article in articles:
        item = Item(id=article.id, title=article.title, url=article.url, summary=article.summary)
        by_outlet.setdefault(article.source.name, []).append((item, article))
    return list(by_outlet.values())


def identify_all(sources: list[Batch]) -> list[Article]:
    """Identify the articles of each source."""
    articles = []
    for batch in sources:
        fetched = [
            FetchedArticle(article=article, guid=article.id, fingerprint=fingerprint(encode(item)))
            for item, article in batch
        ]
        articles += [one.fetched.article for one in identify(fetched, [])]
    return articles


def grouped_articles(grouping: Grouping, articles: dict[int, Article]) -> list[GroupedArticle]:
    """Return the originals as the store would in the next run."""
    return [
        GroupedArticle(
            key=placement.key,
            time=int(articles[placement.key].order.timestamp()),
            first_seen=int(articles[placement.key].first_seen.timestamp()),
            outlet=articles[placement.key].source.name,
            story=placement.story,
            record=grouping.records[placement.key],
            links=grouping.links.get(placement.key),
        )
        for placement in grouping.placements
        if placement.duplicate_of is None
    ]


def grouped_stories(grouping: Grouping) -> dict[str, GroupedStory]:
    """Return the stories as the store would in the next run."""
    sizes = Counter(one.story for one in grouping.placements if one.duplicate_of is None)
    return {story: GroupedStory(began, sizes[story]) for story, began in grouping.new_stories.items()}


class SavedRun:
    """A file with the articles that a first run has grouped, and those that a later run adds."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, articles: Sequence[Article], grouping: Grouping, late: Sequence[Article]) -> None:
        """Write the file."""
        grouped = grouped_articles(grouping, dict(enumerate(articles)))
        with closing(sqlite3.connect(self.path)) as database, database:
            database.execute("CREATE TABLE saved (kind TEXT, key, body BLOB, PRIMARY KEY (kind, key))")
            self._insert(database, "wording", enumerate(map(wording_of, articles)))
            self._insert(database, "grouped", ((article.key, article) for article in grouped))
            self._insert(database, "story", grouped_stories(grouping).items())
            self._insert(database, "late", enumerate(late, len(articles)))
            self._insert(database, "frequencies", [(0, grouping.frequencies)])

    def read(self, kind: str, keys: Iterable[int | str] | None = None) -> Iterator[tuple[Any, Any]]:
        """Yield key and value of one kind."""
        with closing(sqlite3.connect(self.path)) as database:
            query = "SELECT key, body FROM saved WHERE kind = ?"
            if keys is None:
                rows: Iterable[tuple[int, bytes]] = database.execute(query, (kind,))
            else:
                rows = (row for key in keys for row in database.execute(f"{query} AND key = ?", (kind, key)))
            yield from ((key, pickle.loads(body)) for key, body in rows)

    def _insert(self, database: sqlite3.Connection, kind: str, values: Iterable[tuple[int | str, object]]) -> None:
        rows = ((kind, key, pickle.dumps(value)) for key, value in values)
        database.executemany("INSERT INTO saved VALUES (?, ?, ?)", rows)


def peak_memory() -> int:
    """Return the highest memory of this process until now, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def as_new(articles: Iterable[tuple[int, Article]]) -> list[NewArticle]:
    """Return numbered articles as those that a run groups."""
    return [
        NewArticle(
            key=key,
            wording=wording_of(article),
            time=int(article.order.timestamp()),
            first_seen=int(article.first_seen.timestamp()),
            seed=article.id,
        )
        for key, article in articles
    ]


def measure_first(count: int, late: int, saved: SavedRun) -> None:
    """Print the figures of a first run; save it."""
    articles = ArticleGenerator(1).articles(count + late)
    sources = batches(articles[:count])
    before = peak_memory()
    start = time.process_time()
    identified = identify_all(sources)
    seconds = time.process_time() - start
    new = as_new(enumerate(identified))  # the store returns them in this form
    context = GroupingContext(grouped=[], lookup=lambda keys: {key: new[key].wording for key in keys})
    start = time.process_time()
    grouping = group(new, context, StoriesSettings())
    seconds += time.process_time() - start
    memory = peak_memory() - before
    print(f"{count:>9,} {seconds:>8.2f} {count / seconds:>11,.0f} {memory / count:>10,.0f}", end="", flush=True)
    saved.save(identified, grouping, articles[count:])


def measure_later(saved: SavedRun) -> None:
    """Print the figures of a later run."""
    group([], GroupingContext(grouped=[], lookup=lambda _: {}), StoriesSettings())  # load what it imports
    late = as_new(saved.read("late"))
    [(_, frequencies)] = saved.read("frequencies", [0])
    before = peak_memory()
    grouped = [article for _, article in saved.read("grouped")]
    live, count = peak_memory() - before, len(grouped)
    start = time.process_time()
    context = GroupingContext(
        grouped=grouped,
        lookup=lambda keys: dict(saved.read("wording", keys)),
        stories=lambda ids: dict(saved.read("story", ids)),
        frequencies=frequencies,
    )
    del grouped
    group(late, context, StoriesSettings())
    seconds = time.process_time() - start
    print(f" {seconds:>12.2f} {live / count:>11,.0f} {(peak_memory() - before) / count:>12,.0f}")


def main() -> None:
    """Measure each size, each run in a process of its own, so that none profits from the one before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,30000,100000,300000")
    parser.add_argument("--late", type=int, default=300)
    parser.add_argument("--first", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--later", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.first:
        measure_first(int(options.first[0]), options.late, SavedRun(Path(options.first[1])))
        return
    if options.later:
        measure_later(SavedRun(Path(options.later)))
        return
    more = f"{options.late} more, s"
    print(f" articles  seconds  articles/s  peak each {more:>12}  bytes each    peak each", flush=True)
    for size in options.sizes.split(","):
        with tempfile.TemporaryDirectory() as folder:
            file = f"{folder}/run.db"
            command = [sys.executable, __file__, "--late", str(options.late)]
            subprocess.run([*command, "--first", size, file], check=True)
            subprocess.run([*command, "--later", file], check=True)


if __name__ == "__main__":
    main()
