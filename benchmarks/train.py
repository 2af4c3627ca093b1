"""Train the weights of `aggregator.grouping.pairs.model` from labelled sets.

    pip install lightgbm
    python benchmarks/train.py ../shared/eval

A pair of articles is an example; its evidence is what the package itself finds. The trees are small (three questions)
and monotone: evidence that speaks for one story can only add to it. A pair of a large story counts for less than one
of a small one, so that the two largest stories do not decide.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from stories import Row, as_items, normalised, read

from aggregator.grouping.features.frequencies import Frequencies
from aggregator.grouping.features.records import read as read_words
from aggregator.grouping.pairs import candidates
from aggregator.grouping.pairs.arrays import look_at
from aggregator.grouping.pairs.features import KINDS, totals, weigh
from aggregator.grouping.pairs.model import PATH

SETS = {"rss_live": (1.0, 1.0), "allsides": (0.5, 3.0), "gva": (0.5, 3.0), "og2021": (0.15, 2.0)}
"""What a pair of each set counts for, and how much more one of the same story does."""
SPAN = 72 * 3600
TREES, LEAVES, RATE = 300, 4, 0.09


class Examples:
    """The pairs of a set: their evidence, whether they are one story, and what each counts for."""

    def __init__(self, rows: list[Row], weight: float, same: float) -> None:
        articles = normalised(as_items(rows))
        order = sorted(range(len(rows)), key=lambda n: (articles[n].order, articles[n].id))
        self.rows = [rows[n] for n in order]
        sorted_articles = [articles[n] for n in order]
        outlets: dict[str, int] = {}
        outlet = np.array([outlets.setdefault(one.source.name, len(outlets)) for one in sorted_articles])
        time = np.array([int(one.order.timestamp()) for one in sorted_articles])
        records = read_words(sorted_articles)
        Frequencies().weigh(records, records[:0])
        window = look_at(records, np.arange(len(records)), time, outlet)
        early, late = candidates.pairs(window, np.ones(len(window), bool), SPAN)
        kept, evidence = weigh(window, totals(window), early, late)
        self.early, self.late, self.evidence = early[kept], late[kept], evidence.T
        stories = np.array([row["story"] for row in self.rows])
        size = Counter(row["story"] for row in self.rows)
        self.same = stories[self.early] == stories[self.late]
        large = np.array([max(size[row["story"]] - 1, 1) for row in self.rows])[self.early]
        self.weight = np.where(self.same, same / np.sqrt(large), 1.0) * weight


def fit(examples: list[Examples]) -> Any:
    """Train on these pairs."""
    import lightgbm

    data = lightgbm.Dataset(
        np.concatenate([one.evidence for one in examples]),
        np.concatenate([one.same for one in examples]),
        weight=np.concatenate([one.weight for one in examples]),
    )
    settings = {
        "objective": "binary",
        "num_leaves": LEAVES,
        "learning_rate": RATE,
        "min_data_in_leaf": 120,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": 0.4,
        "monotone_constraints": list(KINDS.values()),
        "seed": 3,
        "num_threads": 1,
        "deterministic": True,
        "verbose": -1,
    }
    return lightgbm.train(settings, data, num_boost_round=TREES)


def tables(model: Any) -> list[Any]:
    """The trees as tables: the questions of each, and what each combination of answers is worth."""
    return [table(tree["tree_structure"]) for tree in model.dump_model()["tree_info"]]


def table(root: dict[str, Any]) -> list[Any]:
    """One tree as a table."""
    questions: list[tuple[str, float]] = []

    def collect(node: dict[str, Any]) -> None:
        if "threshold" in node:
            node["bit"] = len(questions)
            questions.append((list(KINDS)[node["split_feature"]], float(np.float32(node["threshold"]))))
            collect(node["left_child"])
            collect(node["right_child"])

    def worth(node: dict[str, Any], answers: int) -> float:
        while "threshold" in node:
            node = node["right_child" if answers >> node["bit"] & 1 else "left_child"]
        return round(float(node["leaf_value"]), 5)

    collect(root)
    return [questions, [worth(root, answers) for answers in range(2 ** len(questions))]]


def main() -> None:
    """Train on all sets and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    digest = hashlib.blake2b(digest_size=8)
    examples = []
    for name, (weight, same) in SETS.items():
        path = options.folder / name / "dev.jsonl"
        digest.update(path.read_bytes())
        examples.append(Examples(read(path), weight, same))
    lines = ",\n".join(json.dumps(one) for one in tables(fit(examples)))
    PATH.write_text(f'{{"trained_on": "{digest.hexdigest()}", "tables": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{PATH}: {sum(len(one.same) for one in examples):,} pairs")


if __name__ == "__main__":
    main()
