"""``a.compare(b)`` of repeated runs: how much more or less energy a loop of the other used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..flags import DRIFT, REPLAYED
from ..printable import printable
from ..report.comparison import Ratio, ratio, verdict, widened
from ..report.format import is_estimate, percent
from ..report.power_limits import lasting, unlike
from ..report.report import Report
from ..report.scale import ScaleShare, joined, reach_of_ratio
from ..shown import Shown
from .statistics import Statistics
from .text import figure

_LEAST_REACH = 0.001
_DIGITS = 3
IN_BLOCKS = (
    "All runs of one came before those of the other: what drifted meanwhile (temperature, other "
    'work) is in the difference, not in its interval. jg.compare({"a": f, "b": g}) takes turns.'
)


@dataclass(frozen=True)
class RepeatsComparison(Shown):
    """What a loop of `other` used, beside one of `reference`; its text says it in a sentence.

    The interval holds the scatter of the runs, by Student's t, and what the readings do not
    know. What both have wrong in common, by the same board or the same model, drops out.
    """

    page = "Comparison"

    reference: Statistics
    other: Statistics

    @property
    def energy_ratio(self) -> Ratio | None:
        """The other's joules per loop over the reference's; ``None`` where one has none."""
        reference, other = self.reference, self.other
        if not reference.mean_j or other.mean_j is None:
            return None
        found = ratio(
            other.mean_j, other.interval_j or 0.0, reference.mean_j, reference.interval_j or 0.0
        )
        return widened(found, self.scale_reach)

    @property
    def scale_reach(self) -> float:
        """How far scales that the two do not share may put the ratio off, as a share of it."""
        other, reference = _scales(self.other.reports), _scales(self.reference.reports)
        return reach_of_ratio(other, reference) if other[1] and reference[1] else 0.0

    @property
    def remarks(self) -> tuple[str, ...]:
        """What makes the two less alike than a comparison wants, as sentences."""
        return tuple(self._remarks())

    def __str__(self) -> str:
        """Return the comparison as a sentence, and each remark in a line of its own."""
        figures = " against ".join(figure(each, _DIGITS) for each in (self.other, self.reference))
        return "\n".join((f"{self._verdict()}: {figures} per loop.", *self.remarks))

    def _names(self) -> tuple[str, str]:
        reference, other = (each.reports[0].label or "" for each in (self.reference, self.other))
        if not reference or not other or reference == other:
            return "the first", "the second"
        return printable(reference), printable(other)

    def _verdict(self) -> str:
        reference, other = self._names()
        found = self.energy_ratio
        if found is None:
            absent = other if self.other.mean_j is None else reference
            return f"{other} and {reference} cannot be compared because {absent} has no joules"
        return verdict(found, other, reference)

    def _remarks(self) -> Iterator[str]:
        pairs = tuple(zip(self._names(), (self.reference, self.other), strict=True))
        if _are_in_blocks(self.reference.reports, self.other.reports):
            yield IN_BLOCKS
        for name, runs in pairs:
            if len(runs.reports) == 1:
                yield f"{name} has one run: how much its runs differ is not known (-r)."
            if DRIFT in runs.flags:
                yield f"The runs of {name} drift, so its mean holds for these runs only."
            if REPLAYED in runs.flags:
                yield f"{name} was replayed, not measured."
            if any(report.is_at_least for report in runs.reports):
                yield f"A run of {name} was not metered to its end: it used at least its joules."
        yield from unlike({name: lasting(runs.reports) for name, runs in pairs})
        if any(is_estimate(runs.provenance) for _, runs in pairs):
            yield "Some of these joules are estimated, not measured."
        (_, first), (_, second) = pairs
        if _counted(first.reports) != _counted(second.reports):
            yield "The two were not read from the same sensors, so they are not comparable."
        if self.scale_reach >= _LEAST_REACH:
            yield (
                "Different sensors may disagree, and the interval includes that: "
                f"± {percent(self.scale_reach)}."
            )


def _are_in_blocks(first: Sequence[Report], second: Sequence[Report]) -> bool:
    """Return whether all runs of one began before those of the other, as far as is known."""
    ones, others = ([report.started_at for report in runs] for runs in (first, second))
    return max(ones) <= min(others) or max(others) <= min(ones)


def _scales(reports: Sequence[Report]) -> tuple[tuple[ScaleShare, ...], float]:
    """Return the shares of the instruments in the joules of all runs, and these joules."""
    energy_j = sum(report.energy_j or 0.0 for report in reports)
    return joined(part for report in reports for part in report.scales), energy_j


def _counted(reports: Sequence[Report]) -> set[tuple[str, str | None]]:
    domains = (domain for report in reports for domain in report.domains.values())
    return {(domain.id, domain.board) for domain in domains if domain.counted}
