"""A place as a user writes it, and what its electricity emits. No place is ever guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from numbers import Real
from typing import TypeAlias

from ..printable import printable, shortened
from .intensity import GIVEN, Intensity
from .table import alpha2, countries, states

Place: TypeAlias = "str | float | Intensity | Callable[[], float | Intensity]"
"""A code as text, grams per kWh, or a function that returns these."""

HOW = (
    "give a country by its ISO 3166 code (DE or DEU), a state of the USA (US-CA), or a number of "
    "grams per kWh (380)"
)

_NUMBER = re.compile(r"[+-]?(?:\d|\.\d|nan$|inf)", re.IGNORECASE)
_ALIASES = {"UK": "GB", "EL": "GR"}
"""Codes in common use that are not those of the standard."""


def intensity(place: Place) -> Intensity:
    """Return what the electricity of a place emits.

    Parameters
    ----------
    place
        ISO 3166-1 alpha-2 or alpha-3 (``"DE"``, ``"DEU"``; ``"WLD"`` is the world), a state of
        the USA (``"US-CA"``, whose figure is a direct one, not lifecycle), grams of CO2e per kWh
        as a number or as text, or a function without parameters that returns grams per kWh or
        an :class:`~.intensity.Intensity`.

    Raises
    ------
    TypeError, ValueError
        For a place that is not known; the message names the remedy.
    """
    if isinstance(place, Intensity):
        return place
    if isinstance(place, str):
        return _of_text(place.strip())
    if isinstance(place, Real):
        return _given(float(place) if not isinstance(place, bool) else place)
    if callable(place):
        return _called(place)
    raise TypeError(f"{_shown(repr(place))} ({type(place).__name__}) is no place: {HOW}")


def _of_text(text: str) -> Intensity:
    if _NUMBER.match(text):
        try:
            number = float(text)
        except ValueError:
            raise ValueError(f"{_shown(text)!r} is no place and no number: {HOW}") from None
        return _given(number)
    code = text.upper()
    found = countries().get(code) or countries().get(alpha2().get(code, "")) or states().get(code)
    if found is None:
        raise ValueError(f"{_shown(text)!r} is no place that is known: {_hint(text)}{HOW}")
    return found


def _given(number: float) -> Intensity:
    return Intensity(number, GIVEN, None, "", GIVEN, "as given by the user")


def _called(place: Callable[[], float | Intensity]) -> Intensity:
    value = place()
    if isinstance(value, Intensity):
        return value
    name = printable(getattr(place, "__qualname__", type(place).__name__))
    return Intensity(value, GIVEN, None, "", GIVEN, f"as given by {name}()")


def _hint(text: str) -> str:
    """Return which code may be meant, as the begin of a remedy: a name may be that of several."""
    code = text.upper()
    if code in _ALIASES:
        return f"{code} is {_ALIASES[code]} in ISO 3166; "
    names = {name.casefold(): name for name in _codes_by_name()}
    near = get_close_matches(text.casefold(), names, n=1, cutoff=0.8) if len(text) > 3 else []
    if not near:
        return ""
    name = names[near[0]]
    return f"{name} is {' or '.join(_codes_by_name()[name])}; "


def _codes_by_name() -> dict[str, list[str]]:
    two = {three: code for code, three in alpha2().items()}
    named: dict[str, list[str]] = {}
    for code, each in countries().items():
        named.setdefault(each.place, []).append(two.get(code, code))
    for code, each in states().items():
        named.setdefault(each.place.partition(",")[0], []).append(code)
    return named


def _shown(text: str) -> str:
    return shortened(printable(text), 60)
