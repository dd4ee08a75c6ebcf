"""The booker, ``python -m jupyter_green.ledger.book``: brings the intake into the store.

There is one of a ledger and host at a time. It ends when nothing has come for a while.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..intake.lock import booker_lock, is_wanted
from ..intake.places import intake_folder, ledger_folder
from ..intake.start import refuse
from .damage import save_all, set_aside
from .database import (
    Busy,
    Damaged,
    Database,
    Empty,
    Outdated,
    Refused,
    StoreFault,
    Unwritable,
)
from .died import died_row
from .reading import IntakeReader
from .row import Row, UnfitEntry, pause_row_of, row_of
from .sqlite import SqliteFile
from .store import Store
from .stores import written

IDLE_S = 2.0
"""After which without anything to book it ends."""
PATIENCE_S = 60.0
"""How long it tries where the store is held by somebody else, or the disk is full."""
STUCK_S = 30.0
"""After which word is left that a turn takes so long: a file system may not answer."""
LOOK_S = 0.1
"""How often it looks."""
REST_S = 2.0
"""How long it rests at most where the store cannot be written: twice as long each time."""
_STUCK = f"the store does not answer for {STUCK_S:g} s: its file system or server may be gone"
_AT_ONCE = 1000
"""Rows of a transaction."""
_LOCK_TRIES = 10
_HIDES = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
"""What hides GPUs from whoever started this, and from nobody else."""


class _Found(NamedTuple):
    """A row, and what it was made of."""

    row: Row
    path: Path
    entry: Mapping[str, Any]


class Booker:
    """Books one ledger's intake.

    Parameters
    ----------
    ledger
        The ledger's folder.
    """

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self.reader = IntakeReader(intake_folder(ledger))
        self._store: Store | None = None
        self._booked: set[str] = set()
        self._unbooked: list[Mapping[str, Any]] = []
        """Reports that were read, and are to be written."""
        self._looked_up: set[str] = set()

    def book(self) -> int:
        """Write what has come since the last call, then remove the files of which all is written.

        Returns
        -------
        int
            How many windows had something to be written.

        Raises
        ------
        Refused
            Where the store is of a later version.
        Busy
            Where it cannot be written just now; the next call tries again.
        """
        over = self.reader.over()
        self._unbooked += self.reader.read(_AT_ONCE)
        if not (self._unbooked or self.reader.opened):
            self.reader.remove(self._booked)
            return 0
        store = self._opened_store()
        self._look_up(store)
        closed = {entry.get("run_id") for entry in self._unbooked}
        died = [
            run_id
            for run_id in over - self._booked
            if not self.reader.is_behind
            and run_id not in closed
            and self.reader.is_all_read(run_id)
        ]
        booked = self._write_closed(store) + self._write_died(store, died)
        self.reader.remove(self._booked)
        return booked

    def settle(self) -> bool:
        """Make sums that are no longer true, until there are none or something is to be booked.

        Returns
        -------
        bool
            Whether there is more of it to do.
        """
        try:
            while self._store is not None and self._store.is_there and self._store.settle():
                if self.reader.waits:
                    return True
        except StoreFault:
            return False  # rows that can be booked are what counts
        return False

    def close(self) -> None:
        """Let go of the store."""
        if self._store is not None:
            self._store.close()

    def _opened_store(self) -> Store:
        if self._store is not None and not self._store.is_there:  # deleted, or another one now
            self._store.close()
            self._store = None
        if self._store is None:
            database = written(self._ledger)
            try:
                self._store = self._of_this_schema(database)
            except Damaged as damage:
                self._store = self._anew(database, damage)
            if isinstance(database, SqliteFile):
                save_all(self._store, database.path)
        return self._store

    def _of_this_schema(self, database: Database) -> Store:
        try:
            return Store(database)
        except Outdated:
            if not isinstance(database, SqliteFile):  # a team's is for whoever runs the server
                raise
        from .migrate import migrate  # it loads Alembic

        migrate(database)
        return Store(database)

    def _anew(self, database: Database, damage: Damaged) -> Store:
        """Set a damaged store aside, and begin another one."""
        if not isinstance(database, SqliteFile):
            raise damage
        try:
            set_aside(database.path)
        except OSError as error:
            raise Busy(str(error)) from error
        return Store(database)

    def _write(self, store: Store, found: Sequence[_Found]) -> Store:
        """Write rows; those that no database takes are put aside, and keep no others waiting."""
        try:
            store.book([each.row for each in found])
        except Damaged as damage:
            store.close()
            self._store = None
            self._anew(store.database, damage).close()
            store = self._write(self._opened_store(), found)
        except Empty:  # all its tables were dropped
            store.close()
            self._store = None
            store = self._write(self._opened_store(), found)
        except Unwritable as fault:
            if len(found) == 1:
                self._put_aside(found[0].path, found[0].entry, fault)
                return store
            half = len(found) // 2
            for some in (found[:half], found[half:]):
                store = self._write(store, some)
        return store

    def _put_aside(self, path: Path, entry: Mapping[str, Any], error: Exception) -> None:
        said = f"{error}: {json.dumps(entry, default=str)}"
        self.reader.put_aside(path, said.encode("utf-8", "replace"))

    def _look_up(self, store: Store) -> None:
        """Find out which of the windows an earlier booker has written, before it ended."""
        new = self.reader.opened.keys() - self._booked - self._looked_up
        if new:
            self._looked_up |= new
            with contextlib.suppress(Damaged):
                self._booked |= store.known(new)

    def _write_closed(self, store: Store) -> int:
        count = 0
        while self._unbooked:
            some = self._unbooked[:_AT_ONCE]
            found: list[_Found] = []
            for entry in some:
                opened = self.reader.opened.get(str(entry.get("run_id")))
                try:
                    row = row_of(entry, opened.entry if opened else {})
                except UnfitEntry as error:
                    self._put_aside(entry["_file"], entry, error)
                else:
                    found += self._with_pause(row, entry)
            store = self._write(store, found)
            del self._unbooked[: len(some)]
            self._booked |= {each.row.run_id for each in found}
            count += len(found)
        return count

    def _with_pause(self, row: Row, entry: Mapping[str, Any]) -> Iterator[_Found]:
        """Yield a window, and the pause before it if a counter tells of one."""
        yield _Found(row, entry["_file"], entry)
        try:
            pause = pause_row_of(entry, row)
        except UnfitEntry as error:
            self._put_aside(entry["_file"], entry, error)
        else:
            if pause is not None:
                yield _Found(pause, entry["_file"], entry)

    def _write_died(self, store: Store, died: list[str]) -> int:
        found = []
        for run_id in died:
            entry, path = self.reader.opened[run_id].entry, self.reader.path_of(run_id)
            try:
                row = died_row(run_id, entry, self.reader.marks_of(run_id))
            except UnfitEntry as error:
                self._put_aside(path, entry, error)
            else:
                found.append(_Found(row, path, entry))
        if found:
            self._write(self._store or store, found)
        self._booked |= set(died)
        return len(found)


def main() -> None:
    """Book until nothing comes any more."""
    ledger = ledger_folder()
    if ledger is None:
        return
    for name in _HIDES:
        os.environ.pop(name, None)
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)  # the user's program comes first
    gc.freeze()  # the modules are never garbage: looking through them takes a tenth of the time
    for _ in range(_LOCK_TRIES):  # whoever starts one holds the lock for a moment
        if not book_until_idle(ledger):
            return
        time.sleep(0.02)


@contextlib.contextmanager
def _word_if_stuck(ledger: Path) -> Iterator[None]:
    """Leave word where what is done here does not end."""
    timer = threading.Timer(STUCK_S, refuse, (ledger, _STUCK))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def book_until_idle(ledger: Path, idle_s: float = IDLE_S) -> bool:
    """Book until nothing comes any more; return whether something waits all the same.

    Parameters
    ----------
    ledger
        The ledger's folder.
    idle_s
        After which without anything to book it ends.
    """
    with contextlib.ExitStack() as stack:
        with _word_if_stuck(ledger):
            held = stack.enter_context(booker_lock(ledger))
        if not held:
            return True
        booker = Booker(ledger)
        try:
            if not _book_until_idle(booker, ledger, idle_s):
                return False
        finally:
            booker.close()
    return booker.reader.waits  # what came while this one still held the lock


def _book_until_idle(booker: Booker, ledger: Path, idle_s: float) -> bool:
    """Return whether all was booked that can be."""
    last_s = time.monotonic()
    turn = 0
    rest_s = LOOK_S
    while True:
        reason = ""
        try:
            with _word_if_stuck(ledger):
                count = booker.book()
            if count:
                last_s = time.monotonic()
        except Refused as error:
            refuse(ledger, str(error))
            return False
        except (Busy, OSError) as error:
            reason = str(error)
        refuse(ledger, reason)
        if is_wanted(ledger):
            return False
        turn += 1
        if booker.reader.is_behind and not reason:
            continue
        if idle_s and not reason and booker.settle():
            continue
        if turn > 1 and time.monotonic() - last_s > (PATIENCE_S if reason and idle_s else idle_s):
            return not reason
        rest_s = min(2 * rest_s, REST_S) if reason else LOOK_S
        time.sleep(min(rest_s, idle_s))  # whose program has died is known by the second turn


if __name__ == "__main__":
    main()
