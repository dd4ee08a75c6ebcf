"""What RAPL's zones are called, what they mean, and which of them are counted.

Whoever shows them, they have the names of the driver, drivers/powercap/intel_rapl_common.c:
``package-N``, or ``package-N-die-M`` where packages have several dies, with ``core``,
``uncore`` and ``dram`` below them; beside them ``psys`` and ``psys-N``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from . import cpuinfo, scales
from .base import Domain, Provenance

RESOLUTION_S = 0.001
UNKNOWN_LIMIT_W = 2000.0
"""What no package draws, where nothing says what it may."""

_PACKAGE = re.compile(r"package-(?P<socket>\d+)(?:-die-(?P<die>\d+))?$")
_ZONE = re.compile(r"intel-rapl(?:-mmio)?(?::\d+)+$")
_DIE = re.compile(r"/die-\d+")

_DEVICES = {"dram": "memory", "core": "cores", "uncore": "integrated graphics", "psys": "platform"}
_NOT_COUNTED = {
    "core": "part of the package",
    "uncore": "part of the package",
    "psys": "the whole platform: it contains the packages",
}


def domain(place: str, kind: str, source: str, processor: str) -> Domain:
    """Describe a RAPL domain, whoever reads it.

    Parameters
    ----------
    place
        The package, ``cpu:N`` or ``cpu:N/die-M``, empty for what belongs to none.
    kind
        ``package``, ``core``, ``uncore``, ``dram``, ``psys`` or ``psys-N``.
    source
        The reader's name.
    processor
        What the processor calls itself.
    """
    family = kind.partition("-")[0]
    counted = family in ("package", "dram")
    unknown = "" if counted else "not known to be outside the packages"
    return Domain(
        id=f"{place}/{kind}" if place else kind,
        device=processor if family == "package" else _DEVICES.get(family, kind),
        source=source,
        provenance=Provenance.COUNTER,
        resolution_s=RESOLUTION_S,
        counted=counted,
        power_limit_w=UNKNOWN_LIMIT_W,
        scale=scales.rapl(place, family, processor),
        note=_NOT_COUNTED.get(family, unknown),
    )


def named(name: str, above_name: str, source: str, processor: str, *, counts_dies: bool) -> Domain:
    """Describe the domain of a zone.

    Parameters
    ----------
    name, above_name
        What the zone is called, and the one that it lies in; by its folder where that is not known.
    source, processor
        See :func:`domain`.
    counts_dies
        Whether a package's dies have counters of their own.
    """
    package = _PACKAGE.match(name) or _PACKAGE.match(above_name)
    place = f"cpu:{package['socket']}" if package else ""
    if package and package["die"] and counts_dies:
        place += f"/die-{package['die']}"
    if not place and _ZONE.match(above_name):
        place = above_name
    kind = "package" if _PACKAGE.match(name) else name
    return domain(place, kind, source, processor)


def counted_once(domains: Sequence[Domain]) -> list[Domain]:
    """Return these domains, of which those are not counted that lie inside another one."""
    ids = {each.id for each in domains}
    return [_within_another(each, ids) for each in domains]


def _within_another(domain: Domain, ids: Collection[str]) -> Domain:
    whole = _DIE.sub("", domain.id)
    if whole != domain.id and whole in ids:
        return replace(domain, counted=False, note=f"part of {whole}")
    if domain.id == "dram" and any(id_.endswith("/dram") for id_ in ids):
        return replace(domain, counted=False, note="the packages' memory is in the total")
    return domain


def counts_dies(cpuinfo_text: str) -> bool:
    """Return whether the dies of a package have counters of their own.

    An AMD package has one counter (the processor programming references; so does
    rapl_pkg_pmu_is_pkg_scope() in arch/x86/events/rapl.c). Some kernels from 6.9 on
    take its core complexes for dies and show that one counter for each of them.
    """
    return cpuinfo.field(cpuinfo_text, "vendor_id") not in ("AuthenticAMD", "HygonGenuine")
