"""What reads the sensors for this program: the host's service where there is one, else its own.

Where there is no service, looking for one is a look at one path.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from ..sources.variables import (
    PMU_VARIABLE,
    POWERCAP_VARIABLE,
    READER_VARIABLE,
    REPLAY_VARIABLE,
    SOCKET_VARIABLE,
    USUAL_SOCKET,
)
from .continued import Continued
from .spawned import SamplerProcess, SpawnedSampler

OWN_CHOICE = (POWERCAP_VARIABLE, PMU_VARIABLE, READER_VARIABLE, REPLAY_VARIABLE)
"""Who sets one of these has chosen what is to be read, which a service does not know."""
AVOIDED_S = 30.0
"""How long a service that has fallen silent, or has sent nonsense, is left alone."""


def socket_place(
    chosen: str | None = None, environ: Mapping[str, str] = os.environ
) -> tuple[str, bool] | None:
    """Return the service's socket, and whether it was named; ``None`` where none is to be used.

    Parameters
    ----------
    chosen
        The socket that the program has chosen, ``""`` for none.
    environ
        The environment, which may choose as well.
    """
    if sys.platform != "linux":
        return None  # nowhere else is it known whose a socket is
    named = environ.get(SOCKET_VARIABLE) if chosen is None else chosen
    if named is not None:
        return (named, True) if named else None
    if any(name in environ for name in OWN_CHOICE):
        return None
    return USUAL_SOCKET, False


class Finding:
    """Starts what reads the sensors, as often as it is asked to.

    Parameters
    ----------
    chosen
        The socket of the service, ``""`` for none; else the environment or the usual place says.
    """

    def __init__(self, chosen: str | None = None) -> None:
        self._chosen = chosen
        self.continued = Continued()
        """From where a service goes on that takes the place of another."""
        self._avoided_until_s = 0.0
        self._why = ""
        self._ready: SamplerProcess | None = None

    def __call__(self) -> SamplerProcess:
        """Return a connection to the service, or a process of this program's own.

        Raises
        ------
        OSError
            Where no process can be started.
        """
        ready, self._ready = self._ready, None
        if ready is not None:
            return ready
        place = socket_place(self._chosen)
        if place is None:
            return SpawnedSampler()
        path, is_named = place
        if not is_named and not Path(path).exists():
            return SpawnedSampler()
        try:
            return self.connected(path)
        except OSError as error:
            from .not_used import not_used

            return SpawnedSampler(not_used(path, error))

    def connected(self, path: str, answer_s: float | None = None) -> SamplerProcess:
        """Return a connection to the service, which is to answer within this time.

        Raises
        ------
        OSError
            Where it is not to be used, with the reason.
        """
        if time.monotonic() < self._avoided_until_s:
            raise OSError(self._why)
        from .served import ServedSampler

        return ServedSampler(path, self, *([answer_s] if answer_s else []))

    def avoid(self, why: str) -> None:
        """Leave the service alone for some time."""
        self._why = why
        self._avoided_until_s = time.monotonic() + AVOIDED_S

    def offer(self, ready: SamplerProcess) -> None:
        """Have this one be what is returned next."""
        self._ready = ready
