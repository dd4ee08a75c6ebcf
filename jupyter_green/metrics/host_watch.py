"""Follows the counters of a host through its service, without a pause between two looks.

The service reads each 2 s while it is asked to: what a counter shows after a long time would say
nothing of what was used. A look has it read at that moment. No window is open, so the host's other
programs are not told that somebody else meters.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ..notice import Notice
from ..sampler import messages, wire
from ..sampler.accumulator import DomainSample
from ..sampler.continued import Continued
from ..sampler.greeting import Greeted, greeted
from ..sources.base import Domain
from .figures import Figures
from .shares import Shares
from .watching import ANSWER_S, Watching

FRESH_S = 0.5
"""No look is taken more often, so that who looks learns no more than twice a second."""
LOOK_S = 2.0
"""How long a look may take."""
AGAIN_S = 1.0
"""How long to wait before a service that is not there is looked for again."""


class HostWatch:
    """The joules of a host, from when the service began to count them.

    Parameters
    ----------
    place
        The service's socket.
    shares
        Divides the joules among users, pods and jobs.
    """

    def __init__(self, place: str, shares: Shares | None = None) -> None:
        self._place = place
        self._shares = shares
        self._continued = Continued()
        self._latest: dict[str, DomainSample] = {}
        self._failing: set[str] = set()
        self._domains: tuple[Domain, ...] = ()
        self._missing = 0
        self._is_up = False
        self._looks = self._asked = self._answered = 0
        """How many looks are wanted, were asked for, and were answered."""
        self._looked_s = 0.0
        self._disconnected_s = 0.0
        self._down_since_s = time.monotonic()
        self._why = "it was not asked yet"
        self._is_closed = False
        self._lock = threading.Lock()
        self._changed = Notice()
        self._bell, self._rings = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="host watch", daemon=True)
        self._thread.start()

    @property
    def why_not(self) -> str:
        """Why there is no service."""
        return self._why

    def wait_until_up(self, timeout_s: float) -> bool:
        """Wait for the service's first figures; return whether they are there."""
        return self._changed.wait_for(lambda: bool(self._is_up and self._answered), timeout_s)

    def look(self) -> Figures:
        """Return what is known now; from any thread. It waits for a reading, but not for long."""
        with self._lock:
            now_s = time.monotonic()
            if self._is_up and now_s - self._looked_s > FRESH_S:
                self._looked_s = now_s
                self._looks += 1
                self._ring()
            wanted = self._looks
        self._changed.wait_for(lambda: self._answered >= wanted or not self._is_up, LOOK_S)
        with self._lock:
            return self._figures(is_up=self._is_up and self._answered >= wanted)

    def close(self) -> None:
        """End the connection."""
        self._is_closed = True
        self._ring()
        self._thread.join(ANSWER_S)

    def _figures(self, *, is_up: bool) -> Figures:
        down_s = 0.0 if self._is_up else time.monotonic() - self._down_since_s
        disconnected_s = self._disconnected_s + down_s
        if not is_up:
            return Figures(is_up=False, disconnected_s=disconnected_s)
        return Figures(
            is_up=True,
            domains=self._domains,
            energy_j=self._energy_j(),
            failing=len(self._failing),
            missing=self._missing,
            shares_j=self._shares.energy_j if self._shares else {},
            disconnected_s=disconnected_s,
        )

    def _energy_j(self) -> dict[str, float]:
        """Return the joules so far of the domains that were read well."""
        return {
            domain.id: self._latest[domain.id].energy_j
            for domain in self._domains
            if domain.id in self._latest and domain.id not in self._failing
        }

    def _ring(self) -> None:
        with suppress(OSError):  # full: it is about to look
            self._rings.send(b".", socket.MSG_DONTWAIT)

    # --- its thread -------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._is_closed:
            try:
                found = greeted(self._place, ANSWER_S)
            except OSError as error:
                self._why = error.strerror or str(error)
            else:
                with found.connection:
                    self._follow(found)
            if not self._is_closed and select.select([self._bell], [], [], AGAIN_S)[0]:
                self._bell.recv(4096)

    def _follow(self, found: Greeted) -> None:
        """Watch the host until the service ends."""
        try:
            watching = Watching(found)
            watching.look()
        except OSError as error:
            self._why = str(error)
            return
        with self._lock:
            self._continued.begin(found.about.scale, self._latest)
            said = {"domains": found.about.domains, "missing": found.about.missing}
            self._domains, missing = messages.discovered([messages.HELLO, said])
            self._missing = len(missing)
            self._looks = self._asked = self._answered + 1
            self._failing.clear()
            if self._shares:
                self._shares.forget_joules()
            self._disconnected_s += time.monotonic() - self._down_since_s
            self._is_up = True
        try:
            while not self._is_closed:
                self._turn(watching)
        except (OSError, ValueError) as error:
            self._why = str(error) or "it has ended"
        finally:
            with self._lock:
                self._is_up = False
                self._down_since_s = time.monotonic()
            self._changed.notify_all()

    def _turn(self, watching: Watching) -> None:
        """Wait for a look, for something that the service says, or for too long nothing."""
        if watching.is_heard(self._bell):
            self._bell.recv(4096)
        for message in watching.said():
            if message[0] == wire.SAMPLE:
                self._take(message)
        watching.go_on()
        while self._asked < self._looks:
            self._asked += 1
            watching.look()

    def _take(self, message: Sequence[Any]) -> None:
        _, _, mark, entries, *_ = message
        with self._lock:
            for domain, entry in zip(self._domains, entries, strict=True):
                if not isinstance(entry, list):
                    self._failing |= {domain.id} if isinstance(entry, str) else set()
                    continue
                t_ns, energy_j, power_w = entry[:3]
                energy_j, _ = self._continued.moved(domain.id, (t_ns, energy_j, power_w))
                self._latest[domain.id] = DomainSample(t_ns, energy_j, power_w, None)
                self._failing.discard(domain.id)
            if self._shares:
                self._shares.add(self._domains, self._energy_j())
            if mark is not None and mark[0] == wire.LOOK:
                self._answered += 1
        self._changed.notify_all()
