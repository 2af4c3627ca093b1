"""Timers that `aggregate schedule` prints and installs."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
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


NAMES = [
    "with space", "qu'ote", 'dq"uote', "per%cent %h %n", "dollar $HOME $$", "back`id`tick", "-leading", "--help",
    "{}{0}",
    "back\\slash \\n", "trailing\\", "trailing ", "semi;colon", "bidi\u202eabc", "ünï—code", "новости", "hash#x", "a=b",
    "star*?[a]", "amp&<x>", "$(touch pwned)", "'; touch pwned; '", "~tilde", "line\u2028sep", "nbsp\u00a0x",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_crontab_line_runs_in_any_folder(tmp_path: Path, name: str) -> None:
    folder, stub = tmp_path / name, tmp_path / "program"
    folder.mkdir()
    stub.write_text('#!/bin/sh\nprintf "%s\\n" "$PWD" "$@"\n')
    stub.chmod(0o755)
    line = cron_line(Job(stub, folder / "config.toml", JOB.every))
    assert len(line.splitlines()) == 1 or "\u2028" in name
    command = line.split(" ", 5)[5].replace("\\%", "%")  # as cron(8) passes it to the shell
    done = subprocess.run(["/bin/sh", "-c", command], cwd="/", capture_output=True, text=True, check=True)
    assert done.stdout == f"{folder}\n--config\n{folder}/config.toml\nrun\n"
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize("name", NAMES)
def test_systemd_accepts_the_units_of_any_folder(tmp_path: Path, name: str) -> None:
    for file, text in units(Job(Path("/bin/true"), tmp_path / name / "config.toml", JOB.every)).items():
        (tmp_path / file).write_text(text)
        command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / file)]
        found = subprocess.run(command, capture_output=True, text=True, check=False).stderr
        assert [line for line in found.splitlines() if file in line or "Failed to prepare" in line] == []


@pytest.mark.parametrize("name", ["new\nline", "carriage\rreturn", "tab\there", "escape\x1b[31m", "not UTF-8 \udcff"])
def test_path_that_no_timer_can_hold_is_refused_in_one_line(name: str) -> None:
    job = Job(JOB.program, Path("/home/ann") / name / "config.toml", JOB.every)
    for make in (cron_line, systemd_text):
        with pytest.raises(ConfigError, match="rename it") as caught:
            make(job)
        assert len(str(caught.value).splitlines()) == 1
        assert "\x1b" not in str(caught.value)


def test_folders_of_other_scripts_have_timers_of_their_own() -> None:
    names = {
        Job(JOB.program, Path("/home/ann") / name / "config.toml", JOB.every).name for name in ("новости", "ニュース")
    }
    assert len(names) == 2
    assert all(name.isascii() for name in names)


def test_units_that_cannot_be_written_are_reported(tmp_path: Path) -> None:
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path / "file")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(AggregateError, match="cannot be written"):
        install_systemd(JOB)
