"""The windows of a training: one for each epoch, within one of the whole loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from ...meter.marking import mark
from ...meter.measure import on_block_end
from ...meter.meter import Meter
from ...meter.shared import shared_meter
from ...meter.summary import Subject
from ...meter.trace import Point
from ...meter.window import Window
from ...report.addition import total_provenance
from ...report.report import Report
from .budget import LoopBudget
from .forecast import Forecast, forecast

READ_TIMEOUT_S = 0.001
"""How long the end of an epoch waits for the reading there: mostly half of it. Without it the
joules so far are some of the loop's 100 ms old."""
MOST_WINDOWS = 16
"""Epochs whose report was not made yet: each holds all its samples."""

LOOP_FIRST_S = 0.005
"""How long such a report waits, so that it does not take the interpreter from the loop's next
epoch right where that begins."""


class EpochWindows:
    """Meters the epochs of one training, and waits for no report meanwhile.

    Parameters
    ----------
    count
        Epochs in all, ``None`` if that is not known.
    budget
        What they may use; it warns and says when to stop.
    label, stage
        Of the report of the whole loop. An epoch's label is ``epoch 1``, ``epoch 2`` and so on.
    on_point
        Called from another thread some times a second while the loop is open.
    meter
        This process's, if none is given.
    """

    def __init__(
        self,
        count: int | None,
        *,
        budget: LoopBudget | None = None,
        label: str | None = "epochs",
        stage: str | None = None,
        on_point: Callable[[Point], None] | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.count = count
        self._budget = budget
        self._subject = Subject(label=label, stage=stage)
        self._on_point = on_point
        self._meter = meter
        self._whole: Window | None = None
        self._epoch: Window | None = None
        self._kept: list[Window | Report] = []
        self._laps_j: list[float] = []
        """Joules of each epoch, with what lies between it and the one before."""
        self._lock = threading.Lock()
        """What breaks a training off may end it from another thread."""

    def begin(self) -> None:
        """Begin an epoch; with the first one the loop's own window begins."""
        self._end_epoch("ok")  # one that was not ended
        meter = self._meter or shared_meter()
        if self._whole is None:
            self._whole = meter.window(self._subject, on_point=self._on_point)
            self._whole.begin()
        name = f"epoch {len(self._kept) + 1}"
        mark(name)
        self._epoch = meter.following(Subject(label=name, stage=self._subject.stage))
        self._epoch.begin()

    def end(self, status: str = "ok") -> float | None:
        """End the epoch; return its joules as far as they are known by now, in joules.

        ``None`` where nothing can be read. The report, which is more exact, comes later.
        """
        epoch = self._end_epoch(status)
        if epoch is None or status != "ok":
            return None
        epoch.wait_until_read(READ_TIMEOUT_S)
        if (spent_j := self.spent_j) is not None:
            self._laps_j.append(spent_j - sum(self._laps_j))
            if self._budget is not None:
                self._budget.spend(spent_j, len(self._kept), self.forecast)
        return _joules(epoch) or None  # 0 J: the readings are still to come

    def close(self, status: str = "ok") -> None:
        """End what is open; a second call changes nothing."""
        self._end_epoch(status)
        with self._lock:
            whole = self._whole
            if whole is None or not whole.is_open:
                return
            whole.end(status, wait=False)
        if self._budget is not None:
            self._budget.over()
        for callback in tuple(on_block_end):
            callback(whole)

    @property
    def is_open(self) -> bool:
        """Whether the loop has begun and not ended."""
        return self._whole is not None and self._whole.is_open

    @property
    def done(self) -> int:
        """How many epochs have ended."""
        return len(self._kept)

    @property
    def provenance(self) -> str | None:
        """How the joules come about."""
        domains = self._whole.domains if self._whole is not None else ()
        return total_provenance(domain.provenance.value for domain in domains if domain.counted)

    @property
    def is_spent(self) -> bool:
        """Whether there is a budget and it is spent."""
        return self._budget is not None and self._budget.is_spent

    @property
    def spent_j(self) -> float | None:
        """The joules of the loop so far; ``None`` where nothing can be read."""
        return _joules(self._whole) if self._whole is not None else None

    @property
    def forecast(self) -> Forecast | None:
        """What the whole will have used; ``None`` if too little is known."""
        if self.count is None or not self._laps_j:
            return None
        return forecast(self._laps_j, self.count, self.provenance)

    @property
    def reports(self) -> list[Report]:
        """The reports of the epochs that have ended; waits for the last ones to be final."""
        for number, kept in enumerate(self._kept):
            if isinstance(kept, Window):
                self._kept[number] = kept.report
        return [kept for kept in self._kept if isinstance(kept, Report)]

    @property
    def report(self) -> Report:
        """The report of the whole loop, once it has ended.

        Raises
        ------
        RuntimeError
            Before that.
        """
        if self._whole is None:
            raise RuntimeError("no epoch was measured yet: run the loop first")
        return self._whole.report

    def _end_epoch(self, status: str) -> Window | None:
        with self._lock:
            epoch, self._epoch = self._epoch, None
            if epoch is None:
                return None
            epoch.end(status, wait=False)
            self._kept.append(epoch)
        if len(self._kept) > MOST_WINDOWS:
            late = len(self._kept) - MOST_WINDOWS - 1
            threading.Thread(
                target=self._make_report, args=(late,), name="jupyter-green epoch", daemon=True
            ).start()
        return epoch

    def _make_report(self, number: int) -> None:
        """Make the report of an epoch, whose samples are then given up, beside the loop.

        Of a long epoch that takes some 10 ms.
        """
        time.sleep(LOOP_FIRST_S)
        kept = self._kept[number]
        with suppress(Exception):  # whoever asks for it sees why
            if isinstance(kept, Window):
                self._kept[number] = kept.report


def _joules(window: Window) -> float | None:
    """Return the joules of a window so far, with those since the last reading at its power."""
    newest = window.recording.newest
    if newest is None or newest.total_j is None or window.begin_ns is None:
        return None
    counted = {domain.id for domain in window.domains if domain.counted}
    power_w = sum(watts or 0.0 for id_, watts in newest.power_w.items() if id_ in counted)
    since_s = window.duration_s - (newest.t_ns - window.begin_ns) * 1e-9
    return newest.total_j + power_w * max(0.0, since_s)
