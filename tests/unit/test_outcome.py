"""What a window achieved beside its joules: metrics, units of work, and where they are shown."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

import jupyter_green as jg
from jupyter_green.notebook.output import bundle, compact, summary
from jupyter_green.report import format as _format
from jupyter_green.report import words
from jupyter_green.report.fields import MAX_NOTE, MAX_NOTES, Share
from jupyter_green.report.outcome import MAX_METRICS, MAX_NAME
from jupyter_green.report.report import Report
from jupyter_green.sources.base import Scale
from tests.testbench.reports import domain, report

CASES = json.loads((Path(__file__).parents[1] / "data" / "word_cases.json").read_text())


@pytest.fixture
def window(virtual):
    """A window of 2 s of a socket that draws 50 W, which has not begun."""
    virtual.machine.truth.add("cpu:0/package", power_w=50.0)
    return virtual.window()


def run(window, machine):
    window.begin()
    machine.sleep(2.0)
    window.end(wait=False)


def test_what_is_logged_in_a_window_and_behind_it_is_in_its_report(window, machine):
    window.begin()
    window.log(acc=0.5, epochs=3)
    window.count(100, "token")
    machine.sleep(2.0)
    window.end(wait=False)
    window.log({"val acc": 0.25}, acc=0.75)
    window.count(300, "token")
    found = window.report
    assert found.metric == {"acc": 0.75, "epochs": 3.0, "val acc": 0.25}
    assert (found.per_count, found.per_unit) == (400.0, "token")
    assert found.energy_per_unit_j == pytest.approx(100.0 / 400, rel=0.02)
    assert found.uncertainty_per_unit_j == pytest.approx(found.uncertainty_j / 400)


def test_a_report_that_is_made_stays_as_it_is(window, machine):
    run(window, machine)
    assert window.report.metric == {}
    with pytest.raises(RuntimeError, match=r"call log\(\) in the block"):
        window.log(acc=1)
    with pytest.raises(RuntimeError, match=r"call count\(\) in the block"):
        window.count(1, "token")


def test_what_is_wrong_is_said_and_nothing_of_it_is_kept(window):
    window.begin()
    for call, error, says in (
        (lambda: window.log(acc=math.nan), ValueError, "acc is nan, not a finite number"),
        (lambda: window.log(good=1, acc=-math.inf), ValueError, "acc is -inf"),
        (lambda: window.log(acc="0.9"), TypeError, "acc is of type str, not a single number"),
        (lambda: window.log(acc=None), TypeError, "NoneType"),
        (lambda: window.log(acc=1j), TypeError, "complex"),
        (lambda: window.log(acc=[1.0]), TypeError, "list"),
        (lambda: window.log(acc=10**400), TypeError, "not a single number"),
        (lambda: window.log({" ": 1.0}), ValueError, "name is empty"),
        (lambda: window.log({3: 1.0}), TypeError, "not a text"),
        (lambda: window.log({"x" * (MAX_NAME + 1): 1.0}), ValueError, "200 at most"),
        (lambda: window.log({f"m{k}": 1.0 for k in range(MAX_METRICS + 1)}), ValueError, "129"),
        (lambda: window.count(0, "token"), ValueError, "more than 0"),
        (lambda: window.count(-3, "token"), ValueError, "more than 0"),
        (lambda: window.count(math.nan, "token"), ValueError, "the count of token is nan"),
        (lambda: window.count("many", "token"), TypeError, "the count of token is of type str"),
        (lambda: window.count(3, ""), ValueError, "the unit is empty"),
        (lambda: window.count(3, None), TypeError, r'm.count\(512, "token"\)'),
    ):
        with pytest.raises(error, match=says):
            call()
    window.count(1, "token")
    with pytest.raises(ValueError, match="count one unit in a window"):
        window.count(1, "image")
    window.end(wait=False)
    assert (window.report.metric, window.report.per_count) == ({}, 1.0)


def test_scalars_of_numpy_and_torch_are_numbers(window):
    numpy = pytest.importorskip("numpy")
    window.begin()
    window.log(a=numpy.float32(0.5), b=numpy.array([2]), c=numpy.bool_(True), d=False)
    with pytest.raises(TypeError, match="acc is of type ndarray"):
        window.log(acc=numpy.zeros(2))
    with pytest.raises(ValueError, match="nan"):
        window.log(acc=numpy.float64("nan"))
    window.end(wait=False)
    metric = window.report.metric
    assert metric == {"a": 0.5, "b": 2.0, "c": 1.0, "d": 0.0}
    assert {type(value) for value in metric.values()} == {float}


def test_scalars_of_torch_are_numbers(window):
    torch = pytest.importorskip("torch")
    window.begin()
    window.log(loss=torch.tensor(0.25, requires_grad=True), right=torch.tensor(7))
    window.count(torch.tensor([512]).sum(), "token")
    window.end(wait=False)
    assert window.report.metric == {"loss": 0.25, "right": 7.0}
    assert window.report.per_count == 512.0


def test_a_block_logs_to_the_innermost_that_is_open(host):
    block = jg.measure("both")
    with pytest.raises(RuntimeError, match="within the `with` block"):
        block.log(acc=1)
    with block as outer:
        with block as inner:
            inner.log(acc=1)
        inner_report = inner.report
        outer.log(acc=2)
        outer.count(3, "token")
    assert inner_report.metric == {"acc": 1.0}
    assert (block.report.metric, block.report.per_unit) == ({"acc": 2.0}, "token")


# --- the record ------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [math.nan, math.inf, "0.9", None])
def test_no_report_holds_a_metric_that_is_no_json(value):
    with pytest.raises((TypeError, ValueError), match="acc is "):
        replace(report(domain()), metric={"acc": value})


def test_it_is_written_and_read_back():
    numpy = pytest.importorskip("numpy")
    notes = tuple(f"{'long ' * 100}{k}" for k in range(MAX_NOTES))
    made = report(domain(), metric={"acc": numpy.float32(0.5)}, per_count=4.0, per_unit="token")
    record = json.loads(json.dumps(replace(made, notes=notes).to_dict(), allow_nan=False))
    back = Report.from_dict(record)
    assert (back.metric, back.per_count, back.per_unit) == ({"acc": 0.5}, 4.0, "token")
    assert len(back.notes) == MAX_NOTES
    assert all(len(note) <= MAX_NOTE for note in back.notes)
    assert "notes" not in made.to_dict()


def test_a_record_from_elsewhere_may_hold_no_work():
    record = report(domain()).to_dict() | {"per": {"count": 0, "unit": "token"}}
    assert Report.from_dict(record).energy_per_unit_j is None


# --- sums ------------------------------------------------------------------------------------


def test_work_of_one_unit_adds_and_of_metrics_the_later_holds():
    a = report(domain(), metric={"acc": 0.5, "loss": 2.0}, per_count=100.0, per_unit="token")
    b = report(domain(), at_s=9, metric={"acc": 0.75}, per_count=300.0, per_unit="token")
    for total in (a + b, b + a):
        assert total.metric == {"acc": 0.75, "loss": 2.0}
        assert (total.per_count, total.per_unit) == (400.0, "token")
        assert total.energy_per_unit_j == 0.5
    for other in (replace(b, per_unit="image"), replace(b, per_count=None, per_unit=None)):
        assert (a + other).per_count is None
        assert (a + other).energy_per_unit_j is None
    assert (replace(a, notes=("x",)) + replace(b, notes=("x", "y"))).notes == ("x", "y")


# --- the words -------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES["metric"], ids=lambda case: case["text"])
def test_a_metric_in_words(case):
    assert _format.metric(case["value"]) == case["text"]


def of_case(case):
    scale = Scale(case["scale"], "some", "a source") if "scale" in case else None
    counted = domain(energy_j=case["energy_j"], uncertainty_j=case["uncertainty_j"], scale=scale)
    made = report(counted, provenance=case["provenance"])
    per = case["per"] or {"count": None, "unit": None}
    return replace(made, per_count=per["count"], per_unit=per["unit"])


@pytest.mark.parametrize("case", CASES["per"], ids=lambda case: case["text"])
def test_joules_per_unit_in_words(case):
    assert words.joules_per_unit(of_case(case)) == case["text"]
    assert words.count(of_case(case)) == case["count"]


def test_it_is_shown_wherever_a_report_is():
    made = report(
        domain(energy_j=12.3, uncertainty_j=0.4),
        label="fit",
        metric={f"m{k}": k + 0.5 for k in range(6)},
        per_count=4000.0,
        per_unit="token",
        notes=("acc was not read: NameError.",),
        share=Share(0.5, 0.1, 6.0, 1.0),
    )
    per, metric = "3.08 ± 0.10 mJ/token", "m0 0.5"
    for text in (str(made), made.table(), summary.line(made), compact.html(made)):
        assert per in text
        assert metric in text
    page = bundle.html(made)
    assert f"{per}</strong><br>" in page
    assert "4000 token" in page
    assert "0.5</strong>" in page
    assert "m4 4.5, m5 5.5" in page  # those that have no room at a glance
    assert "m4 4.5, m5 5.5" in compact.html(made)
    for text in (made.table(), page, compact.html(made)):
        assert "acc was not read: NameError." in text


def test_names_from_outside_break_no_line_and_no_page():
    name = "<b>\x1b[31m\n" + "x" * 100
    made = report(domain(), metric={name: 1.0}, per_count=1.0, per_unit=name)
    assert "\x1b" not in str(made)
    assert "\n" not in str(made)
    assert len(str(made)) < 260
    assert "<b>" not in bundle.html(made)


def test_it_is_in_the_frame():
    pytest.importorskip("pandas")
    made = report(domain(), metric={"acc": 0.5}, per_count=4.0, per_unit="token", notes=("x.",))
    attrs = made.to_frame().attrs
    assert attrs["metric"] == {"acc": 0.5}
    assert (attrs["per_unit"], attrs["energy_per_unit_j"], attrs["notes"]) == ("token", 25.0, "x.")


def test_a_figure_names_it():
    pytest.importorskip("matplotlib")
    made = report(domain(), metric={"acc": 0.5}, per_count=4.0, per_unit="token")
    title = made.plot().axes[0].get_title(loc="left")
    assert "25.0 ± 0.2 J/token" in title
    assert "acc 0.5" in title
