"""Short ids of articles: seven hexadecimal digits, which are as unique in a store as the keys they are computed from.

Like an abbreviated hash of git, an id is looked up by any unique beginning of at least four digits. It is a permutation
of the key, which a store never changes, not even when it is copied to another database: nothing is stored, and the key
of an id is computed. A story has eight digits or more, so that neither is taken for the other.
"""

from __future__ import annotations

import re

DIGITS = 7
SHORTEST = 4
"""Digits of a prefix at least: 4,096 keys begin with four digits, and all are tried."""
_SIZE = 16**DIGITS
_FACTOR = 0x9E3779B
"""Multiplying by the golden ratio spreads consecutive keys evenly, so that short prefixes are unique. It is odd, and so
has an inverse."""
_INVERSE = pow(_FACTOR, -1, _SIZE)
_PREFIX = re.compile(rf"[0-9a-f]{{{SHORTEST},16}}")


def short_id(key: int) -> str:
    """Return the short id of the article with this key: seven digits, from key 268,435,456 on nine or more."""
    high, low = divmod(key, _SIZE)
    return f"{low * _FACTOR % _SIZE:0{DIGITS}x}" + (f"{high:02x}" if high else "")


def keys_like(prefix: str, last: int) -> list[int]:
    """Return the keys up to `last` whose short id begins with a prefix; [] for what cannot be one.

    Of a complete id, that of its key alone.
    """
    if not _PREFIX.fullmatch(prefix):
        return []
    missing = max(DIGITS - len(prefix), 0)
    start = int(prefix[:DIGITS], 16) << 4 * missing
    lows = ((start + number) * _INVERSE % _SIZE for number in range(16**missing))
    keys = (low + high for low in lows for high in range(0, last + 1, _SIZE))
    found = [key for key in keys if 0 < key <= last and short_id(key).startswith(prefix)]
    return [key for key in found if short_id(key) == prefix] or found
