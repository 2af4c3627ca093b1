"""Opens pages in Chromium for tests: sets what pages adapt to, and reads what they show, request and print.

The fixture `browser` (in conftest) starts one process per test session and worker; each page has cookies, storage and
history of its own. No host except 127.0.0.1 resolves, so that no test reaches the internet; what a page requested
elsewhere is in `page.requests` all the same.

    @pytest.mark.e2e
    def test_the_front_page(browser: Browser, tmp_path: Path) -> None:
        (tmp_path / "index.html").write_bytes(body)
        with browser.page(width=320, scheme="dark", javascript=False) as page:
            page.open(tmp_path / "index.html")            # a path, or the address of a server on 127.0.0.1
            assert page.console == []                     # messages, exceptions, violated policies, failed loads
            assert page.third_party() == []               # requests that left the origin of the page
            assert page.evaluate("document.title") == "London Daily"
            assert page.call("(selector) => document.querySelectorAll(selector).length", "h1") == 1
            assert axe_violations(page) == []             # from the module accessibility

    page.serve("https://daily.example/", files)    a whole edition, {path: bytes}, at the address it is published at
    page.wait_for("location.hash")             until the expression is true, for instance after a link was followed
    page.resize(1280, zoom=2)                  zoom as by Ctrl and +: the layout is 640 CSS pixels wide
    page.emulate(media="print")                also scheme="dark", reduced_motion=True, forced_colors=True
    page.font_size(32)                         the size of text that a reader set in the browser
    page.press("Tab"); page.press("Tab", shift=True); page.press("Enter")
    page.screenshot(tmp_path / "page.png")     the whole page, or what="window"; returns the PNG
    sheets_of(page.pdf())                      number of sheets of the printed page
    page.send("Domain.command", ...)           any other command of the Chrome DevTools Protocol

Scripts of tests work when those of the page are disabled. Layout, headings, focus: the module page_layout.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from mimetypes import guess_type
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from devtools import TIMEOUT, BrowserError, DevTools, Values
from needed_programs import program

__all__ = ["Browser", "BrowserError", "Page", "browser", "sheets_of"]

# Windows virtual-key codes, and the text that a key enters.
KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), "Escape": (27, ""), " ": (32, " "), "End": (35, ""), "Home": (36, "")}
KEYS |= {"ArrowLeft": (37, ""), "ArrowUp": (38, ""), "ArrowRight": (39, ""), "ArrowDown": (40, "")}

TYPES = {".webmanifest": "application/manifest+json", ".xml": "application/xml", ".webp": "image/webp"}

Scheme = Literal["light", "dark"]
Media = Literal["screen", "print"]


class Page:
    """A tab. Its lists record, since the last `open`: `requests` (URLs), `console` (what a developer would see)."""

    def __init__(self, devtools: DevTools, session: str) -> None:
        self.devtools = devtools
        self.session = session
        self.url = ""
        self.javascript = True
        self.requests: list[str] = []
        self.console: list[str] = []
        self._served: dict[str, bytes] = {}
        self._urls: dict[str, str] = {}
        self._loaded: set[str] = set()
        devtools.listeners[session] = self._listen
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        self.send("Page.setLifecycleEventsEnabled", enabled=True)
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)  # as if its window were in front

    def send(self, method: str, **parameters: Any) -> Values:
        """Send a command of the protocol and return its result."""
        return self.devtools.send(method, self.session, **parameters)

    def open(self, where: str | Path) -> None:
        """Open a file or URL, and wait until it has loaded: with pictures and style sheets, without deferred work."""
        self.url = where.resolve().as_uri() if isinstance(where, Path) else where
        self.requests.clear()
        self.console.clear()
        started = self.send("Page.navigate", url=self.url)
        if error := started.get("errorText"):
            raise BrowserError(f"{self.url}: {error}")
        if loader := started.get("loaderId"):  # none if only the fragment of the URL changed
            self.devtools.wait(lambda: loader in self._loaded, self.url)

    def serve(self, address: str, files: Mapping[str, bytes]) -> None:
        """Answer requests for files below this address, as a web server does; what is missing there is not found."""
        self._served = {address + name: body for name, body in files.items()}
        self._served |= {url.removesuffix("index.html"): body for url, body in self._served.items()}
        self.send("Fetch.enable", patterns=[{"urlPattern": f"{address}*"}])

    def _answer(self, request: str, url: str) -> None:
        url = url.partition("#")[0].partition("?")[0]
        body = self._served.get(url)
        kind = TYPES.get(PurePosixPath(url).suffix) or guess_type(url)[0] or "text/html"
        headers = [{"name": "Content-Type", "value": kind}]
        answer = {"responseCode": 404 if body is None else 200, "responseHeaders": headers}
        content = base64.b64encode(body or b"not found").decode()
        self.devtools.post("Fetch.fulfillRequest", self.session, requestId=request, **answer, body=content)

    def wait_for(self, condition: str) -> None:
        """Wait until a JavaScript expression is true, also if another page is loaded meanwhile."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                if self.evaluate(condition):
                    return
            except BrowserError:  # the page has been left, the next has not begun
                if time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                raise BrowserError(f"{self.url}: never true: {condition}")
            time.sleep(0.02)

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, as JSON carries it. Waits for promises."""
        options = {"returnByValue": True, "awaitPromise": True, "userGesture": True}
        answer = self._run(expression, options)
        if problem := answer.get("exceptionDetails"):
            raise BrowserError(problem.get("exception", {}).get("description") or problem["text"])
        return answer["result"].get("value")

    def _run(self, expression: str, options: Values) -> Values:
        if self.javascript:
            return self.send("Runtime.evaluate", expression=expression, **options)
        self._set_javascript(True)  # timers and promises do not run without; the scripts of the page were not read
        try:
            return self.send("Runtime.evaluate", expression=expression, **options)
        finally:
            self._set_javascript(False)

    def call(self, function: str, *arguments: Any) -> Any:
        """Return the result of a JavaScript function with these arguments, such as `(a, b) => a + b`."""
        return self.evaluate(f"({function})({', '.join(json.dumps(argument) for argument in arguments)})")

    def resize(self, width: int, height: int = 800, *, zoom: float = 1, scale: float = 1) -> None:
        """Set the size of the window, what a reader zooms to (2: 200 %), and the pixels of the screen per CSS pixel."""
        size = {"width": round(width / zoom), "height": round(height / zoom)}
        self.send("Emulation.setDeviceMetricsOverride", **size, deviceScaleFactor=scale * zoom, mobile=False)
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => 0)")

    def emulate(
        self,
        *,
        media: Media = "screen",
        scheme: Scheme = "light",
        reduced_motion: bool = False,
        forced_colors: bool = False,
    ) -> None:
        """Set the medium and the preferences of the reader that style sheets ask for."""
        features = {
            "prefers-color-scheme": scheme,
            "prefers-reduced-motion": "reduce" if reduced_motion else "no-preference",
            "forced-colors": "active" if forced_colors else "none",
        }
        named = [{"name": name, "value": value} for name, value in features.items()]
        self.send("Emulation.setEmulatedMedia", media=media, features=named)

    def font_size(self, pixels: int) -> None:
        """Set the size of text that a reader prefers; a browser begins with 16."""
        self.send("Page.setFontSizes", fontSizes={"standard": pixels, "fixed": round(pixels * 13 / 16)})

    def enable_javascript(self, enabled: bool) -> None:
        """Allow or forbid the scripts of pages that are opened from now on."""
        self.javascript = enabled
        self._set_javascript(enabled)

    def _set_javascript(self, enabled: bool) -> None:
        self.send("Emulation.setScriptExecutionDisabled", value=not enabled)

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release a key: one of KEYS, or a letter."""
        code, text = KEYS[key] if key in KEYS else (ord(key.upper()), key)
        event = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **event, text=text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **event)

    def screenshot(self, path: Path | None = None, *, what: Literal["page", "window"] = "page") -> bytes:
        """Return a PNG of the page, and write it if a path is given."""
        options: Values = {"format": "png"}
        if what == "page":
            size = self.send("Page.getLayoutMetrics")["cssContentSize"]
            options |= {"captureBeyondViewport": True, "clip": {**size, "scale": 1}}
        png = base64.b64decode(self.send("Page.captureScreenshot", **options)["data"])
        if path:
            path.write_bytes(png)
        return png

    def pdf(self, path: Path | None = None) -> bytes:
        """Return the PDF that printing makes, on A4 or what the page asks for, and write it if a path is given."""
        sheet = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True, "printBackground": False}
        pdf = base64.b64decode(self.send("Page.printToPDF", **sheet)["data"])
        if path:
            path.write_bytes(pdf)
        return pdf

    def third_party(self) -> list[str]:
        """Return the requests that left the origin of the page: for a file, all that are not for files."""
        origin = urlsplit(self.url)[:2]
        own = (origin, ("data", ""))
        places = [(url, urlsplit(url.removeprefix("blob:"))[:2]) for url in self.requests]
        return [url for url, place in places if place not in own]

    def _listen(self, event: str, values: Values) -> None:
        match event:
            case "Network.requestWillBeSent":
                self._urls[values["requestId"]] = values["request"]["url"]
                self.requests.append(values["request"]["url"])
            case "Fetch.requestPaused":
                self._answer(values["requestId"], values["request"]["url"])
            case "Network.loadingFailed":
                url = self._urls.get(values["requestId"], "")
                self.console.append(f"failed: {values.get('blockedReason') or values['errorText']}: {url}")
            case "Network.responseReceived" if values["response"]["status"] >= 400:
                self.console.append(f"failed: {values['response']['status']}: {values['response']['url']}")
            case "Page.lifecycleEvent" if values["name"] == "load":
                self._loaded.add(values["loaderId"])
            case "Runtime.consoleAPICalled":
                texts = [str(part.get("value", part.get("description"))) for part in values["args"]]
                self.console.append(f"{values['type']}: {' '.join(texts)}")
            case "Runtime.exceptionThrown":
                details = values["exceptionDetails"]
                self.console.append(f"exception: {details.get('exception', {}).get('description') or details['text']}")
            case "Log.entryAdded" if values["entry"]["source"] != "network":  # told by Network.loadingFailed
                self.console.append(
                    f"{values['entry']['source']} {values['entry']['level']}: {values['entry']['text']}"
                )
            case "Page.javascriptDialogOpening":  # would wait for a person
                self.console.append(f"dialog: {values['message']}")
                self.devtools.post("Page.handleJavaScriptDialog", self.session, accept=False)


class Browser:
    """A running Chromium, in which tests open pages."""

    def __init__(self, devtools: DevTools) -> None:
        self.devtools = devtools

    @contextmanager
    def page(
        self,
        *,
        width: int = 1280,
        height: int = 800,
        zoom: float = 1,
        scheme: Scheme = "light",
        javascript: bool = True,
    ) -> Iterator[Page]:
        """Open an empty tab with a storage of its own, and close it when the block ends."""
        context = self.devtools.send("Target.createBrowserContext", disposeOnDetach=True)["browserContextId"]
        target = self.devtools.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.devtools.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self.devtools, session)
        page.resize(width, height, zoom=zoom)
        page.emulate(scheme=scheme)
        page.enable_javascript(javascript)
        try:
            yield page
        finally:
            del self.devtools.listeners[session]
            self.devtools.send("Target.disposeBrowserContext", browserContextId=context)


def sheets_of(pdf: bytes) -> int:
    """Return the number of sheets of a PDF that the browser made."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium with an empty profile, started once per session and worker."""
    devtools = DevTools(program("chromium", "chromium-browser", "google-chrome"), tmp_path_factory.mktemp("browser"))
    try:
        yield Browser(devtools)
    finally:
        devtools.close()
