"""`aggregate run` collects articles, groups them into stories and publishes the outputs."""

from __future__ import annotations

import sys

import click

from aggregator.context import Context


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on standard output.")
@click.option("--dry-run", is_flag=True, help="Run on a copy of the store; change and write nothing.")
@click.option("--source", "names", multiple=True, metavar="NAME", help="Collect only this source now; repeatable.")
@click.option("--force", is_flag=True, help="Collect sources that are not due, too (but respect Retry-After).")
@click.option("--offline", is_flag=True, help="Send no requests; write the outputs from the store.")
@click.option("--no-collect", is_flag=True, help="Group and publish what is stored, without collecting.")
@click.option("--strict", is_flag=True, help="Exit with status 1 if any source failed, and report each.")
@click.pass_obj
def run(
    context: Context,
    as_json: bool = False,
    dry_run: bool = False,
    names: tuple[str, ...] = (),
    force: bool = False,
    offline: bool = False,
    no_collect: bool = False,
    strict: bool = False,
) -> int:
    """Collect new articles, recognise duplicates, group stories, and publish the outputs.

    Prints only failures if standard error is not a terminal, so that cron sends no other mail.
    """
    from aggregator.cli.progress import progress
    from aggregator.config.store_address import DatabaseAddress
    from aggregator.pipeline import run_once
    from aggregator.plugin.stdout import redirect_stdout
    from aggregator.run import RunOptions
    from aggregator.text.plain import printable
    from aggregator.text.secrets import redact

    on_terminal = sys.stderr.isatty()
    with redirect_stdout() as redirected:
        config, registry = context.config, context.registry
        for failure in registry.failures:
            click.echo(f"aggregate: {redact(printable(failure.message))}", err=True)
        with progress(on_terminal) as report_progress:
            options = RunOptions(dry_run=dry_run, names=names, force=force, offline=offline, collect=not no_collect)
            do_run = run_once
            if isinstance(config.store, DatabaseAddress) and not dry_run:
                from aggregator.jobs.run import run_shared as do_run
            report = do_run(config, registry, options, report_progress)
    for plugin, warning in redirected.warnings():
        report.fail(plugin, warning)
    for line in report.trouble(everything=on_terminal or strict):
        click.echo(f"aggregate: {line}", err=True)
    for line in report.deliveries.planned:
        click.echo(f"aggregate: would deliver: {redact(printable(line))}", err=True)
    if as_json:
        click.echo(report.as_json())
    elif on_terminal:
        click.echo(report.as_text(), err=True)
    return report.exit_status(strict)
