"""What the callbacks of all frameworks have in common: a training whose epochs are metered."""

from __future__ import annotations

from typing import Any

from ..meter.trace import Point
from ..report.report import Report
from ..report.stages import Stages, hinted
from ..studies.loops.budget import LoopBudget, budget_j_of
from ..studies.loops.epoch_windows import READ_TIMEOUT_S, EpochWindows
from ..studies.loops.forecast import Forecast
from .caller import Caller

LOGGED = "energy_j"
"""What an epoch's joules are called in a framework's own logs."""


class Training:
    """Meters a training and its epochs, for one framework's callback.

    Nothing waits for a report. What an error breaks off is ended a tenth of a second later, where
    the framework does not tell its callbacks of errors, or when something is asked of it.

    Parameters
    ----------
    budget_kj
        Kilojoules that the training may use, evaluation between its epochs included: it stops
        after the epoch in which they are spent.
    stage
        Of the reports.

    Raises
    ------
    TypeError, ValueError
        For a budget that is not above 0.
    """

    def __init__(self, *, budget_kj: float | None = None, stage: Stages = "training") -> None:
        self.budget_kj = budget_kj
        self.stage = hinted(stage)
        self._budget_j = budget_j_of(budget_kj)
        self._windows: EpochWindows | None = None
        self._caller: Caller | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the windows, which are this process's."""
        return {**self.__dict__, "_windows": None, "_caller": None}

    def begin(self, count: int | None, package: str | None = None) -> None:
        """Begin a training of so many epochs; `package` is the framework's that runs it."""
        self.close("error")  # one that was broken off
        self._caller = Caller(package) if package is not None else None
        budget_j = self._budget_j
        self._windows = EpochWindows(
            count,
            budget=LoopBudget(budget_j, count) if budget_j is not None else None,
            label="training",
            stage=self.stage,
            on_point=self._close_if_left,  # and so that samples come at once, for what is logged
        )

    def begin_epoch(self) -> None:
        """Begin an epoch."""
        if self._windows is not None:
            self._windows.begin()

    def end_epoch(self) -> float | None:
        """End the epoch; return its joules as far as they are known by now."""
        if self._windows is None:
            return None
        self._windows.end(READ_TIMEOUT_S)
        return self._windows.last_j()

    def close(self, status: str = "ok") -> None:
        """End what is open, as the framework has; a second call changes nothing."""
        self._caller = None
        if self._windows is not None:
            self._windows.close(status)

    @property
    def reports(self) -> list[Report]:
        """The reports of the epochs; waits until they are final, a quarter of a second."""
        self._close_if_left()
        return self._windows.reports if self._windows is not None else []

    @property
    def report(self) -> Report:
        """The report of the whole training, once it has ended.

        Raises
        ------
        RuntimeError
            Before that.
        """
        self._close_if_left()
        if self._windows is None:
            raise RuntimeError("nothing was trained yet in this process: fit the model first")
        return self._windows.report

    @property
    def forecast(self) -> Forecast | None:
        """The joules of all epochs, from those that are done; see :class:`jg.epochs`."""
        return self._windows.forecast if self._windows is not None else None

    @property
    def is_spent(self) -> bool:
        """Whether the budget is spent."""
        return self._windows is not None and self._windows.is_spent

    def _close_if_left(self, _: Point | None = None) -> None:
        caller = self._caller
        if caller is not None and not caller.is_running:
            self.close("error")


class Metered:
    """A callback's view of its training, for the user; made with :class:`Training`'s parameters."""

    _training: Training

    def __init__(self, budget_kj: float | None = None, *, stage: Stages = "training") -> None:
        super().__init__()
        self._training = Training(budget_kj=budget_kj, stage=stage)

    @property
    def reports(self) -> list[Report]:
        """The reports of the epochs; waits until they are final, a quarter of a second."""
        return self._training.reports

    @property
    def report(self) -> Report:
        """The report of the whole training, once it has ended.

        Raises
        ------
        RuntimeError
            Before that.
        """
        return self._training.report

    @property
    def forecast(self) -> Forecast | None:
        """The joules of all epochs, from those that are done; ``None`` before three are."""
        return self._training.forecast

    @property
    def is_spent(self) -> bool:
        """Whether the budget is spent."""
        return self._training.is_spent
