"""`aggregate plugins test`: correct plugins pass, and each mistake fails its check."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
from project import Project
from publisher import Publisher

from aggregator.plugin.plugin import KINDS
from aggregator.testing import runner

pytestmark = pytest.mark.e2e

HEAD = """
from __future__ import annotations
import msgspec, os, random, socket, subprocess, sys, time, urllib.request
from pathlib import Path
from typing import Annotated
from msgspec import Meta
from aggregator import Article, Channel, Drop, Edition, FetchError, Item, SourceError, hookimpl

"""
HOOK = "\n\n@hookimpl\ndef register_{kind}s(register):\n"
URL = 'url: Annotated[str, Meta(description="Where it is.")] = "{url}"'
SOURCE = '''async def mine(http, *, {url}):
    """Mine."""
    {before}
    for entry in (await http.get(url)).json():
        yield Item({item})
'''
ITEM = 'id=entry["id"], title=entry["title"], url=entry["url"], published=entry["date"]'
LIST = b"""[{"id": 1, "title": "One", "url": "https://n.example/1", "date": "2026-01-02"},
 {"id": 2, "title": "Two", "url": "https://n.example/2", "date": "2026-01-03"}]"""


@pytest.fixture
def site(project: Project, publisher: Publisher) -> Publisher:
    publisher.serve("/list.json", LIST, content_type="application/json")
    project.configure("")
    return publisher


Checks = dict[str, dict[str, Any]]


def check_plugin(project: Project, text: str, kind: str = "source", *options: str) -> Checks:
    """Run `plugins test` on a plugin, assert the exit status, and return the checks by name."""
    return next(iter(check_plugins(project, {"mine": text}, kind, *options).values()))


def check_plugins(project: Project, texts: dict[str, str], kind: str = "source", *options: str) -> dict[str, Checks]:
    """Check several plugins in one file; return the checks by plugin. Each text defines a function mine."""
    functions = [textwrap.dedent(text).replace("def mine(", f"def {name}(") for name, text in texts.items()]
    calls = "".join(f"    register({name})\n" for name in texts)
    project.write("mine.py", HEAD + "\n\n".join(functions) + HOOK.format(kind=kind) + calls)
    result = project.aggregate("plugins", "test", "mine.py", "--json", *options)
    report = result.json
    assert result.status == (0 if report["passed"] else 1)
    assert report["passed"] == all(check["state"] != "failed" for check in report["checks"])
    checks: dict[str, Checks] = {}
    for check in report["checks"]:
        checks.setdefault(check["plugin"], {})[check["check"]] = check
    return checks


def failed(checks: Checks) -> dict[str, str]:
    return {name: " | ".join(check["findings"]) for name, check in checks.items() if check["state"] == "failed"}


def source(url: str, item: str = ITEM, before: str = "pass") -> str:
    return SOURCE.format(url=URL.format(url=url), item=item, before=before)


def test_a_correct_source_passes_with_one_request(project: Project, site: Publisher) -> None:
    checks = check_plugin(project, source(site.url("/list.json")))
    assert failed(checks) == {}
    assert list(checks) == "loads documented typed articles stable unchanged errors time-out network writes".split()
    assert [request.path for request in site.requests] == ["/list.json"]


def test_each_check_is_printed_on_a_line(project: Project, site: Publisher) -> None:
    project.write(
        "mine.py", HEAD + source(site.url("/list.json")) + HOOK.format(kind="source") + "    register(mine)\n"
    )
    result = project.aggregate("plugins", "test", "mine.py")
    assert result.status == 0
    assert result.out.splitlines()[:3] == ["source mine", "  ok      loads", "  ok      documented"]


WRONG_ITEMS = {
    "nameless": ('title=entry["title"]', "articles", "has neither id nor url"),
    "twins": ('id=1, title=entry["title"]', "articles", "2 articles have the id '1'"),
    "empty": ("id=entry['id']", "articles", "hold nothing usable"),
    "mute": ("id=entry['id'], url=entry['url']", "articles", "has neither title nor text"),
    "timeless": ("id=entry['id'], title='x', published='the day after'", "articles", "'the day after' is not a date"),
    "homeless": ("id=entry['id'], title='x', url='javascript:alert(1)'", "articles", "is not a web address"),
    "fickle": ("id=random.random(), title='x'", "stable", "the ids differ between two runs"),
    "moody": ("id=entry['id'], title=str(random.random())", "stable", "runs with the same answers: title"),
    "misspelt": ("id=entry['id'], title=entry['titel']", "articles", "KeyError: 'titel' in "),
}


def test_sources_with_invalid_items_fail(project: Project, site: Publisher) -> None:
    url = site.url("/list.json")
    checks = check_plugins(project, {name: source(url, item) for name, (item, _, _) in WRONG_ITEMS.items()})
    for name, (_, check, message) in WRONG_ITEMS.items():
        assert list(failed(checks[name])) == [check], name
        assert message in failed(checks[name])[check]


FORBIDDEN = {
    "caller": ("socket.create_connection(('127.0.0.1', 9))", "network", "connects to 127.0.0.1 directly ("),
    "surfer": ("urllib.request.urlopen('http://news.example/')", "network", "connects to news.example directly ("),
    "writer": ("Path('~/x.txt').expanduser().write_text('')", "writes", "x.txt ("),
    "maker": ("os.makedirs('cache')", "writes", "writes to cache ("),
    "mover": ("os.rename(__file__, __file__ + '.old')", "writes", "mine.py ("),
}


def test_sources_with_forbidden_actions_fail(project: Project, site: Publisher) -> None:
    url = site.url("/list.json")
    attempts = {
        name: f"try:\n        {action}\n    except OSError:\n        pass" for name, (action, _, _) in FORBIDDEN.items()
    }
    checks = check_plugins(project, {name: source(url, before=before) for name, before in attempts.items()})
    for name, (_, check, message) in FORBIDDEN.items():
        assert list(failed(checks[name])) == [check], name
        assert message in failed(checks[name])[check]
        assert "mine.py, line " in failed(checks[name])[check]
    assert {path.name for path in project.folder.iterdir()} == {"config.toml", "mine.py"}


def test_a_program_that_a_source_starts_is_noted(project: Project, site: Publisher) -> None:
    before = "try:\n        subprocess.run(['true'])\n    except OSError:\n        pass"
    writes = check_plugin(project, source(site.url("/list.json"), before=before))["writes"]
    assert writes["state"] == "noted"
    assert "starts a program" in writes["findings"][0]


def test_a_source_may_use_temporary_files(project: Project, site: Publisher) -> None:
    before = "import tempfile\n    tempfile.TemporaryFile().write(b'x')\n    tempfile.TemporaryDirectory().cleanup()"
    assert failed(check_plugin(project, source(site.url("/list.json"), before=before))) == {}


def test_a_source_that_continues_after_304_fails(project: Project, site: Publisher) -> None:
    text = f'''
    async def mine(http, *, {URL.format(url=site.url("/list.json"))}):
        """Mine."""
        try:
            entries = (await http.get(url)).json()
        except FetchError:
            raise
        except Exception:
            entries = []
        for entry in entries:
            yield Item(id=entry["id"], title=entry["title"])
    '''
    checks = failed(check_plugin(project, text))
    assert list(checks) == ["unchanged"]
    assert "goes on when nothing is new (HTTP 304): let NotModified pass" in checks["unchanged"]


def test_a_source_without_conditional_requests_is_noted(project: Project, site: Publisher) -> None:
    text = f'''
    async def mine(http):
        """Mine."""
        for entry in (await http.get("{site.url("/list.json")}")).json():
            yield Item(id=entry["id"], title=entry["title"])
    '''
    checks = check_plugin(project, text)
    assert failed(checks) == {}
    assert "http.get(url, main=True)" in checks["unchanged"]["findings"][0]
    checks = check_plugin(project, text.replace('.json"))', '.json", main=True))'))
    assert checks["unchanged"]["state"] == "ok"


def test_a_source_that_hides_errors_fails(project: Project, site: Publisher) -> None:
    text = f'''
    async def mine(http, *, {URL.format(url=site.url("/list.json"))}):
        """Mine."""
        try:
            entries = (await http.get(url)).json()
        except FetchError:
            entries = []
        for entry in entries:
            yield Item(id=entry["id"], title=entry["title"])
    '''
    checks = check_plugin(project, text)
    assert list(failed(checks)) == ["errors", "time-out"]
    assert any(
        "the server fails (HTTP 500): gives no article and no error" in finding
        for finding in checks["errors"]["findings"]
    )


def test_an_exception_after_a_failed_request_is_reported_with_its_line(project: Project, site: Publisher) -> None:
    text = f'''
    def mine(http, *, {URL.format(url=site.url("/list.json"))}):
        """Mine."""
        try:
            entries = http.get(url).json()
        except FetchError as error:
            entries = error.entries
        return [Item(id=entry["id"], title=entry["title"]) for entry in entries]
    '''
    checks = failed(check_plugin(project, text))
    assert list(checks) == ["errors", "time-out"]
    assert "when the server fails (HTTP 500): AttributeError: " in checks["errors"]
    assert "when the server never answers: AttributeError: " in checks["time-out"]


def test_a_source_that_retries_too_often_fails(project: Project, site: Publisher) -> None:
    text = f'''
    async def mine(http, *, {URL.format(url=site.url("/list.json"))}):
        """Mine."""
        for tries in range(9):
            try:
                answer = await http.get(url)
                break
            except FetchError as error:
                if error.kind != "timeout" or tries == 8:
                    raise
        for entry in answer.json():
            yield Item(id=entry["id"], title=entry["title"])
    '''
    checks = failed(check_plugin(project, text))
    assert list(checks) == ["time-out"]
    assert f"requests {site.url('/list.json')} 9 times although it never answers" in checks["time-out"]


def test_a_source_that_accepts_garbage_is_noted(project: Project, site: Publisher) -> None:
    site.serve("/page", b"<a href='/1'>One</a>", content_type="text/html")
    text = f'''
    def mine(http, *, {URL.format(url=site.url("/page"))}):
        """Mine."""
        for line in http.get(url).text.splitlines():
            if "<a " in line:
                yield Item(id=line, title=line)
    '''
    checks = check_plugin(project, text)
    assert failed(checks) == {}
    assert checks["errors"]["state"] == "noted"
    assert "the answer is garbage: gives neither article nor error" in checks["errors"]["findings"][-1]


def test_options_without_description_or_type_fail(project: Project, site: Publisher) -> None:
    text = f'''
    async def mine(http, *, url="{site.url("/list.json")}", limit: int = 3):
        for entry in (await http.get(url)).json()[:limit]:
            yield Item(id=entry["id"], title=entry["title"])
    '''
    checks = failed(check_plugin(project, text))
    assert list(checks) == ["documented", "typed"]
    assert "mine() has no docstring" in checks["documented"]
    assert "the option limit is not described" in checks["documented"]
    assert "the option url has no type" in checks["typed"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def mine(http):\n    yield 1\n\n1 / 0", "ZeroDivisionError"),
        ("def mine(http:\n    yield 1", "SyntaxError"),
        ("def mine(http, **options):\n    yield 1", "name each option"),
        ("def mine(http):\n    yield 1\n\nPath('left.txt').write_text('x')", "PermissionError"),
        ("def mine(http):\n    yield 1\n\nos._exit(3)", "ends the process that it runs in (exit status 3)"),
    ],
)
def test_a_plugin_that_does_not_load_is_reported(project: Project, text: str, message: str) -> None:
    checks = failed(check_plugin(project, text))
    assert list(checks) == ["loads"]
    assert message in checks["loads"]


@pytest.mark.slow
def test_source_that_hangs_is_reported(project: Project, site: Publisher) -> None:
    hanging = source(site.url("/list.json"), before="while len(sys.argv): time.sleep(0.1)")
    project.configure('[http]\ntimeout = "1s"\nallow_private = ["127.0.0.0/8"]\n')
    checks = failed(check_plugin(project, hanging))
    assert "cancelled after 1 s without an item or an answer" in checks["articles"]


@pytest.mark.slow
def test_output_that_hangs_is_reported(project: Project, site: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CHECK_TIMEOUT", 6.0)  # enough to start the process and load the plugin
    endless = '''
    def mine(edition: Edition):
        """Mine."""
        while True:
            time.sleep(0.1)
    '''
    assert failed(check_plugin(project, endless, "output")) == {"files": "does not end: cancelled after 6 s"}


def test_source_that_ends_the_process_is_reported(project: Project, site: Publisher) -> None:
    checks = failed(check_plugin(project, source(site.url("/list.json"), before="os._exit(0)")))
    assert "ends the process that it runs in" in checks["articles"]


def test_the_output_of_a_plugin_is_not_read_as_messages(project: Project, site: Publisher) -> None:
    assert failed(check_plugin(project, source(site.url("/list.json"), before="print('{}'); os.write(1, b'{}')"))) == {}


def test_without_a_network_recordings_are_recommended(project: Project) -> None:
    checks = failed(check_plugin(project, source("https://news.invalid/list.json")))
    assert "`pytest --record` stores them" in checks["articles"]
    assert "stable" not in checks


def test_recordings_of_the_tests_are_replayed(project: Project) -> None:
    from aggregator.testing.recordings import file_name

    url = "https://news.invalid/list.json"
    head = f"GET {url}\nHTTP 200\nContent-Type: application/json\n\n".encode()
    project.write(f"tests/recordings/{file_name(url)}", head + LIST)
    assert failed(check_plugin(project, source(url))) == {}


def test_options_are_parsed_and_validated(project: Project, site: Publisher) -> None:
    text = '''
    async def mine(http, *, url: str, limit: int = 1):
        """Mine: at most `limit` articles of `url`."""
        for entry in (await http.get(url)).json()[:limit]:
            yield Item(id=entry["id"], title=entry["title"])
    '''
    url = f"url={site.url('/list.json')}"
    assert failed(check_plugin(project, text, "source", "--option", url, "--option", "limit=2")) == {}
    for options, message in [
        ([], "mine: url: is needed: text; give it: --option url=…"),
        (["--option", url, "--option", "limit=two"], "mine: limit: must be a whole number"),
        (["--option", url, "--option", "limt=2"], "--option limt: there is no such option; known: limit, url"),
        (["--option", "url"], "--option url: must be KEY=VALUE"),
    ]:
        result = project.aggregate("plugins", "test", "mine.py", *options)
        assert result.status == 2
        assert message in result.err


FILTERS = {
    "sure": ("return article.replace(title=article.url.upper())", "results", "without url"),
    "texter": ("return article.title", "results", "must return an Article, Drop or None"),
    "moody": ("return article.replace(summary=str(random.random()))", "pure", "another result the second time"),
    "forcer": ("msgspec.structs.force_setattr(article, 'title', 'x'); return article", "pure", "modifies the"),
    "writer": ("Path('seen.txt').write_text(article.id); return article", "writes", "writes to seen.txt"),
}


def test_invalid_filters_fail(project: Project) -> None:
    texts = {n: f'def mine(article: Article):\n    """Mine."""\n    {body}\n' for n, (body, _, _) in FILTERS.items()}
    checks = check_plugins(project, texts, "filter")
    for name, (_, check, message) in FILTERS.items():
        assert message in failed(checks[name])[check]


def test_a_filter_that_sends_requests_receives_a_page(project: Project) -> None:
    text = '''
    async def mine(article: Article, http):
        """Mine."""
        return article.replace(content=(await http.get(article.url)).text) if article.url else article
    '''
    assert failed(check_plugin(project, text, "filter")) == {}


OUTPUTS = {
    "climber": ('yield "../x", b""', "files", "leads out of its path"),
    "texter": ('yield "", "text"', "files", "TypeError"),
    "sure": ('yield "", edition.stories[0].title.encode()', "files", "an edition without stories: "),
    "timed": ('yield "", str(time.time()).encode()', "stable", "use edition.date, not the clock"),
    "plain": ('yield "a.xml", f"<a>{edition.title}</a>".encode()', "well-formed", "a.xml: is not well-formed XML"),
    "nameless": (
        "yield '', f'<?xml version=\"1.0\"?><a>{edition.title}</a>'.encode()",
        "well-formed",
        "well-formed XML",
    ),
    "trusting": ('yield "a.html", f"<p>{edition.title}</p>".encode()', "well-formed", "runs in the page"),
    "quoting": ('yield "a.json", edition.title.encode()', "well-formed", "is not JSON"),
    "maker": ('yield "", b""; Path("x").mkdir()', "files", "PermissionError"),
}


def test_invalid_outputs_fail(project: Project) -> None:
    texts = {n: f'def mine(edition: Edition):\n    """Mine."""\n    {body}\n' for n, (body, _, _) in OUTPUTS.items()}
    checks = check_plugins(project, texts, "output")
    for name, (_, check, message) in OUTPUTS.items():
        assert message in failed(checks[name])[check]


@pytest.mark.slow
def test_the_shipped_filters_and_outputs_pass(project: Project) -> None:
    from aggregator.plugin.loader import load_plugins

    registry = load_plugins([])
    plugins = [plugin for plugin in registry.all() if plugin.is_shipped and not _has_required_option(plugin)]
    names = {plugin.name for plugin in plugins} - {"opml"}
    for name in sorted(names & {*registry.filters, *registry.outputs} - {*registry.sources}):
        result = project.aggregate("plugins", "test", name, "--json")
        assert failed({check["check"]: check for check in result.json["checks"]}) == {}, name


def _has_required_option(plugin: Any) -> bool:
    return any(option.required for option in plugin.options)


def test_an_unknown_name_is_reported(project: Project) -> None:
    result = project.aggregate("plugins", "test", "nobody")
    assert result.status == 1
    assert "no plugin has this name" in result.out
    assert set(KINDS) == {"source", "filter", "output"}


def test_a_missing_path_is_reported(project: Project) -> None:
    result = project.aggregate("plugins", "test", "my_plugins/nobody")
    assert (result.status, result.out) == (1, "")
    assert result.err == "aggregate: my_plugins/nobody: there is no such file or folder\n"
