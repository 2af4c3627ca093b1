"""Tells the outputs of one plugin apart: by their labels, by what they select, or by their file names."""

from __future__ import annotations

from aggregator.config.settings import Config, OutputSettings


def output_title(config: Config, output: OutputSettings) -> str:
    """Return the title of an output: its own, or that of the publication, with what sets it apart from others.

    "London Daily: science" for one of several feeds, the one with `tags = ["science"]`.
    """
    apart = distinction(config, output)
    return output.title or (f"{config.title}: {apart}" if apart else config.title)


def distinction(config: Config, output: OutputSettings) -> str:
    """Return what sets an output apart from the others of its plugin: its label, or else what it selects.

    Of several outputs without either, all but the first are known by their file names. "" if nothing does, or if its
    plugin has no other output.
    """
    same = [other for other in config.outputs if other.plugin == output.plugin]
    if len(same) < 2:
        return ""
    name = _name(output)
    alike = [other for other in same if _name(other) == name and not other.title]
    if not alike or output.key == alike[0].key:
        return name
    file_name = output.path.stem if output.path else output.plugin
    return f"{name} ({file_name})" if name else file_name


def _name(output: OutputSettings) -> str:
    selection = ", ".join([*output.tags, *output.sources, *([output.language] if output.language else [])])
    return output.label or selection
