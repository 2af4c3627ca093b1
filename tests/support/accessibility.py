"""Checks pages with axe-core, the rules of which follow the Web Content Accessibility Guidelines."""

from __future__ import annotations

from collections.abc import Sequence

from browser import Page
from needed_programs import npm_file

WCAG_AA = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""The tags of the rules for WCAG 2.2, levels A and AA."""
RUN = """async tags => {
    const rules = {"target-size": {enabled: tags.includes("wcag22aa")}};  // off unless it is asked for
    const {violations} = await axe.run(document, {runOnly: tags, rules, resultTypes: ["violations"]});
    const line = (rule, node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`.replace(/\\s+/g, " ");
    return violations.flatMap(rule => rule.nodes.map(node => line(rule, node)));
}"""


def axe_violations(page: Page, tags: Sequence[str] = WCAG_AA) -> list[str]:
    """Return what violates the rules with these tags: one line for each element, with the rule and its selector."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(npm_file("axe-core/axe.min.js").read_text(encoding="utf-8") + ";0")
    found: list[str] = page.call(RUN, list(tags))
    return found
