"""Expressions: evaluation, formatting, and that any text is either parsed or rejected with ExpressionError."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.expressions.errors import ExpressionError
from aggregator.expressions.fields import FIELDS, Field
from aggregator.expressions.parsing import parse
from aggregator.expressions.tree import AllOf, AnyOf, Condition, Exists, FieldComparison, Not
from aggregator.expressions.values import quote
from aggregator.model import Article, Copy, Outlet, Story
from aggregator.text.patterns import SEARCHED

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ARTICLE = Article(
    id="1",
    url="https://world.example/news/bridge",
    title="Wren Bridge opens: live",
    summary="Four years late.",
    content="<p>The <b>mayor</b> walked &amp; talked.</p>",
    authors=("Ann Lee", "Bo Smith"),
    published=NOW - timedelta(hours=30),
    first_seen=NOW - timedelta(hours=1),
    language="pt-BR",
    tags=("World", "transport"),
    image="https://world.example/bridge.jpg",
    source=Outlet("Example World"),
)
BARE = Article(id="2", url=None, title="", first_seen=NOW, source=Outlet("Wire"))
SPORT = Article(
    id="3", url=None, title="Cup final", first_seen=NOW, published=NOW, source=Outlet("Kicker"), tags=("sport",)
)
STORY = Story(id="s", articles=(ARTICLE, SPORT, SPORT.replace(id="4")), copies=(Copy(BARE, of="1"),))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('source == "Example World" and title ~ "(?i)LIVE"', True),
        ('source == "example world"', True),
        ('source == "Example"', False),
        ('source != "Example World"', False),
        ('source != "Wire"', True),
        ('title ~ "Bridge"', True),
        ('title ~ "bridge"', False),
        ('title ~ "^Bridge"', False),
        ('title !~ "Tunnel"', True),
        ("title ~ 'opens: \\w+$'", True),
        ('summary ~ "late"', True),
        ('content ~ "The mayor walked & talked"', True),
        ('content ~ "<b>"', False),
        ('text ~ "Wren"', True),
        ('text ~ "late"', True),
        ('text ~ "mayor"', True),
        ('text !~ "mayor"', False),
        ('url !~ "/video/"', True),
        ('author ~ "Smith"', True),
        ('author == "ann lee"', True),
        ('"Bo Smith" in author', True),
        ('author ~ "Lee Bo"', False),
        ('"world" in tags', True),
        ('"worlds" in tags', False),
        ('"sport" not in tags', True),
        ('tags in ("sport", "transport")', True),
        ('tags not in ("sport", "transport",)', False),
        ('tags ~ "^trans"', True),
        ('not ("sport" in tags)', True),
        ('language in ("en", "pt")', True),
        ('language == "PT_br"', True),
        ('language == "Portuguese"', True),
        ('language == "pt-PT"', False),
        ('language not in ("en", "de")', True),
        ("language", True),
        ("image", True),
        ("not content", False),
        ("length == 24", False),
        ("length == 26", True),
        ("length > 500", False),
        ("length != 500", True),
        ("age < 2d", True),
        ("age >= 30h", True),
        ("age > 30h", False),
        ('age < "1 day 2h"', False),
        ("published", True),
        ("published >= 2026-11-23", True),
        ("published >= 2026-11-24", False),
        ("published < 2026-11-23T06:01", True),
        ("published < 2026-11-23T06:00", False),
        ("published <= 2026-11-23T07:00+01:00", True),
        ('published < "23 November 2026 07:00"', True),
        ("first_seen >= 2026-11-24T11:00:00Z", True),
        ("image and not image or image", True),
        ("image or image and not image", True),
        ("(image or image) and not image", False),
        ("not image and not image", False),
        ("not not image", True),
        ('title == "x" or url ~ "x" or\n\ttags == "world"', True),
    ],
)
def test_conditions_on_an_article(text: str, holds: bool) -> None:
    assert parse(text).holds(ARTICLE, NOW) is holds


@pytest.mark.parametrize("field", ["title", "summary", "content", "url", "image", "author", "tags", "language"])
def test_missing_fields_have_no_value_and_match_nothing(field: str) -> None:
    assert not parse(field).holds(BARE, NOW)
    assert not parse(f'{field} ~ "^"').holds(BARE, NOW)
    assert parse(f'{field} !~ "^"').holds(BARE, NOW)


def test_an_unknown_publication_time_matches_nothing_and_age_counts_from_first_seen() -> None:
    for text in ("published", "published > 1900-01-01", "published <= 2100-01-01"):
        assert not parse(text).holds(BARE, NOW)
    assert parse("published > 1900-01-01").holds(SPORT, NOW)
    assert not parse("published").holds(SPORT.replace(published=datetime(1, 1, 1, tzinfo=UTC)), NOW)
    assert parse("age < 1s").holds(BARE, NOW)
    assert parse("length == 0").holds(BARE, NOW)
    assert parse("length == 16").holds(ARTICLE.replace(content=None), NOW)


def test_age_is_counted_from_now_by_default() -> None:
    young = ARTICLE.replace(published=datetime.now(UTC) - timedelta(minutes=5), first_seen=datetime.now(UTC))
    assert parse("age >= 5m and age < 6m").holds(young)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('independent >= 3 or "world" in tags', True),
        ("independent == 2", True),
        ("outlets == 3", True),
        ("articles == 3", True),
        ("articles < 3", False),
        ('source == "Kicker"', True),
        ('source == "Wire"', False),
        ('source != "Kicker"', False),
        ('not source == "Kicker"', False),
        ('source == "Kicker" and title ~ "Bridge"', True),
        ("image", True),
        ("age > 1d", True),
        ("age < 1d", True),
        ("not age < 1d", False),
        ("updated >= 2026-11-24T12:00", True),
        ("updated > 2026-11-24T12:00", False),
        ('title ~ "Cup" and not content ~ "mayor"', False),
    ],
)
def test_a_story_matches_if_one_of_its_articles_matches(text: str, holds: bool) -> None:
    assert parse(text, "stories").holds(STORY, NOW) is holds


def test_only_the_beginning_of_very_long_content_is_searched() -> None:
    long = ARTICLE.replace(content="x " * SEARCHED + "needle")
    assert parse('content ~ "x"').holds(long)
    assert not parse('content ~ "needle"').holds(long)


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("( ( image ) )", "image"),
        ('not ("sport" in tags)', 'not "sport" in tags'),
        ("image and (url or title)", "image and (url or title)"),
        ("(image and url) or title", "image and url or title"),
        ("image and (url and title)", "image and (url and title)"),
        ("not (image or url)", "not (image or url)"),
        ("tags in ('a',)", 'tags in ("a")'),
        ("title == 'say \"hi\"'", "title == 'say \"hi\"'"),
        ("title == 'it''s'", 'title == "it\'s"'),
        ("title == 'it''s \"so\"'", 'title == "it\'s ""so"""'),
        ("title ~ '\\d+\\'", None),
        ("title ~ '\\d+\\\\'", 'title ~ "\\d+\\\\"'),
        ('age < "1h 30m"', "age < 90m"),
        ("age < 0.1s", "age < 1s"),
        ('published > "1 Nov 2026"', "published > 2026-11-01"),
        ("published > 2026-11-01T10:00+02:00", "published > 2026-11-01T08:00:00"),
        ('language == "EN_us"', 'language == "en-US"'),
        ("length>=007", "length >= 7"),
    ],
)
def test_conditions_are_formatted_in_normal_form(text: str, formatted: str | None) -> None:
    if formatted is None:
        with pytest.raises(ExpressionError):
            parse(text)
    else:
        assert str(parse(text)) == formatted


WORDS = st.text(st.characters(exclude_characters="\n"), max_size=12)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(2199, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": WORDS,
    "a list of text": WORDS,
    "a language": st.sampled_from(["en", "pt-BR", "zh-Hant", "de"]),
    "a number": st.integers(0, 10**18 - 1),
    "a time": MOMENTS,
    "a length of time": st.integers(1, 36500 * 86400).map(lambda seconds: timedelta(seconds=seconds)),
}
PATTERNS = st.one_of(WORDS.map(re.escape), st.sampled_from([r"(?i)a|b", r"\d+\"", "'\"", "[^\"']"])).map(re.compile)


@st.composite
def comparisons(draw: st.DrawFn) -> Condition:
    field: Field = draw(st.sampled_from(list(FIELDS.values())))
    if field.type.optional and draw(st.booleans()):
        return Exists(field)
    operator = draw(st.sampled_from(field.type.operators))
    values = PATTERNS if "~" in operator else VALUES[field.type.name]
    most = 3 if operator in ("in", "not in") else 1
    return FieldComparison(field, operator, tuple(draw(st.lists(values, min_size=1, max_size=most))))


CONDITIONS = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AllOf(tuple(parts))),
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(CONDITIONS)
def test_formatted_conditions_parse_as_the_same(condition: Condition) -> None:
    again = parse(str(condition), "stories")
    assert again == condition
    assert str(again) == str(condition)


@settings(deadline=None)
@given(CONDITIONS, st.sampled_from([ARTICLE, BARE, SPORT]))
def test_every_condition_either_holds_or_not(condition: Condition, article: Article) -> None:
    story = Story(id="s", articles=(article,))
    assert condition.holds(story, NOW) is not Not(condition).holds(story, NOW)


SIGNS = ("and", "or", "not", "in", "(", ")", ",", "==", "~", "<", "=", '"', "'", " ", "\t", "\n", "\0", "\ud800")
VALUED = ('"x"', "'('", '"(?P<a>"', "3", "2d", "x.y", "2026-11-01", "2026-99-99", "99999999999999999999", "日本", "𝔘")
PIECES = st.sampled_from([*FIELDS, *SIGNS, *VALUED])


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map(" ".join), st.lists(PIECES, max_size=30).map("".join)))
@example("(" * 5000)
@example("not " * 5000 + "image")
@example("(image or " * 2000 + "image" + ")" * 2000)
@example("image and " * 5000 + "image")
@example("title ~ '" + "(" * 5000 + "'")
@example("title in (" + "'x'," * 5000 + ")")
@example('title == "' + "x" * 100_000)
@example("age < " + "9" * 5000 + "d")
@example("length > " + "9" * 5000)
def test_any_text_is_parsed_or_rejected(text: str) -> None:
    try:
        expression = parse(text, "stories")
    except ExpressionError as error:
        message, *excerpt = str(error).split("\n")
        assert message and len(message) < 400
        assert [line[:2] for line in excerpt] in ([], ["| ", "| "])
        assert all(len(line) <= 110 for line in excerpt)
        assert 0 <= error.start <= len(text)
    else:
        assert parse(str(expression), "stories") == expression


def test_quote() -> None:
    assert [quote(text) for text in ("a", 'a"', "a'", "a'\"")] == ['"a"', "'a\"'", '"a\'"', '"a\'"""']
