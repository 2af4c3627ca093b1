"""Build the edition of an output: divide its stories into sections, and list the newest."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urljoin

from aggregator.config.settings import Config, OutputSettings
from aggregator.editions.sections import divide
from aggregator.editions.select import DEFAULT_LIMIT, Selected
from aggregator.editions.titles import distinction, output_title
from aggregator.model import EPOCH, Edition, Outlet, Publication, Story, Subscription
from aggregator.outputs.article_text import shown_outlet

LAST_DAY = timedelta(hours=24)
MOST_LISTED = 500
"""Stories that a feed without a `limit` has at most."""


def make_edition(
    config: Config,
    output: OutputSettings,
    selected: Selected,
    subscriptions: Sequence[Subscription],
    *,
    only_lists: bool = False,
) -> Edition:
    """Return the edition of one output, with EPOCH as its date.

    `only_lists`: what takes time is left out if the newest stories do not need it: ranked stories that are not among
    them, and the shorter names of other outlets.
    """
    ranked = selected.whole(selected.front) if selected.is_whole or not only_lists else ()
    newest = selected.newest
    listed = _listed(newest, output.limit)
    sources = tuple(Outlet(s.name, s.home) for s in subscriptions)
    return Edition(
        title=output_title(config, output),
        tagline=config.tagline,
        url=config.url,
        date=EPOCH,
        timezone=config.timezone or local_timezone(),
        locale=config.locale,
        stories=ranked,
        sections=divide(ranked, config, output),
        latest=newest[:listed],
        older=newest[listed:],
        sources=sources,
        outlet_names=_outlet_names(sources, selected.outlets, config, only_shown=only_lists),
        subscriptions=tuple(subscriptions),
        itself=_publication(config, output),
        publications=publications_of(config),
        pictures=output.pictures,
    )


def _outlet_names(
    sources: Iterable[Outlet], shown: Iterable[Outlet], config: Config, *, only_shown: bool
) -> dict[str, str]:
    """Return the shorter names of outlets, by name, except for those that the user has named. `sources`: those of the
    sources; `shown`: those of the stories; `only_shown`: leave out sources that have no story."""
    chosen, shown = config.chosen_names, dict.fromkeys(shown)
    if only_shown:
        wanted = {outlet.name for outlet in shown}
        sources = (outlet for outlet in sources if outlet.name in wanted)
    known = _shown_names(tuple(outlet for outlet in sources if outlet.name not in chosen))
    others = [outlet for outlet in shown if outlet not in known and outlet.name not in chosen]
    names = {outlet.name: name for outlet, name in known.items()} | {one.name: shown_outlet(one) for one in others}
    return {name: shorter for name, shorter in sorted(names.items()) if shorter != name}


@lru_cache(maxsize=1)
def _shown_names(outlets: tuple[Outlet, ...]) -> dict[Outlet, str]:
    """Return the names of outlets as they are shown: those of all sources are the same for all outputs of a run."""
    return {outlet: shown_outlet(outlet) for outlet in outlets}


def _listed(newest: Sequence[Story], limit: int | None) -> int:
    """Return how many of the newest stories a feed lists; the rest are on its further pages."""
    if limit is not None:
        return limit or len(newest)
    if not newest:
        return 0
    start = newest[0].updated - LAST_DAY
    recent = sum(1 for story in newest if story.updated >= start)
    return max(DEFAULT_LIMIT, min(recent, MOST_LISTED))


def local_timezone() -> str:
    """Return the IANA name of the time zone of this machine; "UTC" if it has none."""
    from tzlocal import get_localzone_name

    try:
        return get_localzone_name() or "UTC"
    except (OSError, LookupError, ValueError):
        return "UTC"


def publications_of(config: Config) -> tuple[Publication, ...]:
    """Return the URL of each output: `url` with its path relative to the common folder of all outputs."""
    return tuple(_publication(config, output) for output in config.outputs if output.path)


def output_root(config: Config) -> Path:
    """Return the common folder of all outputs, which a web server serves as `url`."""
    paths = [output.path for output in config.outputs if output.path]
    folders = [path.parent if path.suffix else path for path in paths]
    return Path(os.path.commonpath(folders)) if folders else config.path.parent


def _publication(config: Config, output: OutputSettings) -> Publication:
    if output.path is None:
        return Publication(output.plugin, "", "")
    relative = output.path.relative_to(output_root(config)).as_posix()
    path = relative if output.path.suffix else f"{relative}/".removeprefix("./")
    base = config.url if config.url.endswith("/") or not config.url else f"{config.url}/"
    url = urljoin(base, quote(path)) if base else quote(path)
    label = output.label or (distinction(config, output) if not output.title else "")
    return Publication(output.plugin, path, url, output.title or "", label)
