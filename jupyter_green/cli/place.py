"""Where the electricity was from, as a command is told: ``--place``, ``--pue``, ``--provider``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..carbon import Intensity
from ..carbon.providers import asked, provider
from ..carbon.settings import NO_PLACE, factor_of, pue_of
from ..ledger.emitted import Factor
from ..ledger.questions import Metered
from .errors import InputError


class Said(NamedTuple):
    """By what joules become grams, and a sentence about who says it; empty for the table."""

    factor: Factor
    who: str


@dataclass(frozen=True)
class Chosen:
    """What a user has chosen."""

    intensity: Intensity
    pue: float
    provider: str | None

    def at(self, metered: Sequence[Metered], ledger: Path) -> Said:
        """Return the factor for the time of some windows, asking the provider if there is one."""
        if self.provider is None or not metered:
            return Said(Factor(self.intensity, self.pue), "")
        begin_s = min(each.started_s for each in metered)
        end_s = max(each.started_s + each.duration_s for each in metered)
        intensity, who = asked(self.provider, self.intensity, (begin_s, end_s), ledger)
        return Said(Factor(intensity, self.pue), who)


def chosen(place: str | None, pue: str | None, name: str | None) -> Chosen | None:
    """Return what was chosen, ``None`` where there is no place.

    Raises
    ------
    InputError
        For a place, a PUE or a provider that cannot be one, or that lack a place.
    """
    try:
        found = factor_of(place, None if pue is None else pue_of(pue))
        if found is None:
            if pue is not None or name is not None:
                raise InputError(NO_PLACE)
            return None
        intensity, factor = found
        if name is not None:
            provider(name)
            if intensity.code is None:
                raise InputError(
                    f"--provider {name} is asked for a place: give --place a code such as GB"
                )
    except ValueError as error:
        raise InputError(str(error)) from None
    return Chosen(intensity, factor, name)
