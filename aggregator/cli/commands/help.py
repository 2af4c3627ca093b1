"""`aggregate help` shows the help of a verb."""

from __future__ import annotations

import click

from aggregator.cli.completion import verb_names


@click.command("help")
@click.argument("verb", nargs=-1, shell_complete=verb_names)
@click.pass_context
def help_(ctx: click.Context, verb: tuple[str, ...]) -> None:
    """Show the help of a VERB, as `aggregate VERB --help` does; without one, list the verbs."""
    context = ctx.find_root()
    for name in verb:
        group = context.command
        if not isinstance(group, click.Group):
            raise click.UsageError(f"`{context.command_path}` has no verbs of its own", ctx)
        found, command, _ = group.resolve_command(context, [name])
        assert command  # otherwise click has raised UsageError
        context = click.Context(command, parent=context, info_name=found)
    click.echo(context.get_help())
