"""What a metered trial of a search, or epoch of a training, takes beyond the bare one."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from .machine import SMALL, Machine, machine_with
from .program import Parent, ProgramError
from .table import Table, failed, typical_ms

TRIAL_S = 0.05
_HEADS = ("", "bare", "metered", "added", "of the loop's own CPU time")
_KINDS = {
    "memory": "Optuna, study in memory",
    "sqlite": "Optuna, study in SQLite",
    "attribute": "the same, not metered: with a user attribute",
    "grid": "scikit-learn, grid search, a fold",
    "epochs": "jg.epochs, an epoch",
    "budget": "jg.epochs with a budget, an epoch",
    "training": "the frameworks' callbacks, an epoch",
}


def table(trials: int) -> Table:
    """Measure `trials` trials of each kind, bare and metered, by turns of ten."""
    with machine_with(SMALL) as machine:
        rows = [_row(machine, kind, title, trials) for kind, title in _KINDS.items()]
    return Table(
        "Overhead of a metered trial or epoch, in ms",
        f"Median (95th percentile) of what a trial of {TRIAL_S * 1e3:.0f} ms takes besides its own "
        f"work: {trials} trials bare and {trials} metered, by turns of ten. The last columns are "
        "the differences of the medians: of the time, and of the CPU time of the loop's thread.",
        _HEADS,
        rows,
        "The aim is under 2 ms. A user attribute that a trial sets itself is one commit of "
        "Optuna's: its row says what that costs where nothing is metered. No trial and no epoch "
        "of `jg.epochs` waits for a reading or a figure, and none writes to a database: the joules "
        "are written into the study beside it. Callbacks, whose frameworks log an epoch's joules, "
        "wait for its last reading where no counter is slow, as the board's here is. What is added "
        "beyond the loop's own CPU time is waiting for processors and for the interpreter, which "
        "the sampler and the reports of earlier trials use at the same time.",
    )


Taken = tuple[list[float], list[float]]
"""Of each trial the seconds besides its work, and the CPU seconds of the loop's thread."""


def _row(machine: Machine, kind: str, title: str, trials: int) -> list[str]:
    try:
        with machine.start_on_files("benchmarks.search", kind, trials) as program:
            bare, metered = program.answer()
    except ProgramError as error:
        return failed(title, error, len(_HEADS))
    pairs = zip(bare, metered, strict=True)
    added = [f"{(median(after) - median(before)) * 1e3:.2f}" for before, after in pairs]
    return [title, typical_ms(bare[0]), typical_ms(metered[0]), *added]


def measure(kind: str, trials: int) -> tuple[Taken, Taken]:
    """Return what trials take besides their work, bare and metered."""
    with tempfile.TemporaryDirectory() as folder:
        run = _runner(kind, Path(folder))
        run(True)  # noqa: FBT003  (the first use is over)
        found: tuple[Taken, Taken] = (([], []), ([], []))
        for _ in range(max(1, trials // 10)):
            for is_metered in (False, True):
                for all_of, new in zip(found[is_metered], run(is_metered), strict=True):
                    all_of.extend(new)
    return found


def _runner(kind: str, folder: Path) -> Callable[[bool], Taken]:
    if kind == "grid":
        return _of_grid()
    if kind == "training":
        return _of_training()
    if kind in ("epochs", "budget"):
        return _of_epochs(1e6 if kind == "budget" else None)
    return _of_optuna(kind, folder)


class _Laps:
    """The times of laps, and of the work in each of them."""

    def __init__(self) -> None:
        self._ends: list[tuple[float, float]] = []
        self._worked: list[float] = []

    def work(self) -> None:
        """Work, which is to sleep."""
        began = time.perf_counter()
        time.sleep(TRIAL_S)
        self._worked.append(time.perf_counter() - began)

    def end(self) -> None:
        """End a lap."""
        self._ends.append((time.perf_counter(), time.thread_time()))

    def taken(self) -> Taken:
        """Return what each lap but the first took besides its work."""
        laps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(self._ends)]
        worked = self._worked[1 : len(laps) + 1]
        return [lap[0] - w for lap, w in zip(laps, worked, strict=True)], [lap[1] for lap in laps]


def _of_training() -> Callable[[bool], Taken]:
    from jupyter_green.callbacks.training import Training

    def run(is_metered: bool) -> Taken:  # noqa: FBT001
        laps = _Laps()
        training = Training()
        training.begin(12)
        for _ in range(12):
            laps.end()
            if is_metered:
                training.begin_epoch()
            laps.work()
            if is_metered:
                training.end_epoch()
        training.close()
        return laps.taken()

    return run


def _of_epochs(budget_kj: float | None) -> Callable[[bool], Taken]:
    import jupyter_green as jg

    def run(is_metered: bool) -> Taken:  # noqa: FBT001
        laps = _Laps()
        for _ in jg.epochs(12, budget_kj=budget_kj) if is_metered else range(12):
            laps.end()
            laps.work()
        return laps.taken()

    return run


def _of_optuna(kind: str, folder: Path) -> Callable[[bool], Taken]:
    import optuna

    import jupyter_green as jg

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = f"sqlite:///{folder / 'study.db'}" if kind != "memory" else None

    def run(is_metered: bool) -> Taken:  # noqa: FBT001
        laps = _Laps()

        def f(trial: Any) -> float:
            x: float = trial.suggest_float("x", 0, 1)
            laps.work()
            return x

        def with_attribute(trial: Any) -> float:
            x = f(trial)
            trial.set_user_attr("x", x)
            return x

        other = with_attribute if kind == "attribute" else jg.hpo.objective(f)
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0), storage=storage)
        callbacks = [lambda *_: laps.end()]
        study.optimize(other if is_metered else f, n_trials=11, callbacks=callbacks)
        return laps.taken()

    return run


def _of_grid() -> Callable[[bool], Taken]:
    from sklearn.model_selection import GridSearchCV

    import jupyter_green as jg
    from tests.testbench.searches import Sleeper

    def run(is_metered: bool) -> Taken:  # noqa: FBT001
        laps = _Laps()

        def fit(_: float) -> None:
            laps.end()  # of the fold before, with what lies between
            laps.work()

        Sleeper.sleep = staticmethod(fit)
        search = GridSearchCV(Sleeper(), {"seconds": [TRIAL_S] * 6}, cv=2, refit=False)
        if is_metered:
            energy = jg.hpo.SklearnEnergy()
            is_new = hasattr(search, "set_callbacks")
            search = search.set_callbacks(energy) if is_new else jg.hpo.by_candidate(search, energy)
        search.fit([[0.0]] * 40, [0, 1] * 20)
        return laps.taken()

    return run


if __name__ == "__main__":
    Parent().say(measure(sys.argv[1], int(sys.argv[2])))
