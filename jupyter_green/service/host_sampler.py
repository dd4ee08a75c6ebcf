"""The sampler of the service: a process that opens the sensors once, and is not started again."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing

from ..sampler.detach import HOST
from ..sampler.spawned import SpawnedSampler


def _nothing() -> None:
    pass


class HostSampler(SpawnedSampler):
    """A sampler that has given up the right to open sensors."""

    def __init__(self) -> None:
        super().__init__(options=[HOST])
        self.on_heard: Callable[[], None] = _nothing
        """Called when a line of it was taken in, from the thread that reads its lines."""
        self.on_end: Callable[[], None] = _nothing
        """Called when it has ended, from the same thread."""

    def lines(self) -> Generator[bytes]:
        """Yield what it sends until it has ended."""
        try:
            with closing(super().lines()) as lines:
                for line in lines:
                    yield line
                    self.on_heard()
        finally:
            self.on_end()


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
