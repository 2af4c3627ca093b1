"""Types of values that several tables of the configuration share.

`Meta.title` is the form of a value in words, as error messages and the tables of docs/configuration.md print it.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Text = Annotated[str, Meta(title="text", pattern=r"\S")]
Flag = Annotated[bool, Meta(title="true or false")]
WebAddress = Annotated[str, Meta(title="an http:// or https:// address", pattern=r"^(?i:https?)://[^\s/?#]+\S*$")]
