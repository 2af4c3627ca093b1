"""The comparison operators of expressions."""

from __future__ import annotations

OPERATORS = ("==", "!=", "~", "!~", "<", "<=", ">", ">=", "in", "not in", "has", "has not")
NEGATED = {"!=": "==", "!~": "~", "not in": "in", "has not": "has"}
"""Negated operators, and the operator that each negates."""
REVERSED = {"has": "in", "has not": "not in"}
"""Operators with the field on their right, and how they are written: `"world" in tags`."""
