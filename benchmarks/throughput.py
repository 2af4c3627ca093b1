"""How fast new articles are identified and grouped, and what memory that takes: without network, parsing and store.

    python benchmarks/throughput.py [--sizes 10000,30000,100000,300000] [--late 300]

The articles are invented: a title and 300 characters, words as frequent as those of a language (Zipf), three days of
news, six in ten alone in their story. `--late` places so many more among those that are placed.
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
from aggregator.grouping.types import Grouping, Member, Placed
from aggregator.ingest.identify import Sighting, fingerprint, identify
from aggregator.model import Article, Item, Outlet

START = datetime(2026, 3, 1, tzinfo=UTC)
WORDS, OUTLETS, HOURS = 60_000, 400, 72
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


class Newsroom:
    """Writes articles about invented events."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        pick = self.chance.integers(0, len(SYLLABLES), (WORDS, 4))
        self.words = ["".join(SYLLABLES[n] for n in row[: 2 + row[3] % 3]) for row in pick]
        share = 1 / (np.arange(WORDS) + 3.0)
        self.share = share / share.sum()

    def articles(self, count: int) -> list[Article]:
        """So many, by time."""
        sizes = self.chance.choice([1, 1, 1, 1, 1, 1, 2, 3, 5, 12], count)
        stories = np.repeat(np.arange(count), sizes)[:count]
        self.chance.shuffle(stories)
        hours = self.chance.random(count) * HOURS
        topics = self.chance.integers(500, WORDS, (int(stories.max()) + 1, 12))
        common = self.chance.choice(WORDS, (count, 40), p=self.share)
        own = self.chance.integers(0, 12, (count, 16))
        made = [
            self._article(n, topics[stories[n]][own[n]].tolist(), common[n].tolist(), float(hours[n]))
            for n in range(count)
        ]
        return sorted(made, key=lambda one: one.date)

    def _article(self, n: int, own: list[int], common: list[int], hours: float) -> Article:
        topic = [self.words[word].capitalize() if word % 3 else self.words[word] for word in own]
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
"""What a source shows, rough and normalised."""


def batches(articles: list[Article]) -> list[Batch]:
    """The articles by outlet, as collecting and normalising leave them."""
    by_outlet: dict[str, Batch] = {}
    for one in articles:
        item = Item(id=one.id, title=one.title, url=one.url, summary=one.summary)
        by_outlet.setdefault(one.source.name, []).append((item, one))
    return list(by_outlet.values())


def identified(sources: list[Batch]) -> list[Article]:
    """Each article as it goes through the identity of its source."""
    found = []
    for batch in sources:
        sightings = [Sighting(article=one, guid=one.id, fingerprint=fingerprint(item)) for item, one in batch]
        found += [one.sighting.article for one in identify(sightings, [])]
    return found


def placed(grouping: Grouping, articles: dict[int, Article]) -> list[Placed]:
    """The articles as the store would give them to the next run."""
    sizes: dict[str, int] = {}
    for one in grouping.placements:
        sizes[one.story] = sizes.get(one.story, 0) + (one.duplicate_of is None)
    return [
        Placed(
            key=one.key,
            time=int(articles[one.key].order.timestamp()),
            arrived=int(articles[one.key].first_seen.timestamp()),
            outlet=articles[one.key].source.name,
            story=one.story,
            began=grouping.began[one.story],
            size=sizes[one.story],
            record=grouping.records[one.key],
            links=grouping.links.get(one.key),
        )
        for one in grouping.placements
        if one.duplicate_of is None
    ]


def measure(count: int, late: int) -> None:
    """One line of the table."""
    articles = Newsroom(1).articles(count + late)
    new, rest = articles[:count], articles[count:]
    sources = batches(new)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    new = identified(sources)
    members = [Member(key=n, article=one, seed=one.id) for n, one in enumerate(new)]
    grouping = group(members, [], StoriesSettings(), lambda keys: {key: new[key] for key in keys})
    seconds = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    live = placed(grouping, dict(enumerate(new)))
    more = [Member(key=count + n, article=one, seed=one.id) for n, one in enumerate(rest)]
    began = time.process_time()
    group(more, live, StoriesSettings(), lambda keys: {key: new[key] for key in keys}, frequencies=grouping.frequencies)
    after = time.process_time() - began
    print(f"{count:>9,} {seconds:>8.2f} {count / seconds:>11,.0f} {memory * 1024 / count:>11,.0f} {after:>12.2f}")


def main() -> None:
    """A process for each size, so that none profits from the one before."""
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
