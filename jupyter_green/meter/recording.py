"""What is recorded of one window: its samples, and what the machine did while it was open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..estimator.quantity import Interval
from ..report.report import Report
from ..sampler.client import SamplerClient
from ..sampler.events import ConditionsSeen, Event, Fitted, LoadSeen, Polls, Settled, Started
from ..sampler.messages import BEGIN, END, Sample
from ..sources.base import Conditions, Domain, Missing
from .agreement import seen_in
from .between import Between, EdgeSeen, between, of_total
from .edge_counters import EdgeCounter, edge_counters
from .fitted import served
from .marks import Marks
from .memory import Edges, Memory
from .outcome import Outcome
from .own_gpus import own_gpus
from .summary import Run, Subject, summarise
from .surroundings import Surroundings
from .trace import Point, Trace


class Recording:
    """Takes in what the sampler sends about one window, and makes the report from it.

    The sampler client's thread adds to it while other threads read it, each with the
    memory's lock held. The window sets its `edges`, without it: what is read between
    :meth:`begin` and the mark is known, as is what was read before.
    """

    def __init__(
        self, run_id: str, client: SamplerClient, memory: Memory, interval_s: float
    ) -> None:
        self.run_id = run_id
        self.edges = Edges()
        self.surroundings = Surroundings()
        self.marks = Marks()
        self.outcome = Outcome()
        self.follows = False
        """Whether it begins where another window ends: then there is no time before it."""
        self._client = client
        self._read_first: Sequence[Domain] = client.domains
        self._own = own_gpus(client.domains)
        self._has_chosen = False
        self.trace = Trace(self._own.domains, max(interval_s, client.least_interval_s))
        self._memory = memory
        self._others: Sequence[Interval] = ()
        self._is_settled = False
        self._last_end: EdgeSeen | None = None
        self._fitted: Fitted | None = None
        """What the host's service found, where one reads."""
        self._final: Report | None = None
        self._before: Between | None = None
        """What was used since, once it is final."""

    # --- so far -----------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether the window has begun and not ended."""
        return self.edges.begin_ns is not None and self.edges.end_ns is None

    @property
    def newest(self) -> Point | None:
        """The last point of the curve so far, ``None`` before the first."""
        return self.trace.points[-1] if self.trace.points else None

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """Stretches without samples so far, CLOCK_MONOTONIC in nanoseconds."""
        return self.trace.gaps

    @property
    def conditions(self) -> dict[str, Conditions]:
        """What each device was doing when it was last asked, by domain."""
        with self._memory.lock:
            return self.surroundings.newest_conditions()

    @property
    def process_ids(self) -> frozenset[int]:
        """The ids of this program and its descendants, as last seen; empty before they were."""
        with self._memory.lock:
            return frozenset(self.surroundings.tree_pids)

    def last_read_ns(self, id_: str) -> int | None:
        """When a domain was last read well, CLOCK_MONOTONIC; ``None`` before that."""
        readings = self.trace.readings.get(id_)
        return readings[-1].t_ns if readings else None

    def counters(self) -> dict[str, EdgeCounter]:
        """Return what the counters showed nearest to both edges; nothing while it is open."""
        begin_ns, end_ns = self.edges.begin_ns, self.edges.end_ns
        if begin_ns is None or end_ns is None:
            return {}
        with self._memory.lock:
            return edge_counters(self.trace.domains, self.trace.readings, begin_ns, end_ns)

    # --- taking in --------------------------------------------------------------------------

    def begin(self) -> None:
        """Start with the latest readings, right before the mark; the caller holds the lock."""
        self.choose_gpus()
        self.trace.readings = self._memory.readings_before(self._memory.clock_ns())
        self._last_end = None if self.follows else self._memory.last_end

    def add(self, event: Event) -> Point | None:
        """Take in an event; return the point that it adds to an open window's curve."""
        with self._memory.lock:
            if not self.trace.domains:
                self.choose_gpus()  # the sampler was late to start
            if isinstance(event, Sample):
                return self._add_sample(event)
            if isinstance(event, Started):
                self._read_first = ()
                self.choose_gpus()
                self.trace.restart(self.trace.domains)
            elif isinstance(event, Polls):
                for id_, readings in event.readings.items():
                    self.trace.add_readings(id_, readings)
            elif isinstance(event, ConditionsSeen):
                self._add_conditions(event)
            elif isinstance(event, LoadSeen):
                self._add_load(event)
            elif event.window == self.run_id:
                self._add_own(event)
            return None

    def _add_own(self, event: Fitted | Settled) -> None:
        if isinstance(event, Fitted):
            self._fitted = event
        else:
            self._settle(event)

    def choose_gpus(self) -> None:
        """Leave out the GPUs that are hidden from this program, as far as is known by now.

        What holds at the end of a window holds for all of it: in a cell, the choice is often
        made after its begin.
        """
        with self._memory.lock:
            own = own_gpus(self._known(), self.surroundings.own_devices())
            is_open = not self._has_chosen or not self.trace.domains
            if is_open and (own != self._own or not self.trace.domains):
                self._own, self.trace.domains = own, own.domains

    def _known(self) -> Sequence[Domain]:
        """Return what is read, or was: a sampler that takes the place of another may read less.

        What only this one reads was not read at the begin, and is none of this window's.
        """
        now = self._client.domains
        if not self._read_first or {d.id for d in self._read_first} <= {d.id for d in now}:
            self._read_first = now
        return self._read_first

    def choose_gpus_for_good(self) -> None:
        """Choose them as it stands at the window's end: what is set later is for later ones."""
        self.choose_gpus()
        self._has_chosen = True

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What cannot be read of what is this program's."""
        return self._own.missing(self._client.missing)

    def _add_sample(self, sample: Sample) -> Point | None:
        """Add a sample of the window; of one beside it only the readings.

        The one that was asked for at an edge is the curve's first or last point, also
        where it was taken just before the begin, or just after the end.
        """
        begin_ns, end_ns = self.edges.begin_ns, self.edges.end_ns
        early = begin_ns is None or sample.t_ns < begin_ns
        late = end_ns is not None and sample.t_ns > end_ns
        is_begin, is_end = (sample.mark == (kind, self.run_id) for kind in (BEGIN, END))
        if (early and not is_begin) or (late and not is_end):
            for id_, reading in sample.domains.items():
                self.trace.add_readings(id_, (reading,))
            return None
        point = self.trace.add(sample)
        return point if end_ns is None else None

    def _add_conditions(self, seen: ConditionsSeen) -> None:
        """Add what was asked in the window; a short one takes what comes first after it."""
        begin_ns, end_ns = self.edges.begin_ns, self.edges.end_ns
        if begin_ns is None or seen.t_ns < begin_ns:
            return
        late = end_ns is not None and seen.t_ns > end_ns
        if not late or not self.surroundings.devices.keys() >= seen.conditions.keys():
            self.surroundings.add_conditions(seen.conditions)
        if self.is_open:
            self.choose_gpus()

    def _add_load(self, seen: LoadSeen) -> None:
        self.surroundings.tree_pids |= seen.pids
        if seen.mark == (BEGIN, self.run_id):
            self.surroundings.begin_load = seen.load
        elif seen.mark == (END, self.run_id):
            self.surroundings.end_load = seen.load

    def _settle(self, event: Settled) -> None:
        self.surroundings.other_meters = event.others
        self._tell_agreements()
        self._keep_from_memory()
        if self.edges.end_ns is not None:
            self._memory.add_end(self.edges.end_ns, self.trace.readings)
        self._is_settled = True

    def _tell_agreements(self) -> None:
        """Have the memory know what this window says of counters and reported power."""
        begin_ns, end_ns = self.edges.begin_ns, self.edges.end_ns
        if begin_ns is None or end_ns is None or self._fitted is not None:
            return
        window = Interval(begin_ns, end_ns)
        for domain in self.trace.domains:
            seen = seen_in(domain, self.trace.readings, window)
            if seen is not None:
                self._memory.add_agreement(domain.id, seen)

    def _keep_from_memory(self) -> None:
        """Keep the other windows and the refresh periods: the memory forgets them later."""
        self._others = self._memory.windows_beside(self.run_id)
        self.surroundings.periods = self._memory.periods
        self.surroundings.agreements = self._memory.agreements

    # --- the report -------------------------------------------------------------------------

    def report(self, subject: Subject, started_at: str, status: str) -> Report:
        """Return the report from what is known; of an open window up to its newest sample."""
        assert self.edges.begin_ns is not None
        with self._memory.lock:
            begin_ns, end_ns = self.edges.begin_ns, self.edges.end_ns
            if end_ns is None:
                end_ns = max(begin_ns, self.newest.t_ns) if self.newest else begin_ns
            interval = Interval(begin_ns, end_ns)
            if not self._is_settled:
                self._keep_from_memory()
            run = Run(self.run_id, interval, self._others, started_at, status)
            report = self._summary(run, subject)
            marks = self.marks.of_report(interval.begin_ns)
            said = self.outcome.fields()
            notes = (*report.notes, *said.pop("notes"))
            return replace(report, marks=marks, notes=notes, **said)

    def _summary(self, run: Run, subject: Subject) -> Report:
        """Return all but what was said of the window; what is final is made once.

        The user and the ledger ask for it, in different threads.
        """
        baseline = self._memory.baseline
        if self._final is not None and self.surroundings.baseline is baseline:
            return self._final
        self.surroundings.baseline = baseline
        self.surroundings.hides_gpus = bool(self._own.hidden)
        told = served(self._fitted, self._own.domains) if self._fitted else None
        report = summarise(run, subject, self.trace, self.missing, self.surroundings, told=told)
        if not self._is_settled:
            return _with_errors_in_common(report)
        self._final = replace(report, before=of_total(self.before(), report.domains.values()))
        return self._final

    def before(self) -> Between | None:
        """Return what was used since the last window ended; ``None`` where one was open, or none.

        The window has ended.
        """
        begin_ns, end_ns = self.edges.begin_ns, self.edges.end_ns
        with self._memory.lock:
            if self._last_end is None or begin_ns is None or self._last_end.t_ns >= begin_ns:
                return None
            if not self._is_settled:
                self._keep_from_memory()
            if self._before is not None:
                return self._before
            found = between(
                self._last_end,
                EdgeSeen(begin_ns, self.trace.readings),
                self.trace.domains,
                (*self._others, Interval(begin_ns, end_ns)),
                self.surroundings.periods,
            )
            if self._is_settled:
                self._before = found
            return found


def _with_errors_in_common(report: Report) -> Report:
    """Return a report whose last refreshes are still to come, with what is not known of them.

    A cell's boards draw more from its begin on and less from its end on, all of them. So the
    errors of what they drew since their last refreshes have the same sign, and add up as they are.
    """
    counted = [domain for domain in report.domains.values() if domain.counted]
    if not counted:
        return report
    return replace(report, uncertainty_j=sum(domain.uncertainty_j for domain in counted))
