"""Figures as a person reads them: unit scaling, uncertainty, provenance marks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Protocol

from ..sources.base import Provenance
from .scale import EXACT, ScaleRange

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
_SCALES_G = ((1e3, "kg"), (1.0, "g"), (1e-3, "mg"), (1e-6, "µg"))
_MOST_DIGITS = 4
_VAGUE = 0.2
"""From this share of the joules on a reading's uncertainty stands beside watts, too."""
_WIDE = 0.25
"""From this reach on a scale is shown as a factor."""


def is_estimate(provenance: str | None) -> bool:
    """Whether a figure of this provenance holds estimated joules."""
    return provenance in (Provenance.ESTIMATE.value, "mixed")


def is_below_resolution(energy_j: float | None, uncertainty_j: float | None) -> bool:
    """Whether a figure's interval reaches zero, so that its watts say nothing."""
    return (uncertainty_j or 0.0) >= (energy_j or 0.0)


def is_vague_reading(energy_j: float | None, uncertainty_j: float | None) -> bool:
    """Whether a reading says so little of the watts that they carry its uncertainty, or no peak."""
    return (uncertainty_j or 0.0) > _VAGUE * (energy_j or 0.0)


def energy(
    energy_j: float | None,
    uncertainty_j: float | None,
    provenance: str | None,
    scale: ScaleRange = EXACT,
) -> str:
    """Return joules with the larger of their two uncertainties, such as ``"12.3 ± 0.4 J"``.

    The reading's is in joules, the scale's a share (``"2.71 kJ ± 6 %"``) or, where it is
    wide, a factor (``"≈ 140 J, × ½ to 2"``). The figure has the digits that both together
    support, four at most. An estimate begins with ``≈``. Where the reading's interval
    reaches zero the figure is below the resolution and reads ``"< x J"``, which is a bound
    for both, estimated or not; it is never written as 0.
    """
    if energy_j is None:
        return "not measured"
    mark = "≈ " if is_estimate(provenance) else ""
    return _figure(energy_j, uncertainty_j or 0.0, scale, mark, _energy_scale)


def mass(mass_g: float, uncertainty_g: float, scale: ScaleRange = EXACT) -> str:
    """Return grams of CO2e with their uncertainty, such as ``"≈ 12.3 ± 0.4 g"``.

    They read as joules do in :func:`energy`. None are exact: a year's average stands for the hour.
    """
    return _figure(mass_g, uncertainty_g, scale, "≈ ", _mass_scale)


def _figure(
    amount: float,
    uncertainty: float,
    scale: ScaleRange,
    mark: str,
    unit_of: Callable[[float], tuple[float, str]],
) -> str:
    """Return an amount with the larger of its two uncertainties, or a bound."""
    if uncertainty >= amount:
        return f"< {_upper_bound((amount + uncertainty) * scale.high, unit_of)}"
    size, unit = unit_of(amount)
    reading = uncertainty / amount
    value, most = amount / size, _MOST_DIGITS
    if scale.reach > reading:
        figure = _fixed(value, _decimals_of_both(value, reading, scale, most))
        return f"{mark}{figure} {unit}{scale_words(scale)}"
    if reading == 0:
        return f"{mark}{_digits(value, most)} {unit}"
    decimals = _decimals_of_both(value, reading, scale, 50)
    if decimals > _decimals_of_digits(value, most):
        return f"{mark}{_digits(value, most)} {unit} ± {_two_digits(100 * reading)} %"
    return f"{mark}{_fixed(value, decimals)} ± {_fixed(uncertainty / size, decimals)} {unit}"


def energy_so_far(energy_j: float, provenance: str | None, scale: ScaleRange = EXACT) -> str:
    """Return joules of a window that has not ended, with the digits that its scale supports."""
    mark = "≈ " if is_estimate(provenance) else ""
    size, unit = _energy_scale(energy_j)
    value = energy_j / size
    decimals = _decimals_of_both(value, 0.0, scale, _MOST_DIGITS) if value else 0
    return f"{mark}{_fixed(value, decimals)} {unit}"


def scale_words(scale: ScaleRange) -> str:
    """Return a scale as it follows a figure: ``" ± 6 %"``, or ``", × ½ to 2"`` where it is wide."""
    if scale.reach < _WIDE:
        return f" ± {_two_digits(100 * scale.reach)} %"
    low = _plain(_rounded_down(scale.low))
    return f", × {'½' if low == '0.5' else low} to {_plain(_rounded_up(scale.high))}"


_UNIT = re.compile(r"[Mkmµ]?(?:Wh|J)\b")
_AMOUNT = re.compile(r"\d [Mkmµ]?(?:Wh|J|g)\b")
_METRIC = Context(prec=4, rounding=ROUND_HALF_UP)


def each(joules: str, unit: str) -> str:
    """Return joules that are those of one unit, such as ``"3.1 ± 0.1 mJ/token"``."""
    return _UNIT.sub(lambda found: f"{found[0]}/{unit}", joules)


def metric(value: float) -> str:
    """Return a number of the user's own with four digits at most, such as ``"0.953"``.

    It is written as JavaScript writes it, which the panel does.
    """
    rounded = _METRIC.create_decimal(Decimal(value)).normalize()
    exponent = rounded.adjusted()
    if not rounded:
        return "0"
    if -6 <= exponent < 21:
        return f"{rounded:f}"
    return f"{rounded.scaleb(-exponent):f}e{exponent:+d}"


def reading_words(uncertainty_j: float) -> str:
    """Return a reading's half-width, such as ``"± 71 mJ"``."""
    size, unit = _energy_scale(uncertainty_j)
    return f"± {_fixed(uncertainty_j / size, _decimals(uncertainty_j / size))} {unit}"


def least_factor(factor: float) -> str:
    """Return a factor that is a lower bound, rounded down to two digits, such as ``"180"``."""
    return _plain(_rounded_down(factor))


def _plain(factor: float) -> str:
    """Return a factor with two digits, as short as it can be written."""
    text = _digits(factor, 2)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _two_digits(value: float) -> str:
    """Return an uncertainty with one digit, two where it begins with 1 or is 10 or more."""
    return _fixed(value, max(0, _decimals(value)))


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
    scale: ScaleRange = EXACT,
) -> str:
    """Return joules that were added up, given the :func:`bounds` of their parts.

    They read as those of :func:`energy`, save where their interval reaches zero
    though some part is known: then as bounds, such as ``"217 J … 1.6 kJ"``. Joules of
    which no part is known are a bound, however many were added.
    """
    low_j, high_j = bounds_j
    if energy_j is not None and low_j == 0:
        return f"< {bound(high_j * scale.high)}"
    if energy_j is None or not is_below_resolution(energy_j, uncertainty_j):
        return energy(energy_j, uncertainty_j, provenance, scale)
    mark = "≈ " if is_estimate(provenance) else ""
    return f"{mark}{_lower_bound(low_j * scale.low)} … {bound(high_j * scale.high)}"


def at_least(figure: str) -> str:
    """Return joules or grams, as :func:`energy_of_sum` or :func:`mass` do, that lack a part."""
    if figure.startswith("<"):
        return "not known"
    known = figure.partition(" … ")[0]
    return f"at least {known}" if _AMOUNT.search(known) else figure


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
    @property
    def scale_range(self) -> ScaleRange: ...  # noqa: D102


def mean_power(figures: Figures) -> str:
    """Return mean watts, such as ``"≈ 4.5 W"``, with no more digits than the joules are sure of.

    They are three at most. Where the reading is vague they carry its uncertainty, such as
    ``"640 ± 400 W"``. Joules below the resolution say nothing of the watts, which then
    read ``"–"``.
    """
    mean_w, energy_j, uncertainty_j = figures.mean_power_w, figures.energy_j, figures.uncertainty_j
    if not mean_w or not energy_j or is_below_resolution(energy_j, uncertainty_j):
        return "–"
    is_vague = is_vague_reading(energy_j, uncertainty_j)
    half_w = mean_w * (uncertainty_j or 0.0) / energy_j if is_vague else None
    return _marked_power(mean_w, _step_w(figures), figures.provenance, half_w)


def peak_power(figures: Figures, peak_w: float) -> str:
    """Return peak watts with the last digit of the mean's, so that they never seem below it."""
    return _marked_power(peak_w, _step_w(figures), figures.provenance)


def power_bound(power_w: float) -> str:
    """Return watts that are an upper bound, rounded up to two digits."""
    size, unit = _scale(power_w, _SCALES_W)
    return f"{_digits(_rounded_up(power_w / size), 2)} {unit}"


def _step_w(figures: Figures) -> float:
    """Return what the last digit of mean watts stands for, of joules above the resolution."""
    mean_w, energy_j = figures.mean_power_w or 0.0, figures.energy_j or 0.0
    if not mean_w or is_below_resolution(energy_j, figures.uncertainty_j):
        return 0.0
    size, _ = _scale(mean_w, _SCALES_W)
    reading = (figures.uncertainty_j or 0.0) / energy_j
    return size * 10.0 ** -_decimals_of_both(mean_w / size, reading, figures.scale_range, 3)


def _marked_power(
    power_w: float, step_w: float, provenance: str | None, half_w: float | None = None
) -> str:
    """Return watts with three digits at most and none below a step, and their half-width if any."""
    size, unit = _scale(power_w, _SCALES_W)
    decimals = _decimals_of_digits(power_w / size, 3) if power_w else 0
    if step_w:
        decimals = min(decimals, round(-math.log10(step_w / size)))
    mark = "≈ " if is_estimate(provenance) else ""
    reach = "" if half_w is None else f" ± {_fixed(half_w / size, decimals)}"
    return f"{mark}{_fixed(power_w / size, decimals)}{reach} {unit}"


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
    if duration_s < 0.9995e-3:  # from here on it would be 1000
        return f"{duration_s * 1e6:.0f} µs"
    if duration_s < 0.9995:
        return f"{_digits(max(1.0, duration_s * 1e3), 3)} ms"
    if duration_s < 59.95:
        return f"{_digits(max(1.0, duration_s), 3)} s"
    if duration_s < 3599.5:
        minutes, seconds = divmod(round(duration_s), 60)
        return f"{minutes} min {seconds:02d} s"
    hours, minutes = divmod(round(duration_s / 60), 60)
    return f"{hours} h {minutes:02d} min"


def _decimals_of_both(value: float, reading: float, scale: ScaleRange, most: int) -> int:
    """Return the decimals of a figure that its two uncertainties support together.

    Parameters
    ----------
    value, reading
        The figure in the unit in which it is shown, and its reading's half-width as a share.
    scale
        Where it is wide, two digits are shown.
    most
        Digits at most.
    """
    is_wide = scale.reach >= _WIDE
    decimals = 1 - _exponent(value) if is_wide else _decimals_of_digits(value, most)
    if reading or scale.reach:
        reach = reading if is_wide else math.hypot(reading, scale.reach)
        decimals = min(decimals, _decimals(value * reach)) if reach else decimals
    return decimals


def bound(energy_j: float) -> str:
    """Return an upper bound, rounded up to two digits."""
    return _upper_bound(energy_j, _energy_scale)


def _upper_bound(amount: float, unit_of: Callable[[float], tuple[float, str]]) -> str:
    size, _ = unit_of(amount)
    rounded = _rounded_up(amount / size) * size
    size, unit = unit_of(rounded)
    return f"{_digits(rounded / size, 2)} {unit}"


def _lower_bound(energy_j: float) -> str:
    """Return a lower bound, rounded down to two digits."""
    size, _ = _energy_scale(energy_j)
    return _joules(_rounded_down(energy_j / size) * size, 2)


def _rounded_up(value: float) -> float:
    """Return a value rounded up to two digits."""
    if value == 0:
        return 0.0
    step = 10.0 ** (_exponent(value) - 1)
    return math.ceil(round(value / step, 6)) * step


def _rounded_down(value: float) -> float:
    """Return a value rounded down to two digits."""
    if value == 0:
        return 0.0
    step = 10.0 ** (_exponent(value) - 1)
    return math.floor(round(value / step, 6)) * step


def _joules(energy_j: float, digits: int) -> str:
    scale, unit = _energy_scale(energy_j)
    return f"{_digits(energy_j / scale, digits)} {unit}"


def energy_unit(energy_j: float) -> tuple[float, str]:
    """Return how many joules the unit has in which so many are written, and its sign."""
    return _energy_scale(energy_j)


def _energy_scale(energy_j: float) -> tuple[float, str]:
    is_large = abs(energy_j) >= _WATT_HOURS_FROM_J
    return _scale(energy_j, _SCALES_WH if is_large else _SCALES_J)


def _mass_scale(mass_g: float) -> tuple[float, str]:
    return _scale(mass_g, _SCALES_G)


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
    return max(0, digits - 1 - _exponent(value))


def _exponent(value: float) -> int:
    """Return the power of ten of the first digit."""
    return math.floor(math.log10(abs(value)))
