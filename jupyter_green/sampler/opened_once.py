"""How the sampler of a host's service opens its sensors: once, and with that its rights end."""

from __future__ import annotations

from ..sources.base import Missing, Source
from ..sources.discovery import open_sources
from .privileges import give_up
from .process import Probe


class SensorsChangedError(RuntimeError):
    """Sensors have come or gone, and the right to open them was given up."""


def opened_once() -> Probe:
    """Open the sensors, give up all rights, and return what has them at hand.

    Called again it fails: whoever has started this process is to start another.
    """
    found = [open_sources()]
    give_up()

    def probe() -> tuple[list[Source], tuple[Missing, ...]]:
        if not found:
            raise SensorsChangedError("the sensors have changed: start the service again")
        return found.pop()

    return probe
