"""What other programs of this host show of its sensors, where the user has named them.

None is looked for. What this program reads itself it takes from no other, and a domain that two
of them show from the first of them. What asks a program is loaded where it is named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from . import rapl
from .base import Domain, Found
from .variables import (
    DCGM_EXPORTER_VARIABLE,
    NODE_EXPORTER_VARIABLE,
    POWERCAP_VARIABLE,
    ZEUSD_TOKEN_VARIABLE,
    ZEUSD_VARIABLE,
)


class OtherProbe(Protocol):
    """Finds what one program shows beside these domains."""

    def __call__(self, environ: Mapping[str, str], domains: Sequence[Domain]) -> Found:
        """Return what was found."""


Attempt = Callable[[str, Callable[[Mapping[str, str]], Found]], Found]
"""Makes a probe of this name, for a limited time."""

_WHOLE_RAPL = frozenset({"rapl", "perf_event"})
"""What is missing where no zone at all can be read."""


def with_others(
    found: Sequence[Found], environ: Mapping[str, str], attempt: Attempt
) -> list[Found]:
    """Return what was found, and beside it what the other programs show that a user has named."""
    all_found = list(found)
    for variable, name, probe in _PROBES:
        if environ.get(variable):
            domains = [d for each in all_found if each.source for d in each.source.domains]
            all_found.append(attempt(name, partial(probe, domains=domains)))
    return _without_read(all_found, len(found))


def _rapl_exporter(environ: Mapping[str, str], domains: Sequence[Domain]) -> Found:
    if _is_metered_otherwise(domains):
        return Found()
    from . import rapl_exporter

    named = environ[NODE_EXPORTER_VARIABLE]
    return rapl_exporter.probe(named, _ids(domains), _powercap_root(environ))


def _zeusd(environ: Mapping[str, str], domains: Sequence[Domain]) -> Found:
    if _is_metered_otherwise(domains):
        return Found()
    from . import zeusd

    token = environ.get(ZEUSD_TOKEN_VARIABLE, "")
    return zeusd.probe(environ[ZEUSD_VARIABLE], token, _ids(domains), _powercap_root(environ))


def _dcgm_exporter(environ: Mapping[str, str], domains: Sequence[Domain]) -> Found:
    from . import dcgm_exporter

    boards = {domain.board for domain in domains if domain.board}
    numbers = [d.id.removeprefix("gpu:") for d in domains if d.id.startswith("gpu:")]
    next_gpu = max((int(each) for each in numbers if each.isdecimal()), default=-1) + 1
    return dcgm_exporter.probe(environ[DCGM_EXPORTER_VARIABLE], boards, next_gpu)


_PROBES: Sequence[tuple[str, str, OtherProbe]] = (
    (NODE_EXPORTER_VARIABLE, "node-exporter", _rapl_exporter),
    (ZEUSD_VARIABLE, "zeusd", _zeusd),
    (DCGM_EXPORTER_VARIABLE, "dcgm-exporter", _dcgm_exporter),
)


def _is_metered_otherwise(domains: Sequence[Domain]) -> bool:
    """Whether a sensor that is none of RAPL's has the processor's joules in the total."""
    return any(d.counted and (d.id == "cpu" or d.id.split("/")[0] == "board") for d in domains)


def _ids(domains: Sequence[Domain]) -> set[str]:
    return {domain.id for domain in domains}


def _powercap_root(environ: Mapping[str, str]) -> Path:
    return Path(environ.get(POWERCAP_VARIABLE) or rapl.POWERCAP_ROOT)


def _without_read(found: Sequence[Found], own: int) -> list[Found]:
    """Return what was found; what another program shows is not missing any more."""
    shown = {d.id for each in found[own:] if each.source for d in each.source.domains}
    if any(id_.endswith("/package") for id_ in shown):
        shown |= _WHOLE_RAPL
    return [
        replace(each, missing=tuple(m for m in each.missing if m.id not in shown)) for each in found
    ]
