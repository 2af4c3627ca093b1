"""Characters that XML 1.0 forbids or discourages (section 2.2, https://www.w3.org/TR/xml/#charsets)."""

from __future__ import annotations

import re

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters outside the production `Char`: a document that holds one, even escaped, is not well-formed."""
DISCOURAGED = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
"""Forbidden characters, the control characters U+007F to U+009F, and the noncharacters U+FDD0 to U+FDEF."""
