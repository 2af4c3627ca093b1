"""Determines the titles of links.

Links such as "Read more", "View release" or a picture take the title from the card that they are in.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from aggregator.pages.dates import find_date
from aggregator.pages.listing.link import HEADING_RANK, Link
from aggregator.pages.tree import HEADINGS, class_words, count_words, lines_of, text_of
from aggregator.pages.url_shape import last_segment, slug_words

TITLE_NAMES = frozenset("title headline heading hed titleline".split())
MOST_IN_CARD = 4
HIGHEST_CARD = 6
MOST_BESIDE_ID = 12
"""Maximum number of links in the card of a link whose text is a number: its files, its authors."""
WORDY = 4
"""Minimum length of a title that several articles may share, in words."""
FEW = 3
"""Number of targets from which a text that all their links share is not a title."""
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
"""Link texts that do not name their target."""
_ORNAMENT = re.compile(r"\d{1,3}[.)]?|#\d{1,3}|\d{1,2}:\d\d(?::\d\d)?|[|•·»›→▶]+")
"""Ranks, durations of videos, arrows."""
_ID = re.compile(r"(?![0-9a-f]{7,}$)(?:[A-Z]+\s)?(?=\S*\d{3})\S+")
"""Numbers of papers, cases and files, except hashes of commits."""
_TITLE = re.compile(r"^titl?e[rl]?\s?:\s", re.IGNORECASE)
_LABELS = frozenset("badge eyebrow flag kicker label labels overline pill premium subscriber tag".split())
"""Classes of elements that contain the type of an article."""


def title_of(element: Any, url: str) -> tuple[str, int]:
    """Return the title of a link and its rank: 2 for a heading in the link, 1 for its text, 0 for a label or `alt`."""
    title, rank = _ranked_title(element, url)
    for label in islice(element.iter(), MOST_PARTS):
        if label is not element and isinstance(label.tag, str) and not _LABELS.isdisjoint(class_words(label)):
            unlabelled = title.removeprefix(text_of(label)).strip()
            title = unlabelled if count_words(unlabelled) > 2 else title
    return title, rank


def _ranked_title(element: Any, url: str) -> tuple[str, int]:
    headings = [" ".join(lines_of(heading, _ORNAMENT)) for heading in islice(element.iter(*HEADINGS), MOST_IN_CARD)]
    if title := _best_title(headings or [text_of(part) for part in islice(_title_parts(element), MOST_IN_CARD)], url):
        return title, HEADING_RANK
    if title := _best_title(_separate_lines(element), url):
        return title, 1
    picture = element.find(".//img[@alt]")
    label = element.get("aria-label") or element.get("title") or (picture.get("alt") if picture is not None else "")
    return " ".join(label.split()), 0


def _separate_lines(element: Any) -> list[str]:
    """Return the lines of a link: those of its blocks, or of its children if it has no text of its own."""
    children = [element]
    for _ in range(HIGHEST_CARD):
        if len(children) != 1 or _has_own_text(children[0]):
            break
        element = children[0]
        children = [child for child in element if isinstance(child.tag, str) and "".join(child.itertext()).strip()]
    if len(children) > 1:
        lines = [line for child in children for line in lines_of(child, _ORNAMENT)]
        if any(count_words(line) > 2 for line in lines):
            return lines
    return lines_of(element, _ORNAMENT)


def _has_own_text(element: Any) -> bool:
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in element)


def _best_title(titles: list[str], url: str) -> str:
    """Return the title that the URL repeats, otherwise the first longer than a label, otherwise the longest."""
    slug = slug_words(last_segment(url))
    if len(titles) > 1 and len(slug) > 1:
        shared = [len(slug & slug_words(title)) for title in titles]
        if 2 * max(shared) >= len(slug):
            return titles[shared.index(max(shared))]
    return next((title for title in titles if count_words(title) > 2), max(titles, key=len, default=""))


def _title_parts(element: Any) -> Iterator[Any]:
    """Yield the elements in a link whose class is that of a title."""
    for part in element.iter():
        if part is not element and isinstance(part.tag, str) and not TITLE_NAMES.isdisjoint(class_words(part)):
            yield part


def unlinked_headings(root: Any) -> set[str]:
    """Return the texts of the headings of a page without links, including those for screen readers."""
    headings = islice(root.iter(*HEADINGS), MOST_HEADINGS)
    unlinked = (
        heading for heading in headings if next(heading.iter("a"), next(heading.iterancestors("a"), None)) is None
    )
    return {" ".join("".join(heading.itertext()).split()) for heading in unlinked}


def retitle_links(links: Sequence[Link]) -> list[Link]:
    """Give links with generic texts the titles of their cards.

    Generic are texts that many links share, and those in `GENERIC_TEXT`. Of several generic links in a card, one gets
    the title, and the others are left out, as are those whose cards have no title. Links of a menu stay unchanged.
    """
    repeated = _repeated_texts(links)
    generic = [link for link in links if link.place.region != "chrome" and _is_generic(link, repeated)]
    texts = {id(link): link.title if link.title in repeated else _meaningful_text(link) for link in generic}
    cards = _cards_of(generic, texts)
    headings = _headings_of_cards(cards)
    untitled = [link for link in generic if link.title in repeated or _ID.fullmatch(link.title)]
    lines = _lines_of_cards([(link, cards[id(link)][-1:]) for link in untitled])
    main_host = Counter(urlsplit(link.target).netloc for link in links).most_common(1)
    targets: dict[tuple[Any, str], str] = {}
    left_out = set()
    for link in sorted(generic, key=lambda link: _sort_key(link.target, main_host)):
        source, title = headings.get(id(link), (None, ""))
        rank = HEADING_RANK if title else 0
        if source is None and id(link) in lines:
            (source, title), rank = lines[id(link)], 1 if link.title else 0
        if title and targets.setdefault((source, title), link.target) == link.target:
            keeps_own = rank == HEADING_RANK and count_words(link.title) > 2 and link.title in title
            link.set_title(link.title if keeps_own else title, rank)
        elif title or link.title in repeated:
            left_out.add(id(link))
    return [link for link in links if id(link) not in left_out]


def _repeated_texts(links: Sequence[Link]) -> set[str]:
    """Return the texts that links to several pages share.

    A long text does not count if most links of its kinds have other texts: it is the title of several articles, as in
    lists of replies.
    """
    targets: dict[str, set[str]] = defaultdict(set)
    kinds: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    sizes = Counter(link.kind for link in links)
    for link in links:
        targets[link.title].add(link.target)
        kinds[link.title][link.kind] += 1
    repeated = {title for title, title_targets in targets.items() if len(title_targets) >= FEW}
    long = {title for title in repeated if count_words(title) >= WORDY and not GENERIC_TEXT.match(title)}
    return repeated - {title for title in long if all(2 * n < sizes[kind] for kind, n in kinds[title].items())}


def _meaningful_text(link: Link) -> str:
    """Return the text of a link; "" if it comes from a label or a picture, or is a number."""
    return "" if link.title_rank == 0 or _ID.fullmatch(link.title) else link.title


def _is_generic(link: Link, repeated: Collection[str]) -> bool:
    if not _meaningful_text(link) or GENERIC_TEXT.match(link.title):
        return True
    return link.title in repeated and not link.is_heading and not link.place.in_heading


def _sort_key(target: str, main_host: list[tuple[str, int]]) -> tuple[bool, bool]:
    """Sort pages of the site before those of other sites, and before files."""
    parts = urlsplit(target)
    return parts.path.endswith(".pdf"), [parts.netloc] != [host for host, _ in main_host]


def _cards_of(links: Sequence[Link], texts: Mapping[int, str]) -> dict[int, list[Any]]:
    """Return the cards of each link by its `id()`, smallest first.

    Cards are the elements around a link with few other links, and none with the same text and another target. `texts`:
    by the `id()` of each link.
    """
    owners: dict[tuple[Any, str], str] = {}
    for link in links:
        for ancestor in islice(link.element.iterancestors(), HIGHEST_CARD):
            key = ancestor, texts[id(link)]
            owners[key] = link.target if owners.get(key, link.target) == link.target else ""

    cards: dict[int, list[Any]] = {}
    for link in links:
        cards[id(link)] = []
        most = MOST_BESIDE_ID if _ID.fullmatch(link.title) else MOST_IN_CARD
        for card in islice(link.element.iterancestors(), HIGHEST_CARD):
            is_full = sum(1 for _ in islice(card.iter("a"), most + 1)) > most
            if is_full or card.tag in ("body", "main") or not owners[card, texts[id(link)]]:
                break
            cards[id(link)].append(card)
    return cards


def _headings_of_cards(cards: Mapping[int, Sequence[Any]]) -> dict[int, tuple[Any, str]]:
    """Return the heading of the card of each link with its text, without texts that many cards share."""
    headings = {key: next(filter(None, map(_heading, link_cards)), None) for key, link_cards in cards.items()}
    shared = Counter(title for _, title in {heading for heading in headings.values() if heading and heading[1]})
    return {key: heading for key, heading in headings.items() if heading and shared[heading[1]] < FEW}


def _heading(card: Any) -> tuple[Any, str] | None:
    """Return the heading of a card, or an element with the class of a title, with its text; None without one.

    The text is "" if the heading is a link, or if there are several headings.
    """
    candidates = list(islice(card.iter(*HEADINGS), MOST_IN_CARD)) or list(islice(_title_parts(card), 1))
    headings = [heading for heading in candidates if "".join(heading.itertext()).strip()]
    unlinked = [heading for heading in headings if heading.tag != "a" and heading.find(".//a[@href]") is None]
    if not headings:
        return None
    return headings[0], _TITLE.sub("", text_of(unlinked[0])) if len(unlinked) == 1 else ""


def _lines_of_cards(links: Sequence[tuple[Link, list[Any]]]) -> dict[int, tuple[Any, str]]:
    """Return the card of each link, by its `id()`, with the first line that other cards do not share."""
    elements = {link.element for link, _ in links}
    lines = {card: _title_lines(card, elements) for _, cards in links for card in cards}
    shared = Counter(line for card_lines in lines.values() for line in set(card_lines))
    first = {card: next((line for line in card_lines if shared[line] < FEW), "") for card, card_lines in lines.items()}
    return {id(link): (card, first[card]) for link, cards in links for card in cards}


def _title_lines(card: Any, generic: Collection[Any]) -> list[str]:
    """Return the lines of a card that may be its headline; none if the card has links other than the `generic` ones."""
    texts = {link: text_of(link) for link in card.iter("a")}
    if any(count_words(text) > 2 for link, text in texts.items() if link not in generic):
        return []
    lines = lines_of(card)[:MOST_PARTS]
    for text in texts.values():
        lines = [line.removesuffix(text).strip() for line in lines]
    candidates = (line for line in lines if 3 <= count_words(line) <= MOST_WORDS)
    return [line for line in candidates if not GENERIC_TEXT.match(line) and not find_date(line)]
