"""`aggregate check` reports every mistake in the configuration, and what is suspicious in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from aggregator.cli.output import count_of, print_json, print_message
from aggregator.context import Context

if TYPE_CHECKING:
    from aggregator.config.check_effects import Known
    from aggregator.config.findings import Finding
    from aggregator.config.settings import Config


@click.command()
@click.option("--strict", is_flag=True, help="Exit with status 1 if there are warnings.")
@click.option("--json", "as_json", is_flag=True, help="Print all findings as JSON.")
@click.pass_obj
def check(context: Context, strict: bool, as_json: bool) -> int:
    """Report every mistake in the configuration, and what can be foreseen to fail or to surprise. Sends no requests.

    Errors cannot work: status 2. Warnings work, but hardly as they were meant: status 0, or 1 with --strict. Hints are
    shown with --strict and --json.
    """
    from aggregator.errors import ConfigError

    config, findings = find_all(context)
    levels = [finding.level for finding in findings]
    if as_json:
        print_json(findings)
    else:
        print_findings(findings, hints=strict)
    if "error" in levels:
        return ConfigError.exit_status
    if config and not as_json:
        print_summary(config, findings)
    return 1 if strict and "warning" in levels else 0


def print_findings(findings: Sequence[Finding], *, hints: bool = False) -> None:
    """Print a line for each finding on standard error. `hints`: print these, too."""
    from aggregator.config.findings import line_of

    for finding in [one for one in findings if hints or one.level != "hint"]:
        level = "warning: " if finding.level == "warning" else ""
        for line in line_of(finding).splitlines():  # some show a position in the lines below
            print_message(f"{level}{line}")


def find_all(context: Context) -> tuple[Config | None, list[Finding]]:
    """Return the configuration, None if it cannot be read, and all findings, errors first."""
    from aggregator.config.findings import findings_of, foresee
    from aggregator.errors import ConfigError

    file = str(context.config_path)
    try:
        config, problems = context.config_with_mistakes()
    except ConfigError as error:
        return None, [*findings_of(error.problems, "error", file)]
    missing = tuple(f"({folder})" for folder in config.plugins if not folder.is_dir())  # these are errors of their own
    failures = [one.message for one in context.registry.failures if not one.message.endswith(missing)]
    findings = [*findings_of(problems, "error", file), *findings_of(failures, "warning", file)]
    if not problems:
        findings += foresee(config, context.registry, _known(config, context))
    return config, sorted(findings, key=lambda finding: ("error", "warning", "note", "hint").index(finding.level))


def _known(config: Config, context: Context) -> Known:
    """Return what a store in a file has learned; a server is not asked."""
    from pathlib import Path

    from aggregator.config.check_effects import Known
    from aggregator.errors import StoreError

    if not (isinstance(config.store, Path) and config.store.is_file()):
        return Known()
    try:
        with context.store() as store:
            sources = store.sources(config)
            has_names = all(source.settings.name or source.state.name for source in sources)
            was_collected = all(source.state.last_success for source in sources if source.settings.enabled)
            tags = store.article_tags() if was_collected else None
    except StoreError:
        return Known()
    return Known(tags, tuple(source.name for source in sources) if has_names else None)


def print_summary(config: Config, findings: Sequence[Finding]) -> None:
    """Print that a configuration is valid, with the numbers of its tables and of the warnings."""
    kinds = {"source": config.sources, "filter": config.filters, "output": config.outputs}
    counts = ", ".join(count_of(len(tables), kind) for kind, tables in kinds.items())
    warnings = sum(finding.level == "warning" for finding in findings)
    suffix = f", {count_of(warnings, 'warning')}" if warnings else ""
    click.echo(f"{config.path}: {counts}: valid{suffix}")
