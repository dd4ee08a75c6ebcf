"""Who can be asked what a place's electricity emitted at a time: in the command, never in a kernel.

A provider is any callable of an installed package, under the entry point group
``jupyter_green.intensity``. Where it gives no answer the bundled table does, and that is said.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple, Protocol, cast

from ..printable import printable, shortened
from .answers import Answers, NoAnswer, NotAsked
from .intensity import Intensity
from .table import alpha2

GROUP = "jupyter_green.intensity"
LIMIT_S = 5.0
_HOUR_S = 3600.0
_LONGEST_REASON = 200

OURS = {
    "electricity-maps": "electricity_maps:electricity_maps",
    "uk": "uk:uk",
}
"""The examples of this package by their names."""


class Provider(Protocol):
    """What an entry point of ``jupyter_green.intensity`` is."""

    def __call__(self, code: str, begin_s: float, end_s: float) -> float | Intensity:
        """Return the mean intensity of a place over a time.

        Parameters
        ----------
        code
            ISO 3166-1 alpha-2, such as ``"GB"``, or ISO 3166-2, such as ``"US-CA"``.
        begin_s, end_s
            Seconds since 1970, full hours.

        Returns
        -------
        float or Intensity
            Grams of CO2e per kWh; better with year, basis and source, as an Intensity.

        Raises
        ------
        NotAsked
            Where this cannot be answered, whenever it is asked.
        NoAnswer
            Where there is no answer now; any other error is taken for that. After 5 s nobody waits.
        """


class Asked(NamedTuple):
    """The intensity to use, and a sentence about who says it."""

    intensity: Intensity
    said: str


def names() -> list[str]:
    """Return the names of all providers that are installed."""
    return sorted({*OURS, *(point.name for point in entry_points(group=GROUP))})


def provider(name: str) -> Provider:
    """Return a provider.

    Raises
    ------
    ValueError
        Where none has this name, or it cannot be loaded.
    """
    if name in OURS:
        module, _, function = OURS[name].partition(":")
        return cast("Provider", getattr(import_module(f".{module}", __package__), function))
    shown = repr(shortened(printable(name), 60))
    points = tuple(entry_points(group=GROUP, name=name))
    if not points:
        known = ", ".join(names())
        raise ValueError(f"there is no provider {shown}: install one, or give one of {known}")
    try:
        return cast("Provider", points[0].load())
    except Exception as error:  # noqa: BLE001  (another package's code)
        raise ValueError(f"the provider {shown} cannot be loaded: {_reason(error)}") from None


def asked(
    name: str,
    table: Intensity,
    span_s: tuple[float, float],
    folder: Path,
    clock: Callable[[], float] = time.time,
) -> Asked:
    """Return what a provider says of a place and a time, or else what the table says.

    Parameters
    ----------
    name
        The provider's.
    table
        The place, with the figure that holds where the provider gives none.
    span_s
        From when to when, in seconds since 1970; asked for are the full hours around.
    folder
        The ledger's, which keeps answers, and how long a provider that failed is let alone.
    clock
        Seconds since 1970.

    Raises
    ------
    ValueError
        For a provider that there is not, and for an intensity that is of no place.
    """
    if table.code is None:
        raise ValueError(f"{name} is asked for a place: give a code such as GB, not a number")
    call = provider(name)
    code = _asked_code(table.code)
    begin_s = math.floor(span_s[0] / _HOUR_S) * _HOUR_S
    end_s = max(math.ceil(span_s[1] / _HOUR_S) * _HOUR_S, begin_s + _HOUR_S)
    key = f"{name} {code} {begin_s:.0f} {end_s:.0f}"
    answers = Answers(folder)
    if kept := answers.of(key, end_s, clock()):
        intensity, age_s = kept
        return Asked(intensity, f"CO2e by {name}, as it answered {_time(age_s)} ago.")
    instead = "CO2e by the bundled table"
    if wait_s := answers.wait_s(name, clock()):
        return Asked(table, f"{instead}: {name} failed, and is asked again in {_time(wait_s)}.")
    try:
        intensity = _within_limit(call, name, table, (code, begin_s, end_s))
    except NotAsked as error:
        return Asked(table, f"{instead}: {error}.")
    except NoAnswer as error:
        wait_s = answers.failed(name, clock())
        return Asked(table, f"{instead}: {error}; {name} is asked again in {_time(wait_s)}.")
    answers.keep(key, name, intensity, clock())
    return Asked(intensity, f"CO2e by {name}, which was asked now.")


def _asked_code(code: str) -> str:
    return next((two for two, three in alpha2().items() if three == code), code)


def _within_limit(
    call: Provider, name: str, table: Intensity, what: tuple[str, float, float]
) -> Intensity:
    """Return a provider's answer; nobody waits for it after the limit, whatever it does."""
    found: list[Intensity | NoAnswer] = []

    def ask() -> None:
        try:
            value = call(*what)
            if not isinstance(value, Intensity):
                value = _of_number(value, name, table, what)
            found.append(value)
        except NoAnswer as error:
            found.append(type(error)(f"{name}: {_short(str(error))}"))
        except BaseException as error:  # noqa: BLE001  (another package's code)
            found.append(NoAnswer(f"{name} failed ({_reason(error)})"))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(LIMIT_S)
    answer = found[0] if found else NoAnswer(f"{name} did not answer within {LIMIT_S:g} s")
    if isinstance(answer, NoAnswer):
        raise answer
    return answer


def _of_number(
    value: float, name: str, table: Intensity, what: tuple[str, float, float]
) -> Intensity:
    year = time.gmtime(what[1]).tm_year
    return Intensity(value, table.place, year, "live", f"as {name} says", name, code=table.code)


def _reason(error: BaseException) -> str:
    return _short(f"{type(error).__name__}: {error}")


def _short(text: str) -> str:
    return shortened(printable(text), _LONGEST_REASON)


def _time(duration_s: float) -> str:
    if duration_s < 90:
        return f"{duration_s:.0f} s"
    if duration_s < 5400:
        return f"{duration_s / 60:.0f} min"
    return f"{duration_s / 3600:.0f} h"
