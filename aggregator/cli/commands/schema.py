"""`aggregate schema` prints the JSON schemas of the configuration and of what verbs print as JSON."""

from __future__ import annotations

from typing import Any

import click

from aggregator.cli.completion import schema_names
from aggregator.cli.tables import Column, print_table
from aggregator.context import Context

CONFIG = "config"


@click.command()
@click.argument("name", nargs=-1, shell_complete=schema_names)
@click.pass_obj
def schema(context: Context, name: tuple[str, ...]) -> None:
    """Print the JSON schema (draft 2020-12) with this NAME; without one, list the schemas.

    `config` is that of the configuration file, with the options of the plugins of this installation: editors complete
    and check the file with it. The others describe what the verbs print with `--json`: `aggregate schema stories show`.
    """
    if not name:
        _list_schemas()
        return
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(_schema(context, "-".join(name))), indent=2)
    click.echo(text.decode())


def _list_schemas() -> None:
    from aggregator.cli.output_schemas import OUTPUTS
    from aggregator.config.json_schema import VERSION

    rows = [(CONFIG, str(VERSION), "config.toml, with the options of the installed plugins")]
    rows += [(name, str(output.version), output.command) for name, output in OUTPUTS.items()]
    print_table((Column("name"), Column("version", 1), Column("what it describes")), rows)


def _schema(context: Context, name: str) -> dict[str, Any]:
    """Return the schema with this name. Raises UsageError if there is none."""
    if name == CONFIG:
        from aggregator.config.json_schema import config_schema
        from aggregator.plugin.stdout import redirect_stdout

        with redirect_stdout():
            registry = context.registry
        return config_schema(registry)
    from aggregator.cli.output_schemas import OUTPUTS, output_schema
    from aggregator.text.suggest import did_you_mean

    if name not in OUTPUTS:
        raise click.UsageError(f"no schema is called {name!r}: {did_you_mean(name, [CONFIG, *OUTPUTS])}")
    return output_schema(name)
