"""`jupyter green execute -p NAME VALUE`: what a notebook is given, as papermill gives it."""

import ast

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook

from jupyter_green.cli import main as commands
from jupyter_green.cli.errors import InputError
from jupyter_green.cli.parameters import inject, parameters, split


def code(text, *tags):
    return new_code_cell(text, metadata={"tags": list(tags)} if tags else {})


def injected(*cells, **values):
    book = new_notebook(cells=list(cells))
    unknown = inject(book, values)
    nbformat.validate(book)
    return [cell.source for cell in book.cells], unknown


class TestWhereTheyStand:
    def test_behind_the_cell_with_the_tag(self):
        cells = (code("import os"), code("a = 1\nb = 2", "parameters"), code("print(a)"))
        sources, unknown = injected(*cells, b=5)
        assert sources == ["import os", "a = 1\nb = 2", "# Parameters\nb = 5", "print(a)"]
        assert unknown == []

    def test_else_at_the_top(self):
        assert injected(code("print(a)"), a="x")[0] == ["# Parameters\na = 'x'", "print(a)"]

    def test_in_place_of_those_of_an_earlier_run(self):
        cells = (code("a = 1", "parameters"), code("a = 2", "injected-parameters"), code("a"))
        assert injected(*cells, a=3)[0] == ["a = 1", "# Parameters\na = 3", "a"]

    def test_a_name_that_the_notebook_does_not_set_is_named(self):
        cells = (code("epochs = 1\nrate: float = 0.1", "parameters"),)
        assert injected(*cells, epoch=3, rate=1.0)[1] == ["epoch"]
        assert injected(code("%magic\nepochs = 1", "parameters"), epoch=3)[1] == []


class TestValues:
    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("3", 3), ("-3", -3), ("1e-3", 0.001), ("-1e-3", -0.001), ("True", True),
            ("None", None), ("true", "true"), ("a b", "a b"), ("-x", "-x"), ("", ""),
        ],
    )  # fmt: skip
    def test_are_numbers_where_they_read_as_such(self, text, meant):
        left, taken = split(["execute", "book.ipynb", "-p", "name", text, "--json"])
        assert left == ["execute", "book.ipynb", "--json"]
        found = parameters(taken)["name"]
        assert (found, type(found)) == (meant, type(meant))

    @given(st.dictionaries(st.from_regex(r"[a-z_]{3,9}[0-9]", fullmatch=True), st.text()))
    def test_of_any_text_arrive_as_they_are(self, texts):
        taken = [word for pair in texts.items() for word in pair]
        meant = parameters(taken)
        book = new_notebook(cells=[])
        inject(book, meant)
        space = {}
        exec(book.cells[0].source, space)
        assert {name: repr(space[name]) for name in meant} == {n: repr(v) for n, v in meant.items()}
        ast.parse(book.cells[0].source)

    @pytest.mark.parametrize("name", ["a-b", "1a", "", "class", "a=1; import os", "a\nb"])
    def test_of_a_name_that_is_none_are_refused(self, name):
        with pytest.raises(InputError, match=r"-p .* is no name in Python"):
            parameters([name, "1"])


def test_a_notebook_in_another_language_is_refused(tmp_path, capsys):
    kernel = {"name": "ir", "display_name": "R", "language": "R"}
    book = new_notebook(cells=[code("1")], metadata={"kernelspec": kernel})
    nbformat.write(book, tmp_path / "r.ipynb")
    assert commands.main(["execute", str(tmp_path / "r.ipynb"), "-p", "a", "1"]) == 2
    assert "-p is for notebooks in Python, this one is in r:" in capsys.readouterr().err


def test_a_value_that_is_missing_is_said(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        commands.main(["execute", "book.ipynb", "-p", "name"])
    assert ended.value.code == 2
    assert "expected 2 arguments" in capsys.readouterr().err


def test_a_notebook_runs_with_what_it_is_given(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = [code("n = 1", "parameters"), code("print('n is', n)")]
    nbformat.write(new_notebook(cells=cells), "book.ipynb")
    assert commands.main(["execute", "book.ipynb", "-p", "n", "-3", "-p", "m", "x", "--json"]) == 0
    done = nbformat.read("executed/book.ipynb", 4)
    assert done.cells[1].source == "# Parameters\nn = -3\nm = 'x'"
    assert done.cells[1].metadata.tags == ["injected-parameters"]
    assert any("n is -3" in output.get("text", "") for output in done.cells[2].outputs)
    assert "does not set m, which -p gives" in capsys.readouterr().err
    assert nbformat.read("book.ipynb", 4).cells[1].source == "print('n is', n)"
