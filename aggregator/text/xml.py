"""Characters that XML 1.0 forbids or discourages (section 2.2, https://www.w3.org/TR/xml/#charsets)."""

from __future__ import annotations

import re

# Written as the complement, "[^\t\n\r\x20-\ud7ff…]", each would take 8 ms to compile.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters outside the production `Char`: a document that holds one, even escaped, is not well-formed."""
DISCOURAGED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Forbidden characters, the control characters U+007F to U+009F, and the noncharacters U+FDD0 to U+FDEF."""
