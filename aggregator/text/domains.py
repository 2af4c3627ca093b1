"""Finds the registrable domain of a host with the public suffix list (https://publicsuffix.org).

Without the private part of the list, since the blogs of a platform share its servers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _public_suffixes() -> Any:
    """The public suffix list; loading it takes 30 ms."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True)


def domain_of_host(host: str) -> str | None:
    """Return the registrable domain of a host: "example.co.uk" for "feeds.example.co.uk"; None if it has none."""
    domain: str | None = _public_suffixes().privatesuffix(host)
    return domain
