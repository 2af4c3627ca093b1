"""Conditions on articles and stories, written as text: `source == "BBC" and title ~ "(?i)live"`.

Expressions are never executed as code: a grammar turns the text into a tree, which is checked against the fields and
their types before a run. Other packages import `expression`, which loads the parser when there is text to parse.
"""
