"""Figures as a person reads them: unit scaling, uncertainty, provenance marks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Protocol

from ..sources.base import Provenance

PREFIXES = ((1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"))
"""SI prefixes, with the scale of each."""
_SCALES_J = ((1e3, "kJ"), (1.0, "J"), (1e-3, "mJ"), (1e-6, "µJ"))
_SCALES_WH = ((3.6e9, "MWh"), (3.6e6, "kWh"), (3.6e3, "Wh"))
"""In joules."""
_WATT_HOURS_FROM_J = 1e6
"""From here on joules are written as watt-hours.

Below it a figure can be checked by eye, as watts times seconds; above it joules
would need the megajoule, which stands on no bill and no device. 1 MJ is 278 Wh: a
figure has three digits before its point on both sides, and 300 W over an hour
read 300 Wh.
"""
_SCALES_W = ((1e3, "kW"), (1.0, "W"), (1e-3, "mW"))


def is_estimate(provenance: str | None) -> bool:
    """Whether a figure of this provenance holds estimated joules."""
    return provenance in (Provenance.ESTIMATE.value, "mixed")


def is_below_resolution(energy_j: float | None, uncertainty_j: float | None) -> bool:
    """Whether a figure's interval reaches zero, so that its watts say nothing."""
    return (uncertainty_j or 0.0) >= (energy_j or 0.0)


def energy(energy_j: float | None, uncertainty_j: float | None, provenance: str | None) -> str:
    """Return joules with their uncertainty, such as ``"12.3 ± 0.4 J"``.

    An estimate begins with ``≈``. Where the interval reaches zero the figure
    is below the resolution and reads ``"< x J"``, which is a bound, estimated
    or not; it is never written as 0.
    """
    if energy_j is None:
        return "not measured"
    mark = "≈ " if is_estimate(provenance) else ""
    uncertainty_j = uncertainty_j or 0.0
    if uncertainty_j >= energy_j:
        return f"< {_joules(energy_j + uncertainty_j, 2)}"
    if uncertainty_j == 0:
        return f"{mark}{_joules(energy_j, 4)}"
    scale, unit = _energy_scale(energy_j)
    decimals = _decimals(uncertainty_j / scale)
    figure = _fixed(energy_j / scale, decimals)
    return f"{mark}{figure} ± {_fixed(uncertainty_j / scale, decimals)} {unit}"


def bounds(parts: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Return the least and the most joules that parts, each with its half-width, add up to.

    No part has less than no joules, so one that is hardly known takes nothing
    from what is known of the others.
    """
    low_j = high_j = 0.0
    for energy_j, uncertainty_j in parts:
        low_j += max(0.0, energy_j - uncertainty_j)
        high_j += energy_j + uncertainty_j
    return low_j, high_j


def energy_of_sum(
    energy_j: float | None,
    uncertainty_j: float | None,
    bounds_j: tuple[float, float],
    provenance: str | None,
) -> str:
    """Return joules that were added up, given the :func:`bounds` of their parts.

    They read as those of :func:`energy`, save where their interval reaches zero
    though some part is known: then as bounds, such as ``"217 J … 1.6 kJ"``.
    """
    low_j, high_j = bounds_j
    if low_j == 0 or not is_below_resolution(energy_j, uncertainty_j):
        return energy(energy_j, uncertainty_j, provenance)
    mark = "≈ " if is_estimate(provenance) else ""
    return f"{mark}{_joules(low_j, 3)} … {_joules(high_j, 2)}"


def power(power_w: float | None) -> str:
    """Return watts with three digits, such as ``"61.2 W"``."""
    if power_w is None:
        return "–"
    scale, unit = _scale(power_w, _SCALES_W)
    return f"{_digits(power_w / scale, 3)} {unit}"


class Figures(Protocol):
    """What a window, a part of it or several together have used."""

    @property
    def energy_j(self) -> float | None: ...  # noqa: D102
    @property
    def uncertainty_j(self) -> float | None: ...  # noqa: D102
    @property
    def mean_power_w(self) -> float | None: ...  # noqa: D102
    @property
    def provenance(self) -> str | None: ...  # noqa: D102


def mean_power(figures: Figures) -> str:
    """Return mean watts, such as ``"≈ 4.5 W"``, with no more digits than the joules are sure of.

    They are three at most. Joules below the resolution say nothing of the watts,
    which then read ``"–"``.
    """
    mean_w, energy_j, uncertainty_j = figures.mean_power_w, figures.energy_j, figures.uncertainty_j
    if not mean_w or not energy_j or is_below_resolution(energy_j, uncertainty_j):
        return "–"
    scale, unit = _scale(mean_w, _SCALES_W)
    decimals = _decimals_of_digits(mean_w / scale, 3)
    if uncertainty_j:
        decimals = min(decimals, _decimals(mean_w / scale * uncertainty_j / energy_j))
    mark = "≈ " if is_estimate(figures.provenance) else ""
    return f"{mark}{_fixed(mean_w / scale, decimals)} {unit}"


def prefix(value: float) -> tuple[float, str]:
    """Return the scale and the SI prefix in which a value has one to three digits in front."""
    return next((p for p in PREFIXES if abs(value) >= p[0]), PREFIXES[-1])


def with_prefix(value: float, unit: str, digits: int, like: float | None = None) -> str:
    """Return a value with this many significant digits, in the prefix of `like`, or its own."""
    scale, letter = prefix(value if like is None else like)
    scaled = value / scale
    exponent = int(f"{scaled:.{digits - 1}e}".partition("e")[2])  # after rounding
    decimals = digits - 1 - exponent if scaled else 0
    return f"{scaled:.{max(0, decimals)}f} {letter}{unit}"


def percent(share: float) -> str:
    """Return a share of 1 with two digits, such as ``"43 %"``."""
    return f"{_digits(100 * share, 2)} %"


def duration(duration_s: float) -> str:
    """Return a time, such as ``"2.01 s"`` or ``"1 h 02 min"``."""
    if duration_s < 1e-3:
        return f"{duration_s * 1e6:.0f} µs"
    if duration_s < 1:
        return f"{_digits(duration_s * 1e3, 3)} ms"
    if duration_s < 60:
        return f"{_digits(duration_s, 3)} s"
    if duration_s < 3600:
        minutes, seconds = divmod(round(duration_s), 60)
        return f"{minutes} min {seconds:02d} s"
    hours, minutes = divmod(round(duration_s / 60), 60)
    return f"{hours} h {minutes:02d} min"


def _joules(energy_j: float, digits: int) -> str:
    scale, unit = _energy_scale(energy_j)
    return f"{_digits(energy_j / scale, digits)} {unit}"


def _energy_scale(energy_j: float) -> tuple[float, str]:
    is_large = abs(energy_j) >= _WATT_HOURS_FROM_J
    return _scale(energy_j, _SCALES_WH if is_large else _SCALES_J)


def _scale(value: float, scales: tuple[tuple[float, str], ...]) -> tuple[float, str]:
    for scale, unit in scales:
        if abs(value) >= scale:
            return scale, unit
    return scales[-1] if value else next(s for s in scales if s[0] == 1.0)


def _decimals(uncertainty: float) -> int:
    """Decimals for two digits of the uncertainty; one where it is below 10 and begins with 2 to 9.

    Negative where the last digits before the point say nothing either.
    """
    exponent = math.floor(math.log10(uncertainty))
    leading = round(uncertainty / 10**exponent, 6)
    return -exponent + (1 if leading < 2 or uncertainty >= 10 else 0)


def _fixed(value: float, decimals: int) -> str:
    if decimals >= 0:
        return f"{value:.{decimals}f}"
    step = 10.0**-decimals
    return f"{math.floor(value / step + 0.5) * step:.0f}"


def _digits(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    return _fixed(value, _decimals_of_digits(value, digits))


def _decimals_of_digits(value: float, digits: int) -> int:
    """Decimals for this many digits; none where that many stand before the point."""
    return max(0, digits - 1 - math.floor(math.log10(abs(value))))
