"""The sampler of the service: a process that opens the sensors once, and is not started again."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Sequence

from ..sampler.detach import HOST
from ..sampler.spawned import SpawnedSampler

TAKEN = 1 << 16
"""Bytes that are taken at once."""


class HostSampler(SpawnedSampler):
    """A sampler that has given up the right to open sensors, heard by whoever waits for it."""

    def __init__(self) -> None:
        super().__init__(options=[HOST])
        self._started.wait()  # it has forked the sampler
        self._has_introduced = False
        self._line = b""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes."""
        return self._has_ended

    def fileno(self) -> int:
        """Return what can be read from when it has sent something."""
        return self._replies.fileno()

    def take(self) -> Sequence[bytes]:
        """Return the lines that have come; it waits where there is nothing to read."""
        received = os.read(self.fileno(), TAKEN)
        if not received:
            self._clean_up()
            return ()
        *lines, self._line = (self._line + received).split(b"\n")
        while lines and not self._has_introduced:
            self._has_introduced = self._introduces(lines.pop(0))
        return lines

    def wait(self, timeout_s: float) -> bool:
        """Wait until it has ended; what it still sends is nobody's."""
        until_s = time.monotonic() + timeout_s
        while not self._has_ended:
            left_s = max(0.0, until_s - time.monotonic())
            if not select.select([self], [], [], left_s)[0]:
                break
            self.take()
        return self._has_ended


class Once:
    """Hands on one sampler; another one could open nothing."""

    def __init__(self, sampler: HostSampler) -> None:
        self._sampler: HostSampler | None = sampler

    def __call__(self) -> HostSampler:
        """Return it the first time.

        Raises
        ------
        OSError
            From then on.
        """
        sampler, self._sampler = self._sampler, None
        if sampler is None:
            raise OSError("the service's sampler has ended")
        return sampler
