"""The command line: reading notebooks, the table of cells, and what bad input gives."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from jupyter_green.cli import execute as running
from jupyter_green.cli import main as commands
from jupyter_green.cli import table as tables
from jupyter_green.cli.arguments.parser import BAD_INPUT
from jupyter_green.report.fields import MIME_TYPE, ReportTrace
from jupyter_green.report.report import Report
from jupyter_green.sources.base import Missing, Provenance, Scale
from tests.testbench.reports import domain
from tests.testbench.reports import report as full_report


def report(**changes) -> Report:
    values = {
        "run_id": "r1",
        "status": "ok",
        "started_at": "2026-01-01T12:00:00Z",
        "duration_s": 2.0,
        "energy_j": 40.0,
        "uncertainty_j": 0.3,
        "provenance": "counter",
        "mean_power_w": 20.0,
        "peak_power_w": 31.0,
        "domains": {},
        "missing": (),
        "trace": ReportTrace(),
        "gaps": (),
        "meter_version": "0",
        "interval_s": 0.1,
    }
    return Report(**{**values, **changes})


TOTALS = json.loads((Path(__file__).parents[1] / "data" / "total_cases.json").read_text())


def part_of(part, at_s):
    """One report of a shared case."""
    domains = (
        domain(
            d["id"],
            d["energy_j"],
            d["uncertainty_j"],
            provenance=Provenance(d["provenance"]),
            scale=Scale(**d["scale"]) if "scale" in d else None,
        )
        for d in part
    )
    return full_report(*domains, at_s=at_s)


def metered(source: str, *records, count: int = 1):
    outputs = [new_output("display_data", data={MIME_TYPE: record}) for record in records]
    return new_code_cell(source, outputs=outputs, execution_count=count)


def saved(path: Path, *cells) -> Path:
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


class TestMeteredCells:
    def test_takes_code_cells_that_hold_a_report(self):
        notebook = new_notebook(
            cells=[
                new_markdown_cell("# text"),
                new_code_cell("1 + 1", outputs=[new_output("stream", text="2")]),
                metered("x = 1", report().to_dict(), count=7),
            ]
        )
        (cell,) = tables.metered_cells(notebook)
        assert (cell.execution_count, cell.title) == (7, "x = 1")
        assert cell.report.energy_j == 40.0

    def test_of_one_windows_reports_the_last_is_the_refined_one(self):
        first, refined = report(energy_j=41.0), report(energy_j=40.0)
        (cell,) = tables.metered_cells(
            new_notebook(cells=[metered("x", first.to_dict(), refined.to_dict())])
        )
        assert cell.report.energy_j == 40.0

    def test_the_longest_report_is_the_cells_own(self):
        nested = report(run_id="inner", duration_s=0.5, energy_j=10.0)
        outer = report(run_id="outer")
        (cell,) = tables.metered_cells(
            new_notebook(cells=[metered("x", outer.to_dict(), nested.to_dict())])
        )
        assert cell.report.run_id == "outer"

    @pytest.mark.parametrize(
        ("source", "label", "title"),
        [
            ("%%energy --stage fit\n\nmodel.fit(X)", None, "model.fit(X)"),
            ("  # first\nsecond", None, "# first"),
            ("model.fit(X)", "fitting", "fitting"),
            ("%%energy", None, ""),
        ],
    )
    def test_a_cell_is_called_by_its_label_or_else_by_its_first_line(self, source, label, title):
        (cell,) = tables.metered_cells(
            new_notebook(cells=[metered(source, report(label=label).to_dict())])
        )
        assert cell.title == title

    @pytest.mark.parametrize("record", [{}, "text", {"schema": "jupyter-green.report.v9"}])
    def test_an_unreadable_report_says_why_and_leaves_the_others(self, record):
        bad, good = tables.metered_cells(
            new_notebook(cells=[metered("a", record), metered("b", report().to_dict())])
        )
        assert bad.report is None
        assert bad.problem.startswith("unreadable report: ")
        assert good.report.energy_j == 40.0
        assert bad.problem in tables.table([bad, good])


class TestTable:
    def test_holds_every_figure_and_the_total(self):
        cells = [
            tables.MeteredCell(1, "load", report(energy_j=12.34, uncertainty_j=0.05)),
            tables.MeteredCell(12, "fit", report(energy_j=2500.0, uncertainty_j=40.0)),
        ]
        lines = tables.table(cells).splitlines()
        assert " ".join(lines[0].split()) == "cell energy mean peak time provenance what"
        assert "12.34 ± 0.05 J" in lines[2]
        assert all(part in lines[3] for part in ("[12]", "2.50 ± 0.04 kJ", "2.00 s", "31.0 W"))
        assert lines[-1].startswith("total")
        assert "2.51 ± 0.04 kJ" in lines[-1]
        assert lines[2].index("load") == lines[3].index("fit")

    @pytest.mark.parametrize("case", TOTALS, ids=lambda case: case["name"])
    def test_the_total_is_that_of_a_plus_b(self, case):
        parts = [part_of(part, at_s=4.0 * n) for n, part in enumerate(case["parts"])]
        cells = [tables.MeteredCell(n, "x", part) for n, part in enumerate(parts, 1)]
        total = sum(parts)
        assert total.energy_j == pytest.approx(case["energy_j"])
        assert total.uncertainty_j == pytest.approx(case["uncertainty_j"])
        assert total.scale_range == pytest.approx((case["scale_low"], case["scale_high"]))
        line = tables.table(cells).splitlines()[len(parts) + 3]
        assert line.startswith("total")
        assert f" {case['text']} " in line

    def test_says_what_was_achieved_and_what_could_not_be_told(self):
        done = report(
            metric={"acc": 0.95312}, per_count=1e4, per_unit="token", notes=("f1 is not known.",)
        )
        cells = [tables.MeteredCell(1, "x", done), tables.MeteredCell(2, "y", None, "unreadable")]
        text = tables.table(cells)
        assert "4.00 ± 0.03 mJ/token, acc 0.9531  x" in text
        assert "[1]: f1 is not known." in text
        assert " ".join(text.split("\n")[0].split()).endswith("provenance achieved what")

    def test_marks_estimates(self):
        cells = [tables.MeteredCell(1, "x", report(provenance="estimate", uncertainty_j=20.0))]
        row, total = tables.table(cells).splitlines()[2::2]
        assert "≈ 40 ± 20 J" in row
        assert "estimated" in row
        assert "≈ 40 ± 20 J" in total

    def test_says_how_a_cell_ended(self):
        cells = [tables.MeteredCell(1, "x", report(status="error"))]
        assert "x (error)" in tables.table(cells)

    def test_lists_what_is_missing_once(self):
        absent = Missing("gpu", "no NVIDIA driver", "Install one.")
        cells = [tables.MeteredCell(n, "x", report(missing=(absent,))) for n in (1, 2)]
        assert tables.table(cells).count("gpu: no NVIDIA driver. Install one.") == 1

    def test_says_so_where_nothing_was_metered(self):
        assert tables.table([]).startswith("No cell was metered")


class TestBadInput:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (None, "No such file or directory"),
            ("not json", "it is not JSON"),
            ("[1, 2]", "it has no number 'nbformat'"),
            ("{}", "it has no number 'nbformat'"),
            ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', "not a valid"),
            ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "not a valid notebook"),
            ('{"nbformat": "four"}', "it has no number 'nbformat'"),
        ],
    )
    def test_what_is_no_notebook(self, tmp_path, capsys, text, reason):
        path = tmp_path / "book.ipynb"
        if text is not None:
            path.write_text(text)
        assert reason in one_line_of_refusal(capsys, path, tmp_path / "out")

    def test_a_notebook_without_cell_ids_is_fine(self, tmp_path, capsys):
        cell = {"cell_type": "markdown", "metadata": {}, "source": "text"}
        record = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
        (tmp_path / "book.ipynb").write_text(json.dumps(record))
        line = one_line_of_refusal(
            capsys, tmp_path / "book.ipynb", tmp_path / "out", "--kernel", "no-such-kernel"
        )
        assert "no-such-kernel" in line

    def test_a_file_of_bytes(self, tmp_path, capsys):
        path = tmp_path / "book.ipynb"
        path.write_bytes(b"\xff\xfe\x00")
        assert "not a notebook" in one_line_of_refusal(capsys, path, tmp_path / "out")

    def test_a_folder(self, tmp_path, capsys):
        assert "Is a directory" in one_line_of_refusal(capsys, tmp_path, tmp_path / "out")

    def test_the_notebook_itself_is_never_overwritten(self, tmp_path, capsys):
        path = saved(tmp_path / "book.ipynb", new_code_cell("1"))
        before = path.read_bytes()
        assert "--output-dir" in one_line_of_refusal(capsys, path, tmp_path)
        assert path.read_bytes() == before

    def test_a_file_where_the_output_folder_should_be(self, tmp_path, capsys):
        path = saved(tmp_path / "book.ipynb", new_code_cell("1"))
        (tmp_path / "out").touch()
        assert "cannot write to" in one_line_of_refusal(capsys, path, tmp_path / "out")

    def test_a_kernel_that_is_not_there(self, tmp_path, capsys):
        path = saved(tmp_path / "book.ipynb", new_code_cell("1"))
        line = one_line_of_refusal(capsys, path, tmp_path / "out", "--kernel", "no-such-kernel")
        assert "kernel 'no-such-kernel' is not installed" in line
        assert "--kernel python3" in line

    @pytest.mark.parametrize("module", ["nbformat", "nbclient"])
    def test_a_missing_package_names_the_extra(self, tmp_path, capsys, monkeypatch, module):
        path = saved(tmp_path / "book.ipynb", new_code_cell("1"))
        monkeypatch.setitem(sys.modules, module, None)  # what Python does for "cannot be imported"
        line = one_line_of_refusal(capsys, path, tmp_path / "out")
        assert f"needs {module}: pip install 'jupyter-green[run]'" in line

    def test_no_command(self, capsys):
        with pytest.raises(SystemExit) as exit_:
            commands.main([])
        assert exit_.value.code == BAD_INPUT
        assert "COMMAND" in capsys.readouterr().err


class TestExecute:
    """A real kernel runs the notebook."""

    def test_meters_every_cell(self, tmp_path, capsys):
        path = saved(
            tmp_path / "book.ipynb",
            new_markdown_cell("# text"),
            new_code_cell("x = sum(range(2_000_000))"),
            new_code_cell("%load_ext jupyter_green"),
            new_code_cell("%%energy --label second --stage fit\nx"),
        )
        before = path.read_bytes()
        assert commands.main(["execute", str(path), "--output-dir", str(tmp_path / "out")]) == 0
        printed = capsys.readouterr()
        executed = nbformat.read(tmp_path / "out" / "book.ipynb", as_version=4)
        first, second = tables.metered_cells(executed)
        assert (first.execution_count, first.title) == (1, "x = sum(range(2_000_000))")
        assert (second.execution_count, second.title) == (3, "second")
        assert executed.cells[2].outputs == []
        assert second.report.stage == "fit"
        assert first.report.notebook == "book.ipynb"
        assert tables.table([first, second]) in printed.out
        assert [cell.source for cell in executed.cells] == [
            cell.source for cell in nbformat.read(path, as_version=4).cells
        ]
        assert any("1999999000000" in str(output) for output in executed.cells[3].outputs)
        assert executed.metadata.language_info.name == "python"
        page = (tmp_path / "out" / "book.html").read_text()
        assert "<title>book</title>" in page
        assert path.read_bytes() == before

    def test_a_failing_cell_is_reported_and_stops_the_rest(self, tmp_path, capsys):
        path = saved(
            tmp_path / "book.ipynb",
            new_code_cell("before = 1"),
            new_code_cell("1 / 0"),
            new_code_cell("after = 1"),
        )
        assert commands.main(["execute", str(path), "--output-dir", str(tmp_path / "out")]) == 1
        printed = capsys.readouterr()
        assert "ZeroDivisionError: division by zero" in printed.err
        assert "\x1b" not in printed.err
        assert "1 / 0 (error)" in printed.out
        executed = nbformat.read(tmp_path / "out" / "book.ipynb", as_version=4)
        assert [cell.execution_count for cell in executed.cells] == [1, 2, None]
        assert (tmp_path / "out" / "book.html").exists()

    @pytest.mark.parametrize("form", ["--json", "--csv"])
    def test_prints_for_programs_what_the_panel_exports(self, tmp_path, capsys, form):
        path = saved(tmp_path / "book.ipynb", new_code_cell("%%energy --label '=fit'\n1"))
        out = ["--output-dir", str(tmp_path / "out")]
        assert commands.main(["execute", str(path), *out, form]) == 0
        printed = capsys.readouterr()
        assert "Executed notebook" in printed.err
        executed = nbformat.read(tmp_path / "out" / "book.ipynb", as_version=4)
        (cell,) = tables.metered_cells(executed)
        if form == "--json":
            found = json.loads(printed.out)
            assert (found["schema"], found["notebook"]) == ("jupyter-green.export.v1", "book.ipynb")
            assert found["reports"] == [cell.report.to_dict()]
            assert found["total"]["energy_j"] == pytest.approx(cell.report.energy_j)
            assert sum(found["total"]["hardware_j"].values()) == pytest.approx(cell.report.energy_j)
        else:
            (row,) = csv.DictReader(io.StringIO(printed.out))
            assert (row["title"], row["status"]) == ("'=fit", "ok")
            assert row["cell_id"] == executed.cells[0].id
            assert float(row["energy_j"]) == pytest.approx(cell.report.energy_j)

    def test_errors_may_be_allowed(self, tmp_path, capsys):
        path = saved(
            tmp_path / "book.ipynb", new_code_cell("1 / 0"), new_code_cell("print('after')")
        )
        out = ["--output-dir", str(tmp_path / "out")]
        assert commands.main(["execute", str(path), *out, "--allow-errors"]) == 0
        assert "1 / 0 (error)" in capsys.readouterr().out
        executed = nbformat.read(tmp_path / "out" / "book.ipynb", as_version=4)
        assert executed.cells[1].execution_count == 2

    def test_a_cell_that_takes_too_long_is_interrupted_and_keeps_its_report(self, tmp_path, capsys):
        path = saved(
            tmp_path / "book.ipynb",
            new_code_cell("import time; time.sleep(100)"),
            new_code_cell("after = 1"),
        )
        out = ["--output-dir", str(tmp_path / "out")]
        assert commands.main(["execute", str(path), *out, "--timeout", "3"]) == 1
        printed = capsys.readouterr()
        assert "(interrupted)" in printed.out
        assert "longer than 3 s (--timeout)" in printed.err
        assert "KeyboardInterrupt" not in printed.err

    def test_a_timeout_is_a_whole_number(self, tmp_path, capsys):
        with pytest.raises(SystemExit):
            commands.main(["execute", "book.ipynb", "--timeout", "soon"])
        assert "'soon' is not a whole number of seconds" in capsys.readouterr().err

    def test_a_kernel_that_dies_leaves_what_was_measured(self, tmp_path, capsys):
        path = saved(
            tmp_path / "book.ipynb",
            new_code_cell("before = 1"),
            new_code_cell("import os; os._exit(9)"),
        )
        assert commands.main(["execute", str(path), "--output-dir", str(tmp_path / "out")]) == 1
        printed = capsys.readouterr()
        assert "The kernel died" in printed.err
        assert "before = 1" in printed.out

    def test_a_kernel_without_the_package_says_what_to_install(self, tmp_path, capsys, monkeypatch):
        folder = tmp_path / "kernels" / "bare"
        folder.mkdir(parents=True)
        hide = "import sys; sys.modules['jupyter_green'] = None; "
        launch = "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"
        kernel = {
            "argv": [sys.executable, "-c", hide + launch, "-f", "{connection_file}"],
            "display_name": "bare",
            "language": "python",
        }
        (folder / "kernel.json").write_text(json.dumps(kernel))
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
        path = saved(tmp_path / "book.ipynb", new_code_cell("1"))
        line = one_line_of_refusal(capsys, path, tmp_path / "out", "--kernel", "bare")
        assert "the notebook's kernel cannot load jupyter_green" in line
        assert "install jupyter-green" in line

    def test_works_where_an_event_loop_runs_already(self, tmp_path):
        path = saved(tmp_path / "book.ipynb", new_code_cell("x = 1"))

        async def as_in_a_notebook() -> int:
            return running.execute(path, tmp_path / "out")

        # In a thread, as the loop of another test's browser may be running in this one.
        with ThreadPoolExecutor() as threads:
            assert threads.submit(asyncio.run, as_in_a_notebook()).result() == 0

    def test_an_interrupt_is_for_the_cell_and_leaves_what_was_measured(self, tmp_path):
        path = saved(
            tmp_path / "book.ipynb",
            new_code_cell("import pathlib, time"),
            new_code_cell("pathlib.Path('running').touch()\nwhile True: time.sleep(0.1)"),
        )
        command = command_line(path, tmp_path / "out")
        with subprocess.Popen(command, stdout=-1, stderr=-1, text=True) as process:
            while not (tmp_path / "running").exists():
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate()
        assert process.returncode == running.FAILED
        assert "(interrupted)" in out
        assert "KeyboardInterrupt" in err

    def test_a_terminal_without_unicode_still_gets_the_table(self, tmp_path):
        path = saved(tmp_path / "book.ipynb", new_code_cell("x = 1"))
        ran = subprocess.run(
            command_line(path, tmp_path / "out"),
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert "total" in ran.stdout


def command_line(path: Path, output_dir: Path) -> list[str]:
    start = "import sys; from jupyter_green.cli.main import main; sys.exit(main())"
    return [sys.executable, "-c", start, "execute", str(path), "--output-dir", str(output_dir)]


def one_line_of_refusal(capsys, path: Path, output_dir: Path, *more: str) -> str:
    status = commands.main(["execute", str(path), "--output-dir", str(output_dir), *more])
    printed = capsys.readouterr()
    assert status == BAD_INPUT
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err
