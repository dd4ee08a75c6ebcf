"""Whose a client is: the unit to which joules are booked."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass

from ..sampler.peer import has_ended, peer
from ..sampler.processes import Procfs
from .control_groups import USERS_S, ControlGroup, ControlGroups
from .sessions import OUTSIDE, Session, Sessions

CGROUP, SESSION = "cgroup", "session"
"""The kinds of units, as a report names them."""


class NoUnitError(Exception):
    """A client whose unit is not known; the message says why, and `remedy` what would help."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


@dataclass(frozen=True)
class Place:
    """Where a process belongs."""

    group: ControlGroup | None
    session: int | None


@dataclass(frozen=True)
class Unit:
    """A control group, or a process session where there is no group of its own."""

    kind: str
    uses: ControlGroup | Session

    def read_s(self) -> float:
        """Return the CPU seconds that it has used, from some begin on.

        Raises
        ------
        OSError
            Where it has gone.
        """
        return self.uses.read_s()

    def has(self, place: Place) -> bool:
        """Whether a process belongs to it."""
        if isinstance(self.uses, Session):
            return place.session == self.uses.number
        return place.group == self.uses


class Units:
    """Finds the units of processes.

    Parameters
    ----------
    groups, sessions
        What the system shows of processes.
    """

    def __init__(
        self, groups: ControlGroups | None = None, sessions: Sessions | None = None
    ) -> None:
        self._groups = groups or ControlGroups()
        self._sessions = sessions or Sessions(Procfs())
        self._users: dict[ControlGroup, tuple[float, bool]] = {}
        """Of a group until when it stands whether several users share it."""

    def of(self, connected: socket.socket) -> Unit:
        """Return the unit of the process at the other end.

        Raises
        ------
        NoUnitError
            Where it is not known.
        """
        pid = peer(connected).pid
        if pid <= 0:
            raise NoUnitError(
                "the service does not see this program: its processes are in another namespace",
                "Whoever runs the service gives it the host's processes (hostPID: true).",
            )
        place = self.place(pid)
        if has_ended(connected):
            raise NoUnitError("the program that has connected has ended", "Connect again.")
        if place.group is not None and not self._is_shared(place.group):
            return Unit(CGROUP, place.group)
        if place.session:
            return Unit(SESSION, self._sessions.session(place.session))
        if place.session == OUTSIDE:
            raise NoUnitError(
                "this program's process session began outside of the service's process namespace",
                "Start it in a session of its own: setsid COMMAND.",
            )
        raise NoUnitError(
            "the service may not see this program's processes",
            "Whoever runs this machine lets it: /proc is mounted with hidepid, "
            "whose gid= names a group for that.",
        )

    def place(self, pid: int) -> Place:
        """Return where a process belongs, as far as that is shown."""
        try:
            group = self._groups.of(pid)
        except OSError:
            group = None
        return Place(group, self._sessions.number_of(pid))

    def _is_shared(self, group: ControlGroup) -> bool:
        """Whether several users have processes in a group, as where one service starts them all."""
        now_s = time.monotonic()
        until_s, is_shared = self._users.get(group, (0.0, False))
        if now_s >= until_s:
            is_shared = len(group.users()) > 1
            self._users = {g: found for g, found in self._users.items() if found[0] > now_s}
            self._users[group] = now_s + USERS_S, is_shared
        return is_shared
