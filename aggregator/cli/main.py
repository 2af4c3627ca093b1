"""Defines the command line: the group of verbs, exit statuses, and the printing of errors."""

from __future__ import annotations

import errno
import gc
import os
import re
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from aggregator import __version__
from aggregator.cli.commands import VERBS, load_verb
from aggregator.cli.encoding import escape_what_cannot_be_encoded
from aggregator.cli.output import print_message
from aggregator.cli.verb_sections import write_sections
from aggregator.context import Context, default_config
from aggregator.errors import AggregateError, ConfigError, OutputError
from aggregator.plugin.probe import has_third_party_plugins
from aggregator.runtime.signals import TERMINATED, Terminated
from aggregator.text.secrets import redact

INTERRUPTED = 130
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")
"""What Python decodes bytes of arguments and file names to that are not UTF-8."""
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class _PipeClosed(Exception):  # noqa: N818 - an outcome, not an error
    """The reader of standard output has closed the pipe."""


class VerbGroup(click.Group):
    """The verbs of the core and of plugins. Plugins are loaded only for `--help` and for verbs outside the core.

    `commands`: the verbs that were loaded.
    """

    def invoke(self, ctx: click.Context) -> object:
        """Run the verb. On a closed pipe click would exit with status 1, whatever the verb did."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _PipeClosed from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all verbs, including those of plugins."""
        with_plugins = has_third_party_plugins(_context(ctx).plugin_folders)
        return sorted(self._with_plugins(ctx).commands if with_plugins else VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the verb with this name."""
        if cmd_name in VERBS:
            self.commands[cmd_name] = load_verb(cmd_name)
        return self.commands.get(cmd_name) or self._with_plugins(ctx).commands.get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs by purpose."""
        write_sections(self, ctx, formatter)

    def _with_plugins(self, ctx: click.Context) -> click.Group:
        if "verbs" not in ctx.meta:
            self.commands.update((name, load_verb(name)) for name in VERBS)
            verbs = click.Group(commands=dict(self.commands))
            _context(ctx).registry.add_commands(verbs)
            ctx.meta["verbs"] = verbs
        group = ctx.meta["verbs"]
        assert isinstance(group, click.Group)
        return group


def _context(ctx: click.Context) -> Context:
    """Return the context object, creating it if `--help` is handled before the group has run."""
    if not isinstance(ctx.obj, Context):
        ctx.obj = Context(ctx.params.get("config_path") or default_config())
    return ctx.obj


@click.group(cls=VerbGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=default_config,
    is_eager=True,
    help="The configuration file.  [default: config.toml, or AGGREGATE_CONFIG]",
)
@click.option("-v", "--verbose", is_flag=True, help="Give more details: for verbs with this option.")
@click.option("-q", "--quiet", is_flag=True, help="Report only errors: for verbs with this option.")
@click.option("--debug", is_flag=True, help="Show the traceback of errors.")
@click.version_option(__version__, prog_name="aggregate")
@click.pass_context
def cli(ctx: click.Context, config_path: Path, verbose: bool, quiet: bool, debug: bool) -> None:
    """Collect news from many sources, group articles into stories, and publish editions.

    Without a verb, runs `aggregate run`. In an empty folder, begin with `aggregate init`.
    """
    ctx.obj = Context(config_path, debug)
    if ctx.invoked_subcommand is None:
        ctx.invoke(load_verb("run"), verbose=verbose, quiet=quiet)
    else:
        _pass_to_verb(ctx, ctx.invoked_subcommand, {"verbose": verbose, "quiet": quiet})


def _pass_to_verb(ctx: click.Context, name: str, flags: dict[str, bool]) -> None:
    """Let options before the verb apply as if they were after it. Raises UsageError if the verb does not take them."""
    given = {flag: True for flag, is_given in flags.items() if is_given}
    verb = cli.get_command(ctx, name) if given else None
    if verb:
        missing = given.keys() - {parameter.name for parameter in verb.params}
        if missing:
            raise click.UsageError(f"`aggregate {name}` does not take --{min(missing)}", ctx)
        ctx.default_map = {name: given}


GC_THRESHOLDS = (200_000, 20, 20)
"""More objects than a run has in which no source has changed: there are almost no cycles, and a search for them takes
30 ms. Python's default of 700 objects would cost 10 % of a run."""


def console() -> NoReturn:
    """Run the console script: `main`, and an exit that does not wait for threads of plugins."""
    gc.set_threshold(*GC_THRESHOLDS)
    _open_missing_streams()
    escape_what_cannot_be_encoded()
    try:
        main()
    except SystemExit as end:
        for number in (signal.SIGINT, signal.SIGTERM):  # the interpreter, while it ends, would print a traceback
            signal.signal(number, signal.SIG_IGN)
        gc.freeze()  # otherwise the interpreter, while it ends, would search all objects for cycles
        if "aggregator.runtime.threads" in sys.modules:  # otherwise no threads were started
            from aggregator.runtime.threads import exit_process

            exit_process(end.code if isinstance(end.code, int) else 1)
        raise


def _open_missing_streams() -> None:
    """Open the null device for each standard stream that is closed (`aggregate run >&-`).

    Otherwise the next file gets the number of the stream, and whatever is printed would be written into that file.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run a command. Exit statuses: 0 done, 1 failed, 2 usage or configuration, 75 locked, 130 SIGINT, 143 SIGTERM."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(_status(arguments))


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def _status(arguments: list[str] | None) -> int:
    debug = "--debug" in (sys.argv[1:] if arguments is None else arguments)
    try:
        status = cli.main(arguments, prog_name="aggregate", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as error:  # click turns the former into the latter
        return TERMINATED if isinstance(error.__cause__ or error, Terminated) else INTERRUPTED
    except (_PipeClosed, BrokenPipeError):  # `aggregate stories | head`
        _discard_output()
        return 0
    except Exception as error:
        if debug:
            click.echo(redact("".join(traceback.format_exception(error))), nl=False, err=True)
            return 1
        return _show(_expected(error))


def _expected(error: Exception) -> Exception:
    """Return the AggregateError for an error that may occur wherever something is printed or encoded."""
    if isinstance(error, OSError) and error.errno in DISK_ERRORS and error.filename is None:
        _discard_output()
        return OutputError(f"standard output cannot be written ({error.strerror})")
    if isinstance(error, UnicodeEncodeError) and _NOT_UTF_8.search(error.object):
        return AggregateError(f"{error.object.encode(errors='replace').decode():.100}: is not UTF-8")
    return error


def _discard_output() -> None:
    """Prevent the interpreter from writing the rest of the output when it ends, which would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show(error: Exception) -> int:
    if isinstance(error, AggregateError):
        lines = str(error).splitlines() if isinstance(error, ConfigError) else [str(error)]
        status = error.exit_status
    else:
        from aggregator.plugin.diagnostics import describe_exception

        lines, status = [f"this is a bug: {describe_exception(error)}; `aggregate --debug` shows where"], 1
    for line in lines:
        print_message(line)
    return status
