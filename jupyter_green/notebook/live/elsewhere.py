"""What other hosts have used so far, as a live message tells it."""

from __future__ import annotations

from typing import Any

from ...meter.elsewhere import HostSoFar, HostsSoFar
from ...report.fields import DomainReport
from .rounding import joules, rounded, seconds
from .scale_field import scale_field


def record(found: HostsSoFar) -> dict[str, Any]:
    """Return it as ``now.elsewhere`` has it (``docs/messages.md``)."""
    return {
        "own_name": found.own_name,
        "at_least": found.is_at_least,
        "hosts": [_host(host) for host in found.others],
    }


def _host(host: HostSoFar) -> dict[str, Any]:
    return {
        "name": host.name,
        "hosts": host.hosts,
        "parts": [_part(part) for part in host.parts],
        "power_w": rounded(host.power_w),
        "t_s": None if host.until_s is None else seconds(host.until_s),
        "lost": host.is_lost,
    }


def _part(part: DomainReport) -> dict[str, Any]:
    return {
        "id": part.id,
        "energy_j": joules(part.energy_j),
        "provenance": part.provenance.value,
        "counted": part.counted,
        **scale_field(part.scale),
    }
