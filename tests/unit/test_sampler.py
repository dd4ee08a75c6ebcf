"""The sampler's process: when it lives, when it sleeps, and what it never does to its parent."""

import ast
import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from jupyter_green.sampler import messages
from jupyter_green.sampler.conductor import LOOK_EACH_S
from jupyter_green.sampler.rate import FIRST_STRETCH_S, REST_INTERVAL_S
from tests.testbench.edges import timed
from tests.testbench.waiting import until


def alive(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def wake_ups(pid):
    """How often the process was given a processor, all threads together."""
    return sum(
        int(line.split()[1])
        for status in Path(f"/proc/{pid}/task").glob("*/status")
        for line in status.read_text().splitlines()
        if line.startswith(("voluntary", "nonvoluntary"))
    )


class Sampler:
    """A sampler that the test talks to by hand."""

    def __init__(self, env=None):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_green.sampler"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env=env,
        )
        self.hello = self.receive(messages.HELLO)

    def send(self, *message):
        self.process.stdin.write(messages.encode(timed(message, time.monotonic_ns())))
        self.process.stdin.flush()

    def receive(self, kind=messages.SAMPLE):
        """Return the next message of a kind."""
        while True:
            message = messages.decode(self.process.stdout.readline())
            if message[0] == kind:
                return message

    def receive_until(self, kind):
        """Return all messages up to the next one of a kind."""
        received = []
        while not received or received[-1][0] != kind:
            received.append(messages.decode(self.process.stdout.readline()))
        return received

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def sampler():
    made = Sampler()
    yield made
    made.close()


class Tree:
    """A powercap tree of plain files that count, whose zones come and go."""

    def __init__(self, root):
        self.root = root
        self.add("intel-rapl:0", "package-0")
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self):
        counter = self.root / "intel-rapl:0/energy_uj"
        while not self._is_over.wait(0.005):
            with counter.open("r+") as file:
                file.write(f"{time.monotonic_ns() // 1000 % 10**9 + 10**9:010}")

    def close(self):
        self._is_over.set()
        self._thread.join()

    def add(self, zone, name):
        folder = self.root / zone
        folder.mkdir(parents=True)
        (folder / "name").write_text(name)
        (folder / "max_energy_range_uj").write_text("262143328850")
        (folder / "energy_uj").write_text("1000000")

    def remove(self, zone):
        shutil.rmtree(self.root / zone)


@pytest.fixture
def tree(tmp_path):
    made = Tree(tmp_path / "powercap")
    yield made
    made.close()


@pytest.fixture
def rapl_sampler(tree):
    made = Sampler(os.environ | {"JUPYTER_GREEN_POWERCAP": str(tree.root)})
    yield made
    made.close()


def ids(hello):
    return [domain["id"] for domain in hello[1]["domains"] if domain["source"] != "nvml"]


def window(sampler, name):
    """Open and close a window; return all that was sent for it."""
    sampler.send(messages.PREPARE)
    sampler.send(messages.BEGIN, name, 10.0, True)
    sampler.send(messages.END, name)
    return sampler.receive_until(messages.SETTLED)


def test_a_sensor_that_comes_or_goes_is_noticed_at_the_next_window_a_second_later(
    rapl_sampler, tree
):
    assert ids(rapl_sampler.hello) == ["cpu:0/package"]
    assert messages.HELLO not in [m[0] for m in window(rapl_sampler, "a")]
    tree.add("intel-rapl:0:0", "dram")
    time.sleep(LOOK_EACH_S)
    told = window(rapl_sampler, "b")
    kinds = [m[0] for m in told]
    at = kinds.index(messages.HELLO)
    assert ids(told[at]) == ["cpu:0/package", "cpu:0/dram"]
    # The sample that a window waits for may come before, and is of the sensors until then.
    before, behind = (
        [m for m in part if m[0] == messages.SAMPLE] for part in (told[:at], told[at:])
    )
    assert all(m[2] in (None, [messages.PREPARE, ""]) and len(m[3]) == 1 for m in before)
    assert all(len(m[3]) == 2 for m in behind)
    assert [messages.BEGIN, "b"] in [m[2] for m in behind]
    tree.remove("intel-rapl:0:0")
    time.sleep(LOOK_EACH_S)
    told = window(rapl_sampler, "c")
    assert [ids(m) for m in told if m[0] == messages.HELLO] == [["cpu:0/package"]]


def test_what_can_be_read_stays_the_same_while_a_window_is_open(rapl_sampler, tree):
    rapl_sampler.send(messages.BEGIN, "outer", 10.0, True)
    assert rapl_sampler.receive()[2] == [messages.BEGIN, "outer"]
    tree.add("intel-rapl:0:0", "dram")
    told = window(rapl_sampler, "inner")
    assert messages.HELLO not in [m[0] for m in told]
    rapl_sampler.send(messages.END, "outer")
    told = rapl_sampler.receive_until(messages.SETTLED)
    assert messages.HELLO not in [m[0] for m in told]
    assert messages.HELLO in [m[0] for m in window(rapl_sampler, "next")]


def test_it_sleeps_between_windows_whatever_it_reads(rapl_sampler):
    window(rapl_sampler, "w")
    time.sleep(0.3)  # a polling for a counter that stands still ends, too
    before = wake_ups(rapl_sampler.process.pid)
    time.sleep(1.0)
    assert wake_ups(rapl_sampler.process.pid) == before


WAKES = """
import threading, time
from pathlib import Path
import jupyter_green as jg
with jg.measure():
    pass
time.sleep(2.5)  # the report is written by then
ours = [t.native_id for t in threading.enumerate() if t is not threading.main_thread()]
def wake_ups():
    status = [Path(f"/proc/self/task/{id_}/status").read_text().splitlines() for id_ in ours]
    return sum(int(l.split()[1]) for lines in status for l in lines if "ctxt_switches" in l)
before = wake_ups()
time.sleep(3 * %s)
print(len(ours), wake_ups() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counted in Linux's procfs")
def test_no_thread_of_the_program_wakes_up_between_windows(tmp_path):
    """The sampler reads on for some minutes; the program that is metered sleeps through it."""
    ran = subprocess.run(
        [sys.executable, "-c", WAKES % REST_INTERVAL_S],
        capture_output=True,
        text=True,
        env={**os.environ, "JUPYTER_GREEN_LEDGER": str(tmp_path)},
    )
    threads, woken = map(int, ran.stdout.split())
    assert threads == 2, ran.stderr  # that of the sampler's messages, and that of the ledger
    assert woken == 0


def test_it_says_at_once_what_it_can_read_and_what_not(sampler):
    kind, body = sampler.hello
    assert kind == messages.HELLO
    assert body["domains"]
    assert all(entry["reason"] and entry["remedy"] for entry in body["missing"])


def test_begin_and_end_are_read_at_once(sampler):
    before = time.monotonic_ns()
    sampler.send(messages.BEGIN, "w", 10.0, True)
    _, t_ns, mark, entries, _ = sampler.receive()
    assert mark == [messages.BEGIN, "w"]
    assert before < t_ns < time.monotonic_ns()
    assert all(isinstance(entry, list) for entry in entries)
    sampler.send(messages.END, "w")
    marks = [sampler.receive()[2]]
    while marks[-1] is None:
        marks.append(sampler.receive()[2])
    assert marks[-1] == [messages.END, "w"]


def test_it_sleeps_while_no_window_is_open(sampler):
    sampler.send(messages.BEGIN, "w", 0.02, True)
    sampler.send(messages.END, "w")
    assert sampler.receive(messages.SETTLED)[1] == "w"
    time.sleep(0.2)
    before = wake_ups(sampler.process.pid)
    time.sleep(1.0)
    assert wake_ups(sampler.process.pid) == before


def test_it_ends_when_its_parent_closes_the_pipe(sampler):
    sampler.process.stdin.close()
    assert sampler.process.wait(timeout=10) == 0


def test_a_reader_that_does_not_keep_up_holds_up_no_sample(sampler):
    """The pipe takes 64 kB; the samples of the time in which nobody reads must all be there."""
    sampler.send(messages.BEGIN, "w", 0.001, True)
    time.sleep(FIRST_STRETCH_S + 2.0)
    sampler.send(messages.END, "w")
    times, size = [], 0
    while True:
        line = sampler.process.stdout.readline()
        size += len(line)
        message = messages.decode(line)
        told = message[1] if message[0] == messages.BATCH else [message]
        samples = [one for one in told if one[0] == messages.SAMPLE]
        times += [t_ns for _, t_ns, *_ in samples]
        if any(mark == [messages.END, "w"] for _, _, mark, *_ in samples):
            break
    assert size > 2 * 65536
    assert max(b - a for a, b in itertools.pairwise(times)) < 0.5e9


PARENT = """
import os, sys, time
import jupyter_green as jg
meter = jg.Meter()
window = meter.begin()
if {fork}:
    child = os.fork()
    if child == 0:
        time.sleep(60)
else:
    child = 0
print(meter.sampler_pid, child, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("fork", [False, True], ids=["alone", "a fork holds the pipe"])
def test_it_ends_with_its_parent_even_by_kill_9(fork):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(fork=fork)], stdout=subprocess.PIPE, text=True
    )
    pid, child = map(int, parent.stdout.readline().split())
    try:
        assert alive(pid)
        parent.kill()
        parent.wait()
        assert until(lambda: not alive(pid))
    finally:
        parent.stdout.close()
        if child:
            os.kill(child, signal.SIGKILL)


def test_an_interrupt_of_the_kernels_group_does_not_reach_it():
    code = (
        "import os, signal, time, jupyter_green as jg\n"
        "m = jg.Meter(); w = m.begin(); pid = m.sampler_pid\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "os.killpg(0, signal.SIGINT); time.sleep(0.3)\n"
        "assert m.sampler_pid == pid; os.kill(pid, 0); w.end(); print('ok')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, start_new_session=True
    )
    assert ran.stdout == "ok\n", ran.stderr


NO_CHILD = """
import os, subprocess, sys, jupyter_green as jg
def children():
    try:
        return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
meter = jg.Meter()
window = meter.begin()
seen = [children()]
assert subprocess.run([sys.executable, "-c", "raise SystemExit(3)"]).returncode == 3
pid = os.spawnl(os.P_NOWAIT, sys.executable, sys.executable, "-c", "")
assert os.wait()[0] == pid
os.kill(meter.sampler_pid, 9)
window.end()
meter.begin().end()
seen += [children(), meter.sampler_pid]
meter.close()
print(seen)
"""


def test_it_is_no_child_of_the_program_and_ends_with_the_meter():
    ran = subprocess.run([sys.executable, "-c", NO_CHILD], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    before, after, pid = ast.literal_eval(ran.stdout)
    assert (before, after) == (None, None)
    assert until(lambda: not alive(pid))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="adopting is Linux's prctl(2)")
def test_a_program_that_adopts_processes_keeps_no_dead_one():
    """The first process of a container adopts; others may ask for it (PR_SET_CHILD_SUBREAPER)."""
    code = (
        "import ctypes, os, jupyter_green as jg\n"
        "assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0\n"
        "meter = jg.Meter(); meter.begin().end(); meter.close()\n"
        "try:\n    print(os.waitpid(-1, os.WNOHANG))\n"
        "except ChildProcessError:\n    print('none')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.stdout == "none\n", ran.stderr


def test_it_imports_nothing_heavy():
    code = "import sys, jupyter_green.sampler.process; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    for heavy in ("numpy", "IPython", "matplotlib", "anywidget", "asyncio", "torch"):
        assert f"'{heavy}'" not in loaded


def test_a_file_of_the_users_does_not_take_the_place_of_pythons(tmp_path):
    (tmp_path / "json.py").write_text("raise RuntimeError('not the json you wanted')")
    (tmp_path / "queue.py").write_text("raise RuntimeError('not the queue you wanted')")
    code = (
        f"import os, sys; sys.path[0] = {str(Path.cwd())!r}\n"
        "import jupyter_green as jg\n"
        f"os.chdir({str(tmp_path)!r})\n"
        "print(len(jg.discover().domains))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert int(ran.stdout) >= 1, ran.stderr


def test_check_prints_what_can_be_read():
    ran = subprocess.run(
        [sys.executable, "-m", "jupyter_green.sampler", "--check"], capture_output=True, text=True
    )
    assert ran.returncode == 0
    assert "missing" in ran.stdout or "counter" in ran.stdout
