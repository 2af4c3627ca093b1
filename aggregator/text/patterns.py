"""Compile regular expressions of a configuration."""

from __future__ import annotations

import re
import warnings

SEARCHED = 100_000
"""Characters of a text that a search reads, so that a whole book costs no more than a long article."""


def compile_pattern(text: str) -> re.Pattern[str]:
    """Compile a regular expression of Python's `re`. Raises re.error if it is invalid or too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a change in a future Python is not a mistake today
            return re.compile(text)
    except (OverflowError, RecursionError) as error:
        raise re.error("too large") from error
