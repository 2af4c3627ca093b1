"""Let sentence embeddings say what is one story, where words alone leave it open.

    pip install 'aggregate-news[embeddings]'      what reads a model: model2vec
    cp examples/embeddings.py my_plugins/         and in config.toml: plugins = ["my_plugins"]
    export AGGREGATE_EMBEDDINGS=~/models/potion   the folder of a model on this machine

The folder holds a model2vec model, which is small and quick, or one for sentence-transformers, which is better and a
hundred times slower (`pip install sentence-transformers`). Nothing is ever downloaded: put the model there yourself.

It is asked only about pairs that share a telling word and look at least a little alike, so it finds no story of which
two reports have no word in common. What it says is final. Of a text in which the model knows no word it says nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from aggregator import Article, PluginError, hookimpl

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FOLDER = os.environ.get("AGGREGATE_EMBEDDINGS", "")
"""The folder of the model; it may as well be written down here."""
# How alike two texts are is a number from -1 to 1 (cosine), and what it means differs from model to model. To choose
# the two bounds for another model, look at it for a hundred pairs of headlines that share a name, half of them one
# story. Measured over the 2,692 pairs that were asked of 1,351 items of real RSS, 57 % of them one story:
#
#     all-MiniLM-L6-v2 (sentence-transformers)    from .75: 92 % one story, from .80: 96 %; under .20: 2 %
#     static vectors made of it (model2vec)       from .85: 81 % one story, from .90: 96 %; under .40: 6 %
SAME = 0.85
"""From here on two articles are one story: above nearly all pairs that are not."""
OTHER = 0.1
"""Below, they are not, and neither are the stories that they are in: far below all pairs that are."""
READ = 300
"""Characters of the title, and of the summary, that are read."""
KEPT = 20_000
"""Articles whose vectors are kept in memory, so that each is read once in a run."""

Library = Literal["model2vec", "sentence_transformers"]
Encode = Callable[[str], Any]


@hookimpl
def same_story(a: Article, b: Article) -> bool | None:
    """Yes where they mean much the same, no where they have nothing to do with each other, and nothing in between."""
    one, other = _vector(_text(a)), _vector(_text(b))
    if one is None or other is None:
        return None
    cosine = float(one @ other)
    if cosine >= SAME:
        return True
    return False if cosine < OTHER else None


def _text(article: Article) -> str:
    text = f"{article.title[:READ]}. {article.summary[:READ]}"
    return text.encode("utf-8", "replace").decode()  # half of a surrogate pair is no text for a tokenizer


@lru_cache(KEPT)
def _vector(text: str) -> npt.NDArray[np.float32] | None:
    """What the text means, as a vector of length 1; None where the model knows none of its words."""
    import numpy as np

    vector = np.asarray(_encode()(text), np.float32)
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if 0 < length < float("inf") else None


def _encode() -> Encode:
    model = _model()
    if isinstance(model, PluginError):
        raise model
    return model


@cache
def _model() -> Encode | PluginError:
    """The model, or why it cannot be had: which takes as long to find out, and stays so."""
    folder, library = FOUND
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}  # obeyed by both libraries
    try:
        return _load_static(folder) if library == "model2vec" else _load_transformer(folder)
    except Exception as error:
        words = " ".join(str(error).split())
        return PluginError(f"{folder} cannot be read by {library}: {words}; put the whole model there")


def _load_static(folder: Path) -> Encode:
    from model2vec import StaticModel

    return StaticModel.from_pretrained(folder).encode


def _load_transformer(folder: Path) -> Encode:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    return lambda text: model.encode(text, show_progress_bar=False)


def _find() -> tuple[Path, Library]:
    """The folder, and what reads it. Raises PluginError: before a run, and without loading anything."""
    if not FOLDER:
        raise PluginError("AGGREGATE_EMBEDDINGS is not set; set it to the folder of a model")
    folder = Path(FOLDER).expanduser().absolute()
    if not folder.is_dir():
        raise PluginError(f"AGGREGATE_EMBEDDINGS: no folder {folder}; put a model there, none is downloaded")
    modules = folder / "modules.json"
    if not modules.is_file() and not (folder / "config.json").is_file():
        raise PluginError(f"AGGREGATE_EMBEDDINGS: {folder} holds no model: neither modules.json nor config.json")
    static = not modules.is_file() or b"StaticEmbedding" in modules.read_bytes()
    if static and find_spec("model2vec"):
        return folder, "model2vec"
    if find_spec("sentence_transformers"):
        return folder, "sentence_transformers"
    wanted = "'aggregate-news[embeddings]'" if static else "sentence-transformers"
    raise PluginError(f"what reads the model in {folder} is not installed; pip install {wanted}")


FOUND = _find()
