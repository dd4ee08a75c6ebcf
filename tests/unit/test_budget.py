"""What a window may use: amounts as they are typed, and windows that say when it is spent."""

import pytest

import jupyter_green as jg
from jupyter_green.flags import BUDGET_SPENT, BUDGET_STOPPED
from jupyter_green.meter import measure as measure_module
from jupyter_green.meter.budget import Budget
from jupyter_green.notebook.cells import magic_line
from jupyter_green.report.amount import energy_j_of, written


@pytest.mark.parametrize(
    ("text", "energy_j"),
    [
        ("5kJ", 5e3),
        ("5 kJ", 5e3),
        (" 0.5MJ ", 5e5),
        ("120J", 120.0),
        ("2e3 J", 2e3),
        ("1.5Wh", 5400.0),
        ("0.2kWh", 7.2e5),
        ("10mWh", 36.0),
        ("1MWh", 3.6e9),
    ],
)
def test_amounts_are_read(text, energy_j):
    assert energy_j_of(text) == pytest.approx(energy_j)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("5", "has no unit: give a number and its unit, as in 5kJ"),
        ("5KJ", "did you mean kJ?"),
        ("5mwh", "did you mean mWh or MWh?"),
        ("5W", "unknown unit"),
        ("kJ", "is no energy"),
        ("", "is no energy"),
        ("1.2.3J", "is no energy"),
        ("-5kJ", "is no energy"),
        ("0J", "not above 0"),
        ("1e999J", "not above 0"),
    ],
)
def test_what_is_no_amount_is_refused_with_the_remedy(text, error):
    with pytest.raises(ValueError, match=error.replace("?", r"\?")) as refused:
        energy_j_of(text, "budget")
    assert "as in 5kJ" in str(refused.value)
    with pytest.raises(ValueError, match="budget"):
        jg.measure(budget=text)


def test_a_number_is_no_amount():
    with pytest.raises(TypeError, match="not a text"):
        jg.measure(budget=5)


@pytest.mark.parametrize(("energy_j", "text"), [(5e3, "5 kJ"), (36.0, "36 J"), (0.25, "250 mJ")])
def test_amounts_are_written(energy_j, text):
    assert written(energy_j) == text


def of_budgets(report):
    """Return its flags about budgets; others tell of what else this real machine does."""
    return tuple(flag for flag in report.flags if flag in (BUDGET_SPENT, BUDGET_STOPPED))


@pytest.fixture
def socket(machine, virtual, monkeypatch):
    """A socket of 50 W."""
    monkeypatch.setattr(measure_module, "shared_meter", lambda: virtual)
    device = machine.truth.add("cpu:0/package", power_w=50.0)
    virtual.discover()
    return device


def test_a_block_says_once_while_it_runs_that_its_budget_is_spent(machine, socket, capsys):
    with jg.measure(budget="100J") as m:
        machine.sleep(1.5)
        assert capsys.readouterr().err == ""
        machine.sleep(1.0)
        said = capsys.readouterr().err
        machine.sleep(1.0)
    assert said.startswith("jupyter-green: the budget of 100 J is spent after 2.")
    assert of_budgets(m.report) == (BUDGET_SPENT,)
    assert capsys.readouterr().err == ""


def test_a_block_within_its_budget_says_nothing(machine, socket, capsys):
    with jg.measure(budget="0.1Wh") as m:
        machine.sleep(2.0)
    assert of_budgets(m.report) == ()
    assert capsys.readouterr().err == ""


def test_a_block_that_spends_it_between_two_readings_says_so_in_the_end(machine, socket, capsys):
    with jg.measure(budget="1J") as m:
        machine.sleep(0.03)
    assert of_budgets(m.report) == (BUDGET_SPENT,)
    assert capsys.readouterr().err == "jupyter-green: the budget of 1 J is spent.\n"


def test_without_a_sensor_the_report_says_that_it_was_not_watched(machine, virtual, monkeypatch):
    monkeypatch.setattr(measure_module, "shared_meter", lambda: virtual)
    with jg.measure(budget="5kJ") as m:
        machine.sleep(0.5)
    assert m.report.notes == ("The budget of 5 kJ was not watched: nothing could be read.",)


def test_each_entry_of_a_block_has_its_whole_budget(machine, socket, capsys):
    block = jg.measure(budget="70J")
    for _ in range(2):
        with block:
            machine.sleep(1.0)
        assert of_budgets(block.report) == ()


def test_it_stops_once_and_not_after_the_end(machine, socket, virtual):
    stops = []
    budget = Budget(50.0, stop=lambda: stops.append(machine.now_ns))
    window = virtual.window(budget=budget)
    window.begin()
    machine.sleep(3.0)
    report = window.end("interrupted")
    assert len(stops) == 1
    assert (stops[0] - window.begin_ns) * 1e-9 == pytest.approx(1.0, abs=0.35)
    assert of_budgets(report) == (BUDGET_STOPPED,)
    late = virtual.window(budget=Budget(50.0, stop=lambda: stops.append(0)))
    late.begin()
    machine.sleep(0.9)
    late.end(wait=False)
    machine.sleep(3.0)
    assert late.report.energy_j == pytest.approx(45.0, rel=0.01)
    assert len(stops) == 1


@pytest.mark.parametrize(
    ("flags", "error"),
    [
        ("--budget 5", "has no unit"),
        ("--stop", "add --budget 5kJ"),
        ("--budget 5kJ -n 3", "for cells that run once"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(flags, error):
    with pytest.raises(magic_line.UsageError, match=error):
        magic_line.options(flags)
