"""When a promised figure is lost: beyond the noise of the committed one, three times of three."""

import dataclasses

import pytest

from benchmarks import check, short
from benchmarks.figures import Kept, Measured, figure, figures, hardware, is_lost, read, write

TIME = Kept("a load", "× the work")
SHARE = Kept("covered", "%", "higher", is_time=False, share=0.0, least=0.3)


def measured(*ratios):
    return [Measured(ratio, f"{ratio} here") for ratio in ratios]


def test_the_noise_of_a_figure_is_what_its_runs_scatter():
    kept = figure("load", TIME, measured(9.0, 11.0, 10.0))
    assert (kept.ratio, kept.noise, kept.here) == (10.0, 3.0, "10.0 here")
    # Runs that happen to agree make no noise of nothing, nor does a small change of what is exact.
    assert figure("load", TIME, measured(10.0, 10.0, 10.0)).noise == 1.5
    assert figure("covered", SHARE, measured(95.0, 95.0)).noise == 0.3


@pytest.mark.parametrize(
    ("now", "is_same_hardware", "lost"),
    [(7.0, True, False), (12.9, True, False), (13.1, True, True), (13.1, False, False),
     (17.9, False, False), (18.1, False, True)],
)  # fmt: skip
def test_a_time_is_lost_beyond_its_noise_and_on_other_hardware_beyond_half_of_it_more(
    now, is_same_hardware, lost
):
    kept = figure("load", TIME, measured(9.0, 11.0, 10.0))
    assert is_lost(kept, Measured(now, ""), is_same_hardware=is_same_hardware) == lost


@pytest.mark.parametrize("is_same_hardware", [True, False])
def test_what_is_to_be_high_is_lost_below_and_in_virtual_time_hardware_does_not_matter(
    is_same_hardware,
):
    kept = figure("covered", SHARE, measured(95.0, 95.0))
    assert not is_lost(kept, Measured(99.0, ""), is_same_hardware=is_same_hardware)
    assert not is_lost(kept, Measured(94.8, ""), is_same_hardware=is_same_hardware)
    assert is_lost(kept, Measured(94.6, ""), is_same_hardware=is_same_hardware)


@pytest.fixture
def committed():
    return figures({"load": TIME}, [{"load": one} for one in measured(10.0, 10.0, 10.0)])


def measurement(*ratios):
    """Measure one after the other; nothing where there is none."""
    left = list(ratios)

    def loading():
        return {"load": Measured(left.pop(0), "1 ms")} if left[0] else {}

    return loading


@pytest.mark.parametrize(
    ("ratios", "lost"),
    [((10.5,), []), ((12.0, 10.0, 12.0), []), ((12.0, 12.0, 12.0), ["load"]), ((None,), []),
     ((5.0,), [])],
)  # fmt: skip
def test_a_loss_is_seen_three_times(committed, ratios, lost):
    table, found = check.check(committed, [measurement(*ratios)])
    assert found == lost
    assert ("LOST" in str(table)) == bool(lost)


def test_what_was_well_is_told_though_it_is_worse_where_another_is_measured_again():
    runs = [{"load": one, "panel": one} for one in measured(10.0, 10.0, 10.0)]
    kept = figures({"load": TIME, "panel": TIME}, runs)
    left = [(12.0, 10.1), (10.2, 42.0)]

    def both():
        load, panel = measured(*left.pop(0))
        return {"load": load, "panel": panel}

    table, lost = check.check(kept, [both])
    assert lost == []
    assert [row[3] for row in table.rows] == ["10.2", "10.1"]


def test_a_program_that_fails_is_no_loss_and_said(committed, capsys):
    def loading():
        raise RuntimeError("Chromium is not installed")

    assert check.check(committed, [loading])[1] == []
    assert "loading: not measured: Chromium is not installed" in capsys.readouterr().err


def test_a_new_figure_and_other_hardware_are_said(committed):
    elsewhere = dataclasses.replace(committed, hardware="9 cores of something")
    table, lost = check.check(elsewhere, [measurement(16.0), lambda: {"more": Measured(1, "2 W")}])
    assert lost == []
    assert "other hardware (9 cores of something)" in str(table)
    assert "new" in str(table)


def test_figures_are_read_as_they_were_written(committed, tmp_path):
    write(committed, tmp_path / "a" / "figures.json")
    assert read(tmp_path / "a" / "figures.json") == committed
    assert committed.hardware == hardware()
    (tmp_path / "other.json").write_text('{"schema": "something"}')
    with pytest.raises(ValueError, match="is no jupyter-green"):
        read(tmp_path / "other.json")


def test_each_promise_is_committed():
    known = {each.name: each for each in read(check.COMMITTED)}
    assert known.keys() == short.KEPT.keys()
    for name, kept in short.KEPT.items():
        assert (known[name].title, known[name].unit) == (kept.title, kept.unit)
        assert known[name].noise > 0
