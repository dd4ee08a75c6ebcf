"""The CO2e of a statement: where the electricity came from, as its user says."""

from __future__ import annotations

from ..carbon.emissions import NO_PUE
from ..carbon.places import Place
from ..carbon.settings import NO_PLACE, factor_of
from ..ledger.emitted import Factor
from ..report.emitted import JOULES_ALONE, NO_BUILDING, factor_words

HOW = (
    "No CO2e is given, as no place was, and none is guessed: --place DE names a country by its "
    "ISO 3166 code, --place US-CA a state of the USA, --place 380 grams per kWh."
)


def required(place: Place | None, pue: float | None) -> Factor:
    """Return by what joules become grams at a place, or else at the one that is set.

    Raises
    ------
    TypeError, ValueError
        For a place or a PUE that cannot be one, and where there is no place.
    """
    found = factor_of(place, pue)
    if found is None:
        raise ValueError(NO_PLACE)
    return Factor(*found)


def basis(factor: Factor | None) -> str:
    """Say what CO2e rests on, or why there is none."""
    if factor is None:
        return HOW
    building = f" {NO_BUILDING}" if factor.pue == NO_PUE else ""
    return (
        "CO2e = kWh × PUE × intensity, of gross joules, by the place and not by a contract: "
        f"{factor_words(*factor)}.{building} {JOULES_ALONE}"
    )
