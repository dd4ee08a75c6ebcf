"""An agent's connection to Dask's scheduler: that of a client, with the worker's own keys."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from distributed import Client, Security

from ...clock import now_ns
from ..agent.link import Gone, Heard, Inbox
from .topics import ANSWER_S, MARKS, answers, is_gone

CONNECT_S = 10.0
ASKED_EACH_S = 3.0
"""A scheduler that is cut off closes no connection: it is asked after so long a silence."""


class DaskLink:
    """A client of the cluster that submits no task.

    Parameters
    ----------
    settings
        The scheduler's address and the worker's security.
    inbox
        Where what is heard goes.

    Raises
    ------
    OSError
        Where the scheduler does not answer.
    """

    def __init__(self, settings: Mapping[str, Any], inbox: Inbox) -> None:
        self._inbox = inbox
        self._client = Client(
            settings["address"],
            security=_as_client(settings["security"]),
            set_as_default=False,
            timeout=CONNECT_S,
            name="jupyter-green",
        )
        self.id: str = self._client.id
        self._answered_s = time.monotonic()
        """When the scheduler has answered last."""
        self._client.subscribe_topic(MARKS, self._hear)

    def say(self, notebook: str, words: Sequence[Any]) -> None:
        """Tell a notebook; what cannot be said is dropped."""
        with suppress(Exception):
            self._ask("log_event", topic=answers(notebook), msg=list(words))

    def follow(self, notebook: str) -> None:
        """Have the inbox say when this notebook has gone."""

        def hear(event: tuple[float, Any]) -> None:
            if is_gone(event[1], notebook):
                self._inbox.put(Gone(notebook))

        self._client.subscribe_topic(notebook, hear)

    def is_up(self) -> bool:
        """Whether the scheduler answers."""
        if self._client.status != "running":
            return False
        if time.monotonic() - self._answered_s < ASKED_EACH_S:
            return True
        try:
            self._ask("echo", data=b"")
        except Exception:  # noqa: BLE001  (whatever it is, it has not answered)
            return False
        return True

    def _ask(self, what: str, **values: Any) -> None:
        handler = getattr(self._client.scheduler, what)
        self._client.sync(handler, **values, callback_timeout=ANSWER_S)
        self._answered_s = time.monotonic()

    def _hear(self, event: tuple[float, Any]) -> None:
        self._inbox.put(Heard(now_ns(), event[1]))


def _as_client(security: Mapping[str, Any]) -> Security:
    """Return the worker's security for a client's connection."""
    return Security(
        require_encryption=security["require_encryption"],
        **{
            name.replace("_worker_", "_client_"): value
            for name, value in security.items()
            if name != "require_encryption" and value is not None
        },
    )
