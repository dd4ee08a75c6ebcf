"""Reads one source: each domain is added up here, and polled around the edges of windows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..sources.base import Conditions, Domain, Provenance, Reading, Source
from .accumulator import Accumulator, Anchor
from .hunt import Hunt
from .messages import DomainSample, Poll

SLOWEST_READ_S = 0.05
"""A reading that took longer belongs to no time; the next one has its joules."""
STALE_S = 10.0
"""A counter that was not read for as long may have wrapped unseen."""


@dataclass(frozen=True)
class Part:
    """What one source showed at one time: an entry for each of its domains, and flags."""

    entries: list[DomainSample | str]
    flags: dict[int, str]


class Reader:
    """One source and the state of each of its counters.

    Parameters
    ----------
    source
        The source. Its domains are fixed.
    clock_ns
        CLOCK_MONOTONIC, or a simulated one.
    """

    def __init__(self, source: Source, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self.source = source
        self.domains = list(source.domains)
        self._clock_ns = clock_ns
        self._accumulators = [Accumulator(domain) for domain in self.domains]
        self._hunts: dict[int, Hunt] = {}
        self._refreshed_s: dict[int, float] = {}
        self._before: dict[int, Poll] = {}
        """The last poll of each hunted counter that showed no refresh, and was not handed on."""

    def take(self) -> Part:
        """Read everything now."""
        entries: list[DomainSample | str] = []
        flags: dict[int, str] = {}
        for index, accumulator in enumerate(self._accumulators):
            reading = self._timed(self.source.read, index)
            if flag := accumulator.add(reading):
                flags[index] = flag
            anchor = accumulator.anchor
            if reading.error is not None or anchor is None or anchor.t_ns != reading.t_ns:
                entries.append(reading.error or "a figure out of line was left out")
            else:
                entries.append(
                    DomainSample(anchor.t_ns, anchor.energy_j, reading.power_w, anchor.counter)
                )
        return Part(entries, flags)

    def hunt(self) -> None:
        """Watch for the next refreshes of every counter; it was read just now."""
        now_s = self._clock_ns() * 1e-9
        for index, domain in enumerate(self.domains):
            if is_hunted(domain):
                self._hunts[index] = Hunt(domain.resolution_s, now_s, self._refreshed_s.get(index))
                self._before.pop(index, None)

    @property
    def due_s(self) -> float | None:
        """When the next poll is due, ``None`` while nothing is hunted."""
        return min((hunt.due_s for hunt in self._hunts.values() if hunt.due_s), default=None)

    def poll(self) -> list[Poll]:
        """Poll the counters that are due; return what a refresh is known from."""
        polls: list[Poll] = []
        for index, hunt in list(self._hunts.items()):
            now_s = self._clock_ns() * 1e-9
            if hunt.due_s is None or hunt.due_s > now_s:
                continue
            accumulator = self._accumulators[index]
            energy_j = accumulator.energy_j
            reading = self._timed(self.source.poll, index)
            flag = accumulator.add(reading)
            anchor = accumulator.anchor
            if anchor is not None and anchor.t_ns == reading.t_ns and flag is None:
                poll = Poll(index, reading.t_ns, anchor.energy_j, anchor.counter)
                refreshed = anchor.energy_j != energy_j
                if refreshed:
                    if before := self._before.pop(index, None):
                        polls.append(before)
                    polls.append(poll)
                    self._refreshed_s[index] = reading.t_ns * 1e-9
                else:
                    self._before[index] = poll
                hunt.polled(self._clock_ns() * 1e-9, refreshed=refreshed)
            else:
                hunt.polled(self._clock_ns() * 1e-9, refreshed=False)
            if hunt.due_s is None:
                del self._hunts[index]
                if last := self._before.pop(index, None):
                    polls.append(last)
        return polls

    def conditions(self) -> dict[int, Conditions]:
        """Return what the devices are doing, by the domain's place, where the source can tell."""
        found = ((i, self.source.conditions(i)) for i in range(len(self.domains)))
        return {index: conditions for index, conditions in found if conditions is not None}

    def rebase(self) -> None:
        """Forget where counters stood that nobody has read for long."""
        oldest_ns = self._clock_ns() - int(STALE_S * 1e9)
        for accumulator in self._accumulators:
            anchor = accumulator.anchor
            if anchor is not None and anchor.t_ns < oldest_ns:
                accumulator.rebase()

    def resume(self, anchors: Mapping[str, Anchor]) -> None:
        """Go on from where the sampler before this one stopped."""
        for domain, accumulator in zip(self.domains, self._accumulators, strict=True):
            if domain.id in anchors:
                accumulator.resume(anchors[domain.id])

    def _timed(self, read: Callable[[int], Reading], index: int) -> Reading:
        before_ns = self._clock_ns()
        reading = read(index)
        took_s = (self._clock_ns() - before_ns) * 1e-9
        if took_s > SLOWEST_READ_S and reading.error is None:
            return Reading(reading.t_ns, error=f"{self.source.name} took {took_s:.1f} s to answer")
        return reading


def is_hunted(domain: Domain) -> bool:
    """Whether a domain's refreshes tell more than a plain reading at the edge does."""
    return domain.provenance is Provenance.COUNTER and domain.resolution_s > 0
