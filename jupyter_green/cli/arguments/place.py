"""Where the electricity was from: ``--place``, ``--pue``, ``--provider``."""

from __future__ import annotations

import argparse
from typing import Any

from .parser import Parser


def add_place(parser: Parser) -> None:
    """Add the options by which joules become grams of CO2e."""
    parser.add_argument(
        "--place",
        metavar="PLACE",
        help="say CO2e of the electricity of DE or DEU, of a state such as US-CA, or at a number "
        "of grams per kWh (default: JUPYTER_GREEN_PLACE; none is guessed)",
    )
    parser.add_argument(
        "--pue",
        metavar="N",
        help="what the building draws for each watt of its computers (default: 1.0)",
    )
    parser.add_argument(
        "--provider",
        metavar="NAME",
        help="ask on the web what the place emitted then: uk, electricity-maps, or that of another "
        "package; else the bundled table holds",
    )


def chosen_place(arguments: argparse.Namespace) -> Any:
    """Return what was chosen, ``None`` where there is no place."""
    from ..place import chosen

    return chosen(arguments.place, arguments.pue, arguments.provider)
