"""Value types shared by several tables of the configuration.

`Meta.title` describes the value in error messages and in docs/configuration.md.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Text = Annotated[str, Meta(title="text", pattern=r"\S")]
Flag = Annotated[bool, Meta(title="true or false")]
WebAddress = Annotated[
    str, Meta(title="an http:// or https:// address", pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]+\S*$")
]
