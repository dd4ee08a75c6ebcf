"""A host's service as its client sees it: a sampler whose windows are fitted where it reads.

It speaks the protocol of :mod:`.wire` to the service, and :mod:`.messages` to this program.
"""

from __future__ import annotations

import os
import secrets
import select
import socket
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from typing import Any, Protocol

from ..intake.places import ledger_folder
from ..notice import Notice
from . import messages, wire
from .continued import Continued
from .greeting import greeted, shown
from .intake_marks import IntakeMarks
from .kept import KeptByClient, kept_folder
from .last_sample import Claim
from .replies import BadReplyError, reply
from .spawned import SamplerProcess
from .translation import Translation

FIRST_ANSWER_S = 1.0
"""How long the first answer may take; a service that is only started then needs half of it."""
SILENT_S = 2.0
"""While a window is open a service that has said nothing for so long is given up."""
ASKED_S = 0.5
"""After so long a silence it is asked whether it is there."""
RETURN_S = 3.0
"""How long a service that has ended is waited for while a window is open."""
AGAIN_S = 0.05


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
        found = greeted(place, first_answer_s)
        self._socket, self._input, about, offset_ns = found
        self._translation = Translation(about, offset_ns, finding.continued)
        self._discovered = {"domains": about.domains, "missing": about.missing}
        self.least_interval_s = about.interval_s
        self._heard_s = time.monotonic()
        self._bell, self._rings = socket.socketpair()
        self._poll = select.poll()
        for end in (self._socket, self._bell):
            self._poll.register(end, select.POLLIN)
        self._sending = threading.Lock()
        self._hung_up = False
        self._has_ended = False
        self._end = Notice()
        self._key = secrets.token_hex(16)
        self._offset_ns = offset_ns
        ledger, folder = ledger_folder(), kept_folder()
        self._marks = IntakeMarks(ledger, os.getpid(), self._claim) if ledger else None
        self._kept = KeptByClient(folder, self._claim) if folder else None
        if self._marks is not None or self._kept is not None:
            self._socket.send(wire.encode([wire.KEEP, self._key]))

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
        if self._kept is not None:
            self._kept.takes(request)
        with self._sending:
            said = b"".join(map(wire.encode, self._translation.said(request)))
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
            yield self._told([messages.HELLO, self._discovered])
            while True:
                *lines, self._input = self._input.split(b"\n")
                for line in lines:
                    message = self._translation.heard(reply(line))
                    if message is not None:
                        yield self._told(message)
                if not self._receive():
                    break
        except BadReplyError as error:
            self._finding.avoid(f"it sent nonsense: {shown(error)}")
        finally:
            self._disconnect()
            for end in (self._bell, self._rings, self._socket):
                end.close()
            self._has_ended = True
            self._end.notify_all()
        if self._translation.has_windows and not self._hung_up:
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
        return self._end.wait_for(lambda: self._has_ended, timeout_s)

    def kill(self) -> None:
        """End the connection."""
        self.hang_up()

    def leave_to_parent(self) -> None:
        """Close it here, in a fork: the service is to see when the program itself has ended."""
        self._socket.close()

    def _disconnect(self) -> None:
        with suppress(OSError):  # it may have ended
            self._socket.shutdown(socket.SHUT_RDWR)

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
            raise BadReplyError("a line has no end")
        return bool(received)

    def _is_readable(self) -> bool:
        """Wait until it says something, or not for long while a window is open."""
        was_idle = not self._translation.has_windows
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

    def _told(self, message: Sequence[Any]) -> bytes:
        """Return a message as this program gets it."""
        if self._marks is not None:
            self._marks.hear(message)
        if self._kept is not None:
            self._kept.hear(list(message))
        return messages.encode(message)

    def _claim(self) -> Claim:
        """Return what whoever books this program's windows needs, should it be killed."""
        offsets_j = dict(self._finding.continued.offsets_j)
        return Claim(self.place, self._key, self._offset_ns, offsets_j)

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
