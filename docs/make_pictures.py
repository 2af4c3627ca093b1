"""Makes the pictures of the documentation: the sample edition on a computer, a tablet and a phone, as mail and as book,
and the command in a terminal.

    python docs/make_pictures.py

publishes the edition of `config.toml` in a temporary folder, once on each day of a week, opens its pages in Chromium,
and writes the pictures to `docs/pictures`. The clock stands still, so that the dates on the pages do not change. Look
at every picture before you commit it.
"""

from __future__ import annotations

import email
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout, suppress
from datetime import datetime
from email.policy import default
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch
from zipfile import ZipFile

import time_machine
from PIL import Image, ImageChops
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from browser import Browser, Page, Scheme
from devtools import DevTools
from needed_programs import program
from project import ROOT, Project

from aggregator.cli import main as cli

FOLDER = ROOT / "docs" / "pictures"
ADDRESS = "https://daily.example/"
MOMENTS = (*(f"2026-11-{day}T18:00" for day in range(18, 24)), "2026-11-24T10:00")
"""When the sample edition is published, in London: with the news that there were until then."""
LEAD = "Ferrier Bridge reopens"
"""How the headline of the story begins that most outlets cover."""
LARGEST = 120_000
"""Bytes of a picture at most: a page of the documentation shows several."""
BLANK = 6
"""Rows of pixels on each side of a place where a picture may end: nothing changes from one to the next."""
MARGIN = 24
"""Rows of pixels left below the end of a short page."""
DESK = "#d8d5ce"
COLUMNS = 80
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 18px 22px; color: {foreground}; background: {background} }}
pre {{ margin: 0; font: 14px/1.35 "DejaVu Sans Mono", monospace }}
pre {{ width: 80ch; white-space: pre-wrap; overflow-wrap: anywhere }}
</style><pre>{code}</pre>"""
MORE_OUTPUTS = """
[[outputs]]
plugin = "newsletter"
path = "letters"
to = ["ada@reader.example"]
sender = "London Daily <daily@daily.example>"

[[outputs]]
plugin = "epub"
path = "daily.epub"
pictures = "copy"
"""


class Shot(NamedTuple):
    """A picture to make. `page`: a file, or with `headline`, a folder: the page in it whose headline begins so."""

    name: str
    page: str
    headline: str = ""
    width: int = 1280
    """Of the window, in CSS pixels."""
    height: int = 1280
    """Of the part of the page that is shown at most, in CSS pixels."""
    scheme: Scheme = "light"
    scale: float = 1
    """Pixels of the picture per CSS pixel."""


SHOTS = (
    Shot("front-1440-light", "index.html", width=1440, height=1340, scale=0.85),
    Shot("front-1440-dark", "index.html", width=1440, height=1340, scale=0.85, scheme="dark"),
    Shot("front-768-light", "index.html", width=768, height=1500),
    Shot("front-768-dark", "index.html", width=768, height=1500, scheme="dark"),
    Shot("front-320-light", "index.html", width=320, height=650, scale=2),
    Shot("front-320-dark", "index.html", width=320, height=650, scale=2, scheme="dark"),
    Shot("story", "stories", LEAD, height=2600, scale=0.8),
    Shot("article", "articles", LEAD, width=1024, height=1345),
    Shot("podcast", "articles", "Episode 41", width=768, height=900),
    Shot("archive", "archive.html", width=1024, height=900),
    Shot("day", "2026/11/23/index.html", height=1500, scale=0.85),
    Shot("feed", "feed.xml", width=900, height=930),
)
COMMANDS = ("stories --outlets 4", "search bridge --limit 3", "sources")
"""What is typed in the picture of the terminal."""
NAMES = {*(shot.name for shot in SHOTS), "mail", "book", "readers", "terminal"}
"""The pictures that this program writes, without their suffix."""


def publish(project: Project) -> None:
    """Publish the sample edition on each of the days."""
    shutil.copytree(ROOT / "samples", project.folder / "samples")
    shipped = (ROOT / "config.toml").read_text(encoding="utf-8")
    for moment in MOMENTS:
        later = f"[[filters]]\nplugin = \"drop\"\nwhere = 'published > {moment}'\n"
        project.configure(f'timezone = "Europe/London"\n{shipped}{MORE_OUTPUTS}\n{later}', allow_private=False)
        for feed in (project.folder / "samples").glob("*.*"):
            feed.write_bytes(feed.read_bytes() + b"\n")  # an unchanged feed is not read again
        with time_machine.travel(datetime.fromisoformat(f"{moment}Z"), tick=False):
            result = project.aggregate("run", "--strict")
        if result.status:
            raise SystemExit(result.err)


def page_with(folder: Path, headline: str) -> Path:
    """Return the page in this folder whose own headline begins with these words."""
    own = re.compile(rf"<h1[^>]*>\s*{re.escape(headline)}")
    for page in sorted(folder.glob("**/*html")):
        if own.search(page.read_text(encoding="utf-8")):
            return page
    raise SystemExit(f"{folder.name}: no page has a headline that begins with {headline!r}")


def picture_of(page: Page, height: int, scale: float = 1) -> Image.Image:
    """Return a picture of the page down to a place between texts, with all its photographs."""
    width = page.evaluate("innerWidth")
    pixels = max(1, scale)  # a reduced picture is taken whole, since small text looks better reduced afterwards
    page.resize(width, height, scale=pixels)
    page.evaluate("document.querySelectorAll('img').forEach(image => image.loading = 'eager')")
    page.wait_for("[...document.images].every(image => image.complete && image.naturalWidth)")
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture = picture.crop((0, 0, picture.width, end_of(picture, round(height * pixels))))
    return with_width(picture, round(width * scale))


def end_of(picture: Image.Image, limit: int) -> int:
    """Return where the page ends, or else the last row up to this one around which nothing changes from row to row."""
    above = picture.crop((0, 0, picture.width, picture.height - 1))
    changes = ImageChops.difference(picture.crop((0, 1, picture.width, picture.height)), above)
    box = changes.getbbox()
    if box and box[3] + MARGIN <= limit:
        return min(box[3] + MARGIN, picture.height)
    changed = [changes.crop((0, row, picture.width, row + 1)).getbbox() is not None for row in range(limit)]
    ends = (row for row in range(limit - BLANK, limit // 2, -1) if not any(changed[row - BLANK : row + BLANK]))
    return next(ends, limit)


def with_width(picture: Image.Image, width: int) -> Image.Image:
    """Scale a picture."""
    height = round(picture.height * width / picture.width)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def side_by_side(pictures: list[Image.Image], height: int, gap: int = 36) -> Image.Image:
    """Lay pictures beside each other, each scaled to this height."""
    scaled = [with_width(picture, round(picture.width * height / picture.height)) for picture in pictures]
    desk = Image.new("RGB", (sum(picture.width + gap for picture in scaled) + gap, height + 2 * gap), DESK)
    left = gap
    for picture in scaled:
        desk.paste(picture, (left, gap))
        left += picture.width + gap
    return desk


def save(name: str, picture: Image.Image) -> None:
    """Write the picture in the best quality that is small enough."""
    for quality in range(90, 30, -5):
        body = BytesIO()
        picture.save(body, "WEBP", quality=quality, method=6)
        if body.tell() <= LARGEST:
            break
    (FOLDER / f"{name}.webp").write_bytes(body.getvalue())
    print(f"{name}.webp  {picture.width} × {picture.height}  {body.tell() / 1000:.0f} kB, quality {quality}")


def pictures_of_pages(browser: Browser, public: Path) -> Iterator[tuple[str, Image.Image]]:
    """Yield name and picture of the pages of the site, as they are served."""
    files = {path.relative_to(public).as_posix(): path.read_bytes() for path in public.rglob("*") if path.is_file()}
    for shot in SHOTS:
        name = shot.page
        if shot.headline:
            name = page_with(public / shot.page, shot.headline).relative_to(public).as_posix()
        with browser.page(width=shot.width, height=shot.height, scheme=shot.scheme) as page:
            page.serve(ADDRESS, files)
            page.open(ADDRESS + name)
            yield shot.name, picture_of(page, shot.height, shot.scale)


def picture_of_mail(browser: Browser, project: Project) -> Image.Image:
    """Return a picture of the HTML part of the newest newsletter."""
    newest = max((project.folder / "letters").glob("**/*.eml"))
    body = email.message_from_bytes(newest.read_bytes(), policy=default).get_body(("html",))
    assert body is not None
    with browser.page(width=720) as page:
        page.open(project.write("mail.html", body.get_content()))
        return picture_of(page, 870)


def pictures_of_book(browser: Browser, project: Project) -> tuple[Image.Image, Image.Image]:
    """Return pictures of the cover and of a page of the e-book, in one size."""
    folder = project.folder / "book"
    with ZipFile(project.folder / "daily.epub") as book:
        book.extractall(folder)
    cover = with_width(Image.open(folder / "EPUB" / "cover.jpg").convert("RGB"), 600)
    with browser.page(width=600, height=cover.height) as page:
        page.open(page_with(folder, LEAD))
        page.evaluate("document.documentElement.style.font = '19px serif'")  # an e-reader sets the font
        text = picture_of(page, cover.height)
    leaf = Image.new("RGB", cover.size, "white")
    leaf.paste(text)
    return cover, leaf


def session(project: Project, commands: Sequence[str]) -> str:
    """Type commands in a terminal when the newest edition was made, and return what it shows, as HTML."""
    shown = Console(record=True, width=COLUMNS, file=StringIO())
    variables = {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    with patch.dict(os.environ, variables), time_machine.travel(datetime.fromisoformat(f"{MOMENTS[-1]}Z"), tick=False):
        for command in commands:
            screen = Terminal()
            with chdir(project.folder), redirect_stdout(screen), redirect_stderr(screen), suppress(SystemExit):
                cli.main(command.split())
            shown.print(Text.assemble(("$ ", "bold green"), (f"aggregate {command}", "bold")))
            shown.print(Text.from_ansi(screen.getvalue().rstrip()), "\n", sep="", end="", soft_wrap=True)
            shown.print()
    return shown.export_html(theme=MONOKAI, inline_styles=True, code_format=TERMINAL)


class Terminal(StringIO):
    """Collects what is printed to a terminal."""

    def isatty(self) -> bool:
        """Return whether this is a terminal: it is taken for one."""
        return True


def picture_of_terminal(browser: Browser, project: Project) -> Image.Image:
    """Return a picture of the command in a terminal."""
    with browser.page(width=720) as page:
        page.open(project.write("terminal.html", session(project, COMMANDS)))
        return picture_of(page, 900, scale=1.5)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium for the length of the block."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        devtools = DevTools(program("chromium", "chromium-browser", "google-chrome"), Path(profile))
        try:
            yield Browser(devtools)
        finally:
            devtools.close()


def main() -> None:
    """Publish the edition and write all pictures."""
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, chromium() as browser:
        project = Project(Path(folder))
        publish(project)
        pages = dict(pictures_of_pages(browser, project.folder / "public"))
        cover, leaf = pictures_of_book(browser, project)
        pages["mail"] = picture_of_mail(browser, project)
        pages["terminal"] = picture_of_terminal(browser, project)
    pages["book"] = side_by_side([cover, leaf], 800)
    story = pages["story"]
    top = story.crop((0, 0, story.width, end_of(story, 960)))
    pages["readers"] = side_by_side([pages["front-320-dark"], top, cover], 720)
    for name in sorted(NAMES):
        save(name, pages[name])


if __name__ == "__main__":
    main()
