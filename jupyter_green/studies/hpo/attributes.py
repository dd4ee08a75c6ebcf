"""A trial's joules as user attributes of Optuna, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from optuna.trial import Trial

from ...report.fields import ReportTrace
from ...report.report import Report
from ...report.scale import ScaleShare
from .turns import Turn

ENERGY = "energy_j"
UNCERTAINTY = "energy_uncertainty_j"
PROVENANCE = "energy_provenance"
NOTE = "energy_note"
RECORD = "energy_record"
"""The names of the attributes."""

_KEPT = (
    *("run_id", "status", "label", "started_at", "duration_s", "host", "meter_version"),
    *("interval_s", "energy_j", "uncertainty_j", "provenance"),
)

BESIDE = "other trials ran at the same time, and no sensor tells their joules apart"


def write(trial: Trial, turn: Turn | None) -> None:
    """Write a trial's joules, as far as they are known right after its end.

    Parameters
    ----------
    turn
        Its turn, ``None`` where others still run in it.
    """
    if turn is None:
        trial.set_user_attr(NOTE, BESIDE)
        return
    report = turn.report_by_now
    if len(turn.trials) > 1:
        trial.set_user_attr(NOTE, BESIDE)
    elif report.energy_j is None:
        trial.set_user_attr(NOTE, why_none(turn))
    else:
        trial.set_user_attr(ENERGY, report.energy_j)
        trial.set_user_attr(UNCERTAINTY, report.uncertainty_j)
        trial.set_user_attr(PROVENANCE, report.provenance)
    # As a text: Optuna copies attributes deeply, all of them, whenever trials are listed.
    trial.set_user_attr(RECORD, json.dumps(_to_record(turn.trials, report)))


def read(attributes: Mapping[str, Any]) -> tuple[tuple[int, ...], Report] | None:
    """Return the trials of the turn that ended with this one, and its report, if it holds one.

    The report has no domains: only what sums and figures need is kept.
    """
    try:
        record = json.loads(attributes[RECORD])
        return tuple(map(int, record["trials"])), _from_record(record)
    except (KeyError, TypeError, ValueError):  # none, or of another version
        return None


def _to_record(trials: list[int], report: Report) -> dict[str, Any]:
    fields = {name: getattr(report, name) for name in _KEPT}
    return {"trials": trials, **fields, "scales": report.scales}


def _from_record(record: Mapping[str, Any]) -> Report:
    energy_j, duration_s = record["energy_j"], record["duration_s"]
    return Report(
        **{name: record[name] for name in _KEPT},
        mean_power_w=energy_j / duration_s if energy_j is not None and duration_s > 0 else None,
        peak_power_w=None,
        domains={},
        missing=(),
        trace=ReportTrace(),
        gaps=(),
        sum_scales=tuple(ScaleShare(*part) for part in record["scales"]),
    )


def why_none(turn: Turn) -> str:
    """Return why a turn has no joules."""
    if any(domain.counted for domain in turn.window.domains):
        return "the reading at its end came late; jg.hpo.summary has its joules"
    missing = turn.window.missing
    if not missing:
        return "no sensor was read"
    return f"{missing[0].id}: {missing[0].reason}. {missing[0].remedy}"[:500]
