"""How far shares by CPU time are from the Shapley value of what was drawn above idle, simulated.

    python -m benchmarks.shapley

The Shapley value is what a unit adds to the power, on the mean over all orders in which the units
may have come: the one division that is fair in the sense of Shapley's axioms (1953). No sensor
shows it, since it takes the power of machines on which some of them do not run. Here the power is
known: above idle it grows with the CPUs that are busy, less and less (frequency falls, caches and
memory are shared). Units come and go by the second, as they do in cells.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import factorial

from jupyter_green.service.split import Slot, split

from .table import Table, percentile

GAMES = 1000
SECONDS = 12
CPUS = 16
FULL_W = 120.0
"""Above idle."""
MOST_UNITS = 8


@dataclass(frozen=True)
class Game:
    """Units on one machine: how many CPUs each keeps busy in each second, and what that draws."""

    busy: Sequence[Sequence[float]]
    """By second, then by unit."""
    heat: Sequence[float]
    """Of each unit, how much more than the mean a CPU second of it draws."""
    exponent: float
    """Of the power in the busy CPUs: 1 is a straight line, less is concave."""

    @property
    def units(self) -> int:
        """How many there are."""
        return len(self.heat)

    def power_w(self, second: int, present: Sequence[bool]) -> float:
        """Return the watts above idle if only these units ran."""
        load = sum(
            busy * heat
            for busy, heat, is_there in zip(self.busy[second], self.heat, present, strict=True)
            if is_there
        )
        return FULL_W * float((load / CPUS) ** self.exponent)


def drawn(chance: random.Random, *, heat_spread: float) -> Game:
    """Return units that compute in some seconds, on some CPUs."""
    units = chance.randint(2, MOST_UNITS)
    most = [chance.uniform(0.2, CPUS / units) for _ in range(units)]
    at_work = [chance.uniform(0.2, 1.0) for _ in range(units)]
    busy = [
        [cpus if chance.random() < part else 0.0 for cpus, part in zip(most, at_work, strict=True)]
        for _ in range(SECONDS)
    ]
    heat = [chance.uniform(1 - heat_spread, 1 + heat_spread) for _ in range(units)]
    return Game(busy, heat, chance.uniform(0.5, 0.9))


def shapley_j(game: Game) -> list[float]:
    """Return the Shapley value of each unit, in joules."""
    found = [0.0] * game.units
    for second in range(len(game.busy)):
        watts = {
            there: game.power_w(second, there)
            for there in product((False, True), repeat=game.units)
        }
        for there, without_w in watts.items():
            if all(there):
                continue
            weight = _weight(sum(there), game.units)
            for unit in (unit for unit in range(game.units) if not there[unit]):
                joined = (*there[:unit], True, *there[unit + 1 :])
                found[unit] += weight * (watts[joined] - without_w)
    return found


@cache
def _weight(there: int, units: int) -> float:
    """Return in which part of all orders just so many units have come before a given one."""
    return factorial(there) * factorial(units - there - 1) / factorial(units)


def by_cpu_time_j(game: Game, seconds: int) -> list[float]:
    """Return what the service says, if it looks at CPU time every so many seconds."""
    every = (True,) * game.units
    slots = []
    for first in range(0, len(game.busy), seconds):
        within = range(first, min(first + seconds, len(game.busy)))
        used_us = {
            str(unit): round(1e6 * sum(game.busy[s][unit] for s in within))
            for unit in range(game.units)
        }
        dynamic_uj = round(1e6 * sum(game.power_w(s, every) for s in within))
        slots.append(Slot(dynamic_uj, sum(used_us.values()), used_us))
    whole_uj = sum(slot.dynamic_uj for slot in slots)
    return [each * 1e-6 for each in split(whole_uj, None, slots).units_uj.values()]


def off_points(games: Sequence[Game], seconds: int) -> list[float]:
    """Return how far each unit's share of the dynamic joules is off, in percentage points."""
    found: list[float] = []
    for game in games:
        fair_j = shapley_j(game)
        whole_j = sum(fair_j)
        if whole_j > 0:
            said_j = by_cpu_time_j(game, seconds)
            pairs = zip(said_j, fair_j, strict=True)
            found += [100 * abs(said - fair) / whole_j for said, fair in pairs]
    return found


def main() -> None:
    """Simulate, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--games", type=int, default=GAMES)
    parser.add_argument("--seed", type=int, default=17)
    arguments = parser.parse_args()
    rows: list[Sequence[str]] = []
    for heat_spread, alike in ((0.0, "the same"), (0.3, "up to 30 % more or less than the mean")):
        chance = random.Random(arguments.seed)
        games = [drawn(chance, heat_spread=heat_spread) for _ in range(arguments.games)]
        for seconds, how in ((1, "each second"), (SECONDS, f"the {SECONDS} s as a whole")):
            off = off_points(games, seconds)
            figures = (statistics.median(off), percentile(off, 0.95), max(off))
            rows.append([alike, how, *(f"{each:.1f}" for each in figures)])
    heads = ["a CPU second draws", "divided", "off, median", "95 %", "most"]
    method = f"{arguments.games} windows of 2 to {MOST_UNITS} units; in points of what was drawn."
    sys.stdout.write(f"{Table('Shares and Shapley values', method, heads, rows)}\n")


if __name__ == "__main__":
    main()
