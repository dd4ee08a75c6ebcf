"""A host's figures in Prometheus's text format (0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from .._version import __version__
from .figures import Figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "jupyter_green_"
_DIGITS = 6
"""Behind the point of joules: more is the noise of their sum."""


class Metric(NamedTuple):
    """One metric of the page."""

    name: str
    kind: str
    """``counter`` or ``gauge``."""
    help: str


ENERGY = Metric(
    "energy_joules_total", "counter", "Joules of a device of this host since they were counted."
)
UP = Metric("up", "gauge", "Whether the host's service answers: 1 or 0.")
SHARE = Metric(
    "share_joules_total", "counter", "Joules of a device by user, pod and job: an estimate."
)
FAILING = Metric("failing_sensors", "gauge", "Devices whose last reading failed.")
MISSING = Metric("missing_sensors", "gauge", "Sensors of this host that cannot be read.")
DISCONNECTED = Metric(
    "disconnected_seconds_total", "counter", "Seconds in which there was no service to ask."
)
BUILD = Metric("build_info", "gauge", "The version that shows these figures.")


def page(figures: Figures) -> str:
    """Return the page. Where nothing is known of joules, it has none: a gap, not a zero."""
    lines = [*_rows(UP, [({}, int(figures.is_up))])]
    if figures.is_up:
        lines += _rows(ENERGY, _energy(figures))
        lines += _rows(SHARE, _shares(figures))
        lines += _rows(FAILING, [({}, figures.failing)])
        lines += _rows(MISSING, [({}, figures.missing)])
    lines += _rows(DISCONNECTED, [({}, round(figures.disconnected_s, 3))])
    lines += _rows(BUILD, [({"version": __version__}, 1)])
    return "".join(f"{line}\n" for line in lines)


Rows = Iterable[tuple[Mapping[str, str], float]]


def _energy(figures: Figures) -> Rows:
    for domain in figures.domains:
        if domain.id in figures.energy_j:
            labels = {
                "domain": domain.id,
                "provenance": domain.provenance.value,
                "counted": str(domain.counted).lower(),
            }
            yield labels, round(figures.energy_j[domain.id], _DIGITS)


def _shares(figures: Figures) -> Rows:
    for (domain, unit), energy_j in sorted(figures.shares_j.items()):
        yield {"domain": domain, "unit": unit}, energy_j


def _rows(metric: Metric, rows: Rows) -> Iterator[str]:
    found = [f"{_PREFIX}{metric.name}{_labels(labels)} {value!r}" for labels, value in rows]
    if found:
        yield f"# HELP {_PREFIX}{metric.name} {metric.help}"
        yield f"# TYPE {_PREFIX}{metric.name} {metric.kind}"
        yield from found


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items()) + "}"


def _escaped(text: str) -> str:
    valid = text.encode("utf-8", "replace").decode()
    return valid.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
