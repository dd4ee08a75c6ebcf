"""The first words to a host's service: whose it is, what it reads, how far its clock is off."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..clock import now_ns
from ..printable import printable, shortened
from ..sources.base import Domain, Missing, Scale
from . import messages, wire
from .peer import peer
from .replies import BadReplyError, reply
from .typed import only

SERVICE = "service"
"""What a report calls it among what is missing."""
ANSWER_S = 0.25
EXCHANGES = 5
"""How often the clocks are compared: the quickest answer tells."""
NO_SERVICE = "what answers is no service of jupyter-green"
NOT_LET_IN = "this user may not connect to it: ask to be let into its group"
_LONGEST_WORDS = 200


class RefusedError(OSError):
    """The service does not serve this program, and has said why."""


class StrangerError(OSError):
    """Another user than root and this one listens, and is not believed."""


@dataclass(frozen=True)
class About:
    """What a service says of itself."""

    scale: str
    """What its cumulative joules are counted from."""
    interval_s: float
    """How often it sends samples at most."""
    domains: Sequence[Mapping[str, Any]]
    missing: Sequence[Mapping[str, Any]]
    """As in :func:`.messages.hello`, with no more than this release knows."""

    @property
    def ids(self) -> list[str]:
        """The domains' names."""
        return [domain["id"] for domain in self.domains]


class Greeted(NamedTuple):
    """A service that has answered."""

    connection: socket.socket
    received: bytes
    """What it has said that is not taken in yet."""
    about: About
    offset_ns: int
    """By how much its clock is ahead: 0 but where a time namespace moves one of them."""


def greeted(place: str, answer_s: float) -> Greeted:
    """Return the service that listens at a place, which is to answer within this time.

    Raises
    ------
    OSError
        Where there is none, where it is another user's, or where it does not answer.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _connect(connection, place, answer_s)
        words = Words(connection)
        about = _about(words.ask([wire.HELLO, wire.OLDEST, wire.NEWEST], answer_s))
        offset_ns = _offset_ns(words)
    except BaseException:
        connection.close()
        raise
    return Greeted(connection, words.received, about, offset_ns)


def shown(what: object) -> str:
    """Return foreign words as they may be shown."""
    return shortened(printable(str(what)), _LONGEST_WORDS)


def _connect(connection: socket.socket, place: str, answer_s: float) -> None:
    connection.settimeout(answer_s)
    try:
        connection.connect(place)
    except (TimeoutError, BlockingIOError):
        raise OSError("it takes no more programs, or hangs") from None
    except PermissionError:
        raise PermissionError(NOT_LET_IN) from None
    owner = peer(connection).uid
    if owner not in (0, os.geteuid()):
        raise StrangerError(f"it is run by another user (id {owner}), neither root nor this one")


class Words:
    """What is said in turns, before all else goes on."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.received = b""

    def ask(self, request: Sequence[Any], answer_s: float) -> list[Any]:
        """Say something; return the next message."""
        self._connection.sendall(wire.encode(request))
        until_s = time.monotonic() + answer_s
        while b"\n" not in self.received:
            self._receive(until_s)
        line, _, self.received = self.received.partition(b"\n")
        try:
            return reply(line)
        except BadReplyError:
            raise OSError(NO_SERVICE) from None

    def _receive(self, until_s: float) -> None:
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            raise OSError("it does not answer")
        self._connection.settimeout(left_s)
        try:
            received = self._connection.recv(1 << 16)
        except TimeoutError:
            raise OSError("it does not answer") from None
        if not received:
            raise ConnectionResetError("it has closed the connection")
        self.received += received
        # Who says something else may go on for long.
        if not self.received.startswith(b"[") or len(self.received) > wire.LONGEST_REPLY:
            raise OSError(NO_SERVICE)


def _about(answer: Sequence[Any]) -> About:
    if answer[0] == wire.REFUSED:
        raise RefusedError(shown(answer[1]))
    if answer[0] != wire.HELLO:
        raise OSError(NO_SERVICE)
    found = answer[2]
    try:
        domains = [only(Domain, entry) for entry in found["domains"]]
        for entry in domains:
            entry["scale"] = only(Scale, entry["scale"]) if entry.get("scale") else None
        missing = [only(Missing, entry) for entry in found["missing"]]
        about = About(str(found["scale"]), float(found["interval_s"]), domains, missing)
        read, _ = messages.discovered([messages.HELLO, {"domains": domains, "missing": missing}])
        if not all(map(_is_possible, read)):
            raise OSError(NO_SERVICE)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        raise OSError(NO_SERVICE) from None
    return about


def _is_possible(domain: Domain) -> bool:
    """Whether there can be such a domain."""
    factor = domain.scale.factor if domain.scale else 1.0
    limits = (domain.wrap_range, domain.power_limit_w)
    return (
        bool(domain.id)
        and min(domain.resolution_s, domain.unit_j) > 0
        and all(limit is None or limit >= 0 for limit in limits)
        and factor >= 1
    )


def _offset_ns(words: Words) -> int:
    found: list[tuple[int, int]] = []
    for number in range(EXCHANGES):
        sent_ns = now_ns()
        answer = words.ask([wire.CLOCK, number], ANSWER_S)
        if answer[0] != wire.CLOCK:
            raise OSError(NO_SERVICE)
        took_ns = now_ns() - sent_ns
        found.append((took_ns, answer[2] - sent_ns - took_ns // 2))
    took_ns, offset_ns = min(found)
    return offset_ns if abs(offset_ns) > took_ns else 0
