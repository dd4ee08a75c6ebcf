"""`jupyter green export`: what it is given, where it writes, and what it never leaves behind."""

import io
import math
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_green.carbon import uk
from jupyter_green.exports import comma_separated, prometheus
from jupyter_green.exports.rising import advanced
from jupyter_green.exports.selection import Selection
from jupyter_green.ledger.forget import Chosen, forget
from tests.testbench.handed_in import report
from tests.testbench.web import server

from .conftest import book
from .test_forms import rows, samples


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["xml"], "invalid choice: 'xml'"),
        ([], "one of the arguments FORM --mlflow is required"),
        (["csv", "--pue", "1.2"], "with --place"),
        (["csv", "--place", "DE", "--pue", "0.9"], "below 1"),
        (["csv", "--place", "DE", "--pue", "nan"], "nan"),
        (["csv", "--place", "XX"], "'XX' is no place"),
        (["csv", "--place", "0.4"], "give grams: 400"),
        (["csv", "--since", "2026-13-01"], "--since '2026-13-01' is no date"),
        (["csv", "--since", "2026-02-01", "--until", "2026-01-01"], "swap them"),
        (["--mlflow", "-o", "out"], "leave -o out"),
    ],
)
def test_bad_input_is_one_line_and_2(words, said, export, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = export(*words)
    assert (ran.status, ran.out) == (2, b"")
    assert said in ran.err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_without_a_ledger_it_says_how_to_have_one(export, monkeypatch):
    monkeypatch.setenv("JUPYTER_GREEN_LEDGER", "off")
    ran = export("csv")
    assert ran.status == 2
    assert "JUPYTER_GREEN_LEDGER" in ran.err


def test_a_provider_is_asked_for_the_time_of_the_windows_and_named(filled, export, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with server({"data": [{"intensity": {"actual": 100}}]}) as (url, _):
        monkeypatch.setenv(uk.URL_VARIABLE, url)
        ran = export("csv", "--place", "GB", "--provider", "uk")
    assert ran.err == "jupyter green: CO2e by uk, which was asked now.\n"
    assert float(rows(ran.out)[2]["emissions_g"]) == pytest.approx(100.0)


def test_a_project_and_a_time_are_chosen(filled, export):
    book(filled, report(label="other"), project="~/other", begin_s=1e6)
    assert [row["label"] for row in rows(export("csv", "--project", "other").out)] == ["other"]
    assert len(rows(export("csv", "--project", "~/thesis").out)) == 4
    assert len(rows(export("csv", "--since", "2026-05-06").out)) == 2


def test_a_file_that_cannot_be_written_leaves_nothing(filled, export, tmp_path):
    there = tmp_path / "there"
    there.mkdir()
    for output in (there, tmp_path / "none" / "out", "/dev/full"):
        ran = export("csv", "-o", output)
        assert ran.status == 2
        assert str(output) in ran.err
    assert list(there.iterdir()) == []


def fails():
    raise OSError(28, "No space left on device")


def is_ended():
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize(("what", "status"), [(fails, 2), (is_ended, 143)])
def test_what_ends_midway_leaves_the_file_as_it_was(
    filled, export, tmp_path, monkeypatch, what, status
):
    output = tmp_path / "out.csv"
    output.write_text("before")

    def some(selection, rows=comma_separated.rows):
        yield next(iter(rows(selection)))
        what()

    monkeypatch.setattr(comma_separated, "rows", some)
    assert export("csv", "-o", output).status == status
    assert output.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ledger", "out.csv"]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_link_stays_one_and_a_file_keeps_its_mode(filled, export, tmp_path):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.touch(mode=0o640)
    real.chmod(0o640)
    link.symlink_to(real)
    assert export("csv", "-o", link).status == 0
    assert link.is_symlink()
    assert len(rows(real.read_bytes())) == 4
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_reader_that_has_enough_is_no_error(filled):
    command = "from jupyter_green.cli.main import main; raise SystemExit(main())"
    book(filled, *(report() for _ in range(300)))
    with subprocess.Popen(
        [sys.executable, "-c", command, "export", "jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as ran:
        assert ran.stdout.readline().startswith(b"{")
        ran.stdout.close()
        assert ran.stderr.read() == b""
    assert ran.returncode == 1


def test_a_counter_never_falls_in_the_file_that_is_replaced(ledger, export, tmp_path):
    output = tmp_path / "green.prom"
    key = ("cpu:0/package", "measured")

    def shown():
        assert export("prometheus", "-o", output).status == 0
        return samples(output.read_text())[key]

    book(ledger, report(notebook="a.ipynb"), begin_s=0.0)
    book(ledger, report(notebook="b.ipynb"), begin_s=10.0)
    assert shown() == 100.0
    forget(ledger, Chosen(notebook="a.ipynb"))
    assert shown() == 100.0
    book(ledger, report(notebook="c.ipynb"), begin_s=20.0)
    assert shown() == 150.0  # what is new counts, although the ledger has less than before
    forget(ledger, Chosen(notebook="b.ipynb"))
    forget(ledger, Chosen(notebook="c.ipynb"))
    assert shown() == 150.0
    assert "jupyter_green_metered_dropped_joules_total" in output.read_text()
    assert shown() == 150.0


def test_a_file_of_somebody_else_is_no_memory(filled, export, tmp_path):
    output = tmp_path / "green.prom"
    output.write_bytes(b"\xff\0 jupyter_green_metered_joules_total{domain=\n" * 10)
    assert export("prometheus", "-o", output).status == 0
    assert samples(output.read_text())["gpu:0", "measured"] == 3.6e6


_NAMES = st.sampled_from([prometheus.NAME, prometheus.DROPPED])
_NUMBERS = st.sampled_from(["12.5", "0", "1e+999", "nan", "-5", "1_0", "1e-300"])
_VALUES = _NUMBERS | st.text(max_size=4)
_LINES = st.tuples(_NAMES, st.text(max_size=5), st.sampled_from(["measured", "é"]), _VALUES)


@given(st.lists(_LINES.map(lambda line: '{}{{domain="{}",provenance="{}"}} {}\n'.format(*line))))
def test_whatever_a_file_holds_the_counters_after_it_are_some(lines):
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / "green.prom"
        before.write_bytes("".join(lines).encode("utf-8", "surrogatepass"))
        out = io.BytesIO()
        prometheus.write(Empty(Path(folder), replaces=before), out)
    assert all(0 <= value < math.inf for value in samples(out.getvalue().decode()).values())


class Empty(Selection):
    """Of a ledger that has no windows."""

    def metered(self):
        return []


def test_joules_added_in_another_order_are_not_dropped():
    (first,) = advanced({}, {"a": 0.1 + 0.2 + 0.3}).values()
    (after,) = advanced({"a": first}, {"a": 0.3 + 0.2 + 0.1}).values()
    assert after == first


@given(st.lists(st.dictionaries(st.sampled_from("ab"), st.floats(0, 1e9)), max_size=8))
def test_counters_only_rise_and_by_what_sums_rise(course):
    counted, held = {}, {}
    for sums in course:
        after = advanced(counted, sums)
        for key, each in after.items():
            before = counted[key].shown_j if key in counted else 0.0
            rise = max(0.0, sums.get(key, 0.0) - held.get(key, 0.0))
            assert each.shown_j >= before
            assert each.shown_j == pytest.approx(before + rise, rel=1e-8, abs=1e-3)
        counted, held = after, sums


def test_only_what_asks_the_ledger_loads_a_database():
    code = "import sys, jupyter_green.cli.exports, jupyter_green.cli.main; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    ).stdout.split()
    assert {"sqlalchemy", "sqlite3", "pyarrow"}.isdisjoint(loaded)
