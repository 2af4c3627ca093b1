"""What is said of an expression that is none, and where the carets stand."""

from __future__ import annotations

import pytest
from project import Project

from aggregator.expressions.mistakes import ExpressionError
from aggregator.expressions.parsing import About, parse

MISTAKES = """
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
text stands in quotes: "BBC"

"BBC" == source
      ^^
the field comes first, as in `source == "BBC"`; after a value stands `in` only

title == "x
         ^
this quote is not closed; text with a " in it writes it twice

title == 'it's'
             ^
`and` or `or` must stand here

image and 'its
          ^
this quote is not closed; text with a ' in it writes it twice

title == $
         ^
$ means nothing here

title == "x" image
             ^^^^^
`and` or `or` must stand here

title "x"
      ^^^
`and`, `or` or a comparison must stand here, such as `== …`, `~ …` or `in (…)`

title ==
        ^
here it ends, and a value must stand here, such as "text", 3, 2d or 2026-11-01

image and
         ^
here it ends, and a condition must stand here, such as `title ~ "live"`

image or )
         ^
a condition must stand here, such as `title ~ "live"`

(image or url
             ^
here it ends, and `)` is missing

image)
     ^
`and` or `or` must stand here

language in "en"
            ^^^^
a list must stand here, such as ("en", "de")

language in ("en" "de")
                  ^^^^
a comma or `)` must stand here

"x" in title
    ^^
`title` is text, and no list: use `title ~ "…"` for text within it

"x" in "y"
       ^^^
a field must stand here

language not "en"
             ^^^^
`in` must stand here

title < "x"
      ^
`title` is text, and compared by ==, !=, ~, !~, in, not in

"x" in tags and tags > 3
                     ^
`tags` is a list of text, and compared by ==, !=, ~, !~, in, not in

length ~ "x"
       ^
`length` is a number, and compared by ==, !=, <, <=, >, >=

published == 2026-11-01
          ^^
`published` is a time, and compared by <, <=, >, >=

length >= "3"
          ^^^
`length` is compared with a whole number such as 3

title == 3
         ^
`title` is compared with text in quotes

title ~ 3
        ^
a regular expression stands in quotes: "3"

age < 2
      ^
`age` is compared with a length of time such as 36h or 2d

age < 2parsecs
      ^^^^^^^^
`age` is compared with a length of time such as 36h or 2d

published > "yesterday morning"
            ^^^^^^^^^^^^^^^^^^^
`published` is compared with a time such as 2026-11-01 or 2026-11-01T08:30

published > 2026-02-30
            ^^^^^^^^^^
`published` is compared with a time such as 2026-11-01 or 2026-11-01T08:30

language == "Klingonish"
            ^^^^^^^^^^^^
`language` is compared with a language tag in quotes, such as "en" or "pt-BR"

image and length
          ^^^^^^
`length` must be compared with a whole number such as 3: `length >= …`

title ~ "a(b"
          ^
this is no regular expression: missing ), unterminated subpattern

title ~ "5"" [a"
             ^
this is no regular expression: unterminated character set

title ~ "a{99999999999}"
        ^^^^^^^^^^^^^^^^
this is no regular expression: too large

image and independent >= 3
          ^^^^^^^^^^^
only a story has `independent`: it can stand in the `select` of an output, and not here

titel and autor
^^^^^
there is no field "titel"; did you mean "title"?
"""


def told(text: str, about: About = "articles") -> str:
    with pytest.raises(ExpressionError) as caught:
        parse(text, about)
    return str(caught.value)


@pytest.mark.parametrize("block", MISTAKES.strip("\n").split("\n\n"))
def test_a_mistake_is_named_with_its_place(block: str) -> None:
    text, carets, said = block.split("\n")
    assert told(text) == f"{said}\n| {text}\n| {carets}"


@pytest.mark.parametrize(
    ("text", "shown", "carets"),
    [
        ('title ~ "Zürich  日本"\tand\tautor', 'title ~ "Zürich 日本" and autor', " " * 26 + "^" * 5),
        ('image or\n   titel ~ "x" or\n   url', 'titel ~ "x" or', "^" * 5),
        ("image or " * 20 + "titel" + " or image" * 20, f"…{('image or ' * 20)[-50:]}titel{' or image' * 4} or…", None),
        ("not " * 51 + "image", f"{'not ' * 24}not…", "^" * 100),
    ],
)
def test_of_a_long_or_broken_text_the_part_around_the_place_is_shown(text: str, shown: str, carets: str | None) -> None:
    _, line, below = told(text).split("\n")
    assert line == f"| {shown}"
    assert below == f"| {carets or ' ' * shown.index('titel') + '^' * 5}"


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_one_has_no_place(text: str) -> None:
    assert told(text) == 'must be an expression such as `title ~ "live"`, and not empty'


def test_a_story_has_more_fields() -> None:
    assert 'did you mean "independent"?' in told("indepndent >= 3", "stories")
    assert 'did you mean "independent"?' not in told("indepndent >= 3")


def test_check_shows_the_place_below_the_line(project: Project) -> None:
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
        "`independent` is compared with a whole number such as 3",
        'aggregate: | independent > "x"',
        "aggregate: |               ^^^",
        'aggregate: config.toml: [[filters]] 1 ("drop"): where = "titel ~ \\"Zürich lebt\\" or image": '
        'there is no field "titel"; did you mean "title"?',
        'aggregate: | titel ~ "Zürich lebt" or image',
        "aggregate: | ^^^^^",
        'aggregate: config.toml: [[filters]] 2 ("keep"): where = 3: must be an expression such as `title ~ "(?i)live"`',
    ]
