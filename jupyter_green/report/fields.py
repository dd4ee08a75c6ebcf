"""What a report holds: frozen data, from which every view, file and sum is made.

Nothing here knows how it is shown, stored or added up; :class:`~.report.Report`, on
top of all that does, is what a user holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..flags import HOST_LOST
from ..sources.base import Missing, Provenance, Scale
from .metered_times import MeteredTimes
from .outcome import number
from .scale import ScaleRange, ScaleShare, range_of, shares

MIME_TYPE = "application/vnd.jupyter-green.report.v1+json"

MAX_LABEL = 200
MAX_STAGE = 200
MAX_NOTE = 300
MAX_GROUP = 1000
MAX_BOARD = 96
MAX_HOST = 16
MAX_HOST_NAME = 24
MAX_HOSTS = 64
MAX_HOST_GAPS = 8
MAX_TASK_KINDS = 16
MAX_TASK_NAME = 80
MAX_DOMAINS = 128
MAX_SHARES = 64
MAX_FLAGS = 16
MAX_MISSING = 32
MAX_GAPS = 64
MAX_NOTES = 8
MAX_MARKS = 100
MAX_MARK = 40
"""What a record holds at most: characters of a text, items of a list."""

CONDITIONS = ("utilization_percent", "temperature_c", "power_limit_w")
"""Mean utilisation and highest temperature of a device, and its power limit at the begin."""

STATUSES = ("ok", "error", "interrupted", "died")
MIXED = "mixed"


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
    """Half-width of the reading's 95 % interval."""
    mean_power_w: float
    provenance: Provenance
    resolution_s: float
    counted: bool
    flags: tuple[str, ...] = ()
    note: str | None = None
    """Why it is not counted, or what a model rests on."""
    scale: Scale | None = None
    """What all figures of this instrument have wrong in common, where it is known."""
    bound_part_j: float | None = field(default=None, repr=False, compare=False)
    """How much of a sum's uncertainty is of figures that are only bounds; not in the record."""
    integrated_power_j: float | None = None
    """The reported power integrated over the window, beside a counter's joules."""
    conditions: Mapping[str, float] = field(default_factory=dict)
    """What the device did beside: some of :data:`CONDITIONS`."""
    board: str | None = None
    """The UUID of the board that it is on, which tells one ``gpu:0`` from another."""

    @property
    def scale_range(self) -> ScaleRange:
        """Between how many times its joules the true ones lie, as far as its scale says."""
        return range_of(shares([(self.scale, self.energy_j)]), self.energy_j)


UNITS = ("cgroup", "session")
"""To which the host's service books joules: a control group, or a process session."""
BASES = ("cpu-time", "weak-cpu-time", "driver")
"""What the parts of a domain's joules rest on: of memory CPU time says less."""


@dataclass(frozen=True)
class SharePart:
    """Whose the joules of one domain were: the parts add up to what was measured, to the µJ."""

    by: str
    """One of :data:`BASES`."""
    energy_j: float
    """Of the unit, above idle where that is known."""
    uncertainty_j: float
    """Half-width of its 95 % interval."""
    others_j: float
    """Of all others, likewise."""
    idle_j: float | None = None
    """What the idle machine would have used; ``None`` where that was not measured."""


@dataclass(frozen=True)
class Share:
    """The kernel's own part of a window's joules: an estimate, whatever the domains are."""

    cpu_share: float
    """Of the host's busy CPU time, 0 to 1."""
    cpu_share_uncertainty: float
    """Half-width of its 95 % interval."""
    energy_j: float
    """Of the processor and its memory, and of the GPUs whose share is known."""
    uncertainty_j: float
    """Half-width of its 95 % interval. A GPU's share is taken as the driver states it."""
    gpu_share: Mapping[str, float] = field(default_factory=dict)
    """Of each GPU's busy time, by domain, where the driver keeps account of it."""
    unit: str | None = None
    """What is meant by own, where the host's service has divided: one of :data:`UNITS`."""
    others_j: float | None = None
    idle_j: float | None = None
    """What others have used and what idle power has, where the service has told them apart."""
    domains: Mapping[str, SharePart] = field(default_factory=dict)
    """The same of each domain that was divided, by the service alone."""


@dataclass(frozen=True)
class Before:
    """What was used from the end of the kernel's window before to the begin of this one."""

    duration_s: float
    energy_j: float
    """Of all domains of the total, by their counters."""
    uncertainty_j: float
    """Half-width of its 95 % interval."""


@dataclass(frozen=True)
class HostReport:
    """What one of several hosts added to a report; its domains begin with its name."""

    name: str
    """Such as ``host-1``: its own only where the user allows it."""
    duration_s: float
    """For how long it was metered."""
    energy_j: float | None
    """``None`` where it told nothing."""
    uncertainty_j: float | None
    """Half-width of the reading's 95 % interval, that of its clock included."""
    host: str | None = None
    """As :attr:`ReportFields.host`."""
    offset_s: float = 0.0
    """How far its clock was ahead; its window is the report's by that."""
    offset_uncertainty_s: float = 0.0
    gaps: tuple[tuple[float, float], ...] = ()
    """Stretches without samples, in seconds since the report's begin."""
    lost_at_s: float | None = None
    """Since when nothing more was heard of it, in seconds since the report's begin."""


@dataclass(frozen=True)
class TaskKind:
    """The tasks of one prefix: Dask's name for those that do the same."""

    name: str
    tasks: int
    """How many ran in the window, or in a part of it."""
    duration_s: float
    """The seconds of all of them together: two at once for a second took two."""
    energy_j: float
    """Their part of the joules of their hosts, by their seconds. No interval can be stood for: how
    many watts a task draws besides its neighbours, nothing measures."""


@dataclass(frozen=True)
class TaskShares:
    """The processor's joules of hosts with workers, shared by the seconds of tasks: an estimate.

    The parts add up to what was shared: those of each prefix, of other clients' tasks, and of the
    time in which no task was there to do.
    """

    energy_j: float
    """What was shared: of each host above its idle baseline, or else all that was measured."""
    uncertainty_j: float
    """Half-width of the 95 % interval of what was shared; none of its parts has one."""
    hosts: int
    """How many there were."""
    hosts_above_idle: int
    """On how many of them idle power is not in it."""
    no_task_j: float
    kinds: tuple[TaskKind, ...] = ()
    """The most joules first; if there are many, the last one is the rest."""
    others: TaskKind | None = None
    """The tasks of other clients in the cluster, where there were some."""
    scale: Scale | None = None
    """What the instruments of these hosts have wrong in common, as one factor."""


@dataclass(frozen=True)
class Mark:
    """What the program said about its course, such as ``epoch 3``."""

    t_s: float
    """Seconds since the window's begin."""
    text: str


@dataclass(frozen=True)
class ReportTrace:
    """The curve of a window, thinned, with its peaks kept.

    ``t_s`` has *n* points in seconds since the window's begin; each list in
    ``power_w`` has *n* values in watts, ``None`` where nothing was read.
    """

    t_s: tuple[float, ...] = ()
    power_w: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportFields:
    """The result of one window, or of several that were added up.

    ``energy_j`` is the sum over the counted domains, ``None`` where no domain
    could be read. ``uncertainty_j`` is the half-width of the reading's 95 % interval;
    what the instruments have wrong in common is beside it, in :attr:`scale_range`.
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
    share: Share | None = None
    before: Before | None = None
    """``None`` where another window was open, none had ended, or not all domains have counters."""
    flags: tuple[str, ...] = ()
    """What holds for the window as a whole: other programs that metered, a replay."""
    metric: Mapping[str, float] = field(default_factory=dict)
    """What was achieved, by name: finite numbers."""
    per_count: float | None = None
    """How many units of work were done."""
    per_unit: str | None = None
    """What one of them is called."""
    notes: tuple[str, ...] = ()
    """What could not be told, as sentences: a metric that failed."""
    marks: tuple[Mark, ...] = ()
    """Ticks of the program's own on the curve, in the order of time."""
    host: str | None = None
    """One boot of one machine, by a hash that says nothing else of it; ``None`` of several."""
    hosts: tuple[HostReport, ...] = ()
    """Where several were metered."""
    ranks: int | None = None
    """How many processes of a parallel job it covers, where it is one of one."""
    tasks: TaskShares | None = None
    """What the tasks of a cluster used; ``None`` where these are not known, and of a sum."""
    later: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Fields of a record that a later version wrote: kept as they are, and written again."""
    parts: MeteredTimes | None = field(default=None, repr=False, compare=False)
    """The windows of a sum, which no sum may hold twice; not in the record."""
    bound_part_j: float | None = field(default=None, repr=False, compare=False)
    """How much of a sum's uncertainty is of figures that are only bounds; not in the record."""
    sum_scales: tuple[ScaleShare, ...] | None = field(default=None, repr=False, compare=False)
    """The scales of a sum, where domains of one name may be of different boards; not in the
    record."""

    def __post_init__(self) -> None:
        if self.metric:  # a NaN would make a record that is no JSON
            metric = {name: number(value, name) for name, value in self.metric.items()}
            object.__setattr__(self, "metric", metric)

    @property
    def energy_per_unit_j(self) -> float | None:
        """Joules for each unit of work, ``None`` where either is not known."""
        known = self.energy_j is not None and bool(self.per_count)
        return (self.energy_j or 0.0) / (self.per_count or 1.0) if known else None

    @property
    def uncertainty_per_unit_j(self) -> float | None:
        """Half-width of the reading's 95 % interval of :attr:`energy_per_unit_j`."""
        known = self.uncertainty_j is not None and bool(self.per_count)
        return (self.uncertainty_j or 0.0) / (self.per_count or 1.0) if known else None

    @property
    def is_at_least(self) -> bool:
        """Whether something was not metered to its end, so that the joules are a lower bound."""
        return HOST_LOST in self.flags

    @property
    def scales(self) -> tuple[ScaleShare, ...]:
        """The joules that share an instrument's or a model's error, by group."""
        if self.sum_scales is not None:
            return self.sum_scales
        counted = (domain for domain in self.domains.values() if domain.counted)
        return shares((domain.scale, domain.energy_j) for domain in counted)

    @property
    def scale_range(self) -> ScaleRange:
        """Between how many times ``energy_j`` the true joules lie, the reading taken as exact."""
        return range_of(self.scales, self.energy_j)
