"""Compares the extraction of articles by `aggregate` with trafilatura, readability-lxml and resiliparse.

    pip install -e ".[benchmarks]"
    python benchmarks/pages.py ../shared/pages [--direct] [--errors 20]

FOLDER contains `truth.jsonl` (one line per page: `id`, `url`, and the `text` of the body, transcribed by people), the
pages as `ID.html.gz`, and the scorer. The corpus is the public article extraction benchmark (MIT;
github.com/scrapinghub/article-extraction-benchmark at 4a3bc97): 127 pages for development, 54 are held out. Prints a
row per method: F1, precision and recall over 4-word shingles, and milliseconds of processor time per page. `--direct`
calls `read_article` instead of the command; the time of the command is the wall-clock time of a whole run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aggregator.pages import read_article
from aggregator.text.plain import plain

Row = dict[str, Any]
Pages = dict[str, tuple[bytes, str]]
"""Bytes and URL of each page, by its id."""

OURS = ("aggregate run", "read_article")
SOURCE = """
[[sources]]
plugin = "page"
kind = "article"
name = "{id}"
path = "{id}.html"
"""
OUTPUT = """
[[outputs]]
plugin = "jsonl"
path = "out.jsonl"
limit = 0
"""


def read(path: Path) -> list[Row]:
    """Read a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def ours(body: bytes, url: str) -> str:
    """Extract with `read_article`."""
    item = read_article(body, url)
    return plain(item.content or "") if item else ""


def trafilatura(body: bytes, precision: bool = False) -> str:
    """Extract with trafilatura, by default or in its precision mode."""
    from trafilatura import extract

    return extract(body, include_comments=False, favor_precision=precision) or ""


def readability(body: bytes) -> str:
    """Extract with readability-lxml: the text of its summary."""
    from readability import Document

    return plain(Document(body.decode("utf-8", "replace")).summary())


def resiliparse(body: bytes) -> str:
    """Extract the main content with resiliparse."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    text = bytes_to_str(body, detect_encoding(body) or "utf-8")
    return str(extract_plain_text(text, main_content=True, alt_texts=False, links=False))


def by_command(pages: Pages) -> dict[str, str]:
    """Run the command with a source per page, and return the texts of the jsonl output."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for page, (body, _) in pages.items():
            (folder / f"{page}.html").write_bytes(body)
        (folder / "config.toml").write_text(OUTPUT + "".join(SOURCE.format(id=page) for page in pages))
        subprocess.run([sys.executable, "-m", "aggregator", "run", "--force"], cwd=folder, check=True)
        return {row["source"]["name"]: plain(row["content"] or "") for row in read(folder / "out.jsonl")}


def for_all(method: Callable[..., str], *options: bool) -> Callable[[Pages], dict[str, str]]:
    """Return a function that applies a method to the bytes of all pages."""
    return lambda pages: {page: method(body, *options) for page, (body, _) in pages.items()}


def methods(direct: bool) -> Iterator[tuple[str, Callable[[Pages], dict[str, str]]]]:
    """Yield the methods with their names; report those that are not installed."""
    if direct:
        yield OURS[1], lambda pages: {page: ours(body, url) for page, (body, url) in pages.items()}
    else:
        yield OURS[0], by_command
    yield "trafilatura", for_all(trafilatura)
    yield "trafilatura, precision", for_all(trafilatura, True)
    for module, name, method in (
        ("readability", "readability-lxml", readability),
        ("resiliparse", "resiliparse", resiliparse),
    ):
        if find_spec(module):
            yield name, for_all(method)
        else:
            print(f"{name} is not installed: pip install -e '.[benchmarks]'")


def score(folder: Path, texts: dict[str, str], errors: int = 0) -> str:
    """Return the output of the scorer: JSON, or with `errors` the worst pages as text."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": page, "text": text}) + "\n" for page, text in texts.items())
        file.flush()
        options = ["--errors", str(errors)] if errors else ["--json"]
        command = [sys.executable, str(folder / "evaluate.py"), str(folder / "truth.jsonl"), file.name, *options]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Compare the methods, one row each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--direct", action="store_true", help="call read_article instead of the command")
    parser.add_argument("--errors", type=int, default=0, help="show the N worst pages of aggregate", metavar="N")
    options = parser.parse_args()
    rows = read(options.folder / "truth.jsonl")
    pages = {r["id"]: (gzip.decompress((options.folder / f"{r['id']}.html.gz").read_bytes()), r["url"]) for r in rows}
    print(f"{len(pages)} pages{'F1':>22}{'precision':>11}{'recall':>9}{'ms / page':>11}", flush=True)
    for name, method in methods(options.direct):
        start = time.perf_counter() if method is by_command else time.process_time()
        texts = method(pages)
        spent = (time.perf_counter() if method is by_command else time.process_time()) - start
        result = json.loads(score(options.folder, texts))
        figures = f"{result['f1']:>8.3f}{result['precision']:>11.3f}{result['recall']:>9.3f}"
        print(f"{name:<23}{figures}{1000 * spent / len(pages):>11.0f}", flush=True)
        if options.errors and name in OURS:
            print(score(options.folder, texts, options.errors), end="")


if __name__ == "__main__":
    main()
