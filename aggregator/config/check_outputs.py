"""Checks the paths of outputs, the files that their options name, and what they need at the top of the file."""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path

from aggregator.config.check_files import shown_path, unwritable_reason
from aggregator.config.found import Found
from aggregator.config.settings import Config, OutputSettings
from aggregator.errors import OutputError
from aggregator.plugin.registry import Registry

FILE_OUTPUTS = frozenset({"atom", "jsonfeed", "jsonl", "markdown", "opml", "rss", "text"})
"""Shipped outputs whose `path` is a file."""
NEWSPAPER = "html"
NEWSPAPER_NAMES = frozenset(
    "archive.html articles assets favicon.svg index.html pictures search search.html search.js sitemap.xml sitemaps "
    "sources sources.html stories tags tags.html".split()
)
"""What a newspaper writes in its folder, beside a folder for each year."""
FEEDS = frozenset({"atom", "jsonfeed", "rss"})
FILES_IN_OPTIONS = {
    "html": ("logo", "css"),
    "text": ("template",),
    "markdown": ("template",),
    "webhook": ("template",),
}
"""Options of shipped outputs that name a file."""


def check_outputs(found: Found, config: Config, registry: Registry) -> None:
    """Find problems with the outputs."""
    folder = config.path.absolute().parent.resolve()
    for output in config.outputs:
        if output.path:
            _check_path(found, output, output.path, config)
            if not output.path.resolve().is_relative_to(folder):
                found.warn(output, "path", str(output.path), f"is outside the folder of the configuration, {folder}")
        plugin = registry.outputs.get(output.plugin)
        if plugin and plugin.is_shipped:
            _check_options(found, output, folder)
            if output.plugin == NEWSPAPER:
                _check_theme(found, output, folder, plugin.module)
    for first, later in combinations([output for output in config.outputs if output.path], 2):
        _check_nesting(found, config, first, later)
        _check_nesting(found, config, later, first)
    feeds = [output.location for output in config.outputs if output.plugin in FEEDS]
    if feeds and not config.url:
        found.hint(None, "url", None, "is not set: the feeds do not state their own address, and some readers want it")


def _check_path(found: Found, output: OutputSettings, path: Path, config: Config) -> None:
    shown = shown_path(path, config)
    is_folder = output.plugin == NEWSPAPER and not path.name.lower().endswith((".html", ".htm"))
    if output.plugin in FILE_OUTPUTS and path.is_dir():
        found.error(output, "path", shown, f"is a folder; {output.plugin} writes a file, such as {shown}/edition")
    elif is_folder and path.is_file():
        found.error(output, "path", shown, "is a file; a newspaper is a folder, or a page that ends with .html")
    elif reason := unwritable_reason(path / "x" if is_folder else path):
        found.error(output, "path", shown, reason)


def _check_options(found: Found, output: OutputSettings, folder: Path) -> None:
    for key in FILES_IN_OPTIONS.get(output.plugin, ()):
        value = output.options.get(key)
        if not isinstance(value, str) or not value or "{" in value:
            continue  # a template that is no path
        path = folder / Path(value).expanduser()
        if not path.is_file():
            found.error(output, key, value, f"there is no file {path}")
    if output.plugin == "newsletter" and output.path is None and not output.options.get("smtp"):
        found.error(output, "smtp", None, "is needed to send mails, or a `path` to write them to files")


def _check_theme(found: Found, output: OutputSettings, folder: Path, module: str) -> None:
    from aggregator.outputs.themes import theme_folder

    theme = output.options.get("theme")
    themes = Path(getattr(sys.modules.get(module), "__file__", None) or "").parent / "themes"
    try:
        theme_folder(theme if isinstance(theme, str) else None, themes, folder)
    except OutputError as error:
        found.error(output, "theme", theme, str(error).partition(": ")[2])


def _check_nesting(found: Found, config: Config, outer: OutputSettings, inner: OutputSettings) -> None:
    """Find an output that would write into the files of another."""
    assert outer.path
    assert inner.path
    if outer.path == inner.path or not inner.path.is_relative_to(outer.path):
        return
    shown = shown_path(inner.path, config)
    if outer.plugin in FILE_OUTPUTS or outer.path.name.lower().endswith((".html", ".htm", ".epub")):
        found.error(
            inner, "path", shown, f"is below {shown_path(outer.path, config)}, a file that {outer.where} writes"
        )
        return
    name = inner.path.relative_to(outer.path).parts[0]
    if outer.plugin == NEWSPAPER and (name in NEWSPAPER_NAMES or (name.isdecimal() and len(name) == 4)):
        found.error(inner, "path", shown, f"is a name that {outer.where} writes in the same folder; choose another")
