"""What is asked of a comparison, checked before anything runs."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import repeat as times
from typing import Any

from ...printable import printable, shortened
from ...report.fields import MAX_LABEL
from ...report.outcome import number, work
from ...wrong_type import WrongTypeError

Variant = Callable[[], object]
Per = float | Callable[[Any], object]
"""Units of work of a call: a number, or what tells it from the variant's value."""

REST_S = 60.0
"""How long a rest lasts at most."""
UNTIL_LEAST, UNTIL_MOST = 10, 40
"""Between how many rounds `until` chooses."""
_EXAMPLE = 'jg.compare({"a": f, "b": g})'


@dataclass(frozen=True)
class Plan:
    """What is compared, and how; made by :func:`checked`."""

    variants: Mapping[str, Variant]
    rounds: int
    most_rounds: int
    setup: Callable[[], object] | None
    per: Per
    unit: str
    seed: int
    margin: float
    until: float | None
    rest_s: float

    def do(self, name: str, loops: int) -> float:
        """Call a variant so often; return the units of work that it did.

        Raises
        ------
        TypeError, ValueError
            Where `per` makes no number above 0 of a variant's value.
        """
        call, per = self.variants[name], self.per
        if not callable(per):
            for _ in times(None, loops):
                call()
            return per * loops
        done = 0.0
        for _ in times(None, loops):
            done += number(per(call()), f"the count of {self.unit}")
        return work(done, self.unit)[0]


def checked(
    variants: Mapping[str, Variant],
    *,
    rounds: int = 10,
    setup: Callable[[], object] | None = None,
    per: Per | tuple[Per, str] | None = None,
    seed: int = 0,
    margin: float = 0.03,
    until: float | None = None,
    rest: float | None = None,
) -> Plan:
    """Return the plan; what each means is documented at :func:`.compare.compare`.

    Raises
    ------
    TypeError, ValueError
        For what does not fit, with the remedy.
    """
    _check_variants(variants)
    if not _is_whole(rounds):
        raise WrongTypeError(f"rounds is {_shown(rounds)}: give a whole number, such as 10")
    if rounds < 1:
        raise ValueError(f"rounds is {rounds}: give 1 or more; 10 is a good start")
    if not _is_whole(seed) or seed < 0:
        raise ValueError(f"seed is {_shown(seed)}: give a whole number of 0 or more")
    if setup is not None and not callable(setup):
        raise WrongTypeError(f"setup is {_shown(setup)}: give a function without arguments")
    if not 0 < _real("margin", margin, "0.03 for 3 %") < 1:
        raise ValueError(f"margin is {margin}: give a share between 0 and 1, as 0.03 for 3 %")
    if until is not None and not 0 < _real("until", until, "0.015 for ± 1.5 %") < 1:
        raise ValueError(f"until is {until}: give a share between 0 and 1, as 0.015 for ± 1.5 %")
    if rest is not None and not 0 <= _real("rest", rest, "10 for 10 s at most") <= 3600:
        raise ValueError(f"rest is {rest}: give the most seconds of a rest, 0 for none")
    count, unit = per if isinstance(per, tuple) and len(per) == 2 else (per, None)
    least = rounds if until is None else max(UNTIL_LEAST, rounds)
    return Plan(
        variants=dict(variants),
        rounds=least,
        most_rounds=rounds if until is None else max(UNTIL_MOST, rounds),
        setup=setup,
        per=_per(count),
        unit=_unit(unit, "call" if count is None else "unit"),
        seed=seed,
        margin=float(margin),
        until=until,
        rest_s=REST_S if rest is None else float(rest),
    )


def _check_variants(variants: object) -> None:
    if not isinstance(variants, Mapping):
        raise WrongTypeError(
            f"the variants are {_shown(variants)}: give functions by name, as in {_EXAMPLE}"
        )
    if len(variants) < 2:
        raise ValueError(
            f"there {'is 1 variant' if variants else 'are no variants'}: a comparison needs two or "
            f"more, as in {_EXAMPLE}"
        )
    for name, call in variants.items():
        if not isinstance(name, str):
            raise WrongTypeError(f"the variant's name {_shown(name)} is no text: {_EXAMPLE}")
        if not name.strip() or len(name) > MAX_LABEL:
            raise ValueError(
                f"the variant's name {_shown(name)} is empty or longer than {MAX_LABEL} characters"
            )
        if not callable(call):
            raise WrongTypeError(
                f"variant {_shown(name)} is {_shown(call)}: give the function itself, not what it "
                f"returns: {_EXAMPLE}, or `lambda: f(x)` where it takes arguments"
            )
        if inspect.iscoroutinefunction(call) or inspect.isgeneratorfunction(call):
            raise WrongTypeError(
                f"variant {_shown(name)} is an async or a generator function, whose call does not "
                "do its work: wrap it, as in `lambda: asyncio.run(f())` or `lambda: list(f())`"
            )


def _per(count: Any) -> Per:
    if count is None:
        return 1.0
    if callable(count):
        found: Per = count
        return found
    value = number(count, "per")
    if value <= 0:
        raise ValueError(f"per is {value:g}: give the units of work of a call, more than 0")
    return value


def _unit(unit: Any, usual: str) -> str:
    return usual if unit is None else work(1, unit)[1]


def _real(name: str, value: Any, example: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
        raise WrongTypeError(f"{name} is {_shown(value)}: give a number, such as {example}")
    return float(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(value: object) -> str:
    return shortened(printable(repr(value)), 80)
