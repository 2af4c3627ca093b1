"""`aggregate run` collects articles, groups them into stories and publishes the outputs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from aggregator.cli.completion import source_names
from aggregator.cli.output import print_message
from aggregator.context import Context
from aggregator.text.plain import printable
from aggregator.text.secrets import redact

if TYPE_CHECKING:
    from aggregator.report import Report
    from aggregator.run import RunOptions


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON on standard output.")
@click.option("--dry-run", is_flag=True, help="Run on a copy of the store; change and write nothing.")
@click.option(
    "--source",
    "names",
    multiple=True,
    metavar="NAME",
    shell_complete=source_names,
    help="Collect only this source now; repeatable.",
)
@click.option("--force", is_flag=True, help="Collect sources that are not due, too (but respect Retry-After).")
@click.option("--offline", is_flag=True, help="Send no requests; write the outputs from the store.")
@click.option("--no-collect", is_flag=True, help="Group and publish what is stored, without collecting.")
@click.option("-v", "--verbose", is_flag=True, help="Report each source and stage, even without a terminal.")
@click.option("-q", "--quiet", is_flag=True, help="Report nothing but errors, even on a terminal.")
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
    verbose: bool = False,
    quiet: bool = False,
    strict: bool = False,
) -> int:
    """Collect new articles, recognise duplicates, group stories, and publish the outputs.

    Says on standard error what it did. If that is not a terminal, it prints only failures, so that cron sends no other
    mail, unless you ask for more with --verbose or --dry-run.
    """
    if verbose and quiet:
        raise click.UsageError("--verbose and --quiet exclude each other")
    from aggregator.run import RunOptions

    on_terminal = sys.stderr.isatty() and not quiet
    options = RunOptions(dry_run=dry_run, names=names, force=force, offline=offline, collect=not no_collect)
    report = _run(context, options, with_progress=on_terminal)
    says_more = verbose or (not quiet and (on_terminal or dry_run))
    for line in report.trouble(everything=says_more or strict):
        click.echo(f"aggregate: {line}", err=True)
    for line in report.deliveries.planned:
        print_message(f"would deliver: {line}")
    if as_json:
        click.echo(report.as_json())
    if verbose or (says_more and not as_json):
        _print_report(context, report, verbose=verbose, dry_run=dry_run)
    return report.exit_status(strict)


def _run(context: Context, options: RunOptions, *, with_progress: bool) -> Report:
    """Do the run, and print which plugins failed to load."""
    from aggregator.cli.progress import progress
    from aggregator.config.store_address import DatabaseAddress
    from aggregator.pipeline import run_once
    from aggregator.plugin.stdout import redirect_stdout

    with redirect_stdout() as redirected:
        config, registry = context.config, context.registry
        for failure in registry.failures:
            print_message(failure.message)
        with progress(with_progress) as report_progress:
            do_run = run_once
            if isinstance(config.store, DatabaseAddress) and not options.dry_run:
                from aggregator.jobs.run import run_shared as do_run
            report = do_run(config, registry, options, report_progress)
    for plugin, warning in redirected.warnings():
        report.fail(plugin, warning)
    return report


def _print_report(context: Context, report: Report, *, verbose: bool, dry_run: bool) -> None:
    from aggregator.cli.next_steps import next_steps

    click.echo(report.as_text(verbose), err=True)
    for line in next_steps(context, dry_run=dry_run):
        click.echo(redact(printable(line)), err=True)
