"""The result of several runs as JSON, which the panel and other programs read."""

from __future__ import annotations

from typing import Any

from ..report.report import Report
from .result import Repeats

SCHEMA = "jupyter-green.repeats.v1"

_FIGURES = ("repeats", "loops", "mean_j", "stdev_j", "interval_j", "mean_duration_s")


def record(result: Repeats | None, whole: Report | None) -> dict[str, Any]:
    """Return the record; without a result it has no figures.

    Parameters
    ----------
    whole
        The report of all that was used.
    """
    figures = {name: getattr(result, name, None) for name in _FIGURES}
    report = None if whole is None else whole.to_dict()
    return {"schema": SCHEMA, "report": report, **figures}
