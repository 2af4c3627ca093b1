"""A project with one feed whose outputs deliver, and what `aggregate deliveries` says about it."""

from __future__ import annotations

from typing import Any

from project import Project, Result
from publisher import Publisher
from sample_feeds import item, rss

RECIPIENTS = ("one@reader.example", "two@reader.example", "three@reader.example")


class Newsroom:
    """A project whose feed has a growing number of items."""

    def __init__(self, project: Project, publisher: Publisher, outputs: str, top: str = "") -> None:
        self.project = project
        self.publisher = publisher
        self.items = 1
        self.configure(outputs, top)
        self.serve()

    def configure(self, outputs: str, top: str = "") -> None:
        sources = f'[[sources]]\nurl = "{self.publisher.url("/feed.xml")}"\n'
        head = f'title = "London Daily"\nurl = "https://daily.example/"\n{top}'
        self.project.configure(f"{head}{sources}{outputs}", allow_private=True)

    def serve(self) -> None:
        self.publisher.serve("/feed.xml", rss([item(number) for number in range(self.items)]))

    def add(self, number: int = 1) -> None:
        """Publish further items."""
        self.items += number
        self.serve()

    def run(self, *arguments: str) -> Result:
        """Collect, and publish. Sources are always due; the back-off of deliveries is observed."""
        return self.project.aggregate("run", "--source", "Example World", *arguments)

    def start(self) -> None:
        """Do the first run, in which nothing is sent."""
        result = self.project.aggregate("run")
        assert (result.status, result.err) == (0, "")

    def deliveries(self) -> list[dict[str, Any]]:
        """Return what `aggregate deliveries` lists, oldest first."""
        listed: list[dict[str, Any]] = self.project.aggregate("deliveries", "--json").json
        return list(reversed(listed))

    def states(self) -> list[str]:
        return [delivery["state"] for delivery in self.deliveries()]


def newsletter(port: int, *, to: tuple[str, ...] = RECIPIENTS, more: str = "", host: str = "127.0.0.1") -> str:
    """Return the table of a newsletter that is always due."""
    addresses = ", ".join(f'"{address}"' for address in to)
    smtp = "" if "smtp" in more or not port else f'smtp = "smtp://{host}:{port}"\n'
    table = f'[[outputs]]\nplugin = "newsletter"\nto = [{addresses}]\nsender = "daily@paper.example"\n{smtp}'
    return table + ("" if "at =" in more else 'at = "00:00"\n') + more
