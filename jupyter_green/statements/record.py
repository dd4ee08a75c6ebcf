"""A statement as JSON types, for programs: joules, seconds, and grams of CO2e."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .._version import __version__
from ..flags import REPLAYED
from ..ledger.emitted import Factor, emitted, factor_record
from ..ledger.groups import Group, Joules
from . import boundary, neurips
from .facts import Facts
from .quantities import J_PER_MWH, interval_j

SCHEMA = "jupyter-green.statement.v1"


def record(facts: Facts, factor: Factor | None = None) -> Mapping[str, Any]:
    """Return all that a statement says; what is not known is ``None``."""
    spent_kept = facts.spent_kept

    def joules(found: Joules) -> Mapping[str, Any] | None:
        return _joules(found, factor)

    def used(found: Group) -> Mapping[str, Any]:
        return {
            "name": found.name,
            "runs": found.windows,
            "not_ok": found.failed,
            "duration_s": found.duration_s,
            "measured": joules(found.measured),
            "estimated": joules(found.estimated),
        }

    return {
        "schema": SCHEMA,
        **asdict(facts.scope),
        "first_at": facts.first_at,
        "last_at": facts.last_at,
        "runs": facts.runs,
        "statuses": dict(facts.statuses),
        "within_others": facts.within,
        "not_measured": facts.total.unmeasured,
        REPLAYED: facts.replayed,
        "machine_s": facts.machine_s,
        "spent": {
            "runs": facts.runs,
            "measured": joules(spent_kept.spent.measured),
            "estimated": joules(spent_kept.spent.estimated),
        },
        "kept": {
            "runs": spent_kept.kept.windows,
            "measured": joules(spent_kept.kept.measured),
            "estimated": joules(spent_kept.kept.estimated),
        },
        "sum_j": facts.total.sum_j,
        "between_runs": {
            "pauses": facts.between.windows,
            "duration_s": facts.between.duration_s,
            "measured": joules(facts.between.measured),
        },
        "own_share": facts.own_share,
        "own_share_runs": facts.own_share_runs,
        "stages": [used(each) for each in facts.stages],
        "experiments": [
            {
                "name": each.name,
                "runs": each.runs,
                "not_ok": each.not_ok,
                "spent": {
                    "measured": joules(each.spent.measured),
                    "estimated": joules(each.spent.estimated),
                },
                "last_good": used(each.last_good) if each.last_good else None,
            }
            for each in facts.experiments
        ],
        "hardware": boundary.hardware(facts),
        "sensors": [
            {**asdict(each), "provenance": each.provenance.value} for each in facts.sensors
        ],
        "not_read": [asdict(each) for each in facts.absences],
        "flags": dict(facts.flags),
        "covered": boundary.covered(facts),
        "not_covered": boundary.not_covered(facts),
        "co2e_factor": factor_record(factor) if factor else None,
        "neurips_compute": neurips.paragraph(facts, factor),
        "annex_xi_mwh": {
            "measured": _mwh(facts.total.measured),
            "estimated": _mwh(facts.total.estimated),
        },
        "projects": list(facts.projects),
        "commits": list(facts.commits),
        "versions": {"meters": dict(facts.meters), "statement": __version__},
    }


def _joules(joules: Joules, factor: Factor | None) -> Mapping[str, Any] | None:
    if not joules.shares:
        return None
    low_j, high_j = interval_j(joules)
    found = emitted(joules, factor) if factor else None
    return {
        "energy_j": joules.energy_j,
        "uncertainty_j": joules.uncertainty_j,
        "low_j": low_j,
        "high_j": high_j,
        "is_at_least": joules.is_at_least,
        "emissions_g": found.emissions_g if found else None,
    }


def _mwh(joules: Joules) -> float | None:
    return joules.energy_j / J_PER_MWH if joules.shares else None
