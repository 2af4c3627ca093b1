"""The contract of sources: complete articles, the same from the same answers, and errors that are reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from aggregator.errors import FailureKind, FetchError
from aggregator.http import failures
from aggregator.http.connectivity import OFFLINE_KINDS
from aggregator.http.response import Response, Validators
from aggregator.http.settings import HttpSettings
from aggregator.http.transport import TransportFactory
from aggregator.plugin.diagnostics import describe_exception
from aggregator.plugin.plugin import Plugin
from aggregator.subscriptions.preview import address_of
from aggregator.testing.checks import TIMEOUT, StepResult, Steps
from aggregator.testing.findings import article_problems, differences, first_few, is_unexpected
from aggregator.testing.recordings import Recordings
from aggregator.testing.run_source import RunConditions, SourceResult, run_source
from aggregator.testing.sandbox import NetworkAccess, Violation, sandboxed
from aggregator.testing.transports import Answer, AnsweringWire, RecordingWire, ReplayingWire

WEB_URL = "https://source.invalid/list"
GARBAGE = b"\x00\xff\xfe<<<{{{[[[ this is not a list"

UNKNOWN, KNOWN = Validators(), Validators(etag='"known"')
NO_REQUEST = "not tested: it sends no request through http"
MAX_TRIES = 3
"""How often a source may request a URL in one run that is not answered."""
UNREACHED = OFFLINE_KINDS | {FailureKind.TIMEOUT, FailureKind.OFFLINE}

Script = Callable[[str, Mapping[str, str]], Answer]


class SourceContract:
    """Checks of one source.

    `recordings`: recorded answers; those of this test are added; `settings`: of HTTP, for requests without a recorded
    answer; `code_folder`: the folder of the plugin's code.
    """

    def __init__(
        self,
        plugin: Plugin,
        options: dict[str, Any],
        recordings: Recordings,
        settings: HttpSettings,
        code_folder: Path,
    ) -> None:
        self.violations: list[Violation] = []
        self._plugin = plugin
        self._options = options
        self._recordings = recordings
        self._settings = settings
        self._code_folder = code_folder
        self._has_articles = False
        self._now = datetime.now(UTC).replace(microsecond=0)

    def steps(self) -> Steps:
        """Yield the checks in order."""
        yield "articles", self._articles
        yield "stable", self._stable
        yield "unchanged", self._unchanged
        yield "errors", self._errors
        yield "time-out", self._time_out

    def _run(
        self,
        wire: TransportFactory,
        options: dict[str, Any],
        access: NetworkAccess = "none",
        known: Validators = UNKNOWN,
    ) -> SourceResult:
        http = self._settings if access == "all" else HttpSettings(timeout=min(TIMEOUT, self._settings.timeout))
        conditions = RunConditions(wire=wire, http=http, now=self._now, validators=known)
        with sandboxed(self._code_folder, access) as violations:
            result = run_source(self._plugin, options, conditions)
        self.violations += [violation for violation in violations if violation not in self.violations]
        return result

    def _articles(self) -> StepResult:
        run = self._run(partial(RecordingWire, self._recordings, False), self._options, "all")
        self._has_articles = run.batch.error is None
        result = StepResult(first_few([*article_problems(run)]))
        if isinstance(run.batch.error, FetchError) and run.batch.error.kind in UNREACHED:
            result.problems.append("without a network it is tested on recorded answers: `pytest --record` stores them")
        return result

    def _stable(self) -> StepResult:
        if not self._has_articles:
            return StepResult(notes=["not tested: it gave no articles"])
        first, second = (self._run(partial(ReplayingWire, self._recordings), self._options) for _ in range(2))
        if first.batch.error:
            return StepResult([f"with recorded answers: {first.batch.error}"])
        return StepResult(first_few([*differences(first, second)]))

    def _unchanged(self) -> StepResult:
        conditional: list[str] = []

        def answer(url: str, headers: Mapping[str, str]) -> Answer:
            if headers.get("If-None-Match") != KNOWN.etag:
                return self._recordings.replay(url, headers), None
            conditional.append(url)
            return _response(url, 304, b""), None

        run = self._run(partial(AnsweringWire, answer), self._web_options(), known=KNOWN)
        if not conditional:
            advice = "use http.get(url, main=True) for the main answer; the source then ends when that is unchanged"
            return StepResult(notes=[f"sends no conditional request: {advice}"])
        problem = "goes on when nothing is new (HTTP 304): let NotModified pass, and catch FetchError, not Exception"
        return StepResult([] if run.batch.collected.not_modified else [problem])

    def _errors(self) -> StepResult:
        result = StepResult()
        requests = [self._try(label, script, result) for label, script in self._scripts()]
        if not any(requests):
            result.notes.append(NO_REQUEST)
        return result

    def _time_out(self) -> StepResult:
        result = StepResult()
        requests = self._try("the server never answers", _silent, result)
        for url, times in Counter(requests).items():
            if times > MAX_TRIES:
                problem = "times although it never answers: once is enough, the next run tries again"
                result.problems.append(f"requests {url} {times} {problem}")
        return result if requests else StepResult(notes=[NO_REQUEST])

    def _scripts(self) -> Iterator[tuple[str, Script]]:
        yield "the server fails (HTTP 500)", _failing
        yield "the server fails later (HTTP 500 from the second answer on)", self._failing_later()
        yield "the answer is cut off", self._cut_off
        yield "the answer is garbage", _garbage

    def _failing_later(self) -> Script:
        requests: list[str] = []

        def script(url: str, headers: Mapping[str, str]) -> Answer:
            requests.append(url)
            return _failing(url, headers) if len(requests) > 1 else (self._recordings.replay(url, headers), None)

        return script

    def _cut_off(self, url: str, headers: Mapping[str, str]) -> Answer:
        recorded = self._recordings.find(url)
        body = recorded.body[: len(recorded.body) // 2] if recorded else b'[{"id": 1, "tit'
        return _response(url, 200, body, recorded, complete=False), failures.timed_out(url, "its answer was cut off")

    def _try(self, label: str, script: Script, result: StepResult) -> list[str]:
        """Run the source on the answers of a script, add findings to the result, and return the URLs requested."""
        requests: list[str] = []

        def answer(url: str, headers: Mapping[str, str]) -> Answer:
            requests.append(url)
            return script(url, headers)

        run = self._run(partial(AnsweringWire, answer), self._web_options())
        if requests:
            self._check_error(label, run, result, strict=script in (_failing, _silent))
        return requests

    def _web_options(self) -> dict[str, Any]:
        """Return the options, with a web address instead of a local file as `url`."""
        url = address_of(self._options.get("url") or self._plugin.default_url)
        return self._options | {"url": WEB_URL} if url and url.startswith("file:") else self._options

    def _check_error(self, label: str, run: SourceResult, result: StepResult, *, strict: bool) -> None:
        """Check how the source handled a failure. `strict`: there was no answer at all, so it must raise an error."""
        findings = result.problems if strict else result.notes
        if is_unexpected(run.raised):
            assert run.raised
            advice = "let FetchError pass, and raise SourceError for what cannot be parsed"
            findings.append(f"when {label}: {describe_exception(run.raised, self._plugin.origin)}; {advice}")
        elif strict and run.batch.error is None:
            count = f"{len(run.fetched)} articles" if run.fetched else "no article"
            result.problems.append(f"when {label}: gives {count} and no error, which hides it; let FetchError pass")
        elif run.batch.error is None and not run.fetched:
            result.notes.append(f"when {label}: gives neither article nor error; raise SourceError")


def _response(url: str, status: int, body: bytes, like: Response | None = None, *, complete: bool = True) -> Response:
    return Response(status=status, url=url, headers=like.headers if like else {}, body=body, complete=complete)


def _failing(url: str, headers: Mapping[str, str]) -> Answer:
    return _response(url, 500, b""), None


def _silent(url: str, headers: Mapping[str, str]) -> Answer:
    raise failures.timed_out(url, "no answer in time")


def _garbage(url: str, headers: Mapping[str, str]) -> Answer:
    return _response(url, 200, GARBAGE), None
