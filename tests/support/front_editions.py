"""Ten different editions of invented stories, to measure front pages with: many and few pictures, sections, outlets."""

from __future__ import annotations

from random import Random
from typing import Any

from sample_edition import article, edition, story

from aggregator import Edition, Outlet, Section, Story

NOUNS = (
    "bridge harbour council school minister river strike market hospital railway company island museum election storm"
    " goalkeeper court factory forest airline bank telescope vaccine library parliament union orchestra mountain ferry"
).split()
VERBS = (
    "opens closes rejects wins loses delays warns praises buys sells repairs finds questions defends ends begins"
).split()
REST = "after talks, in the rain, for a second time, as prices fall, over pay, before the vote, near the sea".split(
    ", "
)
TAGS = ("world", "politics", "business", "sport", "science", "culture", "city", "travel")
HEBREW = "הגשר הישן נפתח מחדש אחרי תשעה עשר חודשים של עבודות תיקון בנהר"

TEN = range(10)


def made_edition(number: int) -> Edition:
    """Return one of ten editions, always the same for a number."""
    random = Random(number)
    count = (50, 50, 40, 25, 50, 12, 50, 35, 50, 18)[number]
    tags = TAGS[: (5, 1, 3, 8, 6, 2, 8, 4, 0, 3)[number]]
    pictured = (0.8, 0.5, 0.2, 0.9, 0.0, 0.7, 1.0, 0.4, 0.6, 0.1)[number]
    stories = tuple(_story(random, n, tags, pictured) for n in range(count))
    latest = tuple(sorted(stories, key=lambda one: one.updated, reverse=True))
    more: dict[str, Any] = {"locale": ("en", "de", "fr", "he")[number % 4], "latest": latest, "date": latest[0].updated}
    if not tags:
        more["sections"] = (Section("", stories),)
    return edition(*stories, **more)


def _sentence(random: Random, words: int) -> str:
    parts = [random.choice(NOUNS).title(), random.choice(VERBS), "the", random.choice(NOUNS), random.choice(REST)]
    while len(parts) < words:
        parts += ["and", random.choice(VERBS), "the", random.choice(NOUNS)]
    return " ".join(parts)


def _story(random: Random, number: int, tags: tuple[str, ...], pictured: float) -> Story:
    size = random.choice((1, 1, 1, 2, 3, 5, 12)) if number else random.choice((1, 4, 20))
    weights = [len(TAGS) - n for n in range(len(tags))]
    tag = tuple(random.choices(tags, weights)) if tags else ()
    articles = []
    for n in range(size):
        outlet = Outlet(
            f"{random.choice(NOUNS).title()} {random.choice(('Post', 'Courier', 'Times'))}", f"https://o{n}.example/"
        )
        title, language = _sentence(random, random.randint(4, 14)), "en"
        if random.random() < 0.05:
            title, language = HEBREW, "he"
        summary = ". ".join(_sentence(random, 8) for _ in range(random.randint(0, 6)))
        image = f"https://pictures.example/{number}-{n}.jpg" if random.random() < pictured else None
        more: dict[str, Any] = {"id": f"{number}-{n}", "url": f"https://o{n}.example/{number}", "language": language}
        articles.append(
            article(outlet, f"{title} {number}", number * 0.7 + n / 5, summary, tags=tag, image=image, **more)
        )
    return story(number, *articles)
