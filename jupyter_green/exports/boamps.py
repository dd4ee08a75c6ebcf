"""BoAmps 1.1 (Boavizta, CC BY 4.0): a report of a task, as a draft.

A draft, since the standard asks for more than a meter knows: the family of the task, its
algorithms and data sets, and the kind of infrastructure.
"""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, BinaryIO

from .._version import __version__
from ..carbon.intensity import Intensity
from ..ledger.groups import Group, Joules, grouped, is_at_least
from ..ledger.metered import Metered
from ..ledger.overlap import Span, total_joules
from ..report.fields import DomainReport
from ..report.members import Kind, kind_of, members
from ..sources.base import Provenance
from .project import last_ended_s
from .selection import Selection, Written, kwh
from .spent import ESTIMATED, MEASURED, spent_by_stage
from .texts import encodable

_TO_FILL_IN = "task.taskFamily, task.algorithms, task.dataset and infrastructure.infraType"
_UNKNOWN = "unknown"
_TYPES: Mapping[Kind, str] = {"cpu": "cpu", "dram": "ram", "gpu": "gpu", "other": "other"}
_QUALITIES = ((0.10, "high"), (0.25, "medium"))
"""By the relative error that the schema has them stand for; what is worse is ``low``."""


def write(selection: Selection, out: BinaryIO) -> Written:
    """Write what was chosen as one report.

    Raises
    ------
    ValueError
        Where nothing has joules: the standard asks for a figure.
    """
    metered = selection.metered()
    _, total = grouped(metered, "stage")
    of = {MEASURED: total.measured, ESTIMATED: total.estimated}
    of = {how: joules for how, joules in of.items() if joules.energy_j > 0}
    if not of:
        raise ValueError("BoAmps asks for a figure, and nothing here has joules: meter something")
    hardware = _Hardware()
    for each, found in selection.windows():
        hardware.see(found.host or each.run_id, members(found.domains.values()))
    stages = dict.fromkeys(each.stage for each in spent_by_stage(metered))
    report: dict[str, Any] = {
        "task": {
            "taskStage": "+".join(stages),
            "taskFamily": _UNKNOWN,
            "algorithms": [{}],
            "dataset": [{"dataUsage": "input", "dataType": "other"}],
            "taskDescription": f"To be filled in: {_TO_FILL_IN}.",
        },
        "measures": [_measure(how, joules, metered, hardware) for how, joules in of.items()],
        "infrastructure": {"infraType": "other", "components": hardware.components()},
        "quality": _quality(total),
    }
    if selection.factor:
        report["environment"] = _environment(selection.factor.intensity)
    ended = _when(last_ended_s(metered))
    content = json.dumps([ended, report], sort_keys=True)
    header = {
        "formatVersion": "1.1.0",
        "formatVersionSpecificationUri": "https://github.com/Boavizta/BoAmps/tree/main/model",
        "reportId": str(uuid.uuid5(uuid.NAMESPACE_URL, content)),
        "reportDatetime": ended,
        "reportStatus": "draft",
    }
    whole = {"header": header, **report}
    out.write(json.dumps(whole, indent=2, ensure_ascii=False).encode() + b"\n")
    notes = [f"a draft: fill in {_TO_FILL_IN}, which no meter knows"]
    if is_at_least(total):
        notes.append(
            "a host or a program was not metered to its end, so the figures are a lower bound, "
            "which BoAmps has no field for"
        )
    return Written(len(metered), tuple(notes))


class _Hardware:
    """The devices that were read, and by what."""

    def __init__(self) -> None:
        self._boards: dict[tuple[Kind, str], dict[tuple[str, str], set[str]]] = {}
        """By kind and name, and for each of these by host and how its joules came about."""
        self._sources: dict[tuple[str, Kind], set[str]] = defaultdict(set)

    def see(self, host: str, domains: Iterable[DomainReport]) -> None:
        for domain in domains:
            kind, how = kind_of(domain.id), _how(domain)
            boards = self._boards.setdefault((kind, domain.device), {})
            boards.setdefault((host, how), set()).add(domain.board or domain.id)
            self._sources[how, kind].add(domain.source)

    def components(self) -> list[dict[str, Any]]:
        return [
            {
                "componentName": encodable(name),
                "componentType": _TYPES[kind],
                "nbComponent": _number(boards),
            }
            for (kind, name), boards in sorted(self._boards.items())
        ]

    def modes(self, how: str) -> dict[str, str]:
        return {
            f"{kind}TrackingMode": "+".join(sorted(self._sources[how, kind]))
            for kind in ("cpu", "gpu")
            if self._sources.get((how, kind))
        }


def _number(boards: Mapping[tuple[str, str], set[str]]) -> int:
    """Return how many devices there are: one that is measured and estimated in turn is one."""
    of_host: dict[str, int] = {}
    for (host, _), names in boards.items():
        of_host[host] = max(of_host.get(host, 0), len(names))
    return sum(of_host.values())


def _measure(
    how: str, joules: Joules, metered: Sequence[Metered], hardware: _Hardware
) -> dict[str, Any]:
    is_estimate = how == ESTIMATED
    those = [
        each for each in metered if any(part.is_estimate == is_estimate for part in each.parts)
    ]
    return {
        "measurementMethod": f"jupyter-green, {how}",
        "version": __version__,
        **hardware.modes(how),
        "powerConsumption": kwh(joules.energy_j),
        "measurementDuration": round(_time_s(those), 3),
        "measurementDateTime": _when(min(each.started_s for each in those)),
    }


def _time_s(metered: Sequence[Metered]) -> float:
    """Return the seconds in which one of the windows was open, each of them once."""
    spans = []
    for each in metered:
        host, begin_ns, end_ns = each.span or (each.run_id, 0, 0)
        spans.append(Span(host, each.session, begin_ns, end_ns, each.duration_s))
    return total_joules(spans)


def _quality(total: Group) -> str:
    """Return how good the figures are: the worse one of measured and estimated."""
    error = max(_error(joules) for joules in (total.measured, total.estimated))
    return next((name for most, name in _QUALITIES if error <= most), "low")


def _error(joules: Joules) -> float:
    if joules.energy_j <= 0:
        return 0.0
    return joules.uncertainty_j / joules.energy_j + joules.scale_range.reach


def _environment(intensity: Intensity) -> dict[str, Any]:
    return {
        "country": intensity.place if intensity.code else _UNKNOWN,
        "powerSourceCarbonIntensity": intensity.g_per_kwh,
    }


def _how(domain: DomainReport) -> str:
    return ESTIMATED if domain.provenance is Provenance.ESTIMATE else MEASURED


def _when(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
