"""What is asked of every source: articles that are whole and stay the same, and errors that are named."""

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
from aggregator.plugin.registry import Plugin
from aggregator.subscriptions.preview import address_of
from aggregator.testing.checks import PATIENCE, Findings, Steps
from aggregator.testing.findings import article_faults, in_words, is_raw, told_briefly, unstable
from aggregator.testing.recordings import Recordings
from aggregator.testing.run_source import Setting, Told, ask
from aggregator.testing.sandbox import Deed, Reach, guarded
from aggregator.testing.transports import Answer, AnsweringWire, RecordingWire, ReplayingWire

ELSEWHERE = "https://source.invalid/list"
GARBAGE = b"\x00\xff\xfe<<<{{{[[[ this is not what was asked for"

UNKNOWN, KNOWN = Validators(), Validators(etag='"known"')
UNASKED = "not tested: it asks for nothing through http"
TRIES = 3
"""How often a source may ask for an address in one run when it is not answered."""
UNREACHED = OFFLINE_KINDS | {FailureKind.TIMEOUT, FailureKind.OFFLINE}

Script = Callable[[str, Mapping[str, str]], Answer]


class SourceContract:
    """A source under test. `recordings`: where its answers lie, and those of this test are put; `home`: the folder of
    its own code; `settings`: how the web is asked where an answer is not recorded."""

    def __init__(
        self, plugin: Plugin, options: dict[str, Any], recordings: Recordings, settings: HttpSettings, home: Path
    ) -> None:
        self.deeds: list[Deed] = []
        self._plugin = plugin
        self._options = options
        self._recordings = recordings
        self._settings = settings
        self._home = home
        self._answered = False
        self._now = datetime.now(UTC).replace(microsecond=0)

    def steps(self) -> Steps:
        """Each check, in order."""
        yield "articles", self._articles
        yield "stable", self._stable
        yield "unchanged", self._unchanged
        yield "errors", self._errors
        yield "time-out", self._time_out

    def _ask(
        self, wire: TransportFactory, options: dict[str, Any], reach: Reach = "nobody", known: Validators = UNKNOWN
    ) -> Told:
        live = reach == "anybody"
        http = self._settings if live else HttpSettings(timeout=PATIENCE)
        with guarded(self._home, reach) as deeds:
            told = ask(self._plugin, options, Setting(wire=wire, http=http, now=self._now, validators=known))
        self.deeds += [deed for deed in deeds if deed not in self.deeds]
        return told

    def _articles(self) -> Findings:
        told = self._ask(partial(RecordingWire, self._recordings, False), self._options, "anybody")
        self._answered = told.batch.error is None
        found = Findings(told_briefly([*article_faults(told)]))
        if isinstance(told.batch.error, FetchError) and told.batch.error.kind in UNREACHED:
            found.faults.append("without a network it is tested on recorded answers: `pytest --record` stores them")
        return found

    def _stable(self) -> Findings:
        if not self._answered:
            return Findings(notes=["not tested: it gave no articles"])
        one, other = (self._ask(partial(ReplayingWire, self._recordings), self._options) for _ in range(2))
        if one.batch.error:
            return Findings([f"with the answers of before: {one.batch.error}"])
        return Findings(told_briefly([*unstable(one, other)]))

    def _unchanged(self) -> Findings:
        conditional: list[str] = []

        def answer(url: str, headers: Mapping[str, str]) -> Answer:
            if headers.get("If-None-Match") != KNOWN.etag:
                return self._recordings.replay(url, headers), None
            conditional.append(url)
            return _response(url, 304, b""), None

        told = self._ask(partial(AnsweringWire, answer), self._elsewhere(), known=KNOWN)
        if not conditional:
            advice = "with http.get(url, main=True) for the answer that it lives of, it ends when that is unchanged"
            return Findings(notes=[f"no request asks whether anything is new: {advice}"])
        words = "goes on when nothing is new (HTTP 304): let NotModified pass, and catch FetchError, not Exception"
        return Findings([] if told.batch.not_modified else [words])

    def _errors(self) -> Findings:
        found = Findings()
        asked = [self._try(words, script, found) for words, script in self._scripts()]
        if not any(asked):
            found.notes.append(UNASKED)
        return found

    def _time_out(self) -> Findings:
        found = Findings()
        asked = self._try("the server never answers", _silent, found)
        for url, times in Counter(asked).items():
            if times > TRIES:
                found.faults.append(
                    f"asks {url} {times} times though it never answers: once is enough, a run comes again"
                )
        return found if asked else Findings(notes=[UNASKED])

    def _scripts(self) -> Iterator[tuple[str, Script]]:
        yield "the server fails (HTTP 500)", _failing
        yield "the server fails in the midst (HTTP 500 from the second answer on)", self._failing_later()
        yield "the answer breaks off", self._broken_off
        yield "the answer is garbage", _garbage

    def _failing_later(self) -> Script:
        asked: list[str] = []

        def script(url: str, headers: Mapping[str, str]) -> Answer:
            asked.append(url)
            return _failing(url, headers) if len(asked) > 1 else (self._recordings.replay(url, headers), None)

        return script

    def _broken_off(self, url: str, headers: Mapping[str, str]) -> Answer:
        found = self._recordings.find(url)
        body = found.body[: len(found.body) // 2] if found else b'[{"id": 1, "tit'
        return _response(url, 200, body, found, complete=False), failures.timed_out(url, "its answer broke off")

    def _try(self, words: str, script: Script, found: Findings) -> list[str]:
        """Play it, and judge what the source makes of it; the addresses that it asked for."""
        asked: list[str] = []

        def answer(url: str, headers: Mapping[str, str]) -> Answer:
            asked.append(url)
            return script(url, headers)

        told = self._ask(partial(AnsweringWire, answer), self._elsewhere())
        if asked:
            self._judge(words, told, found, strict=script in (_failing, _silent))
        return asked

    def _elsewhere(self) -> dict[str, Any]:
        """The options, with an address on the web where the source would read a file of this machine."""
        url = address_of(self._options.get("url") or self._plugin.home)
        return self._options | {"url": ELSEWHERE} if url and url.startswith("file:") else self._options

    def _judge(self, words: str, told: Told, found: Findings, *, strict: bool) -> None:
        """`strict`: there was no answer at all, so that an error is the only right thing."""
        places = found.faults if strict else found.notes
        if is_raw(told.raised):
            assert told.raised
            advice = "let FetchError pass, and raise SourceError for what you cannot read"
            places.append(f"when {words}: {in_words(told.raised, self._plugin)}; {advice}")
        elif strict and told.batch.error is None:
            gave = f"{len(told.sightings)} articles" if told.sightings else "no article"
            found.faults.append(f"when {words}: gives {gave} and no error, so that nobody notices; let FetchError pass")
        elif told.batch.error is None and not told.sightings:
            found.notes.append(f"when {words}: gives neither article nor error; raise SourceError")


def _response(url: str, status: int, body: bytes, like: Response | None = None, *, complete: bool = True) -> Response:
    return Response(status=status, url=url, headers=like.headers if like else {}, body=body, complete=complete)


def _failing(url: str, headers: Mapping[str, str]) -> Answer:
    return _response(url, 500, b""), None


def _silent(url: str, headers: Mapping[str, str]) -> Answer:
    raise failures.timed_out(url, "no answer in time")


def _garbage(url: str, headers: Mapping[str, str]) -> Answer:
    return _response(url, 200, GARBAGE), None
