"""The curve of a cell on several hosts: a point stands where each has told what it drew."""

import pytest

from jupyter_green.meter.elsewhere import HostSoFar, HostsSoFar
from jupyter_green.meter.trace import Point
from jupyter_green.notebook.live.all_hosts import AllHosts
from tests.testbench.reports import domain

PACKAGE = "cpu:0/package"


class Curve:
    """That of a host which draws 10 W, with four points a second, and of others."""

    def __init__(self):
        self.all_hosts = AllHosts()
        self.t_s = 0.0
        self.told = {}
        self.points = []

    def tell(self, name, power_w=20.0, until_s=None, **more):
        """Have a host tell its joules, which are of this power since it told last."""
        before = self.told.get(name, HostSoFar(name))
        before_s = before.until_s or 0.0
        energy_j = (before.energy_j or 0.0) + (power_w or 0.0) * ((until_s or before_s) - before_s)
        parts = [domain(f"{name}/cpu", energy_j)] if until_s else ()
        self.told[name] = HostSoFar(name, parts, power_w, until_s, **more)

    def go_on(self, until_s):
        """Have this host read until then; return what is new on the curve."""
        new = []
        while self.t_s < until_s:
            self.t_s += 0.25
            energy_j = 10 * self.t_s
            new.append(Point(round(self.t_s * 1e9), {PACKAGE: 10.0}, {PACKAGE: energy_j}, energy_j))
        found = (
            HostsSoFar("host-1", [*self.told.values()], is_at_least=False) if self.told else None
        )
        known = self.all_hosts.take(new, found, lambda t_ns: t_ns * 1e-9)
        self.points += known
        return known


def seen(points):
    return [(p.t_ns * 1e-9, p.power_w.get("host-2"), p.total_j) for p in points]


def test_without_others_each_point_stands_at_once():
    curve = Curve()
    (point,) = curve.go_on(0.25)
    assert (point.power_w, point.total_j) == ({PACKAGE: 10.0}, 2.5)


def test_a_point_waits_for_what_all_others_have_told():
    curve = Curve()
    curve.tell("host-2", None)
    curve.tell("host-3", None)
    assert curve.go_on(1.0) == []
    curve.tell("host-2", 20.0, 1.0)
    assert curve.go_on(1.25) == []
    curve.tell("host-3", 40.0, 0.5)
    known = curve.go_on(1.5)
    assert [p.t_ns * 1e-9 for p in known] == [0.25, 0.5]
    assert known[-1].power_w == {PACKAGE: 10.0, "host-2": 20.0, "host-3": 40.0}
    assert known[-1].total_j == pytest.approx(0.5 * 70.0)


def test_watts_are_those_that_a_host_told_of_that_time():
    curve = Curve()
    curve.tell("host-2", 20.0, 1.0)
    curve.go_on(2.0)
    curve.tell("host-2", 60.0, 2.0)
    curve.go_on(2.25)
    assert seen(curve.points)[2:6] == [
        (0.75, 20.0, pytest.approx(22.5)),
        (1.0, 20.0, pytest.approx(30.0)),
        (1.25, 60.0, pytest.approx(47.5)),
        (1.5, 60.0, pytest.approx(65.0)),
    ]


def test_joules_are_those_of_the_report_whatever_was_told_when():
    curve = Curve()
    for until_s, power_w in ((0.9, 30.0), (2.3, 80.0), (3.1, 0.0), (4.0, 50.0)):
        curve.tell("host-2", power_w, until_s)
        curve.go_on(until_s + 0.4)
    last = curve.points[-1]
    true_j = 4.0 * 10.0 + 0.9 * 30.0 + 1.4 * 80.0 + 0.9 * 50.0
    assert (last.t_ns * 1e-9, last.total_j) == (4.0, pytest.approx(true_j))
    assert [p.total_j for p in curve.points] == sorted(p.total_j for p in curve.points)


def test_a_host_that_is_lost_is_not_waited_for_and_keeps_its_joules():
    curve = Curve()
    curve.tell("host-2", 20.0, 1.0)
    curve.go_on(3.0)
    curve.told["host-2"] = HostSoFar("host-2", curve.told["host-2"].parts, None, 1.0, is_lost=True)
    known = curve.go_on(3.25)
    assert seen(known)[0] == (1.25, None, pytest.approx(12.5 + 20.0))
    assert seen(known)[-1] == (3.25, None, pytest.approx(32.5 + 20.0))


def test_a_host_without_a_sensor_is_not_waited_for_longer_than_it_tells():
    curve = Curve()
    curve.told["host-2"] = HostSoFar("host-2", until_s=1.0)
    assert seen(curve.go_on(2.0)) == [(n / 4, None, n * 2.5) for n in (1, 2, 3, 4)]


def test_where_nothing_is_read_here_the_curve_is_that_of_the_others():
    found = HostsSoFar(
        "host-1", [HostSoFar("host-2", [domain("host-2/cpu", 20.0)], 20.0, 1.0)], True
    )
    nothing = [Point(n * 10**9, {}, {}, None) for n in (1, 2)]
    (point,) = AllHosts().take(nothing, found, lambda t_ns: t_ns * 1e-9)
    assert (point.t_ns, point.power_w, point.total_j) == (10**9, {"host-2": 20.0}, 20.0)


def test_hosts_that_are_told_of_together_from_now_on_are_not_waited_for():
    curve = Curve()
    curve.tell("host-2", 20.0, 1.0)
    curve.go_on(2.0)
    del curve.told["host-2"]
    curve.tell("3 more", 60.0, 2.0)
    assert curve.go_on(2.25)[-1].t_ns == 2 * 10**9
