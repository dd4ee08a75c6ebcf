"""Reads one source: each domain is added up here, and polled around the edges of windows."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..flags import REJECTED, RESTARTED
from ..sources.base import Conditions, Domain, Provenance, Reading, Source
from .accumulator import Accumulator, DomainSample
from .edge_polling import EdgePolling
from .messages import Poll
from .pace import LONGEST_READ_S, Pace

HELD_UP_NS = 500_000
"""A file of the kernel is read in some µs; where it took longer, something came between."""
ATTEMPTS = 4
AS_NAMED = 0.15
"""A period that was seen roughly, and within this share of the nominal one, is that one."""
SLOW_NS = 1_000_000
"""A call that takes longer is no point in time: see :class:`DomainSample`."""
STILL_TAKES = 3
"""After so many readings that did not move, a slow source's counter may stand still."""
STALE_S = 10.0
"""A counter that was not read for as long may have wrapped unseen."""


@dataclass(frozen=True)
class Part:
    """What one source showed at one time: an entry for each of its domains, and flags."""

    entries: list[DomainSample | str]
    flags: dict[int, str]


class TimedReading(NamedTuple):
    """A reading, and from when to when the call for it took."""

    reading: Reading
    before_ns: int
    after_ns: int


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
        self._have_counters = [d.provenance is Provenance.COUNTER for d in self.domains]
        counters = sum(self._have_counters)
        """Whether each domain has one."""
        self.pace = Pace(counters, len(self.domains) - counters)
        self.conditions_s = 0.0
        """How long the last :meth:`conditions` took."""
        self._next_conditions = 0
        self._unmoved = [0] * len(self.domains)
        """In how many readings in a row each counter has not moved."""
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
        self._shown: list[TimedReading] = []
        """What :meth:`look` saw and :meth:`take` has not added up."""

    def look(self) -> None:
        """Read everything now; of a slow source's counters the power is left out."""
        self._shown = [self._promptly(index) for index in range(len(self.domains))]

    def take(self) -> Part:
        """Add up what :meth:`look` has just seen, or else what is read now."""
        if not self._shown:
            self.look()
        shown, self._shown = self._shown, []
        entries: list[DomainSample | str] = []
        for index, seen in enumerate(shown):
            energy_j = self._accumulators[index].energy_j
            sample = self._book(seen.reading, index)
            if sample is None:
                entries.append(seen.reading.error or "an implausible figure was ignored")
                continue
            moved = sample.energy_j != energy_j
            self._unmoved[index] = 0 if moved else self._unmoved[index] + 1
            power_w = self._power_w(seen.reading, index)
            t_ns, took_s = self._bound(index, seen, moved=moved)
            entries.append(DomainSample(t_ns, sample.energy_j, power_w, sample.counter, took_s))
            before = self._before.pop(index, None) if self._before else None
            if moved and index in self._edge_polls:
                # The sample itself shows the refresh; only the poll before it is missing.
                self._found += [before] if before else []
                self._refreshed(index, t_ns)
        flags, self._flags = self._flags, {}
        return Part(entries, flags)

    def _power_w(self, reading: Reading, index: int) -> float | None:
        """Return the reported power; of a slow counter it is only read where that stands still."""
        if reading.power_w is None and self._unmoved[index] >= STILL_TAKES and self.pace.is_slow:
            reading = self._timed(self.source.read, index).reading
        return reading.power_w if self._accumulators[index].can_draw(reading.power_w) else None

    def _bound(self, index: int, seen: TimedReading, *, moved: bool) -> tuple[int, float]:
        """Return the time that bounds a counter's refresh, and how long the call took if slow."""
        took_ns = seen.after_ns - seen.before_ns
        if took_ns < SLOW_NS or not (self.source.may_hang and self._have_counters[index]):
            return seen.reading.t_ns, 0.0
        return seen.after_ns if moved else seen.before_ns, took_ns * 1e-9

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
        """Poll the counters that are due; return what a refresh is known from.

        Of a slow source only the one that has been due the longest, so that requests come
        in between.
        """
        for index in self._due():
            energy_j = self._accumulators[index].energy_j
            seen = self._timed(self.source.poll, index)
            sample = self._book(seen.reading, index)
            if self._flags.get(index) in (RESTARTED, REJECTED):
                self._end_edge_polling(index)  # the next sample shows it
            elif sample is None:
                self._polled(index, refreshed=False)
            else:
                # A refresh that was seen came before the call's end, one that was not
                # seen comes after its beginning.
                refreshed = sample.energy_j != energy_j
                took_ns = seen.after_ns - seen.before_ns
                took_s = took_ns * 1e-9 if took_ns >= SLOW_NS else 0.0
                t_ns = seen.after_ns if refreshed else seen.before_ns
                poll = Poll(index, t_ns, sample.energy_j, sample.counter, took_s=took_s)
                before = self._before.pop(index, None)
                if refreshed:
                    self._found += [before, poll] if before else [poll]
                    self._refreshed(index, sample.t_ns)
                else:
                    self._before[index] = poll
                    self._polled(index, refreshed=False)
        found, self._found = self._found, []
        return found

    def _due(self) -> list[int]:
        now_s = self._clock_ns() * 1e-9
        polls = self._edge_polls.items()
        due = {i: polling.due_s for i, polling in polls if (polling.due_s or now_s + 1) <= now_s}
        return sorted(due, key=lambda i: due[i] or 0.0)[: 1 if self.pace.is_slow else None]

    def stop_edge_polling(self) -> None:
        """Watch for no refresh any more."""
        self._edge_polls.clear()
        self._before.clear()
        self._found.clear()

    def _refreshed(self, index: int, t_ns: int) -> None:
        self._refreshed_s[index] = t_ns * 1e-9
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

    def conditions(self, budget_s: float) -> dict[int, Conditions]:
        """Return what the devices are doing, by the domain's place, where it is known.

        Of a slow driver's devices only as many as are asked in `budget_s`; the next call goes
        on with those after them. One that cannot be asked costs only itself.
        """
        found: dict[int, Conditions] = {}
        began_ns = self._clock_ns()
        for _ in self.domains:
            index = self._next_conditions % len(self.domains)
            self._next_conditions = index + 1
            seen = None
            with contextlib.suppress(Exception):  # they must not end the thread that reads joules
                seen = self.source.conditions(index)
            if seen is not None:
                found[index] = seen
            if (self._clock_ns() - began_ns) * 1e-9 > budget_s:
                break
        self.conditions_s = (self._clock_ns() - began_ns) * 1e-9
        return found

    def rebase(self) -> None:
        """Forget the readings of counters that were not read for long."""
        oldest_ns = self._oldest_ns
        for accumulator in self._accumulators:
            if accumulator.last_ns < oldest_ns:
                accumulator.rebase()

    @property
    def has_old(self) -> bool:
        """Whether there is something that :meth:`rebase` would forget."""
        oldest_ns = self._oldest_ns
        return any(0 < accumulator.last_ns < oldest_ns for accumulator in self._accumulators)

    @property
    def _oldest_ns(self) -> int:
        """What was read before is too old to go on from."""
        return self._clock_ns() - int(STALE_S * 1e9)

    def resume(self, latest: Mapping[str, DomainSample]) -> None:
        """Go on from where the sampler before this one stopped."""
        for domain, accumulator in zip(self.domains, self._accumulators, strict=True):
            if domain.id in latest:
                accumulator.resume(latest[domain.id])

    def _book(self, reading: Reading, index: int) -> DomainSample | None:
        """Add up. The sample is where the domain stands now, if the figure was good."""
        accumulator = self._accumulators[index]
        if flag := accumulator.add(reading):
            self._flags[index] = flag
        sample = accumulator.latest
        if reading.error is not None or sample is None or sample.t_ns != reading.t_ns:
            return None
        return sample

    def _promptly(self, index: int) -> TimedReading:
        """Read, and read again if it was delayed: the reading's time is not known then."""
        alone = self._have_counters[index] and self.pace.is_slow
        read = self.source.poll if alone else self.source.read
        for _ in range(ATTEMPTS):
            seen = self._timed(read, index)
            if self.source.may_hang or seen.after_ns - seen.before_ns < HELD_UP_NS:
                break
        return seen

    def _timed(self, read: Callable[[int], Reading], index: int) -> TimedReading:
        """Read one domain; a source that raises, though it must not, costs only this one."""
        before_ns = self._clock_ns()
        try:
            reading = read(index)
        except Exception as error:  # noqa: BLE001  (the other domains are read on)
            text = f"{self.source.name}: {type(error).__name__}: {error}"
            return TimedReading(Reading(before_ns, error=text), before_ns, self._clock_ns())
        after_ns = self._clock_ns()
        took_s = (after_ns - before_ns) * 1e-9
        slowest_s = self.pace.slowest_read_s
        if reading.took_ns:
            before_ns = reading.t_ns - reading.took_ns // 2
            after_ns = before_ns + reading.took_ns
            slowest_s = LONGEST_READ_S
            self.pace.add(reading.took_ns * 1e-9 / len(self.domains), 1)
        elif self.source.may_hang:
            has_both = reading.counter is not None and reading.power_w is not None
            self.pace.add(took_s, 2 if has_both else 1)
        if took_s > slowest_s and reading.error is None:
            too_late = f"{self.source.name} took {took_s:.1f} s to answer"
            reading = Reading(reading.t_ns, error=too_late)
        return TimedReading(reading, before_ns, after_ns)


def is_edge_polled(domain: Domain) -> bool:
    """Whether a domain's refreshes say more than a plain reading at the edge."""
    return domain.provenance is Provenance.COUNTER and domain.resolution_s > 0
