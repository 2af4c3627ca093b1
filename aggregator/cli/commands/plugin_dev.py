"""`aggregate plugins new` and `aggregate plugins test`: for those who write plugins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.output import print_json, print_line
from aggregator.context import Context
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from aggregator.plugin.plugin import Kind
    from aggregator.testing.checks import Check

FOLDER = "my_plugins"


@click.command()
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(["source", "filter", "output"]),
    default="source",
    help="What it is to be.  [default: source]",
)
@click.option("--package", is_flag=True, help="A package of its own, to be published, in the current folder.")
@click.pass_obj
def new(context: Context, name: str, kind: Kind, package: bool) -> None:
    """Write the plugin NAME, which works at once, and its test.

    It goes into the first folder that the configuration names in `plugins`, or into my_plugins, which is then named
    there.
    """
    from aggregator.cli.scaffolding import check_name, package_files, plugin_files, write_files

    check_name(name, kind)
    taken = context.registry.of_kind(kind).get(name)
    if taken and not taken.is_fallback:
        raise ConfigError([f'the {kind} name "{name}" is taken by "{taken.provider}" ({taken.origin}); choose another'])
    if package:
        folder, advice = Path(f"aggregate-{name.replace('_', '-')}"), ""
        written = write_files(folder, package_files(name, kind))
    else:
        folder = _folder(context)
        written = write_files(folder, plugin_files(name, kind))
        advice = _name_folder(context, folder)
    for path in written:
        print_line(f"wrote {path}")
    if advice:
        print_line(advice)
    _propose(kind, folder, folder / "src" / f"aggregate_{name}" if package else folder / f"{name}.py")


def _propose(kind: Kind, folder: Path, plugin: Path) -> None:
    """Say what to do next."""
    print_line("next:")
    if kind == "source":
        print_line(f"aggregate preview {plugin} --watch", indent=2)
    print_line(f"aggregate plugins test {plugin}", indent=2)
    setup = f"pip install -e '{folder}[test]' && " if plugin.parent != folder else ""
    print_line(f"{setup}pytest {folder}", indent=2)


@click.command()
@click.argument("what", metavar="PATH_OR_NAME")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="An option for the plugin; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def test(context: Context, what: str, options: tuple[str, ...], as_json: bool) -> int:
    """Put a plugin to the contract: a file, the folder of a package, or the name of one that is installed.

    It is run in a process of its own. Its requests are answered from the recordings of its tests; what is not recorded
    is asked once, and replayed. The exit status is 1 where a check failed.
    """
    from aggregator.testing.runner import check_contract, make_job

    made = []
    for check in check_contract(make_job(what, options, context.config_path)):
        made.append(check)
        if not as_json:
            _print(check, new=len(made) == 1 or (made[-2].kind, made[-2].plugin) != (check.kind, check.plugin))
    passed = all(check.state != "failed" for check in made)
    if as_json:
        fields = ("kind", "plugin", "check", "state", "findings")
        print_json({"passed": passed, "checks": [{name: getattr(one, name) for name in fields} for one in made]})
    return 0 if passed else 1


def _print(check: Check, *, new: bool) -> None:
    if new:
        print_line(f"{check.kind} {check.plugin}")
    first, *others = check.findings or ("",)
    print_line(f"{check.state:7} {check.check}{': ' if first else ''}{first}", indent=2)
    for other in others:
        print_line(other, indent=10)


def _folder(context: Context) -> Path:
    """Where plugins lie, as seen from here where that is shorter."""
    folders = context.settings.plugins if context.config_path.exists() else ()
    folder = folders[0] if folders else context.config_path.absolute().parent / FOLDER
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _name_folder(context: Context, folder: Path) -> str:
    """Have the configuration name the folder; in words, what was or is to be done."""
    from aggregator.config.edit import add_plugin_folder

    line = f'plugins = ["{FOLDER}"]'
    if not context.config_path.exists():
        return f"there is no {context.config_path} here yet: `aggregate init` writes one; put into it: {line}"
    if context.settings.plugins:
        return ""
    try:
        add_plugin_folder(context.config_path, FOLDER)
    except ConfigError:
        return f"put into {context.config_path}, above the first table: {line}"
    return f"{context.config_path} now has: {line}"
