"""The points of a Pareto front: what each run achieved, and what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from ...printable import printable, shortened
from ...report.comparison import ratio, widened
from ...report.fields import ReportFields
from ...report.format import each, energy
from ...report.outcome import number
from ...report.scale import ScaleRange, ScaleShare, range_of, reach_of_ratio
from ...report.words import name_of, unit_of

Cost = Literal["energy_j", "per"]
COSTS: tuple[Cost, ...] = ("energy_j", "per")

Pair = Sequence[float]
"""A metric, its joules and, if it is known, the half-width of their 95 % interval."""

_LONGEST_LABEL = 40


@dataclass(frozen=True)
class Point:
    """What one run achieved, and what it cost."""

    label: str
    metric: float
    energy_j: float
    """Joules, or joules per unit of work."""
    uncertainty_j: float = 0.0
    """Half-width of the reading's 95 % interval."""
    unit: str | None = None
    """What a unit of work is called, where the joules are those of one."""
    provenance: str | None = None
    scales: tuple[ScaleShare, ...] = ()
    """What the joules have wrong in common with others, by group."""

    @property
    def scale_range(self) -> ScaleRange:
        """Between how many times its joules the true ones lie, the reading taken as exact."""
        return range_of(self.scales, self.energy_j)

    @property
    def joules(self) -> str:
        """The joules with what is known of them, as they are shown."""
        figure = energy(self.energy_j, self.uncertainty_j, self.provenance, self.scale_range)
        return figure if self.unit is None else each(figure, self.unit)


class LeftOut(NamedTuple):
    """A run that has no place among the others, and why."""

    label: str
    reason: str


def is_cheaper(a: Point, b: Point) -> bool | None:
    """Return whether `a` cost less than `b`, ``None`` where their intervals leave that open.

    What both have wrong in common, by the same board or the same model, drops out.
    """
    less, more = sorted((a, b), key=lambda point: point.energy_j)
    # Divided by the more, which is known the better: the less may be next to nothing.
    found = ratio(less.energy_j, less.uncertainty_j, more.energy_j, more.uncertainty_j)
    reach = reach_of_ratio((less.scales, less.energy_j), (more.scales, more.energy_j))
    return less is a if widened(found, reach).is_different else None


def points_of(
    runs: Mapping[str, ReportFields | Pair] | Iterable[ReportFields | Pair],
    metric: str,
    cost: Cost,
) -> tuple[list[Point], list[LeftOut]]:
    """Return the runs as points, and those that have no place.

    Raises
    ------
    TypeError
        For what is neither a report nor a pair of numbers.
    ValueError
        For another cost than these, pairs with joules that are not above 0, no point at all,
        and joules per different units.
    """
    if cost not in COSTS:
        raise ValueError(f"cost is {cost!r}: give 'energy_j', or 'per' for joules per unit of work")
    points: list[Point] = []
    left_out: list[LeftOut] = []
    names: dict[str, int] = {}
    for label, run in _named(runs):
        shown = _unique(shortened(printable(label), _LONGEST_LABEL), names)
        if isinstance(run, ReportFields):
            found = _of_report(shown, run, metric, cost)
        else:
            found = _of_pair(shown, run)
        (points if isinstance(found, Point) else left_out).append(found)  # type: ignore[arg-type]
    if not points:
        raise ValueError(_nothing(metric, left_out))
    units = {point.unit for point in points}
    if len(units) > 1:
        named = " and ".join(sorted(f"{unit or 'joules'}" for unit in units))
        raise ValueError(f"joules per {named} cannot be compared: count the same unit in each")
    return points, left_out


def _named(
    runs: Mapping[str, ReportFields | Pair] | Iterable[ReportFields | Pair],
) -> Iterator[tuple[str, ReportFields | Pair]]:
    if isinstance(runs, Mapping):
        yield from ((str(label), run) for label, run in runs.items())
        return
    if isinstance(runs, (ReportFields, str)):
        raise TypeError("give several reports, as in jg.pareto([a, b], 'acc')")
    for index, run in enumerate(runs, 1):
        yield (name_of(run) if isinstance(run, ReportFields) else str(index)), run


def _unique(label: str, seen: dict[str, int]) -> str:
    seen[label] = seen.get(label, 0) + 1
    return label if seen[label] == 1 else _unique(f"{label} ({seen[label]})", seen)


def _of_report(label: str, report: ReportFields, metric: str, cost: Cost) -> Point | LeftOut:
    value = report.metric.get(metric)
    if value is None:
        return LeftOut(label, f"it has no {printable(metric)}")
    if not report.energy_j:
        return LeftOut(label, "it has no joules")
    if report.status != "ok":
        label = f"{label} ({report.status})"
    point = Point(
        label,
        value,
        report.energy_j,
        report.uncertainty_j or 0.0,
        None,
        report.provenance,
        report.scales,
    )
    if cost == "energy_j":
        return point
    if not report.per_count:
        return LeftOut(label, "it counts no units of work")
    return _divided(point, report.per_count, unit_of(report))


def _divided(point: Point, count: float, unit: str) -> Point:
    """Return a point with the joules of one of so many units of work."""
    scales = tuple(
        ScaleShare(share.group, *(joules / count for joules in share[1:])) for share in point.scales
    )
    return replace(
        point,
        energy_j=point.energy_j / count,
        uncertainty_j=point.uncertainty_j / count,
        unit=unit,
        scales=scales,
    )


def _of_pair(label: str, run: Pair) -> Point:
    if isinstance(run, (str, bytes)) or not isinstance(run, Sequence) or len(run) not in (2, 3):
        raise TypeError(
            f"{label} is a {type(run).__name__}: give reports, or pairs such as (0.95, 12.3) "
            "of a metric and joules"
        )
    metric, energy_j = number(run[0], f"{label}'s metric"), number(run[1], f"{label}'s joules")
    uncertainty_j = number(run[2], f"{label}'s interval") if len(run) == 3 else 0.0
    if energy_j <= 0 or uncertainty_j < 0:
        raise ValueError(f"{label} has {energy_j:g} ± {uncertainty_j:g} J: joules are above 0")
    return Point(label, metric, energy_j, uncertainty_j)


def _nothing(metric: str, left_out: Sequence[LeftOut]) -> str:
    if not left_out:
        return "there is nothing to compare: give reports that have the metric"
    why = "; ".join(f"{each.label}: {each.reason}" for each in left_out[:3])
    more = f"; and {len(left_out) - 3} more" if len(left_out) > 3 else ""
    name = printable(metric)
    return (
        f"no report has both {name} and joules ({why}{more}): log it by "
        f"`%%energy --metric {name}` or `m.log({name}=…)`"
    )
