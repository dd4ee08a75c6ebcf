"""Countries by the API of Electricity Maps, with a key of yours.

Hours, or days where they are many, of grams of CO2e per kWh that is used in a zone: lifecycle, with
imports (https://portal.electricitymaps.com/developer-hub/api/reference,
``GET /v3/carbon-intensity/past-range``).
"""

from __future__ import annotations

import os
import time
from statistics import fmean
from typing import Any

from .answers import NoAnswer, NotAsked
from .intensity import Intensity
from .table import alpha2, countries
from .web import fetched

KEY_VARIABLE = "ELECTRICITY_MAPS_API_KEY"
"""As Electricity Maps' own examples call it."""
URL_VARIABLE = "JUPYTER_GREEN_ELECTRICITY_MAPS_URL"
"""Names another address of Electricity Maps than its own: a proxy's, or a test's."""
URL = "https://api.electricitymaps.com"
LONGEST_IN_HOURS_S = 10 * 86400.0
LONGEST_S = 100 * 86400.0


def electricity_maps(code: str, begin_s: float, end_s: float) -> Intensity:
    """Return the mean of all hours or days of a time: see :class:`~.providers.Provider`.

    Raises
    ------
    NotAsked
        Without a key, for a state, and for a longer time.
    NoAnswer
        Where there is no figure.
    """
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key:
        raise NotAsked(f"it needs a key: set {KEY_VARIABLE}")
    if code not in alpha2():
        raise NotAsked(f"its zones are not states such as {code}: give a country")
    if end_s - begin_s > LONGEST_S:
        raise NotAsked("it tells 100 days at most: choose them by --since and --until")
    base = os.environ.get(URL_VARIABLE, URL).rstrip("/")
    query = {
        "zone": code,
        "start": _second(begin_s),
        "end": _second(end_s),
        "emissionFactorType": "lifecycle",
        "temporalGranularity": "hourly" if end_s - begin_s <= LONGEST_IN_HOURS_S else "daily",
        "shouldUseFallbackCallerLookup": "false",  # no place is guessed
    }
    answer = fetched(f"{base}/v3/carbon-intensity/past-range", query, {"auth-token": key})
    figures = _figures(answer, code)
    if not figures:
        raise NoAnswer("it has no figures of that time")
    return Intensity(
        g_per_kwh=fmean(figures),
        place=countries()[alpha2()[code]].place,
        year=time.gmtime(begin_s).tm_year,
        edition=f"{_second(begin_s)} to {_second(end_s)}",
        basis="average, lifecycle, consumption",
        source="Electricity Maps",
        code=alpha2()[code],
    )


def _figures(answer: Any, code: str) -> list[float]:
    try:
        if answer["zone"] != code:
            raise NoAnswer("it answers for another zone")
        found = [hour["carbonIntensity"] for hour in answer["data"]]
        return [float(figure) for figure in found if figure is not None]
    except (KeyError, TypeError, ValueError):
        raise NoAnswer("its answer cannot be read") from None


def _second(at_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s))
