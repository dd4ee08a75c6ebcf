"""Replay: the curve's arithmetic, the files that can be played, and what is said of the others."""

import json
import time

import pytest

from jupyter_green.report.fields import DomainReport, ReportTrace
from jupyter_green.report.report import Report
from jupyter_green.sampler.accumulator import Accumulator
from jupyter_green.sources import replay
from jupyter_green.sources.base import Missing, Provenance, Scale
from jupyter_green.sources.replay import Curve, RecordingError
from jupyter_green.sources.variables import REPLAY_VARIABLE


def domain(id_, provenance=Provenance.COUNTER, **values):
    usual = {
        "device": f"device of {id_}",
        "source": "nvml",
        "energy_j": 100.0,
        "uncertainty_j": 25.0,
        "mean_power_w": 50.0,
        "resolution_s": 0.001,
        "counted": True,
        "flags": ("wrapped",),
    }
    return DomainReport(id=id_, provenance=provenance, **(usual | values))


def report(*domains, t_s=(0.0, 1.0, 2.0), power_w=None):
    return Report(
        run_id="r1",
        status="ok",
        started_at="2026-01-01T00:00:00Z",
        duration_s=2.0,
        energy_j=100.0,
        uncertainty_j=1.0,
        provenance="mixed",
        mean_power_w=50.0,
        peak_power_w=100.0,
        domains={d.id: d for d in domains},
        missing=(Missing("rapl", "no", "none"),),
        trace=ReportTrace(t_s=t_s, power_w=power_w or {}),
        gaps=(),
        meter_version="0.1",
        interval_s=0.1,
    )


def saved(tmp_path, record):
    path = tmp_path / "recording.json"
    path.write_text(json.dumps(record.to_dict() if isinstance(record, Report) else record))
    return path


# --- the curve ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("t_s", "power_w", "energy_j"),
    [
        (0.0, 10.0, 0.0),
        (0.5, 15.0, 6.25),
        (1.0, 20.0, 15.0),
        (2.0, 20.0, 35.0),
        (3.0, 10.0, 50.0),  # one round: 15 + 20 + 15
        (3.5, 15.0, 56.25),
        (7.0, 20.0, 115.0),
    ],
)
def test_energy_is_the_integral_of_the_curve_round_after_round(t_s, power_w, energy_j):
    curve = Curve([(5.0, 10.0), (6.0, 20.0), (7.0, 20.0), (8.0, 10.0)])
    assert curve.power_w(t_s) == pytest.approx(power_w)
    assert curve.energy_j(t_s) == pytest.approx(energy_j)


def test_a_step_at_one_time_is_a_step():
    curve = Curve([(0.0, 10.0), (1.0, 10.0), (1.0, 30.0), (2.0, 30.0)])
    assert curve.power_w(0.999) == pytest.approx(10)
    assert curve.power_w(1.0) == pytest.approx(30)
    assert curve.energy_j(2.0 - 1e-12) == pytest.approx(40)


@pytest.mark.parametrize(
    "points", [[(0.0, 1.0)], [(1.0, 1.0), (1.0, 2.0)], [(1, 1), (0, 1), (2, 1)]]
)
def test_points_that_make_no_curve_are_refused(points):
    with pytest.raises(RecordingError):
        Curve(points)


# --- a report -------------------------------------------------------------------------------


def test_a_replayed_window_has_the_joules_of_the_curve(tmp_path):
    path = saved(tmp_path, report(domain("gpu:0"), power_w={"gpu:0": (100.0, 300.0, 100.0)}))
    source = replay.probe(path).source
    accumulator = Accumulator(source.domains[0])
    first = source.read(0)
    accumulator.add(first)
    time.sleep(0.05)
    last = source.read(0)
    accumulator.add(last)
    assert last.counter > first.counter
    assert accumulator.energy_j == pytest.approx((last.counter - first.counter) * 1e-6)
    # Between 100 and 300 W all the time, and no more than one refresh of a millisecond off.
    window_s = (last.t_ns - first.t_ns) * 1e-9
    assert 100 * (window_s - 0.001) <= accumulator.energy_j <= 300 * (window_s + 0.001)
    assert 100 <= last.power_w <= 300


def test_domains_are_the_recorded_ones_and_say_that_nothing_is_measured(tmp_path):
    domains = (domain("gpu:0"), domain("cpu:0/core", counted=False, resolution_s=0.02))
    path = saved(tmp_path, report(*domains, power_w={d.id: (1.0, 2.0, 3.0) for d in domains}))
    gpu, core = replay.probe(path).source.domains
    assert (gpu.id, gpu.device, gpu.source) == ("gpu:0", "device of gpu:0", "replay")
    assert (gpu.counted, core.counted) == (True, False)
    assert core.resolution_s == 0.02
    assert gpu.flags == core.flags == ("replayed",)
    assert "not measured" in gpu.note


def test_an_estimate_stays_one_with_its_scale(tmp_path):
    scale = Scale(1.45, "CPU model: EPYC 2nd Gen", "a table")
    path = saved(tmp_path, report(domain("cpu", Provenance.ESTIMATE, scale=scale)))
    (cpu,) = replay.probe(path).source.domains
    assert (cpu.provenance, cpu.scale) == (Provenance.ESTIMATE, scale)


def test_a_domain_without_a_curve_is_played_at_its_mean_power(tmp_path):
    path = saved(tmp_path, report(domain("gpu:0"), power_w={}))
    assert replay.probe(path).source.read(0).power_w == pytest.approx(50)


def test_what_was_not_read_is_bridged_and_all_domains_go_round_together(tmp_path):
    powers = {"gpu:0": (None, 40.0, None), "cpu": (1.0, 2.0, 3.0)}
    source = replay.probe(saved(tmp_path, report(domain("gpu:0"), domain("cpu"), power_w=powers)))
    tracks = source.source._tracks
    assert [track.curve.duration_s for track in tracks] == [2.0, 2.0]
    assert tracks[0].curve.energy_j(2.0) == pytest.approx(80)


# --- a table --------------------------------------------------------------------------------


def test_a_table_is_played_as_power(tmp_path):
    path = tmp_path / "trace.csv"
    path.write_text("t_s,domain,power_w\n0,gpu:0,100\n0,cpu,20\n4,gpu:0,100\n2,cpu,20\n")
    source = replay.probe(path).source
    assert [d.id for d in source.domains] == ["gpu:0", "cpu"]
    assert {d.provenance for d in source.domains} == {Provenance.POWER}
    assert [source.read(index).power_w for index in (0, 1)] == [100, 20]
    assert {track.curve.duration_s for track in source._tracks} == {4.0}


# --- files that cannot be played ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.json", "{", "cannot be played"),
        ("a.json", "[]", "not a report of schema"),
        ("a.json", '{"schema": "jupyter-green.report.v2"}', "not a report of schema"),
        ("a.json", '{"schema": "jupyter-green.report.v1"}', "'trace'"),
        ("a.csv", "t,power\n1,2\n", "no column t_s, domain, power_w"),
        ("a.csv", "t_s,domain,power_w\n", "no rows"),
        ("a.csv", "t_s,domain,power_w\n0,gpu:0,1\n1,gpu:0,much\n", "line 3"),
        ("a.csv", "t_s,domain,power_w\n0,gpu:0,1\n1,gpu:0,nan\n", "line 3"),
        ("a.csv", "t_s,domain,power_w\n0,gpu:0,1\n", "two points"),
    ],
)
def test_a_bad_file_is_missing_with_reason_and_remedy(tmp_path, name, text, reason):
    path = tmp_path / name
    path.write_text(text)
    found = replay.probe(path)
    assert found.source is None
    (missing,) = found.missing
    assert str(path) in missing.reason
    assert reason in missing.reason
    assert REPLAY_VARIABLE in missing.remedy


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["domains"][0].pop("mean_power_w"),
        lambda r: r["domains"][0].update(provenance="guess"),
        lambda r: r["domains"][0].update(resolution_s=0),
        lambda r: r["domains"].clear(),
        lambda r: r["trace"]["power_w"].update({"gpu:0": [1.0]}),
        lambda r: r["trace"]["power_w"].update({"gpu:0": [1.0, -5.0, 1.0]}),
    ],
)
def test_a_report_that_does_not_fit_is_refused(tmp_path, change):
    record = report(domain("gpu:0")).to_dict()
    change(record)
    found = replay.probe(saved(tmp_path, record))
    assert found.source is None
    assert "cannot be played" in found.missing[0].reason


def test_an_absent_file_is_missing(tmp_path):
    assert "No such file" in replay.probe(tmp_path / "absent.json").missing[0].reason
