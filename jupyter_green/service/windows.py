"""A client's window, as the service knows it: what was read about it, from which it is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..estimator.quantity import Interval
from ..meter.agreement import seen_in
from ..meter.domains import domain_reports
from ..meter.memory import Edges, Memory
from ..meter.readings import Readings
from ..meter.surroundings import Surroundings
from ..report.record import domain_record
from ..sampler.messages import Sample
from ..sampler.wire import BEGIN, END, BadRequestError
from ..sources.base import Domain
from .disclosure import Disclosure
from .stream import Stream
from .use import joules_at

MOST_READINGS = 8_000
"""Of a domain in a window; beyond it the inner ones are thinned."""
LATE_NS = 10_000_000_000
"""How long before it is heard of an edge may have been: a busy user's marks wait."""
EARLY_NS = 5_000_000
"""How much later it may be: the clocks are compared."""


class ClientWindow:
    """A window of a client, from its begin until no more readings come for it.

    Parameters
    ----------
    name
        What the sampler calls it.
    domains, memory, stream
        What is read, what was read so far, and what is read from now on.
    """

    def __init__(
        self,
        name: str,
        domains: Sequence[Domain],
        memory: Memory,
        stream: Stream,
        *,
        interval_s: float,
        is_watched: bool,
    ) -> None:
        self.name = name
        self.interval_s = interval_s
        self.is_watched = is_watched
        self.others: set[int] = set()
        """The other clients that have metered meanwhile."""
        self._memory = memory
        self._heard_ns = memory.clock_ns()
        self._edges = Edges(begin_ns=self._heard_ns)
        self._read = Readings(domains, readings=memory.readings_before(self._heard_ns))
        self._stream = stream
        self._places = stream.places
        memory.add_window(name, self._edges)

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self._edges.end_ns is None

    def end(self, begun_ns: int, ended_ns: int) -> None:
        """Take in when it began and ended, by the client's own marks.

        Raises
        ------
        BadRequestError
            For times that no client has marked that says so now.
        """
        now_ns = self._memory.clock_ns()
        begins = self._heard_ns - LATE_NS <= begun_ns <= ended_ns
        if not (begins and now_ns - LATE_NS <= ended_ns <= now_ns + EARLY_NS):
            raise BadRequestError("a mark is not of the time at which it came")
        self._edges.begin_ns, self._edges.end_ns = begun_ns, ended_ns

    def drop(self) -> None:
        """End it, as its client is gone."""
        self._edges.end_ns = self._memory.clock_ns()

    def add(self, sample: Sample) -> None:
        """Take in a sample with errors or flags; one beside the window is no more than readings."""
        self.catch_up()
        begin_ns, end_ns = self._edges.begin_ns or 0, self._edges.end_ns
        is_own = sample.mark in ((BEGIN, self.name), (END, self.name))
        if is_own or (begin_ns <= sample.t_ns and (end_ns is None or sample.t_ns <= end_ns)):
            self._read.book(sample)
        else:
            for id_, reading in sample.domains.items():
                self._read.add_readings(id_, (reading,))

    def catch_up(self) -> None:
        """Take in what the stream has had since the last time."""
        self._stream.pour(self._read, self._places)
        self._places = self._stream.places
        if max(map(len, self._read.readings.values()), default=0) > MOST_READINGS:
            self._read.thin()

    def fitted(self, disclosure: Disclosure) -> tuple[list[Any], list[Any]]:
        """Return the joules of its domains by what is known now, and what is missing."""
        self.catch_up()
        window = self._interval
        around = Surroundings(periods=self._memory.periods, agreements=self._memory.agreements)
        others = self._memory.windows_beside(self.name)
        found = domain_reports(window, others, self._read, around)
        domains = {domain.id: domain for domain in self._read.domains}
        told = [
            disclosure.report(domains[id_], report, window.duration_s)
            for id_, report in found.domains.items()
        ]
        return [domain_record(each) for each in told], [vars(each) for each in found.missing]

    def joules_at(self, id_: str, t_ns: int, disclosure: Disclosure) -> float:
        """Return what a domain had used up to a time, as clients may know it."""
        domain = next(each for each in self._read.domains if each.id == id_)
        return disclosure.joules(domain, joules_at(self._read.readings.get(id_, ()), t_ns))

    @property
    def duration_s(self) -> float:
        """How long it was open, or has been."""
        return self._interval.duration_s

    def settle(self) -> None:
        """Have the memory know what this window says of its counters."""
        self.catch_up()
        for domain in self._read.domains:
            seen = seen_in(domain, self._read.readings, self._interval)
            if seen is not None:
                self._memory.add_agreement(domain.id, seen)

    @property
    def _interval(self) -> Interval:
        return Interval(self._edges.begin_ns or self._heard_ns, self._edges.end_ns)
