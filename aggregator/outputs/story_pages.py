"""Where the newspaper of a configuration has the page of a story."""

from __future__ import annotations

from urllib.parse import urljoin

from aggregator.model import Edition, Story
from aggregator.outputs.page_names import story_page
from aggregator.outputs.text import web_address


def story_address(edition: Edition, story: Story) -> str | None:
    """Return the URL of the page of a story; None if no output of the configuration is a newspaper in a folder."""
    folders = (one.url for one in edition.publications if one.plugin == "html" and _is_folder(one.path))
    return next((urljoin(url, story_page(story)) for url in folders if web_address(url)), None)


def _is_folder(path: str) -> bool:
    return not path or path.endswith("/")
