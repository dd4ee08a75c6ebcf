"""Two samplers on one host know of each other; nobody else can disturb them."""

import itertools
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

import jupyter_green as jg
from jupyter_green.flags import OTHER_METERS
from jupyter_green.notebook.status import status
from jupyter_green.sampler import lineage
from jupyter_green.sampler.lineage import Program
from jupyter_green.sampler.metered import MOST_BYTES, Metered, unpack
from jupyter_green.sampler.neighbours import SETTLED_NS, Neighbour, Neighbours, at_work
from jupyter_green.sampler.registry import RUNTIME_VARIABLE, folders
from tests.testbench.stranger import stranger

S = 1_000_000_000
NOBODY = 65534


class Clock:
    """A clock that the test sets, in seconds."""

    def __init__(self):
        self.now_s = 0

    def __call__(self):
        return self.now_s * S


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "shared"


@pytest.fixture
def sampler(folder, clock):
    """Samplers of different programs that share a folder; they leave with the test."""
    numbers = itertools.count(1)
    with ExitStack() as leaving:

        def start(*within, places=(folder,)):
            program = Program(next(numbers), 7)
            made = Neighbours(places, program, tuple(within), clock)
            return leaving.enter_context(closing(made))

        yield start


def program_of(neighbours):
    return neighbours._metered.program


def files(folder):
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def test_alone_there_is_no_neighbour(sampler):
    ours = sampler()
    ours.mark(1, 10 * S)
    assert ours.available
    assert ours.overlapping(0, 100 * S) == 0


@pytest.mark.parametrize(
    ("begin_s", "end_s", "overlap"),
    [
        (0, 10, False),  # over when the neighbour begins
        (0, 11, True),
        (12, 13, True),
        (19, 30, True),
        (20, 30, False),  # begins when the neighbour is done
        (0, 30, True),
    ],
)
def test_windows_that_overlap(sampler, begin_s, end_s, overlap):
    ours, theirs = sampler(), sampler()
    theirs.mark(1, 10 * S)
    theirs.mark(2, 12 * S)
    theirs.mark(1, 14 * S)
    theirs.mark(0, 20 * S)
    assert ours.overlapping(begin_s * S, end_s * S) == overlap


def test_a_window_that_is_still_open_overlaps_all_that_ends_later(sampler):
    ours, theirs = sampler(), sampler()
    theirs.mark(1, 10 * S)
    assert ours.overlapping(5 * S, 9 * S) == 0
    assert ours.overlapping(50 * S, 51 * S) == 1


def test_others_windows_that_came_and_went_since_are_remembered(sampler):
    ours, theirs = sampler(), sampler()
    for begin_s in range(10, 100, 10):
        theirs.mark(1, begin_s * S)
        theirs.mark(0, (begin_s + 5) * S)
    assert ours.overlapping(12 * S, 13 * S) == 1
    assert ours.overlapping(16 * S, 19 * S) == 0
    assert ours.overlapping(41 * S, 46 * S) == 1


def test_of_many_windows_the_newest_are_remembered_and_the_file_stays_small(sampler, folder):
    ours, theirs = sampler(), sampler()
    for n in range(2000):
        theirs.mark(1, (10 * n + 1) * 1_000_000)
        theirs.mark(0, (10 * n + 5) * 1_000_000)
    assert ours.overlapping(2002 * 10_000_000 - 300_000_000, 30 * S) == 1
    assert max(path.stat().st_size for path in files(folder)) <= MOST_BYTES


def test_each_neighbour_counts_once(sampler):
    ours, *others = (sampler() for _ in range(4))
    for other in others[:2]:
        other.mark(3, 10 * S)
    assert ours.overlapping(0, 20 * S) == 2
    assert others[0].overlapping(0, 20 * S) == 1


def test_who_is_at_work_now(sampler, folder):
    nobody = Program(70, 7)
    assert at_work((folder,), nobody) == []
    first, second = sampler(), sampler()
    first.mark(1, 10 * S)
    first.mark(2, 12 * S)
    second.mark(1, 11 * S)
    assert sorted(at_work((folder,), nobody)) == [
        Neighbour(process_id=1, open_windows=2, since_ns=10 * S),
        Neighbour(process_id=2, open_windows=1, since_ns=11 * S),
    ]
    assert [found.process_id for found in at_work((folder,), program_of(first))] == [2]
    second.mark(0, 13 * S)
    assert at_work((folder,), program_of(first)) == []


def test_nobody_is_at_work_where_there_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    assert at_work((tmp_path / "file", tmp_path / "absent")) == []


# --- those that have ended ------------------------------------------------------------------


def test_one_that_has_ended_is_seen_as_long_as_a_window_is_open_that_it_overlapped(
    sampler, folder, clock
):
    ours, theirs = sampler(), sampler()
    ours.mark(1, 5 * S)
    theirs.mark(1, 10 * S)
    theirs.mark(0, 20 * S)
    clock.now_s = 30
    theirs.close()
    assert not theirs.available
    clock.now_s = 3600
    sampler().close()  # others come and go, and clean up
    assert ours.overlapping(5 * S, 3600 * S) == 1
    ours.mark(0, 3600 * S)
    clock.now_s += SETTLED_NS // S + 1
    assert ours.overlapping(3500 * S, 3600 * S) == 0
    assert len(files(folder)) == 1


def test_one_that_ends_within_its_window_metered_until_then(sampler, clock):
    ours, theirs = sampler(), sampler()
    ours.mark(1, 5 * S)
    theirs.mark(1, 10 * S)
    clock.now_s = 20
    theirs.close()
    clock.now_s = 30
    assert ours.overlapping(15 * S, 30 * S) == 1
    assert ours.overlapping(21 * S, 30 * S) == 0


def test_the_last_one_leaves_nothing(sampler, folder, clock):
    all_of_them = [sampler() for _ in range(3)]
    for each in all_of_them:
        each.mark(1, 10 * S)
    clock.now_s = 11
    for each in all_of_them:
        each.close()
    assert list(folder.iterdir()) == []


def test_one_that_was_killed_counts_as_long_as_it_was_seen_and_its_file_goes(folder):
    code = (
        "import sys, time; from pathlib import Path;"
        "from jupyter_green.sampler.lineage import Program;"
        "from jupyter_green.sampler.neighbours import Neighbours;"
        "n = Neighbours((Path(sys.argv[1]),), Program(1, 2), ());"
        "now = time.monotonic_ns(); n.mark(1, now); n.mark(1, now + 1000);"
        "print(now, flush=True); time.sleep(60)"
    )
    with closing(Neighbours((folder,), Program(9, 9), ())) as ours:
        ours.mark(1, time.monotonic_ns())
        theirs = subprocess.Popen([sys.executable, "-c", code, folder], stdout=subprocess.PIPE)
        try:
            begun_ns = int(theirs.stdout.readline())
            assert ours.overlapping(begun_ns + S, begun_ns + 2 * S) == 1
        finally:
            theirs.kill()
            theirs.wait()
        assert ours.overlapping(begun_ns + S, begun_ns + 2 * S) == 0
        assert ours.overlapping(begun_ns, begun_ns + S) == 1
    assert files(folder) == []


def test_what_was_left_before_the_machine_was_started_again_is_of_another_clock(
    sampler, folder, clock
):
    ours = sampler()
    before = Metered(b"another boot" + bytes(4), Program(5, 5), (), 1, 10 * S, 12 * S)
    left = folder / "5-5-5.sampler"
    left.write_bytes(before.pack())
    assert ours.overlapping(0, 20 * S) == 0
    assert not left.exists()


# --- its own --------------------------------------------------------------------------------


def test_what_the_program_has_started_is_no_other_program_nor_the_other_way_round(sampler):
    ours = sampler()
    worker = sampler(program_of(ours), Program(1, 0))
    sibling = sampler(program_of(ours))
    for each in (ours, worker, sibling):
        each.mark(1, 10 * S)
    assert ours.overlapping(0, 20 * S) == 0
    assert worker.overlapping(0, 20 * S) == 1  # the sibling, which says the same of it


def test_a_later_program_with_the_same_process_id_is_another_one(folder, clock):
    with (
        closing(Neighbours((folder,), Program(5, 100), (), clock)) as ours,
        closing(Neighbours((folder,), Program(5, 200), (), clock)) as theirs,
    ):
        theirs.mark(1, 10 * S)
        assert ours.overlapping(0, 20 * S) == 1


# --- real programs --------------------------------------------------------------------------


@pytest.fixture
def meter():
    with jg.Meter() as made:
        made.begin().end()  # its sampler runs
        yield made


def test_a_program_that_has_ended_before_is_seen(meter):
    window = meter.begin()
    with stranger() as other:
        other.ask("begin")
        other.ask("end")
        other.leave()
    after = meter.begin()
    assert OTHER_METERS in window.end().flags
    assert OTHER_METERS not in after.end().flags


def test_programs_with_temporary_folders_of_their_own_see_each_other(tmp_path):
    def env(name):
        (tmp_path / name).mkdir()
        usual = {key: value for key, value in os.environ.items() if key != RUNTIME_VARIABLE}
        return usual | {"TMPDIR": str(tmp_path / name)}

    with stranger(env=env("one")) as first, stranger(env=env("two")) as second:
        first.ask("begin")
        second.ask("begin")
        assert first.ask("end")[0] == "True"
        assert second.ask("end")[0] == "True"


WORKER = """
import jupyter_green as jg
with jg.measure() as measured:
    pass
print("other-meters" in measured.report.flags)
"""


LEAVE = """
import os, sys
os.fork() and os._exit(0)
os.setsid()
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.parametrize("leaves", [False, True])
def test_workers_of_the_program_that_meter_themselves_are_no_other_programs(meter, leaves):
    """Not even one that has left its parent."""
    command = [sys.executable, "-c", WORKER]
    if leaves:
        command = [sys.executable, "-c", LEAVE, *command]
    window = meter.begin()
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout
    assert OTHER_METERS not in window.end().flags
    assert answer == "False\n"


# --- what others may have put there ---------------------------------------------------------


def test_the_folder_is_for_everybody_and_each_removes_only_their_own(sampler, folder):
    previous = os.umask(0o077)
    try:
        sampler()
    finally:
        os.umask(previous)
    assert folder.stat().st_mode & 0o7777 == 0o1777
    assert files(folder)[0].stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("what", ["a file", "a link", "a link to nowhere"])
def test_where_somebody_has_taken_the_place_the_next_one_is_used(sampler, tmp_path, what):
    places = (tmp_path / "first", tmp_path / "second")
    if what == "a file":
        places[0].touch()
    else:
        if what == "a link":
            (tmp_path / "elsewhere").mkdir()
        places[0].symlink_to(tmp_path / "elsewhere")
    ours, theirs = sampler(places=places), sampler(places=places)
    theirs.mark(1, 10 * S)
    assert ours.overlapping(0, 20 * S) == 1
    assert not list((tmp_path / "elsewhere").glob("*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_that_another_user_has_made_for_themselves_is_looked_into_and_left(
    sampler, tmp_path
):
    places = (tmp_path / "first", tmp_path / "second")
    early = sampler(places=places)
    os.chown(places[0], NOBODY, NOBODY)
    places[0].chmod(0o755)
    ours = sampler(places=places)
    early.mark(1, 10 * S)
    ours.mark(1, 10 * S)
    assert ours.path.parent == places[1]
    assert ours.overlapping(0, 20 * S) == early.overlapping(0, 20 * S) == 1


def as_another_user(places, pipe):
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    with closing(Neighbours(places, Program(1, 2), ())) as theirs:
        theirs.mark(1, 10 * S)
        pipe.send(theirs.path)
        pipe.recv()
        pipe.send(theirs.overlapping(0, 20 * S))
        pipe.recv()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_users_program_is_seen_where_the_folder_was_made_for_one_alone():
    """As by somebody who keeps a project of that name there."""
    with tempfile.TemporaryDirectory(dir="/tmp") as shared:
        Path(shared).chmod(0o1777)
        places = (Path(shared) / "first", Path(shared) / "second")
        places[0].mkdir(mode=0o755)
        os.chown(places[0], 1, 1)
        here, there = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        other = context.Process(target=as_another_user, args=(places, there))
        other.start()
        with closing(Neighbours(places, Program(9, 9), ())) as ours:
            ours.mark(1, 10 * S)
            assert here.recv().parent == places[1]
            assert ours.overlapping(0, 20 * S) == 1
            here.send("look")
            assert here.recv() == 1
            here.send("leave")
            other.join()
            assert other.exitcode == 0


def test_strange_files_are_passed_over_and_stay(sampler, folder, meter, monkeypatch):
    ours, theirs = sampler(), sampler()
    theirs.mark(1, 10 * S)
    data = files(folder)[0].read_bytes()
    strange = [f"{name}.sampler" for name in ("²-1-1", "1-1", "name-1-2", "9" * 200, "1-²-3")]
    for name in strange:
        (folder / name).write_bytes(data)
    (folder / "a file").write_text("text")
    monkeypatch.setenv(RUNTIME_VARIABLE, str(folder))
    assert "process 2: 1 window open" in status(meter, "cells with %%energy")
    assert ours.overlapping(0, 20 * S) == 1
    assert {*strange, "a file"} < {path.name for path in files(folder)}


def test_rubbish_under_a_samplers_name_is_passed_over(sampler, folder):
    ours, theirs = sampler(), sampler()
    theirs.mark(1, 10 * S)
    data = theirs.path.read_bytes()
    for number, rubbish in enumerate(
        (b"", b"\xff" * len(data), b"\xff" * 100_000, data[:-1], data + b"\0", data[1:])
    ):
        (folder / f"1-1-{number}.sampler").write_bytes(rubbish)
    (folder / "1-2-1.sampler").mkdir()
    (folder / "1-2-2.sampler").symlink_to(theirs.path)
    (folder / "1-2-3.sampler").symlink_to("nowhere")
    os.mkfifo(folder / "1-2-4.sampler")
    assert ours.overlapping(0, 20 * S) == 1


def test_a_living_ones_rubbish_is_passed_over(sampler):
    ours, theirs = sampler(), sampler()
    theirs.mark(1, 10 * S)
    data = bytearray(theirs.path.read_bytes())
    data[60] ^= 1  # as if it were read while it is written
    theirs.path.write_bytes(data)
    assert ours.overlapping(0, 20 * S) == 0
    assert theirs.path.exists()


def test_a_clean_up_of_old_files_is_survived(sampler, folder):
    ours, theirs = sampler(), sampler()
    for path in files(folder):
        path.unlink()
    theirs.mark(1, 10 * S)
    assert ours.overlapping(0, 20 * S) == 1
    theirs.mark(0, 12 * S)
    assert ours.overlapping(13 * S, 20 * S) == 0


@pytest.mark.parametrize("what", ["a file", "nothing above it"])
def test_without_a_folder_there_is_just_no_answer(tmp_path, what):
    (tmp_path / "file").write_text("")
    path = tmp_path / ("file" if what == "a file" else "absent/shared")
    with closing(Neighbours((path,))) as ours:
        ours.mark(1, time.monotonic_ns())
        assert not ours.available
        assert ours.overlapping(0, 20 * S) == 0


def test_the_folder_can_be_chosen_and_is_else_the_same_for_all(tmp_path, monkeypatch):
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "chosen"))
    assert folders() == (tmp_path / "chosen",)
    with closing(Neighbours()):
        assert len(files(tmp_path / "chosen")) == 1
    monkeypatch.setenv(RUNTIME_VARIABLE, "")
    usual = folders()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert folders() == usual
    assert Path("/tmp/jupyter-green") in usual


def test_what_is_published_is_read_back():
    metered = Metered(
        bytes(range(16)), Program(3, 4), (Program(1, 2),), 2, 30, 40, ((1, 2), (5, 6))
    )
    assert unpack(metered.pack()) == metered


# --- the mark -------------------------------------------------------------------------------


ENVIRONMENT = f"""
import os, subprocess, sys
from jupyter_green.sampler import lineage
before = dict(os.environ)
lineage.mark(); lineage.mark()
assert dict(os.environ) == before
tell = [sys.executable, "-c", "import os; print(os.environ.get('{lineage.VARIABLE}'))"]
print(lineage.program(os.getpid()))
print(subprocess.run(tell, stdout=subprocess.PIPE, text=True).stdout.strip())
lineage.unmark()
print(subprocess.run(tell, stdout=subprocess.PIPE, text=True).stdout.strip())
"""


def test_a_program_is_named_in_the_environment_of_what_it_starts_and_not_in_its_own():
    outer = os.environ | {lineage.VARIABLE: "12-34"}
    done = subprocess.run(
        [sys.executable, "-c", ENVIRONMENT], env=outer, stdout=subprocess.PIPE, text=True
    )
    program, marked, unmarked = done.stdout.splitlines()
    assert marked == f"12-34 {program}"
    assert unmarked == "12-34"


def test_nonsense_in_the_environment_names_nobody():
    head = f"{lineage.VARIABLE}=".encode()
    assert lineage.named([b"A=1", head + "²-1 x 1-2 -3 99999999999-1".encode()]) == (Program(1, 2),)
    assert lineage.named([b"A=1"]) == ()
