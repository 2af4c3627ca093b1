"""Writes a systemd timer or a crontab line that runs `aggregate`, and removes it.

See systemd.timer(5), systemd.service(5), systemd.syntax(7) for quoting; crontab(5).
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zlib
from datetime import timedelta
from pathlib import Path

import msgspec

from aggregator.errors import AggregateError, ConfigError
from aggregator.runtime.atomic_write import replace_file
from aggregator.text.plain import printable
from aggregator.text.units import format_duration

DAY = timedelta(days=1)
CRON_COMMENT = "# aggregate:"
"""Marks the lines of `aggregate` in a crontab; the name of the job follows."""
LINGER = "loginctl enable-linger"
"""The command with which the timers of a user also run while that user is not logged in."""
_UNUSABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class Job(msgspec.Struct, frozen=True):
    """A scheduled run. `program`: path of `aggregate`; `config`: absolute path of the configuration."""

    program: Path
    config: Path
    every: timedelta

    @property
    def name(self) -> str:
        """Name of the systemd units, after the folder of the configuration. systemd allows ASCII only."""
        folder = self.config.parent.name
        words = "".join(c if c.isascii() and c.isalnum() else "-" for c in folder).strip("-").lower()
        distinct = "" if folder.isascii() else f"-{zlib.crc32(os.fsencode(self.config)):08x}"
        return f"aggregate-{words or 'news'}{distinct}"


def running_program() -> Path:
    """Return the path of the script that runs, or of its twin in this environment if Python runs the package itself."""
    program = Path(sys.argv[0])
    return Path(sys.executable).with_name("aggregate") if program.name == "__main__.py" else program.resolve()


def units(job: Job) -> dict[str, str]:
    """Return the service and the timer as {file name: text}. Raises ConfigError for a path that they cannot hold."""
    _check_paths(job)
    arguments = " ".join(_systemd_quote(str(part)) for part in (job.program, "--config", job.config, "run"))
    service = (
        f"[Unit]\nDescription=aggregate: {_percent(str(job.config))}\n"
        "Wants=network-online.target\nAfter=network-online.target\n\n"
        # The slash keeps a backslash or a space at the end of the name.
        f"[Service]\nType=oneshot\nWorkingDirectory={_percent(str(job.config.parent))}/\nExecStart={arguments}\n"
        "SuccessExitStatus=75\n"
    )
    timer = (
        f"[Unit]\nDescription=aggregate every {format_duration(job.every)}\n\n"
        f"[Timer]\nOnBootSec=1min\nOnUnitActiveSec={int(job.every.total_seconds())}s\nRandomizedDelaySec=30s\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    return {f"{job.name}.service": service, f"{job.name}.timer": timer}


def systemd_text(job: Job) -> str:
    """Return both units as text, each below a comment with its path."""
    parts = [f"# {_unit_folder() / name}\n{text}" for name, text in units(job).items()]
    return "\n".join(
        [
            *parts,
            f"# then: systemctl --user daemon-reload && systemctl --user enable --now {job.name}.timer",
            f"# and, so that it also runs while you are not logged in: {LINGER}",
        ]
    )


def install_systemd(job: Job) -> str:
    """Install the units for this user and start the timer. Raises AggregateError if systemctl fails."""
    folder = _unit_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in units(job).items():
            replace_file(folder / name, text.encode())
    except OSError as error:
        raise AggregateError(f"{folder}: the units cannot be written: {error.strerror}") from error
    for arguments in (["daemon-reload"], ["enable", "--now", f"{job.name}.timer"]):
        _call(["systemctl", "--user", *arguments], hint=f"the units are in {folder}; or use `aggregate schedule cron`")
    done = f"{job.name}.timer runs every {format_duration(job.every)}; see: systemctl --user list-timers"
    return done if _lingers() else f"{done}\nIt runs only while you are logged in. To have it run always: {LINGER}"


def uninstall_systemd(job: Job) -> str:
    """Stop the timer and delete its units. Raises AggregateError if systemctl fails, and then deletes nothing."""
    paths = [_unit_folder() / f"{job.name}{suffix}" for suffix in (".timer", ".service")]
    if not any(path.exists() for path in paths):
        return f"no {job.name}.timer is installed in {_unit_folder()}"
    hint = "the units are still there"
    if paths[0].exists():
        _call(["systemctl", "--user", "disable", "--now", paths[0].name], hint=hint)
    try:
        for path in paths:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise AggregateError(f"{path}: cannot be deleted: {error.strerror}") from error
    _call(["systemctl", "--user", "daemon-reload"], hint="the units are deleted")
    return f"removed {job.name}.timer and {job.name}.service"


def cron_line(job: Job) -> str:
    """Return a crontab line. Raises ConfigError for an interval, or a path, that cron cannot express."""
    _check_paths(job)
    command = f"cd {shlex.quote(str(job.config.parent))} && {shlex.quote(str(job.program))} --config "
    command += f"{shlex.quote(str(job.config))} run"
    return f"{_cron_times(job.every)} {command.replace('%', chr(92) + '%')} {CRON_COMMENT}{job.name}"


def install_cron(job: Job) -> str:
    """Add the line to this user's crontab, replacing an earlier one for the same configuration."""
    line = cron_line(job)
    _replace_crontab([*_other_lines(job, _crontab()), line])
    return f"crontab: {line}"


def uninstall_cron(job: Job) -> str:
    """Delete the line of this configuration from this user's crontab, and no other."""
    rows = _crontab()
    kept = _other_lines(job, rows)
    if kept == rows:
        return f"no line for {job.name} is in the crontab"
    _replace_crontab(kept)
    return f"removed {job.name} from the crontab"


def _crontab() -> list[str]:
    tab = subprocess.run(["crontab", "-l"], capture_output=True, text=True) if _has_crontab() else None  # noqa: S607
    return tab.stdout.splitlines() if tab and tab.returncode == 0 else []


def _other_lines(job: Job, rows: list[str]) -> list[str]:
    return [row for row in rows if not row.rstrip().endswith(f"{CRON_COMMENT}{job.name}")]


def _replace_crontab(rows: list[str]) -> None:
    hint = "is cron installed? or use `aggregate schedule systemd`"
    _call(["crontab", "-"], stdin="\n".join([*rows, ""]), hint=hint)


def _lingers() -> bool:
    """Return whether systemd runs the timers of this user also without a login; False if it does not say."""
    command = ["loginctl", "show-user", str(os.getuid()), "--property=Linger", "--value"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - a fixed command
    except OSError:
        return False
    return done.stdout.strip() == "yes"


def _check_paths(job: Job) -> None:
    for path in (job.program, job.config):
        if _UNUSABLE.search(str(path)):
            reason = "a timer cannot hold line breaks, control characters, or what is not UTF-8; rename it"
            raise ConfigError([f"{printable(str(path))}: {reason}"])


def _has_crontab() -> bool:
    return any((Path(folder) / "crontab").exists() for folder in os.get_exec_path())


def _call(command: list[str], hint: str, stdin: str | None = None) -> None:
    try:
        result = subprocess.run(command, input=stdin, capture_output=True, text=True)  # noqa: S603 - fixed commands
    except OSError as error:
        raise AggregateError(f"{command[0]}: {error.strerror}; {hint}") from error
    if result.returncode:
        raise AggregateError(f"{' '.join(command)}: {' '.join(result.stderr.split()) or 'failed'}; {hint}")


def _cron_times(every: timedelta) -> str:
    minutes = int(every.total_seconds() // 60)
    if every == DAY:
        return "0 6 * * *"
    if 1 <= minutes < 60 and 60 % minutes == 0:
        return f"*/{minutes} * * * *"
    if minutes % 60 == 0 and 0 < minutes < 24 * 60 and 24 % (minutes // 60) == 0:
        return f"0 */{minutes // 60} * * *"
    possible = "cron can do 1d, divisors of an hour from 1m to 30m, and divisors of a day from 1h to 12h"
    raise ConfigError([f"--every {format_duration(every)}: {possible}"])


def _unit_folder() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "systemd" / "user"


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def _systemd_quote(text: str) -> str:
    escaped = _percent(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"' if any(c in escaped for c in " '\"\t;") else escaped
