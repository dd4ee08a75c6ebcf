"""What was read when a program's connection ended within a window: for whoever books that window.

A killed program hears no more, and the service writes into nobody's files. So it keeps the sample
until somebody of the same user asks for it, by a key that the program had given it.
"""

from __future__ import annotations

from collections import OrderedDict

from .allowance import Allowance
from .connection import Connection

MOST_OF_USER = 64
MOST = 1024
"""Samples; beyond it those that came first are forgotten."""


class LastSamples:
    """Keeps them, each for one user; who shares an allowance is one."""

    def __init__(self) -> None:
        self._lines: OrderedDict[tuple[Allowance, str], bytes] = OrderedDict()

    def keep(self, connection: Connection, line: bytes) -> None:
        """Keep the sample that was read as a client left, in place of one before."""
        if connection.key is None:
            return
        whose = connection.allowance, connection.key
        self._lines.pop(whose, None)
        own = [each for each in self._lines if each[0] is connection.allowance]
        if len(own) >= MOST_OF_USER:
            del self._lines[own[0]]
        if len(self._lines) >= MOST:
            self._lines.popitem(last=False)
        self._lines[whose] = line

    def of(self, connection: Connection, key: str) -> bytes | None:
        """Return what is kept under a key for a client's user, ``None`` where nothing is."""
        return self._lines.get((connection.allowance, key))
