"""What a row takes of a report: from the report itself or, much faster, from its record.

What this version wrote itself need not be read with care a second time: a line's checksum holds,
and what :meth:`Report.to_dict` writes can be read. So of a record of this very version only what
stands in columns is looked at. Any other record is read as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._version import __version__
from ..flags import HOST_LOST
from ..report.fields import (
    MAX_BOARD,
    MAX_GROUP,
    MAX_HOST,
    MAX_LABEL,
    MAX_STAGE,
    MIXED,
    STATUSES,
)
from ..report.record import MAX_FACTOR, SCHEMA
from ..report.repeated import known_cell
from ..report.report import Report
from ..report.times import epoch_s
from ..report.validation import LEAST, MOST, MOST_COUNT
from ..sources.base import MAX_ID, Provenance
from .metered import device_name

_NAMES = (
    *("run_id", "status", "label", "stage", "notebook", "cell_id", "execution_count"),
    *("started_at", "duration_s", "host", "energy_j", "uncertainty_j", "provenance"),
)
"""Columns that have the names of a report's fields."""
_TEXTS = (
    ("label", MAX_LABEL),
    ("stage", MAX_STAGE),
    ("notebook", 255),
    ("cell_id", 128),
    ("cell_hash", 64),
)
"""Those that may be empty, and their characters at most."""
_PROVENANCES = {each.value: each for each in Provenance}
_ANY_PROVENANCE = {*_PROVENANCES, MIXED, None}


class Used(NamedTuple):
    """What one domain used."""

    name: str
    device: str
    """What tells it from those of all machines."""
    provenance: Provenance
    energy_j: float
    uncertainty_j: float
    scale_factor: float | None
    scale_group: str | None


class Columns(NamedTuple):
    """What a row takes of a report."""

    values: Mapping[str, Any]
    started_s: float
    used: Sequence[Used]
    """By the domains of the total."""


def of_report(report: Report) -> Columns:
    """Return what a row takes of a report."""
    values = {name: getattr(report, name) for name in _NAMES}
    values["cell_id"] = known_cell(report.cell_id, report.cell_hash, report.label)
    values["is_at_least"] = report.is_at_least
    used = [
        Used(
            domain.id,
            device_name(domain.board, domain.id),
            domain.provenance,
            domain.energy_j,
            domain.uncertainty_j,
            domain.scale.factor if domain.scale else None,
            domain.scale.group if domain.scale else None,
        )
        for domain in report.domains.values()
        if domain.counted
    ]
    return Columns(values, epoch_s(report.started_at), used)


def of_own_record(record: Any) -> Columns | None:
    """Return the same of a record that this version wrote, ``None`` for any that it may not have.

    It is what :func:`of_report` makes of it wherever that can be read.
    """
    try:
        if record["schema"] != SCHEMA or record["meter"]["version"] != __version__:
            return None
        values = {name: record.get(name) for name in _NAMES}
        curve, flags = record["trace"], record.get("flags", [])
        is_known = (
            _is_text(record["run_id"], 64, 1)
            and all(record[name] is None or _is_text(record[name], most) for name, most in _TEXTS)
            and record["status"] in STATUSES
            and record["provenance"] in _ANY_PROVENANCE
            and _is_count(record["execution_count"])
            and _is_quantity(record["duration_s"])
            and (record["energy_j"] is None or _is_quantity(record["energy_j"]))
            and (record["uncertainty_j"] is None or _is_quantity(record["uncertainty_j"]))
            and ("host" not in record or _is_text(record["host"], MAX_HOST))
            and _is_text(record["started_at"], 40)
            and type(record["domains"]) is list
            and type(flags) is list
            and type(curve["t_s"]) is list
            and type(curve["power_w"]) is dict
        )
        if not is_known or (used := _used(record["domains"])) is None:
            return None
        values["cell_id"] = known_cell(record["cell_id"], record["cell_hash"], record["label"])
        values["is_at_least"] = HOST_LOST in flags
        return Columns(values, epoch_s(record["started_at"]), used)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def _used(domains: Iterable[Mapping[str, Any]]) -> list[Used] | None:
    used: list[Used] = []
    names: set[str] = set()
    for domain in domains:
        name, board, scale = domain["id"], domain.get("board"), domain.get("scale")
        is_known = (
            _is_text(name, MAX_ID, 1)
            and name.isascii()
            and name.isprintable()
            and name not in names
            and type(domain["counted"]) is bool
            and _is_quantity(domain["energy_j"])
            and _is_quantity(domain["uncertainty_j"])
            and ("board" not in domain or _is_text(board, MAX_BOARD))
            and ("scale" not in domain or _is_scale(scale))
        )
        provenance = _PROVENANCES[domain["provenance"]]
        if not is_known:
            return None
        names.add(name)
        if domain["counted"]:
            of_scale = (scale["factor"], scale["group"]) if scale else (None, None)
            device = device_name(board, name)
            joules = domain["energy_j"], domain["uncertainty_j"]
            used.append(Used(name, device, provenance, *joules, *of_scale))
    return used


def _is_text(value: Any, most: int, least: int = 0) -> bool:
    return type(value) is str and least <= len(value) <= most


def _is_quantity(value: Any) -> bool:
    return type(value) is float and (value == 0 or LEAST <= value <= MOST)


def _is_count(value: Any) -> bool:
    return value is None or (type(value) is int and 0 <= value <= MOST_COUNT)


def _is_scale(value: Any) -> bool:
    factor = value["factor"]
    is_factor = type(factor) is float and 1 <= factor <= MAX_FACTOR
    return is_factor and _is_text(value["group"], MAX_GROUP)
