"""The joules of a session by stage: each of them once, nested, combined, untagged, between."""

import json
import math
import random
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_green.estimator.quantity import Energy, Interval
from jupyter_green.meter.between import Between, counted_on
from jupyter_green.meter.summary import Subject
from jupyter_green.notebook.session.reports import Metered, SessionReports, outermost
from jupyter_green.notebook.session.rollup import between_windows, by_stage
from jupyter_green.notebook.session.table import session_table
from jupyter_green.report.report import Report
from jupyter_green.report.stages import stage_of
from jupyter_green.sampler.accumulator import DomainSample
from jupyter_green.sources.base import Provenance
from tests.testbench.reports import domain, report
from tests.testbench.virtual import NVML, RAPL

S = 1_000_000_000
CASES = json.loads((Path(__file__).parents[1] / "data" / "stage_cases.json").read_text())["cases"]


def metered(from_s, to_s, energy_j=10.0, uncertainty_j=0.4, before=None, **fields):
    made = report(
        domain(energy_j=energy_j, uncertainty_j=uncertainty_j),
        at_s=from_s,
        duration_s=to_s - from_s,
        mean_power_w=energy_j / (to_s - from_s),
        **fields,
    )
    return Metered(made, Interval(round(from_s * S), round(to_s * S)), before)


def of_case(window):
    return metered(
        window["from_s"],
        window["to_s"],
        window["energy_j"],
        window["uncertainty_j"],
        stage=window["stage"],
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_each_stage_has_its_own_joules(case):
    windows = [each for cell in case["cells"] for each in (*cell["blocks"], cell)]
    rows = by_stage(map(of_case, windows))
    assert list(rows) == [row["stage"] for row in case["rows"]]
    for row in case["rows"]:
        spent = rows[row["stage"]]
        for name in ("energy_j", "uncertainty_j", "duration_s"):
            assert getattr(spent, name) == pytest.approx(row[name], abs=1e-5), (row, name)


def test_windows_without_joules_take_none_from_others():
    rows = by_stage(
        [
            metered(0, 10, 100.0, stage="data"),
            Metered(report(stage="training", duration_s=1.0), Interval(2 * S, 3 * S)),
            Metered(report(stage="zoo", duration_s=2.0), Interval(20 * S, 22 * S)),
        ]
    )
    assert rows["data"].energy_j == 100.0
    assert (rows["zoo"].energy_j, rows["zoo"].windows) == (None, 1)
    assert set(rows) == {"data", "zoo"}


windows = st.tuples(
    st.integers(0, 40),
    st.integers(1, 30),
    st.floats(0, 1000),
    st.floats(0, 50),
    st.sampled_from([None, "data", "training", "data + training", "zoo"]),
).map(lambda w: metered(w[0], w[0] + w[1], w[2], w[3], stage=w[4], run_id=repr(w)))


@settings(deadline=None, max_examples=300)
@given(st.lists(windows, max_size=12))
def test_rows_always_add_up_to_what_the_windows_used(those):
    rows = by_stage(those)
    apart, _ = outermost(those)
    total_j = sum(each.report.energy_j for each in apart)
    assert math.isclose(sum(s.energy_j for s in rows.values()), total_j, abs_tol=1e-6)
    assert math.isclose(
        sum(s.duration_s for s in rows.values()),
        sum(each.report.duration_s for each in apart),
        abs_tol=1e-6,
    )
    assert all(s.energy_j >= 0 and s.uncertainty_j >= 0 and s.windows > 0 for s in rows.values())


# --- between windows ------------------------------------------------------------------------


def between(from_s, to_s, **joules):
    found = {f"cpu:0/{name}": Energy(energy_j, 0.3) for name, energy_j in joules.items()}
    return Between(Interval(round(from_s * S), round(to_s * S)), found)


def test_the_table_has_both_sums():
    session = SessionReports()
    session._metered.extend(
        [
            metered(0, 10, 100.0, stage="training"),
            metered(20, 21, 15.0, before=between(10, 20, package=50.0), stage="data"),
            metered(24, 25, 5.0, before=between(22, 24, package=20.0)),
        ]
    )
    made = session_table(session, "stage", lambda r: r.label)
    assert [row[:2] for row in made.rows] == [
        ("data", "15.0 ± 0.4 J"),
        ("training", "100.0 ± 0.4 J"),
        ("untagged", "5.0 ± 0.4 J"),
    ]
    assert made.total[:3] == ("all windows", "120.0 ± 0.7 J", "100 %")
    assert [row[:2] for row in made.below] == [
        ("between cells", "70.0 ± 0.4 J"),
        ("session's counter", "190.0 ± 0.8 J"),
    ]
    assert made.below[0][4] == "12.0 s"
    assert "For 1.00 s between cells no counter could be followed" in made.text
    assert "session&#x27;s counter" in made.html or "session's counter" in made.html


def test_what_has_no_counter_is_named_and_nothing_is_guessed():
    gpu = domain("gpu:0", provenance=Provenance.POWER)
    after = Metered(report(domain(), gpu), Interval(20 * S, 22 * S), between(10, 20, package=5.0))
    pauses = between_windows([metered(0, 10), after])
    assert pauses.spent.energy_j == 5.0
    assert pauses.unknown_domains == ("gpu:0",)
    alone = between_windows([metered(0, 10), metered(20, 21)])
    assert alone.spent is None
    assert alone.unknown_s == 10.0
    assert between_windows([metered(0, 10)]) is None


def samples(*counters, each_s=1.0):
    return [DomainSample(round(n * each_s * S), 0.0, None, c) for n, c in enumerate(counters)]


def test_a_counter_is_followed_through_one_round_and_no_further():
    full = 2**32
    rapl = replace(RAPL, unit_j=1e-6, wrap_range=full, power_limit_w=200.0)
    shown = counted_on(rapl, samples(full - 1_000_000, 2_000_000))
    assert [reading.energy_j for reading in shown] == pytest.approx([0.0, 3.0])
    round_s = full * rapl.unit_j / rapl.power_limit_w
    assert counted_on(rapl, samples(0, 1_000_000, each_s=0.9 * round_s))
    assert not counted_on(rapl, samples(0, 1_000_000, each_s=1.1 * round_s))
    assert not counted_on(rapl, samples(0, 900_000_000))  # more than it can draw
    begun_anew = samples(10**9, 10**9 + 10, 5)
    assert not counted_on(NVML, begun_anew)


# --- against the truth ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_stages_on_the_test_bench_have_their_true_joules(machine, virtual, seed):
    """Random cells with blocks in them, of one stage, several or none, and pauses."""
    rng = random.Random(seed)
    names = ("cpu:0/package", "gpu:0")
    machine.truth.add(names[0], power_w=50.0)
    machine.truth.add(names[1], power_w=70.0, phase_s=0.013)
    session = SessionReports()
    true_j = {}
    cells = []

    def add(stage, interval, sign):
        joules = sum(machine.truth[name].energy_j(*interval) for name in names)
        true_j[stage] = true_j.get(stage, 0.0) + sign * joules

    def window(stage, around, depth):
        opened = virtual.window(Subject(stage=stage))
        opened.begin()
        machine.sleep(rng.uniform(0.05, 0.4))
        inner = stage or around
        for _ in range(rng.randint(0, 2) if depth < 2 else 0):
            of = window(
                rng.choice([None, "data", stage_of(["training", "data"])]), inner, depth + 1
            )
            add(inner, of, -1)
            machine.sleep(rng.uniform(0.05, 0.3))
        opened.end(wait=False)
        session.remember(opened)
        interval = opened.begin_ns, opened.end_ns
        add(inner, interval, 1)
        return interval

    for _ in range(8):
        for name in names:
            steps = [(t / 5, rng.uniform(20, 250)) for t in range(1, 8)]
            machine.truth[name].schedule(steps)
        cells.append(window(rng.choice([None, "training", "zoo"]), None, 0))
        machine.sleep(rng.choice([0.01, 0.5, 3.0, 30.0]))
    rows = by_stage(session.all())
    assert set(rows) == set(true_j)
    for stage, spent in rows.items():
        error_j = abs(spent.energy_j - true_j[stage])
        assert error_j <= 1.5 * spent.uncertainty_j, (stage, error_j, spent)
        assert error_j <= 0.05 * true_j[stage] + 1.0, (stage, error_j, spent)
    apart, _ = outermost(session.all())
    pauses = between_windows(apart)
    assert (pauses.unknown_s, pauses.unknown_domains) == (0.0, ())
    whole_j = sum(machine.truth[name].energy_j(cells[0][0], cells[-1][1]) for name in names)
    counter_j = pauses.spent.energy_j + sum(spent.energy_j for spent in rows.values())
    assert counter_j == pytest.approx(whole_j, rel=2e-3)
    inside_j = sum(machine.truth[n].energy_j(*cell) for n in names for cell in cells)
    assert abs(pauses.spent.energy_j - (whole_j - inside_j)) <= 1.5 * pauses.spent.uncertainty_j


def test_a_report_says_what_was_used_since_the_window_before(machine, virtual):
    machine.truth.add("cpu:0/package", power_w=50.0)
    first = virtual.begin()
    machine.sleep(0.5)
    assert first.end().before is None
    machine.sleep(20.0)  # the sampler sleeps, and begins anew
    second = virtual.begin()
    inner = virtual.begin()
    machine.sleep(0.3)
    assert inner.end().before is None
    found = second.end()
    assert found.before.duration_s == pytest.approx((second.begin_ns - first.end_ns) * 1e-9)
    truth_j = machine.truth["cpu:0/package"].energy_j(first.end_ns, second.begin_ns)
    assert abs(found.before.energy_j - truth_j) <= 1.5 * found.before.uncertainty_j
    assert found.before.uncertainty_j < 0.01 * truth_j
    read = Report.from_dict(found.to_dict()).before
    assert astuple(read) == pytest.approx(astuple(found.before), rel=1e-2)
