"""Place new articles: copies under their original, and articles that tell the same story together."""

from __future__ import annotations

import math
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import msgspec

from aggregator.model import Article
from aggregator.settings import StoriesSettings

NAMESPACE = uuid.UUID("6f1f6f0e-5b0e-5f0a-9a51-1f3f6d1c2a77")
Vote = Callable[[Article, Article], bool | None]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An article to be placed, or one that is. `key`: the store's; `seed`: its source and id, of which a story's id is made."""

    key: int
    article: Article
    seed: str
    story: str | None = None
    duplicate_of: int | None = None


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Where an article belongs. `why`: the evidence in words, None for the founder of a story."""

    key: int
    story: str
    why: str | None = None
    duplicate_of: int | None = None


def story_id(seed: str) -> str:
    """The story's id for ever, made of the article that founds it."""
    return f"urn:uuid:{uuid.uuid5(NAMESPACE, seed)}"


def group(
    new: Sequence[Member], live: Sequence[Member], settings: StoriesSettings, vote: Vote | None = None
) -> list[Placement]:
    """Place each of the new articles among the live ones and each other."""
    words = {m.key: _words(m.article) for m in (*live, *new)}
    counts = Counter(word for own in words.values() for word in own)
    total = len(words)
    weight = {word: math.log(1 + total / n) for word, n in counts.items()}
    vectors = {key: _vector(own, weight) for key, own in words.items()}
    index: dict[str, list[Member]] = defaultdict(list)
    texts: dict[str, Member] = {}
    urls: dict[str, Member] = {}
    stories: dict[int, str] = {}

    def add(member: Member, story: str) -> None:
        stories[member.key] = story
        for word in sorted(vectors[member.key], key=lambda w: -vectors[member.key][w])[:12]:
            index[word].append(member)
        texts.setdefault(_text(member.article), member)
        if member.article.url:
            urls.setdefault(member.article.url, member)

    for member in sorted(live, key=lambda m: (m.article.date, m.seed)):
        if member.story and member.duplicate_of is None:
            add(member, member.story)
    placements = []
    for member in sorted(new, key=lambda m: (m.article.date, m.seed)):
        text = _text(member.article)
        original = urls.get(member.article.url or "") or (texts.get(text) if len(text) > 80 else None)
        if original:
            why = f"the same text as {original.article.source.name}: {original.article.title}"
            placements.append(
                Placement(key=member.key, story=stories[original.key], why=why, duplicate_of=original.key)
            )
            continue
        best, score = None, 0.3
        own = vectors[member.key]
        near: dict[int, Member] = {}
        for word in sorted(own, key=lambda w: -own[w])[:12]:
            near.update((m.key, m) for m in index[word][-200:])
        for other in near.values():
            if abs(other.article.date - member.article.date) > settings.window:
                continue
            shared = own.keys() & vectors[other.key].keys()
            cosine = sum(own[w] * vectors[other.key][w] for w in shared)
            if cosine > score:
                best, score = other, cosine
        if best is None:
            story, why = story_id(member.seed), None
        else:
            story, why = stories[best.key], f"with {best.article.source.name}: {best.article.title} ({score:.2f})"
        placements.append(Placement(key=member.key, story=story, why=why))
        add(member, story)
    return placements


def _words(article: Article) -> set[str]:
    return {w for w in re.findall(r"\w{3,}", f"{article.title} {article.summary[:500]}".casefold())}


def _vector(words: set[str], weight: dict[str, float]) -> dict[str, float]:
    norm = math.sqrt(sum(weight[w] ** 2 for w in words)) or 1.0
    return {w: weight[w] / norm for w in words}


def _text(article: Article) -> str:
    return " ".join(f"{article.title} {article.summary}".casefold().split())
