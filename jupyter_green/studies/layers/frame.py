"""The joules of layers as a pandas DataFrame."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ...printable import printable

if TYPE_CHECKING:
    from pandas import DataFrame

    from .fields import LayersFields
    from .figures import Figures


def frame(result: LayersFields) -> DataFrame:
    """Return a row for each call, in order, and then the residual and the whole.

    The column ``role`` is ``layer``, ``residual`` or ``whole``: the layers and the residual
    add up to the whole.
    """
    import pandas as pd

    rows = [
        _row("layer", printable(call.name), call.number, call.kind, call.figures)
        for call in result.calls
    ]
    if result.residual is not None:
        rows.append(_row("residual", "between the layers", None, None, result.residual))
    rows.append(_row("whole", "whole model", None, result.model, result.whole))
    made: DataFrame = pd.DataFrame(rows).astype({"number": "Int64"})
    made.attrs = {
        "mode": result.mode,
        "rounds": result.rounds,
        "seed": result.seed,
        "provenance": result.provenance,
        "scale_low": result.scale_range.low,
        "scale_high": result.scale_range.high,
        "remarks": " ".join(result.remarks),
    }
    return made


def _row(
    role: str, name: str, number: int | None, kind: str | None, figures: Figures
) -> dict[str, Any]:
    return {"role": role, "name": name, "number": number, "kind": kind, **asdict(figures)}
