"""Web pages: the article on a page. Public names, each loaded when it is first asked for: lxml takes its time."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.pages.article import read_article

__all__ = ["read_article"]

_MODULES = {"read_article": "article"}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
