"""`aggregate completion` prints the script that lets a shell complete commands."""

from __future__ import annotations

import click

from aggregator.cli.completion import VARIABLE

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets SHELL complete verbs, options, and names of sources and plugins.

    \b
    bash  add to ~/.bashrc:  eval "$(aggregate completion bash)"
    zsh   add to ~/.zshrc:   eval "$(aggregate completion zsh)"
    fish  run once:          aggregate completion fish > ~/.config/fish/completions/aggregate.fish
    """
    from click.shell_completion import get_completion_class

    complete = get_completion_class(shell)
    assert complete
    click.echo(complete(ctx.find_root().command, {}, "aggregate", VARIABLE).source())
