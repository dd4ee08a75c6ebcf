"""``python -m benchmarks.intervals``: joules with an interval, over windows of many kinds.

In virtual time (`tests/testbench/kinds.py`): thousands of windows of generated and recorded
power, each kind for itself. Beside it "anchored", the simplest estimate that is any good: the
difference of the counter between two refreshes, less the power before and after × the time
between edge and refresh, with one factor for all of its widths. It is told the counter's period.

Scores are mean interval scores at 95 % (Gneiting & Raftery 2007): the width, plus 40 × how far
the truth lies outside it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from jupyter_green.estimator.energy import energy_within
from jupyter_green.sampler.accumulator import DomainSample
from tests.testbench.kinds import KINDS
from tests.testbench.windows import NOW, MeasuredWindow, Watch

from .table import Table

MISSED = 0.05
LEAST_COVERED = 93.0
MOST_FAR_OFF = 1.0
FAR = 3
"""A figure that is off by more half-widths than these is wrong and does not know it."""
OUTSIDE_S = 6.0
"""Power from longer ago says nothing of an edge."""
PERIOD_MARGIN = 0.001
QUICK_PERIOD_MARGIN = 0.06
"""How much of a period anchored takes one to differ from the next; of periods under 5 ms."""
UNSEEN_PERIODS = 5
"""Where the refresh outside an edge is further away, the one inside is taken."""


@dataclass(frozen=True)
class Outcome:
    """One window: how far off the figure was, and its half-width; the same of "anchored"."""

    truth_j: float
    error_j: float
    half_j: float
    beyond_j: float
    """How far the figure lies outside what is certain."""
    truth_beyond_j: float
    anchored_error_j: float
    anchored_spread_j: float
    """Its half-width but for the factor."""


class Refreshed(NamedTuple):
    """A refresh: between which times, and what the counter showed from then on."""

    earliest_s: float
    latest_s: float
    energy_j: float
    sees_next: bool = False
    """Whether the one after it is the very next."""

    @property
    def t_s(self) -> float:
        """The middle of its bounds."""
        return (self.earliest_s + self.latest_s) / 2


def refreshed(
    readings: Sequence[DomainSample], period_s: float, margin_s: float
) -> tuple[list[Refreshed], list[Refreshed]]:
    """Return when readings say that a counter was refreshed: for certain, and by its period."""
    certain: list[Refreshed] = []
    before_s = -math.inf
    for reading in readings:
        t_s = reading.t_ns * 1e-9
        if not certain or reading.energy_j != certain[-1].energy_j:
            certain.append(Refreshed(before_s, t_s, reading.energy_j))
        before_s = t_s
    least_s, most_s = period_s - margin_s, period_s + margin_s
    narrowed = [r._replace(earliest_s=max(r.earliest_s, r.latest_s - most_s)) for r in certain]
    for i in range(len(narrowed) - 1):
        a, b = narrowed[i : i + 2]
        if b.latest_s - b.earliest_s < least_s:
            narrowed[i] = a._replace(sees_next=True)
            narrowed[i + 1] = _bound(b, a.earliest_s + least_s, a.latest_s + most_s)
    for i in reversed(range(len(narrowed) - 1)):
        a, b = narrowed[i : i + 2]
        if a.sees_next:
            narrowed[i] = _bound(a, b.earliest_s - most_s, b.latest_s - least_s)
    return certain, narrowed


def _bound(refresh: Refreshed, earliest_s: float, latest_s: float) -> Refreshed:
    earliest_s = max(refresh.earliest_s, earliest_s)
    latest_s = min(refresh.latest_s, latest_s)
    if earliest_s > latest_s:
        return refresh
    return refresh._replace(earliest_s=earliest_s, latest_s=latest_s)


def certain_bounds_j(window: MeasuredWindow, certain: Sequence[Refreshed]) -> tuple[float, float]:
    """Return what the window used at least and at most, whatever the power was."""
    begin_s, end_s = window.interval.begin_ns * 1e-9, _end_s(window)
    unit_j = window.domain.unit_j
    before = [r.energy_j for r in certain if r.latest_s <= begin_s]
    after = [r.energy_j for r in certain if r.earliest_s >= end_s]
    inside = [r.energy_j for r in certain if r.earliest_s >= begin_s and r.latest_s <= end_s]
    least_j = inside[-1] - inside[0] - unit_j if inside else 0.0
    most_j = after[0] - before[-1] + unit_j if before and after else math.inf
    return max(0.0, least_j), most_j


def anchored(window: MeasuredWindow, seen: Sequence[Refreshed]) -> tuple[float, float]:
    """Return the joules between refreshes less those outside, and how far they may be off."""
    begin_s, end_s = window.interval.begin_ns * 1e-9, _end_s(window)
    first = max((i for i, r in enumerate(seen) if r.t_s <= begin_s), default=0)
    last = min((i for i, r in enumerate(seen) if r.t_s >= end_s), default=len(seen) - 1)
    joules = seen[last].energy_j - seen[first].energy_j
    spread_j = 0.0
    edges_s = [t * 1e-9 for other in window.others for t in other if t is not None]
    for at, step, edge_s in ((first, -1, begin_s), (last, 1, end_s)):
        inner = at - step
        if not 0 <= inner < len(seen):
            continue
        held_j = abs(seen[inner].energy_j - seen[at].energy_j)
        held_s = abs(seen[inner].t_s - seen[at].t_s)
        outside_s = max(0.0, (edge_s - seen[at].t_s) * -step)
        inside_s = max(0.0, (seen[inner].t_s - edge_s) * -step)
        if outside_s > UNSEEN_PERIODS * window.domain.resolution_s > inside_s:
            further = inner - step
            if 0 <= further < len(seen) and seen[further].t_s != seen[inner].t_s:
                beyond_j = abs(seen[further].energy_j - seen[inner].energy_j)
                inside_j = inside_s * beyond_j / abs(seen[further].t_s - seen[inner].t_s)
            else:
                inside_j = inside_s * held_j / held_s
            joules -= held_j - inside_j
            spread_j += inside_j
            continue
        power_w = _outside_w(window, seen, at, step, edges_s)
        if power_w is None:
            power_w = held_j / held_s if held_s else 0.0
        share = min(1.0, outside_s / held_s) if held_s else 0.0
        joules -= min(power_w * outside_s, held_j)
        spread_j += held_j * share * (1 - share)
    return max(0.0, joules), spread_j


def _outside_w(
    window: MeasuredWindow, seen: Sequence[Refreshed], at: int, step: int, edges_s: Sequence[float]
) -> float | None:
    """Return the power of the nearest interval outside that holds no edge, else the reported."""
    i = at
    while 0 <= i + step < len(seen):
        a, b = sorted((seen[i], seen[i + step]), key=lambda r: r.t_s)
        if abs(seen[i + step].t_s - seen[at].t_s) > OUTSIDE_S:
            break
        if b.t_s > a.t_s and not any(a.t_s < t_s < b.t_s for t_s in edges_s):
            return (b.energy_j - a.energy_j) / (b.t_s - a.t_s)
        i += step
    outside = [r for r in window.readings if (r.t_ns * 1e-9 - seen[at].t_s) * step >= 0]
    powers_w = [r.power_w for r in (outside if step > 0 else outside[::-1])]
    return next((power_w for power_w in powers_w if power_w is not None), None)


def outcome(window: MeasuredWindow) -> Outcome:
    """Estimate one window both ways."""
    found = energy_within(
        window.domain, window.readings, window.interval, window.others, window.period
    )
    assert found is not None
    period_s = window.refreshed_each_s
    margin = QUICK_PERIOD_MARGIN if period_s < 0.005 else PERIOD_MARGIN
    certain, seen = refreshed(window.readings, period_s, margin * period_s)
    least_j, most_j = certain_bounds_j(window, certain)
    anchored_j, spread_j = anchored(window, seen)
    anchored_j = min(max(anchored_j, least_j), most_j)
    return Outcome(
        window.truth_j,
        abs(found.energy_j - window.truth_j),
        found.uncertainty_j,
        max(0.0, least_j - found.energy_j, found.energy_j - most_j),
        max(0.0, least_j - window.truth_j, window.truth_j - most_j),
        abs(anchored_j - window.truth_j),
        spread_j + window.domain.unit_j,
    )


def _end_s(window: MeasuredWindow) -> float:
    end_ns = window.interval.end_ns
    assert end_ns is not None
    return end_ns * 1e-9


def outcomes(name: str, windows: int, seed: int, watch: Watch) -> list[Outcome]:
    """Draw and estimate windows of one kind, the same ones whatever is read of them."""
    return [
        outcome(KINDS[name](random.Random(f"{seed} {name} {i}"), watch=watch))
        for i in range(windows)
    ]


def score(error_j: float, half_j: float) -> float:
    return 2 * half_j + 2 / MISSED * max(0.0, error_j - half_j)


def mean_score(found: Sequence[Outcome]) -> float:
    return statistics.fmean(score(o.error_j, o.half_j) for o in found)


def anchored_score(found: Sequence[Outcome], factor: float) -> float:
    return statistics.fmean(score(o.anchored_error_j, factor * o.anchored_spread_j) for o in found)


def anchored_factor(kinds: Sequence[Sequence[Outcome]]) -> float:
    """Return the factor with which 95 % of anchored's intervals hold the truth, over all kinds."""
    weighted = sorted(
        (o.anchored_error_j / o.anchored_spread_j, 1 / len(found)) for found in kinds for o in found
    )
    sums = itertools.accumulate(weight for _, weight in weighted)
    enough = (1 - MISSED) * len(kinds)
    return next(ratio for (ratio, _), total in zip(weighted, sums, strict=True) if total >= enough)


def percent(found: Sequence[Outcome], is_so: Callable[[Outcome], bool]) -> float:
    return 100 * sum(is_so(o) for o in found) / len(found)


def median_percent(found: Sequence[Outcome], value: Callable[[Outcome], float]) -> float:
    return 100 * statistics.median(value(o) / o.truth_j for o in found)


@dataclass(frozen=True)
class Row:
    """What is told of one kind."""

    covered: float
    far_off: float
    error: float
    anchored_error: float
    half: float
    score_j: float
    anchored_covered: float
    anchored_score_j: float
    beyond: int
    untrue: int
    """Windows whose truth lies outside the certain bounds: a fault of the bench."""


def row(found: Sequence[Outcome], factor: float) -> Row:
    return Row(
        percent(found, lambda o: o.error_j <= o.half_j),
        percent(found, lambda o: o.error_j > FAR * o.half_j),
        median_percent(found, lambda o: o.error_j),
        median_percent(found, lambda o: o.anchored_error_j),
        median_percent(found, lambda o: o.half_j),
        mean_score(found),
        percent(found, lambda o: o.anchored_error_j <= factor * o.anchored_spread_j),
        anchored_score(found, factor),
        sum(o.beyond_j > 1e-6 for o in found),
        sum(o.truth_beyond_j > 1e-6 for o in found),
    )


HEADS = (
    "",
    "covered",
    "off > 3",
    "error",
    "(anch.)",
    "half-width",
    "score J",
    "/ anch.",
    "/ before",
    "anch. covered",
    "beyond",
)


def table(
    rows: dict[str, Row], before: dict[str, Row], factor: float, windows: int, seed: int
) -> Table:
    """Return the rows, and a last one for all of them."""
    lines = [_line(name, r, before.get(name)) for name, r in rows.items()]
    ratios = [r.score_j / r.anchored_score_j for r in rows.values()]
    earlier = [r.score_j / before[name].score_j for name, r in rows.items() if name in before]
    lines.append(
        [
            "all: lowest, highest; geometric means; sum",
            f"{min(r.covered for r in rows.values()):.1f}",
            f"{max(r.far_off for r in rows.values()):.1f}",
            "",
            "",
            "",
            f"{statistics.geometric_mean(r.score_j for r in rows.values()):.3g}",
            f"{statistics.geometric_mean(ratios):.3f}",
            f"{statistics.geometric_mean(earlier):.3f}" if earlier else "",
            f"{min(r.anchored_covered for r in rows.values()):.1f}",
            str(sum(r.beyond for r in rows.values())),
        ]
    )
    return Table(
        "Intervals, by kind of power",
        f"{windows} windows a kind in virtual time, seed {seed}. Errors and half-widths are "
        f"medians in % of the truth. Anchored's half-widths are {factor:.2f} × its spread.",
        HEADS,
        lines,
        "\n".join(_shortcomings(rows)),
    )


def _shortcomings(rows: dict[str, Row]) -> Iterator[str]:
    """Say which kinds are not as they are to be."""
    wrong: dict[str, Callable[[Row], bool]] = {
        "covered less than 93 %": lambda r: r.covered < LEAST_COVERED,
        "1 % or more off by over three half-widths": lambda r: r.far_off >= MOST_FAR_OFF,
        "score over 1.3 × anchored's": lambda r: r.score_j > 1.3 * r.anchored_score_j,
        "error over 1.3 × anchored's": lambda r: r.error > max(1.3 * r.anchored_error, 0.05),
        "figures beyond what is certain": lambda r: r.beyond > 0,
        "truths beyond what is certain, a fault of the bench": lambda r: r.untrue > 0,
    }
    for what, is_so in wrong.items():
        if names := [name for name, r in rows.items() if is_so(r)]:
            yield f"- {what} ({len(names)}): {'; '.join(names)}"


def _line(name: str, r: Row, before: Row | None) -> list[str]:
    return [
        name,
        f"{r.covered:.1f}",
        f"{r.far_off:.1f}",
        f"{r.error:.3g}",
        f"{r.anchored_error:.3g}",
        f"{r.half:.3g}",
        f"{r.score_j:.3g}",
        f"{r.score_j / r.anchored_score_j:.2f}",
        f"{r.score_j / before.score_j:.2f}" if before else "",
        f"{r.anchored_covered:.1f}",
        str(r.beyond) if r.beyond else "",
    ]


def measure(
    names: Sequence[str], windows: int, seed: int, watch: Watch = NOW, workers: int = 2
) -> dict[str, list[Outcome]]:
    """Return the outcomes of each kind."""
    with ProcessPoolExecutor(workers) as pool:
        found = {name: pool.submit(outcomes, name, windows, seed, watch) for name in names}
        return {name: future.result() for name, future in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intervals", description=__doc__)
    parser.add_argument("--windows", type=int, default=300, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="kinds with this in their name")
    parser.add_argument("--settled", type=float, default=NOW.settled_s, help="s after the end")
    parser.add_argument("--before", type=float, nargs="*", default=NOW.before_s, metavar="S")
    parser.add_argument("--after", type=float, nargs="*", default=NOW.after_s, metavar="S")
    parser.add_argument("--factor", type=float, help="of anchored's half-widths")
    parser.add_argument("--keep", type=Path, help="a file for the rows")
    parser.add_argument("--against", type=Path, help="the rows of an earlier run")
    arguments = parser.parse_args()
    watch = Watch(arguments.settled, tuple(arguments.before), tuple(arguments.after))
    names = [name for name in KINDS if arguments.only in name]
    began_s = time.monotonic()
    found = measure(names, arguments.windows, arguments.seed, watch)
    factor = arguments.factor or anchored_factor(list(found.values()))
    rows = {name: row(of_kind, factor) for name, of_kind in found.items()}
    before = {}
    if arguments.against:
        kept = json.loads(arguments.against.read_text())
        before = {name: Row(**values) for name, values in kept.items()}
    print(table(rows, before, factor, arguments.windows, arguments.seed))
    if arguments.keep:
        arguments.keep.write_text(json.dumps({name: asdict(r) for name, r in rows.items()}))
    print(f"\n{time.monotonic() - began_s:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
