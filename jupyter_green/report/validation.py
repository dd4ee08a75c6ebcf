"""Readers for JSON that comes from outside: each checks one kind of value, or says what is wrong.

A reader returns the value with its type or raises a :class:`Misfit`. Those who hold the
value put its place before it on the way out, so that what fits costs no path. None goes
deeper than the record does, or looks at more items than it may hold. The panel's readers
have the same names and limits (``validation.ts``).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from ..printable import printable, shortened
from . import times

MOST = 1e18
"""What no joules, watts or seconds are above; their squares and products stay finite."""
LEAST = 1e-18
"""What no figure but 0 is below: less is what the rounding of a difference leaves."""
MOST_COUNT = 2**53 - 1
"""The largest whole number that JSON carries everywhere."""

_DESCRIBED = 40
_JSON_KINDS: Mapping[type, str] = {type(None): "null", list: "a list", dict: "an object"}

T = TypeVar("T")
Reader = Callable[[Any], T]


class Misfit(Exception):  # noqa: N818  (it is a part of an error, until its place is known)
    """What is wrong with a value; ``str`` gives its place before it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.place = ""

    def within(self, place: str) -> Misfit:
        """Return it as seen from what holds the value."""
        self.place = f"{place}{self.place}"
        return self

    def __str__(self) -> str:
        """Return such as ``".domains[0].energy_j is -1, which is too small"``."""
        return f"{self.place} {self.args[0]}"


def text(most: int, least: int = 0) -> Reader[str]:
    """Read a text of so many characters."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise mismatch("a string", value)
        if not least <= len(value) <= most:
            raise Misfit(f"has {len(value)} characters, expected {least} to {most}")
        return value

    return read


_SHORT = text(40)


def number(least: float = -MOST, most: float = MOST, above: float = -math.inf) -> Reader[float]:
    """Read a finite number within limits; it is 0 or at least :data:`LEAST` in size."""

    def read(value: Any) -> float:
        is_within = type(value) is float and above < value <= most and value >= least
        if is_within and (value == 0 or abs(value) >= LEAST):
            return float(value)  # as nearly all are
        found = any_number(value)
        if found < least or found <= above or 0 < abs(found) < LEAST:
            raise Misfit(f"is {described(value)}, which is too small")
        if found > most:
            raise Misfit(f"is {described(value)}, which is too large")
        return found

    return read


def any_number(value: Any) -> float:
    """Read a finite number of any size."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # Python compares whole numbers of any length with a float exactly; NaN is within nothing.
    if not is_number or not -sys.float_info.max <= value <= sys.float_info.max:
        raise mismatch("a finite number", value)
    found: float = value
    return found


def count(value: Any) -> int:
    """Read a whole number that is not negative; JSON's ``3.0`` is one."""
    whole = value if isinstance(value, int) or not isinstance(value, float) else _whole(value)
    if not isinstance(whole, int) or isinstance(whole, bool) or not 0 <= whole <= MOST_COUNT:
        raise mismatch("a whole number", value)
    return whole


def boolean(value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise mismatch("true or false", value)
    return value


def time(value: Any) -> str:
    """Read a time with its zone, RFC 3339."""
    found = _SHORT(value)
    try:
        times.epoch_s(found)
    except ValueError:
        raise mismatch("a time such as 2026-01-31T12:00:00Z", value) from None
    return found


def one_of(*choices: str) -> Reader[str]:
    """Read one of these texts."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise mismatch(f"one of {', '.join(choices)}", value)
        return value

    return read


def nullable(reader: Reader[T]) -> Reader[T | None]:
    """Read what `reader` reads, or null."""
    return lambda value: None if value is None else reader(value)


def items(reader: Reader[T], most: int) -> Reader[tuple[T, ...]]:
    """Read a list of at most so many items."""

    def read(value: Any) -> tuple[T, ...]:
        return _items(reader, _at_most(most, _list(value)))

    return read


def pair(reader: Reader[T]) -> Reader[tuple[T, T]]:
    """Read a list of exactly two items."""

    def read(value: Any) -> tuple[T, T]:
        if len(_list(value)) != 2:
            raise Misfit(f"has {len(value)} items, expected 2")
        first, second = _items(reader, value)
        return first, second

    return read


def dictionary(reader: Reader[T], most: int, longest_name: int) -> Reader[dict[str, T]]:
    """Read an object with any names, at most so many and of at most so many characters."""

    def read(value: Any) -> dict[str, T]:
        found = {}
        for name, entry in _at_most(most, an_object(value)).items():
            if not isinstance(name, str) or len(name) > longest_name:
                raise Misfit(f"has a name that is no text of at most {longest_name} characters")
            try:
                found[name] = reader(entry)
            except Misfit as misfit:
                raise misfit.within(f"[{described(name)}]") from None
        return found

    return read


def an_object(value: Any) -> dict[str, Any]:
    """Read an object, whatever is in it."""
    if not isinstance(value, dict):
        raise mismatch("an object", value)
    return value


def field_of(record: Mapping[str, Any], name: str) -> Any:
    """Return the field of an object that has to have it."""
    if name not in record:
        raise Misfit("is absent").within(f".{name}")
    return record[name]


def read_at(place: str, reader: Reader[T], value: Any) -> T:
    """Read a value that stands at this place of what holds it."""
    try:
        return reader(value)
    except Misfit as misfit:
        raise misfit.within(place) from None


def mismatch(expected: str, value: Any) -> Misfit:
    """Return what is wrong with a value of another kind."""
    return Misfit(f"is {described(value)}, expected {expected}")


def described(value: Any) -> str:
    """Return a value in a few words, however long or deep it is."""
    if isinstance(value, str):
        # Of a text within a list nothing is shown but that it is there.
        return repr(value) if len(value) <= _DESCRIBED else "a long string"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{int(value)}" if abs(value) < MOST else "a very long whole number"
    if isinstance(value, float):
        return f"{float(value)!r}"
    kinds = (words for kind, words in _JSON_KINDS.items() if isinstance(value, kind))
    return next(kinds, shortened(printable(type(value).__name__), _DESCRIBED))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise mismatch("a list", value)
    return value


_C = TypeVar("_C", bound=Collection[Any])


def _at_most(most: int, value: _C) -> _C:
    if len(value) > most:
        raise Misfit(f"has {len(value)} items, expected at most {most}")
    return value


def _items(reader: Reader[T], values: list[Any]) -> tuple[T, ...]:
    read: list[T] = []
    try:
        for value in values:
            read.append(reader(value))  # noqa: PERF401  (as many as were read is the place)
    except Misfit as misfit:
        raise misfit.within(f"[{len(read)}]") from None
    return tuple(read)


def _whole(value: float) -> float | int:
    return int(value) if math.isfinite(value) and value.is_integer() else value
