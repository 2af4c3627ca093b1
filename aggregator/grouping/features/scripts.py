"""Scripts that are written without spaces between words: Thai, Lao, Japanese, Chinese."""

from __future__ import annotations

import re

UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Their characters, as ranges for a character class of a regular expression."""
UNSPACED_CHARACTER = re.compile(f"[{UNSPACED}]")
