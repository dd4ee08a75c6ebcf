"""Times as text: RFC 3339, in UTC."""

from __future__ import annotations

import re
from datetime import datetime, timezone

PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
"""The form of a time. The schema and the panel have the same pattern."""
_RFC_3339 = re.compile(PATTERN)


def now() -> str:
    """Return the present time, to the millisecond."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read(text: str) -> datetime:
    """Read a time.

    Raises
    ------
    ValueError
        Where it is no time, or has no time zone.
    """
    parts = _RFC_3339.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text[:40]!r} is no time with a time zone, such as 2026-01-31T12:00:00Z")
    # Python 3.10 knows neither "Z" nor fractions of other than three or six digits.
    fraction = (parts[2] or ".0")[1:7].ljust(6, "0")
    zone = "+00:00" if parts[3] == "Z" else parts[3]
    return datetime.fromisoformat(f"{text[:19]}.{fraction}{zone}")


def epoch_s(text: str) -> float:
    """Return a time as seconds since 1970."""
    return read(text).timestamp()
