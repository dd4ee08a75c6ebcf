"""What a sampler tells the program that started it, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..sources.base import Conditions, Missing
from .accumulator import DomainSample
from .load import Load
from .messages import Sample


@dataclass(frozen=True)
class Started:
    """A sampler counts from now on: joules of before are not on the same scale."""


@dataclass(frozen=True)
class Polls:
    """Readings of single counters near one of their refreshes, by domain."""

    readings: Mapping[str, Sequence[DomainSample]]


@dataclass(frozen=True)
class ConditionsSeen:
    """What devices are doing, by domain."""

    conditions: Mapping[str, Conditions]
    t_ns: int
    """When they were asked, CLOCK_MONOTONIC: the message comes up to a second later."""


@dataclass(frozen=True)
class LoadSeen:
    """How busy the host was up to now, which is a window's edge where `mark` says so."""

    mark: tuple[str, str] | None
    load: Load
    pids: frozenset[int]
    """The processes of the kernel's tree."""


@dataclass(frozen=True)
class Settled:
    """No more readings come for a window; `others` is how many other programs metered then."""

    window: str
    others: int


@dataclass(frozen=True)
class Fitted:
    """The joules of a window's domains as the host's service found them, and what is missing."""

    window: str
    domains: Sequence[Mapping[str, Any]]
    """As in a report's record."""
    missing: Sequence[Missing]
    is_final: bool
    whose: Mapping[str, Any] = field(default_factory=dict)
    """Whose they are: `share`, as in a report's record, with `flags`; or the `reason` why that is
    not known, and the `remedy`; empty where they are not divided."""


Event = Started | Sample | Polls | ConditionsSeen | LoadSeen | Fitted | Settled
