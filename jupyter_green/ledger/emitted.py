"""What groups of windows emitted, beside their joules. Nothing of it is kept in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..carbon import Emissions, Intensity, emissions
from ..carbon.emissions import NO_PUE
from ..report.emitted import JOULES_ALONE, NO_BUILDING, factor_words, grams
from .figures import NONE
from .groups import Group, Joules

NO_PLACE = "No CO2e, as no place is set: --place DE, or another code or number; none is guessed."


class Factor(NamedTuple):
    """By what joules become grams."""

    intensity: Intensity
    pue: float


def emitted(joules: Joules, factor: Factor) -> Emissions | None:
    """Return what joules emitted, ``None`` where there are none."""
    if not joules.shares:
        return None
    return emissions(
        joules.energy_j,
        joules.uncertainty_j,
        *factor,
        scale=joules.scale_range,
        is_at_least=joules.is_at_least,
    )


def cell(joules: Joules, factor: Factor) -> str:
    """Return what joules emitted as a table has it."""
    found = emitted(joules, factor)
    return NONE if found is None else grams(found)


def record(group: Group, factor: Factor) -> dict[str, Any]:
    """Return what a group emitted as JSON types, with all that the figures rest on."""
    kinds = {"measured": group.measured, "estimated": group.estimated}
    found = {kind: emitted(joules, factor) for kind, joules in kinds.items()}
    figures: dict[str, Any] = {}
    for kind, each in found.items():
        figures[f"{kind}_emissions_g"] = each and each.emissions_g
        figures[f"{kind}_emissions_uncertainty_g"] = each and each.uncertainty_g
    return {**figures, **factor_record(factor)}


def factor_record(factor: Factor) -> dict[str, Any]:
    """Return the factor as JSON types."""
    intensity = factor.intensity
    return {
        "g_per_kwh": intensity.g_per_kwh,
        "pue": factor.pue,
        "place": intensity.place,
        "year": intensity.year,
        "edition": intensity.edition,
        "basis": intensity.basis,
        "source": intensity.source,
    }


def remarks(factor: Factor | None) -> Iterator[str]:
    """Say what the grams rest on, or how to have them."""
    if factor is None:
        yield NO_PLACE
        return
    yield f"CO2e at {factor_words(*factor)}; gross joules."
    if factor.pue == NO_PUE:
        yield NO_BUILDING
    yield JOULES_ALONE
