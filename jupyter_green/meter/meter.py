"""The meter: has a sampler, and opens windows on it."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from dataclasses import replace
from weakref import WeakValueDictionary

from ..report.stages import Stages, hinted
from ..sampler import lineage
from ..sampler.client import SamplerClient
from ..sampler.events import Event, Polls, Settled, Started
from ..sampler.finding import Finding
from ..sampler.messages import Sample
from ..sampler.spawned import SamplerProcess
from ..sources.base import Discovery
from .baseline import Baseline
from .bookings import Bookings, bookings
from .budget import Budget
from .elsewhere import Elsewhere
from .memory import Memory
from .notebook import notebook
from .own_gpus import own_gpus
from .summary import Subject
from .trace import Point
from .window import Window

INTERVAL_S = 0.1
SHORTEST_INTERVAL_S = 0.001


class Meter:
    """Measures windows. One sampler process, started on the first `begin`.

    Parameters
    ----------
    interval_s
        The sampling period, in seconds. It shapes the curve; the joules come
        from readings at the window's two edges.
    spawn
        Starts a sampler's process, for programs that start it before all else.
    socket
        The socket of the host's service, ``""`` for none. Else it is looked for
        where `JUPYTER_GREEN_SOCKET` says, then at ``/run/jupyter-green/sock``.

    Examples
    --------
    >>> with Meter() as meter:
    ...     window = meter.begin("epoch")
    ...     train()
    ...     report = window.end()
    """

    def __init__(
        self,
        interval_s: float = INTERVAL_S,
        *,
        spawn: Callable[[], SamplerProcess] | None = None,
        socket: str | None = None,
    ) -> None:
        if not SHORTEST_INTERVAL_S <= interval_s <= 3600:
            raise ValueError(
                f"interval_s is {interval_s!r}: give a sampling period between "
                f"{SHORTEST_INTERVAL_S:g} and 3600 seconds (0.1 is ten samples a second)"
            )
        self.interval_s = interval_s
        # A window that its user drops without ending it is ended here.
        self._windows: WeakValueDictionary[str, Window] = WeakValueDictionary()
        self._memory = Memory()
        self.on_sample: list[Callable[[Sample], None]] = []
        """Called with each sample, from another thread, while the host is watched."""
        self._client = SamplerClient(self._on_event, spawn=spawn or Finding(socket))
        self.bookings: Bookings | None = bookings(self._client)
        """What hands reports in to the ledger; ``None`` where there is none."""
        lineage.mark()
        atexit.register(self.close)

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def sampler_pid(self) -> int | None:
        """The sampler's process id, ``None`` while there is none."""
        return self._client.pid

    @property
    def service(self) -> str | None:
        """The socket of the host's service that reads, ``None`` where this meter's own does."""
        return self._client.place

    @property
    def open_windows(self) -> int:
        """How many windows are open."""
        return len(self.windows)

    @property
    def windows(self) -> list[Window]:
        """The windows that are open."""
        return [window for window in list(self._windows.values()) if window.is_open]

    @property
    def baseline(self) -> Baseline | None:
        """The idle power that net energy is counted from, once it was measured."""
        return self._memory.baseline

    @baseline.setter
    def baseline(self, baseline: Baseline | None) -> None:
        self._memory.baseline = baseline

    def discover(self) -> Discovery:
        """Return what can be measured here and what cannot, from the sampler's own probe.

        GPUs that are hidden from this program are left out.
        """
        self._client.start()
        own = own_gpus(self._client.domains)
        return Discovery(own.domains, own.missing(self._client.missing))

    def watch_host(self, seconds: float) -> None:
        """Sample for so long at least, every two seconds where no window is open.

        What is read then is nobody's: no window holds it, and other programs are not told
        that this one meters.
        """
        if self._client.start():
            self._client.watch_host(seconds)

    def begin(self, label: str | None = None, *, stage: Stages = None) -> Window:
        """Open a window; the joules count from now on."""
        return _begun(self.window(Subject(label=label, stage=hinted(stage))))

    def begin_unbooked(self, label: str, on_point: Callable[[Point], None] | None = None) -> Window:
        """Open a window that the ledger is not to have.

        For what the meter itself finds out, such as the idle power: it is nobody's work.
        """
        window = self.window(Subject(label=label), on_point)
        window.leave_unbooked()
        return _begun(window)

    def window(
        self,
        subject: Subject | None = None,
        on_point: Callable[[Point], None] | None = None,
        budget: Budget | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> Window:
        """Return a window that is ready to begin: nothing is counted yet.

        The sampler runs and has read the counters: this takes about a millisecond,
        and little more where reading is slow. Beginning the window is then
        only a mark. Do it soon: the younger the last reading, the better a short window
        is measured.

        Parameters
        ----------
        subject
            What the window is about.
        on_point
            Called from another thread for each new point of the curve.
        budget
            What it may use.
        elsewhere
            Meters it on other hosts as well.
        """
        window = self.announced(subject, on_point, budget, elsewhere)
        self._client.wait_until_prepared()
        return window

    def announced(
        self,
        subject: Subject | None = None,
        on_point: Callable[[Point], None] | None = None,
        budget: Budget | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> Window:
        """Return a window as :meth:`window` does, but while the sampler still reads for it.

        For a caller that has more to do before the begin, which waits for what is left.
        """
        self._client.start()
        self._client.prepare()
        return self._new_window(subject, on_point, budget, elsewhere)

    def read(self) -> None:
        """Have the sensors read now, as an edge of an open window was marked elsewhere."""
        self._client.prepare()
        self._client.wait_until_prepared()

    def following(self, subject: Subject | None = None) -> Window:
        """Return a window to begin where another has ended: no reading is waited for.

        The other's end has the counters read, and what was read in it is remembered. Nothing is
        told of what lies between the two.
        """
        self._client.start()
        window = self._new_window(subject)
        window.recording.follows = True
        return window

    def follow(self, ended: Window, subject: Subject | None = None, status: str = "ok") -> Window:
        """End a window, with this status, and begin the next: one reading serves both edges.

        No reading is waited for. It takes half a millisecond, which lies between the two.
        """
        window = None
        try:
            with self._client.joined():
                ended.end(status, wait=False)
                window = self.following(subject)
                window.begin()
            return window  # noqa: TRY300  (an interrupt may come until it has returned)
        except BaseException:
            if window is not None:
                window.cancel()
            raise

    def rest(self, seconds: float) -> None:
        """Leave the interpreter to the program for so long, unless a figure is asked for.

        What the sampler sends, and what the ledger is to have, waits meanwhile: a tenth of a
        second at most.
        """
        self._client.rest.begin(seconds)

    def wait_until_rested(self) -> None:
        """Wait, before work beside the program, until it needs the interpreter less."""
        self._client.rest.wait()

    def _new_window(
        self,
        subject: Subject | None,
        on_point: Callable[[Point], None] | None = None,
        budget: Budget | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> Window:
        return Window(
            self._client,
            self._memory,
            self._windows,
            _of_notebook(subject or Subject()),
            interval_s=self.interval_s,
            on_point=on_point,
            budget=budget,
            bookings=self.bookings,
            elsewhere=elsewhere,
        )

    def close(self) -> None:
        """End the sampler. Windows that are still open end with what was read so far."""
        atexit.unregister(self.close)
        if self.bookings is not None:
            self.bookings.close()
        self._client.close()

    def _on_event(self, event: Event) -> None:
        with self._memory.lock:
            self._remember(event)
            if isinstance(event, Settled):  # the others have nothing of it
                settled = self._windows.get(event.window)
                windows = [settled] if settled is not None else []
            else:
                windows = list(self._windows.values())
        for window in windows:
            window.take_in(event)
        if isinstance(event, Sample):
            for callback in tuple(self.on_sample):
                callback(event)
        elif isinstance(event, Settled):
            with self._memory.lock:
                self._windows.pop(event.window, None)

    def _remember(self, event: Event) -> None:
        """Keep what windows share, with the memory's lock held."""
        memory = self._memory
        if isinstance(event, Sample):
            for id_, reading in event.domains.items():
                memory.add(id_, (reading,))
        elif isinstance(event, Polls):
            for id_, readings in event.readings.items():
                memory.add(id_, readings)
        elif isinstance(event, Settled):
            memory.learn_periods(self._client.domains)
        elif isinstance(event, Started):
            memory.forget_readings()


def _begun(window: Window) -> Window:
    try:
        window.begin()
        return window  # noqa: TRY300  (an interrupt may come until it has returned)
    except BaseException:
        window.cancel()
        raise


def _of_notebook(subject: Subject) -> Subject:
    """Return what a window is about with the notebook whose kernel this is."""
    found = None if subject.notebook else notebook()
    return replace(subject, notebook=found) if found else subject
