"""The samples of one window, and the curve that is drawn from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..estimator.energy import mean_power_w
from ..report.scale import ScaleRange, range_of, shares
from ..sampler.messages import Sample
from ..sources.base import Domain
from .readings import Readings

MOST_SAMPLES = 4_000
"""Per window; beyond it the inner samples are thinned. Joules stay exact, they are cumulative."""
MEAN_PERIODS = 5
LEAST_MEAN_S = 0.05
"""Power from a counter is its mean over this many refreshes, and at least this long: otherwise a
late reading, or one refresh more or less, would look like a peak."""
GAP_PERIODS = 2.5
"""Two samples further apart than this many sampling periods have a gap between them."""


@dataclass(frozen=True)
class Point:
    """One point of the curve: watts and joules so far of each domain, and of those counted."""

    t_ns: int
    power_w: dict[str, float | None]
    energy_j: dict[str, float]
    total_j: float | None

    def scale_range(self, domains: Iterable[Domain]) -> ScaleRange:
        """Between how many times the joules so far of these domains the true ones lie."""
        parts = shares((domain.scale, self.energy_j.get(domain.id, 0.0)) for domain in domains)
        return range_of(parts, self.total_j)


@dataclass
class Trace(Readings):
    """What was sampled about a window, and its curve: `points` is of the window alone."""

    interval_s: float
    points: list[Point] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    _base_j: dict[str, float] = field(default_factory=dict)

    def restart(self, domains: Sequence[Domain]) -> None:
        """Continue with a new sampler, which counts from zero; keep the curve so far.

        The earlier readings are on another scale.
        """
        self.domains = domains
        self.readings.clear()
        self._base_j.clear()

    def add(self, sample: Sample) -> Point | None:
        """Book a sample; return the point that it adds to the curve, if it is no late one."""
        if self.points:
            before_ns = self.points[-1].t_ns
            late = sample.t_ns - before_ns > GAP_PERIODS * self.interval_s * 1e9
            if late or sample.after_restart:
                self.gaps.append((before_ns, sample.t_ns))
        self.book(sample)
        for id_, figures in sample.domains.items():
            self._base_j.setdefault(id_, figures.energy_j)
        if self.points and sample.t_ns < self.points[-1].t_ns:
            return None
        point = self._point(sample)
        self.points.append(point)
        if len(self.points) > MOST_SAMPLES:
            self._thin_curve()
        return point

    def _point(self, sample: Sample) -> Point:
        # One that was not read, as its driver is slow, is shown at its last known power.
        power_w = {
            domain.id: self._power_w(domain)
            if self.readings.get(domain.id) and domain.id not in sample.errors
            else None
            for domain in self.domains
        }
        energy_j = {
            id_: self.readings[id_][-1].energy_j - base_j for id_, base_j in self._base_j.items()
        }
        counted = [energy_j[d.id] for d in self.domains if d.counted and d.id in energy_j]
        return Point(sample.t_ns, power_w, energy_j, sum(counted) if counted else None)

    def _power_w(self, domain: Domain) -> float | None:
        """Return the reported power, else the mean since a reading some refreshes ago.

        Over a shorter time, the curve would show the counter's steps and not the power.
        """
        figures = self.readings[domain.id]
        last = figures[-1]
        if last.power_w is not None:
            return last.power_w
        known_s = (last.t_ns - figures[0].t_ns) * 1e-9
        if known_s < max(2 * domain.resolution_s, LEAST_MEAN_S / 2):
            return None
        over_s = max(MEAN_PERIODS * domain.resolution_s, LEAST_MEAN_S)
        return mean_power_w(domain, figures, len(figures) - 1, over_s)

    def _thin_curve(self) -> None:
        """Drop every second inner sample, keeping of each pair the one with more power."""
        self.thin()
        inner_points = self.points[1:-1]
        pairs = zip(inner_points[::2], inner_points[1::2], strict=False)
        self.points = [self.points[0], *(max(pair, key=_watts) for pair in pairs), self.points[-1]]


def _watts(point: Point) -> float:
    return sum(power for power in point.power_w.values() if power is not None)
