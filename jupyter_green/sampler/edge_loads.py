"""How busy the host and the kernel were up to each edge of a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .host_load import HostLoad, Standing
from .load import Load
from .messages import BEGIN, END


class EdgeLoads:
    """Reads the load at edges; of an end also what was used by what there was at the begin."""

    def __init__(self, host: HostLoad) -> None:
        self._host = host
        self._standing: dict[str, Standing] = {}

    def read(self, marks: Sequence[tuple[str, str]]) -> list[Load]:
        """Read it once for all edges of one time; none where the system does not show it."""
        load = self._host.read()
        return [] if load is None else [self._up_to(mark, load) for mark in marks]

    def _up_to(self, mark: tuple[str, str], load: Load) -> Load:
        kind, window = mark
        if kind == BEGIN:
            self._standing[window] = self._host.standing()
        elif kind == END and (before := self._standing.pop(window, None)) is not None:
            return replace(load, standing_busy_s=self._host.used_since(before))
        return load
