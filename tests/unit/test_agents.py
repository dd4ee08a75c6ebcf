"""What a notebook knows of the agents of a cluster, and what it makes of what they tell."""

import json
import time

import pytest

from jupyter_green.clock import now_ns
from jupyter_green.cluster import agents as cluster_agents
from jupyter_green.cluster import words as said
from jupyter_green.cluster.agents import Agents
from jupyter_green.cluster.cluster_window import NO_AGENT, NO_ANSWER, ClusterWindow
from jupyter_green.cluster.without import CLUSTER
from jupyter_green.flags import HOST_LOST
from jupyter_green.sources.machine import host
from tests.testbench.cluster_standin import StandInAgent, StandInEngine
from tests.testbench.reports import domain, report

S = 1_000_000_000
OWN = report(domain(energy_j=40.0), host=host())


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    for name in ("START_S", "ANSWER_S", "BEGUN_S"):
        monkeypatch.setattr(cluster_agents, name, 0.05)
    monkeypatch.setattr("jupyter_green.cluster.cluster_window.ANSWER_S", 0.05)


def agent(name, energy_j=100.0, **more):
    made = report(domain(energy_j=energy_j), host=name, run_id=f"run on {name}")
    return StandInAgent(name, f"agent of {name}", made, **more)


def cluster(*agents, workers=()):
    used = {f"worker-{n}": each.host for n, each in enumerate(agents)}
    return StandInEngine(*agents, workers=used | dict(workers))


def metered(engine, *, during=lambda: None, agents=None):
    window = ClusterWindow(agents or Agents(engine))
    window.open("run-1")
    begin_ns = now_ns()
    window.begin(begin_ns)
    during()
    window.end(begin_ns, begin_ns + 2 * S)
    window.wait(0.05)
    return window.joined(OWN), begin_ns


def test_each_host_is_told_the_window_by_its_own_clock():
    ahead, behind = agent("aaaa", ahead_ns=5 * S), agent("bbbb", ahead_ns=-7 * S)
    found, begin_ns = metered(cluster(ahead, behind))
    assert found.energy_j == pytest.approx(240.0)
    assert HOST_LOST not in found.flags
    for number, each in enumerate((ahead, behind), start=1):
        told_ns = [t_ns - each.ahead_ns for t_ns in each.edges_ns]
        offset_s = found.hosts[number].offset_s
        uncertainty_ns = found.hosts[number].offset_uncertainty_s * 1e9
        assert offset_s == pytest.approx(each.ahead_ns * 1e-9, abs=0.01)
        assert abs(told_ns[0] - begin_ns) <= uncertainty_ns + 1
        assert abs(told_ns[1] - begin_ns - 2 * S) <= uncertainty_ns + 1


def test_the_notebooks_own_host_is_counted_once():
    engine = cluster(agent(host(), 40.0), agent("aaaa"))
    found, _ = metered(engine)
    assert found.energy_j == pytest.approx(140.0)
    assert [each.host for each in found.hosts] == [host(), "aaaa"]
    alone, _ = metered(cluster(agent(host(), 40.0)))
    assert alone == OWN


def test_of_two_agents_of_a_host_one_has_to_leave():
    first, second = agent("aaaa"), agent("aaaa", 999.0)
    second.id = "another"
    engine = cluster(first, second)
    found, _ = metered(engine)
    assert found.energy_j == pytest.approx(140.0)
    for _ in range(100):
        if [said.LEAVE, "another"] in engine.told:
            break
        time.sleep(0.01)
    assert [said.LEAVE, "another"] in engine.told
    assert [said.LEAVE, first.id] not in engine.told


def test_of_a_host_that_is_lost_there_remains_what_it_told_last():
    lost, other = agent("aaaa", silent_to={said.END}), agent("bbbb")
    engine = cluster(lost, other)
    so_far = report(domain(energy_j=33.0), host="aaaa", duration_s=0.7)

    def during():
        engine.say(lost, said.SO_FAR, None, {"run-1": json.dumps(so_far.to_dict())})
        engine.heard([said.GONE, lost.id])

    found, _ = metered(engine, during=during)
    assert found.energy_j == pytest.approx(40.0 + 33.0 + 100.0)
    assert HOST_LOST in found.flags
    assert "at least" in str(found)
    assert found.hosts[1].lost_at_s == pytest.approx(0.7, abs=0.05)


def test_a_host_that_was_cut_off_and_comes_back_in_the_window_is_whole():
    """Its agent has counted on: an end that is asked for later is answered from its own samples."""
    cut_off, other = agent("aaaa"), agent("bbbb")
    engine = cluster(cut_off, other)
    so_far = report(domain(energy_j=33.0), host="aaaa", duration_s=0.7)

    def during():
        engine.heard([said.GONE, cut_off.id])
        engine.say(cut_off, said.SO_FAR, None, {"run-1": json.dumps(so_far.to_dict())})

    found, _ = metered(engine, during=during)
    assert cut_off.edges_ns is not None  # it was told when the window was
    assert found.energy_j == pytest.approx(240.0)
    assert HOST_LOST not in found.flags


def test_where_another_agent_has_taken_its_place_the_host_is_lost_since_it_was_cut_off():
    cut_off, other = agent("aaaa", silent_to={said.END}), agent("bbbb")
    engine = cluster(cut_off, other)
    agents = Agents(engine)
    so_far = report(domain(energy_j=33.0), host="aaaa", duration_s=0.7)

    def during():
        engine.say(cut_off, said.SO_FAR, None, {"run-1": json.dumps(so_far.to_dict())})
        engine.heard([said.GONE, cut_off.id])
        engine.agents[0] = again
        engine.say(again, said.HERE)

    again = agent("aaaa", silent_to={said.END})  # it knows nothing of the window
    again.id = "another"
    found, _ = metered(engine, during=during, agents=agents)
    assert found.energy_j == pytest.approx(40.0 + 33.0 + 100.0)
    assert found.hosts[1].lost_at_s == pytest.approx(0.7, abs=0.05)
    again.silent_to = set()
    later, _ = metered(engine, agents=agents)
    assert later.energy_j == pytest.approx(240.0)
    assert HOST_LOST not in later.flags


def test_a_host_without_an_agent_and_one_that_tells_nothing_are_named():
    mute = agent("aaaa", silent_to={said.OPEN, said.BEGIN, said.END})
    engine = cluster(mute, workers={"worker-8": "cccc", "worker-9": None})
    agents = Agents(engine)
    found, _ = metered(engine, agents=agents)
    why = {each.id: each.reason for each in found.missing}
    assert why["host-2"] == NO_ANSWER
    assert why["host-3"] == why["host-4"] == NO_AGENT
    assert HOST_LOST in found.flags
    assert agents.present == {}

    mute.silent_to = set()  # it speaks again; what was waited for once is not waited for again
    again, _ = metered(engine, agents=agents)
    assert again.hosts[1].energy_j == pytest.approx(100.0)


def test_where_the_cluster_does_not_answer_the_notebooks_host_is_metered():
    engine = cluster(agent("aaaa"))
    engine.is_down = True
    found, _ = metered(engine)
    assert found.energy_j == OWN.energy_j
    assert HOST_LOST in found.flags
    assert {each.id: each.reason for each in found.missing} == {
        CLUSTER: "the scheduler does not answer"
    }


def test_nonsense_of_an_agent_costs_its_host_alone():
    liar = agent("aaaa", silent_to={said.END})
    engine = cluster(liar, agent("bbbb"))

    def during():
        engine.say(liar, "a word of a later release", 1, 2)
        engine.say(liar, said.ENDED, "run-1", '{"schema": 3}')

    found, _ = metered(engine, during=during)
    assert found.energy_j == pytest.approx(140.0)
    (reason,) = [each.reason for each in found.missing if each.id == "host-2"]
    assert "cannot be read" in reason


def test_workers_that_can_have_no_agent_are_said_and_the_others_hosts_metered():
    engine = cluster(agent("aaaa"))
    engine.lacking = "jupyter_green is not installed where 1 of Dask's 2 workers are"
    found, _ = metered(engine)
    assert found.energy_j == pytest.approx(140.0)
    assert "host-lost" in found.flags
    assert {each.id: each.reason for each in found.missing}["cluster"] == engine.lacking


def test_a_window_that_its_program_drops_is_ended_on_all_hosts(monkeypatch):
    monkeypatch.setattr(said, "EACH_S", 0.02)
    engine = cluster(agent("aaaa"))
    window = ClusterWindow(Agents(engine))
    window.open("run-1")
    del window
    for _ in range(200):
        if ended := [words for words in engine.told if words[0] == said.END]:
            break
        time.sleep(0.01)
    assert ended == [[said.END, engine.notebook, "run-1", {}]]
