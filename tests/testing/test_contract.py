"""`aggregate plugins test`: good plugins pass, and each bad one fails the check that is made for it."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
from project import Project
from publisher import Publisher

from aggregator.plugin.registry import KINDS
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


Found = dict[str, dict[str, Any]]


def judge(project: Project, text: str, kind: str = "source", *options: str) -> Found:
    """What `plugins test` says of this plugin, by check; that the exit status fits is asserted."""
    return next(iter(judge_all(project, {"mine": text}, kind, *options).values()))


def judge_all(project: Project, texts: dict[str, str], kind: str = "source", *options: str) -> dict[str, Found]:
    """The same of several plugins in one file, by name. `texts`: of each, with a function called mine."""
    parts = [textwrap.dedent(text).replace("def mine(", f"def {name}(") for name, text in texts.items()]
    calls = "".join(f"    register({name})\n" for name in texts)
    project.write("mine.py", HEAD + "\n\n".join(parts) + HOOK.format(kind=kind) + calls)
    result = project.aggregate("plugins", "test", "mine.py", "--json", *options)
    report = result.json
    assert result.status == (0 if report["passed"] else 1)
    assert report["passed"] == all(one["state"] != "failed" for one in report["checks"])
    found: dict[str, Found] = {}
    for one in report["checks"]:
        found.setdefault(one["plugin"], {})[one["check"]] = one
    return found


def failed(found: Found) -> dict[str, str]:
    return {name: " | ".join(one["findings"]) for name, one in found.items() if one["state"] == "failed"}


def source(url: str, item: str = ITEM, before: str = "pass") -> str:
    return SOURCE.format(url=URL.format(url=url), item=item, before=before)


def test_a_good_source_passes_and_is_asked_once(project: Project, site: Publisher) -> None:
    found = judge(project, source(site.url("/list.json")))
    assert failed(found) == {}
    assert list(found) == "loads documented typed articles stable unchanged errors time-out network writes".split()
    assert [request.path for request in site.requests] == ["/list.json"]


def test_each_check_is_a_line(project: Project, site: Publisher) -> None:
    project.write(
        "mine.py", HEAD + source(site.url("/list.json")) + HOOK.format(kind="source") + "    register(mine)\n"
    )
    result = project.aggregate("plugins", "test", "mine.py")
    assert result.status == 0
    assert result.out.splitlines()[:3] == ["source mine", "  ok      loads", "  ok      documented"]


AMISS = {
    "nameless": ('title=entry["title"]', "articles", "has neither id nor url"),
    "twins": ('id=1, title=entry["title"]', "articles", "2 articles have the id '1'"),
    "empty": ("id=entry['id']", "articles", "hold nothing usable"),
    "mute": ("id=entry['id'], url=entry['url']", "articles", "has neither title nor text"),
    "timeless": ("id=entry['id'], title='x', published='the day after'", "articles", "'the day after' is no date"),
    "homeless": ("id=entry['id'], title='x', url='javascript:alert(1)'", "articles", "is no address of the web"),
    "fickle": ("id=random.random(), title='x'", "stable", "the ids differ between two runs"),
    "moody": ("id=entry['id'], title=str(random.random())", "stable", "runs with the same answers: title"),
    "misspelt": ("id=entry['id'], title=entry['titel']", "articles", "KeyError: 'titel' in "),
}


def test_sources_whose_articles_are_amiss(project: Project, site: Publisher) -> None:
    url = site.url("/list.json")
    found = judge_all(project, {name: source(url, item) for name, (item, _, _) in AMISS.items()})
    for name, (_, check, said) in AMISS.items():
        assert list(failed(found[name])) == [check], name
        assert said in failed(found[name])[check]


BUSY = {
    "caller": ("socket.create_connection(('127.0.0.1', 9))", "network", "asks 127.0.0.1 by itself ("),
    "surfer": ("urllib.request.urlopen('http://news.example/')", "network", "asks news.example by itself ("),
    "writer": ("Path('~/x.txt').expanduser().write_text('')", "writes", "x.txt ("),
    "maker": ("os.makedirs('cache')", "writes", "writes to cache ("),
    "mover": ("os.rename(__file__, __file__ + '.old')", "writes", "mine.py ("),
}


def test_sources_that_do_what_they_have_no_business_with(project: Project, site: Publisher) -> None:
    url = site.url("/list.json")
    guarded = {name: f"try:\n        {deed}\n    except OSError:\n        pass" for name, (deed, _, _) in BUSY.items()}
    found = judge_all(project, {name: source(url, before=before) for name, before in guarded.items()})
    for name, (_, check, said) in BUSY.items():
        assert list(failed(found[name])) == [check], name
        assert said in failed(found[name])[check]
        assert "mine.py, line " in failed(found[name])[check]
    assert {path.name for path in project.folder.iterdir()} == {"config.toml", "mine.py"}


def test_a_program_that_a_source_starts_is_noted(project: Project, site: Publisher) -> None:
    before = "try:\n        subprocess.run(['true'])\n    except OSError:\n        pass"
    writes = judge(project, source(site.url("/list.json"), before=before))["writes"]
    assert writes["state"] == "noted"
    assert "starts a program" in writes["findings"][0]


def test_a_source_may_use_temporary_files(project: Project, site: Publisher) -> None:
    before = "import tempfile\n    tempfile.TemporaryFile().write(b'x')\n    tempfile.TemporaryDirectory().cleanup()"
    assert failed(judge(project, source(site.url("/list.json"), before=before))) == {}


def test_a_source_that_goes_on_when_nothing_is_new_is_told_so(project: Project, site: Publisher) -> None:
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
    found = failed(judge(project, text))
    assert list(found) == ["unchanged"]
    assert "goes on when nothing is new (HTTP 304): let NotModified pass" in found["unchanged"]


def test_a_source_that_never_asks_whether_anything_is_new_is_noted(project: Project, site: Publisher) -> None:
    text = f'''
    async def mine(http):
        """Mine."""
        for entry in (await http.get("{site.url("/list.json")}")).json():
            yield Item(id=entry["id"], title=entry["title"])
    '''
    found = judge(project, text)
    assert failed(found) == {}
    assert "http.get(url, main=True)" in found["unchanged"]["findings"][0]
    found = judge(project, text.replace('.json"))', '.json", main=True))'))
    assert found["unchanged"]["state"] == "ok"


def test_a_source_that_swallows_errors_is_told_so(project: Project, site: Publisher) -> None:
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
    found = judge(project, text)
    assert list(failed(found)) == ["errors", "time-out"]
    assert any(
        "the server fails (HTTP 500): gives no article and no error" in one for one in found["errors"]["findings"]
    )


def test_a_source_that_stumbles_over_a_failure_is_told_where(project: Project, site: Publisher) -> None:
    text = f'''
    def mine(http, *, {URL.format(url=site.url("/list.json"))}):
        """Mine."""
        try:
            entries = http.get(url).json()
        except FetchError as error:
            entries = error.entries
        return [Item(id=entry["id"], title=entry["title"]) for entry in entries]
    '''
    found = failed(judge(project, text))
    assert list(found) == ["errors", "time-out"]
    assert "when the server fails (HTTP 500): AttributeError: " in found["errors"]
    assert "when the server never answers: AttributeError: " in found["time-out"]


def test_a_source_that_does_not_take_no_answer_for_one_is_told_so(project: Project, site: Publisher) -> None:
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
    found = failed(judge(project, text))
    assert list(found) == ["time-out"]
    assert f"asks {site.url('/list.json')} 9 times though it never answers" in found["time-out"]


def test_a_source_that_takes_garbage_for_nothing_new_is_noted(project: Project, site: Publisher) -> None:
    site.serve("/page", b"<a href='/1'>One</a>", content_type="text/html")
    text = f'''
    def mine(http, *, {URL.format(url=site.url("/page"))}):
        """Mine."""
        for line in http.get(url).text.splitlines():
            if "<a " in line:
                yield Item(id=line, title=line)
    '''
    found = judge(project, text)
    assert failed(found) == {}
    assert found["errors"]["state"] == "noted"
    assert "the answer is garbage: gives neither article nor error" in found["errors"]["findings"][-1]


def test_options_without_words_or_types(project: Project, site: Publisher) -> None:
    text = f'''
    async def mine(http, *, url="{site.url("/list.json")}", limit: int = 3):
        for entry in (await http.get(url)).json()[:limit]:
            yield Item(id=entry["id"], title=entry["title"])
    '''
    found = failed(judge(project, text))
    assert list(found) == ["documented", "typed"]
    assert "mine() has no docstring" in found["documented"]
    assert "the option limit is not described" in found["documented"]
    assert "the option url has no type" in found["typed"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def mine(http):\n    yield 1\n\n1 / 0", "ZeroDivisionError"),
        ("def mine(http:\n    yield 1", "SyntaxError"),
        ("def mine(http, **options):\n    yield 1", "name each option"),
        ("def mine(http):\n    yield 1\n\nPath('left.txt').write_text('x')", "PermissionError"),
        ("def mine(http):\n    yield 1\n\nos._exit(3)", "ends the process that it runs in (exit status 3)"),
    ],
)
def test_a_plugin_that_does_not_load(project: Project, text: str, said: str) -> None:
    found = failed(judge(project, text))
    assert list(found) == ["loads"]
    assert said in found["loads"]


@pytest.mark.slow
def test_source_that_hangs_is_reported(project: Project, site: Publisher) -> None:
    hanging = source(site.url("/list.json"), before="while len(sys.argv): time.sleep(0.1)")
    project.configure('[http]\ntimeout = "1s"\nallow_private = ["127.0.0.0/8"]\n')
    found = failed(judge(project, hanging))
    assert "gave no item and no answer for 1 s: given up" in found["articles"]


@pytest.mark.slow
def test_output_that_hangs_is_reported(project: Project, site: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "LONGEST", 6.0)  # enough to start the process and load the plugin
    endless = '''
    def mine(edition: Edition):
        """Mine."""
        while True:
            time.sleep(0.1)
    '''
    assert failed(judge(project, endless, "output")) == {"files": "does not come to an end: given up after 6 s"}


def test_source_that_ends_the_process_is_reported(project: Project, site: Publisher) -> None:
    ended = failed(judge(project, source(site.url("/list.json"), before="os._exit(0)")))
    assert "ends the process that it runs in" in ended["articles"]


def test_what_a_plugin_prints_is_no_result(project: Project, site: Publisher) -> None:
    assert failed(judge(project, source(site.url("/list.json"), before="print('{}'); os.write(1, b'{}')"))) == {}


def test_without_a_network_it_says_what_would_help(project: Project) -> None:
    found = failed(judge(project, source("https://news.invalid/list.json")))
    assert "`pytest --record` stores them" in found["articles"]
    assert "stable" not in found


def test_recordings_beside_the_tests_are_the_answers(project: Project) -> None:
    from aggregator.testing.recordings import file_name

    url = "https://news.invalid/list.json"
    head = f"GET {url}\nHTTP 200\nContent-Type: application/json\n\n".encode()
    project.write(f"tests/recordings/{file_name(url)}", head + LIST)
    assert failed(judge(project, source(url))) == {}


def test_options_are_given_as_text_and_checked(project: Project, site: Publisher) -> None:
    text = '''
    async def mine(http, *, url: str, limit: int = 1):
        """Mine: at most `limit` articles of `url`."""
        for entry in (await http.get(url)).json()[:limit]:
            yield Item(id=entry["id"], title=entry["title"])
    '''
    url = f"url={site.url('/list.json')}"
    assert failed(judge(project, text, "source", "--option", url, "--option", "limit=2")) == {}
    for options, said in [
        ([], "mine: url: is needed: text; give it: --option url=…"),
        (["--option", url, "--option", "limit=two"], "mine: limit: must be a whole number"),
        (["--option", url, "--option", "limt=2"], "--option limt: there is no such option; known: limit, url"),
        (["--option", "url"], "--option url: must be KEY=VALUE"),
    ]:
        result = project.aggregate("plugins", "test", "mine.py", *options)
        assert result.status == 2
        assert said in result.err


FILTERS = {
    "sure": ("return article.replace(title=article.url.upper())", "results", "without url"),
    "texter": ("return article.title", "results", "must return an Article, Drop or None"),
    "moody": ("return article.replace(summary=str(random.random()))", "pure", "another result the second time"),
    "forcer": ("msgspec.structs.force_setattr(article, 'title', 'x'); return article", "pure", "changes the"),
    "writer": ("Path('seen.txt').write_text(article.id); return article", "writes", "writes to seen.txt"),
}


def test_bad_filters(project: Project) -> None:
    texts = {n: f'def mine(article: Article):\n    """Mine."""\n    {body}\n' for n, (body, _, _) in FILTERS.items()}
    found = judge_all(project, texts, "filter")
    for name, (_, check, said) in FILTERS.items():
        assert said in failed(found[name])[check]


def test_a_filter_that_asks_is_given_a_page(project: Project) -> None:
    text = '''
    async def mine(article: Article, http):
        """Mine."""
        return article.replace(content=(await http.get(article.url)).text) if article.url else article
    '''
    assert failed(judge(project, text, "filter")) == {}


OUTPUTS = {
    "climber": ('yield "../x", b""', "files", "leads out of its path"),
    "texter": ('yield "", "text"', "files", "TypeError"),
    "sure": ('yield "", edition.stories[0].title.encode()', "files", "an edition without stories: "),
    "timed": ('yield "", str(time.time()).encode()', "stable", "use edition.date, not the clock"),
    "plain": ('yield "a.xml", f"<a>{edition.title}</a>".encode()', "well-formed", "a.xml: is no well-formed XML"),
    "nameless": (
        "yield '', f'<?xml version=\"1.0\"?><a>{edition.title}</a>'.encode()",
        "well-formed",
        "well-formed XML",
    ),
    "trusting": ('yield "a.html", f"<p>{edition.title}</p>".encode()', "well-formed", "runs in the page"),
    "quoting": ('yield "a.json", edition.title.encode()', "well-formed", "is no JSON"),
    "maker": ('yield "", b""; Path("x").mkdir()', "files", "PermissionError"),
}


def test_bad_outputs(project: Project) -> None:
    texts = {n: f'def mine(edition: Edition):\n    """Mine."""\n    {body}\n' for n, (body, _, _) in OUTPUTS.items()}
    found = judge_all(project, texts, "output")
    for name, (_, check, said) in OUTPUTS.items():
        assert said in failed(found[name])[check]


@pytest.mark.slow
def test_the_shipped_filters_and_outputs_keep_the_contract(project: Project) -> None:
    from aggregator.plugin.loader import load_plugins

    registry = load_plugins([])
    names = {plugin.name for plugin in registry.all() if plugin.is_shipped and not _needs(plugin)} - {"opml"}
    for name in sorted(names & {*registry.filters, *registry.outputs} - {*registry.sources}):
        result = project.aggregate("plugins", "test", name, "--json")
        assert failed({one["check"]: one for one in result.json["checks"]}) == {}, name


def _needs(plugin: Any) -> bool:
    return any(option.required for option in plugin.options)


def test_a_name_that_nobody_has(project: Project) -> None:
    result = project.aggregate("plugins", "test", "nobody")
    assert result.status == 1
    assert "no plugin has this name" in result.out
    assert set(KINDS) == {"source", "filter", "output"}


def test_a_path_that_is_not_there(project: Project) -> None:
    result = project.aggregate("plugins", "test", "my_plugins/nobody")
    assert (result.status, result.out) == (1, "")
    assert result.err == "aggregate: my_plugins/nobody: there is no such file or folder\n"
