"""The page of the magics, made from what they read and from what they say of themselves."""

from __future__ import annotations

import inspect
from typing import Any

from jupyter_green.notebook.magics import EnergyMagics

from .arguments import arguments

HEAD = """\
# The magics

`%load_ext jupyter_green` makes them known; a click on the leaf does so in JupyterLab and
Notebook 7.
"""


def page() -> str:
    """Return the page."""
    cell, statement = EnergyMagics.energy, EnergyMagics.energy_statement
    return "\n".join(
        [
            HEAD,
            _read("%%energy", cell),
            _read("%energy", statement),
            _said("%%energy_variant", EnergyMagics.energy_variant),
            _said("%green", EnergyMagics.green),
        ]
    )


def _read(name: str, magic: Any) -> str:
    said = magic.parser.description or ""
    return f"## {name}\n\n{inspect.cleandoc(said)}\n\n{arguments(magic.parser)}\n"


def _said(name: str, magic: Any) -> str:
    first, _, rest = inspect.cleandoc(magic.__doc__).partition("\n\n")
    is_list = "   " in rest
    return f"## {name}\n\n{first}\n\n" + (f"```\n{rest}\n```\n" if is_list else f"{rest}\n")
