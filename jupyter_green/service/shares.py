"""Follows what the clients' units use, and tells each window whose joules it had."""

from __future__ import annotations

import functools
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..meter.baseline import Baseline
from ..report.fields import ReportError
from ..report.record import domain_of
from ..sampler.load import Load
from ..sampler.processes import Procfs
from ..sources.base import Conditions
from .connection import Connection
from .disclosure import Disclosure
from .units import NoUnitError, Place, Unit, Units
from .use import GpuUse, Use, Window, divided
from .windows import ClientWindow

LOOK_NS = 1_000_000_000
"""How often the CPU time of all units with an open window is looked at."""
STANDS_NS = 10_000_000_000
"""How long it stands what a client's unit is."""


class Shares:
    """What units use.

    Parameters
    ----------
    disclosure
        What clients may know.
    baseline
        What the idle machine draws; without it idle power goes with the rest.
    units
        Finds the units of clients.
    procfs
        Has the host's CPU time.
    clock_ns
        CLOCK_MONOTONIC, or a simulated one.
    """

    def __init__(
        self,
        disclosure: Disclosure,
        baseline: Baseline | None = None,
        units: Units | None = None,
        procfs: Procfs | None = None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._disclosure = disclosure
        self._baseline = baseline
        self._units = units or Units()
        self._procfs = procfs or Procfs()
        self._clock_ns = clock_ns
        self._known: dict[Connection, tuple[int, Unit | NoUnitError]] = {}
        """Of each client until when it stands, and what its unit is."""
        self._uses: dict[ClientWindow, Use | NoUnitError] = {}
        """Of the windows that have not settled."""
        self._due: deque[tuple[Connection, ClientWindow]] = deque()
        self._looked_ns = 0
        self._gpus: dict[str, dict[Place, float]] = {}
        """What the processes of each place have used of each GPU: percentages, added up."""

    def begin_later(self, connection: Connection, window: ClientWindow) -> None:
        """Follow what a client uses from the next :meth:`begin_due` on: it is answered before."""
        self._due.append((connection, window))

    def begin_due(self) -> None:
        """Begin to follow those whose windows have begun."""
        while self._due:
            connection, window = self._due.popleft()
            if window.is_open and not connection.has_left:
                self._begin(connection, window)

    def _begin(self, connection: Connection, window: ClientWindow) -> None:
        unit = self._unit(connection)
        if isinstance(unit, NoUnitError):
            self._uses[window] = unit
            return
        use = self._uses[window] = Use(unit, self._gpu_use(unit))
        self._look([use])

    def end(self, window: ClientWindow) -> None:
        """Look a last time at what a window's unit has used."""
        use = self._uses.get(window)
        if isinstance(use, Use):
            self._look([use])

    def forget(self, window: ClientWindow) -> None:
        """Forget a window."""
        self._uses.pop(window, None)
        if not self._uses:
            self._gpus.clear()

    def leave(self, connection: Connection) -> None:
        """Forget a client."""
        self._known.pop(connection, None)

    def look(self, now_ns: int) -> None:
        """Look at what the units of all open windows have used, if that is due."""
        if now_ns - self._looked_ns < LOOK_NS:
            return
        self._looked_ns = now_ns
        opened = [(window, use) for window, use in self._uses.items() if window.is_open]
        self._look([use for _, use in opened if isinstance(use, Use)])

    def add_conditions(self, conditions: Mapping[str, Conditions]) -> None:
        """Take in which processes use the GPUs."""
        if not self._uses:
            return
        places: dict[int, Place] = {}
        for id_, seen in conditions.items():
            used = self._gpus.setdefault(id_, {})
            for pid, percent in seen.process_percent:
                place = places.get(pid) or self._units.place(pid)
                places[pid] = place
                used[place] = used.get(place, 0.0) + percent

    def told(self, window: ClientWindow, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return what a client is told of whose a window's joules are, which it knows by `records`.

        Empty where they cannot be divided; with `reason` and `remedy` where the client's unit is
        not known.
        """
        use = self._uses.get(window)
        if isinstance(use, NoUnitError):
            return {"reason": str(use), "remedy": use.remedy}
        if use is None:
            return {}
        try:
            domains = [domain_of(record) for record in records]
        except ReportError:  # its client can read them no better
            return {}
        joules_at = functools.partial(window.joules_at, disclosure=self._disclosure)
        about = Window(domains, window.duration_s, joules_at)
        found = divided(about, use, self._gpu_use(use.unit), self._baseline)
        if found is None:
            return {}
        return {"share": asdict(found.share, dict_factory=_known), "flags": found.flags}

    def _unit(self, connection: Connection) -> Unit | NoUnitError:
        now_ns = self._clock_ns()
        until_ns, unit = self._known.get(connection, (0, None))
        if unit is None or now_ns >= until_ns:
            try:
                unit = self._units.of(connection.socket)
            except NoUnitError as error:
                unit = error
            self._known[connection] = now_ns + STANDS_NS, unit
        return unit

    def _look(self, uses: Iterable[Use]) -> None:
        """Look once at each unit; one that has gone has used nothing more."""
        host = self._procfs.host()
        if host is None:
            return
        used_s: dict[Unit, float | None] = {}
        for use in uses:
            if use.unit not in used_s:
                try:
                    used_s[use.unit] = use.unit.read_s()
                except (OSError, ValueError):
                    used_s[use.unit] = None
            busy_s = used_s[use.unit]
            if busy_s is None:
                busy_s = use.loads[-1].tree_busy_s if use.loads else 0.0
            use.add(Load(self._clock_ns(), host.busy_s, busy_s, host.cpus))

    def _gpu_use(self, unit: Unit) -> GpuUse:
        return {
            id_: (sum(p for place, p in used.items() if unit.has(place)), sum(used.values()))
            for id_, used in self._gpus.items()
        }


def _known(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in fields if value is not None}
