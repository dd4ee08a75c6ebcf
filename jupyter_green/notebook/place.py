"""``%green place`` and ``%green report --place``: where the kernel's machine stands.

It is set in the kernel's environment, where reports and the programs it starts find it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from IPython.core.error import UsageError

from ..carbon import Intensity, emissions
from ..carbon.emissions import NO_PUE
from ..carbon.settings import NO_PLACE, PLACE_VARIABLE, PUE_VARIABLE, factor_of, pue_of
from ..printable import folded
from ..report.emitted import JOULES_ALONE, NO_BUILDING, factor_words, grams
from ..report.report import Report
from .session.co2e import Amount, Grams

OFF = "off"
NOT_SET = "No CO2e, as no place is set and none is guessed: `%green place DE` sets one."


class Options(NamedTuple):
    """What was typed: the options of a place, and the other words."""

    rest: tuple[str, ...]
    place: str | None
    pue: float | None


class Chosen(NamedTuple):
    """By what a table's joules become grams, if they do, and the other words typed."""

    rest: tuple[str, ...]
    factor: tuple[Intensity, float] | None

    @property
    def grams(self) -> Grams | None:
        """Return what says the grams of some joules; ``None`` without a place."""
        if self.factor is None:
            return None
        intensity, pue = self.factor

        def said(amount: Amount) -> str:
            if amount.energy_j is None:
                return "–"
            energy_j, scale = max(0.0, amount.energy_j), amount.scale_range
            return grams(emissions(energy_j, amount.uncertainty_j, intensity, pue, scale))

        return said

    def remark(self, total: Report) -> str:
        """Return what a table's joules emitted as sentences, or how to have that said."""
        if self.factor is None:
            return NOT_SET
        intensity, pue = self.factor
        found = total.emissions(intensity, pue=pue)
        if found is None:
            return "No CO2e, as no joules could be read."
        building = f" {NO_BUILDING}" if pue == NO_PUE else ""
        return f"Total {found}; gross joules.{building} {JOULES_ALONE}"


def chosen(words: Sequence[str]) -> Chosen:
    """Read the words of ``%green report``.

    Raises
    ------
    UsageError
        For a place or a PUE that is none, given or set, and for a PUE without a place.
    """
    rest, place, pue = _options(words)
    try:
        factor = factor_of(place, pue)
    except ValueError as error:
        raise UsageError(f"%green report: {error}") from None
    if factor is None and pue is not None:
        raise UsageError(f"%green report: {NO_PLACE}")
    return Chosen(rest, factor)


def place(words: Sequence[str]) -> str:
    """Set the place, or take it back; return what holds now.

    Raises
    ------
    UsageError
        For what is no place. What was set before then stays.
    """
    typed = f"%green place {' '.join(words)}".rstrip()
    names, named, pue = _options(words)
    if named is not None or len(names) > 1 or (pue is not None and names in ((), (OFF,))):
        raise UsageError(f"{typed}: give one place, as in `%green place DE --pue 1.2`")
    if names == (OFF,):
        _set(None, None)
    elif names:
        try:
            factor_of(names[0], pue)
        except ValueError as error:
            raise UsageError(f"{typed}: {error}") from None
        _set(names[0], pue)
    try:
        factor = factor_of()
    except ValueError as error:
        raise UsageError(f"{typed}: {error}") from None
    return NOT_SET if factor is None else folded(f"CO2e at {factor_words(*factor)}.")


def _options(words: Sequence[str]) -> Options:
    """Take ``--place PLACE`` and ``--pue N`` out of words."""
    rest: list[str] = []
    found: dict[str, str] = {}
    left = iter(words)
    for word in left:
        if word not in ("--place", "--pue"):
            rest.append(word)
            continue
        value = next(left, None)
        if value is None or word in found:
            raise UsageError(f"%green: {word} needs one value, as in `--place DE --pue 1.2`")
        found[word] = value
    try:
        pue = pue_of(found["--pue"]) if "--pue" in found else None
    except ValueError as error:
        raise UsageError(f"%green: {error}") from None
    return Options(tuple(rest), found.get("--place"), pue)


def _set(place: str | None, pue: float | None) -> None:
    """Set both: a PUE that is not given is that of another building."""
    for variable, value in ((PLACE_VARIABLE, place), (PUE_VARIABLE, pue)):
        if value is None:
            os.environ.pop(variable, None)
        else:
            os.environ[variable] = str(value)
