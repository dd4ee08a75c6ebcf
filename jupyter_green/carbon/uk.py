"""Great Britain by the Carbon Intensity API of its grid's operator: no key is needed.

Half-hours of grams of CO2 per kWh at the power stations (direct), with what is imported
(https://carbonintensity.org.uk, CC BY 4.0). ``GET /intensity/{from}/{to}`` tells 14 days at most.
"""

from __future__ import annotations

import os
import time
from statistics import fmean
from typing import Any

from .answers import NoAnswer, NotAsked
from .intensity import Intensity
from .web import fetched

URL_VARIABLE = "JUPYTER_GREEN_UK_URL"
"""Names another address of the UK's Carbon Intensity API than its own: a proxy's, or a test's."""
URL = "https://api.carbonintensity.org.uk"
LONGEST_S = 14 * 86400.0


def uk(code: str, begin_s: float, end_s: float) -> Intensity:
    """Return the mean of all half-hours of a time: see :class:`~.providers.Provider`.

    Raises
    ------
    NotAsked
        For another place, and for a longer time.
    NoAnswer
        Where there is no figure.
    """
    if code != "GB":
        raise NotAsked(f"it knows GB alone, not {code}")
    if end_s - begin_s > LONGEST_S:
        raise NotAsked("it tells 14 days at most: choose them by --since and --until")
    base = os.environ.get(URL_VARIABLE, URL).rstrip("/")
    answer = fetched(f"{base}/intensity/{_minute(begin_s)}/{_minute(end_s)}")
    figures = _figures(answer)
    if not figures:
        raise NoAnswer("it has no figures of that time")
    return Intensity(
        g_per_kwh=fmean(figures),
        place="Great Britain",
        year=time.gmtime(begin_s).tm_year,
        edition=f"{_minute(begin_s)} to {_minute(end_s)}",
        basis="average, direct CO2, with imports",
        source="NESO, Carbon Intensity API, CC BY 4.0",
        code="GBR",
    )


def _figures(answer: Any) -> list[float]:
    """Return the measured half-hours; those to come have none."""
    try:
        found = [half_hour["intensity"]["actual"] for half_hour in answer["data"]]
        return [float(figure) for figure in found if figure is not None]
    except (KeyError, TypeError, ValueError):
        raise NoAnswer("its answer cannot be read") from None


def _minute(at_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(at_s))
