"""The rounds: each variant once, in an order of its own, until there are enough."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from .bench import Bench, Made
from .orders import orders
from .pilot import Pilot
from .run import Run


def rounds(bench: Bench, found: Pilot) -> Iterator[tuple[Run, ...]]:
    """Run the rounds of a plan and yield each when it is whole.

    An exception of a variant, and an interrupt, pass through: the round that they end is lost.
    """
    plan = bench.plan
    names = tuple(plan.variants)
    rest_s = 0.0
    for number, order in enumerate(islice(orders(len(names), plan.seed), plan.most_rounds), 1):
        made: list[tuple[str, int, float, Made]] = []
        for place, index in enumerate(order):
            name = names[index]
            loops = found.loops[name]
            made.append((name, loops, rest_s, bench.run(name, loops)))
            is_last = number == plan.most_rounds and place == len(order) - 1
            rest_s = 0.0 if is_last else bench.rest()
        yield tuple(_run(number, *each) for each in made)


def _run(number: int, name: str, loops: int, rest_s: float, made: Made) -> Run:
    """Return the run with its report, whose sensors have settled in the rest."""
    report = made.window.report
    return Run(number, name, loops, made.units, report.energy_j, rest_s, report)
