"""What the service does for each request of a client."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..clock import now_ns
from ..sampler import wire
from ..sampler.client import SamplerClient
from .allowance import INTERVAL_S, Bucket
from .connection import Connection
from .last_samples import LastSamples
from .open_windows import OpenWindows
from .shares import Shares

MOST_WINDOWS = 64
"""Open windows of one client."""


@dataclass(frozen=True)
class Handler:
    """What a request does, and whether it is one of the marks that are few a second."""

    handle: Callable[[Connection, Sequence[Any]], None]
    is_mark: bool = False


class Answers:
    """Handles requests.

    Parameters
    ----------
    sampler
        Reads the sensors.
    windows
        Those of all clients.
    shares
        Whose the joules are.
    last_samples
        What was read as clients left.
    """

    def __init__(
        self,
        sampler: SamplerClient,
        windows: OpenWindows,
        shares: Shares,
        last_samples: LastSamples,
    ) -> None:
        self._sampler = sampler
        self._shares = shares
        self._windows = windows
        self._last_samples = last_samples
        self._preparing: list[Connection] = []
        self._looking: list[Connection] = []
        self._handlers: Mapping[str, Handler] = {
            wire.CLOCK: Handler(self._clock),
            wire.PREPARE: Handler(self._prepare),
            wire.BEGIN: Handler(self._begin, is_mark=True),
            wire.END: Handler(self._end, is_mark=True),
            wire.FOLLOW: Handler(self._follow, is_mark=True),
            wire.WATCH_HOST: Handler(self._watch_host),
            wire.LOOK: Handler(self._look, is_mark=True),
            wire.KEEP: Handler(self._keep),
            wire.LAST: Handler(self._last, is_mark=True),
        }

    def bucket(self, connection: Connection, request: Sequence[Any]) -> Bucket:
        """Return out of what a request is taken."""
        handler = self._handlers.get(request[0])
        allowance = connection.allowance
        return allowance.marks if handler and handler.is_mark else allowance.requests

    def handle(self, connection: Connection, request: Sequence[Any]) -> None:
        """Do what a client asks for.

        Raises
        ------
        BadRequestError
            For what no client asks for.
        """
        handler = self._handlers.get(request[0])
        if handler is None:
            raise wire.BadRequestError("it was greeted before")
        handler.handle(connection, request)

    def prepared(self, shown: Callable[[], Sequence[Any]]) -> None:
        """Tell those who wait for it that what a window needs first was read.

        `shown` is that, for those who have asked for it.
        """
        preparing, self._preparing = self._preparing, []
        for connection in preparing:
            connection.send_now([wire.PREPARED])
        looking, self._looking = self._looking, []
        if looking:
            line = wire.encode(shown())
            for connection in looking:
                connection.send_line(line)

    def leave(self, connection: Connection) -> None:
        """End what a client has begun, as it has left."""
        if connection.postponed is not None:
            self.bucket(connection, connection.postponed).give_back()
        for window in connection.windows.values():
            if window.is_open:
                window.drop()
                self._sampler.end(window.name)
        self._shares.leave(connection)

    # --- one for each request ---------------------------------------------------------------

    def _clock(self, connection: Connection, request: Sequence[Any]) -> None:
        connection.send([wire.CLOCK, request[1], now_ns()])

    def _prepare(self, connection: Connection, _: Sequence[Any]) -> None:
        self._read()
        self._preparing.append(connection)

    def _look(self, connection: Connection, _: Sequence[Any]) -> None:
        self._read()
        self._looking.append(connection)

    def _read(self) -> None:
        """Have everything read once for all who wait for it."""
        if not (self._preparing or self._looking):
            self._sampler.prepare()

    def _watch_host(self, connection: Connection, request: Sequence[Any]) -> None:
        connection.watches_until_ns = now_ns() + int(request[1] * 1e9)
        self._sampler.watch_host(request[1])

    def _keep(self, connection: Connection, request: Sequence[Any]) -> None:
        connection.key = request[1]

    def _last(self, connection: Connection, request: Sequence[Any]) -> None:
        kept = self._last_samples.of(connection, request[1])
        connection.send_line(wire.encode([wire.UNKNOWN]) if kept is None else kept)

    def _begin(self, connection: Connection, request: Sequence[Any]) -> None:
        _, number, interval_s, is_watched = request
        if number in connection.windows:
            raise wire.BadRequestError("a window has begun before")
        if len(connection.windows) >= MOST_WINDOWS:
            raise wire.BadRequestError(f"more than {MOST_WINDOWS} windows are open")
        interval_s = max(interval_s, INTERVAL_S)
        name = f"{connection.number}:{number}"
        self._sampler.begin(name, interval_s, watched=True)  # it reads while the rest is done
        window = self._windows.begin(
            name,
            connection,
            number,
            self._sampler.domains,
            interval_s=interval_s,
            is_watched=is_watched,
        )
        connection.add_window(number, window)

    def _end(self, connection: Connection, request: Sequence[Any]) -> None:
        _, number, begun_ns, ended_ns = request
        window = connection.windows.get(number)
        if window is None or not window.is_open:
            raise wire.BadRequestError("a window ends that is not open")
        window.end(begun_ns, ended_ns)
        self._sampler.end(window.name)  # it reads while the rest is done
        connection.windows_changed()

    def _follow(self, connection: Connection, request: Sequence[Any]) -> None:
        with self._sampler.joined():
            self._end(connection, request[1])
            self._begin(connection, request[2])
