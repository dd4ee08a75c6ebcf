"""Stages of a window: known ones, tags, several together, near misses, and Tab behind them."""

import warnings

import pytest
from IPython.core.error import UsageError

import jupyter_green as jg
from jupyter_green.notebook.cells import magic_line
from jupyter_green.notebook.completion import offered
from jupyter_green.report import stages
from jupyter_green.report.fields import MAX_STAGE
from jupyter_green.report.stages import KNOWN, hint, order_of, stage_of, tags_of


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (None, None),
        ([], None),
        ("training", "training"),
        ("Training ", "training"),
        ("inference", "deployment"),
        ("my  Tag", "my Tag"),
        (["training", "data"], "data + training"),
        (("zoo", "efficient-data", "Abc", "evaluation"), "evaluation + efficient-data + Abc + zoo"),
        (["inference", "deployment", "Deployment"], "deployment"),
        (["a+b", "c++"], "a+b + c++"),
    ],
)
def test_known_ones_are_spelled_alike_and_several_stand_in_one_order(given, text):
    assert stage_of(given) == text
    assert stage_of(tags_of(text)) == text


def test_all_known_ones_have_room_together_with_a_long_tag():
    assert len(stage_of([*KNOWN, "x" * 50])) == MAX_STAGE


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        (3, TypeError, "not a text"),
        (["data", None], TypeError, "not a text"),
        ({"data": 1}, TypeError, "several, as"),
        ("", ValueError, "leave it out"),
        (["data", "  "], ValueError, "leave it out"),
        ("data + training", ValueError, "give each on its own"),
        ("+", ValueError, "give each on its own"),
        ("x" * 65, ValueError, "stage has 65 characters, 64 at most"),
        ([f"{n}{'x' * 60}" for n in range(4)], ValueError, "give fewer"),
    ],
)
def test_what_is_no_stage_is_refused_before_anything_runs(given, error, says):
    for make in (
        lambda: jg.measure("a", stage=given),
        lambda: jg.measured(stage=given),
        lambda: jg.live("a", stage=given),
    ):
        with pytest.raises(error, match=says):
            make()


def test_near_misses_get_a_hint_and_stay_what_they_are():
    assert hint("trainnig") == 'Stage "trainnig": did you mean "training"?'
    assert hint("data + inferense + modelling") == (
        'Stage "inferense": did you mean "inference"?; "modelling": did you mean "modeling"?'
    )
    assert hint("eval") == 'Stage "eval": did you mean "evaluation"?'
    for fine in (None, "training", "plots", "tuning", "date", "efficient-data + report"):
        assert hint(fine) is None
    assert stage_of("trainnig") == "trainnig"


def test_a_program_is_warned_once_on_the_users_line(monkeypatch):
    monkeypatch.setattr(stages, "_hinted", set())
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for _ in range(2):
            jg.measure("a", stage="trainnig")
            jg.measured(stage="trainnig")(len)
            jg.live("a", stage="datas")
    assert [str(each.message).split('"')[1] for each in seen] == ["trainnig", "datas"]
    assert {each.filename for each in seen} == {__file__}


def test_rows_stand_as_stages_are_joined_and_the_untagged_last():
    texts = ["zoo", None, "training", "efficient-data", "data + training", "data", "abc"]
    assert sorted(texts, key=order_of) == [
        *("data", "data + training", "training", "efficient-data", "abc", "zoo", None),
    ]


def test_the_line_of_a_cell_takes_several():
    assert magic_line.options("--stage training --stage 'Data'").stage == "data + training"
    assert magic_line.options("-q").stage is None
    for wrong, says in (
        ("--stage ''", "leave it out"),
        ("--stage 'a + b'", "--stage data --stage training"),
        (f"--stage {'x' * 65}", "65 characters"),
    ):
        with pytest.raises(UsageError, match=says):
            magic_line.options(wrong)


def test_tab_offers_stages_behind_their_flag_and_flags_elsewhere():
    def at(line):
        return offered(line, ("on", "report"))

    assert set(KNOWN) < set(at("%%energy --stage "))
    assert at("%%energy --label fit  --stage Tr") == ["training"]
    for line in ("%%energy ", "%%energy --st", "%%energy --stage data ", "%%energy --stage data -"):
        assert "--stage" in at(line)
        assert "training" not in at(line)
    assert at("%green ") == ["on", "report"]
    assert at("%green report --by do") == ["domain"]
    for line in ("", "%%energy", "x = 1", "%timeit ", "%green off "):
        assert not at(line)
