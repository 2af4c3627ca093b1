"""Timers that `aggregate schedule` prints and installs."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from project import Project

from aggregator.cli.timer import (
    Job,
    cron_line,
    install_cron,
    install_systemd,
    systemd_text,
    uninstall_cron,
    uninstall_systemd,
    units,
)
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


@pytest.mark.parametrize(
    ("script", "told"),
    [("echo yes", False), ("echo no", True), ("echo 'Failed to get user: not logged in' >&2; exit 1", True)],
)
def test_that_a_timer_needs_a_login_is_said_unless_the_user_lingers(tmp_path: Path, script: str, told: bool) -> None:
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path)
    install_program(tmp_path, "systemctl", "exit 0")
    install_program(tmp_path, "loginctl", f'[ "$*" = "show-user {os.getuid()} --property=Linger --value" ] && {script}')
    done, *advice = install_systemd(JOB).splitlines()
    assert "every 15m" in done
    assert len(advice) == told
    assert all("loginctl enable-linger" in line for line in advice)


def test_that_a_timer_needs_a_login_is_said_without_loginctl(tmp_path: Path) -> None:
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path)
    install_program(tmp_path, "systemctl", "exit 0")
    os.environ["PATH"] = str(tmp_path)
    assert "loginctl enable-linger" in install_systemd(JOB)


def test_printed_units_say_how_they_run_without_a_login() -> None:
    last = systemd_text(JOB).splitlines()[-1]
    assert last.startswith("# ")
    assert last.endswith("loginctl enable-linger")


def test_units_are_uninstalled(tmp_path: Path) -> None:
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path)
    install_program(tmp_path, "systemctl", f'echo "$@" >> {tmp_path}/asked')
    install_systemd(JOB)
    other = tmp_path / "systemd" / "user" / "other.timer"
    other.write_text("[Timer]\n")
    (tmp_path / "asked").unlink()
    assert uninstall_systemd(JOB) == "removed aggregate-news-100.timer and aggregate-news-100.service"
    assert [*(tmp_path / "systemd" / "user").iterdir()] == [other]
    assert (tmp_path / "asked").read_text().splitlines() == [
        "--user disable --now aggregate-news-100.timer",
        "--user daemon-reload",
    ]
    (tmp_path / "asked").unlink()
    assert uninstall_systemd(JOB).startswith("no aggregate-news-100.timer is installed")
    assert not (tmp_path / "asked").exists()


def test_units_that_systemctl_cannot_stop_stay(tmp_path: Path) -> None:
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path)
    install_program(tmp_path, "systemctl", "exit 0")
    install_systemd(JOB)
    install_program(tmp_path, "systemctl", "echo 'Failed to connect to bus' >&2; exit 1")
    with pytest.raises(AggregateError, match=r"Failed to connect to bus.*still there"):
        uninstall_systemd(JOB)
    assert len([*(tmp_path / "systemd" / "user").iterdir()]) == 2


def install_crontab(folder: Path, lines: str) -> Path:
    """Put a `crontab` on the PATH that has these lines, and return the file with them."""
    tab, new = folder / "tab", folder / "new"
    install_program(folder, "crontab", f'if [ "$1" = -l ]; then cat {tab}; else cat > {new}; mv {new} {tab}; fi')
    tab.write_text(lines)
    return tab


def test_crontab_line_is_uninstalled_and_other_lines_stay(tmp_path: Path) -> None:
    tab = install_crontab(tmp_path, "0 1 * * * backup\n")
    neighbour = Job(JOB.program, Path("/home/ann/News/config.toml"), JOB.every)
    install_cron(neighbour)
    before = tab.read_text()
    install_cron(JOB)
    assert tab.read_text() != before
    assert uninstall_cron(Job(Path("/elsewhere/aggregate"), JOB.config, timedelta(hours=1))) == (
        "removed aggregate-news-100 from the crontab"
    )
    assert tab.read_text() == before
    assert uninstall_cron(JOB) == "no line for aggregate-news-100 is in the crontab"
    assert tab.read_text() == before


def test_timer_of_a_deleted_configuration_is_uninstalled(tmp_path: Path) -> None:
    project = Project(tmp_path / "news")
    project.folder.mkdir()
    tab = install_crontab(tmp_path, "")
    project.configure('[[sources]]\nurl = "https://feeds.example/world.xml"\n')
    assert project.aggregate("schedule", "cron", "--install").status == 0
    assert "# aggregate:aggregate-news" in tab.read_text()
    (project.folder / "config.toml").unlink()
    result = project.aggregate("schedule", "cron", "--uninstall")
    assert (result.status, result.out) == (0, "removed aggregate-news from the crontab\n")
    assert tab.read_text().strip() == ""


def test_installing_and_uninstalling_at_once_is_refused(project: Project) -> None:
    result = project.aggregate("schedule", "--install", "--uninstall")
    assert result.status == 2
    assert "exclude each other" in result.err


def test_timer_calls_a_program_if_python_ran_the_package(project: Project) -> None:
    project.configure('[[sources]]\nurl = "https://feeds.example/world.xml"\n')
    command = [sys.executable, "-m", "aggregator", "schedule", "cron"]
    line = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=True).stdout
    program = Path(sys.executable).with_name("aggregate")
    assert f" {program} --config " in line


def test_crontab_keeps_other_lines(tmp_path: Path) -> None:
    install_crontab(tmp_path, "0 1 * * * backup\n")
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
