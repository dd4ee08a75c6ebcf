"""The report: the one record that every view, file and total is made from.

It is a frozen value. ``to_dict`` gives the JSON that stands in a notebook's
output; ``from_dict`` reads it back and refuses what does not fit: see `record.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._format import (
    bounds,
    duration,
    energy,
    energy_of_sum,
    is_below_resolution,
    is_estimate,
    mean_power,
    power,
)
from ..sources.base import Missing, Provenance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from .comparison import Comparison

MIME_TYPE = "application/vnd.jupyter-green.report.v1+json"

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
            parts.append(f"mean {mean_power(self)}")
            if self.peak_power_w is not None:
                mark = "≈ " if is_estimate(self.provenance) else ""
                parts[-1] += f", peak {mark}{power(self.peak_power_w)}"
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
        from .record import to_record

        return to_record(self)

    @classmethod
    def from_dict(cls, record: Any) -> Report:
        """Read a record back.

        Raises
        ------
        ReportError
            Where the record is of another schema, lacks a field, or has a
            value of the wrong type. Nothing is guessed.
        """
        from .record import from_record

        return from_record(record)
