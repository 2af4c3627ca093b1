"""Type checkers infer the types of the arguments that plugin functions receive."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
from collections.abc import AsyncIterator
from aggregator import BlockingHttp, Http, Item, Register, hookimpl
from aggregator.testing import an_article, assert_filter, assert_output, assert_source

async def mine(http: Http, *, limit: int = 3) -> AsyncIterator[Item]:
    answer = await http.get("list", params={"a": "b"}, page=True)
    reveal_type(answer)
    reveal_type(answer.body)
    await http.get("list", pages=True)
    await http.get("list", params="a=b")
    yield Item(id=1, titel="x")

def plain(http: BlockingHttp) -> list[Item]:
    reveal_type(http.get("list").text)
    http.post("list")
    return []

@hookimpl
def register_sources(register: Register) -> None:
    register(mine)

reveal_type(assert_source(mine))
reveal_type(an_article())
"""
MESSAGES = [
    'Revealed type is "aggregator.http.response.Response"',
    'Revealed type is "bytes"',
    'Unexpected keyword argument "pages" for "get" of "Http"',
    'Argument "params" to "get" of "Http" has incompatible type "str"',
    'Unexpected keyword argument "titel" for "Item"',
    'Revealed type is "str"',
    '"BlockingHttp" has no attribute "post"',
    'Revealed type is "list[aggregator.model.article.Article]"',
    'Revealed type is "aggregator.model.article.Article"',
]


@pytest.mark.slow
@pytest.mark.e2e
def test_mypy_infers_the_types_of_the_public_names(tmp_path: Path, mypy_environment: dict[str, str]) -> None:
    (tmp_path / "mine.py").write_text(CODE)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--follow-imports=silent", "mine.py"]
    environment = os.environ | mypy_environment
    completed = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    lines = completed.stdout.replace("builtins.", "").splitlines()
    messages = [line for line in lines if ": error: " in line or "Revealed" in line]
    assert len(messages) == len(MESSAGES), completed.stdout
    for line, expected in zip(messages, MESSAGES, strict=True):
        assert expected in line


def test_importing_the_types_does_not_import_aiohttp() -> None:
    code = "import sys; from aggregator import Http, BlockingHttp, Register; print('aiohttp' in sys.modules)"
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert completed.stdout.strip() == "False"
