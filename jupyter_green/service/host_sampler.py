"""The sampler of the service: a process that opens the sensors once, and is not started again."""

from __future__ import annotations

from collections.abc import Callable, Generator

from ..sampler.detach import HOST
from ..sampler.spawned import SpawnedSampler


class HostSampler(SpawnedSampler):
    """A sampler that has given up the right to open sensors.

    Parameters
    ----------
    on_end
        Called when it has ended, from the thread that reads its lines.
    """

    def __init__(self, on_end: Callable[[], None]) -> None:
        super().__init__(options=[HOST])
        self._on_end = on_end

    def lines(self) -> Generator[bytes]:
        """Yield what it sends until it has ended."""
        try:
            yield from super().lines()
        finally:
            self._on_end()


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
