"""What takes too long for every run: accuracy, and all that can break. ``make check-dask``."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import jupyter_green as jg
from jupyter_green.cluster.without import CLUSTER
from jupyter_green.flags import HOST_LOST
from tests.testbench.cluster_hosts import ROOT, agents_of, ended_within, lives
from tests.testbench.dask_cluster import (
    LOOPBACK,
    dask_cluster,
    hold_lock,
    temporary_security,
    worker_pids,
)

LENGTH_S = 10.0
AHEAD_S = 5000.0


def truth_j(hosts, run):
    return sum(host.energy_j(run._window) for host in hosts)


def reasons(report):
    return {each.id: each.reason for each in report.missing}


def by_host(report, host):
    (found,) = [each for each in report.hosts if each.host == host.id]
    return found


def test_lock_bound_work_and_a_killed_worker_change_nothing(hosts):
    _, four, one = hosts
    with dask_cluster([four] * 4 + [one]) as client:
        pids = worker_pids(client, four)
        with jg.measure("warm", cluster=client):
            pass
        with jg.measure("busy", cluster=client) as busy:
            until_s = time.monotonic() + LENGTH_S
            work = [client.submit(hold_lock, 30_000_000 + n) for n in range(20)]
            for power_w in (150.0, 90.0, 170.0):
                four.package.set_power(power_w)
                one.package.set_power(250.0 - power_w)
                time.sleep(LENGTH_S / 5)
                if pids:
                    os.kill(pids.pop(), signal.SIGKILL)
                    pids.clear()
            client.gather(work)
            four.package.set_power(50.0)
            time.sleep(max(0.1, until_s - time.monotonic()))
        report = busy.report
        true_j = truth_j(hosts, busy)
        off = report.energy_j / true_j - 1
        print(f"\n{report}\n{100 * off:+.4f} % of {true_j:.1f} J in {report.duration_s:.1f} s:")
        print(f"  {report.energy_j - true_j:+.2f} J, its own ± {report.uncertainty_j:.2f} J")
        for host in hosts:
            found, own_j = by_host(report, host), host.energy_j(busy._window)
            print(
                f"  {found.name}: {100 * (found.energy_j / own_j - 1):+.4f} %, "
                f"clock {1e3 * found.offset_s:+.2f} ± {1e3 * found.offset_uncertainty_s:.2f} ms"
            )
        # A machine that is kept busy shows even the stand-ins' counters late.
        assert abs(report.energy_j - true_j) <= max(report.uncertainty_j, 0.0005 * true_j)
        assert abs(off) < 0.001


def test_a_lost_agent_makes_its_host_a_lower_bound(hosts):
    _, four, one = hosts
    with dask_cluster([four, one]) as client:
        with jg.measure("lost", cluster=client) as lost:
            time.sleep(2.5)
            (pid,) = agents_of(one)
            os.kill(pid, signal.SIGKILL)
            time.sleep(2.0)
        began_s = time.monotonic()
        report = lost.report
        assert time.monotonic() - began_s < 2.0
        found = by_host(report, one)
        assert 0.9 <= found.lost_at_s <= 2.8
        assert HOST_LOST in report.flags
        assert "at least" in str(report)
        true_j = truth_j(hosts, lost)
        assert 0.5 * true_j < report.energy_j < true_j
        assert by_host(report, four).lost_at_s is None

        with jg.measure("again", cluster=client) as again:  # another has taken its place
            time.sleep(0.5)
        assert HOST_LOST not in again.report.flags
        assert again.report.energy_j == pytest.approx(truth_j(hosts, again), rel=0.01)


def test_a_host_that_joins_is_metered_from_the_next_cell_on(hosts, tmp_path):
    _, four, one = hosts
    with dask_cluster([four]) as client:
        with jg.measure("one", cluster=client) as first:
            joined = worker(client.scheduler.address, one, tmp_path)
            client.wait_for_workers(2)
        try:
            assert len(first.report.hosts) == 2
            with jg.measure("two", cluster=client) as second:
                time.sleep(0.5)
        finally:
            joined.terminate()
            joined.wait()
        assert len(second.report.hosts) == 3
        assert second.report.energy_j == pytest.approx(truth_j(hosts, second), rel=0.01)


def test_a_host_whose_clock_is_ahead_is_metered_between_the_notebooks_two_times(hosts, tmp_path):
    """Its clock counts from another boot: here, one of a time namespace."""
    _, four, one = hosts
    ahead = ["unshare", "--time", "--monotonic", f"{AHEAD_S:.0f}", "--fork", "--kill-child"]
    if subprocess.run([*ahead, "true"], check=False, capture_output=True).returncode:
        pytest.skip("time namespaces cannot be made here")
    with dask_cluster([four]) as client:
        joined = worker(client.scheduler.address, one, tmp_path, prefix=ahead)
        try:
            client.wait_for_workers(2)
            with jg.measure("warm", cluster=client):
                pass
            with jg.measure("ahead", cluster=client) as run:
                one.package.set_power(160.0)
                time.sleep(2.0)
                one.package.set_power(40.0)
            time.sleep(0.5)  # what it draws behind the end is not the window's
        finally:
            joined.kill()  # unshare leaves other signals to its child
            joined.wait()
        found, true_j = by_host(run.report, one), one.energy_j(run._window)
        print(f"\n{run.report.table()}\n  {found.energy_j - true_j:+.3f} J of {true_j:.1f} J")
        assert found.offset_s == pytest.approx(AHEAD_S, abs=0.05)
        assert abs(found.energy_j - true_j) <= max(2 * found.uncertainty_j, 0.01 * true_j)


def test_a_worker_without_jupyter_green_works_all_the_same(hosts, tmp_path):
    _, four, one = hosts
    nowhere = tmp_path / "nowhere" / "jupyter_green"
    nowhere.mkdir(parents=True)
    (nowhere / "__init__.py").write_text("raise ModuleNotFoundError(__name__)")
    with dask_cluster([four]) as client:
        with jg.measure("one", cluster=client):
            pass
        joined = worker(client.scheduler.address, one, tmp_path, PYTHONPATH=str(nowhere.parent))
        try:
            client.wait_for_workers(2, timeout=30)
            with jg.measure("two", cluster=client) as second:
                assert client.gather(client.map(abs, range(-9, 0))) == [*range(9, 0, -1)]
                time.sleep(0.5)
        finally:
            joined.terminate()
            joined.wait()
        report = second.report
        assert "where 1 of Dask's 2 workers are" in reasons(report)[CLUSTER]
        assert HOST_LOST in report.flags
        own, found = hosts[0], by_host(report, four)
        assert found.energy_j == pytest.approx(four.energy_j(second._window), rel=0.01)
        assert by_host(report, own).lost_at_s is None
        assert len(report.hosts) == 2


def test_a_paused_worker_holds_nothing_up(hosts):
    _, four, one = hosts
    with dask_cluster([four, four, one]) as client:
        with jg.measure("warm", cluster=client):
            pass
        pid = worker_pids(client, four)[0]
        os.kill(pid, signal.SIGSTOP)
        try:
            began_s = time.monotonic()
            with jg.measure("paused", cluster=client) as paused:
                time.sleep(1.0)
            report = paused.report
            assert time.monotonic() - began_s < 3.0
        finally:
            os.kill(pid, signal.SIGCONT)
        assert HOST_LOST not in report.flags
        assert report.energy_j == pytest.approx(truth_j(hosts, paused), rel=0.01)


def test_two_clusters_on_one_host_each_have_an_agent(hosts):
    _, four, one = hosts
    with dask_cluster([four]) as client, dask_cluster([four, one]) as other:
        with (
            jg.measure("outer", cluster=client) as outer,
            jg.measure("inner", cluster=other) as inner,
        ):
            time.sleep(0.5)
        assert len(agents_of(four)) == 2
        assert outer.report.energy_j == pytest.approx(truth_j(hosts[:2], outer), rel=0.01)
        assert inner.report.energy_j == pytest.approx(truth_j(hosts, inner), rel=0.01)


SCHEDULER = f"""
import asyncio, sys
from distributed import Scheduler
async def main():
    port = int(sys.argv[1])
    async with Scheduler(host={LOOPBACK!r}, port=port, dashboard=False) as scheduler:
        print(scheduler.address, flush=True)
        await scheduler.finished()
asyncio.run(main())
"""


def scheduler(port="0"):
    made = subprocess.Popen(
        [sys.executable, "-c", SCHEDULER, port], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    return made, made.stdout.readline().strip()


def worker(address, host, folder, prefix=(), **env):
    command = [
        *prefix,
        sys.executable,
        "-m",
        "distributed.cli.dask_worker",
        address,
        "--no-dashboard",
    ]
    command += ["--host", LOOPBACK, "--nthreads", "1", "--death-timeout", "5"]
    command += ["--local-directory", str(folder), "--no-nanny"]
    return subprocess.Popen(command, env=os.environ | host.env | env, cwd=folder)


def test_the_scheduler_ends_and_another_is_metered_after_it(hosts, tmp_path):
    own, four, _ = hosts
    from distributed import Client

    made, address = scheduler()
    workers = [worker(address, four, tmp_path)]
    with Client(address) as client:
        try:
            client.wait_for_workers(1)
            with jg.measure("killed", cluster=client) as killed:
                time.sleep(1.5)
                agents = agents_of(four)
                made.kill()
                made.wait()
                time.sleep(0.5)
            report = killed.report
            assert HOST_LOST in report.flags
            assert report.energy_j > own.energy_j(killed._window) * 0.99
            assert ended_within(10.0, agents)

            made, _ = scheduler(address.rpartition(":")[2])
            workers.append(worker(address, four, tmp_path))
            client.wait_for_workers(1, timeout=30)
            with jg.measure("restarted", cluster=client) as restarted:
                time.sleep(0.5)
            found = restarted.report
            assert HOST_LOST not in found.flags, found.missing
            assert found.energy_j == pytest.approx(truth_j(hosts[:2], restarted), rel=0.01)
        finally:
            for each in workers:
                each.kill()
                each.wait()
            made.kill()
            made.wait()


def test_a_scheduler_that_is_cut_off_ends_the_agents_and_not_the_cell(hosts, tmp_path):
    from distributed import Client

    _, four, _ = hosts
    made, address = scheduler()
    workers = [worker(address, four, tmp_path)]
    with Client(address) as client:
        try:
            client.wait_for_workers(1)
            with jg.measure("cut off", cluster=client) as cut_off:
                time.sleep(2.5)
                agents = agents_of(four)
                os.kill(made.pid, signal.SIGSTOP)  # its connections stay as they are
                stopped_s = time.monotonic()
                time.sleep(0.5)
            report = cut_off.report
            print(f"\n{report}: after {time.monotonic() - stopped_s:.1f} s")
            assert HOST_LOST in report.flags
            assert 0.9 < by_host(report, four).lost_at_s < 3.0
            assert ended_within(10.0 - (time.monotonic() - stopped_s), agents)
            with jg.measure("still", cluster=client) as still:
                time.sleep(0.1)
            assert "does not answer" in reasons(still.report)[CLUSTER]
        finally:
            os.kill(made.pid, signal.SIGCONT)
            for each in (made, *workers):
                each.kill()
                each.wait()


def test_no_agent_outlives_the_workers_of_its_host(hosts, tmp_path):
    from distributed import Client

    _, four, one = hosts
    made, address = scheduler()
    workers = [worker(address, host, tmp_path) for host in (four, one)]
    with Client(address) as client:
        try:
            client.wait_for_workers(2)
            with jg.measure("warm", cluster=client):
                pass
            agents = [agents_of(host) for host in (four, one)]
            assert [len(pids) for pids in agents] == [1, 1]
            workers[0].kill()
            assert ended_within(10.0, agents[0])
            assert all(map(lives, agents[1]))
            with jg.measure("one is left", cluster=client) as left:
                time.sleep(0.5)
            assert left.report.energy_j == pytest.approx(truth_j([hosts[0], one], left), rel=0.01)
            for each in (made, workers[1]):
                each.kill()
            assert ended_within(10.0, agents[1])
        finally:
            for each in (made, *workers):
                each.kill()
                each.wait()


def test_an_agent_comes_with_the_workers_own_certificates(hosts):
    pytest.importorskip("cryptography")
    _, four, _ = hosts
    security = temporary_security()
    with dask_cluster([four], security=security) as client:
        assert client.scheduler.address.startswith("tls://")
        with jg.measure("encrypted", cluster=client) as encrypted:
            time.sleep(0.5)
        assert encrypted.report.energy_j == pytest.approx(truth_j(hosts[:2], encrypted), rel=0.01)


def test_a_program_that_ends_in_a_window_leaves_none_open(hosts):
    _, four, _ = hosts
    with dask_cluster([four]) as client:
        with jg.measure("warm", cluster=client):
            pass
        code = (
            "import os, time, jupyter_green as jg\n"
            "from distributed import Client\n"
            f"client = Client({client.scheduler.address!r})\n"
            "with jg.measure('dies', cluster=client):\n"
            "    time.sleep(0.3)\n"
            "    os._exit(0)\n"
        )
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
        with jg.measure("after", cluster=client) as after:
            time.sleep(1.2)
        assert after.report.energy_j == pytest.approx(truth_j(hosts[:2], after), rel=0.01)
        assert len(agents_of(four)) == 1


def test_what_is_no_cluster_is_said(hosts):
    from distributed import Client

    async def by_asynchronous():
        async with Client(address, asynchronous=True) as never:
            with jg.measure(cluster=never) as run:
                await asyncio.sleep(0.2)
        return run.report

    with pytest.raises(TypeError, match="a cluster is given by a client"):
        jg.measure(cluster=3)
    with dask_cluster([hosts[1]]) as client:
        address = client.scheduler.address
        assert "asynchronous" in reasons(asyncio.run(by_asynchronous()))[CLUSTER]

    with jg.measure(cluster=client) as closed:  # it was closed above
        time.sleep(0.2)
    assert "does not answer" in reasons(closed.report)[CLUSTER]
    assert closed.report.energy_j > 0
    assert threading.active_count() < 60
