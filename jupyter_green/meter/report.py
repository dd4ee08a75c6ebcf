"""The report: the one record that every view, file and total is made from.

It is a frozen value. ``to_dict`` gives the JSON that stands in a notebook's
output (schema ``jupyter-green.report.v1``, defined by ``report.v1.schema.json``
in this folder); ``from_dict`` reads it back and refuses what does not fit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._format import bounds, duration, energy, energy_of_sum, is_below_resolution, power
from ..sources.base import Missing, Provenance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from .comparison import Comparison

SCHEMA = "jupyter-green.report.v1"
MIME_TYPE = "application/vnd.jupyter-green.report.v1+json"

MAX_TRACE_POINTS = 240
MAX_JSON_BYTES = 16 * 1024
MAX_LABEL = 200
MAX_STAGE = 64
MAX_MISSING = 32
MAX_REASON = 1000

CONDITIONS = ("utilization_percent", "temperature_c", "power_limit_w")
"""Mean utilisation, highest temperature and power limit of a device over the window."""

STATUSES = ("ok", "error", "interrupted", "died")
MIXED = "mixed"
REPLAYED = "replayed"


class ReportError(ValueError):
    """A report that cannot be read. The message says what is wrong with it."""


@dataclass(frozen=True)
class DomainReport:
    """The energy of one domain over one window."""

    id: str
    device: str
    source: str
    energy_j: float
    uncertainty_j: float
    """Half-width of the 95 % interval."""
    mean_power_w: float
    provenance: Provenance
    resolution_s: float
    counted: bool
    flags: tuple[str, ...] = ()
    note: str | None = None
    """Why it is not counted, or what a model rests on."""
    integrated_power_j: float | None = None
    """The reported power integrated over the window, beside a counter's joules."""
    conditions: Mapping[str, float] = field(default_factory=dict)
    """What the device did beside: some of :data:`CONDITIONS`."""


@dataclass(frozen=True)
class ShareReport:
    """The kernel's own part of a window's joules: an estimate, whatever the domains are."""

    cpu_share: float
    """Of the host's busy CPU time, 0 to 1."""
    cpu_share_uncertainty: float
    energy_j: float
    uncertainty_j: float
    gpu_share: Mapping[str, float] = field(default_factory=dict)
    """Of each GPU's busy time, by domain, where the driver keeps account of it."""


@dataclass(frozen=True)
class ReportTrace:
    """The curve of a window, thinned, with its peaks kept.

    ``t_s`` has *n* points in seconds since the window's begin; each list in
    ``power_w`` has *n* values in watts, ``None`` where nothing was read.
    """

    t_s: tuple[float, ...] = ()
    power_w: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class MeteredTime:
    """When a window was open, in seconds since 1970 by the wall clock."""

    run_id: str
    begin_s: float
    end_s: float


@dataclass(frozen=True)
class Report:
    """The result of one window, or of several that were added up.

    ``energy_j`` is the sum over the counted domains, ``None`` where no domain
    could be read. ``uncertainty_j`` is the half-width of its 95 % interval.
    """

    run_id: str
    status: str
    started_at: str
    """RFC 3339, UTC."""
    duration_s: float
    energy_j: float | None
    uncertainty_j: float | None
    provenance: str | None
    """``counter``, ``power``, ``estimate``, or ``mixed`` for measured and estimated together."""
    mean_power_w: float | None
    peak_power_w: float | None
    domains: Mapping[str, DomainReport]
    missing: tuple[Missing, ...]
    trace: ReportTrace
    gaps: tuple[tuple[float, float], ...]
    """Stretches without samples, in seconds since the window's begin."""
    meter_version: str
    interval_s: float
    label: str | None = None
    stage: str | None = None
    cell_id: str | None = None
    cell_hash: str | None = None
    execution_count: int | None = None
    notebook: str | None = None
    net_energy_j: float | None = None
    """Above the idle baseline, where one was measured."""
    net_uncertainty_j: float | None = None
    baseline_at: str | None = None
    """When the baseline was measured, RFC 3339, UTC."""
    share: ShareReport | None = None
    flags: tuple[str, ...] = ()
    """What holds for the window as a whole: other programs at work, a replay."""
    metric: Mapping[str, float] = field(default_factory=dict)
    per_count: float | None = None
    per_unit: str | None = None
    parts: tuple[MeteredTime, ...] = field(default=(), repr=False, compare=False)
    """The windows of a sum, which no sum may hold twice; not in the record."""

    def __str__(self) -> str:
        """Return the report as one line of text."""
        name = f"{self.label}: " if self.label else ""
        counted = ((d.energy_j, d.uncertainty_j) for d in self.domains.values() if d.counted)
        figure = energy_of_sum(self.energy_j, self.uncertainty_j, bounds(counted), self.provenance)
        parts = [f"{name}{figure} in {duration(self.duration_s)}"]
        known = not is_below_resolution(self.energy_j, self.uncertainty_j)
        if self.mean_power_w is not None and known:
            parts.append(f"mean {power(self.mean_power_w)}, peak {power(self.peak_power_w)}")
        if self.net_energy_j is not None:
            net = energy(self.net_energy_j, self.net_uncertainty_j, self.provenance)
            parts.append(f"net {net}")
        if self.provenance:
            parts.append("estimated" if self.provenance == "estimate" else self.provenance)
        if self.status != "ok":
            parts.append(self.status)
        if REPLAYED in self.flags:
            parts.append("REPLAYED, nothing was measured")
        return " · ".join(parts)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002, FBT001
        """Let IPython show the line rather than every field."""
        printer.text(str(self))

    # --- what other modules make of a report; they know it, and it knows them when asked -------

    def table(self) -> str:
        """Return the line and below it a table with a row for each domain, as text."""
        from .text_table import domain_table

        return domain_table(self)

    def plot(self, ax: Axes | None = None, *, width_in: float = 7.0) -> Figure:
        """Return a matplotlib figure: watts of each domain, and the joules so far.

        Nothing of ``pyplot`` is touched: ``report.plot().savefig("energy.pdf")`` works
        in any program, and a notebook shows the figure where it is a cell's value.

        Parameters
        ----------
        ax
            Axes to draw in, instead of a figure of its own.
        width_in
            Width of a figure of its own, in inches; 3.5 is a column of a paper.

        Raises
        ------
        ImportError
            Without matplotlib.
        """
        from ..plots import figure

        return figure(self, ax, width_in=width_in)

    def to_frame(self) -> DataFrame:
        """Return a pandas DataFrame with a row for each domain, the totals in its ``attrs``.

        Raises
        ------
        ImportError
            Without pandas.
        """
        from .frames import domain_frame

        return domain_frame(self)

    def trace_frame(self) -> DataFrame:
        """Return the curve as a pandas DataFrame: watts by seconds since the begin, by domain.

        Raises
        ------
        ImportError
            Without pandas.
        """
        from .frames import trace_frame

        return trace_frame(self)

    def compare(self, other: Report) -> Comparison:
        """Return how much more or less energy `other` used than this; print it to read it."""
        from .comparison import Comparison

        return Comparison(reference=self, other=other)

    def __add__(self, other: object) -> Report:
        """Return the report of both together; windows that overlap are refused."""
        if not isinstance(other, Report):
            return NotImplemented
        from .addition import add

        return add(self, other)

    def __radd__(self, other: object) -> Report:
        """Let ``sum(reports)`` begin with its 0."""
        return self if other == 0 else NotImplemented

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON types, at most 16 KiB when dumped.

        Floats are rounded to what the uncertainty supports; the trace is
        thinned further where many domains would make the record too large.
        """
        points = MAX_TRACE_POINTS
        while True:
            record = self._record(thin(self.trace, points))
            size = len(json.dumps(record, separators=(",", ":")).encode())
            if size <= MAX_JSON_BYTES or points <= 4:
                return record
            points = points * 3 // 4

    def _record(self, trace: ReportTrace) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "run_id": self.run_id,
            "cell_id": self.cell_id,
            "cell_hash": self.cell_hash,
            "execution_count": self.execution_count,
            "notebook": self.notebook,
            "label": self.label,
            "stage": self.stage,
            "status": self.status,
            "started_at": self.started_at,
            "duration_s": _significant(self.duration_s, 6),
            "energy_j": _supported(self.energy_j, self.uncertainty_j),
            "uncertainty_j": _significant(self.uncertainty_j, 3),
            "provenance": self.provenance,
            "mean_power_w": _significant(self.mean_power_w, 5),
            "peak_power_w": _significant(self.peak_power_w, 5),
            "net_energy_j": _supported(self.net_energy_j, self.uncertainty_j),
            **_known(
                net_uncertainty_j=_significant(self.net_uncertainty_j, 3),
                baseline_at=self.baseline_at,
                share=_share_record(self.share),
                flags=list(self.flags) or None,
            ),
            "domains": [_domain_record(domain) for domain in self.domains.values()],
            "missing": [{"id": m.id, "reason": m.reason, "remedy": m.remedy} for m in self.missing],
            "trace": {
                "t_s": [round(t, 4) for t in trace.t_s],
                "power_w": {
                    id_: [_significant(p, 4) for p in powers]
                    for id_, powers in trace.power_w.items()
                },
            },
            "gaps": [[round(a, 4), round(b, 4)] for a, b in self.gaps],
            "metric": dict(self.metric),
            "per": None
            if self.per_count is None
            else {"count": self.per_count, "unit": self.per_unit},
            "meter": {"version": self.meter_version, "interval_s": self.interval_s},
        }

    @classmethod
    def from_dict(cls, record: Any) -> Report:
        """Read a record back.

        Raises
        ------
        ReportError
            Where the record is of another schema, lacks a field, or has a
            value of the wrong type. Nothing is guessed.
        """
        fields = _Fields(record)
        if fields.get("schema", str) != SCHEMA:
            raise ReportError(f"schema is {record['schema']!r}, expected {SCHEMA!r}")
        if fields.get("status", str) not in STATUSES:
            raise ReportError(f"status is {record['status']!r}, expected one of {STATUSES}")
        domains = [_domain_from(entry) for entry in fields.get("domains", list)]
        trace = _Fields(fields.get("trace", dict))
        meter = _Fields(fields.get("meter", dict))
        per = fields.get("per", dict, optional=True)
        return cls(
            run_id=fields.get("run_id", str),
            status=record["status"],
            started_at=fields.get("started_at", str),
            duration_s=fields.number("duration_s"),
            energy_j=fields.number("energy_j", optional=True),
            uncertainty_j=fields.number("uncertainty_j", optional=True),
            provenance=fields.get("provenance", str, optional=True),
            mean_power_w=fields.number("mean_power_w", optional=True),
            peak_power_w=fields.number("peak_power_w", optional=True),
            domains={domain.id: domain for domain in domains},
            missing=tuple(_missing_from(entry) for entry in fields.get("missing", list)),
            trace=ReportTrace(
                t_s=tuple(_numbers(trace.get("t_s", list))),
                power_w={
                    id_: tuple(_numbers(powers, optional=True))
                    for id_, powers in trace.get("power_w", dict).items()
                },
            ),
            gaps=tuple((a, b) for a, b in (_numbers(g) for g in fields.get("gaps", list))),
            meter_version=meter.get("version", str),
            interval_s=meter.number("interval_s"),
            label=fields.get("label", str, optional=True),
            stage=fields.get("stage", str, optional=True),
            cell_id=fields.get("cell_id", str, optional=True),
            cell_hash=fields.get("cell_hash", str, optional=True),
            execution_count=fields.get("execution_count", int, optional=True),
            notebook=fields.get("notebook", str, optional=True),
            net_energy_j=fields.number("net_energy_j", optional=True),
            net_uncertainty_j=fields.maybe_number("net_uncertainty_j"),
            baseline_at=fields.maybe("baseline_at", str),
            share=_share_from(fields.maybe("share", dict)),
            flags=tuple(str(flag) for flag in fields.maybe("flags", list) or ()),
            metric=fields.get("metric", dict),
            per_count=None if per is None else _Fields(per).number("count"),
            per_unit=None if per is None else _Fields(per).get("unit", str, optional=True),
        )


def thin(trace: ReportTrace, points: int) -> ReportTrace:
    """Return `trace` with at most `points` points, peaks and both ends kept."""
    if len(trace.t_s) <= points:
        return trace
    order = telling(trace, points)
    return ReportTrace(
        t_s=tuple(trace.t_s[i] for i in order),
        power_w={id_: tuple(p[i] for i in order) for id_, p in trace.power_w.items()},
    )


def telling(trace: ReportTrace, points: int) -> Sequence[int]:
    """Return the places of at most `points` points that show the curve's course.

    The inner points fall into equal stretches; of each stretch the point with
    the highest and the one with the lowest total power stay, in their order.
    """
    n = len(trace.t_s)
    if n <= points:
        return range(n)
    total = [
        sum(p for p in (powers[i] for powers in trace.power_w.values()) if p is not None)
        for i in range(n)
    ]
    stretches = max(1, (points - 2) // 2)
    kept = {0, n - 1}
    for k in range(stretches):
        stretch = range(1 + k * (n - 2) // stretches, 1 + (k + 1) * (n - 2) // stretches)
        kept.add(max(stretch, key=total.__getitem__))
        kept.add(min(stretch, key=total.__getitem__))
    return sorted(kept)


def _domain_record(domain: DomainReport) -> dict[str, Any]:
    return {
        "id": domain.id,
        "device": domain.device,
        "source": domain.source,
        "energy_j": _supported(domain.energy_j, domain.uncertainty_j),
        "uncertainty_j": _significant(domain.uncertainty_j, 3),
        "mean_power_w": _significant(domain.mean_power_w, 5),
        "provenance": domain.provenance.value,
        "resolution_s": domain.resolution_s,
        "counted": domain.counted,
        "flags": list(domain.flags),
        **_known(
            note=domain.note or None,
            integrated_power_j=_significant(domain.integrated_power_j, 5),
            conditions={k: _significant(v, 4) for k, v in domain.conditions.items()} or None,
        ),
    }


def _known(**fields: Any) -> dict[str, Any]:
    """Leave out what is not known, so that a record stays small."""
    return {name: value for name, value in fields.items() if value is not None}


def _share_record(share: ShareReport | None) -> dict[str, Any] | None:
    if share is None:
        return None
    return {
        "cpu_share": _significant(share.cpu_share, 3),
        "cpu_share_uncertainty": _significant(share.cpu_share_uncertainty, 2),
        "energy_j": _supported(share.energy_j, share.uncertainty_j),
        "uncertainty_j": _significant(share.uncertainty_j, 3),
        "gpu_share": {id_: _significant(part, 3) for id_, part in share.gpu_share.items()},
    }


def _share_from(record: Any) -> ShareReport | None:
    if record is None:
        return None
    fields = _Fields(record)
    return ShareReport(
        cpu_share=fields.number("cpu_share"),
        cpu_share_uncertainty=fields.number("cpu_share_uncertainty"),
        energy_j=fields.number("energy_j"),
        uncertainty_j=fields.number("uncertainty_j"),
        gpu_share={
            id_: _number(part, "gpu_share") for id_, part in fields.get("gpu_share", dict).items()
        },
    )


def _domain_from(entry: Any) -> DomainReport:
    fields = _Fields(entry)
    try:
        provenance = Provenance(fields.get("provenance", str))
    except ValueError as error:
        raise ReportError(str(error)) from None
    return DomainReport(
        id=fields.get("id", str),
        device=fields.get("device", str),
        source=fields.get("source", str),
        energy_j=fields.number("energy_j"),
        uncertainty_j=fields.number("uncertainty_j"),
        mean_power_w=fields.number("mean_power_w"),
        provenance=provenance,
        resolution_s=fields.number("resolution_s"),
        counted=fields.get("counted", bool),
        flags=tuple(str(flag) for flag in fields.get("flags", list)),
        note=fields.maybe("note", str),
        integrated_power_j=fields.maybe_number("integrated_power_j"),
        conditions={
            name: _number(value, name)
            for name, value in (fields.maybe("conditions", dict) or {}).items()
        },
    )


def _missing_from(entry: Any) -> Missing:
    fields = _Fields(entry)
    return Missing(fields.get("id", str), fields.get("reason", str), fields.get("remedy", str))


class _Fields:
    """A JSON object that says which field is absent or of the wrong type."""

    def __init__(self, record: Any) -> None:
        if not isinstance(record, dict):
            raise ReportError(f"expected an object, found {type(record).__name__}")
        self._record = record

    def get(self, name: str, kind: type, *, optional: bool = False) -> Any:
        if name not in self._record:
            raise ReportError(f"field {name!r} is absent")
        value = self._record[name]
        if value is None and optional:
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ReportError(f"field {name!r} is {type(value).__name__}, expected {kind.__name__}")
        return value

    def maybe(self, name: str, kind: type) -> Any:
        """Return a field that may be absent."""
        return self.get(name, kind, optional=True) if name in self._record else None

    def maybe_number(self, name: str) -> Any:
        """Return a number that may be absent."""
        return self.number(name, optional=True) if name in self._record else None

    def number(self, name: str, *, optional: bool = False) -> Any:
        value = self._record.get(name)
        if value is None and optional and name in self._record:
            return None
        return _number(value, name)


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ReportError(f"field {name!r} is {value!r}, expected a finite number")
    return value


def _numbers(values: Any, *, optional: bool = False) -> list[Any]:
    if not isinstance(values, list):
        raise ReportError(f"expected a list of numbers, found {type(values).__name__}")
    return [None if v is None and optional else _number(v, "trace") for v in values]


def _significant(value: float | None, digits: int) -> float | None:
    """Round to `digits` significant digits."""
    if value is None or value == 0:
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def _supported(value: float | None, uncertainty: float | None) -> float | None:
    """Round to one digit beyond the third digit of the uncertainty.

    That keeps sums of parts equal to the total to far below the uncertainty,
    and keeps meaningless digits out of notebooks that live in git.
    """
    if value is None or value == 0:
        return value
    if not uncertainty:
        return _significant(value, 9)
    return round(value, max(0, 3 - math.floor(math.log10(uncertainty))))
