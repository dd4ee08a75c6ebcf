"""Between a program's own messages and a service's: windows by number, and its clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..clock import now_ns
from ..flags import RESTARTED
from ..sources.base import Conditions, Missing
from . import messages, wire
from .continued import Continued
from .greeting import About
from .replies import BadReplyError
from .typed import only

AHEAD_NS = 1_000_000_000
"""A sample that is further ahead of this program's clock is none."""


class Translation:
    """Translates what one connection carries.

    Parameters
    ----------
    about, offset_ns
        What the service says of itself, and by how much its clock is ahead.
    continued
        Puts its joules after those of the connection before.
    """

    def __init__(self, about: About, offset_ns: int, continued: Continued) -> None:
        self._about = about
        self._ids = about.ids
        self._indices = {str(index) for index in range(len(self._ids))}
        self._offset_ns = offset_ns
        self._continued = continued
        self._connected_ns = now_ns()
        self._numbers: dict[str, int] = {}
        """The windows that the service has been told of and that have not settled."""
        self._names: dict[int, str] = {}
        self._next_number = 0
        self._bridged: set[str] = set()
        """Windows that have begun on a connection before this: the service knows a part of them."""
        self._continues = False

    @property
    def has_windows(self) -> bool:
        """Whether there are windows that have not settled."""
        return bool(self._numbers)

    # --- what is said to the service --------------------------------------------------------

    def said(self, request: Sequence[Any]) -> list[list[Any]]:
        """Return what to say for a request of this program's."""
        kind = request[0]
        if kind == messages.RESUME:
            latest = messages.latest(request)
            self._continues = bool(latest)
            self._continued.begin(self._about.scale, latest)
        say: Callable[[], list[list[Any]]] | None = {
            messages.PREPARE: lambda: [[wire.PREPARE]],
            messages.BEGIN: lambda: [self._begins(request)],
            messages.END: lambda: self._ends(request),
            messages.FOLLOW: lambda: self._follows(*request[1:]),
            messages.WATCH_HOST: lambda: [[wire.WATCH_HOST, min(request[1], wire.LONGEST_WATCH_S)]],
        }.get(kind)
        return say() if say else []

    def _follows(self, ended: Sequence[Any], begun: Sequence[Any]) -> list[list[Any]]:
        *before, end = self._ends(ended)
        return [*before, [wire.FOLLOW, end, self._begins(begun)]]

    def _begins(self, request: Sequence[Any]) -> list[Any]:
        _, window, interval_s, is_watched, begun_ns = request[:5]
        if self._continues and begun_ns < self._connected_ns:
            self._bridged.add(window)
        return [wire.BEGIN, self._numbered(window), interval_s, is_watched]

    def _ends(self, request: Sequence[Any]) -> list[list[Any]]:
        _, window, _, (begun_ns, ended_ns) = request
        said: list[list[Any]] = []
        if window not in self._numbers:  # it has ended before this connection
            self._bridged.add(window)
            said.append([wire.BEGIN, self._numbered(window), wire.LONGEST_INTERVAL_S, False])
        if window in self._bridged:
            begun_ns = ended_ns = now_ns()
        edges = (begun_ns + self._offset_ns, ended_ns + self._offset_ns)
        return [*said, [wire.END, self._numbers[window], *edges]]

    def _numbered(self, window: str) -> int:
        number = self._numbers[window] = self._next_number
        self._names[number] = window
        self._next_number += 1
        return number

    # --- what the service says --------------------------------------------------------------

    def heard(self, message: Sequence[Any]) -> list[Any] | None:
        """Return what the service says in this program's own messages; ``None`` for nothing.

        That is an answer of the clock's, or what a later release says besides.

        Raises
        ------
        BadReplyError
            For what is about other domains than it reads.
        """
        read: Callable[[Sequence[Any]], list[Any] | None] | None = {
            wire.SAMPLE: self._sample,
            wire.CONDITIONS: self._conditions,
            wire.FITTED: self._fitted,
            wire.SETTLED: self._settled,
            wire.PREPARED: lambda _: [messages.QUICK_READ],
        }.get(message[0])
        return read(message) if read else None

    def _sample(self, message: Sequence[Any]) -> list[Any]:
        _, t_ns, mark, entries, flags = message[:5]
        if len(entries) != len(self._ids) or not flags.keys() <= self._indices:
            raise BadReplyError("a sample is of other domains")
        if self._local(t_ns) > now_ns() + AHEAD_NS:
            raise BadReplyError("a sample is of a time to come")
        named = dict(flags)
        moved: list[Any] = []
        for index, (id_, entry) in enumerate(zip(self._ids, entries, strict=True)):
            if not isinstance(entry, list):
                moved.append(entry)
                continue
            at_ns = self._local(entry[0])
            figures = [at_ns, entry[1], entry[2]]
            energy_j, restarts = self._continued.moved(id_, figures)
            if restarts:
                named[str(index)] = RESTARTED
            moved.append([at_ns, energy_j, entry[2], None])
        if mark is not None:
            window = self._names.get(mark[1])
            mark = None if window is None else [mark[0], window]
        return [messages.SAMPLE, self._local(t_ns), mark, moved, named]

    def _conditions(self, message: Sequence[Any]) -> list[Any]:
        found = message[1]
        if not found.keys() <= self._indices:
            raise BadReplyError("conditions are of other domains")
        known = {index: only(Conditions, entry) for index, entry in found.items()}
        for seen in known.values():
            if min(seen["utilization_percent"] or 0, seen["power_limit_w"] or 0) < 0:
                raise BadReplyError("a device does less than nothing")
        return [messages.CONDITIONS, known, self._local(message[2])]

    def _fitted(self, message: Sequence[Any]) -> list[Any] | None:
        _, number, domains, missing, is_final = message[:5]
        window = self._names.get(number)
        if window is None or window in self._bridged:
            return None
        known = [only(Missing, entry) for entry in missing]
        whose = message[5] if len(message) > 5 and isinstance(message[5], dict) else {}
        return [messages.FITTED, window, domains, known, is_final, whose]

    def _settled(self, message: Sequence[Any]) -> list[Any] | None:
        window = self._names.pop(message[1], None)
        if window is None:
            return None
        self._numbers.pop(window, None)
        self._bridged.discard(window)
        return [messages.SETTLED, window, message[2]]

    def _local(self, t_ns: int) -> int:
        return t_ns - self._offset_ns
