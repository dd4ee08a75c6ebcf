"""Texts in LaTeX, for PDF files that are made of notebooks.

nbconvert, Quarto and myst-nb put the text of an output into LaTeX where there is no other
form of it; the typewriter font that they use there has no ``≈``, which would be lost.
"""

from __future__ import annotations

import sys

from ...latex import escaped, typewriter
from .end_display import takes_updates


def latex(text: str) -> str:
    """Return a text as LaTeX: its characters as they are, each of its lines a paragraph."""
    return escaped(text).replace("\n", "\n\n")


def columns(text: str) -> str | None:
    """Return a text of several columns as LaTeX; ``None`` where no notebook keeps it.

    A console does not: qtconsole would make a picture of it, if it finds the programs for that.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return typewriter(text) if shell is not None and takes_updates(shell) else None


def table_bundle(text: str, html: str) -> dict[str, str]:
    """Return a table as a MIME bundle, with LaTeX where a notebook keeps it."""
    tex = columns(text)
    bundle = {"text/plain": text, "text/html": html}
    return bundle if tex is None else {**bundle, "text/latex": tex}
