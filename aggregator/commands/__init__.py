"""The verbs of the command line, a file each. A file imports what its verb needs when the verb is called."""

from __future__ import annotations

import click

from aggregator.commands import (
    add,
    check,
    explain,
    init,
    opml,
    plugins,
    preview,
    run,
    schedule,
    search,
    serve,
    sources,
    stories,
    switch,
)


def all_commands() -> list[click.Command]:
    """Every verb of the core."""
    return [
        add.add,
        check.check,
        explain.explain,
        init.init,
        opml.export,
        opml.import_,
        plugins.plugins,
        preview.preview,
        run.run,
        schedule.schedule,
        search.search,
        serve.serve,
        sources.sources,
        stories.stories,
        switch.pause,
        switch.remove,
        switch.resume,
    ]
