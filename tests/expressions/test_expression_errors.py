"""The messages for invalid expressions, and the positions of their carets."""

from __future__ import annotations

import pytest
from project import Project

from aggregator.expressions.errors import ExpressionError
from aggregator.expressions.parsing import About, parse

ERRORS = """
titel ~ "x"
^^^^^
there is no field "titel"; did you mean "title"?

image and xyz
          ^^^
there is no field "xyz"; known: title, summary, content, text, length, url, image, source, author, tags, language, \
published, first_seen, age

title = "x"
      ^
did you mean "=="?

image && url
      ^^
did you mean "and"?

image AND url
      ^^^
did you mean "and"?

!image
^
did you mean "not"?

title contains "x"
      ^^^^^^^^
did you mean "~"?

source == BBC
          ^^^
text must be in quotes: "BBC"

"BBC" == source
      ^^
the field comes first, as in `source == "BBC"`; only `in` and `not in` can follow a value

title == "x
         ^
this quote is not closed; write a " within the text twice

title == 'it's'
             ^
expected `and` or `or`

image and 'its
          ^
this quote is not closed; write a ' within the text twice

title == $
         ^
unexpected $

title == "x" image
             ^^^^^
expected `and` or `or`

title "x"
      ^^^
expected `and`, `or` or a comparison such as `== …`, `~ …` or `in (…)`

title ==
        ^
the expression ends here: expected a value such as "text", 3, 2d or 2026-11-01

image and
         ^
the expression ends here: expected a condition such as `title ~ "live"`

image or )
         ^
expected a condition such as `title ~ "live"`

(image or url
             ^
the expression ends here: missing `)`

image)
     ^
expected `and` or `or`

language in "en"
            ^^^^
expected a list such as ("en", "de")

language in ("en" "de")
                  ^^^^
expected a comma or `)`

"x" in title
    ^^
`title` is text, not a list: use `title ~ "…"` to search it

"x" in "y"
       ^^^
expected a field

language not "en"
             ^^^^
expected `in`

title < "x"
      ^
`title` is text and supports ==, !=, ~, !~, in, not in

"x" in tags and tags > 3
                     ^
`tags` is a list of text and supports ==, !=, ~, !~, in, not in

length ~ "x"
       ^
`length` is a number and supports ==, !=, <, <=, >, >=

published == 2026-11-01
          ^^
`published` is a time and supports <, <=, >, >=

length >= "3"
          ^^^
compare `length` with a whole number such as 3

title == 3
         ^
compare `title` with text in quotes

title ~ 3
        ^
a regular expression must be in quotes: "3"

age < 2
      ^
compare `age` with a length of time such as 36h or 2d

age < 2parsecs
      ^^^^^^^^
compare `age` with a length of time such as 36h or 2d

published > "yesterday morning"
            ^^^^^^^^^^^^^^^^^^^
compare `published` with a time such as 2026-11-01 or 2026-11-01T08:30

published > 2026-02-30
            ^^^^^^^^^^
compare `published` with a time such as 2026-11-01 or 2026-11-01T08:30

language == "Klingonish"
            ^^^^^^^^^^^^
compare `language` with a language tag in quotes, such as "en" or "pt-BR"

image and length
          ^^^^^^
`length` must be compared with a whole number such as 3: `length >= …`

title ~ "a(b"
          ^
not a regular expression: missing ), unterminated subpattern

title ~ "5"" [a"
             ^
not a regular expression: unterminated character set

title ~ "a{99999999999}"
        ^^^^^^^^^^^^^^^^
not a regular expression: too large

image and independent >= 3
          ^^^^^^^^^^^
only stories have `independent`: use it in the `select` of an output

titel and autor
^^^^^
there is no field "titel"; did you mean "title"?
"""


def error_of(text: str, about: About = "articles") -> str:
    with pytest.raises(ExpressionError) as caught:
        parse(text, about)
    return str(caught.value)


@pytest.mark.parametrize("block", ERRORS.strip("\n").split("\n\n"))
def test_errors_are_reported_with_their_position(block: str) -> None:
    text, carets, message = block.split("\n")
    assert error_of(text) == f"{message}\n| {text}\n| {carets}"


@pytest.mark.parametrize(
    ("text", "excerpt", "carets"),
    [
        ('title ~ "Zürich  日本"\tand\tautor', 'title ~ "Zürich 日本" and autor', " " * 26 + "^" * 5),
        ('image or\n   titel ~ "x" or\n   url', 'titel ~ "x" or', "^" * 5),
        ("image or " * 20 + "titel" + " or image" * 20, f"…{('image or ' * 20)[-50:]}titel{' or image' * 4} or…", None),
        ("not " * 51 + "image", f"{'not ' * 24}not…", "^" * 100),
    ],
)
def test_only_the_part_around_the_error_is_shown(text: str, excerpt: str, carets: str | None) -> None:
    _, line, below = error_of(text).split("\n")
    assert line == f"| {excerpt}"
    assert below == f"| {carets or ' ' * excerpt.index('titel') + '^' * 5}"


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_expression_has_no_position(text: str) -> None:
    assert error_of(text) == 'must be an expression such as `title ~ "live"`, not empty'


def test_stories_have_additional_fields() -> None:
    assert 'did you mean "independent"?' in error_of("indepndent >= 3", "stories")
    assert 'did you mean "independent"?' not in error_of("indepndent >= 3")


def test_check_shows_the_position_below_the_message(project: Project) -> None:
    project.configure(
        """
        [[filters]]
        plugin = "drop"
        where = 'titel ~ "Zürich   lebt" or image'

        [[filters]]
        plugin = "keep"
        where = 3

        [[outputs]]
        plugin = "rss"
        path = "feed.xml"
        select = 'independent > "x"'
        """
    )
    result = project.aggregate("check")
    assert result.status == 2
    assert result.err.splitlines() == [
        'aggregate: config.toml: [[outputs]] 1 ("feed.xml"): select = "independent > \\"x\\"": '
        "compare `independent` with a whole number such as 3",
        'aggregate: | independent > "x"',
        "aggregate: |               ^^^",
        'aggregate: config.toml: [[filters]] 1 ("drop"): where = "titel ~ \\"Zürich   lebt\\" or image": '
        'there is no field "titel"; did you mean "title"?',
        'aggregate: | titel ~ "Zürich lebt" or image',
        "aggregate: | ^^^^^",
        'aggregate: config.toml: [[filters]] 2 ("keep"): where = 3: must be an expression such as `title ~ "(?i)live"`',
    ]
