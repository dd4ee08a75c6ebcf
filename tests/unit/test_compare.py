"""A whole study on a machine in virtual time: the real meter on hardware whose joules are known."""

import dataclasses
import json
import math
import subprocess
import sys

import pytest

pytest.importorskip("scipy")

import jupyter_green as jg
from jupyter_green import pages
from jupyter_green.flags import HOST_BUSY, READ_FAILED
from jupyter_green.studies.compare.bench import Bench
from jupyter_green.studies.compare.compare import study_of
from jupyter_green.studies.compare.plan import checked
from jupyter_green.studies.compare.progress import Silent, TerminalLine
from tests.testbench import reports
from tests.testbench.comparisons import IDLE_W, SAVES_10, Work, made


class Lines(Silent):
    """Keeps what is said."""

    def __init__(self):
        self.shown, self.kept = [], []

    def show(self, text):
        self.shown.append(text)

    def keep(self, text):
        self.kept.append(text)


@pytest.fixture
def package(machine):
    return machine.truth.add("cpu:0/package", power_w=IDLE_W)


@pytest.fixture
def work(machine, package):
    return Work(machine, package)


@pytest.fixture
def study(machine, virtual):
    """Run a study of these variants: ``study({"a": …}, rounds=…)``."""

    def run(variants, lines=None, **asked):
        bench = Bench(checked(variants, **asked), virtual, machine.sleep, machine.clock_ns)
        return study_of(bench, lines or Lines())

    return run


DEVICES = pytest.mark.parametrize("name", ["cpu:0/package", "gpu:0"])


@DEVICES
def test_a_true_3_percent_is_found(study, machine, name):
    work = Work(machine, machine.truth.add(name, power_w=IDLE_W))
    found = study({"a": work.of("a", 100.0), "b": work.of("b", 103.0)})
    (pair,) = found.pairs
    assert pair.is_different
    assert 1.03 in pair.interval
    assert str(found).startswith("b uses ")
    assert " % more than a (95 % CI " in str(found)
    assert pair.p == pytest.approx(2 / 2**10)


@DEVICES
def test_the_same_work_twice_is_no_difference(study, machine, name):
    work = Work(machine, machine.truth.add(name, power_w=IDLE_W))
    found = study({"a": work.of("a", 100.0), "b": work.of("b", 100.0)})
    assert not found.pairs[0].is_different
    assert str(found).startswith("no difference larger than 3 % between b and a (90 % CI ")


def test_the_joules_are_the_true_ones(study, work, machine, package):
    found = study({"a": work.of("a", 100.0), "b": work.of("b", 60.0)}, rounds=2)
    assert [run.energy_j for run in found.runs] == pytest.approx(
        [run.loops * {"a": 50.0, "b": 30.0}[run.variant] for run in found.runs], rel=0.03
    )
    assert found.pair("a", "b").ratio == pytest.approx(0.6, rel=0.02)
    assert found.pair("b", "a").ratio == pytest.approx(1 / 0.6, rel=0.02)


def test_rounds_take_turns_in_the_orders_of_the_seed(study, work):
    variants = {name: work.of(name, 100.0) for name in "abc"}
    found = study(variants, rounds=6, seed=3)
    assert [sorted(names) for names in found.order] == [list("abc")] * 6
    for place in range(3):
        assert sorted(names[place] for names in found.order) == list("aabbcc")
    assert study(variants, rounds=6, seed=3).order == found.order
    assert study(variants, rounds=6, seed=4).order != found.order
    assert [(pair.reference, pair.other) for pair in found.pairs] == [
        *map(tuple, ("ab", "ac", "bc"))
    ]


@pytest.mark.parametrize(
    ("name", "knobs", "least_s"),
    [
        ("cpu:0/package", {}, 1.0),
        ("gpu:0", {}, 2.0),
        ("gpu:0", {"has_energy": False}, 5.0),
    ],
)
def test_runs_are_long_enough_for_the_sensor(study, machine, name, knobs, least_s):
    work = Work(machine, machine.truth.add(name, power_w=IDLE_W, **knobs))
    found = study({"a": work.of("a", 100.0, 0.05), "b": work.of("b", 100.0, 0.3)}, rounds=2)
    assert all(0.85 * least_s <= run.report.duration_s <= 6 * least_s for run in found.runs)
    shares = [run.report.uncertainty_j / run.energy_j for run in found.runs]
    assert max(shares) < 0.02


def test_the_power_of_the_run_before_has_gone_before_the_next(study, work, machine, package):
    """A fan that turns on for 3 s after each run: nothing begins while it does."""
    begun_w = []

    def call():
        begun_w.append(package.power_w(machine.now_ns))
        package.set_power(100.0)
        machine.sleep(1.2)
        package.set_power(60.0)
        run = len(begun_w)
        machine.later(3.0, lambda: len(begun_w) == run and package.set_power(IDLE_W))

    found = study({"a": call, "b": call}, rounds=3)
    assert begun_w[-6:] == [IDLE_W] * 6
    assert all(3.0 <= run.rest_s <= 4.5 for run in found.runs[1:])


def test_a_rest_ends_after_the_seconds_that_are_given(study, machine, package):
    """Power that never comes back is the new band, so that one rest alone is in vain."""
    calls = []

    def call():
        calls.append(1)
        package.set_power(100.0)
        machine.sleep(1.2)
        package.set_power(IDLE_W if len(calls) < 12 else 50.0)

    found = study({"a": call, "b": call}, rounds=6, rest=5)
    rests = [run.rest_s for run in found.runs]
    assert 5.0 <= max(rests) < 5.6
    assert sum(rest > 1 for rest in rests) <= 1


def test_without_rests_nothing_is_waited_for(study, work):
    found = study({"a": work.of("a", 100.0), "b": work.of("b", 100.0)}, rounds=2, rest=0)
    assert max(run.rest_s for run in found.runs) == 0.0


def test_minutes_and_joules_are_said_before_the_rounds_and_rounds_that_are_too_few(study, work):
    lines = Lines()
    study({"a": work.of("a", 100.0), "b": work.of("b", 100.0)}, lines, rounds=5)
    assert lines.kept[0].startswith("With 5 rounds no p can be below 0.05")
    assert lines.kept[0].endswith("at least 6 are needed.")
    assert lines.kept[1].startswith("5 rounds to come: about 1")
    assert "J" in lines.kept[1]
    assert any(line.startswith("round 4 of 5 · about ") for line in lines.shown)


def test_until_adds_rounds_until_the_half_width_is_reached(study, work):
    variants = {"a": work.of("a", 100.0), "b": work.of("b", 102.0)}
    found = study(variants, until=0.0035)
    assert 10 < found.rounds < 40
    assert found.half_width <= 0.0035
    assert study(variants, until=0.05).rounds == 10


def test_setup_runs_before_each_run_and_is_not_metered(study, work, machine, package):
    def setup():
        work.calls.append("setup")
        package.set_power(500.0)
        machine.sleep(0.5)
        package.set_power(IDLE_W)

    found = study(
        {"a": work.of("a", 100.0, 2.0), "b": work.of("b", 100.0, 2.0)}, rounds=2, setup=setup
    )
    assert work.calls[::2] == ["setup"] * (len(work.calls) // 2)
    assert found.runs[0].energy_j == pytest.approx(200.0, rel=0.04)


def test_joules_are_per_unit_of_work(study, work):
    variants = {
        "long": work.of("long", 100.0, 0.5, value=[0] * 50),
        "short": work.of("short", 100.0, 0.5, value=[0] * 25),
    }
    found = study(variants, rounds=2, per=(len, "token"))
    assert found.runs[0].report.per_unit == found.unit == "token"
    assert found.pair("long", "short").ratio == pytest.approx(2.0, rel=0.03)
    assert found.values("long") == pytest.approx([1.0, 1.0], rel=0.03)
    assert "energy/token" in found.table()


# --- what ends it before its time -------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (KeyboardInterrupt(), "interrupted", "The study was interrupted"),
        (ValueError("no more data"), "error", "The study ended with ValueError: no more data"),
    ],
)
def test_whole_rounds_are_kept(study, work, error, status, said):
    run = work.of("b", 100.0, 1.2)

    def call():
        if work.calls.count("b") == 8:
            raise error
        run()

    found = study({"a": work.of("a", 100.0, 1.2), "b": call})
    assert (found.status, found.rounds) == (status, 3)
    assert f"{said}: the rounds that were whole are kept." in str(found)
    assert len(found.pairs[0].ratios) == 3


def test_without_a_whole_round_the_exception_passes_through(study, work, virtual):
    def call():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        study({"a": work.of("a", 100.0), "b": call})
    assert virtual.open_windows == 0


def test_without_a_sensor_nothing_runs_and_the_reason_is_given(study, machine):
    calls = []
    found = study({"a": lambda: calls.append(1), "b": lambda: calls.append(1)})
    assert calls == []
    assert found.pairs == ()
    assert str(found).startswith("There is no ratio, and nothing was run, as no energy sensor")
    assert jg.Study.from_dict(found.to_dict()) == found
    with pytest.raises(ValueError, match="no energy sensor"):
        found.pair("a", "b")


# --- what is remarked -------------------------------------------------------------------------


def test_disturbed_rounds_are_kept_and_the_result_without_them_stands_beside():
    energies = [*SAVES_10[:7], (100.0, 160.0)]
    found = made(energies, {8: (HOST_BUSY,)})
    assert found.pairs[0].rounds == 8
    assert found.undisturbed_pairs[0].rounds == 7
    assert "In round 8, which is kept: other programs used most of the CPU." in str(found)
    assert "Without this round, b uses 10" in str(found)
    assert not found.pairs[0].is_different


def test_too_few_undisturbed_rounds_are_called_that():
    found = made(SAVES_10[:4], {2: (HOST_BUSY,)})
    assert "Without this round, too few rounds are left to compare b with a." in str(found)
    assert "not known" in found.table()
    assert found.plot().get_suptitle().startswith("not enough rounds: about 2 more")


def test_missing_sensors_disturb_a_round():
    whole = made(SAVES_10)
    lost = dataclasses.replace(
        whole.runs[5],
        report=reports.report(reports.domain("cpu:1/package", flags=(READ_FAILED,))),
    )
    found = dataclasses.replace(whole, runs=(*whole.runs[:5], lost, *whole.runs[6:]))
    assert list(found.disturbed) == [3]
    assert any("not all parts had the same sensors" in why for why in found.disturbed[3])
    assert whole.disturbed == {}


def test_an_estimate_is_said_to_be_one():
    found = made(SAVES_10, domain=reports.estimate)
    assert str(found).startswith("By the CPU model, b uses 10")
    assert "≈" in found.table()
    mixed = tuple(
        dataclasses.replace(run, report=reports.report(reports.domain(), reports.estimate()))
        for run in found.runs
    )
    assert str(dataclasses.replace(found, runs=mixed)).startswith("By the CPU model in part, b ")


@pytest.mark.parametrize(("energy_j", "reason"), [(0.0, "shows 0 J"), (None, "has no joules")])
def test_without_joules_there_is_no_ratio_but_the_reason(energy_j, reason):
    found = made([*SAVES_10[:2], (100.0, energy_j)])
    assert found.pairs == ()
    assert reason in str(found)
    assert reason in found.to_latex()
    assert len(found.to_frame()) == 6
    assert found.plot() is not None


def test_a_difference_below_the_margin_is_called_that():
    found = made([(100.0 + n, 101.0 + 1.01 * n + 0.02 * (-1) ** n) for n in range(8)])
    assert found.pairs[0].is_different
    assert "less than the margin of 3 %" in str(found)


# --- how it is shown and kept -----------------------------------------------------------------


def test_saved_and_loaded_it_says_the_same(study, work, tmp_path):
    found = study({"a": work.of("a", 100.0), "b, ü": work.of("b", 101.0)}, rounds=6, seed=7)
    found.save(tmp_path / "study.json")
    record = json.loads((tmp_path / "study.json").read_text("utf-8"))
    assert (record["schema"], record["seed"]) == ("jupyter-green.study.v1", 7)
    assert record["order"] == [list(names) for names in found.order]
    assert record["runs"][0]["report"]["schema"] == "jupyter-green.report.v1"
    loaded = jg.Study.load(tmp_path / "study.json")
    assert loaded.table() == found.table()
    assert loaded.pairs == found.pairs


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": "other"}, "schema"),
        ({"kind": "pareto"}, "kind"),
        ({"variants": ["a"]}, "variants"),
        ({"margin": 0}, "margin"),
        ({"seed": "x"}, "seed"),
        ({"runs": [1]}, "run 1"),
        ({"status": "fine"}, "status"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        jg.Study.from_dict({**made(SAVES_10).to_dict(), **change})


def test_a_record_with_half_a_round_is_refused():
    record = made(SAVES_10).to_dict()
    record["runs"].pop()
    with pytest.raises(ValueError, match="round 8"):
        jg.Study.from_dict(record)


def test_names_are_no_markup():
    renamed = {"a": "<b>50 % & $x_1$", "b": "plain"}
    found = made(SAVES_10)
    runs = tuple(dataclasses.replace(run, variant=renamed[run.variant]) for run in found.runs)
    found = dataclasses.replace(found, variants=tuple(renamed.values()), runs=runs)
    assert r"$<$b$>$50 \% \& \$x\_1\$" in found.to_latex()
    assert "<b>" not in pages.html("Study", found)
    assert pages.html("Study", found) == found._repr_html_()
    found.plot()._repr_png_()


def test_the_frame_has_a_row_for_each_run():
    frame = made(SAVES_10).to_frame()
    assert list(frame["joules_per_unit"][:2]) == [100.0, 90.3]
    assert frame.attrs["seed"] == 0
    assert len(frame) == 16


@pytest.mark.parametrize("width_in", [3.5, 7.0])
def test_the_figure_shows_rounds_and_ratios(width_in):
    figure = made(SAVES_10).plot(width_in=width_in)
    rounds, ratios = figure.axes
    assert rounds.get_xlabel() == "Round"
    assert "95 % CI" in ratios.get_xlabel()
    assert figure.get_suptitle().startswith("b uses")


def test_a_terminal_line_is_written_over_and_a_file_gets_what_stays(capsys, monkeypatch):
    line = TerminalLine()
    line.show("round 1 of 2")
    line.keep("done")
    assert capsys.readouterr().err == "done\n"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    line.show("round 1 of 2")
    line.show("end")
    assert capsys.readouterr().err == "\rround 1 of 2\rend         "


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variants", "asked", "error", "said"),
    [
        ({}, {}, ValueError, "two or more"),
        ({"a": abs}, {}, ValueError, "two or more"),
        ([abs, abs], {}, TypeError, "functions by name"),
        ({"a": abs, "b": 3}, {}, TypeError, "the function itself"),
        ({"a": abs, 1: abs}, {}, TypeError, "no text"),
        ({"a": abs, " ": abs}, {}, ValueError, "empty"),
        (None, {"rounds": 0}, ValueError, "1 or more"),
        (None, {"rounds": 2.5}, TypeError, "whole number"),
        (None, {"margin": 0}, ValueError, "margin"),
        (None, {"margin": -0.1}, ValueError, "margin"),
        (None, {"margin": math.nan}, TypeError, "margin"),
        (None, {"until": 0}, ValueError, "until"),
        (None, {"until": "1 %"}, TypeError, "until"),
        (None, {"rest": -1}, ValueError, "rest"),
        (None, {"seed": -1}, ValueError, "seed"),
        (None, {"per": 0}, ValueError, "per"),
        (None, {"per": "token"}, TypeError, "per"),
        (None, {"per": (512, 3)}, TypeError, "unit"),
        (None, {"setup": 3}, TypeError, "setup"),
    ],
)
def test_bad_input_is_refused_before_anything_runs(variants, asked, error, said):
    calls = []
    usual = {"a": lambda: calls.append(1), "b": lambda: calls.append(1)}
    with pytest.raises(error, match=said):
        jg.compare(usual if variants is None else variants, **asked)
    assert calls == []


def test_without_scipy_the_error_says_what_to_install():
    code = "import sys; sys.modules['scipy'] = None; import jupyter_green as jg; jg.compare"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "pip install 'jupyter-green[studies]'" in ran.stderr


def test_functions_whose_call_does_not_do_the_work_are_refused():
    async def waits():
        pass

    def yields():
        yield 1

    for call in (waits, yields):
        with pytest.raises(TypeError, match="wrap it"):
            jg.compare({"a": call, "b": abs})


def test_a_variants_joules_have_the_digits_that_runs_and_sensors_support():
    energies = [(8.0371 + 0.001 * n, 4.0) for n in range(8)]
    assert "  8.041 J " in made(energies).table()
    assert "  ≈ 8.0 J " in made(energies, domain=reports.estimate).table()
    assert "  8.2 J " in made([(8.0 + (-1) ** n + 0.2, 4.0) for n in range(8)]).table()
