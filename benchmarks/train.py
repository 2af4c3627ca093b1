"""Train the weights of `aggregator.grouping.pairs.model` on labelled sets.

    pip install lightgbm
    python benchmarks/train.py ../shared/eval

The examples are pairs of articles, with the features that the package computes. The trees are small (three conditions)
and monotone: features that indicate one story can only raise the score. Pairs of large stories have a lower weight than
those of small ones, so that the two largest stories do not dominate.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from labelled import Row, as_items, normalise_all, read

from aggregator.grouping.features.frequencies import Frequencies
from aggregator.grouping.features.records import make_records
from aggregator.grouping.pairs.arrays import make_window
from aggregator.grouping.pairs.candidates import candidate_pairs
from aggregator.grouping.pairs.features import FEATURES, article_sums, pair_features
from aggregator.grouping.pairs.model import PATH

SETS = {"rss_live": (1.0, 1.0), "allsides": (0.5, 3.0), "gva": (0.5, 3.0), "og2021": (0.15, 2.0)}
"""Weight of a pair of each set, and an additional factor for pairs of one story."""
SPAN = 72 * 3600
TREES, LEAVES, RATE = 300, 4, 0.09


class Examples:
    """The candidate pairs of a set: `features` (a row per pair), whether they are the `same` story, and `weight`."""

    def __init__(self, rows: list[Row], weight: float, same: float) -> None:
        unsorted = normalise_all(as_items(rows))
        order = sorted(range(len(rows)), key=lambda n: (unsorted[n].order, unsorted[n].id))
        self.rows = [rows[n] for n in order]
        articles = [unsorted[n] for n in order]
        outlet_numbers: dict[str, int] = {}
        outlets = [outlet_numbers.setdefault(article.source.name, len(outlet_numbers)) for article in articles]
        times = [int(article.order.timestamp()) for article in articles]
        records = make_records(articles)
        Frequencies().count(records, records[:0])
        window = make_window(records, np.arange(len(records)), np.array(times), np.array(outlets))
        early, late = candidate_pairs(window, np.ones(len(window), bool), SPAN)
        selected, features = pair_features(window, article_sums(window), early, late)
        self.early, self.late, self.features = early[selected], late[selected], features.T
        stories = np.array([row["story"] for row in self.rows])
        size = Counter(row["story"] for row in self.rows)
        self.same = stories[self.early] == stories[self.late]
        large = np.array([max(size[row["story"]] - 1, 1) for row in self.rows])[self.early]
        self.weight = np.where(self.same, same / np.sqrt(large), 1.0) * weight


def fit(examples: list[Examples]) -> Any:
    """Train a model on these pairs."""
    import lightgbm

    data = lightgbm.Dataset(
        np.concatenate([of_set.features for of_set in examples]),
        np.concatenate([of_set.same for of_set in examples]),
        weight=np.concatenate([of_set.weight for of_set in examples]),
    )
    settings = {
        "objective": "binary",
        "num_leaves": LEAVES,
        "learning_rate": RATE,
        "min_data_in_leaf": 120,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": 0.4,
        "monotone_constraints": list(FEATURES.values()),
        "seed": 3,
        "num_threads": 1,
        "deterministic": True,
        "verbose": -1,
    }
    return lightgbm.train(settings, data, num_boost_round=TREES)


def tables(model: Any) -> list[Any]:
    """Convert trees to tables: their conditions, and a value for each combination of answers."""
    return [table(tree["tree_structure"]) for tree in model.dump_model()["tree_info"]]


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


def main() -> None:
    """Train on all sets, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    digest = hashlib.blake2b(digest_size=8)
    examples = []
    for name, (weight, same) in SETS.items():
        path = options.folder / name / "dev.jsonl"
        digest.update(path.read_bytes())
        examples.append(Examples(read(path), weight, same))
    lines = ",\n".join(json.dumps(row) for row in tables(fit(examples)))
    PATH.write_text(f'{{"trained_on": "{digest.hexdigest()}", "tables": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{PATH}: {sum(len(of_set.same) for of_set in examples):,} pairs")


if __name__ == "__main__":
    main()
