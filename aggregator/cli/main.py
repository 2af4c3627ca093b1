"""The command line: its group, its exit statuses, and the one place where errors are shown."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from aggregator import __version__
from aggregator.cli import commands
from aggregator.context import Context
from aggregator.errors import AggregateError
from aggregator.plugin.probe import has_third_party_plugins
from aggregator.runtime.signals import TERMINATED
from aggregator.text.plain import printable

INTERRUPTED = 130


class Verbs(click.Group):
    """The core's verbs at once; those of plugins when an unknown one or the help is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, those of plugins included."""
        group = self._with_plugins(ctx) if has_third_party_plugins(_context(ctx).plugin_folders) else self
        return sorted(group.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of that name."""
        return self.commands.get(cmd_name) or self._with_plugins(ctx).commands.get(cmd_name)

    def _with_plugins(self, ctx: click.Context) -> click.Group:
        if "verbs" not in ctx.meta:
            verbs = click.Group(commands=dict(self.commands))
            _context(ctx).registry.add_commands(verbs)
            ctx.meta["verbs"] = verbs
        found = ctx.meta["verbs"]
        assert isinstance(found, click.Group)
        return found


def _context(ctx: click.Context) -> Context:
    """That of the call, also where the help is asked for before there is one."""
    if not isinstance(ctx.obj, Context):
        ctx.obj = Context(ctx.params.get("config_path") or default_config())
    return ctx.obj


def default_config() -> Path:
    """The configuration file where none is named on the command line."""
    return Path(os.environ.get("AGGREGATE_CONFIG") or "config.toml")


@click.group(cls=Verbs, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=default_config,
    is_eager=True,
    help="The configuration file.  [default: config.toml, or what AGGREGATE_CONFIG says]",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__, prog_name="aggregate")
@click.pass_context
def cli(ctx: click.Context, config_path: Path, debug: bool) -> None:
    """Collect news from many sources, group what tells the same story, and publish editions.

    Without a verb it does `aggregate run`.
    """
    ctx.obj = Context(config_path, debug)
    if ctx.invoked_subcommand is None:
        ctx.invoke(commands.run.run)


for command in commands.all_commands():
    cli.add_command(command)


FEWER_COLLECTIONS = (50_000, 20, 20)
"""Python looks for cycles after each 700 objects, which is a tenth of a run's time; they make next to none."""


def console() -> NoReturn:
    """The console script: `main`, and an end that no thread of a source can spoil."""
    gc.set_threshold(*FEWER_COLLECTIONS)
    try:
        main()
    except SystemExit as end:
        if "aggregator.runtime.threads" in sys.modules:  # else there are none
            from aggregator.runtime.threads import exit_process

            exit_process(end.code if isinstance(end.code, int) else 1)
        raise


def main(arguments: list[str] | None = None) -> NoReturn:
    """The command. Exit statuses: 0 done, 1 failed, 2 usage or configuration, 75 locked, 130 SIGINT, 143 SIGTERM."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(_status(arguments))


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(TERMINATED)


def _status(arguments: list[str] | None) -> int:
    debug = "--debug" in (sys.argv[1:] if arguments is None else arguments)
    try:
        status = cli.main(arguments, prog_name="aggregate", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:  # `aggregate stories | head`: the reader has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debug:
            raise
        return _show(error)


def _show(error: Exception) -> int:
    if isinstance(error, AggregateError):
        lines, status = str(error).splitlines(), error.exit_status
    else:
        from aggregator.plugin.diagnostics import describe_exception

        lines, status = [f"this is a bug: {describe_exception(error)}; `aggregate --debug` shows where"], 1
    for line in lines:
        click.echo(f"aggregate: {printable(line)}", err=True)
    return status
