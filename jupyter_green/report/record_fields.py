"""How one field of a record is written as JSON and read back; the tables of a record hold these."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from ..printable import shortened
from ..sources.base import MAX_ID
from .validation import (
    LEAST,
    Misfit,
    Reader,
    an_object,
    dictionary,
    items,
    number,
    text,
)

QUANTITY = number(least=0)


class Field(NamedTuple):
    """How one field is written and read.

    Parameters
    ----------
    write
        Turns the value, given the object that has it, into JSON types.
    read
        Turns JSON types back, or says what is wrong with them.
    optional
        Whether it may be ``null``.
    omitted
        Whether it is left out where it is empty, so that a record stays small.
    attribute
        What it is called in the dataclass, where that is not its name in JSON.
    """

    write: Callable[[Any, Any], Any]
    read: Reader[Any]
    optional: bool = False
    omitted: bool = False
    attribute: str = ""


def write_all(owner: Any, table: Mapping[str, Field]) -> dict[str, Any]:
    """Return the fields of a table as JSON types, taken from an object's attributes."""
    record = {}
    for name, field in table.items():
        value = getattr(owner, field.attribute or name)
        if not (field.omitted and (value is None or value in ((), {}, ""))):
            record[name] = None if value is None else field.write(value, owner)
    return record


def read_all(record: Mapping[str, Any], table: Mapping[str, Field]) -> dict[str, Any]:
    """Return the values of a table's fields by the names of their attributes.

    Raises
    ------
    Misfit
        Where something is wrong with one of them.
    """
    values: dict[str, Any] = {}
    name = ""
    try:
        for name, (_, read, optional, omitted, attribute) in table.items():
            if name in record:
                value = record[name]
                is_read = value is not None or not optional
                values[attribute or name] = read(value) if is_read else value
            elif not omitted:
                _refuse_absent()
    except Misfit as misfit:
        raise misfit.within(f".{name}") from None
    return values


def _refuse_absent() -> NoReturn:
    raise Misfit("is absent")


def fields_of(table: Mapping[str, Field]) -> Reader[dict[str, Any]]:
    """Return what reads an object with the fields of a table."""
    return lambda value: read_all(an_object(value), table)


# --- kinds of fields ------------------------------------------------------------------------


def plain(reader: Reader[Any], **options: Any) -> Field:
    """Return the field of a value that is written as it is."""
    return Field(lambda value, _: value, reader, **options)


def text_field(most: int, least: int = 0, **options: Any) -> Field:
    """Return the field of a text, which is shortened where the record has no room for more."""
    return Field(lambda value, _: shortened(value, most), text(most, least), **options)


def digits(count: int, reader: Reader[float] = QUANTITY, **options: Any) -> Field:
    """Return a number's field, rounded to significant digits."""
    return Field(lambda value, _: significant(value, count), reader, **options)


def joules(reader: Reader[float] = QUANTITY, **options: Any) -> Field:
    """Return the field of joules, rounded to what their uncertainty supports."""
    return Field(lambda value, owner: _supported(value, owner.uncertainty_j), reader, **options)


def each(entry: Field, most: int, **options: Any) -> Field:
    """Return the field of a tuple, of which at most so many entries are written."""
    return Field(
        lambda values, owner: [entry.write(value, owner) for value in values[:most]],
        items(entry.read, most),
        **options,
    )


def by_name(entry: Field, most: int, longest_name: int = MAX_ID, **options: Any) -> Field:
    """Return the field of a mapping from names."""
    return Field(
        lambda values, owner: {
            shortened(name, longest_name): entry.write(v, owner) for name, v in values.items()
        },
        dictionary(entry.read, most, longest_name),
        **options,
    )


def record_of(kind: Callable[..., Any], table: Mapping[str, Field], **options: Any) -> Field:
    """Return the field of a dataclass."""
    read = fields_of(table)
    return Field(
        lambda value, _: write_all(value, table), lambda value: kind(**read(value)), **options
    )


# --- rounding -------------------------------------------------------------------------------


def significant(value: float, digits: int) -> float:
    """Round to `digits` significant digits."""
    if abs(value) < LEAST:
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def _supported(value: float, uncertainty: float | None) -> float:
    """Round to one digit beyond the third digit of the uncertainty.

    That keeps sums of parts equal to the total to far below the uncertainty,
    and keeps meaningless digits out of notebooks that live in git.
    """
    # As it is written, so that a record that was read is written with the same digits.
    written = significant(uncertainty or 0.0, 3)
    if not written or abs(value) < LEAST:
        return significant(value, 9)
    rounded = round(value, max(0, 3 - math.floor(math.log10(written))))
    return rounded if abs(rounded) >= LEAST else 0.0
