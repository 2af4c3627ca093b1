"""Sources whose `url` has the scheme `feed:`."""

from __future__ import annotations

import pytest
from project import Project
from publisher import Publisher
from sample_feeds import item, rss


@pytest.mark.parametrize("scheme", ["feed:", "FEED:", "feed://", "pcast:"])
def test_source_is_fetched_and_found(project: Project, publisher: Publisher, scheme: str) -> None:
    publisher.serve("/x", rss([item(1)], title="The News"))
    written = scheme + publisher.url("/x")
    project.configure(f'[[sources]]\nurl = "{written}"\n')
    assert project.run()["articles"]["new"] == 1
    assert "is already configured" in project.aggregate("add", publisher.url("/x")).err
    assert project.aggregate("preview", written).out.startswith("The News: 1 article")
    assert project.aggregate("pause", written).out == "paused The News\n"


def test_two_spellings_of_one_address(project: Project) -> None:
    project.configure('[[sources]]\nurl = "feed:https://a.example/f"\n[[sources]]\nurl = "https://a.example/f"\n')
    assert "is already the address of" in project.aggregate("check").err


@pytest.mark.both_databases
def test_list_on_the_web(project: Project, publisher: Publisher) -> None:
    publisher.serve("/x", rss([item(1)], title="The News"))
    address = publisher.url("/x").replace("http", "feed")
    publisher.serve("/l", f'<opml><body><outline text="L" xmlUrl="{address}"/></body></opml>'.encode())
    project.configure(f'[[sources]]\nplugin = "opml"\nurl = "{publisher.url("/l").replace("http", "feed")}"\n')
    assert project.run()["articles"]["new"] == 1


def test_option_of_a_preview(project: Project, publisher: Publisher) -> None:
    publisher.serve("/x", rss([item(1)], title="The News"))
    project.configure('[[sources]]\nurl = "https://other.example/f"\nname = "Other"\n')
    result = project.aggregate("preview", "Other", "--option", f"url=feed:{publisher.url('/x')}")
    assert result.out.startswith("Other: 1 article")


@pytest.mark.parametrize("address", ["feed:file:///etc/passwd", "feed://", "feed:feed://a.example/"])
def test_other_addresses_are_mistakes(project: Project, address: str) -> None:
    project.configure(f'[[sources]]\nurl = "{address}"\n')
    result = project.aggregate("check")
    assert (result.status, "must be " in result.err) == (2, True)


def test_private_addresses_stay_closed(project: Project, publisher: Publisher) -> None:
    publisher.serve("/x", rss([item(1)]))
    project.configure(f'[[sources]]\nurl = "feed:{publisher.url("/x")}"\n', allow_private=False)
    assert "is at the private address" in project.run()["errors"][0]["error"]
    assert publisher.requests == []
