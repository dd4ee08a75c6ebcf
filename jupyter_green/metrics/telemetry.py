"""OpenTelemetry's ``hw.energy`` of a host, from its service.

Names and attributes are those of the semantic conventions for hardware metrics
(opentelemetry.io/docs/specs/semconv/hardware/energy/ and …/host/): joules, ``hw.id``, ``hw.type``,
``hw.parent``. ``hw.host.energy`` is the whole host's, so only the platform's own meter is it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from .._version import __version__
from ..report.members import Kind, kind_of, parent_of
from ..sources.base import Domain
from ..sources.variables import SOCKET_VARIABLE, USUAL_SOCKET
from .figures import Figures
from .host_watch import HostWatch

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation

ENERGY, HOST_ENERGY = "hw.energy", "hw.host.energy"
_SCOPE = "jupyter_green"
_TYPES: Mapping[Kind, str] = {"cpu": "cpu", "dram": "memory", "gpu": "gpu", "other": "other"}
_PLATFORM = "psys"


class Point(NamedTuple):
    """One figure of a counter: joules, and what they are of."""

    energy_j: float
    attributes: Mapping[str, str]


def observe(provider: MeterProvider, service: str | None = None) -> HostWatch:
    """Let a program's OpenTelemetry show the joules of this host.

    Its service is asked whenever the provider's reader collects. Where it does not answer, nothing
    is shown.

    Parameters
    ----------
    provider
        The program's own, with the exporter that it uses.
    service
        The service's socket; the one that the environment names, else the usual one.

    Returns
    -------
    HostWatch
        What follows the host's counters until it is closed.

    Raises
    ------
    ImportError
        Without ``opentelemetry-api``, which the extra ``otel`` installs.
    """
    try:
        from opentelemetry.metrics import Observation
    except ImportError:
        raise ImportError("this needs pip install 'jupyter-green[otel]'") from None
    watch = HostWatch(service or os.environ.get(SOCKET_VARIABLE) or USUAL_SOCKET)
    meter = provider.get_meter(_SCOPE, __version__)

    def shown(
        points: Callable[[Figures], Iterable[Point]],
    ) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def collect(_: CallbackOptions) -> Iterable[Observation]:
            return [Observation(each.energy_j, each.attributes) for each in points(watch.look())]

        return collect

    for name, points, description in (
        (ENERGY, by_domain, "Energy of a device of this host"),
        (HOST_ENERGY, by_host, "Energy of this host, by the platform's own meter"),
    ):
        meter.create_observable_counter(name, [shown(points)], unit="J", description=description)
    return watch


def by_domain(figures: Figures) -> Iterator[Point]:
    """Yield the joules of each domain but the platform's."""
    for domain in figures.domains:
        if domain.id in figures.energy_j and not _is_platform(domain):
            yield Point(figures.energy_j[domain.id], _attributes(domain, figures))


def by_host(figures: Figures) -> Iterator[Point]:
    """Yield the joules of the platform, if it has a meter."""
    for domain in figures.domains:
        if domain.id in figures.energy_j and _is_platform(domain):
            names = {"hw.id": domain.id, "jupyter_green.provenance": domain.provenance.value}
            yield Point(figures.energy_j[domain.id], names)


def _attributes(domain: Domain, figures: Figures) -> dict[str, str]:
    found = {
        "hw.id": _id(domain),
        "hw.type": _TYPES[kind_of(domain.id)],
        "jupyter_green.provenance": domain.provenance.value,
    }
    parent = None if domain.counted else parent_of(domain, figures.domains)
    if parent is not None:
        found["hw.parent"] = _id(parent)
    return found


def _id(domain: Domain) -> str:
    return f"{domain.board} {domain.id}" if domain.board else domain.id


def _is_platform(domain: Domain) -> bool:
    return domain.id.partition("-")[0] == _PLATFORM
