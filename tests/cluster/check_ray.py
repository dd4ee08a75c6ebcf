"""A real Ray cluster of two nodes on stand-in hosts. ``make check-ray``."""

import os
import signal
import time

import pytest

import jupyter_green as jg
from jupyter_green.cluster import finding
from jupyter_green.flags import HOST_LOST
from tests.testbench.cluster_hosts import ROOT, agents_of, ended_within

ray = pytest.importorskip("ray", reason="Ray is not installed: make check-ray")

from ray.cluster_utils import Cluster  # noqa: E402  (after it is known to be there)


@pytest.fixture
def two_nodes(hosts, tmp_path, monkeypatch):
    """One on the host of four workers, one without jupyter_green on the other."""
    own, four, one = hosts
    monkeypatch.chdir(tmp_path)  # Ray's workers search this program's folder, too
    nowhere = tmp_path / "nowhere" / "jupyter_green"
    nowhere.mkdir(parents=True)
    (nowhere / "__init__.py").write_text(
        """raise ModuleNotFoundError("No module named 'jupyter_green'")"""
    )
    yield from _connected(
        monkeypatch,
        hosts,
        [(own, 0, ROOT), (four, 1, ROOT), (one, 1, nowhere.parent)],
    )


@pytest.fixture
def nodes(hosts, monkeypatch):
    """Two nodes on the host of four workers, one on the other; and none on the notebook's."""
    own, four, one = hosts
    each = [(own, 0, ROOT), (four, 2, ROOT), (four, 2, ROOT), (one, 1, ROOT)]
    yield from _connected(monkeypatch, hosts, each)


def _connected(monkeypatch, hosts, nodes):
    """Start nodes, each on its host with so many processors and that path; connect this program."""
    behind = os.environ.get("PYTHONPATH", "")
    cluster = Cluster()
    for host, cpus, path in nodes:
        with monkeypatch.context() as patched:
            patched.setenv("PYTHONPATH", os.pathsep.join([str(path), behind]))
            for name, value in host.env.items():
                patched.setenv(name, value)
            cluster.add_node(num_cpus=cpus, object_store_memory=80 << 20, include_dashboard=False)
    ray.init(address=cluster.address, log_to_driver=False)
    finding._agents.pop(ray, None)  # those of the test before were met by another host
    yield hosts
    ray.shutdown()
    cluster.shutdown()


@ray.remote(num_cpus=1)
def hold_lock(numbers):
    return sum(range(numbers))


def truth_j(hosts, run):
    return sum(host.energy_j(run._window) for host in hosts)


def test_each_host_is_counted_once_and_agents_end_with_the_cluster(nodes):
    four = nodes[1]
    with jg.measure("warm", cluster=ray):
        pass
    with jg.measure("busy", cluster=ray) as busy:
        four.package.set_power(150.0)
        ray.get([hold_lock.remote(20_000_000) for _ in range(10)])
        four.package.set_power(50.0)
        time.sleep(2.0)
    report, true_j = busy.report, truth_j(nodes, busy)
    print(f"\n{report}\n{100 * (report.energy_j / true_j - 1):+.4f} % of {true_j:.1f} J:")
    print(f"  {report.energy_j - true_j:+.2f} J, its own ± {report.uncertainty_j:.2f} J")
    assert HOST_LOST not in report.flags, report.missing
    assert len(report.hosts) == 3
    assert abs(report.energy_j - true_j) <= max(report.uncertainty_j, 0.001 * true_j)
    agents = [agents_of(host) for host in nodes]
    assert [len(pids) for pids in agents][1:] == [1, 1]

    with jg.measure("lost", cluster=ray) as lost:
        time.sleep(1.5)
        os.kill(agents[2][0], signal.SIGKILL)
        time.sleep(0.5)
    assert HOST_LOST in lost.report.flags
    assert "at least" in str(lost.report)
    with jg.measure("again", cluster=ray) as again:
        time.sleep(2.0)
    assert HOST_LOST not in again.report.flags, again.report.missing
    assert again.report.energy_j == pytest.approx(truth_j(nodes, again), rel=0.01)

    left = [pid for host in nodes for pid in agents_of(host)]
    ray.shutdown()
    assert ended_within(10.0, left)
    with jg.measure("without", cluster=ray) as without:
        time.sleep(0.1)
    (reason,) = [each.reason for each in without.report.missing if each.id == "cluster"]
    assert "ray.init()" in reason


def test_a_node_without_jupyter_green_is_said_and_the_others_are_metered(two_nodes):
    own, four, _ = two_nodes
    with jg.measure("first", cluster=ray):
        pass
    with jg.measure("second", cluster=ray) as second:
        time.sleep(0.5)
    report, true_j = second.report, truth_j([own, four], second)
    assert report.energy_j == pytest.approx(true_j, rel=0.01)
    assert HOST_LOST in report.flags
    (reason,) = [each.reason for each in report.missing if each.id == "cluster"]
    assert "on 1 of Ray's 3 nodes" in reason
