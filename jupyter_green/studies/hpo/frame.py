"""A search as a pandas DataFrame: a row for each trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ...report.report import Report
from .parts import SearchParts


def frame(search: SearchParts) -> pd.DataFrame:
    """Return number, state, value, best so far, joules and seconds of each trial.

    ``cumulative_j`` adds up the trials, pauses left out. Joules that are not known are NaN.
    """
    rows = []
    cumulative_j = 0.0
    for trial, best in zip(search.trials, search.best_so_far, strict=True):
        report = trial.report
        cumulative_j += (report.energy_j if report is not None else None) or 0.0
        rows.append(
            {
                "trial": trial.number,
                "state": trial.state,
                "value": trial.value,
                "best_so_far": best,
                "energy_j": None if report is None else report.energy_j,
                "uncertainty_j": None if report is None else report.uncertainty_j,
                "cumulative_j": cumulative_j if search.is_divided else None,
                "duration_s": None if report is None else report.duration_s,
                "provenance": None if report is None else report.provenance,
            }
        )
    made = pd.DataFrame(rows, columns=list(rows[0]) if rows else None)
    figures = ["value", "best_so_far", "energy_j", "uncertainty_j", "cumulative_j", "duration_s"]
    return made.astype(dict.fromkeys(figures, float)) if rows else made


def candidate_frame(
    results: Mapping[str, Sequence[Any]], reports: Sequence[Report | None]
) -> pd.DataFrame:
    """Return scikit-learn's ``cv_results_`` with the joules of each candidate beside it."""
    made = pd.DataFrame(dict(results))
    made["energy_j"] = pd.Series([r and r.energy_j for r in reports], dtype=float)
    made["energy_uncertainty_j"] = pd.Series([r and r.uncertainty_j for r in reports], dtype=float)
    made["energy_provenance"] = pd.Series([r and r.provenance for r in reports], dtype=object)
    return made
