"""The pilot: warms up, finds how many calls make a run, and what the rounds will cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import fmean, median, variance

from ...report.format import duration, with_prefix
from ...report.report import Report
from .bench import Bench, shortest_run_s
from .plan import Plan

RUNS = 3
"""Of each variant, by which the run-to-run scatter is known."""
LONG_RUN_S = 10.0
"""A variant that takes so long is run once in the pilot, for warming up."""
_SHARE_OF_SCATTER = 1 / 3
_SHARE_OF_MARGIN = 0.1
"""Where the sensors leave less open than this share of the margin, they decide nothing."""
_MOST_LONGER = 5.0
"""By how much runs are lengthened for the sensors at most."""


@dataclass(frozen=True)
class Pilot:
    """What the pilot found."""

    loops: dict[str, int]
    """Calls in a run, by variant."""
    round_s: float
    """Of a round's runs and rests."""
    round_j: float | None
    notes: tuple[str, ...] = ()


def pilot(bench: Bench, on_step: Callable[[str], object]) -> Pilot:
    """Warm up every variant, and choose the calls in a run.

    A run is as long as the sensors need: at least :func:`.bench.shortest_run_s`, and long enough
    for the half-width of their reading to be a third of the run-to-run standard deviation, or a
    tenth of the margin, which matters to no verdict.
    """
    run_s = shortest_run_s(bench.domains)
    names = list(bench.plan.variants)
    bench.learn_rest()
    found = {}
    for name in names:
        on_step(f"pilot: {name} warms up")
        found[name] = _long_enough(bench, name, run_s)
    bench.rest()
    loops = {name: count for name, (count, _) in found.items()}
    reports: dict[str, list[Report]] = {name: [last] for name, (_, last) in found.items()}
    rests_s = [0.0]
    if max(last.duration_s for _, last in found.values()) < LONG_RUN_S:
        reports = {name: [] for name in names}
        for turn in range(RUNS):
            for name in names if turn % 2 == 0 else names[::-1]:
                on_step(f"pilot: run {turn + 1} of {RUNS}, {name}")
                made = bench.run(name, loops[name])
                rests_s.append(bench.rest())
                reports[name].append(made.window.report)
    longer, notes = _longer(bench.plan, list(reports.values()))
    per_round = [
        (longer * fmean(r.duration_s for r in of_one), _mean_j(of_one, longer))
        for of_one in reports.values()
    ]
    known = [j for _, j in per_round if j is not None]
    return Pilot(
        loops={name: math.ceil(longer * count) for name, count in loops.items()},
        round_s=sum(s for s, _ in per_round) + len(names) * max(rests_s[1:], default=0.0),
        round_j=sum(known) if len(known) == len(per_round) else None,
        notes=notes,
    )


def to_come(plan: Plan, found: Pilot) -> str:
    """Say how long the rounds will take and what they will use, before they begin."""
    rounds = f"{plan.rounds} rounds"
    if plan.until is not None:
        rounds = f"{plan.rounds} to {plan.most_rounds} rounds"
    cost = ""
    if found.round_j is not None:
        cost = f" and {with_prefix(plan.rounds * found.round_j, 'J', 2)}"
    at_least = "at least " if plan.until is not None else "about "
    return f"{rounds} to come: {at_least}{duration(plan.rounds * found.round_s)}{cost}"


def _long_enough(bench: Bench, name: str, run_s: float) -> tuple[int, Report]:
    """Return how many calls take about `run_s`, and the report of a run of so many.

    The last of two such runs counts: caches and imports may take most of a first one.
    """
    loops, runs = 1, 0
    while True:
        window = bench.run(name, loops).window
        runs += 1
        took_s = window.duration_s
        if took_s >= 0.9 * run_s and (runs > 1 or took_s >= LONG_RUN_S):
            return loops, window.report
        if took_s < 0.9 * run_s:
            growth = min(10.0, 1.05 * run_s / max(took_s, 1e-9))
            loops = max(loops + 1, math.ceil(loops * growth))


def _longer(plan: Plan, runs: list[list[Report]]) -> tuple[float, tuple[str, ...]]:
    """Return by how much longer the runs must be for the sensors, and what is to be said."""
    sensors = median(
        [r.uncertainty_j / r.energy_j for of in runs for r in of if r.energy_j and r.uncertainty_j]
        or [0.0]
    )
    scatter = _scatter(runs)
    if scatter is None:
        return 1.0, ()
    enough = max(_SHARE_OF_SCATTER * scatter, _SHARE_OF_MARGIN * plan.margin)
    longer = max(1.0, sensors / enough)
    if longer <= _MOST_LONGER:
        return longer, ()
    note = (
        f"The sensors leave ± {100 * sensors / _MOST_LONGER:.1f} % of a run open, more than a "
        "third of what runs differ by: it is in the scatter, and more rounds make up for it."
    )
    return _MOST_LONGER, (note,)


def _scatter(runs: list[list[Report]]) -> float | None:
    """Return the run-to-run standard deviation as a share, over all variants."""
    logs = [[math.log(r.energy_j) for r in of_one if r.energy_j] for of_one in runs]
    known = list(_variances(logs))
    return math.sqrt(fmean(known)) if known else None


def _variances(logs: list[list[float]]) -> Iterator[float]:
    for of_one in logs:
        if len(of_one) > 1:
            yield variance(of_one)


def _mean_j(reports: list[Report], longer: float) -> float | None:
    known = [report.energy_j for report in reports if report.energy_j is not None]
    return longer * fmean(known) if known else None
