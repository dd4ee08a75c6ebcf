"""Records that went wrong: real ones with a part replaced, left out, doubled, deepened or moved.

    for mutation in mutations(records, seed=1, number=1000):
        Report.from_dict(mutation.record)

The same seed gives the same mutations. What is not mutated is shared with the original.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

Place = tuple[str | int, ...]
"""The way to a part of a record: names and numbers of items."""
At = tuple[Any, Any]
"""A container and the name of one of its parts, ``None`` for the whole."""
Kind = Callable[[random.Random, At, Any], Any]
"""A kind of change, given where and in which record; returns the container as it is then."""

DEEP = 50_000
"""Lists in lists: more than any parser that calls itself for each would stand."""


def _deep(around: Callable[[Any], Any]) -> Any:
    value: Any = 1.0
    for _ in range(DEEP):
        value = around(value)
    return value


ODD_TEXTS = (
    *("", " ", "x", "12", "NaN", "null", "\x1b[31mred", "\x1b]0;title\x07", "a\nb\r\nc\td"),
    *("\x00", "\x9b31m", "\u202egpu\u202c", "\u2066a\u2069", "\u200f", "\u2028", "\ufeff"),
    *("\ud800", "\udfff\ud800", "𝛥" * 64, "é́̂" * 20, "$x^2$", "<b>&amp;</b>", "`a`", "%%", "{}"),
    *("x" * 33, "x" * 65, "x" * 201, "x" * 1001, "\x1b" * 64, "\n" * 200, "x" * 1_000_000),
    *("2026-02-30T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026"),
    *("ok", "died", "counter", "estimate", "mixed", "replayed", "gpu:0", "__proto__", "cpu"),
)
ODD_NUMBERS = (
    *(0, -0.0, 1, -1, 0.5, 1.0, 3.0, 1e-3, 7e-18, 9e-19, 5e-324, 1e-30, 1e9, 1e18, 1.0001e18),
    *(1e30, 1e300, 1.7976931348623157e308, -1e-3, -1e18, -1e300, 2**31, 2**53, 2**63, 10**400),
    *(-(10**400), 10**5000, float("nan"), float("inf"), float("-inf"), True, False),
)
ODD_LISTS: tuple[Any, ...] = (
    *([], [None], [1, 2, 3], [[1, 2, 3]], [[]], [[2, 1]], [0.0] * 300, [{}] * 200, ["a", 1, None]),
    *([0.5] * 100_000, _deep(lambda value: [value])),
)
ODD_OBJECTS: tuple[Any, ...] = (
    *({}, {"": 0}, {"__proto__": 1}, {"x" * 1000: 1}, {"\x1b[31m": [1]}, {1: 2}),
    *({f"gpu:{k}": [] for k in range(200)}, _deep(lambda value: {"a": value})),
)
ODD_OTHERS = (None, b"bytes", (1, 2), {1, 2}, 1 + 2j, object())
"""What no JSON holds, but a program may hand over."""
ODD = (*ODD_TEXTS, *ODD_NUMBERS, *ODD_LISTS, *ODD_OBJECTS, *ODD_OTHERS)


class Mutation(NamedTuple):
    """A record that was changed, and how."""

    record: Any
    original: str
    """What the record was of."""
    changes: tuple[tuple[str, Place], ...]
    """What was done, and where."""


def mutations(records: Mapping[str, dict[str, Any]], seed: int, number: int) -> Iterator[Mutation]:
    """Yield so many mutations, of one to three changes each."""
    rng = random.Random(seed)
    names = sorted(records)
    for _ in range(number):
        name = rng.choice(names)
        record: Any = records[name]
        changes = []
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            place = _place(rng, record)
            kind = rng.choice(_KINDS)
            changes.append((kind.__name__.strip("_"), place))
            record = _changed(record, place, partial(_apply, kind, rng, record))
        yield Mutation(record, name, tuple(changes))


def _apply(kind: Kind, rng: random.Random, record: Any, at: At) -> Any:
    return kind(rng, at, record)


def _place(rng: random.Random, record: Any) -> Place:
    """Return a place in a record; the few names on top are as likely as the many items below."""
    place: list[str | int] = []
    value = record
    while isinstance(value, (dict, list)) and value:
        if place and rng.random() < 0.25:
            break
        if isinstance(value, dict):
            step = rng.choice(list(value))
        else:
            step = rng.choice((0, len(value) - 1, rng.randrange(len(value))))
        place.append(step)
        value = value[step]
        if len(place) > 8:
            break
    return tuple(place)


def _changed(value: Any, place: Place, change: Callable[[At], Any]) -> Any:
    """Return a copy in which the container of a place is another."""
    if len(place) <= 1:
        return change((value, place[0] if place else None))
    copied = value.copy()
    copied[place[0]] = _changed(value[place[0]], place[1:], change)
    return copied


# --- kinds of changes -----------------------------------------------------------------------


def _with(at: At, part: Any) -> Any:
    container, name = at
    if name is None:
        return part
    copied = container.copy()
    copied[name] = part
    return copied


def _part(at: At) -> Any:
    container, name = at
    return container if name is None else container[name]


def _replaced(rng: random.Random, at: At, _: Any) -> Any:
    return _with(at, rng.choice(ODD))


def _of_its_kind(rng: random.Random, at: At, _: Any) -> Any:
    """Replace a part by an odd one of the same kind."""
    part = _part(at)
    if isinstance(part, str):
        return _with(at, rng.choice(ODD_TEXTS))
    if isinstance(part, (int, float)):
        return _with(at, rng.choice(ODD_NUMBERS))
    if isinstance(part, list):
        return _with(at, rng.choice(ODD_LISTS))
    return _with(at, rng.choice(ODD_OBJECTS))


def _left_out(_rng: random.Random, at: At, _: Any) -> Any:
    container, name = at
    if name is None:
        return {}
    copied = container.copy()
    del copied[name]
    return copied


def _doubled(rng: random.Random, at: At, _: Any) -> Any:
    container, name = at
    if name is None:
        return [container, container]
    copied = container.copy()
    if isinstance(container, list):
        copied.insert(name, container[name])
    else:
        again = rng.choice(("again", f"{name} ", f"{name}\u202e", f"{name}".upper()))
        copied[again] = container[name]
    return copied


def _deepened(rng: random.Random, at: At, _: Any) -> Any:
    part = _part(at)
    for _ in range(rng.choice((1, 1, 2, 1000))):
        part = [part] if rng.random() < 0.5 else {"a": part}
    return _with(at, part)


def _scaled(rng: random.Random, at: At, _: Any) -> Any:
    """Change a number; what is none becomes the name of its type."""
    part = _part(at)
    if isinstance(part, bool) or not isinstance(part, (int, float)):
        return _with(at, 0 if part is None else type(part).__name__)
    factor = rng.choice((-1, 0, 2, 1e3, 1e-3, 1e9, 1e-9, 1e15, 1e-15, 1e25, 1 + 1e-9))
    try:
        return _with(at, part * factor)
    except OverflowError:
        return _with(at, factor)


def _resized(rng: random.Random, at: At, _: Any) -> Any:
    """Make a list, an object or a text shorter or longer."""
    part = _part(at)
    if isinstance(part, list):
        last = part[-1] if part else 0.0
        longer = part + [last] * rng.choice((1, 2, 300))
        return _with(at, rng.choice((part[:-1], part[1:], part[: len(part) // 2], longer)))
    if isinstance(part, dict):
        more = {f"more-{k}": None for k in range(rng.choice((1, 5, 200)))}
        return _with(at, {**part, **more})
    if isinstance(part, str):
        where = rng.randrange(len(part) + 1)
        inserted = rng.choice(ODD_TEXTS[5:20])
        return _with(at, part[:where] + inserted + part[where:])
    return _with(at, [part, part, part])


def _moved(rng: random.Random, at: At, record: Any) -> Any:
    """Put a part of the same record in the place of another."""
    value = record
    for step in _place(rng, record):
        value = value[step]
    return _with(at, value)


def _shuffled(rng: random.Random, at: At, _: Any) -> Any:
    part = _part(at)
    if isinstance(part, list):
        return _with(at, rng.sample(part, len(part)))
    if isinstance(part, dict):
        return _with(at, dict(zip(part, rng.sample(list(part.values()), len(part)), strict=True)))
    return _with(at, [part])


_KINDS: tuple[Kind, ...] = (
    _replaced,
    _of_its_kind,
    _of_its_kind,
    _left_out,
    _doubled,
    _deepened,
    _scaled,
    _resized,
    _moved,
    _shuffled,
)
