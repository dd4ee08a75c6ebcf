"""A program that is killed in a window that a host's service reads: none of its joules is lost."""

import subprocess
import sys
import time

import nbformat
import pytest

from jupyter_green.clock import now_ns
from jupyter_green.flags import HOST_LOST
from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.ledger.book import book_until_idle
from jupyter_green.ledger.questions import newest
from jupyter_green.report.fields import MIME_TYPE
from jupyter_green.sampler.last_sample import Claim, last_sample
from tests.testbench.host_service import MAIN

KEY = "0123456789abcdef" * 2
KILLED = "import os, time\ntime.sleep(1.2)\nos.kill(os.getpid(), 9)"


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    return tmp_path / "ledger"


def test_the_ledger_has_what_a_killed_notebook_used_to_its_end_and_so_has_the_notebook(
    service, ledger, tmp_path
):
    cells = [nbformat.v4.new_code_cell(code) for code in ("1", KILLED)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    path = tmp_path / "work.ipynb"
    nbformat.write(book, path)
    command = [sys.executable, "-c", MAIN, "execute", str(path)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "The kernel died" in ran.stderr
    book_until_idle(ledger, idle_s=0)

    (output,) = nbformat.read(tmp_path / "executed" / "work.ipynb", 4).cells[1].outputs
    kept = output.data[MIME_TYPE]
    (booked,) = [each for each in newest(ledger, 9, None) if each.status == "died"]
    assert kept["status"] == "died"
    assert len(kept["trace"]["t_s"]) > 5
    assert HOST_LOST not in kept.get("flags", ())
    for duration_s, energy_j in (
        (kept["duration_s"], kept["energy_j"]),
        (booked.duration_s, booked.energy_j),
    ):
        assert 1.15 < duration_s < 3.0  # and not up to a mark before
        assert energy_j == pytest.approx(58 * duration_s, rel=0.05)


def test_what_is_read_as_a_client_leaves_is_told_to_who_has_its_claim(rapl, service, client):
    leaving = client()
    leaving.say("keep", KEY)
    leaving.begin()
    leaving.hear_until("sample")
    time.sleep(0.1)
    left_ns = now_ns()
    leaving.close()
    ids = [each["id"] for each in client().hello[2]["domains"]]
    claim = Claim(str(service.place), KEY, 1000, {ids[0]: 5.0})
    name, t_ns, mark, entries, _ = last_sample(claim, ids)
    assert (name, mark) == ("sample", None)
    assert left_ns <= t_ns + 1000 <= left_ns + 500_000_000
    at_ns, energy_j, *_ = entries[0]
    read = client().ask("last", KEY)
    assert [at_ns + 1000, energy_j - 5.0] == pytest.approx(read[3][0][:2])
    assert read[2] == ["last", 0]
    assert entries[1] is None  # from where its joules count is not known
    assert client().ask("last", KEY[::-1]) == ["unknown"]
    assert last_sample(Claim(str(service.place), KEY[::-1], 0, {}), ids) is None
