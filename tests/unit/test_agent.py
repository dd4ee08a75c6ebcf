"""What the agent of a host does with what notebooks mark, in virtual time."""

import json
import queue
import time

import pytest

from jupyter_green.cluster import words as said
from jupyter_green.cluster.agent.agent import Agent
from jupyter_green.cluster.agent.link import Gone, Heard
from jupyter_green.report.report import Report
from jupyter_green.sources.machine import host


class StandInLink:
    """A link that keeps what is said."""

    id = "agent-1"

    def __init__(self):
        self.said = []
        self.followed = []
        self.up = True

    def say(self, notebook, words):
        self.said.append((notebook, words))

    def follow(self, notebook):
        self.followed.append(notebook)

    def is_up(self):
        return self.up

    def told(self, kind):
        return [words[3:] for _, words in self.said if words[0] == kind]


class VirtualInbox:
    """Words that come at their time on the machine's clock."""

    def __init__(self, machine, *heard):
        self.machine = machine
        self.left = list(heard)

    def get(self, timeout):
        until_s = self.machine.now_ns * 1e-9 + timeout
        if self.left and self.left[0][0] <= until_s:
            at_s, heard = self.left.pop(0)
            self.machine.sleep(max(0.0, at_s - self.machine.now_ns * 1e-9))
            return heard
        self.machine.sleep(timeout)
        raise queue.Empty


@pytest.fixture
def run(virtual, machine):
    """Run an agent on what it hears, seconds from the start; until it is told to leave."""
    machine.truth.add("cpu:0/package", power_w=30.0)

    def run(*heard, link=None, has_workers=lambda: True):
        link = link or StandInLink()
        start_s = machine.now_ns * 1e-9
        timed = [
            (
                start_s + at_s,
                each if isinstance(each, Gone) else Heard(round((start_s + at_s) * 1e9), each),
            )
            for at_s, each in heard
        ]
        inbox = VirtualInbox(machine, *timed)
        agent = Agent(link, inbox, virtual, has_workers=has_workers, clock_ns=machine.clock_ns)
        agent.run()
        return link, start_s

    return run


def test_a_window_is_metered_between_the_notebooks_two_times(run, machine):
    start_ns = machine.now_ns
    edges_ns = [start_ns + 2_005_000_000, start_ns + 4_500_000_000]
    link, _ = run(
        (1.0, [said.WHO, "nb", "another host"]),
        (2.0, [said.OPEN, "nb", "run-1", "another host"]),
        (2.006, [said.BEGIN, "nb", "run-1"]),
        (4.503, [said.END, "nb", "run-1", {host(): edges_ns, "x": [0, 0]}]),
        (6.0, [said.LEAVE, "agent-1"]),
    )
    for _ in range(500):
        if link.told(said.ENDED):
            break
        time.sleep(0.01)
    ((window, record),) = link.told(said.ENDED)
    found = Report.from_dict(json.loads(record))
    assert window == "run-1"
    assert found.duration_s == pytest.approx(2.495)
    assert found.energy_j == pytest.approx(30.0 * 2.495, abs=found.uncertainty_j + 0.01)
    assert found.host == host()
    assert found.share is None
    assert link.followed == ["nb"]
    assert link.told(said.HERE)
    assert link.told(said.OPENED) == link.told(said.BEGUN) == [["run-1"]]


def test_each_second_it_tells_what_was_used_so_far(run):
    link, start_s = run(
        (1.0, [said.OPEN, "nb", "run-1", "another host"]),
        (1.5, [said.TICK, "nb", 7]),
        (4.2, [said.LEAVE, "agent-1"]),
    )
    told = link.told(said.SO_FAR)
    assert len(told) == 3
    number, heard_ns, answered_ns = told[0][0]
    assert number == 7
    assert heard_ns == pytest.approx((start_s + 1.5) * 1e9, abs=1e6)
    assert answered_ns >= heard_ns
    assert told[1][0] is None
    for seconds, (_, used) in enumerate(told, start=1):
        found = Report.from_dict(json.loads(used["run-1"]))
        assert seconds - 0.35 < found.duration_s < seconds  # the sampler had to start
        assert found.energy_j == pytest.approx(30.0 * found.duration_s, rel=0.01)
        assert not found.trace.t_s


def test_a_notebooks_own_host_is_left_to_it(run):
    link, _ = run((0.1, [said.OPEN, "nb", "run-1", host()]), (3.0, [said.LEAVE, "agent-1"]))
    assert link.said == []


def test_the_windows_of_a_notebook_that_is_gone_are_dropped(run, virtual):
    link, _ = run(
        (0.1, [said.OPEN, "nb", "run-1", "x"]),
        (0.2, [said.OPEN, "other", "run-2", "x"]),
        (0.5, Gone("nb")),
        (2.5, ["a word of a later release"]),
        (2.6, [said.LEAVE, "agent-1"]),
    )
    assert {name for _, used in link.told(said.SO_FAR) for name in used} == {"run-2"}


@pytest.mark.parametrize(
    ("is_up", "has_workers", "within_s"), [(False, True, 6), (True, False, 7), (False, False, 3)]
)
def test_it_ends_with_its_cluster(run, machine, is_up, has_workers, within_s):
    link = StandInLink()
    link.up = is_up
    began_s = machine.now_ns * 1e-9
    run(link=link, has_workers=lambda: has_workers)
    assert machine.now_ns * 1e-9 - began_s < within_s


def test_a_worker_that_is_started_again_keeps_it(run, machine):
    away = iter([False] * 4)
    began_s = machine.now_ns * 1e-9
    run((20.0, [said.LEAVE, "agent-1"]), has_workers=lambda: next(away, True))
    assert machine.now_ns * 1e-9 - began_s >= 20.0
