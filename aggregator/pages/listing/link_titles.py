"""What the links of a page are called. Many do not say it themselves: "Read more", "View release" or a picture in each
card of a list; these are called what their card says."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from aggregator.pages.dates import find_date
from aggregator.pages.listing.link import Link
from aggregator.pages.tree import HEADINGS, class_words, count_words, lines_of, text_of
from aggregator.pages.url_shape import last_segment, slug_words

TITLE_NAMES = frozenset("title headline heading hed titleline".split())
MOST_IN_CARD = 4
HIGHEST_CARD = 6
MOST_BESIDE_ID = 12
"""Links in the card of one whose text is a number: its files, its authors."""
WORDY = 4
"""Words from which on a text may be the title of several articles."""
FEW = 3
"""Addresses from which on what all the links to them say is no title."""
MOST_WORDS, MOST_PARTS, MOST_HEADINGS = 25, 20, 1000

GENERIC_TEXT = re.compile(
    r"""^(?:
    (?:continue|keep)\ reading.* | read(?:\ the)?\ (?:more|full|on|story|article)\b.*
    | more(?:\ (?:about|articles|from|in|info|news|on|posts|stories)\b.{0,40})?
    | (?:see|view|show|load|learn)\ (?:all|more)\b.* | all\ (?:articles|news|posts|stories)
    | (?:newer|next|older|past|previous)(?:\ (?:articles?|entries|issues?|news|page|posts?|site|stories|story)\b.*)?
    | archived?(?:\ .{0,20})? | (?:19|20)\d\d | skip\ to.* | back\ to\ (?:the\ )?(?:home|list|news|overview|top)\b.*
    | (?:sign|log)\ ?(?:in|out|up)\b.* | subscribe.* | register(?:\ (?:for|here|now)\b.*)? | donate(?:\ .{0,12})?
    | download(?:\ (?:now|our|pdf|the)\b.*)? | send\ us\b.* | contact\ us\b.* | get\ in\ touch\b.* | follow\ us\b.*
    | weiterlesen.* | mehr(?:\ (?:anzeigen|dazu|erfahren|lesen))? | lire\ (?:la\ suite|plus)\b.* | en\ savoir\ plus
    | leer\ más.* | leggi\ (?:di\ più|tutto).* | czytaj\ (?:dalej|więcej).* | lees\ (?:meer|verder).* | läs\ mer.*
    | (?:no|\d[\d.,k]*)\s(?:comments?|commentaires?|comentarios?|kommentare?|likes?|points?|reactions?|replies|shares?)
    | leave\ a\ (?:comment|reply).* | share(?:\ (?:on|this|via)\b.*)? | advertisement
    | sponsored(?:\ (?:by|content|post)\b.*)? | discuss | e-?mail | permalink | print
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
"""What links say that lead on, and do not say where to."""
_ORNAMENT = re.compile(r"\d{1,3}[.)]?|#\d{1,3}|\d{1,2}:\d\d(?::\d\d)?|[|•·»›→▶]+")
"""Ranks, lengths of films, arrows."""
_ID = re.compile(r"(?![0-9a-f]{7,}$)(?:[A-Z]+\s)?(?=\S*\d{3})\S+")
"""Numbers of papers, cases and files, but for those of commits."""
_TITLE = re.compile(r"^titl?e[rl]?\s?:\s", re.IGNORECASE)
_LABELS = frozenset("badge eyebrow flag kicker label labels overline pill premium subscriber tag".split())
"""What elements are called that say of what sort an article is."""


def title_of(element: Any, url: str) -> tuple[str, int]:
    """What a link is called, and how sure that is its title: 2 for a heading in it, 1 for its text, 0 for what is said
    of a picture."""
    title, sure = _title_of(element, url)
    for label in islice(element.iter(), MOST_PARTS):
        if label is not element and isinstance(label.tag, str) and not _LABELS.isdisjoint(class_words(label)):
            bare = title.removeprefix(text_of(label)).strip()
            title = bare if count_words(bare) > 2 else title
    return title, sure


def _title_of(element: Any, url: str) -> tuple[str, int]:
    headings = [" ".join(lines_of(one, _ORNAMENT)) for one in islice(element.iter(*HEADINGS), MOST_IN_CARD)]
    if title := _fullest(headings or [text_of(one) for one in islice(_named(element), MOST_IN_CARD)], url):
        return title, 2
    if title := _fullest(_lines(element), url):
        return title, 1
    picture = element.find(".//img[@alt]")
    stated = element.get("aria-label") or element.get("title") or (picture.get("alt") if picture is not None else "")
    return " ".join(stated.split()), 0


def _lines(element: Any) -> list[str]:
    """The texts in a link that stand apart: those of its blocks, and of its children if all its text is in these."""
    children = [element]
    for _ in range(HIGHEST_CARD):
        if len(children) != 1 or _has_own_text(children[0]):
            break
        element = children[0]
        children = [one for one in element if isinstance(one.tag, str) and "".join(one.itertext()).strip()]
    if len(children) > 1:
        apart = [line for one in children for line in lines_of(one, _ORNAMENT)]
        if any(count_words(line) > 2 for line in apart):
            return apart
    return lines_of(element, _ORNAMENT)


def _has_own_text(element: Any) -> bool:
    return bool((element.text or "").strip()) or any((one.tail or "").strip() for one in element)


def _fullest(titles: list[str], url: str) -> str:
    """The one that the address repeats, else the first that is more than a label, else the longest."""
    slug = slug_words(last_segment(url))
    if len(titles) > 1 and len(slug) > 1:
        shared = [len(slug & slug_words(title)) for title in titles]
        if 2 * max(shared) >= len(slug):
            return titles[shared.index(max(shared))]
    return next((title for title in titles if count_words(title) > 2), max(titles, key=len, default=""))


def _named(element: Any) -> Iterator[Any]:
    """The elements in a link that are called its title."""
    for one in element.iter():
        if one is not element and isinstance(one.tag, str) and not TITLE_NAMES.isdisjoint(class_words(one)):
            yield one


def unlinked_headings(root: Any) -> set[str]:
    """What the headings of a page say that are no links, those for screen readers among them."""
    few = islice(root.iter(*HEADINGS), MOST_HEADINGS)
    bare = (one for one in few if next(one.iter("a"), next(one.iterancestors("a"), None)) is None)
    return {" ".join("".join(one.itertext()).split()) for one in bare}


def retitle_links(links: Sequence[Link]) -> list[Link]:
    """Call the links that do not say where to they lead what their cards say: those that say what many others do, and
    those that are known to say nothing. Of several in a card, one is called so; the others are left out, and those
    whose cards say nothing. Links of a menu stay as they are."""
    often = _said_often(links)
    calls = [link for link in links if link.place.region != "chrome" and _is_call(link, often)]
    said = {id(link): link.title if link.title in often else _said(link) for link in calls}
    cards = _cards_of(calls, said)
    headings = _headings_of_cards(cards)
    bare = [link for link in calls if link.title in often or _ID.fullmatch(link.title)]
    lines = _lines_of_cards([(link, cards[id(link)][-1:]) for link in bare])
    home = Counter(urlsplit(link.target).netloc for link in links).most_common(1)
    named: dict[tuple[Any, str], str] = {}
    left_out = set()
    for link in sorted(calls, key=lambda link: _rank(link.target, home)):
        holder, title = headings.get(id(link), (None, ""))
        sure = 2 if title else 0
        if holder is None and id(link) in lines:
            (holder, title), sure = lines[id(link)], 1 if link.title else 0
        if title and named.setdefault((holder, title), link.target) == link.target:
            link.call(link.title if sure == 2 and count_words(link.title) > 2 and link.title in title else title, sure)
        elif title or link.title in often:
            left_out.add(id(link))
    return [link for link in links if id(link) not in left_out]


def _said_often(links: Sequence[Link]) -> set[str]:
    """What links to several pages say. Where most links that are made alike say something else, it is the title of
    several articles, as it is of answers."""
    targets: dict[str, set[str]] = defaultdict(set)
    kinds: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    sizes = Counter(link.kind for link in links)
    for link in links:
        targets[link.title].add(link.target)
        kinds[link.title][link.kind] += 1
    often = {title for title, found in targets.items() if len(found) >= FEW}
    shared = {title for title in often if count_words(title) >= WORDY and not GENERIC_TEXT.match(title)}
    return often - {title for title in shared if all(2 * n < sizes[kind] for kind, n in kinds[title].items())}


def _said(link: Link) -> str:
    """What the text of a link says; nothing, where that is said of a picture, or is a number."""
    return "" if link.sure == 0 or _ID.fullmatch(link.title) else link.title


def _is_call(link: Link, often: Collection[str]) -> bool:
    if not _said(link) or GENERIC_TEXT.match(link.title):
        return True
    return link.title in often and not link.heading and not link.place.heading


def _rank(target: str, home: list[tuple[str, int]]) -> tuple[bool, bool]:
    """Pages of the site come before those of others, and before files."""
    parts = urlsplit(target)
    return parts.path.endswith(".pdf"), [parts.netloc] != [host for host, _ in home]


def _cards_of(calls: Sequence[Link], said: Mapping[int, str]) -> dict[int, list[Any]]:
    """By the `id()` of each link, the elements around it that hold few others, and none that says the same of another
    page; the smallest first. `said`: what each says."""
    marks: dict[tuple[Any, str], str] = {}
    for link in calls:
        for around in islice(link.element.iterancestors(), HIGHEST_CARD):
            key = around, said[id(link)]
            marks[key] = link.target if marks.get(key, link.target) == link.target else ""

    cards: dict[int, list[Any]] = {}
    for link in calls:
        cards[id(link)] = []
        most = MOST_BESIDE_ID if _ID.fullmatch(link.title) else MOST_IN_CARD
        for card in islice(link.element.iterancestors(), HIGHEST_CARD):
            full = sum(1 for _ in islice(card.iter("a"), most + 1)) > most
            if full or card.tag in ("body", "main") or not marks[card, said[id(link)]]:
                break
            cards[id(link)].append(card)
    return cards


def _headings_of_cards(cards: Mapping[int, Sequence[Any]]) -> dict[int, tuple[Any, str]]:
    """By the `id()` of each link, the heading of its card with its text; those that say the same in many are none."""
    found = {link: next(filter(None, map(_heading, around)), None) for link, around in cards.items()}
    shared = Counter(title for _, title in {one for one in found.values() if one and one[1]})
    return {key: one for key, one in found.items() if one and shared[one[1]] < FEW}


def _heading(card: Any) -> tuple[Any, str] | None:
    """The one heading of a card, or what is called its title, with its text; "" where that is a link, or there are
    several. None where there is none."""
    few = list(islice(card.iter(*HEADINGS), MOST_IN_CARD)) or list(islice(_named(card), 1))
    few = [one for one in few if "".join(one.itertext()).strip()]
    bare = [one for one in few if one.tag != "a" and one.find(".//a[@href]") is None]
    if not few:
        return None
    return few[0], _TITLE.sub("", text_of(bare[0])) if len(bare) == 1 else ""


def _lines_of_cards(calls: Sequence[tuple[Link, list[Any]]]) -> dict[int, tuple[Any, str]]:
    """By the `id()` of each link, its card and the first line there that cards do not share."""
    elements = {link.element for link, _ in calls}
    lines = {card: _lines_beside(card, elements) for _, cards in calls for card in cards}
    shared = Counter(line for found in lines.values() for line in set(found))
    first = {card: next((line for line in found if shared[line] < FEW), "") for card, found in lines.items()}
    return {id(link): (card, first[card]) for link, cards in calls for card in cards}


def _lines_beside(card: Any, calls: Collection[Any]) -> list[str]:
    """The lines of a card that may be its headline, where no other link is."""
    said = {call: text_of(call) for call in card.iter("a")}
    if any(count_words(text) > 2 for call, text in said.items() if call not in calls):
        return []
    lines = lines_of(card)[:MOST_PARTS]
    for text in said.values():
        lines = [line.removesuffix(text).strip() for line in lines]
    likely = (line for line in lines if 3 <= count_words(line) <= MOST_WORDS)
    return [line for line in likely if not GENERIC_TEXT.match(line) and not find_date(line)]
