"""A real Dask cluster on hosts of known truth, as a program meters it."""

import os
import signal
import time

import pytest

import jupyter_green as jg
from tests.testbench.cluster_hosts import agents_of, ended_within
from tests.testbench.dask_cluster import dask_cluster, hold_lock, spin, spin_more, worker_pids

pytest.importorskip("distributed", reason="Dask is not installed: pip install distributed")

from distributed import Client

LONG = 12_000_000
"""So much to add up takes about a quarter of a second."""
IDLE_W = 30.0
"""What one of the hosts draws while nothing runs, as was found out there."""


def test_each_joule_of_each_host_is_counted_once(hosts):
    _, four, one = hosts
    one.keep_baseline(IDLE_W)
    with dask_cluster([four] * 4 + [one]) as client:
        pids = worker_pids(client, four)
        with jg.measure("busy", cluster=client) as busy:
            four.package.set_power(150.0)
            work = [client.submit(hold_lock, LONG + n) for n in range(5)]
            time.sleep(0.2)
            os.kill(pids[0], signal.SIGKILL)
            client.gather(work)
            four.package.set_power(50.0)
            so_far = told_by_all(busy)
        report = busy.report
        assert [host.name for host in so_far.others] == ["host-2", "host-3"]
        for host, final in zip(so_far.others, report.hosts[1:], strict=True):
            assert 0.0 < host.energy_j < final.energy_j
        assert_true(report, busy, hosts)
        assert len(report.domains) == 3
        # Not to the kill alone; where the machine is busy its agent hears of a begin late.
        assert report.hosts[1].duration_s > 0.7 * report.duration_s
        assert report.hosts[1].duration_s < report.duration_s + 0.1

        (kind,) = report.tasks.kinds
        assert kind.name == "hold_lock"
        assert 5 <= kind.tasks <= 6  # what was killed ran again
        assert_all_shared(report, hosts[1:])

        with (
            Client(client.scheduler.address, set_as_default=False) as other,
            jg.measure("at once", cluster=client) as at_once,  # the agents are there
        ):
            others = other.submit(spin, 0.1)
            short = client.map(spin, [0.02] * 5, range(5))
            client.gather(short + client.map(spin_more, [0.06] * 5, range(5)))
            straddles = client.submit(hold_lock, LONG)
            others.result()
        straddles.cancel()
        assert_true(at_once.report, at_once, hosts)
        assert_all_shared(at_once.report, hosts[1:])
        tasks = at_once.report.tasks
        found = {kind.name: kind for kind in tasks.kinds}
        assert (found["spin"].tasks, found["spin_more"].tasks, tasks.others.tasks) == (5, 5, 1)
        assert found["spin"].duration_s >= 0.1
        assert found["spin_more"].duration_s >= 0.3
        assert tasks.others.duration_s >= 0.1
        agents = [agents_of(host) for host in hosts]
        assert [len(pids) for pids in agents] == [0, 1, 1]
    assert ended_within(10.0, [pid for pids in agents for pid in pids])


def told_by_all(run):
    """Return what all other hosts have used so far, once they have told."""
    for _ in range(100):
        found = run._window.others_so_far()
        if not found.is_at_least:
            return found
        time.sleep(0.05)
    raise AssertionError(f"some have told nothing: {found}")


def assert_all_shared(report, hosts):
    """Assert that the parts of tasks add up to the joules of the hosts with workers.

    Of the last one they are those above its idle power.
    """
    tasks = report.tasks
    assert (tasks.hosts, tasks.hosts_above_idle) == (len(hosts), 1)
    parts = [*tasks.kinds, *filter(None, [tasks.others])]
    whole_j = sum(kind.energy_j for kind in parts) + tasks.no_task_j
    of_hosts = {host.id for host in hosts}
    hosts_j = sum(each.energy_j for each in report.hosts if each.host in of_hosts)
    hosts_j -= IDLE_W * report.duration_s
    assert whole_j == pytest.approx(tasks.energy_j) == pytest.approx(hosts_j, rel=0.01)


def assert_true(report, run, hosts):
    window = run._window
    assert "host-lost" not in report.flags, report.missing
    assert [host.name for host in report.hosts] == ["host-1", "host-2", "host-3"]
    by_host = {each.host: each for each in report.hosts}
    truth_j = 0.0
    for host in hosts:
        own_j = host.energy_j(window)
        found = by_host[host.id]
        assert abs(found.energy_j - own_j) <= max(2 * found.uncertainty_j, 0.01 * own_j)
        truth_j += own_j
    assert abs(report.energy_j - truth_j) <= max(2 * report.uncertainty_j, 0.01 * truth_j)
