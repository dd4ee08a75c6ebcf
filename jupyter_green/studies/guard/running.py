"""Runs a comparison within a test: its functions' exceptions pass through, as in any test."""

from __future__ import annotations

from collections.abc import Callable

from ...meter.meter import Meter
from ..compare.bench import Bench, Made
from ..compare.compare import study_of
from ..compare.plan import Plan
from ..compare.progress import usual_progress
from ..compare.study import Study


class _WatchedBench(Bench):
    """A bench that knows what ended its last run."""

    error: BaseException | None = None

    def run(self, name: str, loops: int) -> Made:
        try:
            return super().run(name, loops)
        except BaseException as error:
            self.error = error
            raise


def run(plan: Plan, meter: Meter, keep: Callable[[str], object]) -> Study:
    """Return the study of a plan.

    What a function raises passes through, and an interrupt does; `keep` is then given a sentence
    with what the rounds show that were whole.
    """
    bench = _WatchedBench(plan, meter)
    study = study_of(bench, usual_progress())
    if study.status == "ok":
        return study
    rounds = "1 whole round" if study.rounds == 1 else f"{study.rounds} whole rounds"
    keep(f"ended early, after {rounds}: {' '.join(study.verdicts)}")
    raise bench.error or KeyboardInterrupt
