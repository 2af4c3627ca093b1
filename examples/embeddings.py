"""Uses sentence embeddings to decide which articles cover the same story.

    pip install 'aggregate-news[embeddings]'      installs model2vec, which reads a model
    cp examples/embeddings.py my_plugins/         and in config.toml: plugins = ["my_plugins"]
    export AGGREGATE_EMBEDDINGS=~/models/potion   the folder of a model on this machine

The folder contains a model2vec model, which is small and fast, or a sentence-transformers model, which is better and a
hundred times slower (`pip install sentence-transformers`). The plugin downloads nothing: put the model there yourself.

The core calls it only for pairs of articles that share a distinctive word and are at least slightly similar, so it does
not find reports of one story that have no word in common. Its decision is final. It leaves texts undecided in which the
model has no word of its vocabulary.
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
"""The folder of the model; you can also write its path here."""
# The similarity of two texts is a number from -1 to 1 (cosine); its scale differs between models. To choose the two
# thresholds for another model, compute it for a hundred pairs of headlines that share a name, half of them of the same
# story. Measured on the 2,692 candidate pairs of 1,351 real RSS items, 57 % of them of the same story:
#
#     all-MiniLM-L6-v2 (sentence-transformers)       from .75: 92 % same story, from .80: 96 %; below .20: 2 %
#     static vectors derived from it (model2vec)     from .85: 81 % same story, from .90: 96 %; below .40: 6 %
SAME = 0.85
"""Minimum similarity of the same story: higher than nearly all pairs of different stories."""
OTHER = 0.1
"""Below this similarity the articles, and the stories that contain them, are different: far below all true pairs."""
READ = 300
"""Characters of the title, and of the summary, that are used."""
KEPT = 20_000
"""Number of vectors in the cache, so that each article is encoded once per run."""

Library = Literal["model2vec", "sentence_transformers"]
Encode = Callable[[str], Any]


@hookimpl
def same_story(a: Article, b: Article) -> bool | None:
    """Return True for very similar articles, False for very different ones, and None in between."""
    first, second = _vector(_text(a)), _vector(_text(b))
    if first is None or second is None:
        return None
    cosine = float(first @ second)
    if cosine >= SAME:
        return True
    return False if cosine < OTHER else None


def _text(article: Article) -> str:
    text = f"{article.title[:READ]}. {article.summary[:READ]}"
    return text.encode("utf-8", "replace").decode()  # tokenizers fail on an unpaired surrogate


@lru_cache(KEPT)
def _vector(text: str) -> npt.NDArray[np.float32] | None:
    """Return the embedding of a text, as a vector of length 1; None if the model has none of its words."""
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
    """Return the model, or the error from loading it, which is cached as well: trying again would take as long."""
    folder, library = MODEL
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}  # both libraries read these
    try:
        return _load_static(folder) if library == "model2vec" else _load_transformer(folder)
    except Exception as error:
        reason = " ".join(str(error).split())
        return PluginError(f"{folder} cannot be read by {library}: {reason}; put the complete model there")


def _load_static(folder: Path) -> Encode:
    from model2vec import StaticModel

    return StaticModel.from_pretrained(folder).encode


def _load_transformer(folder: Path) -> Encode:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    return lambda text: model.encode(text, show_progress_bar=False)


def _find() -> tuple[Path, Library]:
    """Return the folder of the model and the library that reads it, without loading either. Raises PluginError."""
    if not FOLDER:
        raise PluginError("AGGREGATE_EMBEDDINGS is not set; set it to the folder of a model")
    folder = Path(FOLDER).expanduser().absolute()
    if not folder.is_dir():
        raise PluginError(f"AGGREGATE_EMBEDDINGS: no folder {folder}; put a model there, the plugin downloads none")
    modules = folder / "modules.json"
    if not modules.is_file() and not (folder / "config.json").is_file():
        raise PluginError(f"AGGREGATE_EMBEDDINGS: {folder} contains no model: neither modules.json nor config.json")
    static = not modules.is_file() or b"StaticEmbedding" in modules.read_bytes()
    if static and find_spec("model2vec"):
        return folder, "model2vec"
    if find_spec("sentence_transformers"):
        return folder, "sentence_transformers"
    wanted = "'aggregate-news[embeddings]'" if static else "sentence-transformers"
    raise PluginError(f"the library for the model in {folder} is not installed; pip install {wanted}")


MODEL = _find()
