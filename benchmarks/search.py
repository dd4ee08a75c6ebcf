"""What a metered trial of a search takes beyond the bare one."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .machine import SMALL, Machine, machine_with
from .program import Parent, ProgramError
from .table import Table, failed, typical_ms

TRIAL_S = 0.05
_HEADS = ("", "bare", "metered", "added")
_KINDS = {
    "memory": "Optuna, study in memory",
    "sqlite": "Optuna, study in SQLite",
    "grid": "scikit-learn, grid search, a fold",
}


def table(trials: int) -> Table:
    """Measure `trials` trials of each kind, bare and metered, by turns of ten."""
    with machine_with(SMALL) as machine:
        rows = [_row(machine, kind, title, trials) for kind, title in _KINDS.items()]
    return Table(
        "Overhead of a metered trial, in ms",
        f"Median (95th percentile) of what a trial of {TRIAL_S * 1e3:.0f} ms takes besides its own "
        f"work: {trials} trials bare and {trials} metered, by turns of ten. The last column is the "
        "difference of the medians.",
        _HEADS,
        rows,
        "The aim is under 2 ms. Most of it is the wait for the reading at the trial's end, which "
        "its user attributes need. Each of the four attributes is a transaction of its own in a "
        "database, which is what SQLite takes.",
    )


def _row(machine: Machine, kind: str, title: str, trials: int) -> list[str]:
    try:
        with machine.start_on_files("benchmarks.search", kind, trials) as program:
            bare, metered = program.answer()
    except ProgramError as error:
        return failed(title, error, len(_HEADS))
    return [title, *_figures(bare, metered)]


def _figures(bare_s: list[float], metered_s: list[float]) -> Iterator[str]:
    yield typical_ms(bare_s)
    yield typical_ms(metered_s)
    middle = [sorted(values)[len(values) // 2] for values in (bare_s, metered_s)]
    yield f"{(middle[1] - middle[0]) * 1e3:.2f}"


def measure(kind: str, trials: int) -> tuple[list[float], list[float]]:
    """Return what trials take besides their work, bare and metered, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        run = _of_grid() if kind == "grid" else _of_optuna(kind, Path(folder))
        run(True)  # noqa: FBT003  (the first use is over)
        found: tuple[list[float], list[float]] = ([], [])
        for _ in range(max(1, trials // 10)):
            for is_metered in (False, True):
                found[is_metered].extend(run(is_metered))
    return found


def _of_optuna(kind: str, folder: Path) -> Callable[[bool], list[float]]:
    import optuna

    import jupyter_green as jg

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = f"sqlite:///{folder / 'study.db'}" if kind == "sqlite" else None

    def run(is_metered: bool) -> list[float]:  # noqa: FBT001
        worked, ended = [], []

        def f(trial: Any) -> float:
            began = time.perf_counter()
            x: float = trial.suggest_float("x", 0, 1)
            time.sleep(TRIAL_S)
            worked.append(time.perf_counter() - began)
            return x

        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0), storage=storage)
        chosen = jg.hpo.objective(f) if is_metered else f
        at_end = [lambda *_: ended.append(time.perf_counter())]
        study.optimize(chosen, n_trials=11, callbacks=at_end)
        return [b - a - w for a, b, w in zip(ended[:-1], ended[1:], worked[1:], strict=True)]

    return run


def _of_grid() -> Callable[[bool], list[float]]:
    from sklearn.model_selection import GridSearchCV

    import jupyter_green as jg
    from tests.testbench.searches import Sleeper

    worked: list[float] = []
    Sleeper.sleep = staticmethod(lambda s: _sleep(s, worked))

    def run(is_metered: bool) -> list[float]:  # noqa: FBT001
        search = GridSearchCV(Sleeper(), {"seconds": [TRIAL_S] * 5}, cv=2, refit=False)
        if is_metered:
            energy = jg.hpo.SklearnEnergy()
            is_new = hasattr(search, "set_callbacks")
            search = search.set_callbacks(energy) if is_new else jg.hpo.by_candidate(search, energy)
        worked.clear()
        began = time.perf_counter()
        search.fit([[0.0]] * 40, [0, 1] * 20)
        return [(time.perf_counter() - began - sum(worked)) / len(worked)]

    return run


def _sleep(seconds: float, worked: list[float]) -> None:
    began = time.perf_counter()
    time.sleep(seconds)
    worked.append(time.perf_counter() - began)


if __name__ == "__main__":
    Parent().say(measure(sys.argv[1], int(sys.argv[2])))
