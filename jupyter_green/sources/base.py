"""What every source has in common: domains, readings, and what is missing.

A *source* reads one device family. It knows no window, no notebook and no
wrap: it says which domains there are and, when asked, what each shows now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol

from ..printable import printable, shortened

MAX_ID = 64
MAX_DEVICE = 200
MAX_REASON = 1000
"""Characters of an id, a device's name, a reason or a remedy at most: a driver may return any
number of them, and no report has room for more."""


class Provenance(str, Enum):
    """How a domain's joules came about. Never mixed silently."""

    COUNTER = "counter"
    """A hardware energy counter."""
    POWER = "power"
    """Power samples, integrated over measured time."""
    ESTIMATE = "estimate"
    """A model fed with utilisation. Not a measurement of energy."""


@dataclass(frozen=True)
class Scale:
    """What an instrument or a model has wrong in common in all of its figures.

    Parameters
    ----------
    factor
        The true joules are at least the figure / `factor` and at most the figure
        x `factor`, at 95 %. Above 1.
    group
        Who shares the error: this board, this package, this model. Within a group
        it drops out where two figures are compared.
    source
        Where the factor comes from.
    """

    factor: float
    group: str
    source: str


@dataclass(frozen=True)
class Domain:
    """One thing that has its own energy, such as ``cpu:0/package`` or ``gpu:0``.

    Parameters
    ----------
    id
        Stable within a machine: ``cpu:N/package``, ``cpu:N/dram``, ``gpu:N``, ``cpu``.
    device
        What a person calls it: ``"NVIDIA H100 PCIe"``.
    source
        The name of the source that reads it.
    provenance
        How its joules come about.
    resolution_s
        The period at which the hardware refreshes the figure, in seconds.
    counted
        Whether it is in the total. A domain inside another one is not.
    unit_j
        Joules per step of the counter: 1e-6 for RAPL, 1e-3 for NVML.
    wrap_range
        The counter's range in its own unit; ``None`` where it does not wrap.
    power_limit_w
        What the domain can draw at most, in watts. A counter difference above
        it is not booked. ``None`` where it is not known.
    scale
        What its figures have wrong in common; ``None`` where it is not known.
    note
        Why the domain is not counted, what a flag means, or a model's basis.
    power_kind
        What the reported power is: ``instant``, ``average`` over about a second,
        or empty where the hardware does not say or reports none.
    flags
        What always holds for its figures: ``whole-board`` (a part of a GPU was
        asked for, NVML has only the board's energy), ``device-order`` (a GPU was
        named by an index that CUDA may count differently), ``firmware-model``,
        ``replayed``.
    board
        The UUID of the board that it is on, empty for what is on none.
    parts
        The UUIDs of the board's MIG devices.
    """

    id: str
    device: str
    source: str
    provenance: Provenance
    resolution_s: float
    counted: bool = True
    unit_j: float = 1e-6
    wrap_range: int | None = None
    power_limit_w: float | None = None
    scale: Scale | None = None
    note: str = ""
    power_kind: str = ""
    flags: tuple[str, ...] = ()
    board: str = ""
    parts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Cut off what a report has no room for."""
        _shorten(self, id=MAX_ID, device=MAX_DEVICE)


class Reading(NamedTuple):
    """What one domain showed at one time.

    ``counter`` is the energy counter in the domain's own unit, ``power_w`` the
    power that the hardware reports. Either may be absent; where both are, or
    where ``error`` is set, the read failed and nothing is known of this time.
    """

    t_ns: int
    """CLOCK_MONOTONIC, nanoseconds."""
    counter: int | None = None
    power_w: float | None = None
    error: str | None = None
    took_ns: int = 0
    """Of a look that shows several domains: how long it took, with `t_ns` in its middle."""


@dataclass(frozen=True)
class Conditions:
    """What a device is doing beside using energy, read about once a second.

    ``process_ids`` are those that the device's driver lists, ``None`` where it
    lists none to us; ``process_percent`` is the percentage of the time in which
    each one's work ran on the device, where the driver keeps account of it. `is_throttled`
    says that heat or a weak supply slowed it down; a power limit at work is none of that.
    """

    utilization_percent: float | None = None
    temperature_c: float | None = None
    power_limit_w: float | None = None
    process_ids: tuple[int, ...] | None = None
    process_percent: tuple[tuple[int, float], ...] = ()
    is_throttled: bool = False


@dataclass(frozen=True)
class Missing:
    """A sensor that cannot be read here: which, why, and what to do about it.

    Each is cut off where a report has no room for more: a reason and a remedy after
    :data:`MAX_REASON` characters.
    """

    id: str
    reason: str
    remedy: str

    def __post_init__(self) -> None:
        """Cut off what no one would read to its end."""
        _shorten(self, id=MAX_ID, reason=MAX_REASON, remedy=MAX_REASON)


@dataclass(frozen=True)
class Found:
    """What a probe found: an open source, if any, and what is missing."""

    source: Source | None = None
    missing: tuple[Missing, ...] = field(default=())


class Source(Protocol):
    """A reader of one device family.

    Readings and conditions are asked for by a domain's place in `domains`. No
    method raises for a failing device: the failure stands in the reading.
    """

    name: str
    may_hang: bool = True
    """Whether a call may take seconds, as those of drivers do, and files of the kernel do not."""
    has_conditions: bool = False
    """Whether :meth:`conditions` ever returns something."""
    conditions_interval_s: float = 0.0
    """How long they need not be asked for again between a window's edges."""

    @property
    def domains(self) -> Sequence[Domain]:
        """The domains of this source, fixed while it is open."""
        ...

    def read(self, index: int) -> Reading:
        """Read all that one domain shows: its energy counter, its power."""
        ...

    def poll(self, index: int) -> Reading:
        """Read one domain's energy counter alone, as cheaply as can be."""
        return self.read(index)

    def conditions(self, index: int) -> Conditions | None:  # noqa: ARG002  (none by default)
        """Return what a domain's device is doing, ``None`` where it is unknown."""
        return None

    def close(self) -> None:
        """Close files and handles."""
        ...


@dataclass(frozen=True)
class Discovery:
    """What can be measured here (`domains`), and what cannot, why, and the remedy (`missing`)."""

    domains: tuple[Domain, ...]
    missing: tuple[Missing, ...]

    def __str__(self) -> str:
        lines = [
            f"{d.id:16} {d.device}: {d.provenance.value}, every {d.resolution_s * 1000:g} ms"
            + _remark(d)
            for d in self.domains
        ]
        lines += [f"{m.id:16} missing: {m.reason}. {m.remedy}" for m in self.missing]
        return "\n".join(map(printable, lines))


def _shorten(owner: object, **longest: int) -> None:
    """Cut off texts of a frozen value, each after so many characters."""
    for name, most in longest.items():
        text = getattr(owner, name)
        if len(text) > most:
            object.__setattr__(owner, name, shortened(text, most))


def _remark(domain: Domain) -> str:
    if not domain.counted:
        return f", not in the total: {domain.note}"
    return f", {domain.note}" if domain.note else ""
