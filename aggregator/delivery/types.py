"""What an output that delivers yields, and what it is told about its earlier deliveries."""

from __future__ import annotations

import msgspec


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one recipient, as an output composes it. Its deliver function sends it, from the stored payload.

    `key`: identifies it among those of its output and recipient; a second one with the same key is ignored.
    `recipient`: to whom, as it is shown to users, so without secrets. `payload`: what is sent, the same bytes in each
    attempt. `label`: what it is, such as its subject. `stories`: ids of the stories in it. `supersedes`: it replaces
    the last one to this recipient, and does no harm if it arrives twice, such as a ping. `local`: it goes to a file on
    this machine, so it is also delivered by `--offline`, and although the output is new, and may be repeated, too.
    """

    key: str
    recipient: str = ""
    payload: bytes
    label: str = ""
    stories: tuple[str, ...] = ()
    supersedes: bool = False
    local: bool = False


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """What an output has delivered, whether or not it has arrived.

    `stories`: ids of the stories that it must not deliver again, among them those that are older than the output
    itself; `keys`: of its deliveries.
    """

    stories: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
