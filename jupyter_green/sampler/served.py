"""A host's service as its client sees it: a sampler whose windows are fitted where it reads.

It speaks the protocol of :mod:`.wire` to the service, and :mod:`.messages` to this program.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any, Protocol

from ..clock import now_ns
from ..flags import RESTARTED
from ..intake.places import ledger_folder
from ..printable import printable, shortened
from ..sources.base import MAX_REASON, Conditions, Domain, Missing, Scale
from . import messages, wire
from .continued import Continued
from .intake_marks import IntakeMarks
from .spawned import SamplerProcess

SERVICE = "service"
"""What a report calls it among what is missing."""
REMEDY = (
    "This program reads the sensors itself. `jupyter green doctor` says what is used; whoever "
    "runs this machine can look at the service: `systemctl status jupyter-green`."
)

FIRST_ANSWER_S = 1.0
"""How long the first answer may take; a service that is only started then needs half of it."""
ANSWER_S = 0.25
SILENT_S = 2.0
"""While a window is open a service that has said nothing for so long is given up."""
ASKED_S = 0.5
"""After so long a silence it is asked whether it is there."""
RETURN_S = 3.0
"""How long a service that has ended is waited for while a window is open."""
AGAIN_S = 0.05
EXCHANGES = 5
"""How often the clocks are compared: the quickest answer tells."""
_LONGEST_WORDS = 200
_UCRED = struct.Struct("3i")


class Seeker(Protocol):
    """Who looked for a service, and outlives the connection to it."""

    continued: Continued

    def connected(self, path: str, answer_s: float | None = None) -> SamplerProcess:
        """Return another connection."""

    def avoid(self, why: str) -> None:
        """Leave the service alone for some time."""

    def offer(self, ready: SamplerProcess) -> None:
        """Have this one be used next."""


class ServedSampler:
    """A connection to the host's service.

    Parameters
    ----------
    place
        Its socket.
    finding
        Who looked for it: there is kept what outlives this connection.
    first_answer_s
        How long to wait for its first answer.

    Raises
    ------
    OSError
        Where there is none, where it is another user's, or where it does not answer.
    """

    pid = None
    instead_of = None

    def __init__(self, place: str, finding: Seeker, first_answer_s: float = FIRST_ANSWER_S) -> None:
        self.place: str = place
        self._finding = finding
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._input = b""
            self._hello = self._greeted(first_answer_s)
            self._offset_ns = self._clock_offset_ns()
        except BaseException:
            self._socket.close()
            raise
        self._ids = [str(entry["id"]) for entry in self._hello["domains"]]
        self.least_interval_s = float(self._hello["interval_s"])
        self._connected_ns = now_ns()
        self._heard_s = time.monotonic()
        self._bell, self._rings = socket.socketpair()
        self._poll = select.poll()
        for end in (self._socket, self._bell):
            self._poll.register(end, select.POLLIN)
        self._sending = threading.Lock()
        self._numbers: dict[str, int] = {}
        """The windows that it has been told of and that have not settled."""
        self._names: dict[int, str] = {}
        self._next_number = 0
        self._bridged: set[str] = set()
        """Windows that have begun on a connection before this: the service knows a part of them."""
        self._continues = False
        self._hung_up = False
        self._ended = threading.Event()
        ledger = ledger_folder()
        self._marks = IntakeMarks(ledger, os.getpid()) if ledger else None

    # --- the first words --------------------------------------------------------------------

    def _greeted(self, answer_s: float) -> dict[str, Any]:
        self._socket.settimeout(answer_s)
        try:
            self._socket.connect(self.place)
        except (TimeoutError, BlockingIOError):
            raise OSError("it takes no more programs, or hangs") from None
        except PermissionError:
            raise OSError("this user may not connect to it: ask to be let into its group") from None
        owner = _peer_uid(self._socket)
        if owner not in (0, os.geteuid()):
            raise OSError(f"it is run by another user (id {owner}), neither root nor this one")
        self._socket.sendall(wire.encode([wire.HELLO, wire.OLDEST, wire.NEWEST]))
        until_s = time.monotonic() + answer_s
        answer = self._answer(until_s)
        if answer[0] == wire.REFUSED:
            raise OSError(_shown(answer[1]))
        if answer[0] != wire.HELLO or not isinstance(answer[2], dict):
            raise OSError("what answers is no service of jupyter-green")
        return answer[2]

    def _answer(self, until_s: float) -> list[Any]:
        """Return the next message, before all else goes on."""
        while b"\n" not in self._input:
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                raise OSError("it does not answer")
            self._socket.settimeout(left_s)
            try:
                received = self._socket.recv(1 << 16)
            except TimeoutError:
                raise OSError("it does not answer") from None
            if not received:
                raise ConnectionResetError("it has closed the connection")
            self._input += received
            if len(self._input) > wire.LONGEST_REPLY:
                raise OSError("what answers is no service of jupyter-green")
        line, _, self._input = self._input.partition(b"\n")
        try:
            message = messages.decode(line)
            assert message
        except (ValueError, AssertionError):
            raise OSError("what answers is no service of jupyter-green") from None
        return message

    def _clock_offset_ns(self) -> int:
        """Return by how much its clock is ahead: 0 but where a time namespace moves one of them."""
        found: list[tuple[int, int]] = []
        for number in range(EXCHANGES):
            sent_ns = now_ns()
            self._socket.sendall(wire.encode([wire.CLOCK, number]))
            answer = self._answer(time.monotonic() + ANSWER_S)
            if answer[0] != wire.CLOCK:
                raise OSError("what answers is no service of jupyter-green")
            took_ns = now_ns() - sent_ns
            found.append((took_ns, answer[2] - sent_ns - took_ns // 2))
        took_ns, offset_ns = min(found)
        return offset_ns if abs(offset_ns) > took_ns else 0

    # --- as a sampler -----------------------------------------------------------------------

    def send(self, line: bytes) -> None:
        """Send a request. It waits for nothing: a service that takes no more has ended.

        Raises
        ------
        OSError
            Where it has ended.
        """
        request = messages.decode(line)
        if self._marks is not None and self._marks.takes(request):
            return
        with self._sending:
            said = b"".join(map(wire.encode, self._translated(request)))
            if not said:
                return
            taken = 0
            with suppress(BlockingIOError):
                taken = self._socket.send(said, socket.MSG_DONTWAIT)
        if taken < len(said):
            self._disconnect()
            raise OSError("the service takes nothing more")
        self._rings.send(b".")

    def lines(self) -> Generator[bytes]:
        """Yield what it sends until it has ended. For one thread, which must read to the end."""
        try:
            yield self._heard(messages.encode([messages.HELLO, self._discovered()]))
            while True:
                *lines, self._input = self._input.split(b"\n")
                for line in lines:
                    if (message := self._understood(line)) is not None:
                        yield self._heard(messages.encode(message))
                if not self._receive():
                    break
        except (LookupError, TypeError, ValueError, AssertionError) as error:
            self._finding.avoid(f"it sent nonsense: {_shown(error)}")
        finally:
            self._disconnect()
            for end in (self._bell, self._rings, self._socket):
                end.close()
            self._ended.set()
        if self._numbers and not self._hung_up:
            self._wait_for_another()

    def last_words(self) -> str:
        """Return nothing: what a service says last, its host's log has."""
        return ""

    def hang_up(self) -> None:
        """End the connection."""
        self._hung_up = True
        self._disconnect()
        if self._marks is not None:
            self._marks.leave()

    def wait(self, timeout_s: float) -> bool:
        """Wait until it has ended, as the thread that reads its :meth:`lines` sees it."""
        return self._ended.wait(timeout_s)

    def kill(self) -> None:
        """End the connection."""
        self.hang_up()

    def leave_to_parent(self) -> None:
        """Close it here, in a fork: the service is to see when the program itself has ended."""
        self._socket.close()

    def _disconnect(self) -> None:
        with suppress(OSError):  # it may have ended
            self._socket.shutdown(socket.SHUT_RDWR)

    # --- what is said to it -----------------------------------------------------------------

    def _translated(self, request: Sequence[Any]) -> list[list[Any]]:
        """Return what to say for a request of this program's."""
        kind = request[0]
        if kind == messages.RESUME:
            latest = messages.latest(request)
            self._continues = bool(latest)
            self._finding.continued.begin(str(self._hello["scale"]), latest)
        said: Callable[[], list[list[Any]]] | None = {
            messages.PREPARE: lambda: [[wire.PREPARE]],
            messages.BEGIN: lambda: [self._begins(request)],
            messages.END: lambda: self._ends(request),
            messages.FOLLOW: lambda: self._follows(*request[1:]),
            messages.WATCH_HOST: lambda: [[wire.WATCH_HOST, min(request[1], wire.LONGEST_WATCH_S)]],
        }.get(kind)
        return said() if said else []

    def _follows(self, ended: Sequence[Any], begun: Sequence[Any]) -> list[list[Any]]:
        *before, end = self._ends(ended)
        return [*before, [wire.FOLLOW, end, self._begins(begun)]]

    def _begins(self, request: Sequence[Any]) -> list[Any]:
        _, window, interval_s, is_watched, begun_ns = request[:5]
        if self._continues and begun_ns < self._connected_ns:
            self._bridged.add(window)
        return [wire.BEGIN, self._numbered(window), interval_s, is_watched]

    def _ends(self, request: Sequence[Any]) -> list[list[Any]]:
        _, window, _, (begun_ns, ended_ns) = request
        said: list[list[Any]] = []
        if window not in self._numbers:  # it has ended before this connection
            self._bridged.add(window)
            said.append([wire.BEGIN, self._numbered(window), wire.LONGEST_INTERVAL_S, False])
        if window in self._bridged:
            begun_ns = ended_ns = now_ns()
        edges = (begun_ns + self._offset_ns, ended_ns + self._offset_ns)
        return [*said, [wire.END, self._numbers[window], *edges]]

    def _numbered(self, window: str) -> int:
        number = self._numbers[window] = self._next_number
        self._names[number] = window
        self._next_number += 1
        return number

    # --- what it says -----------------------------------------------------------------------

    def _receive(self) -> bool:
        """Wait for what it says next; return whether it is there."""
        while not self._is_readable():
            if self._hung_up or self._is_silent():
                return False
        try:
            received = self._socket.recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._heard_s = time.monotonic()
        self._input += received
        if len(self._input) > wire.LONGEST_REPLY:
            raise ValueError("a line without an end")
        return bool(received)

    def _is_readable(self) -> bool:
        """Wait until it says something, or not for long while a window is open."""
        was_idle = not self._numbers
        readable = [fd for fd, _ in self._poll.poll(None if was_idle else ASKED_S * 1e3)]
        if was_idle:
            self._heard_s = time.monotonic()
        if self._bell.fileno() in readable:
            self._bell.recv(4096)
        return self._socket.fileno() in readable

    def _is_silent(self) -> bool:
        """Whether it is given up; it is asked before."""
        silent_s = time.monotonic() - self._heard_s
        if silent_s > SILENT_S:
            self._finding.avoid("it does not answer any more")
            return True
        if silent_s >= ASKED_S:
            with suppress(OSError), self._sending:
                self._socket.send(wire.encode([wire.CLOCK, 0]), socket.MSG_DONTWAIT)
        return False

    def _heard(self, line: bytes) -> bytes:
        if self._marks is not None:
            self._marks.hear(messages.decode(line))
        return line

    def _understood(self, line: bytes) -> list[Any] | None:
        """Return what it says in this program's own messages; ``None`` where that is nothing.

        That is an answer of the clock's, or what a later release says besides.
        """
        message = messages.decode(line)
        read: Callable[[Sequence[Any]], list[Any] | None] | None = {
            wire.SAMPLE: self._sample,
            wire.CONDITIONS: self._conditions,
            wire.FITTED: self._fitted,
            wire.SETTLED: self._settled,
            wire.PREPARED: lambda _: [messages.QUICK_READ],
        }.get(message[0])
        return read(message) if read else None

    def _conditions(self, message: Sequence[Any]) -> list[Any]:
        return [messages.CONDITIONS, _known_conditions(message[1]), self._local(message[2])]

    def _fitted(self, message: Sequence[Any]) -> list[Any] | None:
        window = self._names.get(message[1])
        if window is None or window in self._bridged:
            return None
        return [messages.FITTED, window, *message[2:5]]

    def _settled(self, message: Sequence[Any]) -> list[Any] | None:
        window = self._names.pop(message[1], None)
        if window is None:
            return None
        self._numbers.pop(window, None)
        self._bridged.discard(window)
        return [messages.SETTLED, window, int(message[2])]

    def _sample(self, message: Sequence[Any]) -> list[Any]:
        _, t_ns, mark, entries, flags = message
        named = dict(flags)
        moved: list[Any] = []
        for index, (id_, entry) in enumerate(zip(self._ids, entries, strict=True)):
            if not isinstance(entry, list):
                moved.append(entry)
                continue
            at_ns = self._local(entry[0])
            figures = [at_ns, entry[1], entry[2]]
            energy_j, restarts = self._finding.continued.moved(id_, figures)
            if restarts:
                named[str(index)] = RESTARTED
            moved.append([at_ns, energy_j, entry[2], None])
        if mark is not None:
            window = self._names.get(mark[1])
            mark = None if window is None else [mark[0], window]
        return [messages.SAMPLE, self._local(t_ns), mark, moved, named]

    def _local(self, t_ns: int) -> int:
        return t_ns - self._offset_ns

    def _discovered(self) -> dict[str, Any]:
        domains = [_only(Domain, entry) for entry in self._hello["domains"]]
        for entry in domains:
            entry["scale"] = _only(Scale, entry["scale"]) if entry.get("scale") else None
        missing = [_only(Missing, entry) for entry in self._hello["missing"]]
        return {"domains": domains, "missing": missing}

    def _wait_for_another(self) -> None:
        """Wait until the service is back, if it comes soon: then the windows go on there."""
        until_s = time.monotonic() + RETURN_S
        while not self._hung_up and time.monotonic() < until_s and not self._is_back():
            time.sleep(AGAIN_S)

    def _is_back(self) -> bool:
        """Whether there is no more to wait for: it is back, or not to be used."""
        try:
            self._finding.offer(self._finding.connected(self.place, RETURN_S))
        except (ConnectionError, FileNotFoundError):  # none listens, or one that is about to end
            return False
        except OSError:
            pass
        return True


def not_used(path: str, why: str) -> Missing:
    """Return what a report says of a service that is not used."""
    reason = shortened(printable(f"the service at {path} is not used: {why}"), MAX_REASON)
    return Missing(SERVICE, reason, REMEDY)


def _peer_uid(connection: socket.socket) -> int:
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    _, uid, _ = _UCRED.unpack(found)
    return int(uid)


def _only(kind: type, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what this release knows of an entry: a later one may say more."""
    known = {field.name for field in fields(kind)}
    return {name: value for name, value in entry.items() if name in known}


def _known_conditions(found: Mapping[str, Any]) -> dict[str, Any]:
    return {index: _only(Conditions, entry) for index, entry in found.items()}


def _shown(what: object) -> str:
    return shortened(printable(str(what)), _LONGEST_WORDS)
