"""What tasks used: joules of their hosts, shared by seconds; the parts add up to all of it."""

import json
from dataclasses import replace
from importlib import resources

import jsonschema
import pytest

from jupyter_green.clock import now_ns
from jupyter_green.cluster.agents import Agents
from jupyter_green.cluster.cluster_window import ClusterWindow
from jupyter_green.cluster.engine import HostTasks, TaskTime
from jupyter_green.cluster.hosts import HostPart
from jupyter_green.cluster.slice_energies import slice_energies
from jupyter_green.cluster.task_shares import OTHERS, shared_by_tasks
from jupyter_green.flags import HOST_LOST
from jupyter_green.notebook.output.bundle import html
from jupyter_green.report.fields import ReportTrace
from jupyter_green.report.report import Report
from jupyter_green.report.task_lines import NO_TASK
from jupyter_green.sources.machine import host
from tests.testbench.cluster_standin import StandInEngine
from tests.testbench.reports import domain, report

SCHEMA = json.loads((resources.files("jupyter_green.report") / "report.v1.schema.json").read_text())
OWN = report(domain(energy_j=40.0), host=host())


def part(number, *domains, **fields):
    own = report(*(domains or (domain(),)), host=f"boot-{number}", run_id=f"{number}", **fields)
    return HostPart(f"host-{number}", own)


def ran(busy_s=2.0, others=(0, 0.0), **own):
    """Tasks that ran at any time of a window of two seconds, as that is one slice."""
    return HostTasks(
        2.0, [busy_s], {name: time(*each) for name, each in own.items()}, time(*others)
    )


def time(tasks, *seconds):
    return TaskTime(tasks, seconds)


def shared(*parts, **tasks):
    by_host = {f"boot-{name[4:]}": each for name, each in tasks.items()}
    found = shared_by_tasks(parts, by_host, 2.0)
    whole_j = sum(k.energy_j for k in found.kinds) + found.no_task_j
    whole_j += found.others.energy_j if found.others else 0.0
    assert whole_j == pytest.approx(found.energy_j)
    return found


def joules(found):
    return {kind.name: pytest.approx(kind.energy_j) for kind in found.kinds}


def test_prefixes_share_by_their_seconds():
    found = shared(part(1), host1=ran(sum=(10, 3.0), read=(1, 1.0)))
    assert joules(found) == {"sum": 75.0, "read": 25.0}
    assert [(k.tasks, k.duration_s) for k in found.kinds] == [(10, 3.0), (1, 1.0)]
    assert (found.energy_j, found.no_task_j, found.others) == (100.0, 0.0, None)


def test_each_host_shares_its_own_joules():
    low, high = part(1, domain(energy_j=40.0)), part(2, domain(energy_j=200.0))
    found = shared(low, high, host1=ran(sum=(1, 2.0)), host2=ran(sum=(1, 1.0), read=(1, 1.0)))
    assert joules(found) == {"sum": 40.0 + 100.0, "read": 100.0}
    assert found.hosts == 2
    assert found.uncertainty_j == pytest.approx(2**0.5)


def test_the_time_in_which_there_was_no_task_has_a_part_of_its_own():
    found = shared(part(1), host1=ran(busy_s=0.5, sum=(1, 0.5)))
    assert joules(found) == {"sum": 25.0}
    assert found.no_task_j == 75.0
    # One of many threads is enough for a host to be at work.
    assert shared(part(1), host1=ran(busy_s=2.0, sum=(1, 2.0))).no_task_j == 0.0
    # The other host had something to do, and nobody knows what.
    both = shared(part(1), part(2), host1=ran(sum=(1, 2.0)), host2=ran(busy_s=1.0))
    assert (joules(both), both.no_task_j) == ({"sum": 100.0}, 100.0)


STEPS = ReportTrace((0.0, 1.0, 2.0), {"cpu:0/package": (None, 20.0, 80.0)})
"""A second at 20 W, and one at 80 W."""


def test_what_is_used_at_a_time_is_shared_by_the_tasks_of_that_time():
    tasks = HostTasks(1.0, [1.0, 1.0], {"read": time(1, 1.0), "sum": time(4, 0.0, 3.0)})
    found = shared(part(1, trace=STEPS), host1=tasks)
    assert joules(found) == {"read": 20.0, "sum": 80.0}
    assert found.no_task_j == pytest.approx(0.0)


def test_above_idle_the_time_without_a_task_has_what_was_used_then():
    late = HostTasks(1.0, [0.0, 1.0], {"sum": time(1, 0.0, 1.0)})
    found = shared(part(1, trace=STEPS), host1=late)
    assert (joules(found), found.no_task_j) == ({"sum": 80.0}, pytest.approx(20.0))
    above = part(1, trace=STEPS, net_energy_j=60.0, net_uncertainty_j=3.0)  # idle: 20 W
    found = shared(above, host1=late)
    assert (joules(found), found.no_task_j) == ({"sum": 60.0}, pytest.approx(0.0))
    early = HostTasks(1.0, [1.0], {"sum": time(1, 1.0)})
    found = shared(above, host1=early)
    assert (joules(found), found.no_task_j) == ({"sum": 0.0}, pytest.approx(60.0))


def test_without_a_curve_time_counts():
    late = HostTasks(1.0, [0.0, 1.0], {"sum": time(1, 0.0, 1.0)})
    found = shared(part(1, trace=ReportTrace()), host1=late)
    assert (joules(found), found.no_task_j) == ({"sum": 50.0}, pytest.approx(50.0))


def test_others_tasks_are_named_as_such_and_have_their_part():
    found = shared(part(1), host1=ran(others=(7, 3.0), sum=(1, 1.0)))
    assert joules(found) == {"sum": 25.0}
    assert (found.others.name, found.others.tasks, found.others.energy_j) == (OTHERS, 7, 75.0)


def test_hosts_without_workers_share_nothing():
    found = shared(part(1), part(2), host2=ran(sum=(1, 1.0)))
    assert (found.energy_j, found.hosts) == (100.0, 1)
    assert shared_by_tasks([part(1)], {}, 2.0) is None
    assert shared_by_tasks([part(1)], {"boot-1": ran()}, 2.0) is None  # no task ran


def test_shared_is_what_lies_above_idle_where_that_is_known():
    known = part(1, net_energy_j=60.0, net_uncertainty_j=3.0)
    found = shared(known, host1=ran(sum=(1, 1.0)))
    assert (found.energy_j, found.uncertainty_j, found.hosts_above_idle) == (60.0, 3.0, 1)
    both = shared(known, part(2), host1=ran(sum=(1, 1.0)), host2=ran(sum=(1, 1.0)))
    assert (both.energy_j, both.hosts, both.hosts_above_idle) == (160.0, 2, 1)


def test_a_boards_joules_are_not_shared():
    board = domain("gpu:0", 500.0)
    memory = domain("cpu:0/dram", 10.0)
    core = domain("cpu:0/package/core", 70.0, counted=False)
    own = part(1, domain(), memory, core, board, net_energy_j=550.0)
    found = shared(own, host1=ran(sum=(1, 1.0)))
    assert (found.energy_j, found.hosts_above_idle) == (110.0, 0)  # net joules are the board's too
    assert shared_by_tasks([part(1, board)], {"boot-1": ran(sum=(1, 1.0))}, 2.0) is None


@pytest.mark.parametrize(
    ("slice_s", "until_s", "expected_j"),
    [
        (1.0, 2.0, [20.0, 80.0]),
        (2.0, 2.0, [100.0]),
        (0.5, 2.0, [10.0, 10.0, 40.0, 40.0]),
        (0.8, 2.0, [16.0, 4.0 + 48.0, 32.0]),  # the last one is shorter
        (1.0, 1.5, [100.0 / 3, 200.0 / 3]),
        (1.0, 3.0, [100.0 / 9, 400.0 / 9, 400.0 / 9]),  # as it was at last
        (1.0, 0.0, []),
    ],
)
def test_joules_are_spread_over_a_window_as_its_curve_shows(slice_s, until_s, expected_j):
    about = {"idle_w": 0.0, "slice_s": slice_s, "until_s": until_s}
    found_j = slice_energies(100.0, STEPS, ["cpu:0/package"], **about)
    assert found_j == pytest.approx(expected_j)


def test_of_a_host_that_was_lost_its_joules_until_then_are_shared():
    lost = replace(part(1, duration_s=0.5), lost_at_s=0.5)
    found = shared(lost, host1=ran(busy_s=0.25, sum=(1, 0.25)))
    assert joules(found) == {"sum": 50.0}


def test_many_prefixes_have_room_in_a_record_and_lose_no_joule():
    names = {f"kind_{n}": (1, 1.0 + n) for n in range(40)}
    found = shared(part(1), host1=ran(**names))
    assert len(found.kinds) == 16
    assert found.kinds[0].name == "kind_39"
    assert (found.kinds[-1].name, found.kinds[-1].tasks) == ("25 more", 25)


def metered(engine):
    window = ClusterWindow(Agents(engine))
    window.open("run-1")
    begin_ns = now_ns()
    window.begin(begin_ns)
    window.end(begin_ns, begin_ns + 2_000_000_000)
    return window.joined(OWN)


class Counts:
    """Tasks of which this is told."""

    def __init__(self, begins="", ends=""):
        self.begins, self.ends = begins, ends

    def begin(self, window):
        if self.begins:
            raise OSError(self.begins)

    def end(self, window, end_ns):
        if self.ends:
            raise OSError(self.ends)
        return {host(): ran(sum=(4, 3.0), read=(1, 1.0))}


def with_tasks(counts):
    engine = StandInEngine(workers={"worker-1": host()})
    engine.tasks = counts
    return engine


def test_a_windows_report_has_it_and_comes_back_with_it():
    found = metered(with_tasks(Counts()))
    assert joules(found.tasks) == {"sum": 30.0, "read": 10.0}
    record = json.loads(json.dumps(found.to_dict()))
    jsonschema.validate(record, SCHEMA)
    back = Report.from_dict(record)
    assert back.tasks == found.tasks
    assert back.to_dict() == record
    table, page = back.table(), html(back)
    for said in ("≈ 30 J", "≈ 10 J", "4 tasks", "1 task", "an estimate", "idle power included"):
        assert said in table
        assert said in page
    assert NO_TASK in table
    without = Report.from_dict({k: v for k, v in record.items() if k != "tasks"})
    assert without == replace(found, tasks=None, later=without.later)


def test_a_record_without_tasks_is_as_before():
    assert "tasks" not in OWN.to_dict()
    assert "By task prefix" not in OWN.table()


@pytest.mark.parametrize(
    "counts", [Counts(begins="it is not there"), Counts(ends="it is not there")]
)
def test_why_tasks_are_not_told_apart_stands_among_the_notes(counts):
    found = metered(with_tasks(counts))
    assert found.tasks is None
    assert found.notes == ("Tasks are not told apart: it is not there.",)
    assert found.energy_j == OWN.energy_j
    assert HOST_LOST not in found.flags


def test_of_tasks_on_hosts_that_were_lost_the_joules_are_at_least_these():
    found = metered(with_tasks(Counts()))
    assert "at least 40" in replace(found, flags=(HOST_LOST,)).table()
