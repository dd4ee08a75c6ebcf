"""What runs work on several hosts, as the meter sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Protocol

Words = Sequence[Any]
"""A message: see :mod:`.words`."""


@dataclass(frozen=True)
class TaskTime:
    """How many tasks ran, and for how long in all."""

    tasks: int = 0
    seconds: Sequence[float] = ()
    """Of all of them together, in each slice of the window."""

    def __add__(self, other: TaskTime) -> TaskTime:
        both = zip_longest(self.seconds, other.seconds, fillvalue=0.0)
        return TaskTime(self.tasks + other.tasks, [a + b for a, b in both])


@dataclass(frozen=True)
class HostTasks:
    """The tasks of a cluster that ran on one of its hosts, by slices of a window."""

    slice_s: float
    """How long a slice is."""
    busy_s: Sequence[float] = ()
    """For how long the host had a task to do, however many, in each slice."""
    own: Mapping[str, TaskTime] = field(default_factory=dict)
    """Those of the window's program, by their prefix: what tasks of one kind are called."""
    others: TaskTime = field(default_factory=TaskTime)
    """Those of other programs in the cluster."""


class TaskCounts(Protocol):
    """An engine that can tell for how long its tasks ran."""

    def begin(self, window: str) -> None:
        """Count from now on; the window's begin is marked as soon as this returns.

        Raises
        ------
        OSError
            Where the cluster does not answer or cannot count, with the reason.
        """

    def end(self, window: str, end_ns: int) -> Mapping[str, HostTasks]:
        """Return by host what ran until a time of this host's CLOCK_MONOTONIC; count no more.

        Raises
        ------
        OSError
            Where the cluster does not answer.
        """


class Engine(Protocol):
    """Dask, Ray and what else there may be: it has workers on hosts, and carries messages.

    None of its methods raises because the cluster is broken, but where it says so; and none waits
    for a worker, which may be busy.
    """

    notebook: str
    """Where agents answer this program."""
    fault: str | None
    """Why there are no agents, in a sentence."""
    lacking: str | None
    """Why some workers' hosts can have none, in a sentence."""
    tasks: TaskCounts | None
    """What tells its tasks apart, where it can."""

    def start(self, heard: Callable[[Words], None]) -> None:
        """Have an agent on each host, also on those that join later; a second call sees to it anew.

        `heard` is called with what agents say to this program, from another thread. It does not
        wait until they are there.
        """

    def hosts(self) -> Mapping[str, str | None]:
        """Return on which host each worker is now; ``None`` where it has not said so.

        Those that can have no agent are not among them: `lacking` is about them.

        Raises
        ------
        OSError
            Where the cluster does not answer.
        """

    def mark(self, words: Words) -> None:
        """Tell all agents.

        Raises
        ------
        OSError
            Where the cluster does not answer.
        """

    def stop(self) -> None:
        """Hear nothing more; agents end with their cluster, or when no program needs them."""
