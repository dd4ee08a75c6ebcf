"""Where a notebook waits for the agents of its cluster."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from .. import words as said
from . import secret
from .lines import SENT_S, Lines

GREETED_S = 5.0
"""How long who connects may take to prove what it is."""
MOST_WAITING = 64


class Listener:
    """Lets agents in that know the secret, and carries what is said.

    Parameters
    ----------
    address
        Of this host, as the others of the cluster reach it.
    heard
        Called with what agents say, from their threads.
    """

    def __init__(self, address: str, heard: Callable[[Sequence[Any]], None]) -> None:
        self.secret = secret.new()
        self._heard = heard
        self._agents: dict[str, Lines] = {}
        self._listens = socket.create_server((address, 0), backlog=MOST_WAITING)
        self.address: tuple[str, int] = self._listens.getsockname()[:2]
        threading.Thread(target=self._accept, name="jupyter-green cluster", daemon=True).start()

    def tell(self, words: Sequence[Any]) -> None:
        """Tell all agents; one that takes nothing has gone."""
        for lines in list(self._agents.values()):
            try:
                lines.send(words)
            except OSError:  # noqa: PERF203  (each may have gone)
                lines.close()

    def close(self) -> None:
        """Let nobody in any more, and leave all."""
        with suppress(OSError):
            self._listens.shutdown(socket.SHUT_RDWR)  # else the thread that waits lets one more in
        self._listens.close()
        for lines in list(self._agents.values()):
            lines.close()

    def _accept(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                connection, _ = self._listens.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(GREETED_S)
            lines, once = Lines(connection), secret.new()
            lines.send([once])
            received = lines.received()
            greeting = next(received, None)
            if greeting is None or not secret.is_answer(self.secret, once, greeting[0]):
                return
            agent = str(greeting[1])
            connection.settimeout(None)
            _send_within(connection, SENT_S)
            self._agents[agent] = lines
            try:
                for words in received:
                    self._heard(words)
            finally:
                del self._agents[agent]
                self._heard([said.GONE, agent])


def _send_within(connection: socket.socket, seconds: float) -> None:
    """Have what is sent fail where the other end makes no room in time: socket(7)."""
    with suppress(OSError, AttributeError):
        connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", int(seconds), 0)
        )
