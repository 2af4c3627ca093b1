"""`aggregate plugins new` and `aggregate plugins test` support the development of plugins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.output import count_of, print_json, print_line
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
    help="Kind of plugin.  [default: source]",
)
@click.option("--package", is_flag=True, help="Write a publishable package in the current folder.")
@click.pass_obj
def new(context: Context, name: str, kind: Kind, package: bool) -> None:
    """Write a working plugin NAME and its test.

    They are written into the first folder of `plugins` in the configuration, or into my_plugins, which is then added to
    the configuration.
    """
    from aggregator.cli.scaffolding import check_name, package_files, plugin_files, write_files

    check_name(name, kind)
    existing = context.registry.of_kind(kind).get(name)
    if existing and not existing.is_fallback:
        owner = f'"{existing.provider}" ({existing.origin})'
        raise ConfigError([f'the {kind} name "{name}" is taken by {owner}; choose another'])
    if package:
        folder, advice = Path(f"aggregate-{name.replace('_', '-')}"), ""
        written = write_files(folder, package_files(name, kind))
    else:
        folder = _folder(context)
        written = write_files(folder, plugin_files(name, kind))
        advice = _add_folder(context)
    for path in written:
        print_line(f"wrote {path}")
    if advice:
        print_line(advice)
    _print_next_steps(folder, folder / "src" / f"aggregate_{name}" if package else folder / f"{name}.py")


def _print_next_steps(folder: Path, plugin: Path) -> None:
    """Print the commands to preview and test the plugin."""
    print_line("next:")
    print_line(f"aggregate preview {plugin} --watch", indent=2)
    print_line(f"aggregate plugins test {plugin}", indent=2)
    setup = f"pip install -e '{folder}[test]' && " if plugin.parent != folder else ""
    print_line(f"{setup}pytest {folder}", indent=2)


@click.command()
@click.argument("what", metavar="PATH_OR_NAME")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="Option of the plugin; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def test(context: Context, what: str, options: tuple[str, ...], as_json: bool) -> int:
    """Check that a plugin follows the contract. PATH_OR_NAME: a file, the folder of a package, or an installed plugin.

    For a folder of plugins, such as one of `plugins` in the configuration, each plugin in it is checked.

    The plugin runs in a separate process. Its requests are answered from the recordings of its tests; others are sent
    once and then replayed. The exit status is 1 if a check fails.
    """
    from aggregator.testing.checks import report_of
    from aggregator.testing.runner import plugins_in

    paths = plugins_in(what)
    if paths is not None:
        return _test_folder(context, paths, options, as_json)
    checks = _check(context, what, options, as_json)
    passed = _passed(checks)
    if as_json:
        print_json(report_of({None: checks}))
    return 0 if passed else 1


def _test_folder(context: Context, paths: list[Path], options: tuple[str, ...], as_json: bool) -> int:
    """Check each plugin in a folder, whatever happens to the others, and print a summary."""
    from aggregator.testing.checks import report_of

    if options:
        raise ConfigError(["--option: is for one plugin; give the path of that plugin instead of the folder"])
    results: dict[Path, list[Check]] = {}
    for path in paths:
        if not as_json:
            print_line(str(path))
        results[path] = _check_alone(context, path, as_json)
        for check in _taken_names(path, results):
            results[path].append(check)
            if not as_json:
                _print(check, new=True)
    failed = [path.name for path, checks in results.items() if not _passed(checks)]
    if as_json:
        print_json(report_of(results))
    else:
        names = f" ({', '.join(failed)})" if failed else ""
        print_line(f"{count_of(len(paths), 'plugin')}: {len(paths) - len(failed)} passed, {len(failed)} failed{names}")
    return 1 if failed else 0


def _taken_names(path: Path, results: dict[Path, list[Check]]) -> list[Check]:
    """Return a failed check for each plugin of a file whose name another file of the folder has."""
    from aggregator.testing.checks import Check

    first = {
        (check.kind, check.plugin): other for other, checks in results.items() for check in checks if other != path
    }
    own = dict.fromkeys((check.kind, check.plugin) for check in results[path] if check.kind != "plugin")
    return [
        Check(kind=kind, plugin=name, check="unique", state="failed", findings=(f"{first[kind, name]} has the name",))
        for kind, name in own
        if (kind, name) in first
    ]


def _check_alone(context: Context, path: Path, as_json: bool) -> list[Check]:
    """Check one plugin of a folder; an option that it needs is a failed check."""
    from aggregator.testing.checks import Check

    try:
        return _check(context, str(path), (), as_json)
    except ConfigError as error:
        check = Check(kind="plugin", plugin=path.stem, check="options", state="failed", findings=error.problems)
        if not as_json:
            _print(check, new=True)
        return [check]


def _check(context: Context, what: str, options: tuple[str, ...], as_json: bool) -> list[Check]:
    """Check a plugin, and print each result as soon as it is known."""
    from aggregator.testing.runner import check_contract, make_job

    checks: list[Check] = []
    for check in check_contract(make_job(what, options, context.config_path)):
        is_new = not checks or (checks[-1].kind, checks[-1].plugin) != (check.kind, check.plugin)
        checks.append(check)
        if not as_json:
            _print(check, new=is_new)
    return checks


def _passed(checks: list[Check]) -> bool:
    return all(check.state != "failed" for check in checks)


def _print(check: Check, *, new: bool) -> None:
    if new:
        print_line(f"{check.kind} {check.plugin}")
    first, *more = check.findings or ("",)
    print_line(f"{check.state:7} {check.check}{': ' if first else ''}{first}", indent=2)
    for finding in more:
        print_line(finding, indent=10)


def _folder(context: Context) -> Path:
    """Return the folder for new plugins, relative if it is below the current folder."""
    folders = context.unchecked_config.plugins if context.config_path.exists() else ()
    folder = folders[0] if folders else context.config_path.absolute().parent / FOLDER
    current = Path.cwd()
    return folder.relative_to(current) if folder.is_relative_to(current) else folder


def _add_folder(context: Context) -> str:
    """Add the plugin folder to the configuration. Returns what was done, or what is left to do."""
    from aggregator.config.edit import add_plugin_folder

    line = f'plugins = ["{FOLDER}"]'
    if not context.config_path.exists():
        return f"{context.config_path} does not exist yet: `aggregate init` writes one; add to it: {line}"
    if context.unchecked_config.plugins:
        return ""
    try:
        add_plugin_folder(context.config_path, FOLDER)
    except ConfigError:
        return f"add to {context.config_path}, above the first table: {line}"
    return f"added to {context.config_path}: {line}"
