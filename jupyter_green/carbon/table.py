"""The bundled table: countries by their codes, and states of the USA.

The figures of countries are lifecycle ones (Ember, Our World in Data), those of states are direct
ones (EPA's eGRID): each says so in :attr:`~.intensity.Intensity.basis`. ``data/README.md`` has
the sources and licences.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from .intensity import DIRECT, LIFECYCLE, Intensity

WORLD = "WLD"

SOURCES = {
    "ember-2026": "Ember (2026), Yearly Electricity Data, CC BY 4.0",
    "ember-2025": "Ember (2025), Yearly Electricity Data, CC BY 4.0",
    "owid-2025": "Our World in Data (2025) based on Ember and Energy Institute, CC BY 4.0",
    "egrid2023-direct": "US EPA, eGRID2023, public domain",
}
"""Who published each edition: what is to be said wherever one of its figures is shown."""

_DATA = Path(__file__).parent / "data"


@cache
def countries() -> Mapping[str, Intensity]:
    """Return the countries and the world by their codes of three letters."""
    return {
        row["iso3"]: _intensity(row, row["iso3"], row["country"], LIFECYCLE)
        for row in _rows("grid_intensity.csv")
    }


@cache
def alpha2() -> Mapping[str, str]:
    """Return each country's code of three letters by that of two."""
    rows = _rows("grid_intensity.csv")
    return {row["iso2"]: row["iso3"] for row in rows if row["iso2"]}


@cache
def states() -> Mapping[str, Intensity]:
    """Return the states of the USA by their codes, such as ``"US-CA"``."""
    return {
        row["iso3166_2"]: _intensity(row, row["iso3166_2"], f"{row['state']}, USA", DIRECT)
        for row in _rows("grid_intensity_us.csv")
    }


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _intensity(row: Mapping[str, str], code: str, place: str, basis: str) -> Intensity:
    edition = row["edition"]
    year = int(row["year"])
    return Intensity(
        float(row["g_per_kwh"]), place, year, edition, basis, SOURCES[edition], code=code
    )
