"""Rounds: in each, every piece of code is measured once, in random order."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ...meter.meter import Meter
from ...meter.summary import Subject
from ...meter.window import Window
from ...repeats.metered_run import collection_off, open_window
from ...repeats.result import Repeats
from ...repeats.run_length import run_length_s
from ...sources.base import Domain
from .replay import Run

LEAST_WINDOW_S = 0.1
_LONGEST_S = 2.0
_LEAD_REFRESHES = 1.5
_MOST_LOOPS = 10_000_000


@dataclass(frozen=True)
class Pace:
    """How long the windows are, and how long their code runs before and after each, in seconds.

    A counter's refresh that lies across an edge of a window holds the power of both sides. As
    both are of the same code, nothing of another layer comes in.
    """

    window_s: float
    lead_s: float


@dataclass
class Piece:
    """A piece of code, how often it is done in a window, and what was measured of it."""

    label: str
    run: Run
    loops: int = 1
    lead: int = 0
    """Loops before and after each window."""
    duration_s: float = 0.0
    """Of a window and its leads, in the pilot."""
    windows: list[Window] = field(default_factory=list)


def pace_for(domains: Iterable[Domain], window_s: float | None = None) -> Pace:
    """Return a pace for the coarsest sensor in the total; windows of `window_s`, if it is given."""
    counted = [domain for domain in domains if domain.counted]
    chosen_s = window_s or max(LEAST_WINDOW_S, run_length_s(counted, _LONGEST_S))
    coarsest_s = max((domain.resolution_s for domain in counted), default=0.0)
    return Pace(chosen_s, _LEAD_REFRESHES * coarsest_s)


def fit(meter: Meter, piece: Piece, pace: Pace) -> None:
    """Warm a piece of code up, and choose its loops by the pace."""
    piece.run(1)  # caches, kernels that are chosen, memory that is allocated
    loops = 1
    while True:
        one_s = max(1e-9, measured(meter, piece, loops).duration_s / loops)
        fitting = min(_MOST_LOOPS, max(1, round(pace.window_s / one_s)))
        if loops * one_s >= 0.25 * pace.window_s or fitting <= loops:
            piece.loops, piece.lead = fitting, round(pace.lead_s / one_s)
            piece.duration_s = one_s * (piece.loops + 2 * piece.lead)
            return
        loops = min(fitting, 10 * loops)


def measure_rounds(meter: Meter, pieces: Sequence[Piece], rounds: int, seed: int) -> bool:
    """Measure each piece once a round, in random order; return whether all rounds were made.

    An interrupt keeps the whole rounds where there are two or more, and else passes through.
    """
    rng = random.Random(seed)  # noqa: S311  (an order, not a secret)
    for made in range(rounds):
        order = rng.sample(pieces, len(pieces))
        try:
            for piece in order:
                piece.windows.append(measured(meter, piece, piece.loops))
        except KeyboardInterrupt:
            if made < 2:
                raise
            for piece in pieces:
                del piece.windows[made:]
            return False
    return True


def measured(meter: Meter, piece: Piece, loops: int) -> Window:
    """Return the window of so many loops, with garbage collection off as in `timeit`."""
    window = meter.window(Subject(label=piece.label))
    with collection_off():
        piece.run(piece.lead)
        with open_window(window):
            piece.run(loops)
        piece.run(piece.lead)
    return window


def results(pieces: Sequence[Piece]) -> list[Repeats]:
    """Return what was measured of each piece, a run for each round."""
    return [Repeats(p.loops, tuple(window.report for window in p.windows)) for p in pieces]
