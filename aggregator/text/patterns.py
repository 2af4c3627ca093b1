"""Regular expressions as they are written in a configuration."""

from __future__ import annotations

import re
import warnings

SEARCHED = 100_000
"""Characters of a text that are searched, so that a whole book costs no more than a long article."""


def compile_pattern(text: str) -> re.Pattern[str]:
    """The regular expression (Python's `re`). Raises re.error where it is none, or asks for too much."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python may read otherwise one day is no mistake today
            return re.compile(text)
    except (OverflowError, RecursionError) as error:
        raise re.error("too large") from error
