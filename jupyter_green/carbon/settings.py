"""The place and the PUE that a user has set, for whoever is given none."""

from __future__ import annotations

import os
from collections.abc import Mapping

from .emissions import NO_PUE, checked_pue
from .intensity import Intensity
from .places import HOW, Place, intensity

PLACE_VARIABLE = "JUPYTER_GREEN_PLACE"
"""Says whose electricity it is: `DE` or `DEU`, `US-CA`, or a number of grams per kWh."""
PUE_VARIABLE = "JUPYTER_GREEN_PUE"
"""Says what the building draws for each watt of its computers: 1 or more."""

NO_PLACE = (
    f"no CO2e, as no place is set and none is guessed: {HOW}; in the kernel with `%green place`, "
    f"in the command with --place, or for both in {PLACE_VARIABLE}"
)


def factor_of(
    place: Place | None = None,
    pue: float | None = None,
    environ: Mapping[str, str] = os.environ,
) -> tuple[Intensity, float] | None:
    """Return the intensity and the PUE of what was given, or else of what is set.

    Parameters
    ----------
    place, pue
        ``None`` for what the environment says. A PUE that is set belongs to the place that is.

    Returns
    -------
    tuple of Intensity and float, or None
        ``None`` where there is no place. The PUE is 1.0 where there is none.

    Raises
    ------
    TypeError, ValueError
        For a place or a PUE that cannot be one, wherever it is from.
    """
    pue = None if pue is None else checked_pue(pue)
    if place is not None:
        return intensity(place), NO_PUE if pue is None else pue
    text = environ.get(PLACE_VARIABLE, "").strip()
    if not text:
        return None
    try:
        found = intensity(text)
    except ValueError as error:
        raise ValueError(f"{PLACE_VARIABLE}: {error}") from None
    return found, _pue_set(environ) if pue is None else pue


def _pue_set(environ: Mapping[str, str]) -> float:
    text = environ.get(PUE_VARIABLE, "").strip()
    if not text:
        return NO_PUE
    try:
        return pue_of(text)
    except ValueError as error:
        raise ValueError(f"{PUE_VARIABLE}: {error}") from None


def pue_of(text: str) -> float:
    """Return the PUE that a text says.

    Raises
    ------
    ValueError
        For a text that says none; the message names the remedy.
    """
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    return checked_pue(number)
