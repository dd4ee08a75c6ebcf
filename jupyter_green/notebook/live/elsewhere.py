"""What other hosts have used so far, as a live message tells it, and all hosts together."""

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


def of_all(
    t_s: float, energy_j: float | None, power_w: float | None, found: HostsSoFar
) -> dict[str, Any]:
    """Return ``now.energy_j``, ``now.power_w`` and ``now.told_s`` of all hosts together.

    Each host's joules are of the time that it has told of, and so is the mean of all. Before each
    has told something there are no watts of all.

    Parameters
    ----------
    t_s, energy_j, power_w
        Of the notebook's own host: the time since the window's begin, and its figures then.
    """
    each = [(energy_j, t_s), *((host.energy_j, host.until_s) for host in found.others)]
    known = [(joules_, until_s) for joules_, until_s in each if joules_ and until_s]
    total_j = sum(joules_ for joules_, _ in known)
    mean_w = sum(joules_ / until_s for joules_, until_s in known)
    is_awaited = any(host.until_s is None and not host.is_lost for host in found.others)
    watts = [w for w in (power_w, *(host.power_w for host in found.others)) if w is not None]
    return {
        "energy_j": joules(total_j) if known else energy_j,
        "power_w": rounded(sum(watts)) if watts and not is_awaited else None,
        **({"told_s": seconds(total_j / mean_w)} if known else {}),
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
