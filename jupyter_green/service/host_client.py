"""The near end of the service's sampler: it is heard by the thread that hears the clients."""

from __future__ import annotations

import select
import time
from collections.abc import Callable

from ..sampler.client import SamplerClient
from ..sampler.events import Event
from ..sampler.spawned import SamplerProcess
from .host_sampler import HostSampler, Once


class HostClient(SamplerClient):
    """The client of a :class:`HostSampler`, without a thread of its own.

    Parameters
    ----------
    on_event
        Called for each event from the sampler, in order, by :meth:`hear`.
    sampler
        Its process.
    """

    def __init__(self, on_event: Callable[[Event], None], sampler: HostSampler) -> None:
        super().__init__(on_event, spawn=Once(sampler))
        self._sampler = sampler

    @property
    def has_ended(self) -> bool:
        """Whether the sampler has ended."""
        return self._sampler.has_ended

    def fileno(self) -> int:
        """Return what can be read from when there is something to hear."""
        return self._sampler.fileno()

    def start(self, timeout_s: float = 0.0) -> bool:
        """Hear until it has said what it can read; return whether it has."""
        until_s = time.monotonic() + timeout_s
        with self._lock:
            if self._process is None and not self._closed:
                self._spawn()
        while not (self._ready or self._fault):
            left_s = max(0.0, until_s - time.monotonic())
            if not select.select([self], [], [], left_s)[0]:
                break
            self.hear()
        return self._ready

    def hear(self) -> None:
        """Handle what it has sent."""
        self._take_in(self._sampler, self._sampler.take())
        if self._sampler.has_ended:
            self._note_end(self._sampler)

    def _listen(self, process: SamplerProcess) -> None:
        """Do nothing: whoever has made this calls :meth:`hear`."""
