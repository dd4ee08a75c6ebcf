"""The fingerprint: which sensors and processors budgets in joules were written for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...meter.shared import discover
from ...sources import cpuinfo, sysfs

FILE = "energy-fingerprint.json"
SCHEMA = "jupyter-green.fingerprint.v1"
_CPUINFO = Path("/proc/cpuinfo")
_SAVE = "`pytest --energy-save-fingerprint`"


def taken() -> dict[str, Any]:
    """Return the fingerprint of this machine as JSON types; it holds no name of a host or user."""
    sensors = [
        {
            "id": domain.id,
            "device": domain.device,
            "source": domain.source,
            "provenance": domain.provenance.value,
        }
        for domain in discover().domains
        if domain.counted
    ]
    model = cpuinfo.model_name(sysfs.text(_CPUINFO) or "")
    return {"schema": SCHEMA, "cpu": model, "sensors": sorted(sensors, key=lambda s: s["id"])}


def save(folder: Path) -> Path:
    """Write the fingerprint of this machine; return its file."""
    path = folder / FILE
    text = json.dumps(taken(), ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def difference(folder: Path) -> str:
    """Return why budgets do not hold here, empty where they do.

    Parameters
    ----------
    folder
        Where the fingerprint was saved.
    """
    try:
        saved = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return (
            f"no fingerprint says which machine it holds for: where it does, {_SAVE} writes {FILE}"
        )
    except (OSError, ValueError) as error:
        return f"{FILE} cannot be read ({error}): {_SAVE} writes it again"
    if not isinstance(saved, dict) or saved.get("schema") != SCHEMA:
        return f"{FILE} is no fingerprint of this version: {_SAVE} writes it again"
    here = taken()
    if saved == here:
        return ""
    if saved.get("cpu") != here["cpu"]:
        what = f"its CPU is {saved.get('cpu')}, here it is {here['cpu']}"
    else:
        what = f"its sensors are {_named(saved.get('sensors'))}, here they are "
        what += _named(here["sensors"])
    return f"{FILE} is of another machine: {what}; {_SAVE} writes it for this one"


def _named(sensors: Any) -> str:
    if not isinstance(sensors, list):
        return "not known"
    named = [
        f"{s.get('id')} ({s.get('device')}, {s.get('provenance')})"
        for s in sensors
        if isinstance(s, dict)
    ]
    return ", ".join(named) or "none"
