"""Measure the speed and memory of identifying and grouping new articles, without network, parsing and store.

    python benchmarks/throughput.py [--sizes 10000,30000,100000,300000] [--late 300]

The articles are generated: a title and 300 characters, word frequencies as in a language (Zipf), three days of news,
six in ten alone in their story. `--late`: how many articles are then added to the grouped ones.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import numpy as np

from aggregator.grouping.group import group
from aggregator.grouping.settings import StoriesSettings
from aggregator.grouping.types import GroupedArticle, Grouping, GroupingContext, NewArticle
from aggregator.ingest.identify import FetchedArticle, fingerprint, identify
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
            FetchedArticle(article=article, guid=article.id, fingerprint=fingerprint(item)) for item, article in batch
        ]
        articles += [one.fetched.article for one in identify(fetched, [])]
    return articles


def grouped_articles(grouping: Grouping, articles: dict[int, Article]) -> list[GroupedArticle]:
    """Return the originals as the store would in the next run."""
    sizes: dict[str, int] = {}
    for placement in grouping.placements:
        sizes[placement.story] = sizes.get(placement.story, 0) + (placement.duplicate_of is None)
    return [
        GroupedArticle(
            key=placement.key,
            time=int(articles[placement.key].order.timestamp()),
            first_seen=int(articles[placement.key].first_seen.timestamp()),
            outlet=articles[placement.key].source.name,
            story=placement.story,
            story_began=grouping.new_stories[placement.story],
            story_size=sizes[placement.story],
            record=grouping.records[placement.key],
            links=grouping.links.get(placement.key),
        )
        for placement in grouping.placements
        if placement.duplicate_of is None
    ]


def measure(count: int, late: int) -> None:
    """Print one line of the table."""
    articles = ArticleGenerator(1).articles(count + late)
    new, rest = articles[:count], articles[count:]
    sources = batches(new)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    new = identify_all(sources)
    grouping = group(
        [NewArticle(key=n, article=article, seed=article.id) for n, article in enumerate(new)],
        GroupingContext(grouped=[], lookup=lambda keys: {key: new[key] for key in keys}),
        StoriesSettings(),
    )
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    grouped = grouped_articles(grouping, dict(enumerate(new)))
    more = [NewArticle(key=count + n, article=article, seed=article.id) for n, article in enumerate(rest)]
    start = time.process_time()
    group(
        more,
        GroupingContext(
            grouped=grouped, lookup=lambda keys: {key: new[key] for key in keys}, frequencies=grouping.frequencies
        ),
        StoriesSettings(),
    )
    after = time.process_time() - start
    print(f"{count:>9,} {seconds:>8.2f} {count / seconds:>11,.0f} {memory * 1024 / count:>11,.0f} {after:>12.2f}")


def main() -> None:
    """Measure each size in a process of its own, so that none profits from the one before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,30000,100000,300000")
    parser.add_argument("--late", type=int, default=300)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        measure(options.one, options.late)
        return
    print(f" articles  seconds  articles/s  bytes each  {options.late} more, s", flush=True)
    for size in options.sizes.split(","):
        subprocess.run([sys.executable, __file__, "--one", size, "--late", str(options.late)], check=True)


if __name__ == "__main__":
    main()
