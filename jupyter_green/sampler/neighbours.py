"""Who else meters this host at the same time, so that two do not silently claim the same joules.

Each sampler publishes when windows were open there, and who its program is. Nothing
more: no joules, no names. What it has published stays when it ends, as long as a window is
open anywhere that it may be asked about.

A program that was started by the one that is metered, or has started it, is no other
program: its work is in both figures anyway. Containers with a ``/tmp`` of their own do
not see each other.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from . import lineage
from .lineage import Program
from .metered import Metered, boot
from .registry import Entry, Published, entries, folders

SETTLED_NS = 2_000_000_000
"""So long after the end of a window it may still be asked who metered meanwhile."""


class Neighbour(NamedTuple):
    """Another program that meters this host now."""

    process_id: int
    """As its own process namespace counts: a container's is another one."""
    open_windows: int
    since_ns: int
    """When the first of them was opened, CLOCK_MONOTONIC."""


def at_work(
    places: tuple[Path, ...] | None = None, program: Program | None = None
) -> list[Neighbour]:
    """Return the other programs with open windows, this one (or `program`) left out.

    It only reads; there are none where nothing can be read.
    """
    ours = lineage.program(os.getpid()) if program is None else program
    within = _started_by(ours) if program is None else ()
    here = boot()
    return [
        Neighbour(metered.program.pid, metered.open_windows, metered.open_since_ns)
        for entry in entries(folders() if places is None else places)
        if (metered := entry.metered).open_windows
        and entry.lives
        and metered.boot == here
        and not metered.is_kin_of(ours, within)
    ]


class Neighbours:
    """What this sampler publishes, and its view of the others.

    Nothing here raises: where nothing can be published `available` is false.

    Parameters
    ----------
    places
        Where samplers find each other, if not at the usual places.
    program
        The program that is metered; by default the one that started this process.
    within
        The programs that it was started by; by default those that can be found.
    clock_ns
        CLOCK_MONOTONIC, or a simulated one.
    """

    def __init__(
        self,
        places: tuple[Path, ...] | None = None,
        program: Program | None = None,
        within: tuple[Program, ...] | None = None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        program = lineage.program(os.getppid()) if program is None else program
        within = _started_by(program) if within is None else within
        self._places = folders() if places is None else places
        self._clock_ns = clock_ns
        self._metered = Metered(boot(), program, within)
        self._name = f"{program.pid}-{os.getpid()}-{time.monotonic_ns()}.sampler"
        self._published: Published | None = None
        with contextlib.suppress(OSError):
            self._published = Published(self._places, self._name, self._metered.pack())

    @property
    def available(self) -> bool:
        """Whether others can see this sampler."""
        return self._published is not None

    @property
    def path(self) -> Path | None:
        """Its file, ``None`` where it has none."""
        return self._published.path if self._published else None

    def mark(self, open_windows: int, now_ns: int) -> None:
        """Publish how many windows are open from `now_ns` (CLOCK_MONOTONIC) on."""
        self._metered = self._metered.marked(open_windows, now_ns)
        if self._published is not None:
            with contextlib.suppress(OSError):
                self._published.write(self._metered.pack())

    def overlapping(self, begin_ns: int, end_ns: int) -> int:
        """Return how many other programs had a window open at any time in between.

        To be asked within :data:`SETTLED_NS` after `end_ns`.
        """
        found = self._entries()
        self._clean_up(found)
        ours = self._metered
        return len(
            {
                metered.program
                for entry in found
                if not (metered := entry.metered).is_kin_of(ours.program, ours.within)
                and metered.overlaps(begin_ns, end_ns, lives=entry.lives)
            }
        )

    def close(self) -> None:
        """End: what was published stays only as long as it is needed."""
        if self._published is None:
            return
        if self._metered.open_windows:
            self.mark(0, self._clock_ns())
        published, self._published = self._published, None
        published.release()  # before looking, so that of two which end at once one cleans up
        self._clean_up(self._entries(own=True))

    def _entries(self, *, own: bool = False) -> list[Entry]:
        found = list(entries(self._places, "" if own else self._name))
        here = self._metered.boot
        for entry in found:
            if entry.metered.boot != here and entry.is_ours and not entry.lives:
                entry.remove()
        return [entry for entry in found if entry.metered.boot == here]

    def _clean_up(self, found: list[Entry]) -> None:
        """Remove what this user's ended samplers have left, where nobody can ask about it."""
        living = [entry.metered for entry in found if entry.lives]
        if self._published is not None:
            living.append(self._metered)
        settled_ns = self._clock_ns() - SETTLED_NS
        begun_ns = min((m.open_since_ns for m in living if m.open_windows), default=settled_ns)
        needed_ns = min(begun_ns, settled_ns)
        for entry in found:
            if entry.lives or not entry.is_ours:
                continue
            if not living or entry.metered.last_ns < needed_ns:
                entry.remove()


def _started_by(program: Program) -> tuple[Program, ...]:
    """Return the programs that a program was started by, as far as that can be found."""
    named = (
        *lineage.within(program.pid),
        *lineage.within(os.getpid()),  # it has handed its own on to its sampler
        *lineage.ancestors(program.pid),
    )
    return tuple(dict.fromkeys(each for each in named if each != program))
