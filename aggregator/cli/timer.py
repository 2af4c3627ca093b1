"""A systemd timer or a crontab line that calls `aggregate`.

Sources: systemd.timer(5), systemd.service(5), systemd.syntax(7) for quoting; crontab(5).
"""

from __future__ import annotations

import os
import shlex
import subprocess
from datetime import timedelta
from pathlib import Path

import msgspec

from aggregator.errors import AggregateError, ConfigError
from aggregator.text.units import format_duration

DAY = timedelta(days=1)
MARK = "# aggregate:"


class Job(msgspec.Struct, frozen=True):
    """What is to be run. `program`: the command's path; `config`: the configuration's, absolute; `every`: how often."""

    program: Path
    config: Path
    every: timedelta

    @property
    def name(self) -> str:
        """The unit's name: of the folder that holds the configuration."""
        folder = "".join(c if c.isalnum() else "-" for c in self.config.parent.name).strip("-").lower()
        return f"aggregate-{folder or 'news'}"


def units(job: Job) -> dict[str, str]:
    """The service and the timer: file name → text."""
    arguments = " ".join(_systemd_quote(str(part)) for part in (job.program, "--config", job.config, "run"))
    service = (
        f"[Unit]\nDescription=aggregate: {job.config}\nWants=network-online.target\nAfter=network-online.target\n\n"
        f"[Service]\nType=oneshot\nWorkingDirectory={_percent(str(job.config.parent))}\nExecStart={arguments}\n"
        "SuccessExitStatus=75\n"
    )
    timer = (
        f"[Unit]\nDescription=aggregate every {format_duration(job.every)}\n\n"
        f"[Timer]\nOnBootSec=1min\nOnUnitActiveSec={int(job.every.total_seconds())}s\nRandomizedDelaySec=30s\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    return {f"{job.name}.service": service, f"{job.name}.timer": timer}


def systemd_text(job: Job) -> str:
    """Both units, each under the path it belongs to."""
    parts = [f"# {_unit_folder() / name}\n{text}" for name, text in units(job).items()]
    return "\n".join(
        [*parts, f"# then: systemctl --user daemon-reload && systemctl --user enable --now {job.name}.timer"]
    )


def install_systemd(job: Job) -> str:
    """Write the units for this user and start the timer. Raises AggregateError where systemd does not answer."""
    folder = _unit_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in units(job).items():
        (folder / name).write_text(text, encoding="utf-8")
    for arguments in (["daemon-reload"], ["enable", "--now", f"{job.name}.timer"]):
        _call(["systemctl", "--user", *arguments], hint=f"the units lie in {folder}; or use `aggregate schedule cron`")
    return f"{job.name}.timer runs every {format_duration(job.every)}; see: systemctl --user list-timers"


def cron_line(job: Job) -> str:
    """A crontab line. Raises ConfigError for an interval that cron cannot express."""
    command = f"cd {shlex.quote(str(job.config.parent))} && {shlex.quote(str(job.program))} --config "
    command += f"{shlex.quote(str(job.config))} run"
    return f"{_cron_times(job.every)} {command.replace('%', chr(92) + '%')} {MARK}{job.name}"


def install_cron(job: Job) -> str:
    """Put the line into this user's crontab, in the place of an earlier one for the same configuration."""
    line = cron_line(job)
    listed = subprocess.run(["crontab", "-l"], capture_output=True, text=True) if _has_crontab() else None  # noqa: S607
    old = listed.stdout.splitlines() if listed and listed.returncode == 0 else []
    kept = [row for row in old if not row.rstrip().endswith(f"{MARK}{job.name}")]
    _call(
        ["crontab", "-"],
        given="\n".join([*kept, line, ""]),
        hint="is cron installed? or use `aggregate schedule systemd`",
    )
    return f"crontab: {line}"


def _has_crontab() -> bool:
    return any((Path(folder) / "crontab").exists() for folder in os.get_exec_path())


def _call(command: list[str], hint: str, given: str | None = None) -> None:
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True)  # noqa: S603 - our own words
    except OSError as error:
        raise AggregateError(f"{command[0]}: {error.strerror}; {hint}") from error
    if done.returncode:
        raise AggregateError(f"{' '.join(command)}: {' '.join(done.stderr.split()) or 'failed'}; {hint}")


def _cron_times(every: timedelta) -> str:
    minutes = int(every.total_seconds() // 60)
    if every == DAY:
        return "0 6 * * *"
    if 1 <= minutes < 60 and 60 % minutes == 0:
        return f"*/{minutes} * * * *"
    if minutes % 60 == 0 and 0 < minutes < 24 * 60 and 24 % (minutes // 60) == 0:
        return f"0 */{minutes // 60} * * *"
    possible = "cron can do 1m to 30m in parts of an hour, 1h to 12h in parts of a day, or 1d"
    raise ConfigError([f"--every {format_duration(every)}: {possible}"])


def _unit_folder() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "systemd" / "user"


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def _systemd_quote(text: str) -> str:
    escaped = _percent(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"' if any(c in escaped for c in " '\"\t;") else escaped
