"""The processors' counters as node_exporter and the CEEMS exporter show them.

Both read RAPL when they are asked, so a figure is as old as the answer takes. A row is
``node_rapl_package_joules_total{index="0",path="/sys/class/powercap/intel-rapl:0"}``: the
zone's name without its number, the number, and the zone's folder (collector/rapl_linux.go of
prometheus/node_exporter; pkg/collector/rapl.go of ceems-dev/ceems). With
``--collector.rapl.enable-zone-label`` the name is a label. Joules are the counter's µJ x 1e-6, and
wrap where the counter does: at which value, the zone's own files say, which anyone may read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from . import cpuinfo, rapl, rapl_zones, sysfs
from .base import Domain, Found, Missing
from .exposition import Row, pattern, rows
from .looked_up import MOST_DOMAINS, LookedUp
from .page import Address, PageError, address, get
from .variables import NODE_EXPORTER_VARIABLE

NODE_EXPORTER, CEEMS = "node-exporter", "ceems"
USUAL_PATH = "/metrics"
RAPL_ALONE = "collect[]=rapl"
"""Asks node_exporter for these rows alone; the CEEMS exporter passes over it."""

REMEDY = (
    f"Set {NODE_EXPORTER_VARIABLE} to the page of this host's node_exporter or CEEMS exporter, "
    "such as http://127.0.0.1:9100/metrics, and let that one read RAPL; or unset it. Then restart "
    "the kernel."
)

_WANTED = pattern(r"(?:node|ceems)_rapl_\w*joules_total")
_NAME = re.compile(r"(node|ceems)_rapl_(?:(\w+?)_)?joules_total$", re.ASCII)
_SOURCES = {"node": NODE_EXPORTER, "ceems": CEEMS}
_FOLDER = re.compile(r"intel-rapl(?::\d+)+$")
_MOST_J = 1e12


@dataclass(frozen=True)
class _Zone:
    """A row: which exporter shows it, the zone's folder and its name, and its joules in µJ."""

    source: str
    folder: str
    name: str
    energy_uj: int


def probe(
    named: str,
    read_elsewhere: Collection[str] = (),
    powercap_root: Path = rapl.POWERCAP_ROOT,
    cpuinfo_path: Path = rapl.CPUINFO,
) -> Found:
    """Open what the exporter at an address shows of the processors.

    Parameters
    ----------
    named
        Its page.
    read_elsewhere
        The domains that have another source: they are left out.
    powercap_root, cpuinfo_path
        Where this host says how its zones wrap, and what its processor is.
    """
    try:
        place = address(named)
        zones = _zones(place)
    except PageError as error:
        return Found(missing=(Missing(NODE_EXPORTER, str(error), REMEDY),))
    source = next(iter(zones.values())).source
    domains = _domains(zones, rapl.describe(powercap_root, cpuinfo_path), sysfs.text(cpuinfo_path))
    left = [(folder, each) for folder, each in domains.items() if each.id not in read_elsewhere]
    return Found(LookedUp(source, left, lambda: _counters(place)) if left else None)


def _zones(place: Address) -> dict[str, _Zone]:
    """Return the zones that are shown now, by folder."""
    path, _, query = (place.path or USUAL_PATH).partition("?")
    page = get(place, f"{path}?{query or RAPL_ALONE}")
    found = {zone.folder: zone for zone in map(_zone, rows(page, _WANTED)) if zone}
    if not 0 < len(found) <= MOST_DOMAINS:
        raise PageError(f"{place} shows the joules of {len(found)} zones of a processor")
    return found


def _counters(place: Address) -> dict[str, int]:
    return {folder: zone.energy_uj for folder, zone in _zones(place).items()}


def _zone(row: Row) -> _Zone | None:
    """Return the zone of a row, ``None`` for a mirror of a zone and for what is none."""
    found = _NAME.match(row.name)
    folder = row.labels.get("path", "").rpartition("/")[2]
    if found is None or not _FOLDER.match(folder) or not 0 <= row.value < _MOST_J:
        return None
    name = (found[2] or row.labels.get("rapl_zone", "")).replace("_", "-")
    if name.startswith("package"):
        name += f"-{row.labels.get('index', '')}"
    return _Zone(_SOURCES[found[1]], folder, name, round(row.value * 1e6))


def _domains(
    zones: Mapping[str, _Zone], known: Mapping[str, Domain], cpuinfo_text: str
) -> dict[str, Domain]:
    """Return the zones' domains by folder, each once."""
    processor = cpuinfo.model_name(cpuinfo_text)
    dies = rapl_zones.counts_dies(cpuinfo_text)
    found: dict[str, tuple[str, Domain]] = {}
    for folder, zone in sorted(zones.items()):
        above = zones.get(folder.rpartition(":")[0])
        above_name = above.name if above else ""
        domain = rapl_zones.named(zone.name, above_name, zone.source, processor, counts_dies=dies)
        found.setdefault(domain.id, (folder, domain))
    counted = rapl_zones.counted_once([domain for _, domain in found.values()])
    return {
        folder: _noted(_wrapping(domain, known))
        for (folder, _), domain in zip(found.values(), counted, strict=True)
    }


def _wrapping(domain: Domain, known: Mapping[str, Domain]) -> Domain:
    """Return a domain with what this host says of how it wraps and what it may draw."""
    here = known.get(domain.id)
    if here is None:
        return domain
    return replace(domain, wrap_range=here.wrap_range, power_limit_w=here.power_limit_w)


def _noted(domain: Domain) -> Domain:
    how = f"read through {domain.source}, as old as its answer"
    return replace(domain, note="; ".join(filter(None, (domain.note, how))))
