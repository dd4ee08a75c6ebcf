"""Values as HTML and LaTeX, for notebooks of any kind that show what a cell ends with.

What a value is made of stands below what writes its page. The package, above both, says who
writes for which kind of value; it does so by name, so that nothing is loaded before it is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Writer = Callable[[Any], str]


def _nobody(kind: str) -> Writer:
    raise LookupError(f"nobody writes a page for a {kind}")


def _no_latex(text: str) -> str | None:  # noqa: ARG001  (as others)
    return None


writer_of: Callable[[str], Writer] = _nobody
"""Finds who writes the page of a kind of value: ``Report``, ``Repeats`` or ``Comparison``."""

latex: Callable[[str], str | None] = _no_latex
"""Returns a value's text as LaTeX, ``None`` where no notebook keeps it."""


def html(kind: str, value: Any) -> str:
    """Return a value as HTML that needs neither scripts nor styles of its own."""
    return writer_of(kind)(value)
