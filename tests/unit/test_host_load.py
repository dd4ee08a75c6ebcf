"""CPU time of the host and of a process tree: nothing lost, nothing counted twice."""

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_green.sampler.host_load import TICK_S, HostLoad

KERNEL = 100


def no_clock(pid):
    raise OSError("no such clock")


@pytest.fixture
def procfs(proc_tree):
    """A host whose processes the test starts, makes busy and ends."""

    class Procfs:
        root = proc_tree.proc

        def __init__(self):
            self.host(0.0)
            self.process(KERNEL, parent=1, session=KERNEL)

        def host(self, busy_s, **more):
            proc_tree.stat(busy_s=busy_s, idle_s=1000.0, **more)

        def process(self, pid, *, parent=KERNEL, session=7, busy_s=0.0, ended_s=0.0, start=1):
            folder = self.root / str(pid)
            folder.mkdir(exist_ok=True)
            user, ended = round(busy_s / TICK_S), round(ended_s / TICK_S)
            (folder / "stat").write_text(
                f"{pid} (a) b (c) R {parent} {pid} {session} 0 -1 0 1 2 3 4 "
                f"{user} 0 {ended} 0 20 0 1 0 {start} 1000 10\n"
            )

        def end(self, pid):
            shutil.rmtree(self.root / str(pid))

        def load(self):
            return HostLoad(KERNEL, self.root, no_clock)

    return Procfs()


def tree_s(load):
    return load.read().tree_busy_s


def test_the_host_is_busy_for_all_but_idle_and_stolen_time(procfs):
    each = "".join(f"cpu{n} 1 0 0 0 0 0 0 0 0 0\n" for n in range(2))
    text = f"cpu  100 20 30 9999 5000 4 6 777 50 0\n{each}intr 5\nctxt 7\n"
    (procfs.root / "stat").write_text(text)
    read = procfs.load().read()
    assert read.host_busy_s == pytest.approx((100 + 20 + 30 + 4 + 6) * TICK_S)
    assert read.cpus == 2


def test_without_a_stat_file_there_is_no_load(tmp_path):
    assert HostLoad(1, tmp_path).read() is None


def test_the_tree_is_the_root_and_all_below_it(procfs):
    procfs.process(200, busy_s=1.0)
    procfs.process(50, parent=200, busy_s=2.0)  # a lower number than its parent
    procfs.process(300, parent=1, busy_s=40.0)
    load = procfs.load()
    assert tree_s(load) == pytest.approx(3.0)
    assert load.pids == {KERNEL, 200, 50}


def test_a_child_that_comes_later_joins_and_a_stranger_does_not(procfs):
    load = procfs.load()
    before_s = tree_s(load)
    procfs.process(200, busy_s=1.5)
    procfs.process(300, parent=1, busy_s=9.0)
    procfs.process(301, parent=300, busy_s=9.0)
    assert tree_s(load) - before_s == pytest.approx(1.5)


def test_a_child_between_two_readings_counts_through_its_parent(procfs):
    load = procfs.load()
    before_s = tree_s(load)
    procfs.process(KERNEL, parent=1, session=KERNEL, ended_s=0.8)
    assert tree_s(load) - before_s == pytest.approx(0.8)


def test_a_child_that_ends_is_not_counted_twice(procfs):
    procfs.process(200, busy_s=2.0)
    load = procfs.load()
    before_s = tree_s(load)
    procfs.end(200)
    procfs.process(KERNEL, parent=1, session=KERNEL, ended_s=2.3)
    assert tree_s(load) - before_s == pytest.approx(0.3)
    assert tree_s(load) - before_s == pytest.approx(0.3)


def test_a_whole_branch_that_ends_is_not_counted_twice(procfs):
    procfs.process(200, busy_s=2.0)
    procfs.process(201, parent=200, busy_s=1.0)
    load = procfs.load()
    before_s = tree_s(load)
    procfs.end(200)
    procfs.end(201)
    procfs.process(KERNEL, parent=1, session=KERNEL, ended_s=3.1)
    assert tree_s(load) - before_s == pytest.approx(0.1)


def test_a_child_that_nobody_waited_for_keeps_what_was_seen(procfs):
    procfs.process(200, busy_s=2.0)
    load = procfs.load()
    before_s = tree_s(load)
    procfs.end(200)  # SIGCHLD is ignored: the kernel's figures do not move
    procfs.process(KERNEL, parent=1, session=KERNEL, busy_s=0.5)
    assert tree_s(load) - before_s == pytest.approx(0.5)


def test_a_grandchild_that_init_adopts_stays_in_the_tree(procfs):
    procfs.process(200)
    procfs.process(201, parent=200, busy_s=1.0)
    load = procfs.load()
    before_s = tree_s(load)
    procfs.end(200)
    procfs.process(201, parent=1, busy_s=4.0)
    assert tree_s(load) - before_s == pytest.approx(3.0)
    procfs.end(201)
    assert tree_s(load) - before_s == pytest.approx(3.0)


def test_a_daemon_of_the_kernels_session_is_found(procfs):
    load = procfs.load()
    before_s = tree_s(load)
    procfs.process(500, parent=1, session=KERNEL, busy_s=1.0)
    assert tree_s(load) - before_s == pytest.approx(1.0)


def test_a_shared_session_says_nothing_where_the_kernel_does_not_lead_it(procfs):
    procfs.process(KERNEL, parent=1, session=42)
    procfs.process(500, parent=1, session=42, busy_s=1.0)
    load = procfs.load()
    assert tree_s(load) == 0
    assert load.pids == {KERNEL}


def test_another_process_with_the_number_of_an_ended_one(procfs):
    procfs.process(200, busy_s=2.0)
    load = procfs.load()
    before_s = tree_s(load)
    procfs.process(200, parent=1, busy_s=50.0, start=2)
    procfs.process(KERNEL, parent=1, session=KERNEL, ended_s=2.0)
    assert tree_s(load) - before_s == pytest.approx(0.0)
    assert load.pids == {KERNEL}


def test_when_the_kernel_is_gone_its_time_stands(procfs):
    procfs.process(KERNEL, parent=1, session=KERNEL, busy_s=3.0)
    load = procfs.load()
    assert tree_s(load) == pytest.approx(3.0)
    procfs.end(KERNEL)
    assert tree_s(load) == pytest.approx(3.0)
    assert load.pids == frozenset()


# --- real processes -------------------------------------------------------------------------

BURN = "import time\nwhile time.process_time() < {cpu_s}: pass\n"


def own_and_ended_s():
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def test_real_children_are_counted_once_as_the_kernel_itself_counts_them():
    load = HostLoad(os.getpid())
    begin, begin_s = load.read(), own_and_ended_s()
    for _ in range(2):
        child = subprocess.Popen([sys.executable, "-S", "-c", BURN.format(cpu_s=0.3)])
        while load.read().tree_busy_s - begin.tree_busy_s < 0.1:
            time.sleep(0.01)
        assert child.pid in load.pids
        child.wait()
    end, end_s = load.read(), own_and_ended_s()
    assert end_s - begin_s > 0.6
    assert end.tree_busy_s - begin.tree_busy_s == pytest.approx(end_s - begin_s, abs=0.08)
    assert end.host_busy_s - begin.host_busy_s > 0.5


def test_the_process_that_reads_is_not_in_the_tree():
    code = (
        "import os; from jupyter_green.sampler.host_load import HostLoad;"
        "load = HostLoad(os.getppid()); load.read(); print(os.getpid() in load.pids, *load.pids)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert answer.split()[0] == "False"
    assert str(os.getpid()) in answer.split()


def test_a_real_process_that_is_started_in_the_background_and_left_alone():
    """What ``!command &`` does: the shell ends at once, init adopts the command."""
    kernel = subprocess.Popen(
        ["sh", "-c", 'sh -c "sleep 30 & echo \\$!"; sleep 30'],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    left_alone = int(kernel.stdout.readline())
    try:
        deadline = time.monotonic() + 10
        load = HostLoad(kernel.pid)
        while grandparent_of(left_alone) == kernel.pid and time.monotonic() < deadline:
            time.sleep(0.01)
        load.read()
        assert left_alone in load.pids
    finally:
        os.killpg(kernel.pid, 9)
        kernel.wait()


def grandparent_of(pid):
    try:
        return parent_of(parent_of(pid))
    except FileNotFoundError:
        return None


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
