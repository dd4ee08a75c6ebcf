"""What a comparison says in a sentence: of a pair, and of what was unlike in the rounds."""

from __future__ import annotations

import math

from ...printable import printable
from .pair import Pair

BY_THE_MODEL = {"estimate": "By the CPU model, ", "mixed": "By the CPU model in part, "}
"""How a sentence begins that rests on an estimate, by the provenance of the joules."""
_TIMES = 2.0
"""From this ratio on, a factor reads better than percent."""


def verdict(pair: Pair, provenance: str | None = None) -> str:
    """Return what a pair's rounds show, as a sentence without its full stop.

    It says "less" or "more" if and only if the interval excludes no difference, and "no
    difference larger than" if and only if the narrow interval lies within the margin.

    Parameters
    ----------
    pair
        The two variants.
    provenance
        Of their joules.
    """
    begin = BY_THE_MODEL.get(provenance or "", "")
    other, reference = printable(pair.other), printable(pair.reference)
    if pair.is_different:
        return f"{begin}{other} uses {change(pair)} {reference} ({certainty(pair)})"
    if pair.is_same:
        level = _plain(100 * (1 - 2 * pair.alpha))
        return (
            f"{begin}no difference larger than {_plain(100 * pair.margin)} % between {other} and "
            f"{reference} ({level} % CI {signed(pair.narrow_interval)})"
        )
    return f"{begin}not enough rounds: {still_needed(pair)} to tell {other} from {reference}"


def change(pair: Pair) -> str:
    """Return by how much the other is away from the reference: ``"12 % less than"``."""
    if pair.ratio >= _TIMES:
        decimals = _decimals(pair.interval.half_width)
        return f"{pair.ratio:.{decimals}f} times the energy of"
    word = "more" if pair.ratio > 1 else "less"
    decimals = _decimals(100 * pair.interval.half_width)
    return f"{100 * abs(pair.ratio - 1):.{decimals}f} % {word} than"


def certainty(pair: Pair) -> str:
    """Return the interval of a difference: ``"95 % CI 9–15 %"``."""
    low, high = pair.interval
    adjusted = "" if pair.alpha == 0.05 else ", adjusted for several pairs"
    if pair.ratio >= _TIMES:
        decimals, unit = _decimals(pair.interval.half_width), ""
    else:
        decimals, unit = _decimals(100 * pair.interval.half_width), " %"
        low, high = sorted((100 * abs(low - 1), 100 * abs(high - 1)))
    return f"95 % CI {low:.{decimals}f}–{high:.{decimals}f}{unit}{adjusted}"


def signed(limits: tuple[float, float]) -> str:
    """Return an interval of ratios as signed percents: ``"-1.2 to +0.8 %"``."""
    low, high = (100 * (limit - 1) for limit in limits)
    if not math.isfinite(high):
        return "not known"
    decimals = _decimals((high - low) / 2)
    return f"{low:+.{decimals}f} to {high:+.{decimals}f} %"


def still_needed(pair: Pair) -> str:
    """Return how many more rounds a verdict needs: ``"about 24 more"``."""
    more = pair.more_rounds
    return "more than 1 000 more" if more is None else f"about {max(1, more)} more"


def _decimals(half_width: float) -> int:
    """Return the decimals that a half-width supports: two digits of it where the first is a 1."""
    if not math.isfinite(half_width) or half_width <= 0:
        return 1
    exponent = math.floor(math.log10(half_width))
    begins_with_1 = half_width < 1.95 * 10.0**exponent
    return min(3, max(0, begins_with_1 - exponent))


def _plain(value: float) -> str:
    return f"{value:.3g}"
