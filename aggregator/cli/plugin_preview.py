"""Previews of outputs and filters with the stored articles, for `aggregate preview`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from aggregator.cli.output import count_of, print_json, print_line, print_message
from aggregator.context import Context
from aggregator.errors import PluginError
from aggregator.inspect.previews import PluginPreview
from aggregator.text.plain import printable

if TYPE_CHECKING:
    from aggregator.config.settings import Config, FilterSettings, OutputSettings
    from aggregator.editions.preview import OutputPreview
    from aggregator.model import Article, Edition
    from aggregator.plugin.plugin import Kind
    from aggregator.plugin.registry import Registry
    from aggregator.subscriptions.filter_preview import FilterPreview

MAX_PRINTED = 200_000
"""Bytes of a text file that is printed; of a larger one, only the path is."""
MAX_FILES = 10
"""Files of an output that are listed."""
FILTERED_STORIES = 200
"""The newest stories whose articles a filter is shown."""


def preview_configured(context: Context, name: str, options: Sequence[str], folder: Path) -> PluginPreview:
    """Preview a configured output into a folder."""
    from aggregator.editions.preview import find_output

    config = context.config
    output = _with_options(find_output(name, config), context.registry, options)
    return _outputs(context, config, [output], context.registry, folder)


def preview_file(context: Context, registry: Registry, options: Sequence[str], folder: Path) -> PluginPreview:
    """Preview the filters and the outputs of a plugin file. `registry`: has only these."""
    config = _config(context)
    tables = [_filter_table(name, config, registry, options) for name in registry.filters]
    outputs = [_output_table(name, config, registry, options) for name in registry.outputs]
    if not tables and not outputs:
        raise PluginError("it registers no source, filter or output")
    result = _outputs(context, config, outputs, registry, folder) if outputs else PluginPreview()
    if tables:
        from aggregator.subscriptions.filter_preview import filter_effects

        articles, is_sample = _articles(context, config)
        effects = filter_effects(tables, registry, config.http, articles)
        result = msgspec.structs.replace(result, filters=effects, sample=is_sample)
    return result


def _config(context: Context) -> Config:
    """Return the configuration, or an empty one where there is none."""
    from aggregator.config.settings import Config

    if context.config_path.exists():
        return context.unchecked_config
    return Config(path=context.config_path.absolute(), store=context.config_path.absolute().parent / "aggregate.db")


def _filter_table(name: str, config: Config, registry: Registry, options: Sequence[str]) -> FilterSettings:
    """Return the first table of a filter in the configuration, or a new one, with further options."""
    from aggregator.config.settings import FilterSettings

    new = FilterSettings(plugin=name, where=f'plugin "{name}"')
    table = next((one for one in config.filters if one.plugin == name), new)
    return msgspec.structs.replace(table, options=table.options | _parsed("filter", name, registry, options))


def _output_table(name: str, config: Config, registry: Registry, options: Sequence[str]) -> OutputSettings:
    """Return the first table of an output in the configuration, or a new one, with further options."""
    from aggregator.config.settings import OutputSettings

    new = OutputSettings(plugin=name, where=f'plugin "{name}"')
    table = next((one for one in config.outputs if one.plugin == name), new)
    return _with_options(table, registry, options)


def _with_options(output: OutputSettings, registry: Registry, options: Sequence[str]) -> OutputSettings:
    return msgspec.structs.replace(output, options=output.options | _parsed("output", output.plugin, registry, options))


def _parsed(kind: Kind, name: str, registry: Registry, options: Sequence[str]) -> dict[str, Any]:
    from aggregator.plugin.options import parse_assignments

    return parse_assignments(options, registry.get(kind, name).options) if options else {}


def _outputs(
    context: Context, config: Config, outputs: Sequence[OutputSettings], registry: Registry, folder: Path
) -> PluginPreview:
    """Preview outputs, each in a folder of its own if there are several."""
    from aggregator.editions.preview import preview_output

    previews, is_sample = [], False
    for output in outputs:
        edition, is_sample = _edition(context, config, output)
        target = folder / output.plugin if len(outputs) > 1 else folder
        target.mkdir(exist_ok=True)
        previews.append(preview_output(output, registry, edition, target, config.path.absolute().parent))
    return PluginPreview(outputs=tuple(previews), sample=is_sample)


def _edition(context: Context, config: Config, output: OutputSettings) -> tuple[Edition, bool]:
    """Return the edition of an output from the store, or one of sample articles, and whether it is that."""
    from aggregator.store import has_store

    if has_store(config.store):
        from aggregator.editions.preview import stored_edition

        with context.store() as store:
            return stored_edition(config, output, context.registry, store), False
    from aggregator.testing.samples import a_full_edition

    return a_full_edition(), True


def _articles(context: Context, config: Config) -> tuple[list[Article], bool]:
    """Return the newest stored articles, or sample articles, and whether they are these."""
    from aggregator.store import Selection, has_store

    if has_store(config.store):
        with context.store() as store:
            newest = store.stories(Selection(limit=FILTERED_STORIES))
        return [article for one in newest for article in (*one.articles, *(copy.article for copy in one.copies))], False
    from aggregator.testing.samples import odd_articles

    return odd_articles(), True


def show_preview(result: PluginPreview, as_json: bool) -> None:
    """Print what was made."""
    for line in result.filters.failures if result.filters else ():
        print_message(line)
    if as_json:
        print_json(result)
        return
    if result.sample:
        click.echo("aggregate: there is no store yet, so these are the sample articles of the test kit", err=True)
    for effect in result.filters.filters if result.filters else ():
        print_filter_preview(effect)
    for output in result.outputs:
        for line in _output_lines(output):
            print_line(line)
        _print_single_file(output)


def print_filter_preview(preview: FilterPreview) -> None:
    """Print what one filter did: a line for each article that it dropped or changed."""
    counts = {"shown": preview.shown, "dropped": len(preview.dropped), "changed": len(preview.changed)}
    print_line(f"{preview.label}: {', '.join(f'{number} {state}' for state, number in counts.items())}")
    for article in preview.dropped:
        print_line(f"dropped: {article.title or article.url}: {article.reason or 'no reason given'}", indent=4)
    for changed in preview.changed:
        print_line(f"changed: {changed.title or changed.url}: {', '.join(changed.fields)}", indent=4)


def _output_lines(output: OutputPreview) -> Iterator[str]:
    stories = "1 story" if output.stories == 1 else f"{output.stories} stories"
    made = f"{count_of(len(output.files), 'file')} of {stories}"
    yield f"{output.output}: {made}, in {output.folder}"
    if len(output.files) != 1 or output.files[0].name:
        for file in output.files[:MAX_FILES]:
            yield f"{file.path} ({file.bytes:,} bytes)"
        if len(output.files) > MAX_FILES:
            yield f"and {len(output.files) - MAX_FILES} more"
    for one in output.deliveries:
        yield f"would deliver to {one.recipient or 'its recipient'}: {one.label} ({one.file})"


def _print_single_file(output: OutputPreview) -> None:
    """Print the file of an output that makes only one, if it is text."""
    if len(output.files) != 1:
        return
    [file] = output.files
    text = _text_of(Path(file.path)) if file.bytes <= MAX_PRINTED else None
    if text is None:
        print_line(f"{file.path} ({file.bytes:,} bytes)")
        return
    print_line()
    for line in text.splitlines():
        click.echo(printable(line))


def _text_of(path: Path) -> str | None:
    body = path.read_bytes()
    try:
        return None if b"\0" in body else body.decode()
    except UnicodeDecodeError:
        return None
