"""A sampler that is started before all else: it gets ready while the meter is still loaded."""

from __future__ import annotations

from ...sampler.finding import Finding
from ...sampler.spawned import SamplerProcess


class Spawning:
    """Starts samplers; the first one at once."""

    def __init__(self) -> None:
        self._find = Finding()
        self._first: SamplerProcess | OSError | None
        try:
            self._first = self._find()
        except OSError as error:
            self._first = error

    def __call__(self) -> SamplerProcess:
        """Return the first one, and another one from then on.

        Raises
        ------
        OSError
            Where it cannot be started.
        """
        first, self._first = self._first, None
        if isinstance(first, OSError):
            raise first
        return first or self._find()
