"""A sampler that is started before all else: it gets ready while the meter is still loaded."""

from __future__ import annotations

from ...sampler.spawned import SpawnedSampler


class Spawning:
    """Starts samplers; the first one at once."""

    def __init__(self) -> None:
        self._first: SpawnedSampler | OSError | None
        try:
            self._first = SpawnedSampler()
        except OSError as error:
            self._first = error

    def __call__(self) -> SpawnedSampler:
        """Return the first one, and another one from then on.

        Raises
        ------
        OSError
            Where it cannot be started.
        """
        first, self._first = self._first, None
        if isinstance(first, OSError):
            raise first
        return first or SpawnedSampler()
