"""A page of a daily newspaper with one article and much boilerplate, as HTML and as saved plain text."""

from __future__ import annotations

TITLE = "Minister returns from Moscow after talks on grain"
PARAGRAPHS = (
    "The foreign minister came home on Tuesday from two days of talks, and said that the harbours would open soon.",
    "Her critics had asked why she went at all, while others still deliver weapons to Moscow.",
    "The trip was her first since the spring, and nobody had expected much of it when it was announced last week.",
    "“We have agreed on the inspections,” she told reporters at the airport. “What is left is who insures the ships.”",
    "Parliament is to hear her report on Thursday, behind closed doors.",
)
_THINGS = ("harbour", "school", "museum", "railway", "orchestra", "bakery", "bridge", "library", "stadium", "forest")
_EVENTS = (
    "reopens after ten years of repairs",
    "asks the council for more money",
    "to close at the end of March, its owners say",
    "wins a prize that nobody had heard of: why it matters",
    "is saved at the last minute",
)
HEADLINES = tuple(f"The {thing} {event}" for event in _EVENTS for thing in _THINGS)
BOILERPLATE = (
    "Newsletter",
    "Related Articles",
    "0:00",
    "Close",
    "×",
    "London Daily",
    "All the news that fits the Thames",
)


def headline_url(n: int) -> str:
    """Return the URL of a headline."""
    return (
        f"https://london-daily.example/news/{HEADLINES[n].lower().replace(' ', '-').replace(':', '').replace(',', '')}"
    )


def as_html() -> bytes:
    """Return the page as HTML."""
    first, second, third, *rest = PARAGRAPHS
    links = "".join(f'<div class="k3"><a href="{headline_url(n)}">{text}</a></div>' for n, text in enumerate(HEADLINES))
    return f"""<!DOCTYPE html><html lang="en"><head><title>{TITLE} | London Daily</title></head><body>
    <div class="x1"><div>London Daily</div><div>All the news that fits the Thames</div>
    <time datetime="2026-11-21">Saturday, November 21, 2026</time></div>
    <div class="x2"><div>{TITLE}</div>
      <div class="player"><span>0:00</span><span>Close</span></div>
      <h1>{TITLE}</h1>
      <div class="x3"><p>{first}</p><p>{second}{third}</p>{"".join(f"<p>{text}</p>" for text in rest)}</div>
      <div>Newsletter</div><div>Related Articles</div>{links}<button>×</button></div>
    </body></html>""".encode()


def as_text() -> bytes:
    """Return the page as plain text, as copied from a browser."""
    first, second, third, *rest = PARAGRAPHS
    return "\n".join(
        (
            "London Daily",
            "All the news that fits the Thames",
            "Saturday, November 21, 2026",
            TITLE,
            "0:00",
            "Close",
            TITLE,
            first,
            second + third,
            *rest,
            "Newsletter",
            "Related Articles",
            *HEADLINES,
            "×",
        )
    ).encode()
