"""Eight programs that meter at once, for a while, among kills, interrupts and held locks.

``pytest tests/soak --soak-minutes 60`` goes on for an hour; all runs have forty-five seconds,
with a hundred troubles.
"""

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

from jupyter_green.intake.places import LEDGER_VARIABLE, intake_folder
from jupyter_green.intake.start import BOOKER
from jupyter_green.intake.writer import files
from jupyter_green.ledger import questions
from jupyter_green.ledger.check import check
from jupyter_green.ledger.sqlite import store_path

ROOT = Path(__file__).parents[2]
PROGRAMS = 8
POWER_W = 150.0
"""Of the stand-in's processor and GPU together."""
SAID_S = 2.0
"""How often a program says what it uses."""
SETTLED_S = 15.0
"""After which a program has loaded what it needs."""
MORE_BYTES = 2 << 20
END_S = 90.0

PROGRAM = """
import contextlib, gc, json, os, random, signal, sys, time
from jupyter_green.meter.shared import shared_meter
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
rng = random.Random(sys.argv[1])
def say(**what):
    os.write(log, json.dumps(what).encode() + b"\\n")
@contextlib.contextmanager
def metered(label):
    window = shared_meter().begin(label, stage="training")
    status = "error"
    try:
        say(begun=window.run_id)
        yield
        status = "ok"
    except KeyboardInterrupt:
        status = "interrupted"
        raise
    finally:
        window.end(status, wait=False)
def use():
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    say(bytes=pages * os.sysconf("SC_PAGE_SIZE"), files=len(os.listdir("/proc/self/fd")))
is_cell = False
def interrupted(*_):
    if is_cell:
        raise KeyboardInterrupt
signal.signal(signal.SIGINT, interrupted)
said_s = 0
while not os.path.exists(sys.argv[2]):
    try:
        is_cell = True
        with metered(rng.choice(["fit", "test"])):
            time.sleep(rng.uniform(0.05, 0.5))
            if rng.random() < 0.3:
                with metered("inner"):
                    time.sleep(rng.uniform(0, 0.2))
            if rng.random() < 0.1:
                raise ValueError("as a cell may")
        is_cell = False
        time.sleep(rng.uniform(0, 0.2))
    except (KeyboardInterrupt, ValueError):
        is_cell = False
    if time.monotonic() - said_s > float(sys.argv[3]):
        said_s = time.monotonic()
        gc.collect()
        say(sampler=shared_meter().sampler_pid)
        use()
"""


class Programs:
    """Programs that meter until a file appears, and what they say."""

    def __init__(self, folder):
        self.folder = folder
        self.end = folder / "end"
        self.running = []
        self.number = 0
        self.killed_with_samplers = []

    def start(self):
        self.number += 1
        log = self.folder / f"log{self.number}"
        command = [sys.executable, "-c", PROGRAM, str(log), str(self.end), str(SAID_S)]
        program = subprocess.Popen(command, cwd=ROOT)
        self.running.append((program, log))

    def said(self, log=None):
        """Return what all of them said, or one."""
        found = []
        for path in [log] if log else self.folder.glob("log*"):
            with contextlib.suppress(FileNotFoundError):
                found += [json.loads(line) for line in path.read_bytes().splitlines()]
        return found


def processes_of(ledger):
    """Return the ids and command lines of processes that have a ledger in their environment."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            with contextlib.suppress(OSError):
                if os.fsencode(ledger) in (folder / "environ").read_bytes():
                    command = (folder / "cmdline").read_bytes().decode(errors="replace")
                    if command:  # a zombie has none
                        found[int(folder.name)] = command.replace("\0", " ")
    return found


def kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_a_program(programs, _, rng):
    program, _ = programs.running.pop(rng.randrange(1, len(programs.running)))
    program.kill()
    program.wait()
    programs.start()
    return 1


def kill_a_program_with_its_sampler(programs, _, rng):
    program, log = programs.running[rng.randrange(1, len(programs.running))]
    samplers = [each["sampler"] for each in programs.said(log) if each.get("sampler")]
    if not samplers:
        return 0
    kill(samplers[-1])
    programs.running.remove((program, log))
    program.kill()
    program.wait()
    programs.killed_with_samplers.append(log)
    programs.start()
    return 1


def kill_a_sampler(programs, _, rng):
    _, log = rng.choice(programs.running)
    samplers = [each["sampler"] for each in programs.said(log) if each.get("sampler")]
    if samplers:
        kill(samplers[-1])
    return 0


def kill_the_booker(_, ledger, rng):
    for pid, command in processes_of(ledger).items():
        if BOOKER in command:
            kill(pid)
    return 0


def interrupt(programs, _, rng):
    program, log = rng.choice(programs.running[1:])
    if any("begun" in each for each in programs.said(log)):  # it is within its loop
        program.send_signal(signal.SIGINT)
        return 1
    return 0


def hold_the_store(_, ledger, rng):
    with contextlib.suppress(sqlite3.OperationalError):
        holder = sqlite3.connect(store_path(ledger), isolation_level=None, timeout=1)
        with contextlib.closing(holder):
            holder.execute("begin immediate")
            time.sleep(rng.uniform(0, 1))
    return 0


TROUBLES = (
    *(kill_a_program, kill_a_program_with_its_sampler, kill_a_sampler),
    *(kill_the_booker, interrupt, hold_the_store),
)


def union_s(spans):
    """Return how long any of them lasts."""
    found_ns = until_ns = 0
    for begin_ns, end_ns in sorted(spans):
        found_ns += max(0, end_ns - max(begin_ns, until_ns))
        until_ns = max(until_ns, end_ns)
    return found_ns * 1e-9


@pytest.mark.timeout(0)  # as long as was asked for; what it waits for has an end of its own
@pytest.mark.skipif(sys.platform != "linux", reason="it looks at /proc")
def test_programs_that_meter_for_long_lose_nothing_and_leave_nothing(
    host, tmp_path, monkeypatch, request
):
    ledger = tmp_path / "ledger"
    monkeypatch.setenv(LEDGER_VARIABLE, str(ledger))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    rng = random.Random(16)
    programs = Programs(tmp_path)
    unsaid = 0
    try:
        for _ in range(PROGRAMS):
            programs.start()
        _, first_log = programs.running[0]
        until_s = time.monotonic() + 60 * request.config.getoption("--soak-minutes")
        while time.monotonic() < until_s:
            time.sleep(rng.uniform(0.05, 0.4))
            unsaid += rng.choice(TROUBLES)(programs, ledger, rng)
        programs.end.touch()
        for program, _ in programs.running:
            assert program.wait(END_S) == 0
    finally:
        for program, _ in programs.running:
            program.kill()
            program.wait()

    until_s = time.monotonic() + END_S
    while processes_of(ledger) and time.monotonic() < until_s:
        time.sleep(0.1)
    assert processes_of(ledger) == {}
    found = {each.run_id: each for each in questions.read(ledger)}
    begun = {each["begun"] for each in programs.said() if "begun" in each}
    # One that was killed, or interrupted, between a begin and its word of that.
    print(f"{len(found)} windows of {programs.number} programs; {unsaid} killed or interrupted")
    # Nobody has written what began right before both ended: at most a window and one within it.
    just_begun = {
        each["begun"]
        for log in programs.killed_with_samplers
        for each in [said for said in programs.said(log) if "begun" in said][-2:]
    }
    lost = begun - found.keys()
    print(f"{len(lost & just_begun)} had begun right before program and sampler were killed")
    assert lost - just_begun == set()
    assert len(found.keys() - begun) <= unsaid
    assert {each.status for each in found.values()} <= {"ok", "error", "interrupted", "died"}
    assert list(files(intake_folder(ledger))) == []
    assert not check(ledger).faults
    left = {path.name.partition(".")[0].partition("-")[0] for path in ledger.iterdir()}
    assert left <= {"ledger", "booker", "intake"}

    _, total = questions.grouped(list(found.values()), "label")
    truth_j = POWER_W * union_s(each.span[1:] for each in found.values() if each.span)
    once_j, within_j = total.measured.energy_j, total.measured.uncertainty_j
    print(
        f"{once_j:.1f} ± {within_j:.1f} J, in truth {truth_j:.1f} J, plain sum {total.sum_j:.1f} J"
    )
    assert once_j == pytest.approx(truth_j, abs=max(within_j, 0.001 * truth_j))

    use = [each for each in programs.said(first_log) if "bytes" in each]
    settled = use[min(len(use) - 1, int(SETTLED_S / SAID_S)) :]
    print(f"{[each['bytes'] >> 10 for each in settled][:: max(1, len(settled) // 8)]} KiB")
    assert settled[-1]["bytes"] - settled[0]["bytes"] < MORE_BYTES
    assert settled[-1]["files"] <= settled[0]["files"] + 4
