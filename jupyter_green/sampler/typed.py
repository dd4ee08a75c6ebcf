"""What another program says of a dataclass's fields, checked against their types."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from .replies import BadReplyError

MOST = 2**63


def only(kind: type, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what this release knows of an entry, as JSON has it: a later one may say more.

    What is absent is at its default.

    Raises
    ------
    BadReplyError
        Where a field has none, or is something else than it should be.
    """
    known: dict[str, Any] = {}
    for field in fields(kind):
        if field.name in entry:
            known[field.name] = entry[field.name]
            if not _fits(entry[field.name], _types(kind)[field.name]):
                raise BadReplyError(f"a {kind.__name__.lower()} has not what belongs to it")
        elif field.default is not MISSING:
            known[field.name] = field.default
        else:
            raise BadReplyError(f"a {kind.__name__.lower()} has not what belongs to it")
    return known


@functools.cache
def _types(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _fits(value: object, kind: Any) -> bool:
    if get_origin(kind) in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(kind))
    if get_origin(kind) is tuple:
        return isinstance(value, list) and _fit_all(value, get_args(kind))
    if kind in (int, float):
        return _is_number(value, is_whole=kind is int)
    if is_dataclass(kind):
        return isinstance(value, dict)
    if issubclass(kind, Enum):
        return value in [each.value for each in kind]
    return isinstance(value, NoneType if kind is None else kind)


def _fit_all(values: list[Any], kinds: tuple[Any, ...]) -> bool:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return all(_fits(each, kinds[0]) for each in values)
    return len(values) == len(kinds) and all(map(_fits, values, kinds))


def _is_number(value: object, *, is_whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if is_whole else int | float):
        return False
    return abs(value) < MOST if isinstance(value, int) else math.isfinite(value)
