"""What a program achieved in a window: its metrics, and the units of work that it did.

Here is the one rule of what such numbers may be. Scalars of numpy, torch and the like become
floats by their own ``item``; none of these libraries is imported.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..printable import printable, shortened
from ..wrong_type import WrongTypeError
from .validation import LEAST, MOST

MAX_METRICS = 128
MAX_NAME = 200
"""Characters of a metric's name or a unit's."""


def number(value: object, name: str) -> float:
    """Return a single finite number as a float.

    Parameters
    ----------
    value
        A number or truth value, also as a scalar or an array of one element.
    name
        What an error calls it.

    Raises
    ------
    TypeError
        For what is not a single number.
    ValueError
        For NaN and the infinite.
    """
    kind = type(value).__name__
    try:
        if isinstance(value, (str, bytes, bytearray)):
            raise TypeError  # noqa: TRY301  (float would read it)
        item = getattr(value, "item", None)
        found = float(item() if callable(item) else value)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001  (any library's scalar, with errors of its own)
        raise WrongTypeError(
            f"{_shown(name)} is of type {_shown(kind)}, not a single number: give it as float(…)"
        ) from None
    if not math.isfinite(found):
        raise ValueError(
            f"{_shown(name)} is {found}, not a finite number: leave it out, or give one that is"
        )
    return found


def metrics(found: Mapping[str, object]) -> dict[str, float]:
    """Return metrics as floats, by name.

    Raises
    ------
    TypeError
        For a name that is no text, or a value that is not a single number.
    ValueError
        For NaN and the infinite, a name without letters or too long, and more than 128.
    """
    for name in found:
        _check_name(name, "the metric's name", 'm.log(acc=0.9) or m.log({"val acc": 0.9})')
    if len(found) > MAX_METRICS:
        raise ValueError(f"{len(found)} metrics are too many: a report holds {MAX_METRICS}")
    return {name: number(value, name) for name, value in found.items()}


def work(count: object, unit: object) -> tuple[float, str]:
    """Return a number of units of work and what one is called.

    Raises
    ------
    TypeError
        For a unit that is no text, or a count that is not a single number.
    ValueError
        For a count that is not above 0 or is beyond 1e18, and a unit without letters or too long.
    """
    name = _check_name(unit, "the unit", 'm.count(512, "token")')
    found = number(count, f"the count of {name}")
    if not LEAST <= found <= MOST:
        raise ValueError(
            f"the count of {_shown(name)} is {found:g}: give how many were done, more than 0"
        )
    return found, name


def _check_name(name: object, what: str, example: str) -> str:
    if not isinstance(name, str):
        raise WrongTypeError(f"{what} is of type {type(name).__name__}, not a text: {example}")
    if not name.strip():
        raise ValueError(f"{what} is empty: give it one, as in {example}")
    if len(name) > MAX_NAME:
        raise ValueError(f"{what} has {len(name)} characters, {MAX_NAME} at most")
    return name


def _shown(name: str) -> str:
    return shortened(printable(name), 80)
