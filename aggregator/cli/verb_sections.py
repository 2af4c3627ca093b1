"""The verbs by purpose, each with a line that `aggregate --help` shows whole on a terminal of 80 columns."""

from __future__ import annotations

import click

SECTIONS: dict[str, dict[str, str]] = {
    "Getting started": {
        "init": "Write a first configuration.",
        "add": "Subscribe to a site, a feed or a file.",
        "import": "Subscribe to the feeds of another reader, or of a list.",
        "run": "Collect, group and publish: what `aggregate` alone does.",
        "serve": "Show the outputs in a browser, as they are or will be.",
        "schedule": "Run by itself: print or install a timer.",
    },
    "Reading": {
        "stories": "List the stories, explain them, and correct them.",
        "search": "Find articles by their words.",
        "explain": "Tell where an article came from, and what became of it.",
        "editions": "List the editions of past days, and show one.",
    },
    "Sources": {
        "sources": "List the sources with their status.",
        "preview": "Show what a site, a source or a plugin yields; store nothing.",
        "rename": "Give a source another name.",
        "tag": "Add tags to a source, or remove them.",
        "pause": "Stop collecting sources, until they are resumed.",
        "resume": "Collect paused or failing sources again.",
        "remove": "Remove sources.",
        "export": "Write the sources as OPML, for feed readers.",
    },
    "Maintenance": {
        "edit": "Open the configuration in your editor, and check it.",
        "check": "Report mistakes in the configuration, and what will go wrong.",
        "status": "Show what is due, what waits and what fails.",
        "deliveries": "List what outputs have sent; repeat or drop one.",
        "store": "Move the store to another file or database.",
        "work": "Collect all the time, beside other workers (PostgreSQL).",
    },
    "Plugins, programs and shells": {
        "plugins": "List the plugins and their manuals; write and test your own.",
        "schema": "Print a JSON schema, of config.toml or of a JSON output.",
        "completion": "Print the script for completion in bash, zsh or fish.",
        "help": "Show the help of a verb.",
    },
}
OF_PLUGINS = "From plugins"

SUBVERBS: dict[str, dict[str, str]] = {
    "deliveries": {
        "drop": "Let no run send a delivery.",
        "retry": "Let the next run send a delivery again.",
    },
    "editions": {
        "rebuild": "Write the files of an edition again.",
        "show": "Show the stories of an edition.",
    },
    "plugins": {
        "list": "List the plugins, and what uses them.",
        "new": "Write a plugin to begin with, and its test.",
        "show": "Show the manual of a plugin, its options and its origin.",
        "test": "Check that a plugin follows the contract.",
    },
    "store": {"copy": "Copy the store to another file or database."},
    "stories": {
        "merge": "Merge two stories.",
        "show": "Show a story: its articles, and why they were grouped.",
        "split": "Remove an article from its story.",
        "storyline": "Show or correct the storyline of a story.",
    },
}


def set_short_help(name: str, command: click.Command) -> None:
    """Give a verb, and the verbs within it, their line."""
    command.short_help = next((names[name] for names in SECTIONS.values() if name in names), command.short_help)
    if isinstance(command, click.Group):
        for subname, line in SUBVERBS.get(name, {}).items():
            if subname in command.commands:
                command.commands[subname].short_help = line


def write_sections(group: click.Group, context: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the verbs of a group by purpose. Verbs that are in no section are those of plugins."""
    commands = {name: group.get_command(context, name) for name in group.list_commands(context)}
    shown = {name: command for name, command in commands.items() if command and not command.hidden}
    width = max(map(len, shown), default=0)
    limit = formatter.width - 6 - width
    known = {name for section in SECTIONS.values() for name in section}
    sections = {title: [name for name in names if name in shown] for title, names in SECTIONS.items()}
    sections[OF_PLUGINS] = [name for name in shown if name not in known]
    for title, names in sections.items():
        if names:
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), shown[name].get_short_help_str(limit)) for name in names])
