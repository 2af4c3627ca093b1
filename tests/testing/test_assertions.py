"""assert_source, assert_filter and assert_output: their results and their failures."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from publisher import Publisher

from aggregator import Article, Channel, Drop, Edition, Http, Item, Reading, SourceError
from aggregator.testing import a_story, an_article, an_edition, assert_filter, assert_output, assert_source


def parse(text: str) -> Iterator[Item]:
    for line in text.splitlines():
        yield Item(id=line, title=line)


async def yields_reading(http: Http, *, text: str = "one\ntwo"):  # type: ignore[no-untyped-def]
    """Returns a Reading, which the core expands."""
    yield Channel(title="Mine")
    yield Reading(parse, text)


async def returns_list(http: Http) -> list[Item]:
    """Returns a list."""
    return [Item(id=1, title="one"), Item(id=2, title="two")]


def yields_items(http: object) -> Iterator[Item]:
    """Yields items."""
    yield Item(id=1, title="one")
    yield Item(id=2, title="two", published=1767225600)


@pytest.mark.parametrize("function", [yields_reading, returns_list, yields_items])
def test_every_kind_of_source_returns_articles(function: Callable[..., Any]) -> None:
    assert [article.title for article in assert_source(function)] == ["one", "two"]


def test_options_are_validated_as_in_a_configuration() -> None:
    assert [article.title for article in assert_source(yields_reading, text="three")] == ["three"]
    with pytest.raises(AssertionError, match="txt: unknown option; did you mean"):
        assert_source(yields_reading, txt="three")
    with pytest.raises(AssertionError, match="text: must be text"):
        assert_source(yields_reading, text=3)


def test_requests_reach_a_local_server(publisher: Publisher) -> None:
    publisher.serve("/list", b"one", headers={"ETag": '"v1"'})

    async def mine(http: Http, *, url: str):  # type: ignore[no-untyped-def]
        yield Item(id=1, title=(await http.get(url)).text)

    assert assert_source(mine, url=publisher.url("/list"))[0].title == "one"
    assert [request.headers["User-Agent"].partition("/")[0] for request in publisher.requests] == ["aggregate"] * 2


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([], "mine: it gave no article"),
        ([Item(title="x")], "has neither id nor url"),
        ([Item(id=1, title="x", updated="no")], "updated = 'no' is not a date"),
        ([{"id": 1}], "yielded a dict, which is not an Item"),
        (None, "gave nothing: a source yields each Item"),
        ("abc", "a source yields or returns Items"),
    ],
)
def test_invalid_items_are_reported(items: Any, message: str) -> None:
    def mine(http: object) -> Any:
        return items

    with pytest.raises(AssertionError, match=message):
        assert_source(mine)


def test_ids_that_change_between_runs_are_reported() -> None:
    def mine(http: object) -> Iterator[Item]:
        yield Item(id=random.random(), title="x")  # type: ignore[arg-type]

    with pytest.raises(AssertionError, match="the ids differ between two runs"):
        assert_source(mine)


def test_the_state_of_a_source_can_be_set_and_read() -> None:
    def mine(http: object, state: dict[str, Any]) -> Iterator[Item]:
        state["runs"] = state.get("runs", 0) + 1
        yield Item(id=state["runs"], title="x")

    state = {"runs": 3}
    assert assert_source(mine, state=state)[0].id == "4"
    assert state == {"runs": 4}
    assert assert_source(mine)[0].id == "1"


def test_errors_have_the_message_of_a_run() -> None:
    def raises(http: object) -> Iterator[Item]:
        raise SourceError("the list has no entries: is it the right address?")

    def fails(http: object) -> Iterator[Item]:
        yield Item(id=1, title=dict[str, str]()["title"])

    with pytest.raises(AssertionError, match="raises: the list has no entries: is it the right address"):
        assert_source(raises)
    with pytest.raises(AssertionError, match=r"KeyError: 'title' in .*test_assertions.py, line \d+"):
        assert_source(fails)


def test_a_filter_returns_an_article_or_a_drop() -> None:
    def shorten(article: Article, *, length: int = 3) -> Article | Drop | None:
        if not article.summary:
            return Drop("no summary")
        return article.replace(summary=article.summary[:length]) if article.title else None

    shortened = assert_filter(shorten, an_article(), length=5)
    assert isinstance(shortened, Article)
    assert shortened.summary == "All 2"
    assert assert_filter(shorten, an_article(summary="")) == Drop("no summary")
    assert assert_filter(shorten, an_article(title="")) == Drop("")


def test_an_asynchronous_filter_sends_requests(publisher: Publisher) -> None:
    publisher.serve("/1", b"whole text", content_type="text/html")

    async def fill(article: Article, http: Http) -> Article:
        assert article.url
        return article.replace(content=(await http.get(article.url)).text)

    filled = assert_filter(fill, an_article(url=publisher.url("/1")))
    assert isinstance(filled, Article)
    assert filled.content == "whole text"


def test_filters_that_break_the_contract_are_reported() -> None:
    def raises(article: Article) -> Article:
        return article.replace(titel="x")

    def varies(article: Article) -> Article:
        return article.replace(title=str(random.random()))

    with pytest.raises(AssertionError, match="TypeError"):
        assert_filter(raises, an_article())
    with pytest.raises(AssertionError, match="another result for the same article"):
        assert_filter(varies, an_article())


def test_an_output_returns_its_files() -> None:
    def pages(edition: Edition, *, suffix: str = "txt") -> Iterator[tuple[str, bytes]]:
        yield f"index.{suffix}", edition.title.encode()
        for number, story in enumerate(edition.stories):
            yield f"stories/{number}.{suffix}", story.title.encode()

    edition = an_edition(an_article(title="One"), a_story(an_article(title="Two"), an_article(id="3")), title="Mine")
    files = assert_output(pages, edition, suffix="md")
    assert files == {"index.md": b"Mine", "stories/0.md": b"One", "stories/1.md": b"Two"}


def test_outputs_that_break_the_contract_are_reported() -> None:
    def climbs(edition: Edition) -> Iterator[tuple[str, bytes]]:
        yield "../x", b""

    def varies(edition: Edition) -> Iterator[tuple[str, bytes]]:
        yield "", str(random.random()).encode()

    with pytest.raises(AssertionError, match="leads out of its path"):
        assert_output(climbs, an_edition())
    with pytest.raises(AssertionError, match=r"other bytes of the same edition; use edition\.date, not the clock"):
        assert_output(varies, an_edition())
