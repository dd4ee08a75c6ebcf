"""One report of several hosts: each joule once, nothing surer than it is."""

import json
import math
from dataclasses import replace
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from jupyter_green.cluster.coarser import MOST_DOMAINS
from jupyter_green.cluster.hosts import HostPart, names_of, shown_name
from jupyter_green.cluster.joining import report_of_hosts
from jupyter_green.notebook.output.bundle import html
from jupyter_green.notebook.output.latex import latex
from jupyter_green.report.fields import MAX_HOSTS, ReportTrace
from jupyter_green.report.format import at_least
from jupyter_green.report.groups import groups
from jupyter_green.report.hosts import clock_words, coverage, host_words
from jupyter_green.report.members import about, device_of, kind_of
from jupyter_green.report.record import MAX_JSON_BYTES
from jupyter_green.report.report import Report
from jupyter_green.report.words import joules
from jupyter_green.sources.base import Missing, Scale
from tests.testbench.reports import domain, estimate, report

SCHEMA = json.loads((resources.files("jupyter_green.report") / "report.v1.schema.json").read_text())
NOON = "2026-01-01T12:00:00.000Z"


def part(number=1, *domains, **fields):
    """A host that drew 50 W for two seconds, if nothing else is said."""
    of_report = {k: fields.pop(k) for k in ("missing", "flags", "notes", "ranks") if k in fields}
    own = report(*(domains or (domain(),)), host=f"boot{number}", run_id=f"r{number}", **of_report)
    return HostPart(**{"name": f"host-{number}", "report": own, **fields})


def together(*parts, duration_s=2.0, **subject):
    return report_of_hosts(parts, started_at=NOON, duration_s=duration_s, **subject)


def test_joules_add_and_the_seconds_are_those_of_the_window():
    both = together(part(1), part(2, domain(), domain("gpu:0", 300.0, 3.0)), label="fit")
    assert (both.energy_j, both.duration_s, both.label) == (500.0, 2.0, "fit")
    assert both.uncertainty_j == pytest.approx(math.hypot(1, 1, 3))
    assert (both.mean_power_w, both.peak_power_w) == (250.0, 250.0)
    assert [*both.domains] == ["host-1/cpu:0/package", "host-2/cpu:0/package", "host-2/gpu:0"]
    assert both.host is None
    assert [(h.name, h.host, h.energy_j) for h in both.hosts] == [
        ("host-1", "boot1", 100.0),
        ("host-2", "boot2", 400.0),
    ]
    assert both.flags == ()


def test_its_record_fits_the_schema_and_comes_back():
    lost = part(2, lost_at_s=1.5, reason="its node was taken away")
    both = together(part(1, ranks=4), replace(lost, offset_s=0.25, offset_uncertainty_s=0.001))
    record = json.loads(json.dumps(both.to_dict()))
    jsonschema.validate(record, SCHEMA)
    back = Report.from_dict(record)
    assert back.to_dict() == record
    assert back.hosts[1].lost_at_s == 1.5
    assert back.hosts[1].offset_s == 0.25


def test_an_offset_costs_what_may_have_been_drawn_meanwhile():
    both = together(part(1), part(2, offset_s=3.0, offset_uncertainty_s=0.04))
    assert both.energy_j == 200.0
    assert both.uncertainty_j == pytest.approx(math.hypot(1, 1, 50 * 0.04))
    assert both.domains["host-2/cpu:0/package"].uncertainty_j == pytest.approx(math.hypot(1, 2))
    assert both.domains["host-1/cpu:0/package"].uncertainty_j == 1.0
    assert both.hosts[1].uncertainty_j == pytest.approx(math.hypot(1, 2))


def test_each_host_has_its_own_instruments_and_a_models_error_is_that_of_all():
    package = Scale(1.05, "package of cpu:0, machine abc", "a paper")
    measured = [part(n, domain(scale=package)) for n in (1, 2)]
    assert together(*measured).scale_range.high == pytest.approx(1 + 0.05 / math.sqrt(2))
    groups = {d.scale.group for d in together(*measured).domains.values()}
    assert groups == {f"{package.group}, host boot{n}" for n in (1, 2)}
    model = Scale(2.0, "CPU model", "a table")
    estimated = [part(n, estimate(scale=model)) for n in (1, 2)]
    assert together(*estimated).scale_range.high == pytest.approx(2.0)
    assert Report.from_dict(together(*estimated).to_dict()).scale_range.high == pytest.approx(2.0)


def test_an_instrument_that_only_one_host_has_keeps_its_name():
    scales = [Scale(1.05, f"package of cpu:0, machine {name}", "a paper") for name in "ab"]
    both = together(*(part(n, domain(scale=s)) for n, s in enumerate(scales)))
    assert [d.scale.group for d in both.domains.values()] == [s.group for s in scales]


def test_the_rest_stands_where_a_host_was_lost():
    both = together(part(1), part(2, lost_at_s=1.0, reason="killed"))
    assert both.flags == ("host-lost",)
    assert both.domains["host-2/cpu:0/package"].flags == ("lost",)
    assert both.energy_j == 200.0
    assert "at least 200.0" in str(both)
    assert both.notes == ("Lost after 1.00 s: host-2 (killed).",)


def test_a_host_that_told_nothing_is_missing_with_its_reason():
    both = together(part(1), HostPart("host-2", None, reason="no agent could be started"))
    assert (both.energy_j, both.flags) == (100.0, ("host-lost",))
    assert both.missing[0] == Missing("host-2", "no agent could be started", both.missing[0].remedy)
    assert both.hosts[1].energy_j is None
    nothing = together(HostPart("host-1", None), HostPart("host-2", None))
    assert nothing.energy_j is None
    assert "not measured" in str(nothing)


def test_a_host_without_sensors_makes_a_lower_bound_too():
    both = together(part(1), replace(part(2), report=report(host="boot2", run_id="r2")))
    assert both.flags == ("host-lost",)
    assert both.net_energy_j is None


def test_a_board_in_two_parts_counts_once_whatever_its_number():
    board = {"board": "GPU-1"}
    first = part(1, domain(), domain("gpu:0", 300.0, 3.0, **board))
    second = part(2, domain(), domain("gpu:3", 300.0, 3.0, **board), domain("gpu:0", board="GPU-2"))
    both = together(first, second)
    assert both.energy_j == 100 + 300 + 100 + 100
    assert "host-2/gpu:3" not in both.domains
    assert both.hosts[1].energy_j == 200.0


def test_a_second_part_of_a_host_adds_only_what_the_first_has_not():
    again = part(1, domain(), domain("gpu:1", 40.0, board="GPU-9"))
    both = together(part(1), replace(again, name="host-2"))
    assert both.energy_j == 140.0
    assert [*both.domains] == ["host-1/cpu:0/package", "host-2/gpu:1"]


def test_two_windows_of_different_hosts_add_and_the_same_joules_do_not():
    both = together(part(1), part(2))
    for known in (both, Report.from_dict(both.to_dict())):
        other = report(domain(), host="boot3", run_id="x")
        assert (known + other).energy_j == 300.0
        with pytest.raises(ValueError, match="twice"):
            known + report(domain(), host="boot2", run_id="x")


def test_single_hosts_add_as_windows_do():
    a, b = part(1).report, part(2, domain("gpu:0", 300.0, 3.0)).report
    assert (a + b).energy_j == 400.0
    assert (a + b).host is None


def test_the_curve_is_that_of_all_at_the_same_times():
    early = ReportTrace((0.0, 1.0, 2.0), {"gpu:0": (None, 10.0, 30.0)})
    late = ReportTrace((0.0, 0.5), {"gpu:0": (None, 100.0)})
    parts = [part(n, domain("gpu:0")) for n in (1, 2)]
    parts[0] = replace(parts[0], report=replace(parts[0].report, trace=early))
    shown = replace(parts[1].report, trace=late, peak_power_w=100.0, interval_s=0.01)
    parts[1] = replace(parts[1], report=shown, begin_s=1.0)
    both = together(*parts)
    assert both.trace.t_s == (0.0, 1.0, 1.5, 2.0)
    assert both.trace.power_w == {
        "host-1/gpu:0": (None, 10.0, 30.0, 30.0),
        "host-2/gpu:0": (None, None, 100.0, None),
    }
    assert both.peak_power_w == 130.0


def test_the_peak_is_no_less_than_the_mean_where_a_lost_host_has_left_no_curve():
    lost = replace(report(domain(energy_j=60.0), host="boot2", run_id="r2"), trace=ReportTrace())
    both = together(part(1), HostPart("host-2", lost, lost_at_s=1.2))
    assert (both.mean_power_w, both.peak_power_w) == (80.0, 80.0)


def test_a_gap_is_where_no_host_was_read():
    gaps = [((0.2, 0.8), (1.5, 1.6)), ((0.5, 1.0),)]
    parts = [part(n) for n in (1, 2)]
    parts = [replace(p, report=replace(p.report, gaps=g)) for p, g in zip(parts, gaps, strict=True)]
    both = together(*parts)
    assert both.gaps == ((0.5, 0.8),)
    assert both.hosts[0].gaps == gaps[0]


def test_net_joules_need_a_baseline_of_every_host():
    parts = [part(n) for n in (1, 2)]
    net = {"net_energy_j": 60.0, "net_uncertainty_j": 2.0, "baseline_at": NOON}
    known = [replace(p, report=replace(p.report, **net)) for p in parts]
    assert together(*known).net_energy_j == 120.0
    assert together(known[0], parts[1]).net_energy_j is None


def test_what_no_host_can_read_stands_once():
    absent = Missing("rapl", "root only", "ask")
    both = together(part(1, missing=(absent,)), part(2, missing=(absent,)))
    assert both.missing == (absent,)
    one = together(part(1, missing=(absent,)), part(2))
    assert [m.id for m in one.missing] == ["host-1/rapl"]


def test_notes_and_ranks_are_those_of_all():
    both = together(part(1, notes=("a",), ranks=4), part(2, notes=("a", "b"), ranks=2))
    assert both.notes == ("a", "host-2: b")
    assert both.ranks == 6
    assert together(part(1, ranks=4), part(2)).ranks is None


@pytest.mark.parametrize("hosts", [2, 8, 12, 24, 200])
def test_many_hosts_have_room_in_a_record_and_lose_no_joule(hosts):
    board = "NVIDIA H100 80GB HBM3"
    boards = [
        domain(f"gpu:{k}", 300.0, 3.0, device=board, scale=Scale(1.06, f"board {k}", "a paper"))
        for k in range(8)
    ]
    sockets = [domain(f"cpu:{k}/{z}") for k in range(2) for z in ("package", "dram")]
    parts = [part(n, *sockets, *boards) for n in range(hosts)]
    all_of_them = together(*parts)
    assert len(all_of_them.domains) <= MOST_DOMAINS
    assert all_of_them.energy_j == hosts * 2800.0
    assert sum(d.energy_j for d in all_of_them.domains.values()) == pytest.approx(hosts * 2800.0)
    assert sum(h.energy_j for h in all_of_them.hosts) == pytest.approx(hosts * 2800.0)
    assert len(all_of_them.hosts) == min(hosts, MAX_HOSTS)
    assert all_of_them.peak_power_w == pytest.approx(hosts * 1400.0)
    record = all_of_them.to_dict()
    assert len(json.dumps(record, separators=(",", ":"))) <= MAX_JSON_BYTES
    assert len(record["trace"]["t_s"]) >= 20
    kinds = {kind_of(id_) for id_ in all_of_them.domains}
    assert kinds == ({"other"} if hosts in (8, 12) else {"cpu", "dram", "gpu"})
    assert bool(all_of_them.notes) == (hosts > 2)


@pytest.mark.parametrize(
    ("id_", "kind", "device"),
    [
        ("cpu:0/package", "cpu", "cpu:0"),
        ("host-1/cpu:0/dram", "dram", "host-1/cpu:0"),
        ("gpu-node/cpu", "cpu", "gpu-node/cpu"),
        ("dram-7/gpu:0/memory", "gpu", "dram-7/gpu:0"),
        ("gpu:0@GPU-1a2b", "gpu", "gpu:0@GPU-1a2b"),
        ("host-1/gpu", "gpu", "host-1/gpu"),
        ("psys", "other", "psys"),
    ],
)
def test_the_kind_of_a_domain_is_known_behind_its_host(id_, kind, device):
    assert (kind_of(id_), device_of(id_)) == (kind, device)


def test_what_lies_inside_lies_inside_its_own_host():
    core = domain("cpu:0/core", counted=False)
    both = together(part(1, domain(), core), part(2, domain(), core))
    place = about(both.domains["host-2/cpu:0/core"], [*both.domains.values()])
    assert place == "inside host-2/cpu:0/package"


def test_hosts_are_numbered_as_they_come_and_their_own_names_cannot_be_taken_for_a_device():
    assert names_of(["b", "a", "b"]) == {"b": "host-1", "a": "host-2"}
    assert shown_name("node 7/x") == "node-7-x"
    assert shown_name("gpu") == "gpu-"
    assert len(shown_name("n" * 80)) <= 24


CASES = json.loads((Path(__file__).parents[1] / "data" / "host_cases.json").read_text("utf-8"))


def test_each_host_reads_as_in_the_panel():
    found = Report.from_dict(CASES["record"])
    cells = [[host.name, *host_words(found, host), clock_words(host)] for host in found.hosts]
    assert cells == CASES["hosts"]
    assert (joules(found), coverage(found)) == (CASES["joules"], CASES["coverage"])
    assert "host-3: at least 100.0 ± 1.0 J, lost after 1.25 s" in found.table()


def test_the_views_have_a_row_for_each_host_and_say_at_least():
    found = Report.from_dict(CASES["record"])
    page = html(found)
    for words in ("at least", "4 hosts", "host-4", "not measured", "Of 12 ranks on 4 hosts."):
        assert words in page
    assert "<details open>" in page
    assert "at least" in latex(str(found))
    many = [part(n, *(domain(f"gpu:{k}", 300.0) for k in range(8))) for n in range(1, 4)]
    rows = groups(together(*many))
    assert [(row.name, len(row.domains), row.watts) for row in rows] == [
        (f"host-{n}", 8, "1.20 kW") for n in range(1, 4)
    ]


def test_a_sum_with_a_part_that_was_not_metered_to_its_end_is_at_least_that():
    lost = together(part(1), part(2, lost_at_s=1.0, reason="killed"))
    others = [report(domain(), host=f"boot{n}", run_id=f"x{n}") for n in (3, 4)]
    for found in (lost + others[0], others[0] + lost, sum([*others, lost])):
        assert "at least" in str(found)
        assert "at least" in str(Report.from_dict(found.to_dict()))
    assert "at least" not in str(sum(others))


def test_a_bound_of_a_part_says_nothing_of_the_whole():
    assert at_least("< 880 mJ") == "not known"
    assert at_least("≈ 217 J … 1.6 kJ") == "at least ≈ 217 J"
    assert at_least("not measured") == "not measured"
