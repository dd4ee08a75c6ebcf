"""The processors' counters as zeusd shows them, on its Unix socket or by HTTP with its token.

``GET /cpu/get_cumulative_energy?cpu=true&dram=true`` shows the joules of the zones
``intel-rapl:N`` by N, in µJ, read when it is asked: ``{"0": {"cpu_energy_uj": 123456,
"dram_energy_uj": null}}`` (docs/zeusd/api.md of ml-energy/zeus). It adds up what wraps, so its
figures only fall when it is started anew. It takes each of these zones for a package, the
platform's too, so the zone's own name decides.

Its boards are left out: NVML shows them to everyone, and with their UUIDs, which zeusd does not.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import cpuinfo, rapl, rapl_zones, sysfs
from .base import Domain, Found, Missing
from .looked_up import MOST_DOMAINS, LookedUp
from .page import Address, PageError, address, get
from .variables import ZEUSD_TOKEN_VARIABLE, ZEUSD_VARIABLE

NAME = "zeusd"
PATH = "/cpu/get_cumulative_energy?cpu=true&dram=true"
NOTE = "read through zeusd, as old as its answer"
NOTE_UNKNOWN = "what its zone covers is not known, and it may contain another"

REMEDY = (
    f"Set {ZEUSD_VARIABLE} to the socket of this host's zeusd, such as /run/zeusd/zeusd.sock, or "
    f"to its address, let it serve cpu-read, and set {ZEUSD_TOKEN_VARIABLE} where it asks for a "
    "token; or unset it. Then restart the kernel."
)

_FIELDS = (("cpu_energy_uj", ""), ("dram_energy_uj", "dram"))
_MOST_UJ = 1 << 62


def probe(
    named: str,
    token: str = "",
    read_elsewhere: Collection[str] = (),
    powercap_root: Path = rapl.POWERCAP_ROOT,
    cpuinfo_path: Path = rapl.CPUINFO,
) -> Found:
    """Open what the zeusd at an address shows of the processors.

    Parameters
    ----------
    named
        Its socket, or its address.
    token
        What it gives its figures for, where it asks for one.
    read_elsewhere
        The domains that have another source: they are left out.
    powercap_root, cpuinfo_path
        Where this host says what its zones are, and its processor.
    """
    try:
        place = address(named)
        counters = _counters(place, token)
    except PageError as error:
        return Found(missing=(Missing(NAME, str(error), REMEDY),))
    text = sysfs.text(cpuinfo_path)
    sockets = len({line for line in text.splitlines() if line.startswith("physical id")})
    described = {key: _domain(key, powercap_root, text, sockets) for key in sorted(counters)}
    kept = [(key, each) for key, each in described.items() if each.id not in read_elsewhere]
    return Found(LookedUp(NAME, kept, lambda: _counters(place, token)) if kept else None)


def _counters(place: Address, token: str) -> dict[tuple[int, str], int]:
    """Return the µJ by package and part, ``""`` for the package itself."""
    found = dict(_shown(_parsed(place, get(place, PATH, token))))
    if not 0 < len(found) <= MOST_DOMAINS:
        raise PageError(f"{place} shows {len(found)} counters of a processor")
    return found


def _shown(found: Mapping[str, Any]) -> Iterator[tuple[tuple[int, str], int]]:
    for number, entry in found.items():
        if not (
            number.isascii() and number.isdecimal() and len(number) < 4 and isinstance(entry, dict)
        ):
            continue
        for field, part in _FIELDS:
            value = entry.get(field)
            if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_UJ:
                yield (int(number), part), value


def _parsed(place: Address, page: bytes) -> dict[str, Any]:
    try:
        found = json.loads(page.decode())
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise PageError(f"{place} does not answer as zeusd does")
    return found


def _domain(key: tuple[int, str], powercap_root: Path, cpuinfo_text: str, sockets: int) -> Domain:
    number, part = key
    name = sysfs.text(powercap_root / f"intel-rapl:{number}" / "name")
    is_known = bool(name) or number < max(1, sockets)
    name = name or f"package-{number}"
    processor = cpuinfo.model_name(cpuinfo_text)
    dies = rapl_zones.counts_dies(cpuinfo_text)
    zone = (part, name) if part else (name, "")
    found = rapl_zones.named(*zone, NAME, processor, counts_dies=dies)
    if not is_known:
        found = replace(found, counted=False, note=NOTE_UNKNOWN)
    return replace(found, note="; ".join(filter(None, (found.note, NOTE))))
