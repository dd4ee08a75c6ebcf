"""Repeats: how many loops, what counts, and what the figures say."""

import gc
import math
import statistics
import time

import pytest
from IPython.core.error import UsageError

import jupyter_green as jg
from jupyter_green import flags
from jupyter_green.notebook.cells import magic_line
from jupyter_green.notebook.cells.magic_line import Options
from jupyter_green.notebook.output.repeats import html
from jupyter_green.repeats import student
from jupyter_green.repeats.comparison import IN_BLOCKS
from jupyter_green.repeats.repeat import TOTAL_S, looped, repeat
from jupyter_green.repeats.result import Repeats
from jupyter_green.repeats.run_length import run_length_s
from jupyter_green.report import words
from jupyter_green.sources.base import Domain, Missing, Provenance, Scale
from tests.testbench import reports as made_up

# --- Student's t ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probability", "dof", "t"),
    [  # any textbook's table
        (0.95, 1, 12.706),
        (0.95, 2, 4.303),
        (0.95, 6, 2.447),
        (0.95, 9, 2.262),
        (0.99, 2, 9.925),
        (0.99, 5, 4.032),
        (0.95, 1000, 1.962),
    ],
)
def test_quantiles_of_students_t(probability, dof, t):
    assert student.quantile(probability, dof) == pytest.approx(t, abs=6e-4)
    assert student.probability_within(t, dof) == pytest.approx(probability, abs=1e-4)
    assert student.probability_within(-t, dof) == student.probability_within(t, dof)


# --- figures from reports -------------------------------------------------------------------


def domain(energy_j, uncertainty_j, *, name="cpu:0/package", **fields):
    return made_up.domain(name, energy_j, uncertainty_j, **{"mean_power_w": energy_j, **fields})


def report(*domains, duration_s=1.0, **rest):
    energy_j = sum(d.energy_j for d in domains) if domains else None
    return made_up.report(
        *domains, duration_s=duration_s, mean_power_w=energy_j, peak_power_w=energy_j, **rest
    )


def repeats(energies_j, uncertainty_j=0.0, *, loops=100, digits=3, **rest):
    reports = tuple(report(domain(e, uncertainty_j, **rest)) for e in energies_j)
    return Repeats(loops, reports, digits)


def test_the_figures_are_per_loop():
    energies_j = [12.0, 12.5, 12.3, 12.1, 12.6]
    result = repeats(energies_j)
    assert result.energies_j == pytest.approx([e / 100 for e in energies_j])
    assert result.mean_j == pytest.approx(0.123)
    assert result.stdev_j == pytest.approx(statistics.stdev(energies_j) / 100)
    assert result.interval_j == pytest.approx(2.776 * result.stdev_j / math.sqrt(5), rel=1e-3)
    assert (result.mean_duration_s, result.mean_power_w) == pytest.approx((0.01, 12.3))
    assert (result.repeats, result.flags) == (5, ())


def test_what_is_off_at_random_shrinks_with_the_runs_and_a_scale_does_not():
    measured = repeats([10.0] * 4, 0.8, loops=1)
    assert measured.interval_j == pytest.approx(0.4)
    scale = Scale(2.0, "CPU model", "a table")
    estimated = repeats([10.0] * 4, 0.8, loops=1, provenance=Provenance.ESTIMATE, scale=scale)
    assert estimated.interval_j == pytest.approx(0.4)
    assert "± 0.40 J per loop" in str(estimated)
    assert "95 % interval of 4 runs of 1 loop, scale × ½ to 2;" in str(estimated)


def test_one_run_has_the_instruments_interval_alone():
    result = repeats([10.0], 0.5, loops=1)
    assert (result.stdev_j, result.interval_j) == (None, 0.5)
    assert str(result) == (
        "10.0 J ± 0.50 J per loop (95 % interval of 1 run, 1 loop; 10.0 W, 1.00 s)"
    )


def test_the_text_is_that_of_timeit_for_joules():
    result = repeats([12.0, 12.5, 12.3, 12.1, 12.6], loops=1000)
    assert str(result) == (
        "12.3 mJ ± 0.32 mJ per loop (95 % interval of 5 runs of 1,000 loops; s.d. 0.25 mJ; "
        "12.3 W, 1.00 ms)"
    )
    tiny = repeats([12.0, 12.5, 12.3], loops=100_000_000, digits=4)
    assert str(tiny).startswith("122.7 nJ ± 6.3 nJ per loop")
    assert "10.0 ns" in str(tiny)


def test_an_estimate_says_so():
    result = repeats([10.0, 10.1, 9.9], 5.0, provenance=Provenance.ESTIMATE)
    assert str(result).startswith("≈ 100 mJ ± 29 mJ per loop (estimated; ")


def test_runs_below_the_resolution_are_a_bound_and_never_zero():
    result = repeats([0.5, 0.5, 0.5], 0.5, loops=10, flags=("below-resolution",))
    assert result.flags == ("below-resolution",)
    assert str(result).startswith("< 100 mJ per loop (3 runs of 10 loops; ")
    assert "more loops" in result.remarks[0]
    assert " W" not in str(result)


def test_nothing_to_read_says_so_and_still_gives_the_time():
    result = Repeats(10, (report(), report()))
    assert (result.mean_j, result.stdev_j, result.interval_j, result.mean_power_w) == (None,) * 4
    assert str(result).startswith("not measured per loop (2 runs of 10 loops; 100 ms)")
    assert "discover()" in str(result)


def test_a_first_run_that_stands_out_is_flagged_and_not_in_the_mean():
    result = repeats([31.0, 10.1, 9.9, 10.0, 10.0], loops=1)
    assert result.flags == ("first-run",)
    assert result.mean_j == pytest.approx(10.0)
    assert result.energies_j[0] == 31.0
    assert "3.1 × " in result.remarks[0]
    assert "of 4 runs" in str(result)


@pytest.mark.parametrize(
    ("energies_j", "uncertainty_j"),
    [
        ([10.9, 10.0, 10.0, 10.0, 10.0], 0.0),  # 9 % are nothing to speak of
        ([14.0, 8.0, 12.0, 10.0, 13.0], 0.0),  # within the others' scatter
        ([14.0, 10.0, 10.0, 10.0, 10.0], 6.0),  # within what the sensor resolves
        ([5.0, 10.0, 10.0, 10.0, 10.0], 0.0),  # less than the others is not a warm-up
        ([31.0, 10.0, 10.0], 0.0),  # too few to tell
    ],
)
def test_a_first_run_like_the_others_is_in_the_mean(energies_j, uncertainty_j):
    result = repeats(energies_j, uncertainty_j, loops=1)
    assert "first-run" not in result.flags
    assert result.mean_j == pytest.approx(statistics.fmean(energies_j))


def test_a_drift_is_flagged_with_its_size_and_sign():
    rising = repeats([10.0, 10.31, 10.6, 10.89, 11.21, 11.5, 11.8], loops=1)
    assert rising.flags == ("drift",)
    assert "+2.7 %" in rising.remarks[0]
    assert " -2.8 %" in repeats([11.5, 11.2, 10.9, 10.6, 10.3], loops=1).remarks[0]


def test_nothing_is_flagged_in_runs_that_the_sensor_does_not_resolve():
    result = repeats([0.9, 0.1, 0.1, 0.1, 0.1], 0.5, loops=1, provenance=Provenance.ESTIMATE)
    assert result.flags == ("below-resolution",)
    assert result.mean_j == pytest.approx(0.26)


@pytest.mark.parametrize(
    "energies_j",
    [
        [10.0, 10.6, 9.7, 10.5, 9.8, 10.3, 10.1],
        [10.0, 10.001, 10.002, 10.003, 10.004],  # clear, and far too small to matter
        [10.0, 11.0, 12.0],
    ],
)
def test_scatter_is_no_drift(energies_j):
    assert repeats(energies_j, loops=1).flags == ()


def test_runs_that_not_every_sensor_saw_are_not_alike():
    both = report(domain(5.0, 0.1), domain(5.0, 0.1, name="gpu:0"))
    result = Repeats(1, (both, both, report(domain(5.0, 0.1))))
    assert result.flags == ("sensors-differ",)


def test_html_holds_what_the_text_says():
    page = html(repeats([0.5] * 3, 0.5, loops=1, flags=("below-resolution",)))
    assert "<strong" in page
    assert "&lt; 1.0 J</strong>" in page
    assert "more loops" in page


# --- what the reports of the runs remark ----------------------------------------------------


def test_a_replay_is_watermarked():
    replayed = report(domain(5.0, 0.1, flags=("replayed",)), flags=("replayed",))
    result = Repeats(1, (replayed,) * 3)
    assert result.flags == ("replayed",)
    assert result.remarks == ()
    assert "per loop (REPLAYED, not measured; 95 %" in str(result)
    page = html(result)
    assert 0 < page.index(f">{words.REPLAY}</strong>") < page.index("5.00 J")
    assert "replay" not in html(repeats([5.0] * 3)).lower()


def test_what_is_missing_and_would_count_is_named_with_its_reason():
    missing = (
        Missing("gpu:0", "it reports neither energy nor power.", "Do something."),
        Missing("gpu:1", "it reports neither energy nor power", "Do something."),
        Missing("cpu:0/package", "no permission", "Ask."),
        Missing("cpu:0/core", "no permission", "Ask."),
        Missing("nvml", "no driver", "Install it."),
        Missing("rapl", "no zones", "Buy another machine."),
    )
    result = Repeats(1, (report(domain(5.0, 0.1, name="cpu"), missing=missing),) * 3)
    (remark,) = result.remarks
    assert remark == (
        "Not included: gpu:0, gpu:1 (it reports neither energy nor power); "
        "cpu:0/package (no permission)."
    )


def test_a_device_that_only_some_runs_lack_is_named_as_such():
    whole = report(domain(5.0, 0.1), domain(5.0, 0.1, name="gpu:0"))
    part = report(domain(5.0, 0.1), missing=(Missing("gpu:0", "the driver is gone", "Wait."),))
    result = Repeats(1, (whole, part, whole))
    assert result.remarks[-1] == "Not in every run: gpu:0 (the driver is gone)."


def test_what_disturbed_the_runs_is_reported_once():
    board = domain(5.0, 0.1, name="gpu:0", flags=("shared", "wrapped", "no-answer"))
    quiet, disturbed = report(board), report(board, flags=("other-meters", "host-busy"))
    result = Repeats(1, (quiet, disturbed, disturbed))
    assert result.flags == ("other-meters", "host-busy")
    assert len(result.remarks) == 4
    assert "Other programs metered" in result.remarks[0]
    assert "gpu:0: other processes used it too." in result.remarks
    assert "gpu:0: the driver did not answer for a while." in result.remarks


@pytest.mark.parametrize("flag", [flag for flag in flags.names("window") if flag != flags.REPLAYED])
def test_every_flag_of_a_report_has_a_sentence(flag):
    (remark,) = Repeats(1, (report(domain(5.0, 0.1), flags=(flag,)),)).remarks
    assert flag not in remark


def test_net_joules_stand_beside_the_gross_ones():
    def run(energy_j):
        net = {"net_energy_j": energy_j - 4.0, "net_uncertainty_j": 0.5}
        return report(domain(energy_j, 0.3), **net)

    result = Repeats(10, tuple(run(e) for e in (10.0, 10.0, 10.0, 10.0)))
    assert result.net_mean_j == pytest.approx(0.6)
    # Of 0.5 J, 0.3 J are the sensor's and shrink with four runs; the baseline's 0.4 J do not.
    assert result.net_interval_j == pytest.approx(math.hypot(0.15, 0.4) / 10)
    assert "; net 600 mJ ± 43 mJ above idle; " in str(result)
    assert "net < 50 mJ above idle" in str(
        Repeats(10, (report(domain(10.0, 0.3), net_energy_j=0.0, net_uncertainty_j=0.5),))
    )
    scattered = Repeats(10, tuple(run(e) for e in (9.0, 11.0, 9.5, 10.5)))
    assert scattered.net_interval_j > scattered.interval_j > 0.1


def test_two_results_are_compared_with_the_scatter_of_their_runs_in_the_interval():
    a = repeats([10.0, 10.2, 9.8, 10.1, 9.9], 0.01)
    b = repeats([8.0, 8.2, 7.8, 8.1, 7.9], 0.01)
    found = a.compare(b)
    expected = 2.776 * statistics.stdev([10.0, 10.2, 9.8, 10.1, 9.9]) / math.sqrt(5) / 100
    assert a.interval_j == pytest.approx(expected, rel=0.01)
    assert found.energy_ratio.value == pytest.approx(0.8)
    assert found.energy_ratio.high - 0.8 == pytest.approx(
        expected * 10 * math.hypot(1, 0.8), rel=0.1
    )
    first, *remarks = str(found).split("\n")
    assert first == (
        "the second uses 20 % (±3 %) less energy than the first: "
        "80.0 mJ ± 2.0 mJ against 100 mJ ± 2.0 mJ per loop."
    )
    assert remarks == [IN_BLOCKS]
    assert "less energy than the first</strong>" in found._repr_html_()


def test_one_that_is_within_the_scatter_is_no_difference():
    a, b = repeats([10.0, 10.4, 9.6], 0.01), repeats([10.1, 10.5, 9.7], 0.01)
    assert str(a.compare(b)).startswith("no measurable difference between the second and the first")


def test_a_common_scale_drops_out_of_a_comparison_and_others_do_not():
    board = Scale(1.06, "board A", "a source")
    a, b = (repeats([e] * 4, 0.01, scale=board) for e in (10.0, 8.0))
    assert a.compare(b).scale_reach == pytest.approx(0.0)
    other = repeats([8.0] * 4, 0.01, scale=Scale(1.06, "board B", "a source"))
    assert a.compare(other).scale_reach == pytest.approx(0.06 * math.sqrt(2))
    assert "Different sensors may disagree" in str(a.compare(other))


def test_what_hampers_a_comparison_of_runs_is_said():
    one, nothing = repeats([10.0], 0.1), Repeats(1, (report(),) * 3)
    assert "the second has one run: how much its runs differ" in str(
        repeats([9.0] * 4).compare(one)
    )
    assert "because the second has no joules" in str(one.compare(nothing))
    assert one.compare(nothing).energy_ratio is None
    with pytest.raises(TypeError, match="not with a Report"):
        one.compare(report())


def test_without_a_baseline_there_is_no_net():
    result = repeats([10.0, 10.1, 9.9])
    assert (result.net_mean_j, result.net_interval_j) == (None, None)
    assert "net" not in str(result)


# --- running --------------------------------------------------------------------------------


@pytest.fixture
def meter():
    with jg.Meter() as made:
        yield made


@pytest.fixture
def rapl(truth, rapl_here):
    """A package that draws 50 W."""
    truth.add("cpu:0/package", power_w=50.0)
    rapl_here()
    return truth["cpu:0/package"]


@pytest.fixture
def gpu(truth, nvml_here):
    """A GPU that draws 200 W, and no other sensor that is measured."""
    truth.add("gpu:0", power_w=200.0)
    return truth["gpu:0"]


def nap():
    time.sleep(0.001)


def test_the_joules_are_the_true_ones_and_the_runs_long_enough(rapl, meter):
    result = repeat(meter, looped(nap))
    assert result.repeats == 7
    assert result.loops > 1
    assert {r.status for r in result.reports} == {"ok"}
    # A hundred refreshes of a millisecond.
    assert statistics.median(r.duration_s for r in result.reports) > 0.05
    true_j = 50.0 * result.mean_duration_s
    assert abs(result.mean_j - true_j) <= max(result.interval_j, 0.05 * true_j)
    assert result.interval_j < 0.5 * result.mean_j


def test_loops_and_repeats_as_asked(rapl, meter):
    calls = []
    result = repeat(
        meter, looped(lambda: calls.append(1)), loops=30, repeats=4, label="a", stage="b"
    )
    assert (result.loops, result.repeats, len(calls)) == (30, 4, 120)
    assert {(r.label, r.stage) for r in result.reports} == {("a", "b")}
    assert repeat(meter, looped(nap), repeats=1).repeats == 1


@pytest.mark.parametrize(
    ("resolutions_s", "repeats", "run_s"),
    [
        ([0.001, 0.001], 7, 0.1),  # 1 %
        ([0.001, 0.1], 7, 2.0),  # 10 s would be 1 %, but 70 s in all
        ([0.1], 2, 5.0),
        ([0.02], 7, 10 / 7),
        ([], 7, 0.2),
    ],
)
def test_a_coarse_sensor_needs_longer_runs(resolutions_s, repeats, run_s):
    domains = [Domain("d", "", "", Provenance.COUNTER, r) for r in resolutions_s]
    uncounted = Domain("e", "", "", Provenance.COUNTER, 1.0, counted=False)
    assert run_length_s([*domains, uncounted], TOTAL_S / repeats) == pytest.approx(run_s)


def test_slow_code_is_run_less_often(meter, monkeypatch):
    monkeypatch.setattr("jupyter_green.repeats.repeat.TOTAL_S", 0.5)
    assert repeat(meter, lambda _: time.sleep(0.2), loops=1).repeats == 3


def test_code_shorter_than_a_refresh_is_below_the_resolution(gpu, meter):
    meter.discover()
    result = repeat(meter, looped(nap), loops=1, repeats=2)
    shown = [r.domains["gpu:0"] for r in result.reports]
    assert all(d.uncertainty_j > 0 for d in shown)
    assert not str(result).startswith("0 ")


def test_a_slow_first_call_does_not_decide_the_loops(rapl, meter):
    calls = []

    def cold_first():
        if not calls:
            time.sleep(0.5)
        calls.append(1)

    assert repeat(meter, looped(cold_first), repeats=2).loops > 100


def test_garbage_collection_is_off_in_a_run_and_as_before_after_it(meter):
    seen = []
    repeat(meter, looped(lambda: seen.append(gc.isenabled())), loops=1, repeats=2)
    assert (seen, gc.isenabled()) == ([False, False], True)
    gc.disable()
    try:
        repeat(meter, looped(nap), loops=1, repeats=1)
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_what_the_code_raises_passes_through_and_nothing_stays_open(meter, error):
    def fail():
        raise error

    with pytest.raises(error):
        repeat(meter, looped(fail))
    assert gc.isenabled()
    end_s = time.monotonic() + 5
    while meter.open_windows and time.monotonic() < end_s:
        time.sleep(0.01)
    assert meter.open_windows == 0


def test_setup_comes_before_each_run_and_progress_after_it(meter):
    events = []
    repeat(
        meter,
        lambda _: events.append("run"),
        loops=5,
        repeats=2,
        setup=lambda: events.append("setup"),
        on_run=lambda done, of: events.append((done, of)),
    )
    assert events == ["setup", "run", (1, 2), "setup", "run", (2, 2)]


@pytest.mark.parametrize("wrong", [{"loops": 0}, {"repeats": 0}, {"loops": -3}])
def test_numbers_below_one_are_refused(meter, wrong):
    with pytest.raises(ValueError, match="give 1 or more"):
        repeat(meter, looped(nap), **wrong)


# --- flags ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sum(x)", (Options(), "sum(x)")),
        ("-n 10 -r3 f( 'a  b' , -n)", (Options(loops=10, repeats=3), "f( 'a  b' , -n)")),
        ("-oq -v kept x = 1", (Options(quiet=True, as_output=True, variable="kept"), "x = 1")),
        ("-p 5 x", (Options(digits=5), "x")),
        ("-n0 x", (Options(), "x")),
        ("-- -x", (Options(), "-x")),
    ],
)
def test_the_line_is_flags_and_a_statement_as_typed(line, expected):
    assert magic_line.statement(line) == expected


@pytest.mark.parametrize("line", ["", "-n 3", "-x y", "-n y", "-n -3 y", "-r 1.5 y", "-v 1x y"])
def test_a_wrong_line_shows_the_usage(line):
    with pytest.raises(UsageError, match=r"usage: %energy \[-n N\]"):
        magic_line.statement(line)


@pytest.mark.parametrize(
    ("flags", "repeated"),
    [
        ("-r 5", True),
        ("-n10", True),
        ("-qr5", True),
        ("--label fit -o -n 3", True),
        ("", False),
        ("-vn", False),
        ("--label 'a -n 3' -q", False),
        ("--label 'open -n 3", False),
    ],
)
def test_the_line_of_a_repeated_cell_stays_in_place(flags, repeated):
    assert magic_line.is_repeated(flags) == repeated
    assert (magic_line.find([f"%%energy {flags}\n", "pass"]) is None) == repeated
