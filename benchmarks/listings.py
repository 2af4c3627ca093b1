"""Measures how well listings are extracted, and how well pages are classified as articles or listings.

    python benchmarks/listings.py tests/data/pages [../shared/pages] [--worst 5]

FOLDER contains `listings` and `articles`, each with pages and `truth.jsonl`; a second folder contains more article
pages as `ID.html.gz`. Prints the share of articles found, the share of false positives, the shares of articles with the
right title and day, and how many pages are classified correctly, with and without their URL.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from aggregator.pages import kind_of, read_listing

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from listing_score import Score, pages_in, score


def by_kind(folder: Path, real: Path | None) -> Iterator[tuple[str, bytes, str | None]]:
    """Yield kind, body and URL of all pages."""
    for page in pages_in(folder / "listings"):
        yield "list", page.body, page.url
    for line in (folder / "articles" / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield "article", (folder / "articles" / row["file"]).read_bytes(), row["url"]
    if real is None:
        return
    for line in (real / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield "article", gzip.decompress((real / f"{row['id']}.html.gz").read_bytes()), row["url"]


def print_listings(folder: Path, worst: int) -> None:
    """Print a row for all pages, and one for each of the worst."""
    start = time.process_time()
    scores = {page.file: score(page, read_listing(page.body, page.url)) for page in pages_in(folder / "listings")}
    spent = 1000 * (time.process_time() - start) / len(scores)
    heads = "".join(f"{name:>8}" for name in ("listed", "found", "junk", "titled", "dated"))
    print(f"{'pages':<32}{heads}  ms / page")
    print(f"{len(scores):<32}{row(sum(scores.values(), Score()))}{spent:>10.0f}")
    for file, result in sorted(scores.items(), key=lambda pair: pair[1].recall - pair[1].junk_share)[:worst]:
        print(f"{file:<32}{row(result)}")


def row(total: Score) -> str:
    """Return the figures of a score as a row."""
    titled, dated = total.titled / max(1, total.found), total.dated / max(1, total.dates)
    return f"{total.wanted:>8}{total.recall:>8.1%}{total.junk_share:>8.1%}{titled:>8.1%}{dated:>8.1%}"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("real", type=Path, nargs="?")
    parser.add_argument("--worst", type=int, default=0, help="show the N worst pages, worst first", metavar="N")
    options = parser.parse_args()
    print_listings(options.folder, options.worst)
    for known in (True, False):
        pages = by_kind(options.folder, options.real)
        results = [kind_of(body, url if known else None) == kind for kind, body, url in pages]
        how, right = "with" if known else "without", sum(results)
        print(f"kind, {how} URL: {right} of {len(results)} correct, {right / len(results):.1%}")


if __name__ == "__main__":
    main()
