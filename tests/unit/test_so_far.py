"""What a window tells of the other hosts of a cluster while it is open."""

import json

import pytest

from jupyter_green.clock import now_ns
from jupyter_green.cluster import cluster_window
from jupyter_green.cluster import words as said
from jupyter_green.cluster.agents import Agents
from jupyter_green.cluster.cluster_window import ClusterWindow
from jupyter_green.cluster.so_far import MOST_HOSTS
from jupyter_green.cluster.without import WithoutCluster
from jupyter_green.meter.elsewhere import HostSoFar, HostsSoFar
from jupyter_green.notebook.live.elsewhere import record
from jupyter_green.sources.base import Domain, Provenance, Scale
from jupyter_green.sources.machine import host
from tests.testbench.cluster_standin import StandInAgent, StandInEngine
from tests.testbench.reports import domain, estimate, report

PACKAGE = Domain("cpu:0/package", "a processor", "rapl", Provenance.COUNTER, 0.001, True)
OWN = report(domain(energy_j=40.0), host=host())


class Cluster:
    """A window that is open on stand-in hosts, which tell what they are told to."""

    def __init__(self, *names, workers=()):
        self.agents = {name: StandInAgent(name, f"agent of {name}", OWN) for name in names}
        used = {f"worker-{name}": name for name in names} | dict(workers)
        self.engine = StandInEngine(*self.agents.values(), workers=used)
        self.window = ClusterWindow(Agents(self.engine))
        self.window.open("run-1")
        self.window.begin(now_ns())

    def tell(self, name, *domains, duration_s=1.0):
        """Have a host say what it has used in so many seconds."""
        used = report(*domains, host=name, duration_s=duration_s, points=2)
        told = {"run-1": json.dumps(used.to_dict())}
        self.engine.say(self.agents[name], said.SO_FAR, None, told)

    def so_far(self, *own):
        """Return what is then known."""
        return self.window.so_far(own or [PACKAGE])

    def so_far_without_sensors(self):
        """Return it where nothing is read here."""
        return self.window.so_far([])

    def finished(self):
        """Return the report, in which no host tells more than it has."""
        for agent in self.agents.values():
            agent.silent_to.add(said.END)
        self.window.end(now_ns(), now_ns())
        return self.window.joined(OWN)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    for name in ("START_S", "ANSWER_S", "BEGUN_S"):
        monkeypatch.setattr(f"jupyter_green.cluster.agents.{name}", 0.05)
    monkeypatch.setattr("jupyter_green.cluster.cluster_window.ANSWER_S", 0.05)


def test_each_host_has_the_name_and_the_joules_of_the_report():
    cluster = Cluster("aaaa", "bbbb")
    cluster.tell("aaaa", domain(energy_j=80.0), domain("cpu:0/core", 30.0, counted=False))
    cluster.tell("bbbb", estimate(5.0))
    found = cluster.so_far()
    assert found.own_name == "host-1"
    assert not found.is_at_least
    assert [(each.name, each.energy_j) for each in found.others] == [("host-2", 80), ("host-3", 5)]
    assert [[part.provenance.value for part in each.parts] for each in found.others] == [
        ["counter"],
        ["estimate"],
    ]
    hosts = cluster.finished().hosts
    assert [(each.name, each.energy_j) for each in hosts[1:]] == [
        (each.name, each.energy_j) for each in found.others
    ]


def test_a_board_that_is_metered_here_or_by_two_hosts_counts_once():
    cluster = Cluster("aaaa", "bbbb")
    boards = [domain(f"gpu:{n}", 100.0, board=f"GPU-{n}") for n in range(3)]
    cluster.tell("aaaa", domain(energy_j=10.0), *boards[:2])
    cluster.tell("bbbb", domain(energy_j=20.0), *boards[1:])
    own = Domain("gpu:7", "a board", "nvml", Provenance.COUNTER, 0.02, counted=True, board="GPU-0")
    found = cluster.so_far(PACKAGE, own)
    assert [each.energy_j for each in found.others] == [110.0, 120.0]
    assert [(part.id, part.energy_j) for each in found.others for part in each.parts] == [
        ("host-2/cpu", 10.0),
        ("host-2/gpu", 100.0),
        ("host-3/cpu", 20.0),
        ("host-3/gpu", 100.0),
    ]


def test_watts_are_the_mean_since_the_look_before():
    cluster = Cluster("aaaa")
    cluster.tell("aaaa", domain(energy_j=100.0), duration_s=2.0)
    (first,) = cluster.so_far().others
    assert (first.power_w, first.until_s) == (50.0, pytest.approx(2.0, abs=0.1))
    cluster.tell("aaaa", domain(energy_j=220.0), duration_s=3.0)
    assert cluster.so_far().others[0].power_w == pytest.approx(120.0)
    cluster.engine.say(cluster.agents["aaaa"], said.BEGUN, "run-1")  # no joules since
    assert cluster.so_far().others[0].power_w == pytest.approx(120.0)


def test_it_is_looked_for_anew_when_something_was_told_or_after_a_while(monkeypatch):
    cluster = Cluster("aaaa")
    cluster.tell("aaaa", domain(energy_j=80.0))
    first = cluster.so_far()
    assert cluster.so_far() is first
    cluster.tell("aaaa", domain(energy_j=90.0), duration_s=2.0)
    second = cluster.so_far()
    assert second is not first
    later_ns = now_ns() + int(1.5 * said.EACH_S * 1e9)
    monkeypatch.setattr(cluster_window, "now_ns", lambda: later_ns)
    assert cluster.so_far() is not second


def test_until_all_have_told_it_is_at_least_what_is_known():
    cluster = Cluster("aaaa", "bbbb")
    cluster.tell("aaaa", domain(energy_j=80.0))
    found = cluster.so_far()
    assert found.is_at_least
    assert [(each.energy_j, each.is_lost) for each in found.others] == [(80, False), (None, False)]


def test_a_host_that_is_lost_keeps_its_joules_and_draws_nothing_that_is_known():
    cluster = Cluster("aaaa", "bbbb")
    for name in ("aaaa", "bbbb"):
        cluster.tell(name, domain(energy_j=80.0))
    cluster.engine.heard([said.GONE, "agent of aaaa"])
    found = cluster.so_far()
    assert found.is_at_least
    lost, other = found.others
    assert (lost.is_lost, lost.energy_j, lost.power_w) == (True, 80.0, None)
    assert not other.is_lost
    cluster.tell("aaaa", domain(energy_j=90.0), duration_s=2.0)  # it was only cut off
    assert not cluster.so_far().is_at_least


def test_where_nothing_is_read_here_it_is_at_least_what_others_use_as_the_report_says():
    cluster = Cluster("aaaa")
    cluster.tell("aaaa", domain(energy_j=80.0))
    assert not cluster.so_far().is_at_least
    cluster.tell("aaaa", domain(energy_j=90.0), duration_s=2.0)
    found = cluster.so_far_without_sensors()
    assert (found.is_at_least, found.others[0].energy_j) == (True, 90.0)


def test_a_host_that_is_silent_for_long_is_lost(monkeypatch):
    cluster = Cluster("aaaa")
    cluster.tell("aaaa", domain(energy_j=80.0))
    later_ns = now_ns() + int((cluster_window.SILENT_S + 1) * 1e9)
    monkeypatch.setattr(cluster_window, "now_ns", lambda: later_ns)
    assert cluster.so_far().others[0].is_lost


def test_a_host_without_an_agent_has_nothing_and_a_cluster_of_this_host_no_others():
    found = Cluster("aaaa", workers={"worker-9": "cccc"}).so_far()
    assert found.is_at_least
    assert [(each.name, each.is_lost) for each in found.others] == [
        ("host-2", False),
        ("host-3", True),
    ]
    assert Cluster().so_far() is None


def test_without_its_cluster_a_window_is_at_least_this_hosts():
    assert WithoutCluster("it is gone").so_far([]) == HostsSoFar("host-1", (), is_at_least=True)
    cluster = Cluster("aaaa")
    cluster.engine.is_down = True
    window = ClusterWindow(Agents(cluster.engine))
    window.open("run-2")
    assert window.so_far([PACKAGE]) == HostsSoFar("host-1", [], is_at_least=True)


def test_what_cannot_be_read_is_nothing_that_is_known():
    cluster = Cluster("aaaa")
    cluster.engine.say(cluster.agents["aaaa"], said.SO_FAR, None, {"run-1": "{"})
    found = cluster.so_far()
    assert found.is_at_least
    (other,) = found.others
    assert (other.energy_j, other.until_s, other.is_lost) == (None, None, True)


def test_a_moment_says_nothing_of_watts():
    cluster = Cluster("aaaa")
    cluster.tell("aaaa", domain(energy_j=2.0), duration_s=0.02)
    (other,) = cluster.so_far().others
    assert (other.energy_j, other.power_w, other.until_s) == (None, None, None)
    cluster.tell("aaaa", domain(energy_j=80.0), duration_s=1.0)
    (other,) = cluster.so_far().others
    assert (other.energy_j, other.power_w) == (80.0, 40.0)


def test_a_host_without_a_sensor_has_told_all_that_it_will():
    cluster = Cluster("aaaa")
    cluster.tell("aaaa", duration_s=3.0)
    found = cluster.so_far()
    assert found.is_at_least
    (other,) = found.others
    assert (other.energy_j, other.power_w, other.is_lost) == (None, None, False)
    assert other.until_s == pytest.approx(3.0, abs=0.1)


def test_of_many_hosts_the_last_ones_are_told_together():
    names = [f"{n:04x}" for n in range(12)]
    cluster = Cluster(*names)
    scale = Scale(1.1, "one model", "a source")
    for name in names[:-1]:
        cluster.tell(name, estimate(10.0, scale=scale))
    others = cluster.so_far().others
    assert len(others) == MOST_HOSTS
    assert sum(each.energy_j for each in others) == pytest.approx(110.0)
    rest = others[-1]
    assert (rest.hosts, rest.energy_j, rest.power_w) == (5, 40.0, 20.0)
    (part,) = rest.parts
    assert part.id == "5 more/cpu"
    assert (part.scale.factor, part.scale.group) == (pytest.approx(1.1), "one model")


def test_the_record_holds_what_is_known():
    part = domain("host-2/cpu", 12.3456789012, scale=Scale(1.1, "a", "a source"))
    known = HostSoFar("host-2", [part, domain("host-2/dram", 1.0)], 5.4321098, 1.23456)
    found = record(HostsSoFar("host-1", (known, HostSoFar("host-3", is_lost=True)), True))
    assert found["own_name"] == "host-1"
    assert found["at_least"] is True
    first, second = found["hosts"]
    assert (first["power_w"], first["t_s"]) == (5.4321, 1.2346)
    common = {"provenance": "counter", "counted": True}
    assert first["parts"] == [
        {
            "id": "host-2/cpu",
            "energy_j": 12.3456789,
            "scale": {"factor": 1.1, "group": "a"},
            **common,
        },
        {"id": "host-2/dram", "energy_j": 1.0, **common},
    ]
    assert second == {
        "name": "host-3",
        "hosts": 1,
        "parts": [],
        "power_w": None,
        "t_s": None,
        "lost": True,
    }
