"""Find storylines: a publisher whose article links to an earlier one of its own tells that the story goes on.

The evidence is a link in the text of an article to an earlier article of the same host, in another story, whose
headline has a word of substance in common with it: texts link to unrelated articles, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from urllib.parse import urlsplit

from aggregator.grouping.types import story_id
from aggregator.model import Story
from aggregator.store import KnownStory, Store
from aggregator.text.urls import canonical

MOST_LINKS = 30
"""Links in the text of an article that are followed up, the first ones."""
SHORTEST_WORD = 5
"""Letters of a word that makes two headlines be about one subject."""
_LINK = re.compile(r"""href\s{0,9}=\s{0,9}["'](https?://[^"'\s<>]{1,1000})["']""", re.IGNORECASE)
_WORD = re.compile(rf"[^\W\d_]{{{SHORTEST_WORD},}}")


def link_storylines(store: Store, stories: Iterable[Story]) -> bool:
    """Look once for the storyline of each story, and store it. Returns whether any was found."""
    by_id = {story.id: story for story in stories}
    new = store.unexamined([*by_id])
    oldest_first = sorted(new & by_id.keys(), key=lambda story: _began(by_id[story]))
    links = {story: list(_links(by_id[story])) for story in oldest_first}
    urls = sorted({url for one in links.values() for url, _ in one})
    known = store.stories_at(urls) if urls else {}
    titles: dict[str, str] = {}
    members: dict[str, str] = {}
    for story, linked in links.items():
        earlier = _earlier_story(by_id[story], linked, known)
        if earlier:
            saga = earlier.storyline or members.get(earlier.id) or story_id(f"storyline\n{earlier.id}")
            titles.setdefault(saga, earlier.title)
            members |= {earlier.id: saga, story: saga}
    if new:
        store.save_storylines(new, titles, members)
    return bool(members)


def _links(story: Story) -> Iterator[tuple[str, str]]:
    """Yield (canonical URL, headline of the article) of the links in the texts of a story to their own hosts."""
    for article in story.articles:
        host = _host(article.url or "")
        for match in _LINK.findall(article.content or "")[:MOST_LINKS] if host else ():
            url = canonical(unescape(match)) if _host(match) == host else None
            if url and url != article.url:
                yield url, article.title


def _earlier_story(
    story: Story, linked: Iterable[tuple[str, str]], known: Mapping[str, KnownStory]
) -> KnownStory | None:
    """Return the latest of the stories that are linked, began earlier, and are about the same subject."""
    began = _began(story)
    earlier = [
        known[url]
        for url, title in linked
        if url in known and known[url].id != story.id and known[url].began < began
        if _words(title) & _words(known[url].title)
    ]
    return max(earlier, key=lambda one: (one.began, one.id), default=None)


def _began(story: Story) -> int:
    return min(int(article.date.timestamp()) for article in story.articles)


def _words(title: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(title)}


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
