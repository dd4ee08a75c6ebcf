"""Imports: what CodeCarbon wrote, and what a ledger exported, comes in once and as it was."""

import contextlib
import csv
import io
import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE, intake_folder
from jupyter_green.intake.writer import files
from jupyter_green.ledger import questions
from jupyter_green.ledger.imports import ImportFault, import_file
from jupyter_green.ledger.reports import reports
from jupyter_green.report import times
from tests.testbench.handed_in import closed, died, hand_in, report

CODECARBON = Path(__file__).parents[1] / "data" / "codecarbon"
"""Written by CodeCarbon 3.3.2 (MIT licence) itself: three runs of a processor; and one run of 4 s
beside a stand-in board of 150 W, with a PUE of 1.5, flushed in its middle."""
KWH = 3.6e6


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    return tmp_path / "ledger"


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_codecarbons_runs_have_its_joules_as_estimates(ledger, capsys):
    path = CODECARBON / "three-runs.csv"
    assert main(["ledger", "import", str(path)]) == 0
    assert "3 windows read, 3 of them new" in capsys.readouterr().out
    for row, (metered, found) in zip(rows_of(path), reports(ledger), strict=True):
        assert metered.run_id == row["run_id"]
        assert metered.origin == "codecarbon 3.3.2"
        assert metered.project == row["project_name"]
        assert found.energy_j == pytest.approx(float(row["energy_consumed"]) * KWH, rel=1e-6)
        assert found.domains["cpu"].energy_j == pytest.approx(float(row["cpu_energy"]) * KWH)
        assert found.domains["dram"].energy_j == pytest.approx(float(row["ram_energy"]) * KWH)
        assert found.duration_s == pytest.approx(float(row["duration"]), rel=1e-5)
        assert found.provenance == "estimate"
        assert found.scale_range.high > 2
    assert main(["ledger", "import", str(path)]) == 0
    assert "0 of them new; 3 had been" in capsys.readouterr().out
    assert len(questions.read(ledger)) == 3


def test_what_was_forgotten_is_not_imported_again(ledger, tmp_path, capsys):
    hand_in(ledger, closed(report(started_at=times.now())))
    path = tmp_path / "windows.jsonl"
    assert main(["export", "jsonl", "-o", str(path)]) == 0
    assert main(["ledger", "forget", "--all", "--yes"]) == 0
    capsys.readouterr()
    assert main(["ledger", "import", str(path)]) == 0
    assert "1 window read, 0 of them new; 1 left out" in capsys.readouterr().out
    assert questions.read(ledger) == []


def test_a_board_is_counted_without_the_building_and_a_flushed_run_once(ledger):
    found = import_file(ledger, CODECARBON / "gpu-flushed-pue.csv")
    assert (found.windows, found.new) == (1, 1)
    ((metered, run),) = reports(ledger)
    board = run.domains["gpu"]
    assert run.duration_s == pytest.approx(4.01, abs=0.01)
    assert abs(board.energy_j - 150 * run.duration_s) < board.uncertainty_j + 0.06 * board.energy_j
    assert board.provenance == "counter"
    assert run.provenance == "mixed"
    assert {part.device: part.is_estimate for part in metered.parts} == {
        "gpu": False,
        "cpu": True,
        "dram": True,
    }


@pytest.fixture
def exported(ledger, tmp_path):
    """Return a file of all that a ledger has."""
    first = report("one", label="fit", stage="training", notebook="a.ipynb", metric={"acc": 0.5})
    hand_in(ledger, closed(first), closed(report("two"), begin_s=9, parent="one"))
    died("dead", ledger)
    assert main(["export", "jsonl", "-o", str(tmp_path / "windows.jsonl")]) == 0
    return tmp_path / "windows.jsonl"


def test_what_was_exported_comes_back_as_it_was(ledger, exported, tmp_path, monkeypatch):
    before = {m.run_id: (m, r.to_dict()) for m, r in reports(ledger)}
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "other"))
    found = import_file(tmp_path / "other", exported)
    assert (found.windows, found.new, found.waiting) == (3, 3, "")
    after = {m.run_id: (m, r.to_dict()) for m, r in reports(tmp_path / "other")}
    assert {k: r for k, (_, r) in after.items()} == {k: r for k, (_, r) in before.items()}
    for run_id, (metered, _) in after.items():
        was = before[run_id][0]
        for name in ("project", "commit", "session", "parent", "origin", "stage", "notebook"):
            assert getattr(metered, name) == getattr(was, name)


def test_a_later_report_of_the_ledgers_own_stays(ledger, exported):
    hand_in(ledger, closed(report("one", label="later"), written_ns=9))
    assert import_file(ledger, exported).new == 0
    labels = {each.run_id: each.label for each in questions.read(ledger)}
    assert labels["one"] == "later"


@pytest.mark.parametrize("form", ["a report", "reports of an export", "indented"])
def test_reports_json_is_imported(ledger, tmp_path, form):
    found = report("one").to_dict()
    whole = {"schema": "jupyter-green.export.v1", "reports": [found]}
    text = {
        "a report": json.dumps(found),
        "reports of an export": json.dumps(whole),
        "indented": json.dumps(whole, indent=2),
    }[form]
    (tmp_path / "file").write_text(text)
    assert import_file(ledger, tmp_path / "file").new == 1


GOOD = (CODECARBON / "three-runs.csv").read_text()
HEAD = GOOD.splitlines()[0]


def changed(column, value):
    rows = rows_of(CODECARBON / "three-runs.csv")
    rows[1][column] = value
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "none of the files"),
        ("hello\nworld\n", "none of the files"),
        ("{}", "none of the files"),
        ("[7]", "report"),
        ('{"report": 7}\n', "report"),
        ("[" * 5000, "recursion"),
        ("{", "Expecting"),
        (f"task_name,{HEAD}\n", "emissions.csv beside it"),
        (GOOD.replace(",France,", ","), "line 2: it has more or fewer cells"),
        (changed("energy_consumed", "nan"), ""),
        (changed("cpu_energy", "nan"), "line 3: cpu_energy is 'nan'"),
        (changed("cpu_energy", "-1"), "line 3: cpu_energy"),
        (changed("duration", "2 s"), "line 3: duration is '2 s'"),
        (changed("timestamp", "2026-13-01T00:00:00"), "line 3"),
        (changed("timestamp", "0001-01-01T00:00:00"), "line 3"),
        (changed("pue", "0.5"), "line 3: pue is 0.5"),
        (changed("run_id", ""), ""),
        (changed("codecarbon_version", "jupyter-green 0.1.0"), "export jsonl"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_nothing_of_it_imported(
    ledger, tmp_path, capsys, text, word
):
    path = tmp_path / "file.csv"
    path.write_text(text)
    if not word and "nan" in text:  # a sum that is not needed where its parts are there
        assert main(["ledger", "import", str(path)]) == 0
        return
    assert main(["ledger", "import", str(path)]) == 2
    said = capsys.readouterr().err
    assert word in said
    assert said.count("\n") == 1
    assert not ledger.exists() or not list(files(intake_folder(ledger)))
    assert questions.read(ledger) == []


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(), st.binary(max_size=6))
def test_a_file_of_any_bytes_is_imported_or_refused(tmp_path, monkeypatch, seed, junk):
    rng = random.Random(seed)
    names = ["three-runs.csv", "gpu-flushed-pue.csv"]
    data = bytearray((CODECARBON / rng.choice(names)).read_bytes())
    if rng.random() < 0.3:
        data = bytearray(json.dumps({"reports": [report("a").to_dict()]}).encode())
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(data))
        data[at : at + rng.randrange(6)] = junk
    path = tmp_path / "file"
    path.write_bytes(data)
    monkeypatch.setattr("jupyter_green.ledger.imports.book_what_waits", lambda _: None)
    with contextlib.suppress(ImportFault):
        import_file(tmp_path / "ledger", path)


def test_nothing_is_imported_where_the_server_is_away(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(LEDGER_VARIABLE, "postgresql://me@127.0.0.1:1/ledger")
    assert main(["ledger", "import", str(CODECARBON / "three-runs.csv")]) == 2
    assert "127.0.0.1:1" in capsys.readouterr().err
