"""Mean power from a counter's readings."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from ..sampler.accumulator import DomainSample
from ..sources.base import Domain


def mean_power_w(
    domain: Domain, figures: Sequence[DomainSample], at: int, over_s: float
) -> float | None:
    """Return the mean watts between reading `at` and the last one at least `over_s` before it.

    Where there is none it is the first reading; ``None`` for a single one. Steps of a coarse
    counter never make more than the domain can draw.
    """
    last = figures[at]
    latest_ns = last.t_ns - int(over_s * 1e9)
    before = max(0, bisect.bisect_right(figures, latest_ns, 0, at, key=lambda f: f.t_ns) - 1)
    dt_s = (last.t_ns - figures[before].t_ns) * 1e-9
    if dt_s <= 0:
        return None
    mean_w = (last.energy_j - figures[before].energy_j) / dt_s
    return mean_w if domain.power_limit_w is None else min(mean_w, domain.power_limit_w)
