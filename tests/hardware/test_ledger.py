"""The ledger with real processes: what is killed, full or missing loses no window."""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_green.intake.lock import booker_lock
from jupyter_green.intake.places import LEDGER_VARIABLE, intake_folder
from jupyter_green.intake.project import project_of
from jupyter_green.intake.writer import SAMPLER, files
from jupyter_green.ledger.book import book_until_idle
from jupyter_green.ledger.check import check
from jupyter_green.ledger.row import counters_of
from jupyter_green.ledger.sqlite import store_path
from tests.testbench.handed_in import closed, hand_in, report
from tests.testbench.killing import booker_killed_at

ROOT = Path(__file__).parents[2]


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path / "ledger"


@pytest.fixture
def start():
    """Start a program that measures: ``start(code)``. It ends with the test."""
    programs = []

    def begin(code, *words):
        command = [
            sys.executable,
            "-c",
            f"import jupyter_green as jg, os, sys, time\n{code}",
            *words,
        ]
        program = subprocess.Popen(
            command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, cwd=ROOT
        )
        programs.append(program)
        return program

    yield begin
    for program in programs:
        program.kill()
        program.wait()
        program.stdout.close()
        program.stdin.close()


def rows(ledger):
    path = store_path(ledger)
    if not path.exists() or not path.stat().st_size:
        return {}
    connection = sqlite3.connect(path, timeout=5)
    connection.row_factory = sqlite3.Row
    try:
        return {row["run_id"]: dict(row) for row in connection.execute("select * from windows")}
    except sqlite3.OperationalError:  # not filled yet
        return {}
    finally:
        connection.close()


def wait_for(ledger, number, timeout_s=15.0):
    """Return the rows once there are so many; nobody here books."""
    until_s = time.monotonic() + timeout_s
    while len(found := rows(ledger)) < number and time.monotonic() < until_s:
        time.sleep(0.05)
    assert len(found) == number
    return found


MEASURE = """
from jupyter_green.meter.shared import shared_meter
def window(label="fit"):
    return shared_meter().begin(label, stage="training")
"""


def test_a_program_is_booked_though_it_ends_at_once(ledger, start, host):
    program = start("""
with jg.measure("cell", stage="training") as m:
    with jg.measure("inner"):
        time.sleep(0.2)
m.log(acc=0.9)
assert "sqlalchemy" not in sys.modules
""")
    assert program.wait() == 0
    found = {row["label"]: row for row in wait_for(ledger, 2).values()}
    assert found["cell"]["status"] == "ok"
    assert found["inner"]["parent"] == found["cell"]["run_id"]
    assert found["cell"]["energy_j"] == pytest.approx(0.2 * 150, rel=0.3)
    assert found["cell"]["project"] is not None
    until_s = time.monotonic() + 5
    while list(files(intake_folder(ledger))) and time.monotonic() < until_s:
        time.sleep(0.05)
    assert list(files(intake_folder(ledger))) == []


def test_a_report_knows_its_project_though_the_begin_reached_no_disk(ledger, start, host):
    with booker_lock(ledger):
        program = start("with jg.measure():\n    time.sleep(0.1)")
        assert program.wait() == 0
        for file in files(intake_folder(ledger)):
            if file.role == SAMPLER:
                file.path.unlink()
    book_until_idle(ledger, idle_s=0)
    (row,) = rows(ledger).values()
    assert (row["project"], row["commit"]) == project_of(ROOT)


def test_the_joules_can_be_redone_from_the_counters_at_the_edges(ledger, start, host):
    program = start("with jg.measure():\n    time.sleep(0.5)")
    assert program.wait() == 0
    (row,) = wait_for(ledger, 1).values()
    counters = counters_of(row["body"])
    assert set(counters) == {"cpu:0/package", "gpu:0"}
    for read in counters.values():
        assert abs(read["begin"][0] - row["begin_ns"]) < 50e6
        assert abs(read["end"][0] - row["end_ns"]) < 300e6
    steps_j = [r["unit_j"] * (r["end"][1] - r["begin"][1]) for r in counters.values()]
    assert sum(steps_j) == pytest.approx(row["energy_j"], rel=0.25)


def test_what_is_used_between_two_windows_is_a_row(ledger, start, host):
    program = start(
        MEASURE
        + "first = window(); time.sleep(0.3); first.end(); time.sleep(1.5)\n"
        + "second = window(); time.sleep(0.3); second.end(); time.sleep(0.1)\n"
        + "window().end(); print(first.end_ns, second.begin_ns, flush=True)"
    )
    edges = tuple(map(int, program.stdout.readline().split()))
    assert program.wait() == 0
    found = wait_for(ledger, 4)
    (pause,) = [row for row in found.values() if row["status"] == "pause"]
    assert (pause["begin_ns"], pause["end_ns"]) == edges
    truth_j = sum(host[name].energy_j(*edges) for name in ("cpu:0/package", "gpu:0"))
    assert abs(pause["energy_j"] - truth_j) <= 1.5 * pause["uncertainty_j"]
    assert pause["uncertainty_j"] < 0.1 * truth_j


def test_what_is_logged_after_the_report_was_booked_replaces_it(ledger, start):
    program = start("""
with jg.measure() as m:
    pass
print(flush=True); input()
m.log(acc=0.5)
""")
    program.stdout.readline()
    before = wait_for(ledger, 1)
    program.stdin.write("\n")
    program.stdin.flush()
    assert program.wait() == 0
    until_s = time.monotonic() + 10
    while rows(ledger) == before and time.monotonic() < until_s:
        time.sleep(0.05)
    (run_id, after), *others = rows(ledger).items()
    assert not others
    assert after["written_ns"] > before[run_id]["written_ns"]


def test_a_killed_program_is_booked_by_the_sampler_it_leaves(ledger, start, host):
    program = start(MEASURE + "w = window(); print(w.run_id, flush=True); time.sleep(60)")
    run_id = program.stdout.readline().strip()
    time.sleep(1)
    program.kill()
    row = wait_for(ledger, 1)[run_id]
    assert (row["status"], row["label"], row["stage"]) == ("died", "fit", "training")
    assert row["duration_s"] == pytest.approx(1.0, abs=0.4)
    assert row["energy_j"] == pytest.approx(150 * row["duration_s"], rel=0.1)


def test_a_window_that_its_sampler_had_not_heard_of_is_booked(ledger, start, host):
    """The program ends right after a begin, and its sampler finds out both at once."""
    program = start(
        MEASURE
        + """
window("before").end()
os.kill(shared_meter().sampler_pid, 19)
w = window()
print(w.run_id, shared_meter().sampler_pid, flush=True)
os.kill(os.getpid(), 9)
"""
    )
    run_id, sampler = program.stdout.readline().split()
    program.wait()
    os.kill(int(sampler), signal.SIGCONT)
    row = wait_for(ledger, 2)[run_id]
    assert (row["status"], row["label"]) == ("died", "fit")


def test_a_killed_sampler_loses_no_window(ledger, start, host):
    program = start(
        MEASURE
        + """
w = window()
time.sleep(0.4)
os.kill(shared_meter().sampler_pid, 9)
time.sleep(1)
print(w.run_id, w.end().energy_j, flush=True)
"""
    )
    assert program.wait() == 0
    run_id, energy_j = program.stdout.readline().split()
    row = wait_for(ledger, 1)[run_id]
    assert row["status"] == "ok"
    assert row["energy_j"] == pytest.approx(float(energy_j), rel=0.01)
    until_s = time.monotonic() + 15  # while another booker is at work, this one leaves it to it
    while list(files(intake_folder(ledger))) and time.monotonic() < until_s:
        book_until_idle(ledger, idle_s=0)
        time.sleep(0.1)
    assert list(files(intake_folder(ledger))) == []


def test_a_program_killed_with_its_sampler_is_booked_by_whoever_books_next(ledger, start, host):
    program = start(
        MEASURE
        + """
w = window()
print(w.run_id, shared_meter().sampler_pid, flush=True)
time.sleep(60)
"""
    )
    run_id, sampler = program.stdout.readline().split()
    time.sleep(5)  # after which a mark has been written
    os.kill(int(sampler), signal.SIGKILL)
    program.kill()
    program.wait()
    book_until_idle(ledger, idle_s=0)
    row = rows(ledger)[run_id]
    assert row["status"] == "died"
    assert 3 < row["duration_s"] < 6
    assert row["energy_j"] == pytest.approx(150 * row["duration_s"], rel=0.1)


STEPS = {
    "before the commit": "Connection._commit_impl = kill",
    "between commit and removal": "IntakeReader.remove = kill",
    "within the removal": "Path.unlink = after(Path.unlink, 3)",
}


@pytest.mark.parametrize("step", STEPS)
def test_a_booker_that_is_killed_at_a_step_loses_nothing(ledger, step):
    found = [report() for _ in range(50)]
    for n, each in enumerate(found):
        hand_in(ledger, closed(each, begin_s=9 * n))
    code = booker_killed_at(STEPS[step])
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    left = len(list(files(intake_folder(ledger))))
    assert left == (48 if step == "within the removal" else 50)
    assert len(rows(ledger)) == (0 if step == "before the commit" else 50)
    book_until_idle(ledger, idle_s=0)
    assert sorted(rows(ledger)) == sorted(each.run_id for each in found)
    assert list(files(intake_folder(ledger))) == []
    assert not check(ledger).faults


WORKER = """
import random
rng = random.Random(int(sys.argv[1]))
log = open(sys.argv[2], "a")
def say(word, window):
    log.write(f"{word} {window.run_id}\\n")
    log.flush()
for n in range(25):
    w = window(f"{n}")
    say("begun", w)
    time.sleep(rng.uniform(0, 0.05))
    w.end(wait=False)
    say("ended", w)
"""


def test_no_window_of_eight_programs_is_lost_where_they_are_killed(ledger, start, tmp_path):
    rng = random.Random(7)
    programs = [start(MEASURE + WORKER, str(n), str(tmp_path / f"log{n}")) for n in range(8)]
    doomed = programs[:5]
    for program in doomed:
        time.sleep(rng.uniform(0.1, 0.5))
        program.kill()
    for program in programs:
        program.wait()
    begun = set()
    for n in range(8):
        path = tmp_path / f"log{n}"
        words = path.read_text().split() if path.exists() else []
        begun |= set(words[1::2])
    until_s = time.monotonic() + 20
    while begun - rows(ledger).keys() and time.monotonic() < until_s:
        book_until_idle(ledger, idle_s=0)
        time.sleep(0.1)
    found = rows(ledger)
    assert begun - found.keys() == set()
    assert {row["status"] for row in found.values()} <= {"ok", "died"}
    assert len(begun) >= 3 * 25


def test_a_full_disk_costs_no_report_and_no_cell(ledger, start):
    program = start(
        MEASURE
        + """
import resource
def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
w = window("before"); w.end()
limit(10)  # bytes
w = window("while it is full"); w.end()
until = time.monotonic() + 5
while not shared_meter().bookings.fault and time.monotonic() < until:
    time.sleep(0.01)
print(shared_meter().bookings.fault, flush=True)
limit(resource.RLIM_INFINITY)
w = window("after"); w.end()
"""
    )
    assert "OSError" in program.stdout.readline()
    assert program.wait() == 0
    found = wait_for(ledger, 3)
    assert {row["label"] for row in found.values()} == {"before", "while it is full", "after"}


def test_a_folder_that_cannot_be_made_is_said_and_stops_nothing(ledger, start, monkeypatch):
    ledger.parent.joinpath("file").write_text("")
    monkeypatch.setenv(LEDGER_VARIABLE, str(ledger.parent / "file" / "ledger"))
    program = start(
        MEASURE
        + """
from jupyter_green.notebook.status import status
w = window(); report = w.end()
time.sleep(0.3)
print(status(shared_meter(), "x"))
"""
    )
    said = program.stdout.read()
    assert program.wait() == 0
    assert "could not be written (" in said


def test_without_a_ledger_nothing_is_written(tmp_path, start, monkeypatch):
    monkeypatch.setenv(LEDGER_VARIABLE, "off")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    program = start(MEASURE + "w = window(); w.end(); print(shared_meter().bookings)")
    assert program.stdout.read().strip() == "None"
    assert program.wait() == 0
    assert not (tmp_path / "data").exists()


def test_a_process_forked_from_the_program_hands_in_its_own(ledger, start):
    program = start(
        MEASURE
        + """
w = window("parent"); w.end()
pid = os.fork()
if not pid:
    with jg.measure("child"):
        pass
    shared_meter().close()
    os._exit(0)
os.waitpid(pid, 0)
w = window("parent again"); w.end()
"""
    )
    assert program.wait() == 0
    found = wait_for(ledger, 3)
    assert {row["label"] for row in found.values()} == {"parent", "child", "parent again"}


def test_history_is_a_magic_and_a_command(ledger, start):
    program = start("""
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "jupyter_green")
shell.run_cell("%%energy --label first\\nx = 1")
time.sleep(0.6)
shell.run_line_magic("green", "history 5")
assert "sqlalchemy" not in sys.modules
""")
    said = program.stdout.read()
    assert program.wait() == 0
    assert "first" in said.split("notebook  what")[1]
    code = "from jupyter_green.cli.main import main; main()"
    command = [sys.executable, "-c", code, "history", "--format", "json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert [row["label"] for row in json.loads(ran.stdout)] == ["first"]


RUN = "from jupyter_green.cli.main import main; sys.exit(main(sys.argv[1:]))"


def test_a_command_is_booked_with_the_job_it_ran_in(ledger, start, monkeypatch):
    job = {"SLURM_JOB_ID": "9", "SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "3"}
    for name, value in {**job, "SLURM_STEP_ID": "0"}.items():
        monkeypatch.setenv(name, value)
    program = start(RUN, "run", "--label", "fit", "--", "sleep", "0.2")
    assert program.wait() == 0
    (row,) = wait_for(ledger, 1).values()
    assert (row["label"], row["status"], row["job"]) == ("fit", "ok", "slurm 7_3.0")


def test_a_command_whose_run_is_killed_is_booked_all_the_same(ledger, start, host):
    program = start(RUN, "run", "--label", "fit", "--", "sh", "-c", "echo begun; exec sleep 3")
    assert program.stdout.readline() == "begun\n"  # so has its window
    time.sleep(1.5)
    program.kill()
    (row,) = wait_for(ledger, 1).values()
    assert (row["label"], row["status"]) == ("fit", "died")
    assert row["energy_j"] == pytest.approx(150 * row["duration_s"], rel=0.1)


@pytest.fixture
def small_disk(ledger):
    """The ledger's folder as a file system of 1 MiB; returns its path."""
    ledger.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", str(ledger)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a file system can be mounted by root alone, and not in every container")
    yield ledger
    subprocess.run(["umount", "-l", str(ledger)], check=True)


def test_a_program_killed_on_a_full_disk_is_booked_once_there_is_room(small_disk, start, host):
    filler = small_disk / "filler"
    filler.write_bytes(b"")
    with filler.open("ab", buffering=0) as stream, contextlib.suppress(OSError):
        while True:
            stream.write(bytes(4096))
    program = start(MEASURE + "w = window(); print(w.run_id, flush=True); time.sleep(60)")
    run_id = program.stdout.readline().strip()
    time.sleep(1)
    assert rows(small_disk) == {}
    filler.unlink()
    program.kill()
    row = wait_for(small_disk, 1)[run_id]
    assert (row["status"], row["label"]) == ("died", "fit")
    assert row["energy_j"] == pytest.approx(150 * row["duration_s"], rel=0.1)
