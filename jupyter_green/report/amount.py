"""Joules as a person writes them: ``5kJ``, ``0.2 kWh``. :mod:`~.format` is the way back."""

from __future__ import annotations

import math
import re

from ..printable import printable, shortened
from ..wrong_type import WrongTypeError
from .format import metric, prefix

_UNITS_J = {
    "J": 1.0,
    "kJ": 1e3,
    "MJ": 1e6,
    "mWh": 3.6,
    "Wh": 3.6e3,
    "kWh": 3.6e6,
    "MWh": 3.6e9,
}
_AMOUNT = re.compile(r"\s*([0-9.]+(?:[eE][+-]?[0-9]+)?)\s*([A-Za-z]*)\s*")
_REMEDY = f"give a number and its unit, as in 5kJ; units are {', '.join(_UNITS_J)}"


def energy_j_of(text: str, what: str = "the energy") -> float:
    """Return the joules of an amount such as ``"5kJ"``.

    Parameters
    ----------
    text
        A number above 0 and its unit: J, kJ, MJ, mWh, Wh, kWh or MWh.
    what
        What an error calls it.

    Raises
    ------
    TypeError
        For what is no text.
    ValueError
        For an amount without a number, without a unit, of another unit, or not above 0.
    """
    if not isinstance(text, str):
        raise WrongTypeError(f"{what} is {_shown(repr(text))}, not a text: {_REMEDY}")
    found = _AMOUNT.fullmatch(text)
    number, unit = found.groups() if found else ("", "")
    if number and not unit:
        raise ValueError(f"{what} {_shown(text)} has no unit: {_REMEDY}")
    if unit and unit not in _UNITS_J:
        near = [known for known in _UNITS_J if known.lower() == unit.lower()]
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise ValueError(f"{what} {_shown(text)} has an unknown unit: {hint}{_REMEDY}")
    try:
        energy_j = float(number) * _UNITS_J[unit]
    except (KeyError, ValueError):
        raise ValueError(f"{what} {_shown(text)} is no energy: {_REMEDY}") from None
    if not 0 < energy_j < math.inf:
        raise ValueError(f"{what} {_shown(text)} is not above 0: {_REMEDY}")
    return energy_j


def written(energy_j: float) -> str:
    """Return such an amount as it is written: ``"5 kJ"``."""
    scale, letter = prefix(energy_j)
    return f"{metric(energy_j / scale)} {letter}J"


def _shown(text: str) -> str:
    return shortened(printable(text), 80)
