"""Previews mutated feeds, publishes them with every output, and reports what is not as documented."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from kill_drill import OUTPUTS
from lxml import etree, html
from project import Project

TIMEOUT = 60
"""Seconds after which a preview counts as hanging: the time-out of requests, twice."""
CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
AS_RECEIVED = frozenset({"id", "guid", "content", "duplicate_of", "copy_of"})


ATOM = "{http://www.w3.org/2005/Atom}"


class Outcome(msgspec.Struct):
    """What became of one mutant. `status`: exit status, None: it hung or the process died; `wrong`: what is amiss."""

    status: int | None
    seconds: float
    kib: int
    wrong: str = ""
    message: str = ""


class Previews:
    """Previews files in a forked process, which is replaced when it hangs or dies."""

    def __init__(self, project: Project, timeout: float = TIMEOUT) -> None:
        self._project = project
        self._timeout = timeout
        self._pid = 0

    def preview(self, path: Path, *options: str) -> Outcome:
        """Return the outcome of `aggregate preview PATH`."""
        if not self._pid:
            self._start()
        os.write(self._requests, json.dumps([str(path), *options]).encode() + b"\n")
        ready, _, _ = select.select([self._answers], [], [], self._timeout)
        answer = self._answers.readline() if ready else ""
        if answer:
            return msgspec.json.decode(answer, type=Outcome)
        self.close()
        return Outcome(None, self._timeout, 0, "hangs" if not ready else "ended the process")

    def close(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            os.close(self._requests)
            self._answers.close()
            self._pid = 0

    def _start(self) -> None:
        requests, self._requests = os.pipe()
        answers, theirs = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            os.close(self._requests)
            os.close(answers)
            _answer(self._project, requests, theirs)
            os._exit(0)
        os.close(requests)
        os.close(theirs)
        self._answers = os.fdopen(answers)


def _answer(project: Project, requests: int, answers: int) -> None:
    import resource

    with os.fdopen(requests) as lines:
        for line in lines:
            arguments = json.loads(line)
            began = time.monotonic()
            result = project.aggregate("preview", *arguments)
            outcome = Outcome(
                result.status, time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            )
            outcome.message = result.err.strip()[:300]
            outcome.wrong = judge_preview(result.status, result.out, result.err, as_json="--json" in arguments)
            os.write(answers, msgspec.json.encode(outcome) + b"\n")


def judge_preview(status: int, out: str, err: str, as_json: bool) -> str:
    """Return what is wrong with a preview, or ""."""
    if status not in (0, 1) or "Traceback" in err or "this is a bug" in err:
        return f"status {status}: {err[-1000:]}"
    if as_json and out:
        try:
            for article in json.loads(out)["articles"]:
                json.dumps(article, ensure_ascii=False).encode()
        except ValueError as error:
            return f"its JSON: {error}"
    if found := CONTROL.search(err) or (not as_json and CONTROL.search(out)):
        return f"prints a control character: {found.string[max(found.start() - 40, 0) : found.end() + 40]!r}"
    if err and any(not line.startswith("aggregate: ") for line in err.splitlines()):
        return f"an error of several lines: {err[:1000]}"
    return ""


class Run(msgspec.Struct):
    """What became of a run over many mutants."""

    status: int
    seconds: float
    kib: int
    wrong: list[str]
    report: dict[str, Any]


def run(project: Project, paths: Sequence[Path], timeout: float = 600) -> Run:
    """Publish files with every output, in a process of its own."""
    tables = "".join(f'[[sources]]\nurl = "{path}"\n' for path in paths)
    for plugin, path in OUTPUTS.items():
        tables += f'[[outputs]]\nplugin = "{plugin}"\npath = "public/{path}"\nlimit = 0\n'
    project.configure(f'url = "https://daily.example/"\nstore = "news.db"\n{tables}')
    with (project.folder / "out.txt").open("wb") as out, (project.folder / "err.txt").open("wb") as err:
        command = [sys.executable, "-m", "aggregator", "run", "--json", "--force"]
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=project.folder, stdout=out, stderr=err)
        status, usage = _wait(process, timeout)
    errors = (project.folder / "err.txt").read_text(encoding="utf-8", errors="surrogateescape")
    wrong = malformed(project.folder / "public")
    if status not in (0, 1) or "Traceback" in errors or "this is a bug" in errors:
        wrong.append(f"status {status}: {errors[-2000:]}")
    if found := CONTROL.search(errors):
        wrong.append(f"a control character in {errors[max(found.start() - 80, 0) : found.end()]!r}")
    text = project.read("out.txt")
    return Run(status, time.monotonic() - began, usage, wrong, json.loads(text) if text else {})


def _wait(process: subprocess.Popen[bytes], timeout: float) -> tuple[int, int]:
    """Return the exit status and the largest memory in KiB; the status is that of SIGKILL after the time-out."""
    deadline = time.monotonic() + timeout
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage.ru_maxrss
        if time.monotonic() > deadline:
            process.kill()
        time.sleep(0.05)


def malformed(folder: Path) -> list[str]:
    """Return what is wrong with the output files."""
    wrong = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                wrong += [f"{path.name}: {one}" for one in _judge_file(path, path.read_bytes())]
            except (ValueError, etree.LxmlError) as error:
                wrong.append(f"{path.name}: {error}")
    return wrong


def _is_icon(element: etree._Element) -> bool:
    """Return whether this links to the icon of the page, which a single page contains."""
    return element.tag == "link" and element.get("rel") == "icon"


def _judge_file(path: Path, body: bytes) -> list[str]:
    text = body.decode()
    wrong = []
    if path.suffix not in (".json", ".jsonl") and (found := CONTROL.search(text)):
        wrong.append(f"a control character: {text[max(found.start() - 80, 0) : found.end()]!r}")
    if path.suffix in (".xml", ".atom", ".opml"):
        entries = etree.fromstring(body).iter("item", f"{ATOM}entry")
        ids = Counter(entry.findtext("guid") or entry.findtext(f"{ATOM}id") for entry in entries)
        wrong += [f"{count} times the id {one}" for one, count in ids.items() if count > 1]
    elif path.suffix in (".json", ".jsonl"):
        for line in body.split(b"\n") if path.suffix == ".jsonl" else [body]:
            for value in _strings(json.loads(line or b"null")):
                value.encode()
                if found := CONTROL.search(value):
                    wrong.append(f"a control character in {value[:200]!r}")
    elif path.suffix == ".html":
        document = html.document_fromstring(body)
        named = [(element, link) for element, name, link, _ in document.iterlinks() if name in ("href", "src")]
        links = [link for element, link in named if not _is_icon(element)]
        wrong += [f"a link to {link[:200]}" for link in links if re.match(r"\s*(?!https?|mailto)[a-z]+:", link, re.I)]
    return wrong


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):  # ids, guids and HTML are kept as received
        return [text for key, item in value.items() if key not in AS_RECEIVED for text in _strings(item)]
    return [text for item in value for text in _strings(item)] if isinstance(value, list) else []
