"""CycloneDX 1.6 (ECMA-424): a model card with the energy that each activity used.

Activities are those of the standard's ``energyConsumption``; a stage that is none of them is
``other``, and each entry's properties say which it was. Who provided the energy is not known.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timezone
from typing import Any, BinaryIO

from .._version import __version__
from ..ledger.emitted import Factor, emitted
from .project import common_name, last_ended_s
from .selection import Selection, Written, kwh
from .spent import Spent, spent_by_stage

_ACTIVITIES = {
    "data": "data-preparation",
    "modeling": "design",
    "training": "training",
    "deployment": "inference",
    "evaluation": "validation",
    "efficient-training": "training",
    "efficient-inference": "inference",
    "finetuning": "fine-tuning",
    "efficient-data": "data-preparation",
    "data-collection": "data-collection",
    "data-preparation": "data-preparation",
    "fine-tuning": "fine-tuning",
    "validation": "validation",
    "design": "design",
}
"""By our stages (``report/stages.py``), and tags spelled as the standard spells its activities.
Our ``deployment`` is the use of a model, which is ``inference`` there."""
_GRAMS_PER_TONNE = 1e6


def write(selection: Selection, out: BinaryIO) -> Written:
    """Write what was chosen as one bill of materials with one model."""
    metered = selection.metered()
    ended = datetime.fromtimestamp(last_ended_s(metered), timezone.utc)
    consumptions = [_consumption(each, selection.factor) for each in spent_by_stage(metered)]
    considerations = {"energyConsumptions": consumptions}
    model = {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": common_name(metered),
        "modelCard": {"considerations": {"environmentalConsiderations": considerations}},
    }
    tool = {"type": "application", "name": "jupyter-green", "version": __version__}
    metadata = {
        "timestamp": ended.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tools": {"components": [tool]},
    }
    content = json.dumps([metadata, model], sort_keys=True)
    bom = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": metadata,
        "components": [model],
    }
    out.write(json.dumps(bom, indent=2, ensure_ascii=False).encode() + b"\n")
    return Written(len(metered))


def _consumption(spent: Spent, factor: Factor | None) -> dict[str, Any]:
    joules = spent.joules
    found: dict[str, Any] = {
        "activity": _ACTIVITIES.get(spent.stage, "other"),
        "energyProviders": [],
        "activityEnergyCost": {"value": kwh(joules.energy_j), "unit": "kWh"},
    }
    said = {
        "stage": spent.stage,
        "provenance": spent.how,
        "uncertainty_kwh": kwh(joules.uncertainty_j),
        "scale_low": f"{joules.scale_range.low:.4g}",
        "scale_high": f"{joules.scale_range.high:.4g}",
        "windows": spent.windows,
        "is_at_least": str(joules.is_at_least).lower(),
    }
    grams = emitted(joules, factor) if factor else None
    if factor and grams:
        value = float(f"{grams.emissions_g / _GRAMS_PER_TONNE:.9g}")
        found["co2CostEquivalent"] = {"value": value, "unit": "tCO2eq"}
        said |= {"intensity": factor.intensity, "pue": factor.pue}
    found["properties"] = [
        {"name": f"jupyter-green:{name}", "value": str(value)} for name, value in said.items()
    ]
    return found
