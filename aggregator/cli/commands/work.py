"""`aggregate work` collects what is due for as long as it runs, beside other workers."""

from __future__ import annotations

import click

from aggregator.context import Context


@click.command()
@click.option("--concurrency", type=click.IntRange(1, 64), default=4, show_default=True, help="How many jobs at once.")
@click.option("--publish/--no-publish", default=True, help="Also group and publish, if no other worker does.")
@click.option("--log-json", is_flag=True, help="Log JSON instead of key=value.")
@click.pass_obj
def work(context: Context, concurrency: int, publish: bool, log_json: bool) -> int:
    """Collect what is due until SIGTERM, beside any number of other workers.

    Needs a store in PostgreSQL. Jobs are spread over all workers: each collects from the sources of a part of all
    domains, and limits and pauses of a publisher hold over all workers. One of them at a time groups and publishes,
    every minute. Logs to standard error. On SIGTERM, what runs is finished, and the rest left to others.
    """
    import asyncio

    from aggregator.jobs.connection import store_errors
    from aggregator.jobs.logs import configure_logs
    from aggregator.jobs.reload import WorkerConfiguration
    from aggregator.jobs.tasks import WorkOptions
    from aggregator.jobs.worker import work as run_worker
    from aggregator.plugin.stdout import redirect_stdout

    configure_logs(as_json=log_json)
    with redirect_stdout():
        configuration = WorkerConfiguration(context)
        options = WorkOptions(concurrency=concurrency, publish=publish)
        setup = configuration.setup()
        with store_errors(context.config.store):
            asyncio.run(run_worker(setup, options, configuration.changed))
    return 0
