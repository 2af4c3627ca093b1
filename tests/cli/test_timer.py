"""Timers that `aggregate schedule` prints and installs."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.cli.timer import Job, cron_line, install_cron, install_systemd, systemd_text, units
from aggregator.errors import AggregateError, ConfigError

JOB = Job(Path("/opt/my venv/bin/aggregate"), Path("/home/ann/News 100%/config.toml"), timedelta(minutes=15))


def install_program(folder: Path, name: str, script: str) -> None:
    """Put a shell script of this name first on the PATH."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize(
    ("minutes", "times"),
    [(1, "*/1 * * * *"), (15, "*/15 * * * *"), (60, "0 */1 * * *"), (360, "0 */6 * * *"), (1440, "0 6 * * *")],
)
def test_crontab_line(minutes: int, times: str) -> None:
    line = cron_line(Job(JOB.program, JOB.config, timedelta(minutes=minutes)))
    command = (
        r"cd '/home/ann/News 100\%' && '/opt/my venv/bin/aggregate' --config '/home/ann/News 100\%/config.toml' run"
    )
    assert line == f"{times} {command} # aggregate:aggregate-news-100"


@pytest.mark.parametrize("minutes", [7, 90, 5 * 60, 0])
def test_interval_that_cron_cannot_express_is_refused(minutes: int) -> None:
    with pytest.raises(ConfigError, match="cron can do"):
        cron_line(Job(JOB.program, JOB.config, timedelta(minutes=minutes)))


def test_systemd_units_quote_paths() -> None:
    service = units(JOB)["aggregate-news-100.service"]
    assert 'ExecStart="/opt/my venv/bin/aggregate" --config "/home/ann/News 100%%/config.toml" run' in service
    assert "WorkingDirectory=/home/ann/News 100%%" in service
    assert "OnUnitActiveSec=900s" in units(JOB)["aggregate-news-100.timer"]
    assert "aggregate-news-100.timer" in systemd_text(JOB)


def test_systemd_units_are_installed_for_the_user(tmp_path: Path) -> None:
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path)
    install_program(tmp_path, "systemctl", f'echo "$@" >> {tmp_path}/asked')
    assert "every 15m" in install_systemd(JOB)
    assert (tmp_path / "systemd/user/aggregate-news-100.timer").is_file()
    assert (tmp_path / "asked").read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable --now aggregate-news-100.timer",
    ]


def test_crontab_keeps_other_lines(tmp_path: Path) -> None:
    script = (
        f'if [ "$1" = -l ]; then cat {tmp_path}/tab; else cat > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/tab; fi'
    )
    install_program(tmp_path, "crontab", script)
    (tmp_path / "tab").write_text("0 1 * * * backup\n")
    install_cron(JOB)
    install_cron(Job(JOB.program, JOB.config, timedelta(hours=1)))
    backup, ours = (tmp_path / "tab").read_text().splitlines()
    assert backup == "0 1 * * * backup"
    assert ours.startswith("0 */1 * * * cd ")


def test_failing_systemctl_is_reported(tmp_path: Path) -> None:
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path)
    install_program(tmp_path, "systemctl", "echo 'Failed to connect to bus' >&2; exit 1")
    with pytest.raises(AggregateError, match=r"Failed to connect to bus.*aggregate schedule cron"):
        install_systemd(JOB)
