#!/usr/bin/env python3
"""Writes the panel's table of intensities from the package's: grid.json of the extension.

With --check nothing is written, and the status is 1 where the file is out of date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from jupyter_green.carbon.intensity import DIRECT, Intensity
from jupyter_green.carbon.table import WORLD, countries, states

ROOT = Path(__file__).parent.parent
GRID = ROOT / "labextension" / "src" / "carbon" / "grid.json"
ATTRIBUTION = (
    "Ember (2026), Yearly Electricity Data, CC BY 4.0; Our World in Data (2025) based on Ember and "
    "Energy Institute, CC BY 4.0. States of the USA: EPA, eGRID2023, public domain."
)
EDITIONS = {
    "ember-2026": "Ember 2026",
    "owid-2025": "Our World in Data 2025",
    "ember-2025": "Ember 2025",
    "egrid2023-direct": "EPA eGRID2023, direct emissions only",
}


def table() -> str:
    """Return the file: the world first, then countries and states by their names."""
    places = sorted(countries().values(), key=lambda p: (p.code != WORLD, p.place))
    places += sorted(states().values(), key=lambda p: p.place)
    head = {"licence": "CC BY 4.0", "attribution": ATTRIBUTION, "editions": EDITIONS}
    rows = ",\n".join(f"    {json.dumps(_row(place), ensure_ascii=False)}" for place in places)
    top = json.dumps(head, indent=2, ensure_ascii=False).removesuffix("\n}")
    return f'{top},\n  "countries": [\n{rows}\n  ]\n}}\n'


def _row(place: Intensity) -> list[object]:
    # A direct figure stands in the list beside lifecycle ones: it says so itself.
    name = f"{place.place} (direct)" if place.basis == DIRECT else place.place
    return [place.code, name, place.g_per_kwh, place.year, place.edition]


def main() -> int:
    """Write the file, or compare it."""
    is_old = GRID.read_text(encoding="utf-8") != table()
    if is_old and "--check" in sys.argv[1:]:
        print(f"{GRID.relative_to(ROOT)} is out of date: run `python scripts/grid.py`")
        return 1
    if is_old:
        GRID.write_text(table(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
