"""``jg.compare({"a": f, "b": g})``: which of several ways to do the same uses less energy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager

from ...meter.measure import measure
from ...meter.shared import shared_meter
from ...printable import message_of
from ...report.format import duration
from .bench import Bench
from .pilot import Pilot, pilot, to_come
from .plan import Per, Plan, Variant, checked
from .progress import Progress, usual_progress
from .rounds import rounds as rounds_of
from .run import Run
from .statistics import least_rounds
from .study import Study
from .text import too_few


def compare(
    variants: Mapping[str, Variant],
    *,
    rounds: int = 10,
    setup: Callable[[], object] | None = None,
    per: Per | tuple[Per, str] | None = None,
    seed: int = 0,
    margin: float = 0.03,
    until: float | None = None,
    rest: float | None = None,
) -> Study:
    """Compare functions by their joules, in turns: ``jg.compare({"a": f, "b": g})``.

    A pilot warms up and chooses how often each is called in a run, so that the sensors can tell.
    Then each round runs each variant once, in random counterbalanced orders, with rests between.
    What drifts, such as temperature, is alike for all of a round.

    An interrupt and an exception of a variant end the study; the rounds that are whole are kept,
    and the result says so. Where there is none, both pass through.

    Parameters
    ----------
    variants
        Functions without arguments, by name: two or more. The first is what the others are
        compared with first.
    rounds
        How many; fewer than 6 (7 for three variants) cannot show any difference.
    setup
        Called before each run, not metered.
    per
        Units of work of one call, for joules per unit: a number, or a function of what the
        variant returns, as ``per=len``. With a name: ``per=(512, "token")``. Without it, joules
        are per call.
    seed
        Of the orders.
    margin
        Differences within this share are of no interest: the study may say that there is none.
    until
        Add rounds, 10 to 40, until the half-width of the 95 % interval is this share of the
        ratio or less.
    rest
        Seconds that a rest lasts at most, while the power is above its band; ``None`` for 60,
        0 for no rests.

    Raises
    ------
    TypeError, ValueError
        For fewer than two variants, one that cannot be called and other values that do not
        fit, before anything runs.
    ImportError
        Without SciPy.

    Examples
    --------
    >>> print(jg.compare({"loop": slow, "vector": fast}, per=(1000, "row")))
    vector uses 12 % less than loop (95 % CI 9–15 %).
    """
    plan = checked(
        variants,
        rounds=rounds,
        setup=setup,
        per=per,
        seed=seed,
        margin=margin,
        until=until,
        rest=rest,
    )
    return study_within(measure, plan)


def study_within(block: Callable[[str], AbstractContextManager[object]], plan: Plan) -> Study:
    """Run a plan within a metered block, and return its study, as :func:`compare` does.

    Parameters
    ----------
    block
        Meters what it is around, under a label.
    """
    with block(f"comparison of {', '.join(plan.variants)}"[:200]):
        return study_of(Bench(plan, shared_meter()), usual_progress())


def study_of(bench: Bench, progress: Progress) -> Study:
    """Run a plan and return its study, as :func:`compare` does, on a meter of the caller's."""
    plan = bench.plan
    if not bench.domains:
        return _study(plan, (), "ok", (_NO_SENSOR,))
    least = least_rounds(math.comb(len(plan.variants), 2))
    if plan.rounds < least:
        progress.keep(too_few(plan.rounds, least))
    found = pilot(bench, progress.show)
    progress.keep(to_come(plan, found))
    made: list[Run] = []
    status, notes = "ok", found.notes
    try:
        bench.rest()
        for round_ in _announced(plan, found, rounds_of(bench, found), progress):
            made += round_
            if _is_reached(plan, tuple(made)):
                break
    except (Exception, KeyboardInterrupt) as error:
        if not made:
            raise
        status, why = _how_it_ended(error)
        notes = (*notes, f"{why}: the rounds that were whole are kept.")
        progress.keep(notes[-1])
    progress.show("")
    study = _study(plan, tuple(made), status, notes)
    if plan.until is not None and study.half_width > plan.until:
        notes = (*notes, f"The half-width of ± {100 * plan.until:.3g} % was not reached.")
        study = _study(plan, tuple(made), status, notes)
    return study


_NO_SENSOR = (
    "There is no ratio, and nothing was run, as no energy sensor can be read here: "
    "`jupyter_green.discover()` says why and what to do."
)


def _is_reached(plan: Plan, made: tuple[Run, ...]) -> bool:
    """Whether the rounds are enough for the half-width that is asked for, if one is."""
    enough = len(made) >= plan.rounds * len(plan.variants)
    return plan.until is not None and enough and _study(plan, made).half_width <= plan.until


def _announced(
    plan: Plan, found: Pilot, made: Iterator[tuple[Run, ...]], progress: Progress
) -> Iterator[tuple[Run, ...]]:
    """Yield the rounds, and say before each which it is and how long the rest will take."""
    done = 0
    while True:
        progress.show(_line(plan, found, done))
        round_ = next(made, None)
        if round_ is None:
            return
        done += 1
        yield round_


def _line(plan: Plan, found: Pilot, done: int) -> str:
    if done >= plan.most_rounds:
        return ""
    if done >= plan.rounds:
        return f"round {done + 1}, {plan.most_rounds} at most"
    left = duration((plan.rounds - done) * found.round_s)
    return f"round {done + 1} of {plan.rounds} · about {left} left"


def _how_it_ended(error: BaseException) -> tuple[str, str]:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", "The study was interrupted"
    return "error", f"The study ended with {message_of(error)}"


def _study(
    plan: Plan, made: tuple[Run, ...], status: str = "ok", notes: tuple[str, ...] = ()
) -> Study:
    return Study(
        variants=tuple(plan.variants),
        runs=made,
        unit=plan.unit,
        seed=plan.seed,
        margin=plan.margin,
        until=plan.until,
        rounds_asked=plan.rounds,
        status=status,
        notes=notes,
    )
