"""The protocol between a host's service and its clients: one JSON array per line.

From a client, at most :data:`LONGEST_REQUEST` bytes a line::

    ["hello", oldest protocol it speaks, newest]
    ["clock", number]
    ["prepare"]
    ["begin", window, interval_s, whether its curve is watched]
    ["end", window, begun_ns, ended_ns]
    ["follow", ["end", ...], ["begin", ...]]
    ["watch host", for how many seconds]
    ["look"]
    ["keep", key]
    ["last", key]

From the service::

    ["hello", protocol, {"version", "scale", "quantum_j", "interval_s", "domains", "missing"}]
    ["refused", why]
    ["clock", number, t_ns]
    ["prepared"]
    ["sample", t_ns, mark, [[t_ns, energy_j, power_w], ...], {index: flag}]
    ["conditions", {index: {...}}, t_ns]
    ["fitted", window, [domains of a report], [what is missing], whether it is final, {whose}]
    ["settled", window, number of others that metered meanwhile]
    ["unknown"]

A window is a number that the client chooses. ``look`` is answered by a sample of this moment, with
the mark ``["look", 0]``: it is for who follows the host and measures nothing. By ``keep`` a client
has the sample kept that is read where its connection ends within a window, under a key of 32 random
hexadecimal digits; ``last`` is answered by that sample, with the mark ``["last", 0]``, to another
client of the same user, or else by ``unknown``. All times are
CLOCK_MONOTONIC of the service; by ``clock`` a client finds out how far its own is from that. A
client names no path, no command and no process. What the service reads of a counter stays in it: a
sample's joules are rounded down to the quantum, a window's are fitted there, and the quantum is in
their uncertainty. ``fitted`` comes twice: from what is known right after the end, and from all that
was read about the edges. Its last part says whose the joules are: ``{"share", "flags"}``,
``{"reason", "remedy"}`` or nothing. `scale` names what the cumulative joules are counted from:
where it is the same after a restart, they go on.

Each end tells the protocols that it speaks, from the oldest to the newest, so that two neighbouring
releases understand each other; the service chooses the newest of both.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from . import messages

OLDEST, NEWEST = 1, 1
"""The protocols that this release speaks."""
LONGEST_REQUEST = 4096
LONGEST_REPLY = 1 << 20
"""Bytes of a line."""
MOST_NESTED = 8
"""Brackets within brackets in a request."""
LONGEST_INTERVAL_S = 3600.0
LONGEST_WATCH_S = 60.0
MOST_WINDOW = 2**53
_KEY = re.compile(r"[0-9a-f]{32}")

HELLO = messages.HELLO
REFUSED = "refused"
CLOCK = "clock"
PREPARE = messages.PREPARE
PREPARED = "prepared"
BEGIN = messages.BEGIN
END = messages.END
FOLLOW = messages.FOLLOW
WATCH_HOST = messages.WATCH_HOST
LOOK = "look"
KEEP = "keep"
LAST = "last"
UNKNOWN = "unknown"
SAMPLE = messages.SAMPLE
CONDITIONS = messages.CONDITIONS
FITTED = messages.FITTED
SETTLED = messages.SETTLED

encode = messages.encode


class BadRequestError(ValueError):
    """A request that no client of this protocol sends; the message says what is wrong with it."""


def request(line: bytes) -> list[Any]:
    """Return the request in a line, all of whose parts are what they should be.

    Raises
    ------
    BadRequestError
        For anything else.
    """
    if len(line) > LONGEST_REQUEST:
        raise BadRequestError(f"a line is longer than {LONGEST_REQUEST} bytes")
    if line.count(b"[") > MOST_NESTED or b"{" in line:
        raise BadRequestError("a line is no request")
    try:
        found = messages.parsed(line)
    except (ValueError, RecursionError):
        raise BadRequestError("a line is no JSON") from None
    return _checked(found, within_follow=False)


def _checked(found: object, *, within_follow: bool) -> list[Any]:
    if not isinstance(found, list) or not found or not isinstance(found[0], str):
        raise BadRequestError("a line is no request")
    kind, *rest = found
    if kind == FOLLOW and not within_follow:
        if len(rest) != 2:
            raise BadRequestError("a request has not what belongs to it: follow")
        for each, expected in zip(rest, (END, BEGIN), strict=True):
            if _checked(each, within_follow=True)[0] != expected:
                raise BadRequestError("a request has not what belongs to it: follow")
        return found
    kinds = _REQUESTS.get(kind)
    if kinds is None:
        raise BadRequestError("a request is unknown")
    if len(rest) != len(kinds) or not all(map(_is, rest, kinds)):
        raise BadRequestError(f"a request has not what belongs to it: {kind}")
    return found


def _is(value: object, kind: str) -> bool:
    if kind == "switch":
        return isinstance(value, bool)
    if kind == "key":
        return isinstance(value, str) and _KEY.fullmatch(value) is not None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if kind == "number":
        return isinstance(value, int) and 0 <= value <= MOST_WINDOW
    if kind == "time":
        return isinstance(value, int) and 0 <= value < 2**63
    most_s = LONGEST_INTERVAL_S if kind == "interval" else LONGEST_WATCH_S
    return math.isfinite(value) and 0 < value <= most_s


_REQUESTS: dict[str, Sequence[str]] = {
    HELLO: ("number", "number"),
    CLOCK: ("number",),
    PREPARE: (),
    BEGIN: ("number", "interval", "switch"),
    END: ("number", "time", "time"),
    WATCH_HOST: ("seconds",),
    LOOK: (),
    KEEP: ("key",),
    LAST: ("key",),
}


def chosen(oldest: int, newest: int) -> int | None:
    """Return the protocol to speak with an end that speaks these, ``None`` where there is none."""
    found = min(newest, NEWEST)
    return found if found >= max(oldest, OLDEST) else None
