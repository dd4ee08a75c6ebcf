"""The mark is the edge: the time is read last at a begin and first at an end.

In virtual time, as it is what is done that counts here, and in which order.
"""

import itertools
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import jupyter_green
import jupyter_green as jg
from jupyter_green.meter import measure as measure_module
from jupyter_green.notebook.cells import cell_meter, magic_line
from jupyter_green.notebook.cells.cell_meter import CellMeter
from tests.testbench.machine import Machine

PACKAGE = str(Path(jupyter_green.__file__).parent)
MARK = "clock_ns"


@pytest.fixture
def meter(machine, virtual):
    """A meter with a quick and a slow domain that has measured once."""
    machine.truth.add("cpu:0/package", power_w=30.0)
    machine.truth.add("gpu:0", power_w=100.0)
    virtual.begin().end()
    machine.sleep(1.0)
    return virtual


@pytest.fixture
def shared(meter, monkeypatch):
    """The same as the meter of `jg.measure` and of cells."""
    for module in (measure_module, cell_meter):
        monkeypatch.setattr(module, "shared_meter", lambda: meter)
    return meter


@pytest.fixture
def cells():
    """What meters the cells of a shell: those with `%%energy`, and all where `auto` is set."""
    shell = SimpleNamespace(
        kernel=None,
        displayhook=SimpleNamespace(prompt_count=1),
        user_ns={},
    )
    return CellMeter(shell, magic_line.options)


def cell(cells, text="%%energy -q\nx = 1\n"):
    """Have a cell transformed, as IPython does before it runs."""
    cells.transform(text.splitlines(keepends=True))
    return SimpleNamespace(raw_cell=text, store_history=False, cell_id=None)


def ended(info):
    return SimpleNamespace(info=info, error_before_exec=None, error_in_exec=None)


def called(function, *arguments):
    """Return the names of all functions that a call calls, in order, those in C among them."""
    names = []

    def note(frame, event, argument):
        if event == "call":
            names.append(frame.f_code.co_name)
        elif event == "c_call":
            names.append(argument.__name__)

    sys.setprofile(note)
    try:
        made = function(*arguments)  # a window that nobody holds would be ended
    finally:
        sys.setprofile(None)
    del made
    return names[: names.index("setprofile")]


def last_mark(names):
    return len(names) - 1 - names[::-1].index(MARK)


# --- the begin ------------------------------------------------------------------------------


def nothing_follows_the_mark(names):
    """Whether a call does all that it does before the mark, which it makes last."""
    behind = names[last_mark(names) :]
    return behind == [MARK] and {"_open", "encode", "send", "readings_before"} <= {*names}


def test_the_time_of_a_begin_is_read_last(meter, shared, cells):
    window = meter.window()
    assert nothing_follows_the_mark(called(window.begin))
    assert nothing_follows_the_mark(called(meter.begin))
    block = jg.measure()
    assert nothing_follows_the_mark(called(block.__enter__))
    block.__exit__(None, None, None)
    assert nothing_follows_the_mark(called(cells.pre_run_cell, cell(cells)))
    cells.end_all()


def test_the_time_of_a_begin_is_read_last_where_every_cell_is_metered(shared, cells):
    cells.auto = magic_line.Options(quiet=True)
    assert nothing_follows_the_mark(called(cells.pre_run_cell, cell(cells, "x = 1\n")))
    cells.end_all()


# --- the end --------------------------------------------------------------------------------

BEFORE_AN_END = {
    *("__exit__", "status_of", "isinstance", "end", "synchronise", "items", "get"),
    *("post_run_cell", "_take", "_end", "_ended", "any", "<genexpr>", "pop", "id", "_status"),
    *("_replace", "begin_ns", "end_ns"),
}
"""What looks at how the caller's code ended, and at the frameworks of GPUs. No more."""


def nothing_precedes_the_mark(names):
    """Whether the first of all that a call does is the mark."""
    assert {*names[: names.index(MARK)]} <= BEFORE_AN_END
    return {"encode", "send"} <= {*names[names.index(MARK) :]}


def test_the_time_of_an_end_is_read_first(meter, shared, cells):
    window = meter.begin()
    assert nothing_precedes_the_mark(called(lambda: window.end(wait=False))[1:])
    block = jg.measure()
    block.__enter__()
    assert nothing_precedes_the_mark(called(block.__exit__, None, None, None))
    info = cell(cells)
    cells.pre_run_cell(info)
    assert nothing_precedes_the_mark(called(cells.post_run_cell, ended(info)))


# --- what comes from the sampler in between -------------------------------------------------


def slowly(meter, seconds):
    """Let the kernel be slow between what it asks the sampler at a begin and the mark."""
    begin = meter._client.begin

    def begin_slowly(*arguments, **keywords):
        begin(*arguments, **keywords)
        meter.machine.sleep(seconds)

    meter._client.begin = begin_slowly


@pytest.mark.parametrize("seconds", [0.0, 0.0005, 0.005, 0.05])
def test_what_is_read_before_the_mark_is_known_and_counts_for_nothing(meter, seconds):
    truth, machine = meter.machine.truth, meter.machine
    slowly(meter, seconds)
    points = []
    window = meter.window(on_point=points.append)
    truth["cpu:0/package"].set_power(20.0)
    window.begin()
    assert window.begin_ns == machine.now_ns
    truth["cpu:0/package"].set_power(200.0)
    machine.sleep(0.5)
    report = window.end()
    for id_ in ("cpu:0/package", "gpu:0"):
        true_j = truth[id_].energy_j(window.begin_ns, window.end_ns)
        domain = report.domains[id_]
        assert abs(domain.energy_j - true_j) <= domain.uncertainty_j
        assert domain.energy_j == pytest.approx(true_j, rel=0.05)
    assert report.domains["cpu:0/package"].energy_j == pytest.approx(100.0, rel=0.01)
    assert report.trace.t_s[0] < 0.001
    assert list(report.trace.t_s) == sorted(report.trace.t_s)
    assert report.gaps == ()
    early = [p for p in points if p.t_ns < window.begin_ns]
    assert len(early) == (seconds > 0)
    assert all(sum(point.energy_j.values()) == 0 for point in early)


def test_a_window_that_begins_is_no_neighbour_before_its_mark(meter):
    outer = meter.begin()
    inner = meter.window()
    seen = []
    begin = meter._client.begin

    def look(*arguments, **keywords):
        begin(*arguments, **keywords)
        seen.extend(meter._memory.windows_beside(outer.run_id))
        assert (inner.is_open, inner.duration_s, inner.begin_ns) == (False, 0.0, None)
        meter.machine.sleep(0.01)

    before = len(meter._memory.windows_beside(outer.run_id))
    meter._client.begin = look
    inner.begin()
    assert len(seen) == before
    meter.machine.sleep(0.02)
    assert inner.duration_s == pytest.approx(0.02)
    assert (inner.begin_ns, None) in meter._memory.windows_beside(outer.run_id)
    inner.end()
    assert (inner.begin_ns, inner.end_ns) in meter._memory.windows_beside(outer.run_id)
    outer.end()


# --- interrupts -----------------------------------------------------------------------------


class InterruptedAt:
    """Interrupts the package's code at one of its lines, as Ctrl-C may."""

    def __init__(self, number):
        self._left = number
        self.came = False

    def __enter__(self):
        sys.settrace(self._trace)

    def __exit__(self, kind, error, traceback):
        sys.settrace(None)
        return kind is KeyboardInterrupt

    def _trace(self, frame, event, argument):
        if not frame.f_code.co_filename.startswith(PACKAGE) or is_elsewhere(frame):
            return None
        if event == "line" and not self.came:
            self._left -= 1
            if self._left < 0:
                self.came = True
                raise KeyboardInterrupt
        return self._trace


def is_elsewhere(frame):
    """Whether this would run in another thread or process, which no interrupt reaches."""
    while frame is not None:
        if frame.f_code is Machine.wait_for.__code__:
            return True
        frame = frame.f_back
    return False


def interrupted_everywhere(act):
    """Do something again and again, interrupted one line later each time, until it is not."""
    for number in itertools.count():
        interrupt = InterruptedAt(number)
        yield from act(interrupt)
        if not interrupt.came:
            assert number > 20
            return


def nothing_is_open(meter):
    meter.machine.sleep(0.4)  # the sampler hears of it
    assert meter._client._open == {}
    assert meter.open_windows == 0
    assert all(sampler.conductor._rate.open_windows == 0 for sampler in meter.machine.samplers)


def test_a_window_whose_begin_is_interrupted_ends_as_usual(meter):
    def act(interrupt):
        window = meter.window()
        with interrupt:
            window.begin()
        yield window

    begun = 0
    for window in interrupted_everywhere(act):
        meter.machine.sleep(0.01)
        if window.is_open:
            begun += 1
            report = window.end("interrupted", wait=True)
            assert report.status == "interrupted"
            assert report.domains["cpu:0/package"].energy_j == pytest.approx(0.3, rel=0.2)
        nothing_is_open(meter)
    assert begun > 20


def test_a_window_whose_end_is_interrupted_ends_all_the_same(meter):
    def act(interrupt):
        window = meter.begin()
        meter.machine.sleep(0.01)
        end_ns = meter.machine.now_ns
        with interrupt:
            window.end("error", wait=False)
        yield window, end_ns

    for window, end_ns in interrupted_everywhere(act):
        if window.end_ns is None:
            window.end("error", wait=False)
        nothing_is_open(meter)
        assert window.end_ns == pytest.approx(end_ns, abs=1000)
        assert window.report.status == "error"


@pytest.mark.parametrize("way", ["meter", "measure"])
def test_a_block_that_is_interrupted_before_it_runs_leaves_nothing_open(shared, way):
    kept = []

    def act(interrupt):
        block = jg.measure()
        with interrupt:
            kept.append(shared.begin() if way == "meter" else block.__enter__())
        kept.append(block)
        yield interrupt

    for interrupt in interrupted_everywhere(act):
        if interrupt.came:
            nothing_is_open(shared)
