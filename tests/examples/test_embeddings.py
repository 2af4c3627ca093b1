"""The embeddings example with a tiny model2vec model that the tests build."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from project import ROOT, Project
from sample_feeds import rss

from aggregator import Article, Outlet
from aggregator.plugin.loader import load_plugins
from aggregator.plugin.registry import Registry

pytestmark = pytest.mark.e2e

pytest.importorskip("model2vec")

PLUGIN = ROOT / "examples" / "embeddings.py"
VARIABLE = "AGGREGATE_EMBEDDINGS"

# Words of one line have the same vector in the model.
MEANINGS = [
    "vessel ship ferry boat",
    "sinks founders disaster",
    "rescuers lifeboats pulled drawn saved",
    "sailors seamen",
    "water sea icy freezing",
    "fire flames destroys ate roof",
    "wins prize took medal bread",
]

Telling = tuple[str, str]
SINKING = (
    "Vessel sinks off Skarholm",
    "Rescuers pulled eleven sailors out of icy water before nightfall, says captain Ove Brandt.",
)
DISASTER = (
    "Ferry disaster near Skarholm: lifeboats saved the seamen",
    "They were drawn from the freezing sea by dusk, and captain Brandt brought them blankets.",
)
FIRE = (
    "Fire destroys bakery in Skarholm",
    "Flames ate the roof of the bakery in the old town on Thursday night.",
)
PRIZE = (
    "Bakery in Skarholm wins prize",
    "The bakery in the old town took a medal for its bread on Thursday night.",
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a model2vec model whose vocabulary is the words of `MEANINGS`."""
    import numpy as np
    from model2vec import StaticModel
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace

    directions = {word: n for n, words in enumerate(MEANINGS) for word in words.split()}
    vectors = np.zeros((1 + len(directions), len(MEANINGS)), np.float32)
    for row, direction in enumerate(directions.values(), 1):
        vectors[row, direction] = 1
    vocabulary = {"[UNK]": 0} | {word: row for row, word in enumerate(directions, 1)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    folder = tmp_path_factory.mktemp("models") / "tiny"
    StaticModel(vectors, tokenizer, config={"model_type": "model2vec"}).save_pretrained(folder)
    return folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail the test if anything resolves a host name or opens a connection."""
    tried: list[object] = []

    def refuse(*arguments: object, **_: object) -> None:
        tried.append(arguments)
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield
    assert tried == []


def configure(project: Project, *articles: Telling, plugin: bool = True) -> None:
    """Configure an outlet with one article for each of these, ten hours apart."""
    if plugin:
        project.write("my_plugins/embeddings.py", PLUGIN.read_bytes())
    text = 'plugins = ["my_plugins"]\n' if plugin else ""
    for number, (title, summary) in enumerate(articles):
        date = f"Fri, 20 Nov 2026 {10 * number:02}:00:00 GMT"
        link = f"https://outlet{number}.example/{number}"
        item = {"guid": link, "title": title, "link": link, "pubDate": date, "description": summary}
        project.write(f"{number}.xml", rss([item], title=f"Outlet {number}", link=f"https://outlet{number}.example/"))
        text += f'[[sources]]\nurl = "{number}.xml"\n'
    project.configure(text + '[[outputs]]\nplugin = "jsonl"\npath = "articles.jsonl"\nlimit = 0\n')


def stories(project: Project) -> int:
    """Count the stories of the articles; assert that no article is a copy."""
    rows = [json.loads(line) for line in project.read("articles.jsonl").splitlines()]
    assert [row["duplicate_of"] for row in rows] == [None] * len(rows)
    return len({row["story"] for row in rows})


def test_paraphrases_are_one_story(project: Project, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(model))
    configure(project, SINKING, DISASTER, plugin=False)
    assert project.run()["errors"] == []
    assert stories(project) == 2
    (project.folder / "aggregate.db").unlink()
    configure(project, SINKING, DISASTER)
    assert project.run()["errors"] == []
    assert stories(project) == 1


def test_articles_of_earlier_runs_are_compared(project: Project, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(model))
    configure(project, SINKING)
    project.run()
    configure(project, SINKING, DISASTER)
    assert project.run()["stories"] == {"new": 0, "updated": 1}
    assert stories(project) == 1


def test_similar_wording_about_other_events_is_separate(
    project: Project, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(model))
    configure(project, FIRE, PRIZE, plugin=False)
    project.run()
    assert stories(project) == 1
    (project.folder / "aggregate.db").unlink()
    configure(project, FIRE, PRIZE)
    assert project.run()["errors"] == []
    assert stories(project) == 2


def test_unknown_words_give_no_verdict(project: Project, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(model))
    told = ("Skarholm: 🚢🌊", "")
    configure(project, told, ("Skarholm 🌊🌊🌊", "🛟 " * 200_000), ("", "Skarholm"), ("Skarholm", "x" * 1_000_000))
    assert project.run()["errors"] == []
    with_it = stories(project)
    (project.folder / "aggregate.db").unlink()
    (project.folder / "my_plugins" / "embeddings.py").unlink()
    project.run()
    assert stories(project) == with_it


HOSTILE = ["", " ", "\0", "🚢" * 1000, "\ud83d", "ship \udc00 sinks", "ship" * 250_000, "ship " * 250_000, "شمس", "<b>"]


def test_hostile_texts_do_not_raise(project: Project, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = loaded(project, model, monkeypatch)
    articles = [article(title, summary) for title in HOSTILE for summary in ("", title)]
    verdicts = {registry.same_story(a, b) for a, b in combinations(articles, 2)}
    assert registry.vote_failures == {}
    assert verdicts == {True, None}


def test_verdict_only_if_certain(project: Project, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = loaded(project, model, monkeypatch)
    ship = article("A ship")
    assert registry.same_story(ship, article("One vessel")) is True
    assert registry.same_story(ship, article("The fire")) is False
    assert registry.same_story(ship, article("A boat on fire")) is None
    assert registry.same_story(ship, article("A word")) is None


def loaded(project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Load the plugin with the model in this folder."""
    monkeypatch.setenv(VARIABLE, str(folder))
    project.write("my_plugins/embeddings.py", PLUGIN.read_bytes())
    registry = load_plugins([project.folder / "my_plugins"])
    assert registry.failures == []
    return registry


def article(title: str, summary: str = "") -> Article:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    return Article(id=title[:50], url=None, title=title, summary=summary, first_seen=now, source=Outlet("Wire"))


def test_missing_model_is_reported_and_the_run_completes(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = project.folder / "empty"
    empty.mkdir()
    configure(project, SINKING, DISASTER)
    for value, message in [
        (None, "AGGREGATE_EMBEDDINGS is not set; set it to the folder of a model"),
        ("minishlab/potion-base-8M", f"no folder {project.folder}/minishlab/potion-base-8M; put a model there"),
        (str(empty), f"{empty} contains no model: neither modules.json nor config.json"),
    ]:
        if value:
            monkeypatch.setenv(VARIABLE, value)
        for verb in ("run", "check"):
            result = project.aggregate(verb)
            assert result.status == 0
            [line] = result.err.splitlines()
            assert line.replace("warning: ", "").startswith('aggregate: plugin "embeddings" (')
            assert message in line
        assert stories(project) == 2


def test_missing_library_is_reported(project: Project, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(project, SINKING)
    for library in ("model2vec", "sentence_transformers"):
        monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setenv(VARIABLE, str(model))
    [line] = project.aggregate("run").err.splitlines()
    assert f"{model} is not installed; pip install 'aggregate-news[embeddings]'" in line
    kind = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]
    monkeypatch.setenv(VARIABLE, str(project.write("bert/modules.json", json.dumps(kind)).parent))
    [line] = project.aggregate("run").err.splitlines()
    assert line.endswith("bert is not installed; pip install sentence-transformers")


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_damaged_model_is_reported(
    project: Project, model: Path, monkeypatch: pytest.MonkeyPatch, name: str, damage: str
) -> None:
    folder = project.folder / "model"
    shutil.copytree(model, folder)
    if damage == "cut":
        (folder / name).write_bytes((folder / name).read_bytes()[:40])
    else:
        (folder / name).unlink()
    monkeypatch.setenv(VARIABLE, str(folder))
    configure(project, SINKING, DISASTER, FIRE, PRIZE)
    report = project.run()
    [error] = report["errors"]
    assert error["source"] == "embeddings"
    assert f"{folder} cannot be read by model2vec: " in error["error"]
    assert "\n" not in error["error"]
    assert report["articles"]["new"] == 4
    assert stories(project) > 1


def test_model_is_loaded_lazily(project: Project, model: Path) -> None:
    configure(project, SINKING)
    code = (
        "import sys\nfrom aggregator.cli.main import main\n"
        "try:\n    main(['plugins', 'list'])\nexcept SystemExit: pass\n"
        "print(sorted({'aggregate_plugin_embeddings', 'model2vec', 'numpy'} & set(sys.modules)), file=sys.stderr)"
    )
    command: list[Any] = [sys.executable, "-c", code]
    environment = os.environ | {VARIABLE: str(model)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=project.folder, env=environment)
    assert done.stderr.strip() == "['aggregate_plugin_embeddings']"
