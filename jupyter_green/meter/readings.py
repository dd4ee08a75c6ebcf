"""What was read about the time of one window, by domain, and what was odd about it."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..estimator.neighbourhood import KEPT_AT_EDGES
from ..flags import READ_FAILED, REJECTED, RESTARTED, WRAPS_MISSED
from ..sampler.accumulator import DomainSample, unseen_wraps
from ..sampler.messages import Sample
from ..sources.base import Domain


@dataclass
class Readings:
    """What was read of each domain while a window was open, and shortly before and after.

    `readings` has the good figures in time order.
    """

    domains: Sequence[Domain]
    readings: dict[str, list[DomainSample]] = field(default_factory=dict, kw_only=True)
    errors: dict[str, str] = field(default_factory=dict, kw_only=True)
    flags: dict[str, set[str]] = field(default_factory=dict, kw_only=True)
    bridged_j: dict[str, float] = field(default_factory=dict, kw_only=True)
    """Joules that were carried over where a counter restarted."""
    unsure_j: dict[str, float] = field(default_factory=dict, kw_only=True)
    """Joules by which a counter may be off that may have wrapped unseen."""

    def add_readings(self, id_: str, readings: Iterable[DomainSample]) -> None:
        """Take in readings of one domain, which may be somewhat out of order."""
        kept = self.readings.setdefault(id_, [])
        for reading in readings:
            if kept and reading.t_ns == kept[-1].t_ns:
                continue  # the reading at an edge of two windows comes for each of them
            if kept and reading.t_ns < kept[-1].t_ns:
                bisect.insort(kept, reading, key=lambda r: r.t_ns)
            else:
                kept.append(reading)

    def add_in_order(self, id_: str, readings: Sequence[DomainSample]) -> None:
        """Take in readings of one domain that are in time order."""
        kept = self.readings.setdefault(id_, [])
        if kept and readings and readings[0].t_ns <= kept[-1].t_ns:
            self.add_readings(id_, readings)
        else:
            kept.extend(readings)

    def book(self, sample: Sample) -> None:
        """Take in a sample of the window."""
        for id_, figures in sample.domains.items():
            if (flag := sample.flags.get(id_)) and self.readings.get(id_):
                self._note_doubt(id_, flag, self.readings[id_][-1], figures)
            self.add_readings(id_, (figures,))
        for id_, error in sample.errors.items():
            self.errors[id_] = error
            self.flags.setdefault(id_, set()).add(READ_FAILED)
        for id_, flag in sample.flags.items():
            self.flags.setdefault(id_, set()).add(flag)

    def thin(self) -> None:
        """Drop every second reading, but for those near the edges. Joules are cumulative."""
        for id_, figures in self.readings.items():
            head, inner, tail = (
                figures[:KEPT_AT_EDGES],
                figures[KEPT_AT_EDGES:-KEPT_AT_EDGES],
                figures[-KEPT_AT_EDGES:],
            )
            if inner:
                self.readings[id_] = [*head, *inner[1::2], *tail]

    def _note_doubt(self, id_: str, flag: str, before: DomainSample, figures: DomainSample) -> None:
        """Note how far the joules between two readings may be off, where a flag says they may."""
        added_j = figures.energy_j - before.energy_j
        if flag in (RESTARTED, REJECTED):
            self.bridged_j[id_] = self.bridged_j.get(id_, 0.0) + added_j
        domain = next((domain for domain in self.domains if domain.id == id_), None)
        if flag == WRAPS_MISSED and domain is not None:
            range_j = (domain.wrap_range or 0) * domain.unit_j
            least_j = added_j % range_j
            seconds = (figures.t_ns - before.t_ns) * 1e-9
            wraps = unseen_wraps(domain, round(least_j / domain.unit_j), seconds, power_w=0.0)
            most_j = least_j + range_j * (wraps.most if wraps else 0)
            unsure_j = max(added_j - least_j, most_j - added_j)
            self.unsure_j[id_] = self.unsure_j.get(id_, 0.0) + unsure_j
