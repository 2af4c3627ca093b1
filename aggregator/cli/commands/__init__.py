"""The verbs of the command line, one file each. Imports are deferred until a verb is called, to start fast."""

from __future__ import annotations

import click

from aggregator.cli.commands import (
    add,
    check,
    deliveries,
    edit,
    editions,
    explain,
    import_export,
    init,
    pause_remove,
    plugins,
    preview,
    run,
    schedule,
    search,
    serve,
    sources,
    status,
    store,
    stories,
    work,
)


def all_commands() -> list[click.Command]:
    """Return the verbs of the core."""
    return [
        add.add,
        check.check,
        deliveries.deliveries,
        edit.edit,
        edit.rename,
        edit.tag,
        editions.editions,
        explain.explain,
        init.init,
        import_export.export,
        import_export.import_,
        plugins.plugins,
        preview.preview,
        run.run,
        schedule.schedule,
        search.search,
        serve.serve,
        sources.sources,
        status.status,
        store.store,
        stories.stories,
        pause_remove.pause,
        pause_remove.remove,
        pause_remove.resume,
        work.work,
    ]
