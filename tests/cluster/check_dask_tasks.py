"""What tasks used, against what their hosts truly used while they ran. ``make check-dask``.

Each worker has one thread, so what its host uses while a task runs is the task's: the hosts have
one worker each. Tasks say themselves when they ran.
"""

import os
import signal
import subprocess
import sys
import time

import pytest

import jupyter_green as jg
from jupyter_green.cluster.dask.tasks import NOT_INSTALLED
from jupyter_green.flags import HOST_LOST
from jupyter_green.sources.variables import BOOT_ID_VARIABLE
from tests.cluster.check_dask import SCHEDULER, truth_j, worker
from tests.testbench.cluster_hosts import ROOT
from tests.testbench.dask_cluster import dask_cluster, hold_lock, spin, worker_pids

WITHIN = 0.15
"""What the joules of a prefix may be off: a busy machine takes its time from one task to the next,
which is in the joules of both and in no task's own seconds."""


def one(seconds, _):
    """Run for so long; return where and when."""
    begin_ns = time.monotonic_ns()
    spin(seconds)
    return os.environ[BOOT_ID_VARIABLE], begin_ns, time.monotonic_ns()


def three(seconds, number):
    """Do the same, as a task of another prefix."""
    return one(3 * seconds, number)


def locked(numbers, _):
    """Do the same, and hold Python's lock meanwhile."""
    begin_ns = time.monotonic_ns()
    hold_lock(numbers)
    return os.environ[BOOT_ID_VARIABLE], begin_ns, time.monotonic_ns()


def locked_after(numbers, number):
    """Do the same, as a task of another prefix."""
    return locked(numbers, number)


def true_j(hosts, ran):
    """Return what the hosts of tasks used while these ran."""
    by_boot = {host.env[BOOT_ID_VARIABLE]: host for host in hosts}
    return sum(by_boot[boot].package.energy_j(begin, end) for boot, begin, end in ran)


def assert_near(report, truth, within):
    tasks = report.tasks
    found = {kind.name: kind for kind in tasks.kinds}
    print(f"\n{report.table()}")
    for name, energy_j in truth.items():
        off = found[name].energy_j / energy_j - 1
        print(f"  {name}: {found[name].energy_j:.1f} J, truly {energy_j:.1f} J: {100 * off:+.2f} %")
        assert abs(off) < within
    parts = [*tasks.kinds, *filter(None, [tasks.others])]
    whole_j = sum(kind.energy_j for kind in parts) + tasks.no_task_j
    assert whole_j == pytest.approx(tasks.energy_j)


@pytest.fixture
def two(hosts):
    """A client of a cluster with a worker on each of two hosts, which has been metered before."""
    with dask_cluster(hosts[1:]) as client:
        with jg.measure("warm", cluster=client):
            pass
        yield client


def test_of_one_to_three_the_joules_are_one_to_three(hosts, two):
    with jg.measure("one to three", cluster=two) as run:
        first = two.map(one, [0.1] * 20, range(20))
        second = two.map(three, [0.1] * 20, range(20))
        ran, ran_longer = two.gather([first, second])
    truth = {"one": true_j(hosts[1:], ran), "three": true_j(hosts[1:], ran_longer)}
    assert truth["three"] > 2 * truth["one"]  # on a busy machine less than three times as much
    assert_near(run.report, truth, WITHIN)


def test_tasks_of_a_time_of_more_watts_used_more(hosts, two):
    with jg.measure("phases", cluster=two) as run:
        for host in hosts[1:]:
            host.package.set_power(200.0)
        ran = two.gather(two.map(one, [0.2] * 20, range(20)))
        for host in hosts[1:]:
            host.package.set_power(40.0)
        time.sleep(1.0)
        later = two.gather(two.map(three, [0.1] * 14, range(14)))
    truth = {"one": true_j(hosts[1:], ran), "three": true_j(hosts[1:], later)}
    assert_near(run.report, truth, WITHIN)
    print(f"  no task: {run.report.tasks.no_task_j:.1f} J, 2 s of 40 W and some more")
    assert run.report.tasks.no_task_j > 75


def test_calls_that_hold_pythons_lock_have_their_seconds_too(hosts, two):
    numbers = 60_000_000
    with jg.measure("locked", cluster=two) as run:
        for host in hosts[1:]:
            host.package.set_power(150.0)
        ran = two.gather(two.map(locked, range(numbers, numbers + 6), range(6)))
        for host in hosts[1:]:
            host.package.set_power(50.0)
        later = two.gather(two.map(locked_after, range(numbers, numbers + 6), range(6)))
    truth = {"locked": true_j(hosts[1:], ran), "locked_after": true_j(hosts[1:], later)}
    assert_near(run.report, truth, WITHIN)


def test_tasks_at_the_edges_count_with_their_part(hosts, two):
    begun = two.map(one, [2.0] * 2, range(2))
    time.sleep(1.0)
    with jg.measure("edges", cluster=two) as run:
        ran = two.gather(begun)
        time.sleep(0.5)
        left = two.map(three, [0.5] * 2, range(2))
        time.sleep(0.5)
    ran_later = two.gather(left)
    found = {kind.name: kind.duration_s for kind in run.report.tasks.kinds}
    print(f"\n{run.report.table()}")
    window = run._window
    for name, spans in (("one", ran), ("three", ran_later)):
        true_s = sum(
            (min(end_ns, window.end_ns) - max(begin_ns, window.begin_ns)) * 1e-9
            for _, begin_ns, end_ns in spans
        )
        print(f"  {name}: {found[name]:.3f} s, truly {true_s:.3f} s")
        assert found[name] == pytest.approx(true_s, abs=0.3)


def test_what_a_killed_worker_ran_counts_until_then(hosts, two):
    _, four, _ = hosts
    (pid,) = worker_pids(two, four)
    with jg.measure("killed", cluster=two) as run:
        tasks = two.map(one, [2.0] * 2, range(2))
        time.sleep(1.0)
        os.kill(pid, signal.SIGKILL)
        ran = two.gather(tasks)
    (kind,) = run.report.tasks.kinds
    print(f"\n{run.report.table()}")
    assert kind.tasks == 3
    true_s = sum(end_ns - begin_ns for _, begin_ns, end_ns in ran) * 1e-9 + 1.0
    assert kind.duration_s == pytest.approx(true_s, abs=0.5)


def test_a_scheduler_without_jupyter_green_tells_no_tasks_apart(hosts, tmp_path):
    from distributed import Client

    _, four, _ = hosts
    code = f"import sys\nsys.modules['jupyter_green'] = None\n{SCHEDULER}"
    made = subprocess.Popen(
        [sys.executable, "-c", code, "0"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    address = made.stdout.readline().strip()
    joined = worker(address, four, tmp_path)
    try:
        with Client(address) as client:
            client.wait_for_workers(1)
            with jg.measure("without", cluster=client) as run:
                assert client.submit(abs, -1).result() == 1
                time.sleep(0.3)
            assert run.report.tasks is None
            assert run.report.notes == (f"Tasks are not told apart: {NOT_INSTALLED}.",)
            assert HOST_LOST not in run.report.flags, run.report.missing
            assert run.report.energy_j == pytest.approx(truth_j(hosts[:2], run), rel=0.01)
    finally:
        for each in (joined, made):
            each.kill()
            each.wait()
