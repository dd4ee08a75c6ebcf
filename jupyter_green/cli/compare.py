"""``jupyter green compare``: what two labels, commits or runs used, and what makes them unlike."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..ledger.compare import AnyComparison, NotFound, Side, SidesCompared, compare
from ..ledger.database import StoreFault
from ..printable import printable
from .errors import InputError
from .ledger import folder


def print_comparison(reference: str, other: str, form: str) -> int:
    """Print what `other` used beside `reference`.

    Raises
    ------
    InputError
        For a name that no run has, and where the ledger cannot be read.
    """
    try:
        found = compare(folder(), reference, other)
    except (NotFound, StoreFault) as error:
        raise InputError(str(error)) from None
    print(json.dumps(_record(found), indent=2) if form == "json" else "\n".join(_lines(found)))
    return 0


def _lines(found: SidesCompared) -> Iterator[str]:
    if found.whole is not None:
        yield str(found.whole)
    elif not found.pairs:
        yield "The two have no cell and no label in common, so there is nothing to compare."
    if len(found.pairs) > 1:
        for pair in found.pairs:
            yield f"{printable(pair.name)}: {str(pair.comparison).splitlines()[0]}"
    for side in (found.reference, found.other):
        runs = "1 run" if len(side.runs) == 1 else f"{len(side.runs)} runs"
        yield f"{printable(side.name)} is a {side.by} of {runs}."
    yield from found.unlike


def _record(found: SidesCompared) -> Mapping[str, Any]:
    pairs = [{"name": pair.name, **_figures(pair.comparison)} for pair in found.pairs]
    return {
        "reference": _side(found.reference),
        "other": _side(found.other),
        "whole": None if found.whole is None else _figures(found.whole),
        "pairs": pairs,
        "unlike": list(found.unlike),
    }


def _side(side: Side) -> Mapping[str, Any]:
    ids = [each.run_id for each, _ in side.runs]
    return {"name": side.name, "by": side.by, "runs": ids, "not_ok": side.not_ok}


def _figures(comparison: AnyComparison) -> Mapping[str, Any]:
    found = comparison.energy_ratio
    value, low, high = found or (None, None, None)
    return {
        "energy_ratio": value,
        "low": low,
        "high": None if high is None or math.isinf(high) else high,
        "text": str(comparison).splitlines()[0],
        "remarks": list(comparison.remarks),
    }
