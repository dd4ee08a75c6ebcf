"""Days, months and years as whole numbers: 20260504, 202605, 2026."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

FIRST, LAST = 1000_01_01, 9999_12_31
"""So a period's number of digits says what it is."""
_OF_A_DAY = len("2026-01-31")


def day_of(started_s: float) -> int:
    """Return the calendar day of seconds since 1970, here: in the time zone of this machine.

    A row keeps the day of where and when it was booked; a time zone that changes later, or a
    reader elsewhere, moves no joules from one day to another.
    """
    try:
        when = datetime.fromtimestamp(started_s)  # noqa: DTZ006  (the zone of this machine)
    except (OverflowError, OSError, ValueError):  # at the ends of the calendar
        when = datetime.fromtimestamp(started_s, timezone.utc)
    return max(FIRST, (when.year * 100 + when.month) * 100 + when.day)


def text_of(day: int) -> str:
    """Return a day as people write it."""
    return f"{day // 10_000:04}-{day // 100 % 100:02}-{day % 100:02}"


def wider(period: int) -> int:
    """Return the month of a day, the year of a month."""
    return period // 100


def moment_s(when: str | date, *, ends: bool = False) -> float:
    """Return the seconds since 1970 of a date or time, of its end where the day is to be within.

    Raises
    ------
    ValueError
        For what is none.
    """
    found = datetime.fromisoformat(when if isinstance(when, str) else when.isoformat())
    is_day = len(when) == _OF_A_DAY if isinstance(when, str) else not isinstance(when, datetime)
    if ends and is_day:
        found += timedelta(days=1)
    try:
        # By way of `astimezone`, an hour that a clock leaves out would be one too early.
        return found.timestamp()
    except (OverflowError, OSError) as error:
        raise ValueError(str(error)) from None
