"""Preview an output: what it makes of the stored stories, in another folder. Stores and delivers nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from aggregator.config.settings import LIST_PLUGIN, Config, OutputSettings
from aggregator.editions.edition import make_edition
from aggregator.editions.pictures import picture_urls
from aggregator.editions.rank import weights_of
from aggregator.editions.select import SelectedStories, subscriptions_of
from aggregator.editions.write import OutputCall, emit
from aggregator.errors import ConfigError
from aggregator.model import Archive, Delivered, Delivery, Edition
from aggregator.pictures.copy import copy_pictures
from aggregator.plugin.registry import Registry
from aggregator.report import Report
from aggregator.store import Store
from aggregator.text.suggest import closest_name


class PreviewedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that an output made. `name`: its path below that of the output, "" for the output's own path."""

    name: str
    path: str
    bytes: int


class PreviewedDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that an output composed, and that is not sent. `file`: has its payload."""

    label: str
    recipient: str
    file: str


class OutputPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What an output made. `stories`: in its edition; `folder`: has its files."""

    output: str
    plugin: str
    stories: int
    folder: str
    files: tuple[PreviewedFile, ...]
    deliveries: tuple[PreviewedDelivery, ...]


def find_output(what: str, config: Config) -> OutputSettings:
    """Return the configured output with this path, file name, label, title or plugin. Raises ConfigError."""
    for names in (_places, _names):
        found = [output for output in config.outputs if what.casefold() in names(output)]
        if len(found) == 1:
            return found[0]
        if found:
            paths = ", ".join(output.location for output in found)
            raise ConfigError([f"{what!r} names {len(found)} outputs; use the path of one of them: {paths}"])
    known = [name for output in config.outputs for name in (output.relative_path or output.location, output.plugin)]
    similar = closest_name(what, known)
    advice = f'did you mean "{similar}"?' if similar else f"there are: {', '.join(known[::2]) or 'none'}"
    raise ConfigError([f"no output has the path, the label or the plugin {what!r}; {advice}"])


def _places(output: OutputSettings) -> set[str]:
    return {str(one).casefold() for one in (output.path, output.relative_path, output.label, output.title) if one}


def _names(output: OutputSettings) -> set[str]:
    return {output.plugin.casefold(), *((output.path.name.casefold(),) if output.path else ())}


def stored_edition(config: Config, output: OutputSettings, registry: Registry, store: Store) -> Edition:
    """Return the edition that a run would write now. `registry`: of the configuration."""
    now = datetime.now(UTC).replace(microsecond=0)
    sources = [source for source in store.sources(config) if source.settings.plugin != LIST_PLUGIN]
    hook = registry.rank if registry.has_ranks else None
    selected = SelectedStories(store, now, weights_of(config), hook).of(output)
    edition = make_edition(config, output, selected, subscriptions_of(sources))
    if output.pictures == "copy":
        copied = partial(copy_pictures, store=store, settings=None, report=Report(now))
        edition = msgspec.structs.replace(edition, copies=copied(picture_urls(edition)))
    return msgspec.structs.replace(edition, date=now)


def preview_output(
    output: OutputSettings, registry: Registry, edition: Edition, folder: Path, config_folder: Path
) -> OutputPreview:
    """Write the files of an output below a folder, which exists. Raises OutputError, ConfigError, PluginError."""
    plugin = registry.get("output", output.plugin)
    path = folder / (output.path.name if output.path else f"{output.plugin}.out")
    deliveries: list[Delivery] = []
    supplied = {
        "config_folder": config_folder,
        "now": edition.date,
        "delivered": Delivered(),
        "archive": Archive((edition.day,), leads=(edition.stories[0].title if edition.stories else "",)),
    }
    options = plugin.bind(output.options, output.where)
    call = OutputCall(
        plugin=plugin, options=options, path=path, supplied=supplied, label=output.location, keep=deliveries.extend
    )
    written = emit(call, edition).files
    return OutputPreview(
        output=output.location,
        plugin=plugin.name,
        stories=len(edition.stories),
        folder=str(folder),
        files=tuple(_file(one, path) for one in sorted(map(Path, written), key=_depth)),
        deliveries=_saved(deliveries, folder),
    )


def _depth(path: Path) -> tuple[int, str]:
    """Sort the files of a folder before those of its subfolders."""
    return len(path.parts), str(path)


def _file(written: Path, path: Path) -> PreviewedFile:
    root = path.with_suffix("") if path.suffix and not path.is_dir() else path
    name = "" if written == path else written.relative_to(root).as_posix()
    return PreviewedFile(name=name, path=str(written), bytes=written.stat().st_size)


def _saved(deliveries: Sequence[Delivery], folder: Path) -> tuple[PreviewedDelivery, ...]:
    """Write the payload of each delivery to a file."""
    saved = []
    for number, one in enumerate(deliveries, 1):
        file = folder / f"delivery-{number}"
        file.write_bytes(one.payload)
        saved.append(PreviewedDelivery(label=one.label or one.key, recipient=one.recipient, file=str(file)))
    return tuple(saved)
