"""The windows of a training: one for each epoch, within one of the whole loop."""

from __future__ import annotations

import threading
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
"""How long an epoch's end waits for its reading at most, for who logs its joules at once.
Without it they are as old as the last sample, and go on at its power. So they are in any case
where a counter is slow, as a GPU's: there nothing is waited for."""
MOST_WINDOWS = 16
"""Epochs whose report was not made yet: each holds all its samples."""

AT_ONCE = 8
"""How many of these reports are made by one thread, as to start one takes the loop's time."""
REST_S = 0.1
"""How long the meter leaves the interpreter to the loop from the end of an epoch on, whose
evaluation may follow."""
BEGIN_REST_S = 0.02
"""The same from the begin of the next one on. What is done beside an epoch comes later in it."""


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
        self._complete = 0
        """How many of them ended as an epoch does."""
        self._lock = threading.Lock()
        """What breaks a training off may end it from another thread."""

    def begin(self) -> None:
        """Begin an epoch; with the first one the loop's own window begins."""
        self._end_epoch("ok")  # one that was not ended
        meter = self._used_meter
        if self._whole is None:
            self._whole = meter.window(self._subject, on_point=self._on_point)
            self._whole.begin()
        name = f"epoch {len(self._kept) + 1}"
        mark(name)
        self._epoch = meter.following(Subject(label=name, stage=self._subject.stage))
        self._epoch.begin()
        meter.rest(BEGIN_REST_S)

    def end(self, read_within_s: float = 0.0) -> None:
        """End the epoch, which is complete; wait so long at most for the reading at its end."""
        ended = self._end_epoch("ok")
        if ended is None:
            return
        if read_within_s and ended.settles_soon:
            ended.wait_until_read(read_within_s)
        self._used_meter.rest(REST_S)
        self._complete += 1
        if self._budget is not None and (spent_j := self.spent_j) is not None:
            self._budget.spend(spent_j, self._complete, self.forecast)

    def last_j(self) -> float | None:
        """Return the joules of the epoch that has just ended, as far as they are known by now.

        ``None`` where nothing can be read. The report, which is more exact, comes later.
        """
        return self._joules_of(self._complete - 1) if self._complete else None

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
        """How many epochs are complete."""
        return self._complete

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
        return self._whole.energy_so_far_j if self._whole is not None else None

    @property
    def forecast(self) -> Forecast | None:
        """What the whole will have used; ``None`` if too little is known."""
        if self.count is None or not self._complete:
            return None
        epochs_j = [self._joules_of(number) for number in range(self._complete)]
        known_j = [each for each in epochs_j if each is not None]
        if len(known_j) < self._complete:
            return None
        between_j = max(0.0, (self.spent_j or 0.0) - sum(known_j)) / self._complete
        return forecast([each + between_j for each in known_j], self.count, self.provenance)

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

    @property
    def _used_meter(self) -> Meter:
        return self._meter or shared_meter()

    def _end_epoch(self, status: str) -> Window | None:
        with self._lock:
            epoch, self._epoch = self._epoch, None
            if epoch is None:
                return None
            epoch.end(status, wait=False)
            self._kept.append(epoch)
        done = len(self._kept)
        if done > MOST_WINDOWS and done % AT_ONCE == 0:
            threading.Thread(
                target=self._make_reports,
                args=(done - MOST_WINDOWS,),
                name="jupyter-green epochs",
                daemon=True,
            ).start()
        return epoch

    def _joules_of(self, number: int) -> float | None:
        """Return the joules of an epoch, as far as they are known by now."""
        kept = self._kept[number]
        if isinstance(kept, Report):
            return kept.energy_j
        return kept.energy_so_far_j or None  # 0 J: the readings are still to come

    def _make_reports(self, until: int) -> None:
        """Make the reports of older epochs, whose samples are then given up, beside the loop.

        Of a long epoch that takes some 10 ms.
        """
        for number in range(until - AT_ONCE, until):
            self._used_meter.wait_until_rested()
            kept = self._kept[number]
            with suppress(Exception):  # whoever asks for it sees why
                if isinstance(kept, Window):
                    self._kept[number] = kept.report
