"""The verbs of the command line, one file each. Imports are deferred until a verb is called, to start fast."""

from __future__ import annotations

import click

from aggregator.cli.commands import (
    add,
    check,
    completion,
    deliveries,
    edit,
    editions,
    explain,
    help,
    import_export,
    init,
    pause_remove,
    plugins,
    preview,
    run,
    schedule,
    schema,
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
        completion.completion,
        deliveries.deliveries,
        edit.edit,
        edit.rename,
        edit.tag,
        editions.editions,
        explain.explain,
        help.help_,
        init.init,
        import_export.export,
        import_export.import_,
        plugins.plugins,
        preview.preview,
        run.run,
        schedule.schedule,
        schema.schema,
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
