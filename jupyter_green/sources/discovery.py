"""Which sources this machine has, and for each one that is absent the reason and the remedy."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import cpu_estimate, nvml, rapl
from .base import Domain, Missing, Source

POWERCAP_VARIABLE = "JUPYTER_GREEN_POWERCAP"
"""Names another powercap tree than the kernel's own: a bind mount of the host's, or a test's."""


@dataclass(frozen=True)
class Discovery:
    """What this machine can tell (`domains`) and what not, why, and the remedy (`missing`)."""

    domains: tuple[Domain, ...]
    missing: tuple[Missing, ...]

    def __str__(self) -> str:
        lines = [
            f"{d.id:16} {d.device}: {d.provenance.value}, each {d.resolution_s * 1000:g} ms"
            + ("" if d.counted else f", not in the total: {d.note}")
            + (f", {d.note} (± {d.relative_spread:.0%})" if d.relative_spread else "")
            for d in self.domains
        ]
        lines += [f"{m.id:16} missing: {m.reason}. {m.remedy}" for m in self.missing]
        return "\n".join(lines)


def open_sources(
    environ: Mapping[str, str] = os.environ,
) -> tuple[list[Source], tuple[Missing, ...]]:
    """Probe every source that there is, in the order in which reports list them."""
    root = Path(environ.get(POWERCAP_VARIABLE) or rapl.POWERCAP_ROOT)
    cpu = rapl.probe(root)
    found = [cpu, nvml.probe(environ)]
    if not _measures_cpu(cpu.source):
        found.insert(1, cpu_estimate.probe())
    sources = [f.source for f in found if f.source is not None]
    return sources, tuple(m for f in found for m in f.missing)


def _measures_cpu(source: Source | None) -> bool:
    domains: Sequence[Domain] = source.domains if source else ()
    return any(domain.id.endswith("/package") for domain in domains)
