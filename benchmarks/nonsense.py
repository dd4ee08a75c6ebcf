"""Lines of a service's protocol that were changed at random, and clients that send them."""

from __future__ import annotations

import json
import os
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_green.clock import now_ns

NOBODY = 65534
KEYS = tuple(f"{number:032x}" for number in range(200))
"""Some more than one user has room for."""
STRANGE: Sequence[Any] = (
    *(None, True, -1, 0, 1, 2**31, 2**53, 2**63, 10**40, 1e-300, 1e300, -0.0, 0.1),
    *("", "x" * 300, "\x00", "\u202e", "/etc/shadow", "../..", [], {}, [[]], [None] * 50),
)
BYTES = (b"\x00", b"\xff\xfe", b"[" * 50, b"{" * 9, b'"', b"\\u0000", b"NaN", b"1e999", b"\r", b"]")


def changed(line: bytes, chance: random.Random) -> bytes:
    """Return a line of which something is changed: a value in it, or some of its bytes."""
    if chance.random() < 0.6:
        with suppress(ValueError):
            return json.dumps(_with_another_value(json.loads(line), chance)).encode()
    place = chance.randrange(len(line) + 1)
    kind = chance.randrange(4)
    if kind == 0:
        return line[:place] + chance.choice(BYTES) + line[place:]
    if kind == 1:
        return line[:place]
    if kind == 2:
        return line[:place] + bytes([chance.randrange(256)]) + line[place + 1 :]
    return line[place:] + line[:place]


def _with_another_value(message: Any, chance: random.Random) -> Any:
    """Return a message with one value changed, somewhere in it."""
    keys: Sequence[Any] = ()
    if isinstance(message, dict):
        keys = list(message)
    elif isinstance(message, list):
        keys = range(len(message))
    if not keys or chance.random() < 0.15:
        return _another(message, chance)
    key = chance.choice(keys)
    if chance.random() < 0.1:
        del message[key]
    elif isinstance(message, list) and chance.random() < 0.1:
        message.insert(key, message[key])
    else:
        message[key] = _with_another_value(message[key], chance)
    return message


def _another(value: Any, chance: random.Random) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool) and chance.random() < 0.6:
        return value + chance.choice((-1, 1, -(10**9), 10**9, 10**12, -0.5))
    return chance.choice(STRANGE)


class Attack:
    """Clients of a service that send nonsense until a time, one after the other.

    Parameters
    ----------
    place
        The service's socket.
    seed
        Of what is sent.
    """

    def __init__(self, place: Path, seed: int) -> None:
        self._place = place
        self._chance = random.Random(seed)
        self.counts: Counter[str] = Counter()

    def go_on(self, until_s: float) -> None:
        """Send nonsense until this time of the monotonic clock."""
        while time.monotonic() < until_s:
            with suppress(OSError), socket.socket(socket.AF_UNIX) as made:
                made.settimeout(0.5)
                made.connect(str(self._place))
                self.counts["connections"] += 1
                self._talk(made)
            time.sleep(self._chance.uniform(0.0, 0.01))

    def _talk(self, made: socket.socket) -> None:
        if self._chance.random() < 0.9:
            made.sendall(b'["hello",1,1]\n')
        for _ in range(self._chance.choice((1, 3, 10, 40))):
            line = self._line()
            if self._chance.random() < 0.5:
                line = changed(line, self._chance)
                self.counts["changed lines"] += 1
            self._send(made, line + b"\n" * self._chance.choice((0, 1, 1, 1, 2)))
            self.counts["lines"] += 1
            time.sleep(self._chance.choice((0.0, 0.0, 0.001, 0.01)))
        ends: Sequence[Callable[[socket.socket], object]] = (
            lambda _: None,
            lambda it: it.shutdown(socket.SHUT_WR),
            lambda it: it.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)),
            lambda it: it.recv(1 << 16),
        )
        self._chance.choice(ends)(made)

    def _send(self, made: socket.socket, said: bytes) -> None:
        """Send it at once, or in two parts; of what comes back something is read now and then."""
        place = self._chance.randrange(len(said) + 1) if self._chance.random() < 0.2 else len(said)
        made.sendall(said[:place])
        if place < len(said):
            made.sendall(said[place:])
        if self._chance.random() < 0.1:
            with suppress(BlockingIOError):
                made.recv(1 << 12, socket.MSG_DONTWAIT)

    def _line(self) -> bytes:
        """Return a request, whose marks may be forged and whose windows may not be open."""
        number = self._chance.randrange(4)
        now = now_ns()
        begun_ns = now + self._chance.choice((0, -(10**8), -(10**11), 10**10))
        ended_ns = max(0, now + self._chance.choice((0, 0, 10**7, -(10**12))))
        requests: Sequence[list[Any]] = (
            ["begin", number, self._chance.choice((0.1, 1e-9, 3600)), self._chance.random() < 0.5],
            ["end", number, max(0, begun_ns), ended_ns],
            ["follow", ["end", number, max(0, begun_ns), ended_ns], ["begin", 3, 0.1, True]],
            ["prepare"],
            ["look"],
            ["clock", number],
            ["watch host", self._chance.choice((0.001, 60))],
            ["hello", 1, 1],
            ["keep", self._chance.choice(KEYS)],
            ["last", self._chance.choice(KEYS)],
        )
        return json.dumps(self._chance.choice(requests)).encode()


def attack_as_nobody(place: Path, seed: int, until_s: float, told: Any) -> None:
    """Attack in a process of its own, as somebody without rights where that is possible."""
    if os.geteuid() == 0:  # what a user may ask for is asked by all of its programs together
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    attack = Attack(place, seed)
    attack.go_on(until_s)
    told.put(attack.counts)
