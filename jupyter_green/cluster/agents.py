"""The agents of a cluster as a notebook knows them: who meters which host, and by which clock."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol
from weakref import WeakValueDictionary

from ..clock import now_ns
from ..notice import Notice
from ..sources.machine import host
from . import words as said
from .clock_offset import MOST, ClockOffset
from .engine import Engine, Words

START_S = 15.0
"""How long the first window waits for the agents to start."""
RESTART_S = 4.0
"""After which they are started once more meanwhile."""
AGAIN_S = 0.1
"""How often they are looked for meanwhile."""
ANSWER_S = 1.0
"""How long a window's begin waits for agents that are at work to have it open."""
BEGUN_S = 0.05
"""How long a cell waits for them to have read since its begin, so that what it does comes later."""
PONG_S = 0.05
"""How long an exchange waits for the slowest of the agents."""
FRESH_S = 30.0
"""After which clocks are compared anew."""


class HostAgent:
    """The agent of one host."""

    def __init__(self, host: str, id_: str) -> None:
        self.host = host
        self.id = id_
        self.clock = ClockOffset()
        self.compared_s = float("-inf")
        """When its clock was compared last."""
        self.has_gone = False


class Listener(Protocol):
    """A window that agents tell of."""

    def hear(self, agent: HostAgent, kind: str, rest: Sequence[Any]) -> None:
        """Take in what an agent says of it."""


class Agents:
    """All agents of one cluster.

    `lock` is held while what they said is taken in; `changed` is notified after that.
    """

    def __init__(self, engine: Engine, clock_ns: Callable[[], int] = now_ns) -> None:
        self.engine = engine
        self.changed = Notice()
        self._clock_ns = clock_ns
        self._lock = threading.Lock()
        self._by_host: dict[str, HostAgent] = {}
        self._windows: WeakValueDictionary[str, Listener] = WeakValueDictionary()
        self._open: set[str] = set()
        """Windows that were opened and not ended."""
        self._numbers = itertools.count()
        self._asked_ns: dict[int, int] = {}
        """When exchanges began whose answers are still to come."""
        self._has_started = False
        self._met: dict[str, None] = {host(): None}
        self._given_up: set[str] = set()
        """Hosts and workers for which nothing was heard when they were waited for."""
        self._ticking: threading.Thread | None = None

    @property
    def present(self) -> dict[str, HostAgent]:
        """Those that are at work, by host."""
        return {host: agent for host, agent in list(self._by_host.items()) if not agent.has_gone}

    def met(self, hosts: Iterable[str]) -> list[str]:
        """Return all hosts that windows were about, in the order in which they were met."""
        self._met |= dict.fromkeys(sorted(hosts))
        return list(self._met)

    # --- what is said to them -----------------------------------------------------------------

    def gather(self) -> Mapping[str, str | None]:
        """Have one on each host, and their clocks compared; return on which host each worker is.

        Raises
        ------
        OSError
            Where the cluster does not answer.
        """
        if not self._has_started:
            self.engine.start(self._hear)
            self._has_started = True
        workers = self.engine.hosts()
        if self._awaited(workers):
            workers = self._started(workers)
        self._compare_clocks()
        return workers

    def open(self, window: str, listener: Listener) -> set[str]:
        """Have a window opened by all that are at work; return the hosts that were asked.

        Raises
        ------
        OSError
            Where the cluster does not answer.
        """
        self._windows[window] = listener
        self._open.add(window)
        asked = set(self.present) - {host()}
        if asked:
            self.engine.mark([said.OPEN, self.engine.notebook, window, host()])
        if self._ticking is None or not self._ticking.is_alive():
            self._ticking = threading.Thread(
                target=self._tick, name="jupyter-green cluster", daemon=True
            )
            self._ticking.start()
        return asked

    def suspect(self, host: str) -> None:
        """Take an agent that has not answered to have gone, until it speaks."""
        self._by_host[host].has_gone = True

    def begin(self, window: str) -> None:
        """Say that its begin was marked right now."""
        with contextlib.suppress(OSError):
            self.engine.mark([said.BEGIN, self.engine.notebook, window])

    def end(self, window: str, edges_ns: Mapping[str, Sequence[int]]) -> bool:
        """Say when it was, by the clocks of the hosts; return whether the cluster has answered."""
        self._open.discard(window)
        try:
            self.engine.mark([said.END, self.engine.notebook, window, dict(edges_ns)])
        except OSError:
            return False
        return True

    def _awaited(self, workers: Mapping[str, str | None]) -> set[str]:
        """Return the hosts that have workers and no agent, and the workers that told no host.

        This host has a meter as it is.
        """
        needed = {where or worker for worker, where in workers.items()}
        return needed - self.present.keys() - self._given_up - {host()}

    def _started(self, workers: Mapping[str, str | None]) -> Mapping[str, str | None]:
        """Wait until there is an agent wherever there is to be one, and no longer than that."""
        begun_s = started_s = time.monotonic()
        self.engine.start(self._hear)
        while self._awaited(workers) and not self.engine.fault:
            now_s = time.monotonic()
            if now_s > begun_s + START_S:
                break
            if now_s > started_s + RESTART_S:  # what was asked of a scheduler may be lost
                started_s = now_s
                self.engine.start(self._hear)
            self.engine.mark([said.WHO, self.engine.notebook, host()])
            self.changed.wait_for(lambda: not self._awaited(workers), AGAIN_S)  # noqa: B023
            workers = self.engine.hosts()
        self._given_up |= self._awaited(workers)
        return workers

    def _compare_clocks(self) -> None:
        """Exchange so many messages with all whose clock is not known well, or not any more."""
        for _ in range(MOST):
            now_s = self._clock_ns() * 1e-9
            unknown = [
                agent
                for agent in self.present.values()
                if agent.host != host()
                and (len(agent.clock) < MOST or now_s - agent.compared_s > FRESH_S)
            ]
            if not unknown:
                return
            number, sent_ns = next(self._numbers), self._clock_ns()
            self._asked_ns = {number: sent_ns}
            self.engine.mark([said.PING, self.engine.notebook, number])
            self.changed.wait_for(
                lambda: all(a.compared_s * 1e9 >= sent_ns for a in unknown),  # noqa: B023
                PONG_S,
            )

    def _tick(self) -> None:
        """Compare clocks each second while a window is open, and end those that were dropped."""
        while self._open:
            for window in self._open - set(self._windows):
                self.end(window, {})
            number = next(self._numbers)
            self._asked_ns[number] = self._clock_ns()
            with contextlib.suppress(OSError):
                self.engine.mark([said.TICK, self.engine.notebook, number])
            time.sleep(said.EACH_S)

    # --- what they say ------------------------------------------------------------------------

    def _hear(self, words: Words) -> None:
        """Take in what an agent says; what a later release says besides is nothing to this one."""
        received_ns = self._clock_ns()
        with self._lock:
            if words and words[0] == said.GONE:
                for known in self._by_host.values():
                    known.has_gone |= known.id == words[1]
            elif len(words) >= 3:
                kind, where, id_, *rest = words
                if (agent := self._agent(where, id_)) is not None:
                    self._take(agent, kind, rest, received_ns)
        self.changed.notify_all()

    def _agent(self, where: str, id_: str) -> HostAgent | None:
        """Return who speaks, ``None`` where another one meters that host, which is then told."""
        if self._is_vacant(where, id_):
            self._given_up.discard(where)
            self._by_host[where] = HostAgent(where, id_)
        known = self._by_host[where]
        if known.id == id_:
            known.has_gone = False
            return known
        threading.Thread(target=self._send_away, args=(id_,), daemon=True).start()
        return None

    def _is_vacant(self, where: str, id_: str) -> bool:
        known = self._by_host.get(where)
        return known is None or (known.has_gone and known.id != id_)

    def _send_away(self, id_: str) -> None:
        with contextlib.suppress(OSError):
            self.engine.mark([said.LEAVE, id_])

    def _take(self, agent: HostAgent, kind: str, rest: Sequence[Any], received_ns: int) -> None:
        if kind == said.PONG:
            self._compare(agent, rest, received_ns)
        elif kind in (said.OPENED, said.BEGUN, said.ENDED):
            if (window := self._windows.get(rest[0])) is not None:
                window.hear(agent, kind, rest[1:])
        elif kind == said.SO_FAR:
            if rest[0] is not None:
                self._compare(agent, rest[0], received_ns)
            for name, record in rest[1].items():
                if (window := self._windows.get(name)) is not None:
                    window.hear(agent, kind, [record])

    def _compare(self, agent: HostAgent, exchange: Sequence[int], received_ns: int) -> None:
        number, heard_ns, answered_ns = exchange
        if (asked_ns := self._asked_ns.get(number)) is not None:
            agent.clock.add(asked_ns, heard_ns, answered_ns, received_ns)
            agent.compared_s = received_ns * 1e-9
