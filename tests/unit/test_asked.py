"""``--metric`` and ``--per``: understood before anything runs, read when the cell ends."""

import pytest
from IPython.core.error import UsageError

from jupyter_green.notebook.cells import magic_line


@pytest.fixture
def told(virtual):
    """Return the report of a window that was told what a line asks for."""

    def tell(flags, **namespace):
        window = virtual.window()
        window.begin()
        window.end(wait=False)
        magic_line.options(flags).asked.tell(window, namespace)
        return window.report

    return tell


def test_a_variable_and_expressions_are_read(told):
    flags = "--metric acc --metric 'val loss=min(losses)' --metric same=acc==0.5 --per n*2 token"
    found = told(flags, acc=0.5, losses=[3, 2], n=256)
    assert found.metric == {"acc": 0.5, "val loss": 2.0, "same": 1.0}
    assert (found.per_count, found.per_unit, found.notes) == (512.0, "token", ())


def test_a_number_of_units_may_stand_in_the_line(told):
    found = told("--per 512 'image of CIFAR'")
    assert (found.per_count, found.per_unit) == (512.0, "image of CIFAR")


def test_what_fails_leaves_a_note_and_the_others_stand(told):
    class Odd:
        def item(self):
            raise SystemExit

    flags = "--metric gone --metric nan --metric text --metric odd --metric acc --per n token"
    found = told(flags, acc=1, nan=float("nan"), text="0.9", odd=Odd(), n=0)
    assert found.metric == {"acc": 1.0}
    assert found.per_count is None
    assert [note.split(":")[0] for note in found.notes] == [
        "gone is not known",
        "nan is not known",
        "text is not known",
        "odd is not known",
        "token is not known",
    ]
    assert "NameError: name 'gone' is not defined." in found.notes[0]
    assert "not a finite number" in found.notes[1]


def test_an_interrupt_while_one_is_read_is_a_note(told):
    def interrupted():
        raise KeyboardInterrupt

    assert "KeyboardInterrupt" in told("--metric acc=f()", f=interrupted).notes[0]


def test_a_line_without_them_asks_for_nothing():
    assert not magic_line.options("--label fit").asked.is_anything


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ("--metric", "expected one argument"),
        ("--metric ''", "no variable's name"),
        ("--metric 'model.score(x)'", "--metric 'acc=model.score(X, y)'"),
        ("--metric acc=1+", "no Python expression"),
        ("--metric acc=", "no variable's name"),
        ("--metric ' =1'", "the metric's name is empty"),
        ("--metric a=1 --metric a=2", "given twice"),
        ("--metric class", "no Python expression"),
        (f"--metric {'x' * 201}=1", "200 at most"),
        ("--per 512", "expected 2 arguments"),
        ("--per 0 token", "more than 0"),
        ("--per -3 token", "more than 0"),
        ("--per 1e999 token", "not a finite number"),
        ("--per 3 ''", "the unit is empty"),
        ("--per 3+ token", "no Python expression"),
        ("--per '\"many\"' token", "not a single number"),
        ("-r 3 --metric acc", "run once"),
        ("-n 10 --per 512 token", "run once"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(flags, says):
    with pytest.raises(UsageError) as raised:
        magic_line.options(flags)
    assert says in str(raised.value)
    assert "[--metric NAME[=EXPR]] [--per N UNIT]" in str(raised.value)
