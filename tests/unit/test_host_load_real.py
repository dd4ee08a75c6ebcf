"""CPU time of a process tree as real processes use it, however they were started and left."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_green.sampler.host_load import HostLoad

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


DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while time.process_time() < 0.4:
            pass
    os._exit(0)
os.wait()
"""
LEAVES = {
    "in the background of a shell": ["sh", "-c", "setsid sh -c '{burn} &'"],
    "as a daemon": [sys.executable, "-c", DAEMON],
}

FOUND_S = 0.35
SAYS_ITS_SHARE = """
import json, os, subprocess, sys, time
from jupyter_green.sampler import lineage
from jupyter_green.sampler.host_load import HostLoad
lineage.mark()
load = HostLoad(os.getpid())
before = load.read()
looks_s = time.process_time()
subprocess.run(json.loads(sys.argv[1]), start_new_session=True)
until_s = time.monotonic() + 20
found_s = 0.0
while found_s < float(sys.argv[2]) and time.monotonic() < until_s:
    time.sleep(0.03)  # as a sampler does, only more often
    found_s = load.read().tree_busy_s - before.tree_busy_s - time.process_time() + looks_s
print(found_s)
"""


@pytest.mark.parametrize("way", LEAVES)
def test_real_work_that_has_left_its_parents_is_found(way):
    # What it uses between the last look and its end is lost, which is more on a busy machine.
    burn = f'{sys.executable} -S -c "{BURN.format(cpu_s=0.6).strip()}"'
    command = [part.replace("{burn}", burn) for part in LEAVES[way]]
    done = subprocess.run(
        [sys.executable, "-c", SAYS_ITS_SHARE, json.dumps(command), str(FOUND_S)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert float(done.stdout) >= FOUND_S


def grandparent_of(pid):
    try:
        return parent_of(parent_of(pid))
    except FileNotFoundError:
        return None


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
