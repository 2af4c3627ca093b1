"""Values of `{ env = … }` appear in nothing that is printed, published, or stored as the text of an error."""

from __future__ import annotations

import sqlite3

import pytest
from project import Project
from publisher import Publisher
from sample_feeds import item, rss

from aggregator.text.secrets import PLACEHOLDER, hide, redact

KEY, TOKEN, PASSWORD = "k3y-of/the option&1", "t0ken-of-the-url", "p4ssword-of-the-url"
SECRETS = (KEY, TOKEN, PASSWORD)
PLUGIN = """
from aggregator import Item, SourceError, hookimpl

async def leaky(http, key: str, how: str, host: str = ""):
    if how == "raise":
        raise ValueError(f"bad key {key}")
    if how == "group":
        raise ExceptionGroup("bad keys", [SourceError(key)])
    if how == "source error":
        raise SourceError(f"the service says: invalid key {key!r}")
    if how == "print":
        print("my key is", key)
    if how == "header":
        await http.get(f"{host}/missing", headers={"Authorization": f"Bearer {key}"})
    if how == "query":
        await http.get(f"{host}/missing?k={key}")
    if how == "scheme":
        await http.get(f"nonsense://{key}")
    yield f"not an item: {key}"
    yield Item(id=how, title="Read")

def leaky_filter(article, key: str):
    raise KeyError(key)

def leaky_output(edition, key: str):
    raise RuntimeError(f"cannot upload with {key}")

@hookimpl
def register_sources(register):
    register(leaky)

@hookimpl
def register_filters(register):
    register(leaky_filter)

@hookimpl
def register_outputs(register):
    register(leaky_output)
"""
WAYS = ("raise", "group", "source error", "print", "header", "query", "scheme")


@pytest.fixture
def leaking(project: Project, publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose sources, filter and output all repeat the secrets that they were given."""
    host = publisher.url("")
    publisher.serve("/feed", rss([item(1)], title="Good"))
    publisher.serve("/missing", b"", status=404)
    publisher.serve("/page", b"<html>no feed</html>", content_type="text/html")
    publisher.handle("/loop", lambda exchange: exchange.answer(302, headers={"Location": f"/loop?again={TOKEN}"}))
    urls = [f"{host}/{name}?token={TOKEN}" for name in ("feed", "missing", "page", "loop")]
    urls += [f"http://127.0.0.1:1/feed?token={TOKEN}", f"{host.replace('//', f'//ann:{PASSWORD}@')}/missing"]
    tables = ""
    for number, url in enumerate(urls):
        monkeypatch.setenv(f"URL_{number}", url)
        tables += f'[[sources]]\nurl = {{ env = "URL_{number}" }}\n'
    monkeypatch.setenv("KEY", KEY)
    for way in WAYS:
        tables += (
            f'[[sources]]\nplugin = "leaky"\nname = "{way}"\nkey = {{ env = "KEY" }}\nhow = "{way}"\nhost = "{host}"\n'
        )
    tables += '[[filters]]\nplugin = "leaky_filter"\nkey = { env = "KEY" }\n'
    tables += '[[outputs]]\nplugin = "leaky_output"\npath = "public/none"\nkey = { env = "KEY" }\n'
    for plugin, path in {
        "rss": "feed.xml",
        "atom": "a.atom",
        "opml": "s.opml",
        "html": "i.html",
        "jsonl": "a.jsonl",
    }.items():
        tables += f'[[outputs]]\nplugin = "{plugin}"\npath = "public/{path}"\n'
    project.write("mine/leaky.py", PLUGIN)
    project.configure(f'store = "news.db"\nplugins = ["mine"]\n{tables}')
    return project


def leaks(*texts: str) -> list[str]:
    forms = {
        form: secret for secret in SECRETS for form in (secret, secret.replace(" ", "%20"), secret.replace("&", "%26"))
    }
    return [text[max(0, text.index(form) - 100) :][:200] for text in texts for form in forms if form in text]


def test_no_verb_prints_a_secret(leaking: Project) -> None:
    verbs = ["run --strict", "run --force --json --strict", "--debug run --force", "sources", "sources --json"]
    verbs += ["sources --history", "sources --history --json", "stories --json", "explain tag:world.example,2026:1"]
    verbs += ["plugins list --json", "check", "preview Good --json", "preview raise", "--debug preview raise"]
    verbs += ["preview print", "pause Good", "run --source 127.0.0.1", "export"]
    printed = {verb: leaking.aggregate(*verb.split()) for verb in verbs}
    assert {verb: found for verb, result in printed.items() if (found := leaks(result.out, result.err))} == {}
    assert "bad key" in printed["run --strict"].err
    assert "Traceback" in printed["--debug preview raise"].err
    assert "URL_0" in printed["export"].out  # `import` restores the reference, not the value


def test_no_output_and_no_stored_error_holds_a_secret(leaking: Project) -> None:
    leaking.run("--strict")
    files = [path.read_text(encoding="utf-8") for path in (leaking.folder / "public").rglob("*") if path.is_file()]
    with sqlite3.connect(leaking.folder / "news.db") as database:
        errors = [
            row[0] for row in database.execute("SELECT error FROM sources UNION SELECT error FROM episodes") if row[0]
        ]
    database.close()
    assert len(files) == 7  # two are style sheets
    assert errors
    assert leaks(*files, *errors) == []


@pytest.mark.parametrize(
    "table",
    [
        '[[sources]]\nplugin = { env = "BAD" }\n',
        '[[sources]]\nurl = { env = "BAD" }\n',
        '[[sources]]\nurl = "a.xml"\nevery = { env = "BAD" }\n',
        '[[filters]]\nplugin = "drop"\ntitle = { env = "BAD" }\n',
        '[[filters]]\nplugin = "limit"\nper_day = { env = "BAD" }\n',
        '[[outputs]]\nplugin = "rss"\npath = "a.xml"\nselect = { env = "BAD" }\n',
        '[[outputs]]\nplugin = "rss"\npath = "a.xml"\nunknown = { env = "BAD" }\n',
        '[http]\nproxy = { env = "BAD" }\n',
        'store = { env = "BAD" }\n[[sources]]\nurl = "missing.xml"\n',
    ],
)
def test_mistakes_in_the_configuration_show_no_secret(
    project: Project, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    monkeypatch.setenv("BAD", f"http:/[{TOKEN}(")
    project.configure(table)
    for verb in (["check"], ["run", "--strict"], ["--debug", "run"]):
        result = project.aggregate(*verb)
        assert leaks(result.out, result.err) == []


def test_names_from_the_environment_are_shown(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "Observatory of the North")
    project.write("feed.xml", rss([item(1)]))
    project.configure('[[sources]]\nurl = "feed.xml"\nname = { env = "NAME" }\n')
    assert "Observatory of the North" in project.aggregate("sources").out


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("s3cret value", "GET /?key=s3cret%20value"),
        ("s3cret value", "GET /?key=s3cret+value"),
        ('s3cret"value', '{"key": "s3cret\\"value"}'),
        ("https://ann:s3cret%21value@host.example/feed", "login of ann_with s3cret!value failed"),
        ("https://host.example/private/s3cretvalue", "404 for http://host.example/private/s3cretvalue"),
        ("https://host.example/feed?token=s3cretvalue", "302 to https://other.example/?t=s3cretvalue"),
    ],
)
def test_forms_of_a_value(value: str, text: str) -> None:
    hide(value)
    assert PLACEHOLDER in redact(text)
    assert "s3cret" not in redact(text)


def test_short_values_are_not_replaced() -> None:
    hide("30m")
    assert redact("every 30m") == "every 30m"
