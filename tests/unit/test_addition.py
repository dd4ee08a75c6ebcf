"""Sums of reports: nothing twice, nothing surer than it is."""

import itertools
import json
import math
from dataclasses import replace
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from jupyter_green.flags import SENSORS_DIFFER
from jupyter_green.report.addition import of_cell
from jupyter_green.report.curve import MAX_TRACE_POINTS
from jupyter_green.report.fields import MAX_LABEL
from jupyter_green.report.report import Report
from jupyter_green.sources.base import Missing, Provenance, Scale
from tests.testbench.reports import domain, estimate, report

CELLS = json.loads(
    (Path(__file__).parents[1] / "data" / "cell_report_cases.json").read_text(encoding="utf-8")
)

A = report(domain(), domain("gpu:0", 300.0, 3.0), label="a")
B = report(domain(energy_j=50.0, uncertainty_j=2.0), domain("gpu:0", 20.0, 4.0), at_s=5, label="b")


def test_joules_and_seconds_add_and_measured_errors_add_in_squares():
    both = A + B
    assert both.energy_j == 470.0
    assert both.duration_s == 4.0
    assert both.mean_power_w == pytest.approx(470 / 4)
    assert both.uncertainty_j == pytest.approx(math.sqrt(1 + 9 + 4 + 16))
    assert both.domains["gpu:0"].energy_j == 320.0
    assert both.domains["gpu:0"].uncertainty_j == 5.0
    assert both.domains["gpu:0"].mean_power_w == 80.0
    assert sum(d.energy_j for d in both.domains.values()) == both.energy_j
    assert both.label == "a + b"
    assert (both.started_at, both.peak_power_w) == (A.started_at, A.peak_power_w)


def test_estimates_share_their_models_error_and_not_their_readings():
    model = Scale(2.0, "CPU model", "a table")
    a = report(domain(uncertainty_j=3.0), estimate(uncertainty_j=4.0, scale=model))
    b = report(domain(uncertainty_j=4.0), estimate(uncertainty_j=8.0, scale=model), at_s=5)
    both = a + b
    assert both.uncertainty_j == pytest.approx(math.hypot(3, 4, 4, 8))
    assert both.domains["cpu"].uncertainty_j == pytest.approx(math.hypot(4, 8))
    assert both.domains["cpu"].scale == model
    assert both.scale_range == pytest.approx((1 - 10 / 220, 1 + 20 / 220))
    assert both.provenance == "mixed"


def test_boards_of_one_name_keep_their_scales_apart():
    boards = [Scale(1.06, f"board {name}", "a paper") for name in "AB"]
    a, b = (report(domain("gpu:0", 100.0, scale=s), at_s=5 * n) for n, s in enumerate(boards))
    assert (a + a_later(a)).scale_range.high == pytest.approx(1.06)
    assert (a + b).scale_range.high == pytest.approx(1 + 0.06 / math.sqrt(2))
    assert (a + b).domains["gpu:0"].scale == Scale(1.06, "board A, board B", "a paper")


def a_later(a):
    return report(*a.domains.values(), at_s=50)


def test_bounds_add_up_to_a_bound_in_any_order():
    bounds = [report(domain(energy_j=0.1, uncertainty_j=0.12), at_s=5 * n) for n in range(4)]
    total = sum(bounds)
    assert str(total).partition(": ")[2].startswith("< 880 mJ")
    known = report(domain(energy_j=3.0, uncertainty_j=0.3), at_s=50)
    first, last = sum([known, *bounds]), sum([*bounds, known])
    assert first.uncertainty_j == pytest.approx(math.hypot(4 * 0.12, 0.3))
    assert last.uncertainty_j == pytest.approx(first.uncertainty_j)


def test_the_order_of_adding_does_not_matter():
    reports = [
        report(domain(uncertainty_j=3.0), at_s=0),
        report(estimate(), at_s=5),
        report(domain(uncertainty_j=1.0), estimate(uncertainty_j=2.0), at_s=10),
        report(at_s=15),
    ]
    sums = [sum(order) for order in itertools.permutations(reports)]
    sums.append((reports[0] + reports[1]) + (reports[2] + reports[3]))
    for each in sums:
        assert each.energy_j == pytest.approx(sums[0].energy_j)
        assert each.uncertainty_j == pytest.approx(sums[0].uncertainty_j)
        assert each.mean_power_w == pytest.approx(sums[0].mean_power_w)
        assert each.duration_s == 8.0
        assert each.flags == (SENSORS_DIFFER,)


@pytest.mark.parametrize(
    ("kinds", "total"),
    [
        (("counter", "counter"), "counter"),
        (("counter", "power"), "power"),
        (("counter", "estimate"), "mixed"),
        (("estimate", "estimate"), "estimate"),
    ],
)
def test_the_provenance_is_that_of_what_is_in_it(kinds, total):
    a, b = (report(domain(provenance=Provenance(kind)), at_s=5 * i) for i, kind in enumerate(kinds))
    assert (a + b).provenance == total


def test_a_report_without_joules_adds_its_time_and_what_was_missing():
    absent = report(missing=(Missing("rapl", "r", "remedy"),), at_s=9, status="error")
    both = A + absent
    assert (both.energy_j, both.uncertainty_j) == (A.energy_j, A.uncertainty_j)
    assert both.duration_s == 4.0
    assert both.mean_power_w == A.mean_power_w  # of the seconds in which joules were read
    assert [m.id for m in both.missing] == ["rapl"]
    assert both.status == "error"
    assert (absent + absent.__class__(**{**vars(absent), "run_id": "x", "started_at":
            "2026-01-02T00:00:00Z"})).energy_j is None  # fmt: skip


def test_net_joules_share_the_error_of_their_baseline():
    a = replace(A, net_energy_j=60.0, net_uncertainty_j=math.hypot(A.uncertainty_j, 6.0))
    b = replace(B, net_energy_j=10.0, net_uncertainty_j=math.hypot(B.uncertainty_j, 2.0))
    both = a + b
    assert both.net_energy_j == 70.0
    assert both.net_uncertainty_j == pytest.approx(math.hypot(both.uncertainty_j, 6 + 2))
    assert (a + B).net_energy_j is None


def test_the_same_joules_are_not_added_twice():
    with pytest.raises(ValueError, match=r"same window.*add each report once"):
        A + A
    with pytest.raises(ValueError, match="same window"):
        sum([A, B, replace(A, label="again")])
    inner = report(domain(energy_j=1.0), at_s=1.0, duration_s=0.5, label="inner")
    with pytest.raises(ValueError, match=r"a and inner.*same time.*only the outer one"):
        A + inner
    with pytest.raises(ValueError, match="same time"):
        (A + B) + inner
    between = report(domain(energy_j=1.0), at_s=3.0, label="between")
    assert ((A + B) + between).energy_j == 471.0  # a sum leaves the time between its parts free


def on_board(letter, id_="gpu:0", energy_j=100.0):
    """A GPU of its own board."""
    uuid = f"GPU-{letter * 8}-1111-2222-3333-444455556666"
    scale = Scale(1.06, f"board {uuid}", "a paper")
    return domain(id_, energy_j, board=uuid, scale=scale, source="nvml")


def test_windows_of_two_hosts_at_the_same_time_add_up():
    a = report(domain(), on_board("a"), host="11111111", run_id="a")
    b = report(domain(energy_j=50.0), on_board("b"), at_s=1.0, host="22222222", run_id="b")
    both = a + b
    assert both.energy_j == 350.0
    assert both.host is None
    assert both.domains["cpu:0/package"].energy_j == 150.0
    assert {id_: d.energy_j for id_, d in both.domains.items() if d.board} == {
        "gpu:0": 100.0,
        "gpu:0@GPU-bbbbbbbb": 100.0,
    }
    assert set(both.trace.power_w) == set(both.domains)
    assert both.scale_range.high == pytest.approx(1 + math.hypot(6.0, 6.0) / 350.0)
    with pytest.raises(ValueError, match=r"same time on one host.*outer one"):
        both + report(domain(), at_s=0.5, host="11111111", run_id="c")


def test_windows_of_unknown_hosts_at_the_same_time_are_refused_for_the_true_reason():
    a = report(domain(), host="11111111", run_id="a", label="here")
    b = report(domain(), at_s=1.0, run_id="b", label="somewhere")
    with pytest.raises(ValueError, match=r"here and somewhere.*does not say on which host.*might"):
        a + b


def test_one_board_in_two_at_the_same_time_is_refused_whatever_its_number_and_host():
    a = report(on_board("a"), host="11111111", run_id="a")
    b = report(on_board("a", "gpu:3"), at_s=1.0, host="22222222", run_id="b")
    with pytest.raises(ValueError, match=r"board GPU-aaaaaaaa-1111.* is in both"):
        a + b


def test_a_board_is_one_domain_whatever_its_number_and_another_is_another():
    first = report(on_board("a"), on_board("b", "gpu:1"))
    second = report(on_board("b", "gpu:0"), on_board("c", "gpu:1"), at_s=5)
    third = report(on_board("c", "gpu:2"), at_s=10)
    energies = {id_: d.energy_j for id_, d in (first + second + third).domains.items()}
    assert energies == {"gpu:0": 100.0, "gpu:1": 200.0, "gpu:1@GPU-cccccccc": 200.0}
    assert SENSORS_DIFFER in (first + second).flags
    assert SENSORS_DIFFER not in (third + replace(third, run_id="x", started_at=A.started_at)).flags


def test_another_board_of_the_same_number_is_another_sensor():
    first, second = report(on_board("a")), report(on_board("b"), at_s=5)
    assert SENSORS_DIFFER in (first + second).flags
    different = second.compare(first)
    assert different.scale_reach == pytest.approx(math.hypot(0.06, 0.06))
    assert report(on_board("a"), at_s=5).compare(first).scale_reach == 0.0


def test_board_and_host_are_in_the_record():
    made = report(on_board("a"), host="11111111")
    again = Report.from_dict(made.to_dict())
    assert again.domains["gpu:0"].board == "GPU-aaaaaaaa-1111-2222-3333-444455556666"
    assert again.host == "11111111"
    assert "host" not in report(domain()).to_dict()


def test_windows_that_touch_are_no_overlap():
    assert (A + report(domain(), at_s=1.999)).duration_s == 4.0


def test_sum_begins_with_0_and_nothing_else_is_added():
    assert sum([A, B]) == A + B
    assert sum([A]) is A
    for other in (1, 0.5, "x", None):
        with pytest.raises(TypeError):
            A + other
    with pytest.raises(TypeError):
        sum([A, B], 7)


def test_the_curves_stand_one_after_the_other_and_the_record_fits():
    c = replace(B, gaps=((0.5, 1.0),), domains={"gpu:0": B.domains["gpu:0"]})
    both = A + c
    assert both.trace.t_s[0] == 0.0
    assert both.trace.t_s[-1] == 4.0
    assert both.gaps == ((2.5, 3.0),)
    assert len(both.trace.power_w["cpu:0/package"]) == len(both.trace.t_s)
    many = sum(report(domain(), at_s=5 * i, label="a long label") for i in range(100))
    assert len(many.trace.t_s) <= MAX_TRACE_POINTS
    assert len(many.label) <= MAX_LABEL
    schema = (resources.files("jupyter_green.report") / "report.v1.schema.json").read_text()
    record = json.loads(json.dumps(many.to_dict()))
    jsonschema.validate(record, json.loads(schema))
    assert Report.from_dict(record).energy_j == pytest.approx(100 * 100.0)


def test_conditions_are_weighted_by_time():
    hot = {"utilization_percent": 90.0, "temperature_c": 80.0, "power_limit_w": 300.0}
    cool = {"utilization_percent": 30.0, "temperature_c": 50.0, "power_limit_w": 250.0}
    a = report(domain("gpu:0", 100.0, mean_power_w=100.0, conditions=hot), duration_s=1.0)
    b = report(domain("gpu:0", 150.0, mean_power_w=50.0, conditions=cool), duration_s=3.0, at_s=5)
    seen = (a + b).domains["gpu:0"].conditions
    assert seen == {"utilization_percent": 45.0, "temperature_c": 80.0}


@pytest.mark.parametrize("case", CELLS, ids=lambda case: case["name"])
def test_a_cell_has_the_report_that_the_panel_chooses(case):
    reports = [replace(A, **changes) for changes in case["reports"]]
    assert of_cell(reports, case["cell_id"]) is reports[case["index"]]
