"""Windows that take turns: one while trials run, one between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

from ...meter.shared import shared_meter
from ...meter.summary import Subject
from ...meter.window import Window
from ...report.fields import ReportTrace
from ...report.report import Report

READING_S = 0.002
"""How long who asks for the joules of now waits for the reading at the last end."""
WATCH_S = 2.0
"""How often reports are made final beside the trials."""
REST_S = 0.1
"""How long the meter leaves the interpreter to sampler and storage from the end of a trial on."""
BEGIN_REST_S = 0.02
"""The same from the begin of the next one on, which may ask them for parameters. What is done
beside a trial comes later in it: it mostly computes, or waits, outside of the interpreter."""
_PAUSE = "between trials"
LONGEST_PAUSE_S = 30.0
"""A longer pause between trials is not the search's: somebody has gone for lunch."""


class Turn:
    """A window, and the trials that ran in it: one, several side by side, or none."""

    def __init__(self, window: Window, trials: list[int]) -> None:
        self.trials = trials
        self.edges = window.recording.edges
        """When it began and ended."""
        self.final: Report | None = None
        """Its report, without the curve, once that is final and was made."""
        self.why_none: str | None = None
        """Why it then has no joules."""
        self._window: Window | None = window
        """It has all that was read, and is given up then."""
        self._making = threading.Lock()

    @property
    def window(self) -> Window:
        """Its window, until the report is final."""
        assert self._window is not None
        return self._window

    @property
    def report(self) -> Report:
        """Its report, without the curve. Waits for the counters' refreshes."""
        with self._making:
            if self.final is None:
                report = self.window.report
                self.why_none = _why_none(self.window) if report.energy_j is None else None
                self.final = replace(report, trace=ReportTrace(), marks=())
                self._window = None
            return self.final

    @property
    def energy_so_far_j(self) -> float | None:
        """Its joules as they are known by now; ``None`` where nothing can be read."""
        window = self._window
        if window is None:
            return self.report.energy_j
        window.wait_until_read(READING_S)
        return window.energy_so_far_j

    def is_settled(self) -> bool:
        """Return whether its report is final, and make it if it can be."""
        window = self._window
        if window is None or window.wait_until_settled(0.0):
            _ = self.report
        return self.final is not None


def _why_none(window: Window) -> str:
    if any(domain.counted for domain in window.domains):
        return "nothing was read in it"
    if not window.missing:
        return "no sensor was read"
    first = window.missing[0]
    return f"{first.id}: {first.reason}. {first.remedy}"[:500]


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
        self.left_out = 0
        """Pauses that are not the search's."""
        self._longest_pause_s = longest_pause_s
        self._lock = threading.RLock()
        self._current: Turn | None = None
        self._running: set[int] = set()
        self._unsettled: list[Turn] = []
        self._settled_j: float | None = None
        self._has_given_up = False
        """Whether a pause is left out if another trial follows."""
        self._watcher: threading.Thread | None = None

    def begin(self, trial: int) -> None:
        """Begin a trial."""
        with self._lock:
            self.left_out += self._has_given_up
            self._has_given_up = False
            turn = self._current
            if turn is not None and self._running:
                turn.trials.append(trial)
            elif turn is not None and not self._is_long(turn):
                self._follow(turn, f"trial {trial}", [trial])
            else:
                self._drop_long_pause()
                self._open(f"trial {trial}", [trial])
            self._running.add(trial)
            shared_meter().rest(BEGIN_REST_S)

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
        """End a trial; return its turn if no other trial runs any more: a pause begins then."""
        with self._lock:
            turn = self._current
            if trial not in self._running:
                return None
            self._running.remove(trial)
            if self._running or turn is None:
                return None
            shared_meter().rest(REST_S)
            self._follow(turn, _PAUSE, [], status)
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, daemon=True)
                self._watcher.start()
            return turn

    def begin_pause(self) -> None:
        """Measure what is used until the first trial begins."""
        with self._lock:
            if self._current is None:
                self._open(_PAUSE, [])

    def end_pause(self) -> None:
        """Keep what was used since the last trial, as part of the search."""
        with self._lock:
            pause = self._current
            if pause is not None and not self._running:
                self._current = None
                pause.window.end(wait=False)
                self._keep(pause)

    def drop_pause(self) -> None:
        """Forget what was used since the last trial: the search was over."""
        with self._lock:
            if self._current is not None and not self._running:
                self._current.window.cancel()
                self._current = None

    def give_up_pause(self) -> None:
        """Forget what was used since the last trial: something else runs now."""
        with self._lock:
            if self._current is not None and not self._running:
                self.drop_pause()
                self._has_given_up = True

    def energy_j(self) -> float | None:
        """Return the joules of all that has ended, by what is known now, ``None`` for none."""
        with self._lock:
            found = [self._settled_j, *(turn.energy_so_far_j for turn in self._unsettled)]
        known_j = [j for j in found if j is not None]
        return sum(known_j) if known_j else None

    def __iter__(self) -> Iterator[Turn]:
        """Go through the turns that have ended, in the order of time."""
        return iter(list(self.ended))

    def _open(self, label: str, trials: list[int]) -> None:
        window = shared_meter().window(Subject(label=label))
        try:
            window.begin()
            self._current = Turn(window, trials)
        except BaseException:
            window.cancel()
            raise

    def _follow(self, turn: Turn, label: str, trials: list[int], status: str = "ok") -> None:
        """End a turn, and begin the next one there."""
        self._current = None
        try:
            window = shared_meter().follow(turn.window, Subject(label=label), status)
            self._current = Turn(window, trials)
        finally:
            if turn.edges.end_ns is not None:
                self._keep(turn)

    def _keep(self, turn: Turn) -> None:
        self.ended.append(turn)
        self._unsettled.append(turn)

    def _settle(self) -> None:
        """Make the reports that are final, which lets go of their curves."""
        for turn in list(self._unsettled):  # without the lock: this takes its time
            self._wait_until_rested()
            turn.is_settled()
        with self._lock:
            unsettled, self._unsettled = self._unsettled, []
            for turn in unsettled:
                if turn.final is None:
                    self._unsettled.append(turn)
                elif turn.final.energy_j is not None:
                    self._settled_j = (self._settled_j or 0.0) + turn.final.energy_j

    def _is_long(self, pause: Turn) -> bool:
        limit_s = self._longest_pause_s
        return limit_s is not None and pause.window.duration_s > limit_s

    def _drop_long_pause(self) -> None:
        """Forget a pause, if there is one, as it was too long."""
        if self._current is not None:
            self.drop_pause()
            self.left_out += 1

    def _watch(self) -> None:
        time.sleep(WATCH_S)
        while self.tend():
            time.sleep(WATCH_S)

    def _wait_until_rested(self) -> None:
        """Wait while a trial ends and the next begins: nobody waits for what is done here."""
        shared_meter().wait_until_rested()

    def tend(self) -> bool:
        """Make reports final, drop a pause that no trial follows; return whether more may come."""
        self._settle()
        with self._lock:
            turn = self._current
            if turn is not None and not self._running and self._is_long(turn):
                self._drop_long_pause()
            goes_on = self._current is not None or bool(self._unsettled)
            if not goes_on:
                self._watcher = None
            return goes_on
