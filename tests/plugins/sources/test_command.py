"""Any program as a source: what it prints, how it fails, and that nothing of it is left behind."""

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
    """A program that may be executed, in Python unless its first line says otherwise."""
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
def test_json_lines_a_list_a_json_feed_and_rss_are_told_by_looking(project: Project, printed: str) -> None:
    program(project, f"import sys; sys.stdout.buffer.write({printed.encode()!r})")
    configure(project)
    assert project.run()["errors"] == []
    assert titles(project) == ["High water"]


def test_a_line_is_an_article_with_all_its_fields(project: Project) -> None:
    article = ITEM | {"authors": ["Ada"], "tags": ["sea"], "published": "2026-05-01T10:00:00Z", "mood": "good"}
    program(project, f"import json; print(json.dumps({article})); print(json.dumps({ITEM | {'id': '2'}}))")
    configure(project)
    assert project.run()["articles"]["new"] == 2
    first = next(found for found in map(json.loads, project.read("out.jsonl").splitlines()) if found["id"] == "1")
    assert (first["authors"], first["tags"], first["published"]) == (["Ada"], ["sea"], "2026-05-01T10:00:00Z")


def test_text_that_is_not_utf8_is_read_as_what_it_most_likely_is(project: Project) -> None:
    program(
        project,
        'import sys; sys.stdout.buffer.write(\'{"id": 1, "title": "Ebbe f\xfcr K\xf6ln"}\'.encode(\'latin-1\'))',
    )
    configure(project)
    project.run()
    assert titles(project) == ["Ebbe für Köln"]


def test_a_program_that_prints_nothing_has_nothing_new(project: Project) -> None:
    program(project, "print()")
    configure(project)
    report = project.run()
    assert (report["errors"], report["sources"]["unchanged"], report["articles"]["junk"]) == ([], 1, 0)


@pytest.mark.parametrize("printed", ["Usage: tides HARBOUR", "y\n" * 100_000, "17", '"text"', "[", "[1, 2"])
def test_what_is_neither_json_lines_nor_a_feed_is_shown(project: Project, printed: str) -> None:
    program(project, f"print({printed[:50]!r} * {max(len(printed) // 50, 1)})")
    configure(project)
    assert error(project.run()).startswith(f'printed neither JSON lines nor a feed, but "{printed[:1]}')


def test_markup_that_is_no_feed_is_named(project: Project) -> None:
    program(project, "print('<!doctype html><title>Log in</title>')")
    configure(project)
    assert "web page" in error(project.run())


def test_it_runs_where_the_configuration_is_wherever_aggregate_is_called(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    program(project, "import json, os; print(json.dumps({'id': 1, 'title': os.getcwd()}))")
    configure(project)
    elsewhere = Project(tmp_path_factory.mktemp("elsewhere"))
    result = elsewhere.aggregate("-c", str(project.folder / "config.toml"), "run")
    assert (result.status, titles(project)) == (0, [str(project.folder)])


def test_a_program_of_an_included_file_is_looked_for_beside_that(project: Project) -> None:
    program(project, f"import json; print(json.dumps({ITEM}))", "more/tides.py")
    project.write("more/sources.toml", '[[sources]]\nplugin = "command"\nname = "Tides"\nrun = ["./tides.py"]\n')
    project.configure('include = "more/*.toml"\n[[outputs]]\nplugin = "jsonl"\npath = "out.jsonl"\n')
    assert project.run()["errors"] == []
    assert titles(project) == ["High water"]


def test_folder_says_where_it_runs(project: Project) -> None:
    program(project, "import json, os; print(json.dumps({'id': 1, 'title': os.getcwd()}))", "harbour/tides.py")
    configure(project, 'run = ["./tides.py"]\nfolder = "harbour"')
    project.run()
    assert titles(project) == [str(project.folder / "harbour")]


def test_arguments_arrive_as_they_are_written(project: Project) -> None:
    program(project, "import json, sys; print(json.dumps([{'id': 1, 'title': '|'.join(sys.argv[1:])}]))")
    configure(project, """run = ["./tides.py", "a b", "$HOME", "*", "'x'"]""")
    project.run()
    assert titles(project) == ["a b|$HOME|*|'x'"]


def test_variables_and_secrets_reach_its_environment_beside_those_of_aggregate(project: Project) -> None:
    program(
        project,
        "import json, os; e = os.environ; print(json.dumps([{'id': 1, 'title': e['KEY'] + e['PORT'] + e['OF_OLD']}]))",
    )
    os.environ |= {"TIDES_KEY": "secret", "OF_OLD": "!"}
    configure(project, 'run = ["./tides.py"]\nenv = { KEY = { env = "TIDES_KEY" }, PORT = "9" }')
    project.run()
    assert titles(project) == ["secret9!"]


def test_its_standard_input_is_empty(project: Project) -> None:
    program(project, "import json, sys; print(json.dumps([{'id': 1, 'title': f'<{sys.stdin.read()}>'}]))")
    configure(project)
    project.run()
    assert titles(project) == ["<>"]


def test_what_it_printed_before_it_failed_is_kept_and_its_last_words_are_reported(project: Project) -> None:
    program(project, f"import json, sys; print(json.dumps({ITEM})); sys.exit('Traceback…\\n\\x1b[31mno tide today\\n')")
    configure(project)
    report = project.run()
    assert error(report) == "./tides.py: ended with status 1: [31mno tide today"
    assert titles(project) == ["High water"]


def test_a_program_that_a_signal_ended_is_named_with_it(project: Project) -> None:
    program(project, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    configure(project)
    assert error(project.run()) == "./tides.py: was ended by SIGSEGV"


def test_output_without_end_is_cut_and_the_program_stopped(project: Project) -> None:
    program(project, 'while True: print(\'{"id": 1, "title": "High water"}\' + \' \' * 1_000_000)')
    configure(project)
    assert error(project.run()) == "./tides.py: printed more than 20 MiB: stopped"
    assert titles(project) == ["High water"]


def test_complaints_without_end_do_no_harm(project: Project) -> None:
    program(project, f"import json, sys; sys.stderr.write('no\\n' * 10_000_000); print(json.dumps({ITEM}))")
    configure(project)
    assert project.run()["errors"] == []
    assert titles(project) == ["High water"]


@pytest.mark.parametrize(
    ("name", "text", "mode", "run", "said"),
    [
        ("tides.py", "", 0o755, "./tide.py", "there is no such program in {folder}"),
        ("tides.py", "", 0o755, "no-such-tides", "there is no such program in the PATH"),
        ("tides.py", "", 0o755, "tides.py", 'no such program in the PATH; that in {folder} is written "./tides.py"'),
        ("tides.py", "#!/no/such/python\n", 0o755, "./tides.py", "its first line (#!) names is not there"),
        ("tides.py", "print()", 0o644, "./tides.py", "may not be executed: say `chmod +x {folder}/tides.py`"),
        ("tides.py", "\0\0", 0o755, "./tides.py", "its first line should be such as"),
        ("tides.py", "", 0o755, "./tides.py\\u0000", "cannot be started"),
    ],
)
def test_a_program_that_cannot_be_started_is_named_with_what_to_do(
    project: Project, name: str, text: str, mode: int, run: str, said: str
) -> None:
    project.write(name, text).chmod(mode)
    configure(project, f'run = ["{run}"]')
    assert said.format(folder=project.folder) in error(project.run())


def test_a_folder_that_is_not_there_is_named(project: Project) -> None:
    configure(project, 'run = ["true"]\nfolder = "harbour"')
    assert error(project.run()) == f"true: cannot be started: there is no folder {project.folder}/harbour"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ('run = "./tides.py --all"', 'must be a list such as ["python3", "tides.py"]'),
        ("run = []", 'must be a list such as ["python3", "tides.py"]'),
        ('run = ["true"]\ntimeout = "soon"', 'must be a time such as "30m"'),
        ('run = ["true"]\nenv = { PORT = 9 }', "must be a table"),
    ],
)
def test_a_wrong_option_is_shown_with_the_right_form(project: Project, options: str, said: str) -> None:
    configure(project, options)
    result = project.aggregate("check")
    assert (result.status, said in result.err) == (2, True), result.err


def test_two_without_a_name_are_told_to_have_one(project: Project) -> None:
    source = '[[sources]]\nplugin = "command"\nrun = ["true"]\n'
    project.configure(source * 2)
    assert "needs a name" in project.aggregate("check").err


HANGING = """#!/bin/sh
# Both it and what it starts hold the pipe open, and do not listen to SIGTERM.
trap '' TERM
exec 9>"$PIPE"
echo '{"id": 1, "title": "High water"}'
sh -c 'trap "" TERM; echo started >&9; while :; do sleep 1000; done' &
while :; do sleep 1000; done
"""


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A named pipe: whoever reads it learns when the last process that holds it is gone."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    os.environ["PIPE"] = str(path)
    return path


def test_at_its_time_out_it_is_stopped_with_all_that_it_has_started(project: Project, pipe: Path) -> None:
    program(project, HANGING)
    configure(project, 'run = ["./tides.py"]\ntimeout = "1s"')
    holder = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    report = project.run()
    assert error(report) == "./tides.py: had not ended after 1 s: stopped"
    assert titles(project) == ["High water"]
    os.set_blocking(holder, True)
    with os.fdopen(holder, "rb") as read_end:
        assert read_end.read() == b"started\n"  # and then its end: nobody holds it any more


def test_a_time_out_that_is_longer_than_that_of_http_is_granted(project: Project) -> None:
    program(project, f"import json, time; time.sleep(2.5); print(json.dumps({ITEM}))")
    configure(project, 'run = ["./tides.py"]\n[http]\ntimeout = "1s"')
    assert project.run()["errors"] == []
    assert titles(project) == ["High water"]


def test_what_has_fled_from_it_and_holds_its_output_keeps_nobody_waiting(project: Project, pipe: Path) -> None:
    program(project, "#!/bin/sh\nsetsid sh -c 'read line <\"$PIPE\"' &\n")
    configure(project, 'run = ["./tides.py"]\ntimeout = "1s"')
    assert "had not ended" in error(project.run())
    pipe.write_text("go home\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_interrupted_leaves_nothing_behind(project: Project, pipe: Path, number: signal.Signals) -> None:
    program(project, HANGING)
    configure(project, 'run = ["./tides.py"]\ntimeout = "10m"')
    command = [sys.executable, "-m", "aggregator", "run"]
    run = subprocess.Popen(command, cwd=project.folder, stderr=subprocess.PIPE)
    with pipe.open("rb") as read_end:
        assert read_end.readline() == b"started\n"
        run.send_signal(number)
        assert read_end.read() == b""  # when nobody holds it any more
    _, said = run.communicate()
    assert (run.returncode, b"Traceback" in said) == (128 + number, False), said
