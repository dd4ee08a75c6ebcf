"""Texts that a spreadsheet takes as they are, and that every program can read."""

from __future__ import annotations

from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Signs at which a spreadsheet takes a text for a formula."""


def spreadsheet_safe(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def encodable(value: Any) -> Any:
    r"""Return a value whose texts are UTF-8: a byte of a file's name that is none is ``\udcff``."""
    if isinstance(value, dict):
        return {encodable(name): encodable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [encodable(part) for part in value]
    if isinstance(value, str) and not value.isprintable():
        return value.encode("utf-8", "backslashreplace").decode()
    return value
