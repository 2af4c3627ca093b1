"""Train the weights of `aggregator.grouping.pairs.model` on labelled sets.

    pip install lightgbm
    python benchmarks/train.py ../shared/eval              write the weights
    python benchmarks/train.py ../shared/eval --held-out   measure blocks by weights that were not trained on their days

The examples are pairs of articles, with the features that the package computes in use: most come from weeks of articles
in the order of their publication, where blocks of some hours are labelled (blocks.py), and again from each block alone,
as a new installation sees it. The other sets count little; they teach what the outlets of the first one do not show.

The trees are small (three conditions) and monotone: features that indicate one story can only raise the score. Pairs of
large stories have a lower weight than those of small ones, so that the largest stories do not dominate.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from blocks import Blocks, Labels, Table, files_beside, published
from labelled import Row, as_items, normalise_all, read
from newsroom import DEFAULT, Installation, feed, first_runs
from stories import directly

from aggregator.grouping.features.frequencies import Frequencies
from aggregator.grouping.features.records import make_records
from aggregator.grouping.features.wording import wording_of
from aggregator.grouping.pairs import model
from aggregator.grouping.pairs.arrays import make_window
from aggregator.grouping.pairs.candidates import candidate_pairs
from aggregator.grouping.pairs.features import FEATURES, article_sums, pair_features
from aggregator.grouping.pairs.novelty import rate_novelty

SETS = {"allsides": (0.15, 3.0), "gva": (0.5, 3.0), "og2021": (0.05, 2.0)}
"""Weight of a pair of each further set, and an additional factor for pairs of one story."""
ARGUABLE = 0.1
"""Weight of a pair that can be seen either way."""
SPAN = 72 * 3600
TREES, LEAVES, RATE = 150, 4, 0.09
Examples = tuple[Any, Any, Any]
"""Pairs: their features (a row per pair), whether they are of one story, and their weights."""


class Pairs:
    """The candidate pairs of some articles with their features. `early`, `late`: ids of the articles of each pair."""

    def __init__(self, rows: Sequence[Row]) -> None:
        copies = {row["id"] for row in directly(as_items(rows), "balanced") if row["duplicate_of"]}
        unsorted = normalise_all(as_items(row for row in rows if row["id"] not in copies))
        articles = sorted(unsorted, key=lambda article: (article.order, article.id))
        outlet_numbers: dict[str, int] = {}
        outlets = [outlet_numbers.setdefault(article.source.name, len(outlet_numbers)) for article in articles]
        times = np.array([int(article.order.timestamp()) for article in articles])
        records = make_records([*map(wording_of, articles)])
        Frequencies().count(records, records[:0])
        window = make_window(records, np.arange(len(records)), times, np.array(outlets))
        early, late = candidate_pairs(window, np.ones(len(window), bool), SPAN)
        selected, features = pair_features(window, article_sums(window), rate_novelty(window, late), early, late)
        ids = np.array([article.id for article in articles])
        self.early, self.late, self.features = ids[early[selected]], ids[late[selected]], features.T

    def examples(
        self, labelled: Iterable[Row], arguable: Collection[frozenset[str]] = (), same: float = 1.0
    ) -> Examples:
        """Return the pairs of labelled articles. `same`: factor for the weights of pairs of one story."""
        stories = {row["id"]: row["story"] for row in labelled}
        size = Counter(stories.values())
        both = np.array([a in stories and b in stories for a, b in zip(self.early, self.late, strict=True)])
        pairs = [*zip(self.early[both].tolist(), self.late[both].tolist(), strict=True)]
        is_same = np.array([stories[a] == stories[b] for a, b in pairs], bool)
        others = np.array([max(size[stories[a]] - 1, 1) for a, _ in pairs])
        weight = np.where(is_same, same / np.sqrt(others), 1.0)
        weight[[frozenset(pair) in arguable for pair in pairs]] *= ARGUABLE
        return self.features[both], is_same, weight


class Newsroom:
    """Examples of each block: in the order of the newsroom, and alone."""

    def __init__(self, rows: list[Row], labels: Labels) -> None:
        arguable = {frozenset((pair["a"], pair["b"])) for pair in labels.arguable}
        self.labels = labels
        in_use = Pairs(rows)
        self.examples = {
            name: [in_use.examples(block, arguable), Pairs(block).examples(block, arguable)]
            for name, block in labels.blocks.items()
        }

    def folds(self) -> list[set[str]]:
        """Return the blocks by the days on which they lie: those that share a day are in one fold."""
        folds: list[tuple[set[str], set[Any]]] = []
        for name, block in self.labels.blocks.items():
            names, days = {name}, {published(row).date() for row in block}
            for fold in [fold for fold in folds if fold[1] & days]:
                folds.remove(fold)
                names, days = names | fold[0], days | fold[1]
            folds.append((names, days))
        return [names for names, _ in folds]

    def without(self, fold: Collection[str]) -> list[Examples]:
        """Return the examples of all blocks but these."""
        return [one for name, examples in self.examples.items() if name not in fold for one in examples]


def further_sets(folder: Path) -> list[Examples]:
    """Return the examples of the further sets."""
    found = []
    for name, (weight, same) in SETS.items():
        rows = read(folder / name / "dev.jsonl")
        features, is_same, weights = Pairs(rows).examples(rows, same=same)
        found.append((features, is_same, weights * weight))
    return found


def fit(examples: Sequence[Examples]) -> Any:
    """Train a model on these pairs."""
    import lightgbm

    features, is_same, weights = (np.concatenate(part) for part in zip(*examples, strict=True))
    settings = {
        "objective": "binary",
        "num_leaves": LEAVES,
        "learning_rate": RATE,
        "min_data_in_leaf": 120,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": 0.3,
        "monotone_constraints": list(FEATURES.values()),
        "seed": 3,
        "num_threads": 1,
        "deterministic": True,
        "verbose": -1,
    }
    return lightgbm.train(settings, lightgbm.Dataset(features, is_same, weight=weights), num_boost_round=TREES)


def tables(trained: Any) -> list[Any]:
    """Convert trees to tables: their conditions, and a value for each combination of answers."""
    return [table(tree["tree_structure"]) for tree in trained.dump_model()["tree_info"]]


def table(root: dict[str, Any]) -> list[Any]:
    """Convert a tree to a table."""
    conditions: list[tuple[str, float]] = []

    def collect(node: dict[str, Any]) -> None:
        if "threshold" in node:
            node["bit"] = len(conditions)
            conditions.append((list(FEATURES)[node["split_feature"]], float(np.float32(node["threshold"]))))
            collect(node["left_child"])
            collect(node["right_child"])

    def value(node: dict[str, Any], answers: int) -> float:
        while "threshold" in node:
            node = node["right_child" if answers >> node["bit"] & 1 else "left_child"]
        return round(float(node["leaf_value"]), 5)

    collect(root)
    return [conditions, [value(root, answers) for answers in range(2 ** len(conditions))]]


def save(trained: Any, path: Path, digest: str) -> None:
    """Write the weights. `digest`: of the sets that they were trained on."""
    lines = ",\n".join(json.dumps(row) for row in tables(trained))
    path.write_text(f'{{"trained_on": "{digest}", "tables": [\n{lines}\n]}}\n', encoding="utf-8")


@contextlib.contextmanager
def weights_from(path: Path) -> Iterator[None]:
    """Let the package use other weights."""
    shipped = model.PATH
    model.PATH = path
    model.clear_cache()
    try:
        yield
    finally:
        model.PATH = shipped
        model.clear_cache()


def show_held_out(scorer: Path, rows: list[Row], newsroom: Newsroom, further: list[Examples]) -> None:
    """Print the figures of each block by weights that were not trained on its days, in use and in a first run."""
    blocks = newsroom.labels.blocks
    in_use: Blocks = {}
    first: Blocks = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, fold in enumerate(newsroom.folds()):
            save(fit([*newsroom.without(fold), *further]), folder / "weights.json", "")
            with weights_from(folder / "weights.json"):
                installation = Installation(folder / f"newsroom-{number}", "balanced")
                last, _ = feed(installation, rows, timedelta(days=1))
                in_use |= dict.fromkeys(fold, installation.stories(last))
                first |= first_runs({block: blocks[block] for block in fold}, "balanced", folder)
            print(f"held out: {' '.join(sorted(fold))}", flush=True)
        table = Table(scorer, newsroom.labels, folder)
        table.show("held out, in the newsroom, a run a day", in_use)
        table.show("held out, each block alone in a new installation", first)


def main() -> None:
    """Train on all sets, and write the weights; or measure held-out blocks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--held-out", action="store_true", help="measure held-out days instead of writing the weights")
    options = parser.parse_args()
    (file,) = options.folder.glob(DEFAULT)
    rows = sorted(read(file), key=published)
    newsroom = Newsroom(rows, Labels(files_beside(file), rows))
    further = further_sets(options.folder)
    if options.held_out:
        show_held_out(options.folder / "evaluate.py", rows, newsroom, further)
        return
    examples = [*newsroom.without(()), *further]
    digest = hashlib.blake2b(digest_size=8)
    for features, _, _ in examples:
        digest.update(np.ascontiguousarray(features).tobytes())
    save(fit(examples), model.PATH, digest.hexdigest())
    print(f"{model.PATH}: {sum(len(weights) for _, _, weights in examples):,} pairs")


if __name__ == "__main__":
    main()
