"""The options that the outputs of RSS, Atom and JSON Feed have in common."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

By = Literal["story", "article"]

Hub = Annotated[
    Annotated[str, Meta(pattern="^https?://")] | None,
    Meta(description="Address of the WebSub hub that notifies subscribers."),
]
Items = Annotated[By, Meta(description="An item per story, or an item per article, without copies.")]
