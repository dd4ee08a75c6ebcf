"""The turns of each study that is under way in this process, written into it as they get final."""

from __future__ import annotations

import atexit
import os
import threading
from weakref import WeakKeyDictionary

import optuna

from .records import Records
from .turns import Turns

_all: WeakKeyDictionary[optuna.Study, StudyTurns] = WeakKeyDictionary()
_registered_pid: int | None = None


def turns_of(study: optuna.Study) -> StudyTurns:
    """Return what was metered of a study in this process."""
    return _all.setdefault(study, StudyTurns())


def finish_all() -> None:
    """Write what this process has metered of all studies: two objects may be the same study."""
    for turns in list(_all.values()):
        turns.finish()


class StudyTurns(Turns):
    """What a study used, in windows that follow each other.

    The final joules of its turns are written into the study beside its trials; at the latest when
    this process ends.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fault: str | None = None
        """Why the joules could not be written; the next time tries again."""
        self._study: optuna.Study | None = None
        """While something may be left to write, so that it is not lost with the last reference."""
        self._records = Records()
        self._writing = threading.Lock()

    def begin(self, trial: int) -> None:
        """Begin a trial. Another study's pause is over: it would hold this trial's joules."""
        for other in list(_all.values()):
            if other is not self:
                other.give_up_pause()
        super().begin(trial)

    def follow(self, study: optuna.Study) -> None:
        """Write into this study what its turns used; once a window has begun."""
        self._study = study
        _write_at_exit()

    def tend(self) -> bool:
        """Do so with what is final by now; return whether more may come."""
        goes_on = super().tend()
        self._wait_until_rested()
        self._write()
        if not goes_on:
            self._study = None
        return goes_on

    def finish(self) -> None:
        """Do so with all that has ended, which waits until it is final."""
        for turn in self:
            _ = turn.report
        self._write()

    def _write(self) -> None:
        study = self._study
        if study is None:
            return
        with self._writing:
            try:
                self._records.write(study, self.ended)
                self.fault = None
            except Exception as error:  # noqa: BLE001  (whatever a database raises, he goes on)
                self.fault = f"{type(error).__name__}: {error}"


def _write_at_exit() -> None:
    """Have it done at this process's end: registered after the meter's own, it comes before it."""
    global _registered_pid  # noqa: PLW0603  (once for each process)
    if _registered_pid != os.getpid():
        _registered_pid = os.getpid()
        atexit.register(_finish_all, os.getpid())


def _finish_all(pid: int) -> None:
    if pid == os.getpid():  # else it is a fork's
        for turns in list(_all.values()):
            turns.drop_pause()
        finish_all()
