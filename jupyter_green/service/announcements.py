"""What clients are told of what the sampler reads: which of them, what of it, and when."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from ..meter.memory import Memory
from ..sampler import wire
from ..sampler.client import SamplerClient
from ..sampler.events import ConditionsSeen, Event, Polls, Settled, Started
from ..sampler.messages import Sample
from .connection import Connection
from .disclosure import Disclosure
from .last_samples import LastSamples
from .open_windows import OpenWindows
from .shares import Shares
from .windows import ClientWindow


class Announcements:
    """Takes in what the sampler says, and tells the clients of it what they may know.

    Parameters
    ----------
    sampler
        Says what is read.
    memory, windows
        Take it in.
    disclosure
        What clients may know.
    shares
        Whose the joules are.
    last_samples
        Keeps what is read as clients leave.
    prepared
        Is called when what a window needs first was read, with what returns that.
    """

    def __init__(
        self,
        sampler: SamplerClient,
        memory: Memory,
        windows: OpenWindows,
        disclosure: Disclosure,
        shares: Shares,
        *,
        last_samples: LastSamples,
        prepared: Callable[[Callable[[], Sequence[Any]]], None],
    ) -> None:
        self._sampler = sampler
        self._memory = memory
        self._windows = windows
        self._disclosure = disclosure
        self._shares = shares
        self._last_samples = last_samples
        self._prepared = prepared

    def tell(self, event: Event, clients: Collection[Connection]) -> None:
        """Take in an event, and tell the clients of it."""
        if isinstance(event, Sample):
            self._sample(event, clients)
        elif isinstance(event, Polls):
            for id_, readings in event.readings.items():
                self._memory.add(id_, readings)
            self._windows.add_polls(event)
        elif isinstance(event, ConditionsSeen):
            self._conditions(event, clients)
        elif isinstance(event, Settled):
            self._settled(event)
        elif isinstance(event, Started):
            self._memory.forget_readings()

    def _sample(self, sample: Sample, clients: Collection[Connection]) -> None:
        kind, name = sample.mark or ("", "")
        if kind == wire.PREPARE:
            self._prepared(lambda: self._packed(sample, (wire.LOOK, 0)))
        elif kind:
            self._answer(sample, kind, name)
        for id_, reading in sample.domains.items():
            self._memory.add(id_, (reading,))
        self._windows.add(sample)
        if kind == wire.END:
            self._fit(name)
        elif not kind:
            self._shares.look(sample.t_ns)
            line = wire.encode(self._packed(sample, None))
            for connection in clients:
                connection.offer_sample(sample.t_ns, line)

    def _answer(self, sample: Sample, kind: str, name: str) -> None:
        """Answer a mark with its sample, before that is taken in: a program may wait for it."""
        found = self._windows.find(name)
        if found is None:
            return
        connection, number, window = found
        if connection.has_left:
            line = wire.encode(self._packed(sample, (wire.LAST, 0)))
            self._last_samples.keep(connection, line)
            return
        connection.send_now(self._packed(sample, (kind, number)))
        if kind == wire.BEGIN:
            self._shares.begin_later(connection, window)

    def _fit(self, name: str) -> None:
        """Tell the joules of a window that has ended, as they are known by now."""
        found = self._windows.find(name)
        if found is not None and not found.connection.has_left:
            self._shares.end(found.window)  # as late as the first look was after the begin
            fitted = self._fitted(found.number, found.window, is_final=False)
            found.connection.send(fitted)

    def _fitted(self, number: int, window: ClientWindow, *, is_final: bool) -> list[Any]:
        domains, missing = window.fitted(self._disclosure)
        return [wire.FITTED, number, domains, missing, is_final, self._shares.told(window, domains)]

    def _packed(self, sample: Sample, mark: tuple[str, int] | None) -> list[Any]:
        entries: list[Any] = []
        flags: dict[int, str] = {}
        for index, domain in enumerate(self._sampler.domains):
            figures = sample.domains.get(domain.id)
            if figures is not None:
                entries.append(self._disclosure.sample(domain, figures))
            else:
                entries.append(sample.errors.get(domain.id))
            if domain.id in sample.flags:
                flags[index] = sample.flags[domain.id]
        return [wire.SAMPLE, sample.t_ns, mark, entries, flags]

    def _conditions(self, seen: ConditionsSeen, clients: Collection[Connection]) -> None:
        self._shares.add_conditions(seen.conditions)
        places = {domain.id: index for index, domain in enumerate(self._sampler.domains)}
        found = {
            places[id_]: self._disclosure.conditions(each)
            for id_, each in seen.conditions.items()
            if id_ in places
        }
        line = wire.encode([wire.CONDITIONS, found, seen.t_ns])
        for connection in clients:
            if connection.has_open_window:
                connection.hold_line(line, seen.t_ns)

    def _settled(self, event: Settled) -> None:
        self._memory.learn_periods(self._sampler.domains)
        found = self._windows.take(event.window)
        if found is None:
            return
        connection, number, window = found
        if not connection.has_left:
            window.settle()
            del connection.windows[number]
            connection.send(self._fitted(number, window, is_final=True))
            connection.send([wire.SETTLED, number, len(window.others) + event.others])
        self._shares.forget(window)
