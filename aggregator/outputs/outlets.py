"""Names outlets as an edition shows them."""

from __future__ import annotations

from typing import Protocol

from aggregator.model import Outlet


class NamesOutlets(Protocol):
    """An edition, or a document made from one."""

    @property
    def outlet_names(self) -> dict[str, str]: ...


def outlet_name(outlet: Outlet, edition: NamesOutlets) -> str:
    """Return the name of an outlet as an edition shows it: a shorter one, unless the user has chosen its name."""
    return edition.outlet_names.get(outlet.name, outlet.name).strip()
