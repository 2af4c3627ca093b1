"""The `command` source: formats of the output, failures, and the termination of all processes."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from project import Project

pytestmark = pytest.mark.e2e

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour office</title><link>https://h.example/</link>
<item><guid>1</guid><title>High water</title><link>/1</link></item></channel></rss>"""
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Harbour office",
    "items": [{"id": "1", "title": "High water", "url": "https://h.example/1"}],
}
ITEM = {"id": "1", "title": "High water", "url": "https://h.example/1"}


def program(project: Project, text: str, name: str = "tides.py") -> Path:
    """Write an executable program, in Python unless its first line names another interpreter."""
    text = text if text.startswith("#!") else f"#!{sys.executable}\n{text}"
    path = project.write(name, text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def configure(project: Project, options: str = 'run = ["./tides.py"]') -> None:
    project.configure(f"""
        [[sources]]
        plugin = "command"
        name = "Tides"
        {options}
        [[outputs]]
        plugin = "jsonl"
        path = "out.jsonl"
        limit = 0
    """)


def titles(project: Project) -> list[str]:
    return sorted(json.loads(line)["title"] for line in project.read("out.jsonl").splitlines())


def error(report: Any) -> str:
    [problem] = report["errors"]
    assert problem["source"] == "Tides"
    return str(problem["error"])


@pytest.mark.parametrize(
    "printed",
    [
        json.dumps(ITEM),
        json.dumps(ITEM, indent=2),
        f"{json.dumps(ITEM)}\n\n",
        f"\ufeff{json.dumps(ITEM)}\r\n",
        f"fetching…\n{json.dumps(ITEM)}\n",
        json.dumps([ITEM]),
        json.dumps([ITEM], indent=1),
        json.dumps(JSON_FEED),
        json.dumps(JSON_FEED, indent=1),
        RSS,
        f"\n {RSS}",
    ],
)
def test_the_format_of_the_output_is_detected(project: Project, printed: str) -> None:
    program(project, f"import sys; sys.stdout.buffer.write({printed.encode()!r})")
    configure(project)
    assert project.run()["errors"] == []
    assert titles(project) == ["High water"]


def test_a_json_line_sets_all_fields_of_an_article(project: Project) -> None:
    article = ITEM | {"authors": ["Ada"], "tags": ["sea"], "published": "2026-05-01T10:00:00Z", "mood": "good"}
    program(project, f"import json; print(json.dumps({article})); print(json.dumps({ITEM | {'id': '2'}}))")
    configure(project)
    assert project.run()["articles"]["new"] == 2
    first = next(line for line in map(json.loads, project.read("out.jsonl").splitlines()) if line["id"] == "1")
    assert (first["authors"], first["tags"], first["published"]) == (["Ada"], ["sea"], "2026-05-01T10:00:00Z")


def test_the_charset_of_output_that_is_not_utf8_is_guessed(project: Project) -> None:
    program(
        project,
        'import sys; sys.stdout.buffer.write(\'{"id": 1, "title": "Ebbe f\xfcr K\xf6ln"}\'.encode(\'latin-1\'))',
    )
    configure(project)
    project.run()
    assert titles(project) == ["Ebbe für Köln"]


def test_a_program_without_output_has_no_new_articles(project: Project) -> None:
    program(project, "print()")
    configure(project)
    report = project.run()
    assert (report["errors"], report["sources"]["unchanged"], report["articles"]["junk"]) == ([], 1, 0)


@pytest.mark.parametrize("printed", ["Usage: tides HARBOUR", "y\n" * 100_000, "17", '"text"', "[", "[1, 2"])
def test_unrecognised_output_is_quoted_in_the_error(project: Project, printed: str) -> None:
    program(project, f"print({printed[:50]!r} * {max(len(printed) // 50, 1)})")
    configure(project)
    assert error(project.run()).startswith(f'printed neither JSON lines nor a feed, but "{printed[:1]}')


def test_a_web_page_is_not_a_feed(project: Project) -> None:
    program(project, "print('<!doctype html><title>Log in</title>')")
    configure(project)
    assert "web page" in error(project.run())


def test_it_runs_in_the_folder_of_the_configuration(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    program(project, "import json, os; print(json.dumps({'id': 1, 'title': os.getcwd()}))")
    configure(project)
    elsewhere = Project(tmp_path_factory.mktemp("elsewhere"))
    result = elsewhere.aggregate("-c", str(project.folder / "config.toml"), "run")
    assert (result.status, titles(project)) == (0, [str(project.folder)])


def test_a_program_of_an_included_file_is_relative_to_that_file(project: Project) -> None:
    program(project, f"import json; print(json.dumps({ITEM}))", "more/tides.py")
    project.write("more/sources.toml", '[[sources]]\nplugin = "command"\nname = "Tides"\nrun = ["./tides.py"]\n')
    project.configure('include = "more/*.toml"\n[[outputs]]\nplugin = "jsonl"\npath = "out.jsonl"\n')
    assert project.run()["errors"] == []
    assert titles(project) == ["High water"]


def test_folder_sets_the_working_directory(project: Project) -> None:
    program(project, "import json, os; print(json.dumps({'id': 1, 'title': os.getcwd()}))", "harbour/tides.py")
    configure(project, 'run = ["./tides.py"]\nfolder = "harbour"')
    project.run()
    assert titles(project) == [str(project.folder / "harbour")]


def test_arguments_are_not_interpreted(project: Project) -> None:
    program(project, "import json, sys; print(json.dumps([{'id': 1, 'title': '|'.join(sys.argv[1:])}]))")
    configure(project, """run = ["./tides.py", "a b", "$HOME", "*", "'x'"]""")
    project.run()
    assert titles(project) == ["a b|$HOME|*|'x'"]


def test_env_adds_variables_and_secrets_to_the_environment(project: Project) -> None:
    program(
        project,
        "import json, os; e = os.environ; print(json.dumps([{'id': 1, 'title': e['KEY'] + e['PORT'] + e['BASE']}]))",
    )
    os.environ |= {"TIDES_KEY": "secret", "BASE": "!"}
    configure(project, 'run = ["./tides.py"]\nenv = { KEY = { env = "TIDES_KEY" }, PORT = "9" }')
    project.run()
    assert titles(project) == ["secret9!"]


def test_standard_input_is_empty(project: Project) -> None:
    program(project, "import json, sys; print(json.dumps([{'id': 1, 'title': f'<{sys.stdin.read()}>'}]))")
    configure(project)
    project.run()
    assert titles(project) == ["<>"]


def test_output_before_a_failure_is_kept_and_the_last_line_of_stderr_is_reported(project: Project) -> None:
    program(project, f"import json, sys; print(json.dumps({ITEM})); sys.exit('Traceback…\\n\\x1b[31mno tide today\\n')")
    configure(project)
    report = project.run()
    assert error(report) == "./tides.py: ended with status 1: [31mno tide today"
    assert titles(project) == ["High water"]


def test_a_program_terminated_by_a_signal_is_reported_with_its_name(project: Project) -> None:
    program(project, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    configure(project)
    assert error(project.run()) == "./tides.py: was terminated by SIGSEGV"


def test_endless_output_is_truncated_and_the_program_terminated(project: Project) -> None:
    program(project, 'while True: print(\'{"id": 1, "title": "High water"}\' + \' \' * 1_000_000)')
    configure(project)
    assert error(project.run()) == "./tides.py: printed more than 20 MiB: terminated"
    assert titles(project) == ["High water"]


def test_large_error_output_is_not_a_failure(project: Project) -> None:
    program(project, f"import json, sys; sys.stderr.write('no\\n' * 10_000_000); print(json.dumps({ITEM}))")
    configure(project)
    assert project.run()["errors"] == []
    assert titles(project) == ["High water"]


@pytest.mark.parametrize(
    ("name", "text", "mode", "run", "message"),
    [
        ("tides.py", "", 0o755, "./tide.py", "program not found in {folder}"),
        ("tides.py", "", 0o755, "no-such-tides", "program not found in the PATH"),
        (
            "tides.py",
            "",
            0o755,
            "tides.py",
            'not found in the PATH; for the one in {folder}, write "./tides.py"',
        ),
        (
            "tides.py",
            "#!/no/such/python\n",
            0o755,
            "./tides.py",
            "interpreter in its first line (#!) does not exist",
        ),
        ("tides.py", "print()", 0o644, "./tides.py", "is not executable: run `chmod +x {folder}/tides.py`"),
        ("tides.py", "\0\0", 0o755, "./tides.py", "it needs a first line such as"),
        ("tides.py", "", 0o755, "./tides.py\\u0000", "cannot be started"),
    ],
)
def test_a_program_that_cannot_be_started_is_explained(
    project: Project, name: str, text: str, mode: int, run: str, message: str
) -> None:
    project.write(name, text).chmod(mode)
    configure(project, f'run = ["{run}"]')
    assert message.format(folder=project.folder) in error(project.run())


def test_a_missing_folder_is_reported(project: Project) -> None:
    configure(project, 'run = ["true"]\nfolder = "harbour"')
    assert error(project.run()) == f"true: cannot be started: the folder {project.folder}/harbour does not exist"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ('run = "./tides.py --all"', 'must be a list such as ["python3", "tides.py"]'),
        ("run = []", 'must be a list such as ["python3", "tides.py"]'),
        ('run = ["true"]\ntimeout = "soon"', 'must be a time such as "30m"'),
        ('run = ["true"]\nenv = { PORT = 9 }', "must be a table"),
    ],
)
def test_an_invalid_option_is_reported_with_the_valid_form(project: Project, options: str, message: str) -> None:
    configure(project, options)
    result = project.aggregate("check")
    assert (result.status, message in result.err) == (2, True), result.err


def test_two_sources_without_a_name_are_an_error(project: Project) -> None:
    source = '[[sources]]\nplugin = "command"\nrun = ["true"]\n'
    project.configure(source * 2)
    assert "needs a name" in project.aggregate("check").err


HANGING = """#!/bin/sh
# This process and its child keep the pipe open and ignore SIGTERM.
trap '' TERM
exec 9>"$PIPE"
echo '{"id": 1, "title": "High water"}'
sh -c 'trap "" TERM; echo started >&9; while :; do sleep 1000; done' &
while :; do sleep 1000; done
"""


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A named pipe: its reader gets the end of file when the last process that holds it has ended."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    os.environ["PIPE"] = str(path)
    return path


def test_at_its_timeout_it_is_terminated_with_its_child_processes(project: Project, pipe: Path) -> None:
    program(project, HANGING)
    configure(project, 'run = ["./tides.py"]\ntimeout = "1s"')
    holder = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    report = project.run()
    assert error(report) == "./tides.py: did not end within 1 s: terminated"
    assert titles(project) == ["High water"]
    os.set_blocking(holder, True)
    with os.fdopen(holder, "rb") as read_end:
        assert read_end.read() == b"started\n"  # and then end of file: no process holds it any more


def test_its_timeout_may_be_longer_than_that_of_http(project: Project) -> None:
    program(project, f"import json, time; time.sleep(2.5); print(json.dumps({ITEM}))")
    configure(project, 'run = ["./tides.py"]\n[http]\ntimeout = "1s"')
    assert project.run()["errors"] == []
    assert titles(project) == ["High water"]


def test_a_process_outside_its_session_does_not_delay_the_run(project: Project, pipe: Path) -> None:
    program(project, "#!/bin/sh\nsetsid sh -c 'read line <\"$PIPE\"' &\n")
    configure(project, 'run = ["./tides.py"]\ntimeout = "1s"')
    assert "did not end" in error(project.run())
    pipe.write_text("go home\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_run_leaves_no_processes(project: Project, pipe: Path, number: signal.Signals) -> None:
    program(project, HANGING)
    configure(project, 'run = ["./tides.py"]\ntimeout = "10m"')
    command = [sys.executable, "-m", "aggregator", "run"]
    run = subprocess.Popen(command, cwd=project.folder, stderr=subprocess.PIPE)
    with pipe.open("rb") as read_end:
        assert read_end.readline() == b"started\n"
        run.send_signal(number)
        assert read_end.read() == b""  # end of file: no process holds it any more
    _, stderr = run.communicate()
    assert (run.returncode, b"Traceback" in stderr) == (128 + number, False), stderr
