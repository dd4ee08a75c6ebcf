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


def paper(text: str) -> str | None:
    """Return a text of several columns as LaTeX; ``None`` where it would not be kept for a page.

    qtconsole would make a picture of it, if it finds the programs for that.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return typewriter(text) if shell is not None and takes_updates(shell) else None
