"""Two samplers on one host know of each other; nobody else can disturb them."""

import itertools
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from jupyter_green.sampler.neighbours import (
    RUNTIME_VARIABLE,
    Neighbour,
    Neighbours,
    at_work,
    runtime_folder,
)

S = 1_000_000_000


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "shared"


@pytest.fixture
def sampler(folder):
    """Samplers of different programs that share a folder; they leave with the test."""
    programs = itertools.count(1)
    with ExitStack() as leaving:
        yield lambda: leaving.enter_context(closing(Neighbours(folder, next(programs))))


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


def test_the_stretch_before_is_remembered_while_another_is_open(sampler):
    ours, theirs = sampler(), sampler()
    theirs.mark(1, 10 * S)
    theirs.mark(0, 20 * S)
    theirs.mark(1, 40 * S)
    assert ours.overlapping(15 * S, 30 * S) == 1
    assert ours.overlapping(25 * S, 30 * S) == 0


def test_each_neighbour_counts_once(sampler):
    ours, *others = (sampler() for _ in range(4))
    for other in others[:2]:
        other.mark(3, 10 * S)
    assert ours.overlapping(0, 20 * S) == 2
    assert others[0].overlapping(0, 20 * S) == 1


def test_who_is_at_work_now(sampler, folder):
    assert at_work(folder, program=7) == []
    first, second = sampler(), sampler()
    first.mark(1, 10 * S)
    first.mark(2, 12 * S)
    second.mark(1, 11 * S)
    assert sorted(at_work(folder, program=7)) == [
        Neighbour(process_id=1, open_windows=2, since_ns=10 * S),
        Neighbour(process_id=2, open_windows=1, since_ns=11 * S),
    ]
    assert [found.process_id for found in at_work(folder, program=1)] == [2]
    second.mark(0, 13 * S)
    assert at_work(folder, program=1) == []
    (folder / "name-1-2.sampler").write_bytes(b"rubbish")
    assert len(at_work(folder, program=7)) == 1


def test_nobody_is_at_work_where_there_is_no_registry(tmp_path):
    (tmp_path / "file").touch()
    assert at_work(tmp_path / "file") == []


def test_one_that_leaves_is_gone(sampler, folder):
    ours, theirs = sampler(), sampler()
    theirs.mark(1, 10 * S)
    theirs.close()
    assert ours.overlapping(0, 20 * S) == 0
    assert len(files(folder)) == 1
    assert not theirs.available


def test_one_that_was_killed_does_not_count_and_its_file_goes(sampler, folder):
    ours = sampler()
    code = (
        "import sys, time; from pathlib import Path;"
        "from jupyter_green.sampler.neighbours import Neighbours;"
        "n = Neighbours(Path(sys.argv[1])); n.mark(1, 10); print('ready', flush=True);"
        "time.sleep(60)"
    )
    theirs = subprocess.Popen([sys.executable, "-c", code, folder], stdout=subprocess.PIPE)
    try:
        assert theirs.stdout.readline() == b"ready\n"
        assert ours.overlapping(20, 30) == 1
        assert len(files(folder)) == 2
    finally:
        theirs.kill()
        theirs.wait()
    assert ours.overlapping(20, 30) == 0
    assert len(files(folder)) == 1


def test_a_clean_up_of_old_files_is_survived(sampler, folder):
    ours, theirs = sampler(), sampler()
    for path in files(folder):
        path.unlink()
    theirs.mark(1, 10 * S)
    assert ours.overlapping(0, 20 * S) == 1
    theirs.mark(0, 12 * S)
    assert ours.overlapping(13 * S, 20 * S) == 0


# --- what others may have put there ---------------------------------------------------------


def test_the_folder_is_for_everybody_and_each_removes_only_their_own(sampler, folder):
    previous = os.umask(0o077)
    try:
        sampler()
    finally:
        os.umask(previous)
    assert folder.stat().st_mode & 0o7777 == 0o1777
    assert files(folder)[0].stat().st_mode & 0o777 == 0o644


def test_rubbish_in_the_folder_is_passed_over(sampler, folder):
    ours, theirs = sampler(), sampler()
    theirs.mark(1, 10 * S)
    size = files(folder)[0].stat().st_size
    (folder / "1-1.sampler").write_bytes(b"")
    (folder / "1-2.sampler").write_bytes(b"\xff" * size)
    (folder / "1-3.sampler").write_bytes(b"\xff" * 100_000)
    (folder / "1-4.sampler").mkdir()
    (folder / "1-5.sampler").symlink_to(files(folder)[0])
    (folder / "1-6.sampler").symlink_to("nowhere")
    os.mkfifo(folder / "1-7.sampler")
    (folder / "a file").write_text("text")
    assert ours.overlapping(0, 20 * S) == 1


def test_a_living_ones_rubbish_is_passed_over(sampler, folder):
    ours, theirs = sampler(), sampler()
    (path,) = [p for p in files(folder) if p.name == theirs._name]
    path.write_bytes(b"\xff" * path.stat().st_size)
    assert ours.overlapping(0, 20 * S) == 0
    path.write_bytes(path.read_bytes()[:-1])
    assert ours.overlapping(0, 20 * S) == 0


def test_a_link_in_the_place_of_the_folder_is_refused(sampler, folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    ours = sampler()
    assert not ours.available
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("what", ["a file", "nothing above it"])
def test_without_the_folder_there_is_just_no_answer(tmp_path, what):
    (tmp_path / "file").write_text("")
    path = tmp_path / ("file" if what == "a file" else "absent/shared")
    with closing(Neighbours(path)) as ours:
        ours.mark(1, time.monotonic_ns())
        assert not ours.available
        assert ours.overlapping(0, 20 * S) == 0


def test_the_folder_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "chosen"))
    assert runtime_folder() == tmp_path / "chosen"
    with closing(Neighbours()):
        assert len(files(tmp_path / "chosen")) == 1
    monkeypatch.setenv(RUNTIME_VARIABLE, "")
    assert runtime_folder().parent == Path(tempfile.gettempdir())
