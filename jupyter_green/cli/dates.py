"""Days as a user gives them, for commands that ask the ledger."""

from __future__ import annotations

from ..ledger.days import FIRST, LAST, moment_s
from .errors import InputError

_OF_A_DAY = len("2026-01-31")


def between(since: str | None, until: str | None) -> tuple[float | None, float | None]:
    """Return the seconds since 1970 between which what is asked for began.

    Parameters
    ----------
    since, until
        The first and the last day, by the local clock, as ``2026-01-31``, or times of that form;
        ``None`` for no limit.

    Raises
    ------
    InputError
        For what is no date, and where the last day is before the first.
    """
    since_s, until_s = seconds_of("--since", since), seconds_of("--until", until, ends=True)
    if since_s is not None and until_s is not None and since_s >= until_s:
        raise InputError(f"--since {since} is not before --until {until}: swap them")
    return since_s, until_s


def whole_days(since: str | None, until: str | None) -> tuple[int, int] | None:
    """Return the first and the last day as 20260131, ``None`` where a time of day is given.

    Raises
    ------
    InputError
        As :func:`between`.
    """
    between(since, until)
    days = []
    for text, otherwise in ((since, FIRST), (until, LAST)):
        if text is not None and len(text) != _OF_A_DAY:
            return None
        days.append(otherwise if text is None else int(text.replace("-", "")))
    return days[0], days[1]


def seconds_of(flag: str, text: str | None, *, ends: bool = False) -> float | None:
    """Return the seconds since 1970 of a date, of its end where the day is to be within.

    Raises
    ------
    InputError
        For what is no date; it names the flag.
    """
    if text is None:
        return None
    try:
        return moment_s(text, ends=ends)
    except ValueError:
        raise InputError(f"{flag} {text!r} is no date: give one as 2026-01-31") from None
