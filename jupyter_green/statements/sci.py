"""The Software Carbon Intensity of some work, by ISO/IEC 21031:2024.

``SCI = (E × I + M) per R``: energy times the grid's intensity, and the hardware's own emissions,
for each functional unit. ``M = TE × TS × RS``: the hardware's total embodied emissions, the share
of its life and the share of its resources that the work had. By the specification (version 1.1 of
the Green Software Foundation, under "Embodied emissions") M shall be included.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real

from ..carbon import Emissions
from ..carbon.places import Place
from ..ledger.emitted import Factor, emitted
from ..ledger.groups import Joules
from ..printable import printable, shortened
from ..report.emitted import JOULES_ALONE, factor_words, grams
from ..report.format import at_least, mass, with_prefix
from ..report.report import Report
from ..report.scale import ScaleRange
from .carbon import required
from .facts import Facts
from .gathering import NO_JOULES, gathered

S_PER_YEAR = 365 * 24 * 3600
_LONGEST_UNIT = 60
_WIDTH = 100
NOT_FULL = (
    "Not a full SCI: the hardware's embodied emissions M are not in it, which ISO/IEC 21031 "
    "requires; embodied=jg.Embodied(total_g=…, lifespan_years=…) adds them."
)


@dataclass(frozen=True)
class Embodied:
    """What making and disposing of the hardware emitted, and which part of it the work had.

    Parameters
    ----------
    total_g
        TE: grams of CO2e of all the hardware, as its maker's life cycle assessment says.
    lifespan_years
        EL: how long it is expected to be in use, of 365 days each.
    share
        RS: which part of its resources was reserved for the work, above 0 to 1.
    reserved_s
        TiR: seconds for which it was reserved; ``None`` for those in which a run was open.
    """

    total_g: float
    lifespan_years: float
    share: float = 1.0
    reserved_s: float | None = None

    def __post_init__(self) -> None:
        _positive(self.total_g, "total_g")
        _positive(self.lifespan_years, "lifespan_years")
        if _positive(self.share, "share") > 1:
            raise ValueError(f"share is {self.share:g}, more than all of it: give 1 at most")
        if self.reserved_s is not None:
            _positive(self.reserved_s, "reserved_s")

    def part_g(self, metered_s: float) -> float:
        """Return M = TE × TS × RS in grams, of work that was metered for this time."""
        time_share = self._reserved_s(metered_s) / (self.lifespan_years * S_PER_YEAR)
        return self.total_g * time_share * self.share

    def basis(self, metered_s: float) -> str:
        """Return that product as it is calculated."""
        whole = f"{self.total_g:g} g × {self._reserved_s(metered_s):.4g} s"
        return f"{whole} of {self.lifespan_years:g} years × {self.share:g}"

    def _reserved_s(self, metered_s: float) -> float:
        return metered_s if self.reserved_s is None else self.reserved_s


@dataclass(frozen=True)
class Sci:
    """Grams of CO2e for each functional unit; print it to read it."""

    units: float
    """R."""
    unit: str
    operational: Emissions
    """O = E × I, of all units."""
    embodied_g: float | None
    """M, of all units; ``None`` where it is not known."""
    embodied_basis: str
    """What M rests on."""
    is_estimated: bool
    """Whether estimated joules are in it."""

    @property
    def is_full(self) -> bool:
        """Whether it holds all that the standard requires."""
        return self.embodied_g is not None

    @property
    def g_per_unit(self) -> float:
        """(O + M) / R, without M where that is not known."""
        return (self.operational.emissions_g + (self.embodied_g or 0.0)) / self.units

    @property
    def uncertainty_g_per_unit(self) -> float:
        """Half-width of the 95 % interval that the energy's reading gives."""
        return self.operational.uncertainty_g / self.units

    def __str__(self) -> str:
        """Return the figure, what it is made of, and what it lacks."""
        operational = self.operational
        whole_g = operational.emissions_g + (self.embodied_g or 0.0)
        part = operational.emissions_g / whole_g
        scale = ScaleRange(*(1 + part * (side - 1) for side in operational.scale))
        figure = mass(self.g_per_unit, self.uncertainty_g_per_unit, scale)
        if operational.is_at_least:
            figure = at_least(figure)
        unit = shortened(printable(self.unit), _LONGEST_UNIT)
        rests_on = factor_words(operational.intensity, operational.pue)
        with_model = "; estimated joules are in it" if self.is_estimated else ""
        lines = [
            f"{'SCI' if self.is_full else 'E × I of an SCI'}: {figure} of CO2e per {unit}",
            f"R: {self.units:g} × {unit}",
            f"E × I: {grams(operational)}, {rests_on}{with_model}",
            NOT_FULL
            if self.embodied_g is None
            else f"M: {with_prefix(self.embodied_g, 'g', 3)}, {self.embodied_basis}",
            JOULES_ALONE,
        ]
        return "\n".join(
            textwrap.fill(line, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
            for line in lines
        )

    def __repr__(self) -> str:
        return str(self)


def sci(
    units: float,
    reports: Report | Iterable[Report] | None = None,
    *,
    unit: str = "unit",
    embodied: Embodied | float | None = None,
    place: Place | None = None,
    pue: float | None = None,
    project: str | None = None,
) -> Sci:
    """Return the Software Carbon Intensity of what was metered.

    Parameters
    ----------
    units
        R: how many functional units were done, above 0.
    reports
        What it took; without them all that the ledger has of the project, or, where there is no
        ledger, of this session.
    unit
        What one of them is called, such as ``"request"``.
    embodied
        M: the hardware's own emissions, as :class:`Embodied` or in grams; without it the result
        says that it is not a full SCI.
    place, pue, project
        As for :func:`~.model_card.model_card`.

    Raises
    ------
    TypeError, ValueError
        Without a place, for figures that cannot be any, and where nothing was metered.
    """
    _positive(units, "units")
    if not isinstance(unit, str) or not unit.strip():
        raise ValueError(f"unit is {unit!r}: name one, such as 'request'")
    if embodied is not None and not isinstance(embodied, Embodied):
        _positive(embodied, "embodied")
    factor = required(place, pue)
    facts = gathered(reports, project)
    if isinstance(embodied, Embodied):
        embodied_g: float | None = embodied.part_g(facts.machine_s)
        basis = embodied.basis(facts.machine_s)
    else:
        embodied_g, basis = embodied, "as given"
    return Sci(
        units=float(units),
        unit=unit,
        operational=_operational(facts, factor),
        embodied_g=embodied_g,
        embodied_basis=basis,
        is_estimated=bool(facts.total.estimated.shares),
    )


def _operational(facts: Facts, factor: Factor) -> Emissions:
    """Return what the joules of both kinds emitted: the standard has one figure."""
    both = Joules()
    for joules in (facts.total.measured, facts.total.estimated):
        both.add_joules(joules)
    found = emitted(both, factor)
    if found is None:
        raise ValueError(NO_JOULES)
    return found


def _positive(value: float, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{what} is a number above 0, not {type(value).__name__}")
    if not 0 < float(value) < math.inf:
        raise ValueError(f"{what} is {float(value):g}: give a number above 0")
    return float(value)
