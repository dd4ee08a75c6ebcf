"""Windows that take turns: one while trials run, one between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ...meter.shared import shared_meter
from ...meter.summary import Subject
from ...meter.window import Window
from ...report.fields import ReportTrace
from ...report.report import Report

READING_S = 0.002
"""How long who asks for the joules of now waits for the reading at the last end."""
WATCH_S = 2.0
"""How often reports are made final beside the trials."""
LONGEST_PAUSE_S = 30.0
"""A longer pause between trials is not the search's: somebody has gone for lunch."""


@dataclass(eq=False)
class Turn:
    """A window, and the trials that ran in it: one, several side by side, or none."""

    window: Window
    trials: list[int] = field(default_factory=list)
    final: Report | None = None

    @property
    def report(self) -> Report:
        """Its report, without the curve. Waits for the counters' refreshes."""
        if self.final is None:
            self.final = _without_curve(self.window.report)
        return self.final

    @property
    def energy_so_far_j(self) -> float | None:
        """Its joules as they are known by now; ``None`` where nothing can be read."""
        if self.final is not None:
            return self.final.energy_j
        self.window.wait_until_read(READING_S)
        return self.window.energy_so_far_j

    def is_settled(self) -> bool:
        """Return whether its report is final, and make it if it can be."""
        if self.final is None and self.window.wait_until_settled(0.0):
            _ = self.report
        return self.final is not None


class SideBySideError(ValueError):
    """Of a trial that has to run alone."""


class Turns:
    """What a search used, in windows that follow each other.

    Trials side by side share a window, since no sensor tells their joules apart.

    Parameters
    ----------
    longest_pause_s
        A longer time between trials is left out. ``None`` leaves none out.
    """

    def __init__(self, longest_pause_s: float | None = LONGEST_PAUSE_S) -> None:
        self.ended: list[Turn] = []
        self.long_pauses = 0
        """How many were left out."""
        self._longest_pause_s = longest_pause_s
        self._lock = threading.RLock()
        self._current: Turn | None = None
        self._running: set[int] = set()
        self._unsettled: list[Turn] = []
        self._settled_j: float | None = None
        self._watcher: threading.Thread | None = None

    def begin(self, trial: int) -> None:
        """Begin a trial."""
        with self._lock:
            if self._running and self._current is not None:
                self._current.trials.append(trial)
            else:
                adjoins = self._end_pause()
                self._open(f"trial {trial}", [trial], adjoins=adjoins)
            self._running.add(trial)

    def begin_alone(self, trial: int) -> None:
        """Begin a trial beside which no other runs.

        Raises
        ------
        SideBySideError
            Where another runs.
        """
        with self._lock:
            if self._running:
                raise SideBySideError(
                    "trials run side by side, and no sensor tells their joules apart: give n_jobs=1"
                )
            self.begin(trial)

    def end(self, trial: int, status: str = "ok") -> Turn | None:
        """End a trial; return its turn if no other trial runs any more."""
        with self._lock:
            turn = self._current
            if trial not in self._running:
                return None
            self._running.remove(trial)
            if self._running or turn is None:
                return None
            self._close(turn, status)
            return turn

    def pause(self) -> None:
        """Measure what is used until the next trial begins, unless one runs."""
        with self._lock:
            if self._current is not None:
                return
            self._open("between trials", [], adjoins=bool(self.ended))
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, daemon=True)
                self._watcher.start()

    def end_pause(self) -> None:
        """Keep what was used since the last trial, as part of the search."""
        with self._lock:
            self._end_pause()

    def drop_pause(self) -> None:
        """Forget what was used since the last trial: the search was over."""
        with self._lock:
            if self._current is not None and not self._running:
                self._current.window.cancel()
                self._current = None

    def energy_j(self) -> float | None:
        """Return the joules of all that has ended, by what is known now, ``None`` for none."""
        with self._lock:
            found = [self._settled_j, *(turn.energy_so_far_j for turn in self._unsettled)]
        known_j = [j for j in found if j is not None]
        return sum(known_j) if known_j else None

    def __iter__(self) -> Iterator[Turn]:
        """Go through the turns that have ended, in the order of time."""
        return iter(list(self.ended))

    def _open(self, label: str, trials: list[int], *, adjoins: bool) -> None:
        subject = Subject(label=label)
        meter = shared_meter()
        window = meter.following(subject) if adjoins else meter.window(subject)
        try:
            window.begin()
            self._current = Turn(window, trials)
        except BaseException:
            window.cancel()
            raise

    def _close(self, turn: Turn, status: str = "ok") -> None:
        self._current = None
        turn.window.end(status, wait=False)
        self.ended.append(turn)
        self._unsettled.append(turn)

    def _settle(self) -> None:
        """Make the reports that are final, which lets go of their curves."""
        for turn in list(self._unsettled):  # without the lock: this takes its time
            turn.is_settled()
        with self._lock:
            unsettled, self._unsettled = self._unsettled, []
            for turn in unsettled:
                if turn.final is None:
                    self._unsettled.append(turn)
                elif turn.final.energy_j is not None:
                    self._settled_j = (self._settled_j or 0.0) + turn.final.energy_j

    def _end_pause(self) -> bool:
        """End the pause; return whether there is one that was not too long."""
        if self._current is not None and self._is_long(self._current):
            self._drop_long_pause()
        turn = self._current
        if turn is None:
            return False
        self._close(turn)
        return True

    def _is_long(self, pause: Turn) -> bool:
        limit_s = self._longest_pause_s
        return limit_s is not None and pause.window.duration_s > limit_s

    def _drop_long_pause(self) -> None:
        self.drop_pause()
        self.long_pauses += 1

    def _watch(self) -> None:
        while self.tend():
            time.sleep(WATCH_S)

    def tend(self) -> bool:
        """Make reports final, drop a pause that no trial follows; return whether more may come."""
        self._settle()
        with self._lock:
            turn = self._current
            if turn is not None and not self._running and self._is_long(turn):
                self._drop_long_pause()
            if self._current is None:
                self._watcher = None
            return self._current is not None


def _without_curve(report: Report) -> Report:
    """Return a report that takes little memory: a search may have thousands of them."""
    return replace(report, trace=ReportTrace(), marks=())
