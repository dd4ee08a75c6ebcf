"""Cumulative joules that go on where one service takes the place of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .accumulator import DomainSample

MEAN_NS = 500_000_000
"""The last power is a mean over so long at least."""


class Continued:
    """Puts the joules of one service after those of the one before.

    What the service calls its scale tells whether they go on by themselves: it has found what the
    one before left, and the counters say what was used in between. Else each domain goes on at its
    last power, and its first sample is one after a restart.
    """

    def __init__(self) -> None:
        self._scale: str | None = None
        self._offsets_j: dict[str, float] = {}
        self._anchors: Mapping[str, DomainSample] = {}
        self._seen: dict[str, list[tuple[int, float]]] = {}

    @property
    def offsets_j(self) -> Mapping[str, float]:
        """By how much the joules are ahead of the service's, by domain, as far as is known."""
        return dict(self._offsets_j)

    def begin(self, scale: str, latest: Mapping[str, DomainSample]) -> None:
        """Go on with a service that counts on this scale, after these samples."""
        if scale != self._scale:
            self._scale = scale
            self._offsets_j = {}
            self._anchors = dict(latest)

    def moved(self, id_: str, figures: Sequence[float | None]) -> tuple[float, bool]:
        """Return a domain's joules, and whether they are the first after a restart.

        `figures` are the time, the joules and the reported power, on the service's scale.
        """
        t_ns, energy_j = figures[0] or 0, figures[1] or 0.0
        restarts = id_ not in self._offsets_j and id_ in self._anchors
        if id_ not in self._offsets_j:
            self._offsets_j[id_] = self._gap_j(id_, int(t_ns), energy_j) if restarts else 0.0
        found_j = energy_j + self._offsets_j[id_]
        self._remember(id_, int(t_ns), found_j)
        return found_j, restarts

    def _gap_j(self, id_: str, t_ns: int, energy_j: float) -> float:
        anchor = self._anchors[id_]
        power_w = anchor.power_w if anchor.power_w is not None else self._mean_w(id_)
        gap_s = max(0.0, (t_ns - anchor.t_ns) * 1e-9)
        return anchor.energy_j + power_w * gap_s - energy_j

    def _mean_w(self, id_: str) -> float:
        (first_ns, first_j), (last_ns, last_j) = self._seen.get(id_, [(0, 0.0), (0, 0.0)])
        return (last_j - first_j) * 1e9 / (last_ns - first_ns) if last_ns > first_ns else 0.0

    def _remember(self, id_: str, t_ns: int, energy_j: float) -> None:
        """Keep the latest sample and one from a while before."""
        seen = self._seen.setdefault(id_, [(t_ns, energy_j), (t_ns, energy_j)])
        if t_ns - seen[0][0] > 2 * MEAN_NS:
            seen[0] = seen[1]
        seen[1] = (t_ns, energy_j)
