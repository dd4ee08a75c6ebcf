"""SPDX 3.0.1 (ISO/IEC 5962, AI profile): what training, fine-tuning and inference used.

The standard has these three and no other: joules of other stages are named in a comment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, BinaryIO

from .._version import __version__
from ..ledger.figures import estimated, measured
from ..report.stages import UNTAGGED
from .project import common_name, last_ended_s
from .selection import Selection, Written, kwh
from .spent import MEASURED, Spent, spent_by_stage

_CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_ACTIVITIES = {
    "training": "training",
    "efficient-training": "training",
    "finetuning": "finetuning",
    "fine-tuning": "finetuning",
    "deployment": "inference",
    "efficient-inference": "inference",
}
"""By our stages (``report/stages.py``), and tags of that name."""
_INFO = "_:creation"


def write(selection: Selection, out: BinaryIO) -> Written:
    """Write what was chosen as one document with one AI package."""
    metered = selection.metered()
    spent = spent_by_stage(metered)
    fit = [each for each in spent if each.stage in _ACTIVITIES]
    rest = [each for each in spent if each.stage not in _ACTIVITIES]
    name = common_name(metered)
    ended = datetime.fromtimestamp(last_ended_s(metered), timezone.utc)
    package: dict[str, Any] = {"type": "ai_AIPackage", "name": name, "creationInfo": _INFO}
    if fit:
        package["ai_energyConsumption"] = _consumption(fit)
    if spent:
        package["comment"] = " ".join(map(_said, spent))
    content = json.dumps([package, str(ended)], sort_keys=True)
    base = f"urn:jupyter-green:{hashlib.sha256(content.encode()).hexdigest()[:32]}"
    package["spdxId"] = f"{base}:package"
    agent, tool = f"{base}:agent", f"{base}:tool"
    graph = [
        {
            "type": "CreationInfo",
            "@id": _INFO,
            "specVersion": "3.0.1",
            "created": ended.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "createdBy": [agent],
            "createdUsing": [tool],
        },
        {
            "type": "SoftwareAgent",
            "spdxId": agent,
            "creationInfo": _INFO,
            "name": "jupyter-green",
        },
        {
            "type": "Tool",
            "spdxId": tool,
            "creationInfo": _INFO,
            "name": f"jupyter-green {__version__}",
        },
        package,
        {
            "type": "SpdxDocument",
            "spdxId": f"{base}:document",
            "creationInfo": _INFO,
            "profileConformance": ["core"],
            "rootElement": [package["spdxId"]],
            "element": [agent, tool, package["spdxId"]],
        },
    ]
    document = {"@context": _CONTEXT, "@graph": graph}
    out.write(json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n")
    return Written(len(metered), _notes(rest))


def _consumption(spent: Sequence[Spent]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "ai_EnergyConsumption"}
    for each in spent:
        description = {
            "type": "ai_EnergyConsumptionDescription",
            "ai_energyQuantity": _decimal(kwh(each.joules.energy_j)),
            "ai_energyUnit": "kilowattHour",
        }
        found.setdefault(f"ai_{_ACTIVITIES[each.stage]}EnergyConsumption", []).append(description)
    return found


def _said(spent: Spent) -> str:
    said = (measured if spent.how == MEASURED else estimated)(spent.joules)
    return f"{spent.stage}: {said} {spent.how}."


def _notes(rest: Sequence[Spent]) -> tuple[str, ...]:
    if not rest:
        return ()
    stages = sorted({each.stage for each in rest})
    note = (
        "SPDX has room for training, fine-tuning and inference alone: the joules of "
        f"{', '.join(stages)} are in the package's comment"
    )
    if UNTAGGED in stages:
        note += "; --stage training says what a window is for"
    return (note,)


def _decimal(value: float) -> str:
    """Return a number as xsd:decimal, which has no exponent."""
    return format(Decimal(repr(value)), "f")
