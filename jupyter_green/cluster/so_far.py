"""What the hosts of a cluster have used so far, from one look at them to the next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ..meter.elsewhere import HostSoFar
from ..report.report import Report
from .coarser import HostDomain, added_by_kind
from .hosts import HostPart
from .once import Mark, each_once

MOST_HOSTS = 8
"""Of more the last ones are told together."""
LEAST_S = 0.25
"""What a host tells of less time says little of its watts: it is taken to have told nothing yet."""


class _Seen(NamedTuple):
    """What a host had used up to a time, in seconds since the window's begin."""

    until_s: float
    energy_j: float
    power_w: float


class HostsSeen:
    """The other hosts of a window that is open.

    Their joules are those that they add to the report, by its own rule: each once.
    """

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def look(self, parts: Sequence[HostPart], held: Collection[Mark]) -> list[HostSoFar]:
        """Return what each has used; the last ones together, where there are many.

        Parameters
        ----------
        parts
            What each has told, without its curve.
        held
            The domains that are metered here.
        """
        found = {part.of.name: part.report for part in each_once(parts, held)}
        each = [self._so_far(part, found.get(part.name)) for part in parts]
        if len(each) <= MOST_HOSTS:
            return each
        return [*each[: MOST_HOSTS - 1], _together(each[MOST_HOSTS - 1 :])]

    def _so_far(self, part: HostPart, report: Report | None) -> HostSoFar:
        is_lost = part.lost_at_s is not None
        if report is None or report.duration_s < LEAST_S:
            return HostSoFar(part.name, is_lost=is_lost)
        if report.energy_j is None:
            until_s = part.begin_s + report.duration_s
            return HostSoFar(part.name, until_s=until_s, is_lost=is_lost)
        seen = self._next(part, report, report.energy_j)
        domains = [HostDomain(part.name, domain) for domain in report.domains.values()]
        return HostSoFar(
            part.name,
            added_by_kind(domains),
            None if is_lost else seen.power_w,
            seen.until_s,
            is_lost,
        )

    def _next(self, part: HostPart, report: Report, energy_j: float) -> _Seen:
        """Return what is seen now, with the mean watts since the look before."""
        until_s = part.begin_s + report.duration_s
        before = self._seen.get(part.name)
        if before is None:
            power_w = report.mean_power_w or 0.0
        elif until_s > before.until_s:
            power_w = max(0.0, energy_j - before.energy_j) / (until_s - before.until_s)
        else:  # it has told nothing since
            return before
        self._seen[part.name] = seen = _Seen(until_s, energy_j, power_w)
        return seen


def _together(hosts: Sequence[HostSoFar]) -> HostSoFar:
    name = f"{len(hosts)} more"
    watts = [host.power_w for host in hosts if host.power_w is not None]
    return HostSoFar(
        name,
        added_by_kind([HostDomain(name, part) for host in hosts for part in host.parts]),
        sum(watts) if watts else None,
        min((host.until_s for host in hosts if host.until_s is not None), default=None),
        is_lost=any(host.is_lost for host in hosts),
        hosts=len(hosts),
    )
