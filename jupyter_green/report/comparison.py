"""``a.compare(b)``: how much more or less energy one window used than another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ..flags import HOST_BUSY, OTHER_METERS, REPLAYED
from ..printable import printable
from ..shown import Shown
from ..sources.base import Provenance
from .fields import ReportFields
from .format import duration, is_estimate, least_factor, percent
from .power_limits import power_limits, unlike
from .scale import reach_of_ratio
from .words import name_of, reading, reading_per_unit

_LEAST_REACH = 0.001
_TIMES = 2.0
"""From this ratio on, and below its inverse, a factor reads better than percent."""


class Ratio(NamedTuple):
    """A quotient with its 95 % interval; `high` is infinite where the divisor may be 0."""

    value: float
    low: float
    high: float

    @property
    def is_different(self) -> bool:
        """Whether 1 lies outside of the interval."""
        return not self.low <= 1.0 <= self.high


def ratio(numerator: float, numerator_u: float, divisor: float, divisor_u: float) -> Ratio:
    """Return the quotient of two independent figures with its 95 % interval.

    Both uncertainties are half-widths of 95 % intervals of normal errors. The
    interval is that of Fieller (1954), "Some problems in interval estimation", J. R.
    Statist. Soc. B 16: all ``r`` for which ``numerator - r * divisor`` is not different
    from 0, cut off at 0, below which no quotient of two energies lies.
    """
    value = numerator / divisor
    square = divisor**2 - divisor_u**2
    if square <= 0:
        return Ratio(value, 0.0, math.inf)
    product = numerator * divisor
    # At least 0, since the divisor differs from 0; rounding may bring it just below.
    under_root = max(0.0, product**2 - (numerator**2 - numerator_u**2) * square)
    root = math.sqrt(under_root)
    return Ratio(value, max(0.0, (product - root) / square), (product + root) / square)


@dataclass(frozen=True)
class Comparison(Shown):
    """What `other` used, beside `reference`; its text says it in a sentence.

    The interval holds what the readings do not know. What both have wrong in common, by
    the same board or the same model, drops out; the scales of different boards are in it.
    That two runs of the same code differ is not: ``%energy`` and ``%%energy -r`` measure
    how much. A model may err in another way for another kind of work.
    """

    reference: ReportFields
    other: ReportFields

    @property
    def energy_ratio(self) -> Ratio | None:
        """The other's joules over the reference's; ``None`` where one has none."""
        if not self.reference.energy_j or self.other.energy_j is None:
            return None
        found = ratio(
            self.other.energy_j,
            self.other.uncertainty_j or 0.0,
            self.reference.energy_j,
            self.reference.uncertainty_j or 0.0,
        )
        return widened(found, self.scale_reach)

    @property
    def per_unit_ratio(self) -> Ratio | None:
        """The other's joules per unit of work over the reference's.

        ``None`` where one has no joules, or the two do not count the same unit.
        """
        found, done, as_much = self.energy_ratio, self.other.per_count, self.reference.per_count
        if not found or not done or not as_much or self.other.per_unit != self.reference.per_unit:
            return None
        return Ratio(*(limit * as_much / done for limit in found))

    @property
    def scale_reach(self) -> float:
        """How far scales that the two do not share may put the ratio off, as a share of it."""
        if not (self.reference.energy_j and self.other.energy_j):
            return 0.0
        return reach_of_ratio(
            (self.other.scales, self.other.energy_j),
            (self.reference.scales, self.reference.energy_j),
        )

    @property
    def duration_ratio(self) -> float | None:
        """The other's seconds over the reference's."""
        if self.reference.duration_s <= 0:
            return None
        return self.other.duration_s / self.reference.duration_s

    @property
    def remarks(self) -> tuple[str, ...]:
        """What makes the two less alike than a comparison wants, as sentences."""
        return tuple(self._remarks())

    def __str__(self) -> str:
        """Return the comparison as a sentence, and each remark in a line of its own."""
        # In the order in which the sentence names them.
        pair = (self.other, self.reference)
        first, second = reversed(pair) if self._is_turned else pair
        figures = (
            f"{reading(first)} against {reading(second)}{self._basis}, in "
            f"{duration(first.duration_s)} against {duration(second.duration_s)}"
        )
        return "\n".join((f"{self._verdict()}: {figures}.", *self._per_unit(), *self.remarks))

    @property
    def _basis(self) -> str:
        """Say that the joules are given without what they have wrong in common."""
        has_scale = self.reference.scales or self.other.scales
        return " by the readings alone" if has_scale else ""

    @property
    def _model(self) -> str:
        """Say that a difference is a model's, where its error drops out."""
        modelled = [_models(report) for report in (self.reference, self.other)]
        return " (by the CPU model)" if modelled[0] & modelled[1] else ""

    def _names(self) -> tuple[str, str]:
        reference, other = name_of(self.reference), name_of(self.other)
        return (reference, other) if reference != other else ("the first", "the second")

    @property
    def _is_turned(self) -> bool:
        """Whether the reference used so much more that its multiple of the other is shown."""
        found = self.energy_ratio
        if found is None or not found.is_different:
            return False
        return found.low == 0 or found.value <= 1 / _TIMES

    def _verdict(self) -> str:
        reference, other = self._names()
        found = self.energy_ratio
        if found is None:
            absent = other if self.other.energy_j is None else reference
            return f"{other} and {reference} cannot be compared because {absent} has no joules"
        return verdict(found, other, reference) + (self._model if found.is_different else "")

    def _per_unit(self) -> Iterator[str]:
        """Say how the joules for each unit of the same work compare, where both count it."""
        found = self.per_unit_ratio
        if found is None:
            return
        reference, other = self._names()
        unit = printable(self.reference.per_unit or "unit")
        figures = " against ".join(map(reading_per_unit, (self.other, self.reference)))
        yield f"Per {unit}: {verdict(found, other, reference)}, {figures}."

    def _remarks(self) -> Iterator[str]:
        named = zip(self._names(), (self.reference, self.other), strict=True)
        counted = [
            (name, {d.id for d in report.domains.values() if d.counted}, report)
            for name, report in named
        ]
        (first, first_ids, _), (second, second_ids, _) = counted
        for name, only in ((first, first_ids - second_ids), (second, second_ids - first_ids)):
            if only:
                ids = ", ".join(printable(id_) for id_ in sorted(only))
                yield f"Different sensors were read: {ids} only in {name}."
        for name, _, report in counted:
            if report.status != "ok":
                yield f"{name} did not run to the end: {report.status}."
            if REPLAYED in report.flags:
                yield f"{name} was replayed, not measured."
            if report.is_at_least:
                yield f"{name} was not metered to its end: it used at least these joules."
            if OTHER_METERS in report.flags or HOST_BUSY in report.flags:
                yield f"Other programs ran during {name}: the joules include theirs."
        yield from unlike({name: power_limits(report) for name, _, report in counted})
        if any(is_estimate(report.provenance) for *_, report in counted):
            yield "Some of these joules are estimated, not measured."
        if self.scale_reach >= _LEAST_REACH:
            yield (
                "Different sensors may disagree, and the interval includes that: "
                f"± {percent(self.scale_reach)}."
            )


def verdict(found: Ratio, other: str, reference: str) -> str:
    """Return a sentence without its full stop on how much more or less energy the other uses.

    Parameters
    ----------
    found
        The other's joules over the reference's.
    other, reference
        What the two are called.
    """
    if not found.is_different:
        return f"no measurable difference between {other} and {reference} ({_range_of(found)})"
    if found.value >= _TIMES:
        times = _figure(found.value, _reach(found))
        return f"{other} uses {times} times the energy of {reference}"
    if found.high == 0:
        return f"{reference} uses energy, and {other} none"
    if found.low == 0:
        times = least_factor(1 / found.high)
        return f"{reference} uses at least {times} times the energy of {other}"
    if found.value <= 1 / _TIMES:
        inverse = Ratio(1 / found.value, 1 / found.high, 1 / found.low)
        times = _figure(inverse.value, _reach(inverse))
        return f"{reference} uses {times} times the energy of {other}"
    word = "more" if found.value > 1 else "less"
    change = _figure(100 * abs(found.value - 1), 100 * _reach(found), " %")
    return f"{other} uses {change} {word} energy than {reference}"


def widened(found: Ratio, reach: float) -> Ratio:
    """Return a quotient whose interval holds a common factor, too."""
    if reach == 0:
        return found
    below = math.hypot(found.value - found.low, found.value * (1 - 1 / (1 + reach)))
    above = math.hypot(found.high - found.value, found.value * reach)
    return Ratio(found.value, max(0.0, found.value - below), found.value + above)


def _models(report: ReportFields) -> set[str]:
    """Return the models by which joules of a report were estimated."""
    estimates = (d for d in report.domains.values() if d.provenance is Provenance.ESTIMATE)
    return {d.scale.group for d in estimates if d.counted and d.scale}


def _reach(found: Ratio) -> float:
    """Return the longer side of the interval, which the shorter one lies within."""
    return max(found.high - found.value, found.value - found.low)


def _figure(value: float, reach: float, unit: str = "") -> str:
    """Return a figure with the digits that its interval supports, such as ``"18 % (±3 %)"``."""
    exponent = math.floor(math.log10(reach)) if reach > 0 else -3
    begins_with_1 = reach < 1.95 * 10.0**exponent  # then one digit says too little
    decimals = min(3, max(0, begins_with_1 - exponent))
    return f"{value:.{decimals}f}{unit} (±{reach:.{decimals}f}{unit})"


def _range_of(found: Ratio) -> str:
    """Return an interval around no difference, such as ``"from 3 % less to 4 % more"``."""
    if not math.isfinite(found.high):
        return "the sensors cannot resolve it: run it longer, or repeat it with %energy"
    return f"from {percent(1 - found.low)} less to {percent(found.high - 1)} more"
