"""Reads one source: each domain is added up here, and polled around the edges of windows."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..flags import REJECTED, RESTARTED
from ..sources.base import Conditions, Domain, Provenance, Reading, Source
from .accumulator import Accumulator, DomainSample
from .edge_polling import EdgePolling
from .messages import Poll

SLOWEST_READ_S = 0.05
"""A reading that took longer belongs to no time; the next one has its joules."""
HELD_UP_NS = 500_000
"""A file of the kernel is read in some µs; where it took longer, something came between."""
ATTEMPTS = 4
AS_NAMED = 0.15
"""A period that was seen roughly, and within this share of the nominal one, is that one."""
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
        self._edge_polls: dict[int, EdgePolling] = {}
        self._periods_s: dict[int, float] = {}
        """The observed refresh period of each counter."""
        self._refreshed_s: dict[int, float] = {}
        self._before: dict[int, Poll] = {}
        """The last poll of each polled counter that showed no refresh, if not yet returned."""
        self._found: list[Poll] = []
        """What the next :meth:`poll` returns."""
        self._flags: dict[int, str] = {}
        """What happened to each counter since the last :meth:`take`."""

    def take(self) -> Part:
        """Read everything now."""
        entries: list[DomainSample | str] = []
        for index, accumulator in enumerate(self._accumulators):
            energy_j = accumulator.energy_j
            reading, sample = self._book(self._promptly, index)
            if sample is None:
                entries.append(reading.error or "an implausible figure was ignored")
                continue
            power_w = reading.power_w if accumulator.can_draw(reading.power_w) else None
            entries.append(DomainSample(sample.t_ns, sample.energy_j, power_w, sample.counter))
            before = self._before.pop(index, None)
            if index in self._edge_polls and sample.energy_j != energy_j:
                # The sample itself shows the refresh; only the poll before it is missing.
                self._found += [before] if before else []
                self._refreshed(index, sample)
        flags, self._flags = self._flags, {}
        return Part(entries, flags)

    def poll_edges(self) -> None:
        """Watch for the next refreshes of every counter; it was read just now."""
        now_s = self._clock_ns() * 1e-9
        for index, domain in enumerate(self.domains):
            if is_edge_polled(domain):
                self._edge_polls[index] = EdgePolling(
                    self._periods_s.get(index, domain.resolution_s),
                    now_s,
                    self._refreshed_s.get(index),
                    known=index in self._periods_s,
                )
                self._before.pop(index, None)

    @property
    def due_s(self) -> float | None:
        """When the next poll is due, ``None`` while no edge is polled."""
        if self._found:
            return 0.0
        return min(
            (polling.due_s for polling in self._edge_polls.values() if polling.due_s), default=None
        )

    def poll(self) -> list[Poll]:
        """Poll the counters that are due; return what a refresh is known from."""
        for index, polling in list(self._edge_polls.items()):
            if polling.due_s is None or polling.due_s > self._clock_ns() * 1e-9:
                continue
            energy_j = self._accumulators[index].energy_j
            before_ns = self._clock_ns()
            _, sample = self._book(functools.partial(self._timed, self.source.poll), index)
            if self._flags.get(index) in (RESTARTED, REJECTED):
                self._end_edge_polling(index)  # the next sample shows it
            elif sample is None:
                self._polled(index, refreshed=False)
            else:
                # A refresh that was seen came before the call's end, one that was not
                # seen comes after its beginning.
                refreshed = sample.energy_j != energy_j
                t_ns = self._clock_ns() if refreshed else before_ns
                poll = Poll(index, t_ns, sample.energy_j, sample.counter)
                before = self._before.pop(index, None)
                if refreshed:
                    self._found += [before, poll] if before else [poll]
                    self._refreshed(index, sample)
                else:
                    self._before[index] = poll
                    self._polled(index, refreshed=False)
        found, self._found = self._found, []
        return found

    def stop_edge_polling(self) -> None:
        """Watch for no refresh any more."""
        self._edge_polls.clear()
        self._before.clear()
        self._found.clear()

    def _refreshed(self, index: int, sample: DomainSample) -> None:
        self._refreshed_s[index] = sample.t_ns * 1e-9
        self._polled(index, refreshed=True)

    def _polled(self, index: int, *, refreshed: bool) -> None:
        polling = self._edge_polls[index]
        polling.polled(self._clock_ns() * 1e-9, refreshed=refreshed)
        if polling.due_s is None:
            self._end_edge_polling(index)

    def _end_edge_polling(self, index: int) -> None:
        observed_s = self._edge_polls.pop(index).observed_s
        if observed_s is not None:
            nominal_s = self.domains[index].resolution_s
            as_named = abs(observed_s - nominal_s) < AS_NAMED * nominal_s
            self._periods_s[index] = nominal_s if as_named else observed_s
        if last := self._before.pop(index, None):
            self._found.append(last)

    def conditions(self) -> dict[int, Conditions]:
        """Return what the devices are doing, by the domain's place, where it is known."""
        found = ((i, self.source.conditions(i)) for i in range(len(self.domains)))
        return {index: conditions for index, conditions in found if conditions is not None}

    def rebase(self) -> None:
        """Forget the readings of counters that were not read for long."""
        oldest_ns = self._clock_ns() - int(STALE_S * 1e9)
        for accumulator in self._accumulators:
            sample = accumulator.latest
            if sample is not None and sample.t_ns < oldest_ns:
                accumulator.rebase()

    def resume(self, latest: Mapping[str, DomainSample]) -> None:
        """Go on from where the sampler before this one stopped."""
        for domain, accumulator in zip(self.domains, self._accumulators, strict=True):
            if domain.id in latest:
                accumulator.resume(latest[domain.id])

    def _book(
        self, read: Callable[[int], Reading], index: int
    ) -> tuple[Reading, DomainSample | None]:
        """Read and add up. The sample is where the domain stands now, if the figure was good."""
        reading = read(index)
        accumulator = self._accumulators[index]
        if flag := accumulator.add(reading):
            self._flags[index] = flag
        sample = accumulator.latest
        if reading.error is not None or sample is None or sample.t_ns != reading.t_ns:
            return reading, None
        return reading, sample

    def _promptly(self, index: int) -> Reading:
        """Read, and read again if it was delayed: the reading's time is not known then."""
        for _ in range(ATTEMPTS):
            before_ns = self._clock_ns()
            reading = self._timed(self.source.read, index)
            if self.source.may_hang or self._clock_ns() - before_ns < HELD_UP_NS:
                break
        return reading

    def _timed(self, read: Callable[[int], Reading], index: int) -> Reading:
        before_ns = self._clock_ns()
        reading = read(index)
        took_s = (self._clock_ns() - before_ns) * 1e-9
        if took_s > SLOWEST_READ_S and reading.error is None:
            return Reading(reading.t_ns, error=f"{self.source.name} took {took_s:.1f} s to answer")
        return reading


def is_edge_polled(domain: Domain) -> bool:
    """Whether a domain's refreshes say more than a plain reading at the edge."""
    return domain.provenance is Provenance.COUNTER and domain.resolution_s > 0
