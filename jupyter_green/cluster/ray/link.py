"""An agent's connection to the notebook: it needs no Ray."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from ...clock import now_ns
from ..agent.link import Gone, Heard, Inbox
from . import secret
from .lines import Lines

CONNECT_S = 10.0


class NotebookLink:
    """A connection to the one notebook that this agent meters for.

    Parameters
    ----------
    settings
        Where the notebook listens, and the secret.
    inbox
        Where what is heard goes.

    Raises
    ------
    OSError
        Where the notebook does not answer.
    """

    def __init__(self, settings: Mapping[str, Any], inbox: Inbox) -> None:
        self.id = secret.new()
        self._inbox = inbox
        self._notebook = settings["notebook"]
        self._is_up = True
        connection = socket.create_connection(tuple(settings["address"]), CONNECT_S)
        self._lines = Lines(connection)
        received = self._lines.received()
        once = next(received, None)
        if once is None:
            raise OSError("the notebook does not answer")
        connection.settimeout(None)
        self._lines.send([secret.answer(settings["secret"], str(once[0])), self.id])
        threading.Thread(target=self._hear, args=(received,), daemon=True).start()

    def say(self, notebook: str, words: Sequence[Any]) -> None:  # noqa: ARG002  (there is one)
        """Tell the notebook; what cannot be said is dropped."""
        with suppress(OSError):
            self._lines.send(words)

    def follow(self, notebook: str) -> None:
        """Do nothing: the connection ends with the notebook."""

    def is_up(self) -> bool:
        """Whether the connection is there."""
        return self._is_up

    def close(self) -> None:
        """End the connection."""
        self._lines.close()

    def _hear(self, received: Any) -> None:
        for words in received:
            self._inbox.put(Heard(now_ns(), words))
        self._is_up = False
        self._inbox.put(Gone(self._notebook))
