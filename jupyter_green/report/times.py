"""Times as text: RFC 3339, in UTC."""

from __future__ import annotations

from datetime import datetime, timezone


def now() -> str:
    """Return the present time, to the millisecond."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read(text: str) -> datetime:
    """Read a time; Python 3.10 does not know its ``Z``.

    Raises
    ------
    ValueError
        Where it is no time, or has no time zone.
    """
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return found


def epoch_s(text: str) -> float:
    """Return a time as seconds since 1970."""
    return read(text).timestamp()
