"""What a host's service says, checked: nothing that is no message of :mod:`.wire` gets further."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from . import messages, wire


class BadReplyError(ValueError):
    """No service of this protocol says that; the message tells what is wrong with it."""


def reply(line: bytes) -> list[Any]:
    """Return the message in a line.

    What a later release says besides stays in it: kinds of messages, and more behind the parts
    that are known.

    Raises
    ------
    BadReplyError
        Where the line is no message, or a part of it is something else than it should be.
    """
    try:
        message = messages.decode(line)
    except (ValueError, RecursionError):
        raise BadReplyError("a line is no message") from None
    kind, *parts = message
    checks = _REPLIES.get(kind, ())
    fits = (check(part) for check, part in zip(checks, parts, strict=False))
    if len(parts) < len(checks) or not all(fits):
        raise BadReplyError(f"a message has not what belongs to it: {kind}")
    return message


def _is_time(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _is_figure(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 2**63 if isinstance(value, int) else math.isfinite(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


def _is_mark(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, list) and len(value) == 2 and _is_text(value[0]) and _is_time(value[1])


def _is_entry(value: object) -> bool:
    """Whether it is a domain's time, joules and watts, its error, or nothing."""
    if not isinstance(value, list):
        return value is None or isinstance(value, str)
    if len(value) < 3 or not (_is_time(value[0]) and _is_figure(value[1])):
        return False
    return value[2] is None or _is_figure(value[2])


def _is_entries(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_entry, value))


def _is_flags(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


def _is_record(value: object) -> bool:
    return isinstance(value, dict)


def _is_records(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_record, value))


def _is_named_records(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_record, value.values()))


_REPLIES: dict[str, Sequence[Callable[[object], bool]]] = {
    wire.HELLO: (_is_time, _is_record),
    wire.REFUSED: (_is_text,),
    wire.CLOCK: (_is_time, _is_time),
    wire.PREPARED: (),
    wire.UNKNOWN: (),
    wire.SAMPLE: (_is_time, _is_mark, _is_entries, _is_flags),
    wire.CONDITIONS: (_is_named_records, _is_time),
    wire.FITTED: (_is_time, _is_records, _is_records, _is_switch),
    wire.SETTLED: (_is_time, _is_time),
}
