"""Conditions on articles and stories, as people write them: `source == "BBC" and title ~ "(?i)live"`.

Never run as code: a grammar gives a tree, which is checked against the fields and their kinds when it is read. `tree`
is what others import; the rest is loaded where there is an expression to read.
"""
