"""Loops whose epochs are metered, in virtual time: the truth is known, and nobody waits."""

import contextlib
import itertools
import math

import pytest

import jupyter_green as jg
from benchmarks.forecasts import DONE, NOISES, covered
from jupyter_green.callbacks.training import Training
from jupyter_green.meter.measure import on_block_end
from jupyter_green.studies.loops import epoch_windows
from jupyter_green.studies.loops.forecast import forecast

EPOCH_S = 2.0


@pytest.fixture
def rapl(machine, virtual, monkeypatch):
    """A socket of 50 W, whose meter is this process's."""
    device = machine.truth.add("cpu:0/package", power_w=50.0)
    monkeypatch.setattr(epoch_windows, "shared_meter", lambda: virtual)
    virtual.discover()
    return device


def run(machine, loop, seconds=EPOCH_S):
    """Run a loop to its end; return what it yielded."""
    seen = []
    for item in loop:
        seen.append(item)
        machine.sleep(seconds)
    return seen


def test_the_joules_of_each_epoch_and_of_the_loop_are_the_true_ones(machine, rapl, virtual):
    rapl.schedule([(1.0, 90.0), (5.0, 40.0)])
    loop = jg.epochs(4, stage="training")
    assert run(machine, loop) == [0, 1, 2, 3]
    assert [r.label for r in loop.reports] == ["epoch 1", "epoch 2", "epoch 3", "epoch 4"]
    windows_ns = [(w.begin_ns, w.end_ns) for w in virtual._memory._windows.values()]
    whole_ns, *epochs_ns = windows_ns
    for report, times_ns in zip([loop.report, *loop.reports], [whole_ns, *epochs_ns], strict=True):
        assert report.energy_j == pytest.approx(rapl.energy_j(*times_ns), abs=report.uncertainty_j)
        assert report.energy_j == pytest.approx(rapl.energy_j(*times_ns), rel=0.001)
        assert report.stage == "training"
    assert all(b <= a for (_, b), (a, _) in itertools.pairwise(epochs_ns))
    assert loop.forecast.energy_j == pytest.approx(loop.report.energy_j, rel=0.01)


def test_many_epochs_keep_reports_instead_of_samples(machine, rapl, monkeypatch):
    monkeypatch.setattr(epoch_windows.threading, "Thread", _AtOnce)
    loop = jg.epochs(40)
    run(machine, loop, 0.5)
    kept = loop._windows._kept
    assert sum(isinstance(each, jg.Window) for each in kept) == epoch_windows.MOST_WINDOWS
    assert [r.energy_j for r in loop.reports] == pytest.approx([25.0] * 40, rel=0.01)


class _AtOnce:
    """A thread whose work is done when it is started: time is virtual."""

    def __init__(self, target, args, **_):
        self.start = lambda: target(*args)


def test_the_loop_stops_after_the_epoch_in_which_its_budget_is_spent(machine, rapl, capsys):
    loop = jg.epochs(10, budget_kj=0.25)
    assert run(machine, loop) == [0, 1, 2]
    assert loop.is_spent
    assert len(loop.reports) == 3
    assert capsys.readouterr().err.splitlines() == [
        "jupyter-green: the budget of 250 J is spent: 300 J after epoch 3 of 10."
    ]


def test_where_a_counter_is_slow_a_callback_waits_for_no_reading(machine, virtual, monkeypatch):
    machine.truth.add("gpu:0", power_w=200.0)
    monkeypatch.setattr(epoch_windows, "shared_meter", lambda: virtual)
    monkeypatch.setattr(jg.Window, "wait_until_read", lambda *_: pytest.fail("it has waited"))
    virtual.discover()
    training = Training()
    training.begin(3)
    logged_j = []
    for _ in range(3):
        training.begin_epoch()
        machine.sleep(EPOCH_S)
        logged_j.append(training.end_epoch())
    training.close()
    assert logged_j == pytest.approx([200.0 * EPOCH_S] * 3, rel=0.1)


def test_it_warns_once_when_the_forecast_exceeds_the_budget(machine, rapl, capsys):
    run(machine, jg.epochs(6, budget_kj=0.5))
    warned, spent = capsys.readouterr().err.splitlines()
    assert "the budget of 500 J will not be enough: 600" in warned
    assert "6 epochs, forecast from 3" in warned
    assert "the budget of 500 J is spent" in spent
    assert "after epoch 5 of 6" in spent or "after epoch 6 of 6" in spent


def test_a_budget_that_will_do_says_nothing(machine, rapl, capsys):
    loop = jg.epochs(5, budget_kj=1.0)
    assert run(machine, loop) == [0, 1, 2, 3, 4]
    assert not loop.is_spent
    assert capsys.readouterr().err == ""


def test_a_budget_without_a_sensor_says_that_it_was_not_watched(
    machine, virtual, monkeypatch, capsys
):
    monkeypatch.setattr(epoch_windows, "shared_meter", lambda: virtual)
    loop = jg.epochs(3, budget_kj=1.0)
    assert run(machine, loop) == [0, 1, 2]
    assert "was not watched" in capsys.readouterr().err
    assert loop.forecast is None
    assert loop.report.energy_j is None


@pytest.mark.parametrize("end", ["break", "error", "interrupt", "items", "dropped", "return"])
def test_however_a_loop_is_left_its_windows_have_ended(machine, rapl, virtual, end):
    ended = []
    on_block_end.append(ended.append)

    def items():
        yield from range(3)
        if end == "items":
            raise ValueError(end)

    def body(loop):
        for epoch in loop:
            machine.sleep(1.0)
            if epoch == 1 and end == "break":
                break
            if epoch == 1 and end == "return":
                return
            if epoch == 1 and end in ("error", "interrupt"):
                raise ValueError if end == "error" else KeyboardInterrupt

    loop = jg.epochs(items())
    try:
        if end == "dropped":
            steps = iter(loop)
            next(steps)
            machine.sleep(1.0)
            del steps
        elif end in ("error", "interrupt", "items"):
            with pytest.raises((ValueError, KeyboardInterrupt)):
                body(loop)
        else:
            body(loop)
    finally:
        on_block_end.remove(ended.append)
    assert virtual.open_windows == 0
    epochs = {"dropped": 1, "items": 3}.get(end, 2)
    assert [r.energy_j for r in loop.reports] == pytest.approx([50.0] * epochs, rel=0.01)
    assert [w.report.energy_j for w in ended] == pytest.approx([50.0 * epochs], rel=0.01)
    assert loop.report.status == ("error" if end == "items" else "ok")


@pytest.mark.parametrize(
    ("end", "status"),
    [("break", "ok"), ("error", "error"), ("interrupt", "interrupted"), ("all", "ok")],
)
def test_a_block_tells_how_its_loop_was_left(machine, rapl, end, status):
    ends = {"error": ValueError, "interrupt": KeyboardInterrupt}
    with contextlib.suppress(ValueError, KeyboardInterrupt), jg.epochs(2) as loop:
        for epoch in loop:
            machine.sleep(1.0)
            if epoch == 1 and end == "break":
                break
            if epoch == 1 and end in ends:
                raise ends[end]
    assert loop.report.status == status
    assert [each.status for each in loop.reports] == ["ok", status]
    assert loop.report.duration_s == pytest.approx(2.0, abs=0.01)


def test_a_loop_nests_in_a_block(machine, rapl, virtual):
    window = virtual.begin("cell")
    loop = jg.epochs(3)
    run(machine, loop, 1.0)
    assert window.end().energy_j >= loop.report.energy_j >= sum(r.energy_j for r in loop.reports)


def test_a_line_for_each_epoch_is_printed_on_request(machine, rapl, capsys):
    run(machine, jg.epochs(4))
    assert capsys.readouterr().out == ""
    run(machine, jg.epochs(4, verbose=True))
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [f"epoch {n} of 4" for n in (1, 2, 3, 4)]
    assert "forecast from 3" in lines[2]
    assert "100.0 J" in lines[2]


def test_it_stands_in_for_what_it_loops_over():
    assert len(jg.epochs(25)) == 25
    assert len(jg.epochs([1, 2])) == 2
    assert jg.epochs(0)
    with pytest.raises(TypeError, match="not known"):
        len(jg.epochs(iter("ab")))
    assert list(jg.epochs([])) == []
    with pytest.raises(RuntimeError, match="run the loop first"):
        _ = jg.epochs(3).report


def test_a_loop_runs_once(machine, rapl):
    loop = jg.epochs(1)
    run(machine, loop)
    with pytest.raises(RuntimeError, match="make another one"):
        iter(loop)


@pytest.mark.parametrize(
    ("items", "budget_kj", "error"),
    [
        (3, 0, "above 0"),
        (3, -1.0, "above 0"),
        (3, math.nan, "above 0"),
        (3, math.inf, "above 0"),
        (3, "5kJ", "number of kilojoules"),
        (3, True, "number of kilojoules"),
        (-1, None, "0 or more"),
        (2.5, None, "number of epochs"),
        (None, None, "number of epochs"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_runs(items, budget_kj, error):
    with pytest.raises((TypeError, ValueError), match=error):
        jg.epochs(items, budget_kj=budget_kj)


# --- the forecast ---------------------------------------------------------------------------


def test_a_forecast_leaves_the_first_epoch_out():
    found = forecast([500.0, 100.0, 100.0, 100.0], 10)
    assert found.energy_j == 800 + 600
    assert found.uncertainty_j == pytest.approx(0.03 * 600)
    assert str(found) == "1.400 ± 0.018 kJ for 10 epochs, forecast from 4"


def test_there_is_no_forecast_from_two_epochs():
    assert forecast([], 10) is None
    assert forecast([1.0, 2.0], 10) is None
    assert forecast([1.0, 2.0], 2).energy_j == 3.0


def test_scatter_widens_a_forecast():
    found = forecast([100.0, 90.0, 100.0, 110.0], 10)
    t = 4.302653  # Student's, 2 degrees of freedom
    scatter_j = t * 10.0 * math.sqrt(1 + 1 / 3) * 6
    assert found.uncertainty_j == pytest.approx(math.hypot(scatter_j, 18.0))


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.name)
def test_forecasts_hold(noise):
    assert min(covered(noise, done, 400, seed=2)[0] for done in DONE) >= 0.91
