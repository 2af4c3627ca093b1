"""Measures an opened page: headings, sideways scrolling, columns, overlapping text, split words and focus.

    with browser.page(width=320) as page:
        page.open(path)
        check_headings(page)                         # one h1, no level skipped
        check_no_sideways_scrolling(page)
        assert overlapping_text(page) == []
        assert split_words(page, "header h1") == []  # a word that continues on the next line
        check_keyboard(page)                         # each link and control is reached with Tab, and shows it
        page.resize(1280)
        for columns in column_ends(page, ".front"):
            assert columns.difference <= 800 / 3, columns

The contrast of colours and the size of targets are rules of axe-core: the module accessibility.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from browser import Page

# Functions that the others use. `texts`: the visible text nodes with the boxes of their lines.
COMMON = """
const visible = element => element.checkVisibility({opacityProperty: true, visibilityProperty: true});
const nameOf = element => element.tagName.toLowerCase() + (element.id ? "#" + element.id : "")
    + [...element.classList].map(name => "." + name).join("")
    + ` “${element.textContent.trim().replace(/\\s+/g, " ").slice(0, 40)}”`;
const cut = (box, by) => {
    const left = Math.max(box.left, by.left), right = Math.min(box.right, by.right);
    const top = Math.max(box.top, by.top), bottom = Math.min(box.bottom, by.bottom);
    return {left, right, top, bottom, width: right - left, height: bottom - top};
};
const boxesOf = node => {  // without what elements around it cut off, as texts for screen readers only
    const range = document.createRange();
    range.selectNodeContents(node);
    let boxes = [...range.getClientRects()];
    for (let outer = node.parentElement; outer && outer !== document.body; outer = outer.parentElement) {
        const style = getComputedStyle(outer);
        if (style.clip !== "auto" || style.clipPath.startsWith("inset(")) return [];
        if (style.overflowX !== "visible") boxes = boxes.map(box => cut(box, outer.getBoundingClientRect()));
    }
    return boxes.filter(box => box.width > 1 && box.height > 1);
};
const texts = root => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (node.data.trim() && visible(node.parentElement)) found.push({node, boxes: boxesOf(node)});
    }
    return found;
};
"""
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(visible)
    .map(heading => [Number(heading.tagName[1]), heading.textContent.trim().replace(/\\s+/g, " ")])"""
SIDEWAYS = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width && document.body.scrollWidth <= width) return [];
    const scrolls = element => { for (let outer = element; outer !== document.body; outer = outer.parentElement)
        if (getComputedStyle(outer).overflowX !== "visible") return true; };
    const beyond = box => box.right + scrollX > width + 1;
    const wide = [...new Set([...[...document.body.querySelectorAll("*")].filter(visible)
        .filter(element => beyond(element.getBoundingClientRect())),
        ...texts(document.body).filter(text => text.boxes.some(beyond)).map(text => text.node.parentElement)])]
        .filter(element => element !== document.body && !scrolls(element.parentElement));
    const causes = wide.filter(element => !wide.some(other => other !== element && element.contains(other)));
    return [`the page is ${document.documentElement.scrollWidth} px wide`, ...causes.map(nameOf)];
}"""
COLUMN_ENDS = """selector => [...document.querySelectorAll(selector)].filter(visible).map(container => {
    const contents = root => [...texts(root).flatMap(text => text.boxes),
        ...[root, ...root.querySelectorAll("img, svg, video, audio, hr, canvas")]
            .filter(element => element.matches("img, svg, video, audio, hr, canvas") && visible(element))
            .map(element => element.getBoundingClientRect())].filter(box => box.height > 0);
    const outer = container.getBoundingClientRect();
    const {columnCount, columnWidth} = getComputedStyle(container);
    const pieces = columnCount !== "auto" || columnWidth !== "auto"
        ? contents(container).map(box => ({left: box.left, width: box.width, bottom: box.bottom, right: box.right}))
        : [...container.children].filter(visible).map(child => ({child, boxes: contents(child)}))
            .filter(({boxes}) => boxes.length).map(({child, boxes}) => {
                const {left, right, width} = child.getBoundingClientRect();
                return {left, right, width, bottom: Math.max(...boxes.map(box => box.bottom))};
            });
    const columns = [], beside = pieces.filter(piece => piece.width <= outer.width * 0.9);
    for (const piece of (beside.length ? beside : pieces).sort((a, b) => a.left - b.left)) {
        const last = columns.at(-1);
        if (last && piece.left < last.right - 4) {
            last.right = Math.max(last.right, piece.right);
            last.bottom = Math.max(last.bottom, piece.bottom);
        } else columns.push({...piece});
    }
    return columns.map(column => Math.round(column.bottom + scrollY));
})"""
OVERLAPS = """() => {
    const lines = texts(document.body).flatMap(({node, boxes}) => boxes.map(box => ({
        node, left: box.left + 1, right: box.right - 1,  // letters fill the middle half of a line, whatever its height
        top: box.top + box.height / 4, bottom: box.bottom - box.height / 4})));
    lines.sort((a, b) => a.top - b.top);
    const found = new Set();
    lines.forEach((one, index) => {
        for (let next = index + 1; next < lines.length && lines[next].top < one.bottom; next++) {
            const other = lines[next];
            if (other.node !== one.node && other.left < one.right && one.left < other.right)
                found.add(`${nameOf(one.node.parentElement)} and ${nameOf(other.node.parentElement)}`);
        }
    });
    return [...found];
}"""
SPLIT_WORDS = """selector => [...document.querySelectorAll(selector)].flatMap(texts).flatMap(({node}) =>
    [...node.data.matchAll(/[^\\s\\u00ad-]+/g)].filter(word => {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const boxes = [...range.getClientRects()].filter(box => box.width > 0);
        return boxes.some(box => box.top > boxes[0].bottom - box.height / 2);
    }).map(word => word[0]))"""
FOCUSABLE = """() => {
    const selector = "a[href], area[href], button, input, select, textarea, summary, audio[controls], video[controls],"
        + " iframe, [tabindex], [contenteditable]";
    const able = element => visible(element) && !element.disabled && element.tabIndex >= 0
        && !element.closest("[inert]");
    const elements = [...document.querySelectorAll(selector)].filter(able);
    elements.forEach((element, index) => { element.testNumber = index; });
    document.documentElement.style.setProperty("scroll-behavior", "auto", "important");  // to be on screen at once
    document.activeElement.blur();
    getSelection().removeAllRanges();
    return elements.map(nameOf);
}"""
FOCUSED = """() => {
    const element = document.activeElement;
    if (element === document.body || element.testNumber === undefined) return null;
    const style = getComputedStyle(element);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0
        && !/^rgba\\(.*, 0\\)$|^transparent$/.test(style.outlineColor);
    const shadow = style.boxShadow, box = element.getBoundingClientRect();
    const onScreen = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return [element.testNumber, (outlined || shadow !== "none") && onScreen];
}"""


class Columns(NamedTuple):
    """Where the columns of a container end. `difference`: the largest between neighbours, in CSS pixels."""

    bottoms: list[int]

    @property
    def difference(self) -> int:
        pairs = zip(self.bottoms, self.bottoms[1:], strict=False)
        return max((abs(one - other) for one, other in pairs), default=0)


def _measure(page: Page, function: str, *arguments: str) -> list[Any]:
    script = f"(...values) => {{ {COMMON} return ({function})(...values); }}"
    found: list[Any] = page.call(script, *arguments)
    return found


def headings(page: Page) -> list[tuple[int, str]]:
    """Return the level and the text of each visible heading."""
    return [(level, text) for level, text in _measure(page, HEADINGS)]


def check_headings(page: Page) -> None:
    """Check that there is one h1, that it comes first, that no level is skipped, and that no heading is empty."""
    found = headings(page)
    assert [level for level, _ in found].count(1) == 1, f"not one h1: {found[:5]}"
    before = 0
    for level, text in found:
        assert level <= before + 1, f"h{level} “{text}” follows " + (f"an h{before}" if before else "no heading")
        assert text, f"an empty h{level}"
        before = level


def check_no_sideways_scrolling(page: Page) -> None:
    """Check that the page is no wider than its window. The error lists the elements that stick out."""
    found = _measure(page, SIDEWAYS)
    assert not found, "\n".join(map(str, found))


def column_ends(page: Page, selector: str) -> list[Columns]:
    """Return where the columns of each container end: a grid, a row of flexible boxes, or text set in columns.

    A column is the children that lie above each other, and ends with its last text or picture: the height that a grid
    gives its cells does not count. Children that span the container belong to no column.
    """
    found = _measure(page, COLUMN_ENDS, selector)
    assert found, f"nothing on the page matches {selector}"
    return [Columns(bottoms) for bottoms in found]


def overlapping_text(page: Page) -> list[str]:
    """Return pairs of elements whose lines of text are drawn over each other."""
    return _measure(page, OVERLAPS)


def split_words(page: Page, selector: str) -> list[str]:
    """Return the words in these elements that begin on one line and end on another, except after a hyphen they have."""
    return _measure(page, SPLIT_WORDS, selector)


def check_keyboard(page: Page) -> None:
    """Check that Tab reaches each visible link and control, in their order, and that each shows it when focused."""
    expected = _measure(page, FOCUSABLE)
    reached, unmarked = [], []
    for _ in expected:
        page.press("Tab")
        if not (focused := page.call(FOCUSED)):
            break
        number, marked = focused
        reached.append(number)
        if not marked:
            unmarked.append(expected[number])
    missed = [name for number, name in enumerate(expected) if number not in reached]
    assert not missed, f"not reached with Tab: {missed}"
    assert reached == sorted(reached), f"reached in another order: {[expected[number] for number in reached]}"
    assert not unmarked, f"no visible focus: {unmarked}"
