"""Runs by their standing: which ones no other beats, and what a point of the metric costs.

Joules are measured, so one run is cheaper than another only where their intervals say so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from ...printable import printable
from ...report.format import each, energy
from ...report.scale import ScaleRange, ScaleShare, range_of
from .points import LeftOut, Point, is_cheaper

Best = Literal["highest", "lowest"]
Standing = Literal["front", "dominated", "not ranked"]


@dataclass(frozen=True)
class Step:
    """From one point of the front to the next better one: what a point of the metric costs."""

    start: Point
    end: Point
    gained: float
    """By how much the metric is better, in points."""

    @property
    def energy_j(self) -> float:
        """How many joules more, for each point of the metric that is gained."""
        return (self.end.energy_j - self.start.energy_j) / self.gained

    @property
    def uncertainty_j(self) -> float:
        """Half-width of the readings' 95 % interval of :attr:`energy_j`."""
        return math.hypot(self.start.uncertainty_j, self.end.uncertainty_j) / self.gained

    @property
    def scale_range(self) -> ScaleRange:
        """Between how many times :attr:`energy_j` the true one lies, the readings as exact."""
        shares = {share.group: share for share in self.end.scales}
        for share in self.start.scales:
            before = shares.get(share.group, ScaleShare(share.group, 0.0, 0.0, 0.0))
            parts = (a - b for a, b in zip(before[1:], share[1:], strict=True))
            shares[share.group] = ScaleShare(share.group, *parts)
        return range_of(shares.values(), self.end.energy_j - self.start.energy_j)

    @property
    def joules(self) -> str:
        """The joules for each point, as they are shown."""
        provenance = self.end.provenance or self.start.provenance
        figure = energy(self.energy_j, self.uncertainty_j, provenance, self.scale_range)
        return each(figure, "point")


@dataclass(frozen=True)
class Ranking:
    """Runs by what they achieved and what that cost.

    A run is dominated where another one is at least as good and its joules are clearly fewer,
    or as many and it is better. Where that other one's joules only may be fewer, since the
    intervals overlap, the run is not ranked. All others are the front.
    """

    metric: str
    """The metric's name."""
    best: Best
    """Which values of it are better."""
    point: float
    """What a point of the metric is."""
    floor: float | None
    """Below which value of the metric no metric per joule is told."""
    points: tuple[Point, ...]
    """All runs that have a place, by their joules."""
    left_out: tuple[LeftOut, ...] = ()

    @cached_property
    def _rivals(self) -> Mapping[str, tuple[Standing, tuple[str, ...]]]:
        return {point.label: self._standing(point) for point in self.points}

    def standing(self, point: Point) -> Standing:
        """Return how a point stands: ``front``, ``dominated`` or ``not ranked``."""
        return self._rivals[point.label][0]

    def rivals(self, point: Point) -> tuple[str, ...]:
        """Return the labels of those that dominate a point, or that it is not ranked with."""
        return self._rivals[point.label][1]

    @property
    def front(self) -> tuple[Point, ...]:
        """The points that no other beats, by their joules and so by their metric."""
        return self._of("front")

    @property
    def dominated(self) -> tuple[Point, ...]:
        """The points than which another is at least as good for clearly fewer joules."""
        return self._of("dominated")

    @property
    def not_ranked(self) -> tuple[Point, ...]:
        """The points whose intervals overlap with one that is at least as good."""
        return self._of("not ranked")

    @property
    def steps(self) -> tuple[Step, ...]:
        """What a point of the metric costs between neighbours of the front."""
        return tuple(
            Step(a, b, abs(b.metric - a.metric) / self.point) for a, b in pairwise(self.front)
        )

    @property
    def knee(self) -> Point | None:
        """The point of the front from which on joules buy the least, ``None`` without one.

        It lies farthest above the line from the cheapest to the best, with both axes scaled to
        the front: Das (1999), "On characterizing the knee of the Pareto curve", Structural
        Optimization 18, 107–115.
        """
        front = self.front
        if len(front) < 3:
            return None
        first, last = front[0], front[-1]
        metric, energy_j = last.metric - first.metric, last.energy_j - first.energy_j

        def above(point: Point) -> float:
            gained = (point.metric - first.metric) / metric
            return gained - (point.energy_j - first.energy_j) / energy_j

        found = max(front[1:-1], key=above)
        return found if above(found) > 0 else None

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be known of the table, as sentences."""
        return tuple(self._remarks())

    def metric_per_joule(self, point: Point) -> float | None:
        """Return a point's metric for each joule, ``None`` below :attr:`floor` or without one.

        By itself it prefers whatever is cheapest, however bad: hence the floor.
        """
        if self.floor is None or self._good(point.metric) < self._good(self.floor):
            return None
        return point.metric / point.energy_j

    def _good(self, metric: float) -> float:
        """Return a metric so that more is better."""
        return metric if self.best == "highest" else -metric

    def _of(self, standing: Standing) -> tuple[Point, ...]:
        return tuple(point for point in self.points if self.standing(point) == standing)

    def _standing(self, point: Point) -> tuple[Standing, tuple[str, ...]]:
        better: list[str] = []
        open_: list[str] = []
        own = self.points.index(point)
        for index, other in enumerate(self.points):
            if other is point or self._good(other.metric) < self._good(point.metric):
                continue
            cheaper = is_cheaper(other, point)
            if cheaper or (other.energy_j == point.energy_j and other.metric != point.metric):
                better.append(other.label)
            # Of two that are alike in all that is known, the first stands for both.
            elif cheaper is None and (other.metric != point.metric or index < own):
                open_.append(other.label)
        if better:
            return "dominated", tuple(better)
        return ("not ranked", tuple(open_)) if open_ else ("front", ())

    def _remarks(self) -> Iterator[str]:
        name = printable(self.metric)
        if self.not_ranked:
            yield (
                "Not ranked: at 95 % the intervals of the joules overlap, so either may be the "
                "cheaper one. Longer runs, or jg.compare, tell them apart."
            )
        if self.steps:
            yield (
                f"A point is {self.point:g} of {name}; its joules are those from one row of the "
                "front to the next."
            )
        if self.floor is not None:
            below = "below" if self.best == "highest" else "above"
            yield f"No {name} per joule {below} {self.floor:g}: it prefers what is cheap and bad."
        if any(point.provenance in ("estimate", "mixed") for point in self.points):
            yield "Some of these joules are estimated, not measured."
        if any(point.provenance for point in self.points):
            yield "One run each: how much runs of the same code differ is not in the intervals."
        for each_ in self.left_out:
            yield f"Left out: {each_.label}, as {each_.reason}."
