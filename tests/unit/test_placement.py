"""Where the sampler runs: not where the program goes on, so that it interrupts nothing."""

import os
import subprocess
import sys

import pytest

import jupyter_green as jg
from jupyter_green.sampler.placement import Placement

PROGRAM = 4711
ALL = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
pytestmark = pytest.mark.skipif(len(ALL) < 2, reason="there is one processor, or no choice")


@pytest.fixture
def thread():
    """A process whose only thread stands for one of the sampler's."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process.pid
    process.communicate(b"\n")


@pytest.fixture
def proc(tmp_path, thread):
    (tmp_path / f"{PROGRAM}/task/{PROGRAM}").mkdir(parents=True)
    (tmp_path / f"self/task/{thread}").mkdir(parents=True)
    return tmp_path


def runs_on(proc, processor):
    """Have the program's main thread run on a processor."""
    fields = ["S", *["0"] * 35, str(processor), "0", "0"]
    stat = f"{PROGRAM} (a) 1 2) {' '.join(fields)}\n"
    (proc / f"{PROGRAM}/task/{PROGRAM}/stat").write_text(stat)


def test_it_runs_elsewhere_wherever_the_program_runs(proc, thread):
    placement = Placement(PROGRAM, proc)
    for processor in (min(ALL), max(ALL)):
        runs_on(proc, processor)
        placement.keep_off_program()
        assert os.sched_getaffinity(thread) == ALL - {processor}


def test_a_thread_that_has_just_ended_keeps_no_other_where_it_is(proc, thread):
    (proc / "self/task/999999999").mkdir()
    runs_on(proc, min(ALL))
    Placement(PROGRAM, proc).keep_off_program()
    assert os.sched_getaffinity(thread) == ALL - {min(ALL)}


@pytest.mark.parametrize("shown", ["", "4711 (a) S 1", None])
def test_where_the_program_runs_unseen_it_runs_anywhere(proc, thread, shown):
    if shown is not None:
        (proc / f"{PROGRAM}/task/{PROGRAM}/stat").write_text(shown)
    placement = Placement(PROGRAM, proc)
    placement.keep_off_program()
    assert os.sched_getaffinity(thread) == ALL


def test_a_window_moves_the_sampler_off_the_programs_processor():
    with jg.Meter() as meter:
        meter.begin().end()
        assert len(os.sched_getaffinity(meter.sampler_pid)) == len(ALL) - 1
