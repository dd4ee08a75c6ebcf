"""``for epoch in jg.epochs(25, budget_kj=50)``: a loop whose epochs are metered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from types import TracebackType
from typing import Any, Generic, TypeVar, overload

from ...meter.measure import status_of
from ...report import format as figures
from ...report.report import Report
from ...report.stages import Stages, hinted
from ...terminal import say
from ...wrong_type import WrongTypeError
from .budget import LoopBudget, budget_j_of
from .epoch_windows import READ_TIMEOUT_S, EpochWindows
from .forecast import Forecast

T = TypeVar("T")


class epochs(Generic[T]):  # noqa: N801  (used like a function: `for epoch in epochs(25):`)
    """Meter each epoch of a loop: ``for epoch in jg.epochs(25, budget_kj=50): …``.

    The loop stops after the epoch in which the budget is spent, and warns before when the forecast
    exceeds it, both on standard error. It waits for no report. However it is left, by ``break``,
    an error or an interrupt, its windows end there. To a loop by itself these are all alike, and
    its reports say ``ok``. In ``with jg.epochs(…) as loop`` they tell how the block ended, with
    which its windows end.

    Parameters
    ----------
    items
        A number of epochs, which are then counted from 0 as by `range`; or what to loop over.
    budget_kj
        Kilojoules that the loop may use, what lies between the epochs included.
    label, stage
        Of the report of the whole loop, :attr:`report`.
    verbose
        Whether to print a line after each epoch: its joules, and the forecast.

    Raises
    ------
    TypeError, ValueError
        For what is neither a number nor can be looped over, and a budget that is not above 0.

    Examples
    --------
    >>> loop = jg.epochs(25, budget_kj=50)
    >>> for epoch in loop:
    ...     train(model)
    >>> loop.reports[0].energy_j, loop.forecast, loop.report

    >>> with jg.epochs(25) as loop:
    ...     for epoch in loop:
    ...         train(model)
    """

    @overload
    def __init__(
        self: epochs[int],
        items: int,
        *,
        budget_kj: float | None = ...,
        label: str | None = ...,
        stage: Stages = ...,
        verbose: bool = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        items: Iterable[T],
        *,
        budget_kj: float | None = ...,
        label: str | None = ...,
        stage: Stages = ...,
        verbose: bool = ...,
    ) -> None: ...
    def __init__(
        self,
        items: Iterable[T] | int,
        *,
        budget_kj: float | None = None,
        label: str | None = "epochs",
        stage: Stages = None,
        verbose: bool = False,
    ) -> None:
        self._items: Iterable[Any] = _loop(items)
        self._count = len(self._items) if isinstance(self._items, Sized) else None
        budget_j = budget_j_of(budget_kj)
        self._windows = EpochWindows(
            self._count,
            budget=LoopBudget(budget_j, self._count) if budget_j is not None else None,
            label=label,
            stage=hinted(stage),
        )
        self._verbose = verbose
        self._has_begun = False
        self._is_block = False

    def __enter__(self) -> epochs[T]:
        """Have the windows end with the block, which knows of an error in the loop's body."""
        self._is_block = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_block = False
        self._windows.close(status_of(error))

    def __len__(self) -> int:
        """Return the number of epochs, for progress bars.

        Raises
        ------
        TypeError
            Where it is not known.
        """
        if self._count is None:
            raise TypeError("the number of epochs is not known")
        return self._count

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[T]:
        """Loop; once.

        Raises
        ------
        RuntimeError
            For a loop that has begun already.
        """
        if self._has_begun:
            raise RuntimeError("this loop has run already: make another one, `jg.epochs(…)`")
        self._has_begun = True
        return self._run()

    def _run(self) -> Iterator[T]:
        windows = self._windows
        status: str | None = "ok"
        try:
            for item in self._items:
                windows.begin()
                yield item
                windows.end(READ_TIMEOUT_S if self._verbose else 0.0)
                if self._verbose:
                    self._say(windows.last_j())
                if windows.is_spent:
                    return
        except GeneratorExit:  # also where the body has failed
            status = None if self._is_block else "ok"
            raise
        except BaseException as error:
            status = status_of(error)
            raise
        finally:
            if status is not None:
                windows.close(status)

    @property
    def reports(self) -> list[Report]:
        """The reports of the epochs that have ended, the last of them if it was left as well.

        It waits until they are final, up to a quarter of a second after an epoch's end.
        """
        return self._windows.reports

    @property
    def report(self) -> Report:
        """The report of the whole loop, once it has ended.

        Raises
        ------
        RuntimeError
            Before that.
        """
        return self._windows.report

    @property
    def forecast(self) -> Forecast | None:
        """The joules of all epochs, from those that are done: at least three, the first left out.

        ``None`` before that, and where their number is not known or nothing can be read.
        """
        return self._windows.forecast

    @property
    def is_spent(self) -> bool:
        """Whether the budget is spent."""
        return self._windows.is_spent

    def _say(self, epoch_j: float | None) -> None:
        known = self.forecast
        of = f" of {self._count}" if self._count is not None else ""
        so_far = "not measured"
        if epoch_j is not None:
            so_far = figures.energy_so_far(epoch_j, self._windows.provenance)
        ahead = f"; {known}" if known is not None else ""
        say(f"epoch {self._windows.done}{of}: {so_far}{ahead}\n")


def _loop(items: Iterable[T] | int) -> Iterable[T] | range:
    if isinstance(items, bool) or not isinstance(items, (int, Iterable)):
        raise WrongTypeError(f"epochs takes a number of epochs or what to loop over, not {items!r}")
    if isinstance(items, int):
        if items < 0:
            raise ValueError(f"epochs takes a number of epochs, 0 or more, not {items}")
        return range(items)
    return items
