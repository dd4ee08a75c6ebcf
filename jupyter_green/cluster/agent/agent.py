"""What an agent does: hears what notebooks mark, meters its host, and tells them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any

from ...clock import now_ns
from ...meter.meter import Meter
from ...sources.machine import host
from .. import words as said
from .host_window import HostWindow
from .link import Gone, Inbox, Link

ASKED_EACH_S = 1.0
"""How often it is asked whether the cluster is there."""
DOWN_S = 2.0
"""How long it may be away."""
NO_WORKER_S = 5.0
"""How long there may be no worker on this host: one that was killed is soon started again."""
NEITHER_S = 1.0
"""How long both may be away."""


class Agent:
    """Meters this host for all notebooks of a cluster.

    Parameters
    ----------
    link
        The connection to the cluster.
    inbox
        Where what all agents are told arrives.
    meter
        Reads this host's sensors: by the host's service, where there is one.
    has_workers
        Whether the cluster has a worker on this host.
    """

    def __init__(
        self,
        link: Link,
        inbox: Inbox,
        meter: Meter,
        *,
        has_workers: Callable[[], bool],
        clock_ns: Callable[[], int] = now_ns,
    ) -> None:
        self._link = link
        self._inbox = inbox
        self._meter = meter
        self._has_workers = has_workers
        self._clock_ns = clock_ns
        self._windows: dict[str, HostWindow] = {}
        self._ticks: dict[str, tuple[int, int]] = {}
        """Of each notebook the number of its last tick, and when that came."""
        self._notebooks: set[str] = set()
        self._has_left = False
        now_s = clock_ns() * 1e-9
        self._up_s = self._worked_s = now_s
        """When the cluster and when a worker was there last."""
        self._asks_s = now_s + ASKED_EACH_S
        self._tells_s = now_s + said.EACH_S

    def run(self) -> None:
        """Meter until the cluster or its last worker here has gone, or another agent is at work."""
        self._do: dict[str, Callable[[int, Sequence[Any]], None]] = {
            said.WHO: self._who,
            said.PING: self._ping,
            said.TICK: self._tick,
            said.OPEN: self._open,
            said.BEGIN: self._begin,
            said.END: self._end,
            said.LEAVE: self._leave,
        }
        while not self._has_left and self._is_needed():
            try:
                heard = self._inbox.get(timeout=self._wait_s())
            except queue.Empty:
                pass
            else:
                if isinstance(heard, Gone):
                    self._gone(heard.notebook)
                else:
                    self._take(heard.t_ns, heard.words)
            if self._windows and self._now_s >= self._tells_s:
                self._tell_so_far()

    @property
    def _now_s(self) -> float:
        return self._clock_ns() * 1e-9

    def _wait_s(self) -> float:
        until_s = min(self._asks_s, self._tells_s) if self._windows else self._asks_s
        return max(0.0, until_s - self._now_s)

    def _is_needed(self) -> bool:
        now_s = self._now_s
        if now_s >= self._asks_s:
            self._asks_s = now_s + ASKED_EACH_S
            if self._link.is_up():
                self._up_s = now_s
            if self._has_workers():
                self._worked_s = now_s
        down_s, idle_s = now_s - self._up_s, now_s - self._worked_s
        return down_s < DOWN_S and idle_s < NO_WORKER_S and min(down_s, idle_s) < NEITHER_S

    def _take(self, t_ns: int, words: Sequence[Any]) -> None:
        """Do what was said; what a later release says besides is nothing to this one."""
        do = self._do.get(words[0]) if words else None
        if do is not None:
            do(t_ns, words[1:])

    def _say(self, notebook: str, kind: str, *rest: object) -> None:
        self._link.say(notebook, [kind, host(), self._link.id, *rest])

    # --- what notebooks say -------------------------------------------------------------------

    def _who(self, _: int, rest: Sequence[Any]) -> None:
        notebook, where = rest[:2]
        if notebook not in self._notebooks:
            self._notebooks.add(notebook)
            self._link.follow(notebook)
        if where != host():  # that one has a meter here itself
            self._meter.discover()  # so that the first window finds the sensors open
        self._say(notebook, said.HERE)

    def _ping(self, t_ns: int, rest: Sequence[Any]) -> None:
        notebook, number = rest[:2]
        self._say(notebook, said.PONG, number, t_ns, self._clock_ns())

    def _tick(self, t_ns: int, rest: Sequence[Any]) -> None:
        notebook, number = rest[:2]
        self._ticks[notebook] = number, t_ns

    def _open(self, _: int, rest: Sequence[Any]) -> None:
        notebook, window, where = rest[:3]
        if where == host():
            return
        if not self._windows:
            self._tells_s = self._now_s + said.EACH_S
        if window not in self._windows:
            self._windows[window] = HostWindow(self._meter, notebook)
        self._say(notebook, said.OPENED, window)

    def _begin(self, _: int, rest: Sequence[Any]) -> None:
        window = self._windows.get(rest[1])
        if window is not None:
            window.read()
            self._say(window.notebook, said.BEGUN, rest[1])

    def _end(self, _: int, rest: Sequence[Any]) -> None:
        name, edges_ns = rest[1], rest[2].get(host())
        window = self._windows.pop(name, None)
        if window is None:
            return
        if edges_ns is None:  # it has not come to know this clock
            window.drop()
            return
        window.end(*edges_ns)
        # The refreshes after the end take a while, and other notebooks do not wait for them.
        threading.Thread(target=self._tell_end, args=(name, window), daemon=True).start()

    def _tell_end(self, name: str, window: HostWindow) -> None:
        self._say(window.notebook, said.ENDED, name, window.final())

    def _leave(self, _: int, rest: Sequence[Any]) -> None:
        self._has_left = rest[0] == self._link.id

    def _gone(self, notebook: str) -> None:
        """Drop the windows of a notebook that will not end them."""
        self._notebooks.discard(notebook)
        self._ticks.pop(notebook, None)
        for name, window in list(self._windows.items()):
            if window.notebook == notebook:
                del self._windows[name]
                window.drop()

    # --- what it says by itself ---------------------------------------------------------------

    def _tell_so_far(self) -> None:
        self._tells_s = self._now_s + said.EACH_S
        self._meter.read()  # what was read since the last time comes with it
        for notebook in {window.notebook for window in self._windows.values()}:
            used = {
                name: window.so_far()
                for name, window in self._windows.items()
                if window.notebook == notebook
            }
            tick = self._ticks.pop(notebook, None)
            answer = [*tick, self._clock_ns()] if tick else None
            self._say(notebook, said.SO_FAR, answer, used)
