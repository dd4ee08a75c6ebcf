"""What a report of several hosts says of each, in words."""

from __future__ import annotations

import math

from ..printable import printable
from .addition import total_provenance
from .fields import HostReport, ReportFields
from .format import at_least, duration, energy
from .scale import range_of, shares


def coverage(report: ReportFields) -> str:
    """Say of how many processes and hosts a report is, empty where there is one of each."""
    count = len(report.hosts)
    hosts = f" on {count} hosts" if count > 1 else ""
    if report.ranks:
        return f"Of {report.ranks} ranks{hosts}." if report.ranks > 1 else f"Of 1 rank{hosts}."
    return f"Of {count} hosts." if hosts else ""


def host_lines(report: ReportFields) -> list[str]:
    """Say of each of several what it used and for how long it was metered, or when it was lost."""
    if len(report.hosts) < 2:
        return []
    return [
        f"{printable(host.name)}: {', '.join(host_words(report, host))}" for host in report.hosts
    ]


def host_words(report: ReportFields, host: HostReport) -> tuple[str, str]:
    """Return what one of a report's hosts used, and its seconds."""
    if host.energy_j is None:
        return "not measured", "told nothing"
    own = [d for d in report.domains.values() if d.counted and is_of(d.id, host.name)]
    figure = energy(
        host.energy_j,
        host.uncertainty_j,
        total_provenance(domain.provenance.value for domain in own),
        range_of(shares((d.scale, d.energy_j) for d in own), sum(d.energy_j for d in own)),
    )
    if host.lost_at_s is None:
        return figure, duration(host.duration_s)
    return at_least(figure), f"lost after {duration(host.lost_at_s)}"


def clock_words(host: HostReport) -> str:
    """Return how far a host's clock was ahead, such as ``"1.20 ± 0.05 ms"``; – if not compared."""
    if not host.offset_uncertainty_s:
        return "–"
    size, unit = (1.0, "s") if abs(host.offset_s) >= 1 else (1e-3, "ms")
    half = host.offset_uncertainty_s / size
    decimals = max(0, 1 - math.floor(math.log10(half)))
    return f"{host.offset_s / size:.{decimals}f} ± {half:.{decimals}f} {unit}"


def is_of(id_: str, host: str) -> bool:
    """Whether a domain is one of a host."""
    return id_ == host or id_.startswith(f"{host}/")
