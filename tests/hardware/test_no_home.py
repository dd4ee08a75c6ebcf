"""A home that is missing, or that nobody can write to: cells run on, and it is said in a line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_green.intake.places import LEDGER_VARIABLE, intake_folder
from jupyter_green.intake.writer import files
from jupyter_green.ledger import questions
from jupyter_green.ledger.book import book_until_idle
from tests.testbench import namespace
from tests.testbench.handed_in import closed, hand_in, report

ROOT = Path(__file__).parents[2]
PROGRAM = """
import time, jupyter_green as jg
from jupyter_green.meter.shared import shared_meter
from jupyter_green.notebook.status import status
with jg.measure("fit") as m:
    time.sleep(0.1)
print(m.report.energy_j > 0)
bookings = shared_meter().bookings
until = time.monotonic() + 5
while not bookings.fault and time.monotonic() < until:
    time.sleep(0.01)
print(status(shared_meter(), "x"))
"""


@pytest.fixture(params=["missing", "a file", "read-only"])
def homeless(request, tmp_path, monkeypatch, host):
    """Return a function that runs Python where the home is no good: ``run(*words)``."""
    monkeypatch.delenv(LEDGER_VARIABLE, raising=False)
    monkeypatch.delenv("JUPYTER_DATA_DIR", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    home = tmp_path / "home"
    if request.param == "missing":
        home = Path("/proc/nobody")  # where not even root can make it
    elif request.param == "a file":
        home.write_text("")
    else:
        home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return runner(home if request.param == "read-only" else None)


def runner(folder):
    if folder is not None and (reason := namespace.missing()):
        pytest.skip(reason)

    def run(*words):
        command = [sys.executable, *words]
        if folder is not None:
            command = namespace.read_only(command, folder)
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    return run


def green(run, *words):
    return run(
        "-c", "import sys; from jupyter_green.cli.main import main; sys.exit(main())", *words
    )


def test_cells_run_on_without_a_home_and_status_says_so(homeless):
    ran = homeless("-c", PROGRAM)
    assert ran.returncode == 0, ran.stderr
    said = ran.stdout.splitlines()
    assert said[0] == "True"
    (line,) = [line for line in said if "could not be written" in line]
    assert "it is kept, and tried again" in line
    assert ran.stderr == ""


@pytest.mark.parametrize(
    "words",
    [
        ["report"],
        ["history"],
        ["ledger", "check"],
        ["export", "csv"],
        ["statement"],
    ],
    ids=" ".join,
)
def test_questions_end_with_2_and_one_line_without_a_home(homeless, words):
    ran = green(homeless, *words)
    assert ran.returncode == 2
    (line,) = ran.stderr.splitlines()
    assert "no ledger can be kept in" in line
    assert LEDGER_VARIABLE in line
    assert ran.stdout == ""


def test_a_command_is_run_without_a_home(homeless):
    ran = green(homeless, "run", "--", "sh", "-c", "echo hi; exit 3")
    assert (ran.stdout, ran.returncode) == ("hi\n", 3)


def test_of_a_folder_that_can_only_be_read_all_is_read_and_what_waits_stays(
    tmp_path, monkeypatch, host
):
    ledger = tmp_path / "ledger"
    monkeypatch.setenv(LEDGER_VARIABLE, str(ledger))
    hand_in(ledger, closed(report("booked", label="booked")))
    book_until_idle(ledger, idle_s=0)
    hand_in(ledger, closed(report("waits", label="waits")))
    run = runner(ledger)
    assert "could not be written" in run("-c", PROGRAM).stdout
    found = green(run, "report", "--by", "label")
    assert (found.returncode, found.stderr) == (0, "")
    assert "booked" in found.stdout
    assert "waits" not in found.stdout
    checked = green(run, "ledger", "check")
    assert checked.returncode == 1
    assert "1 window; 1 file waits" in checked.stdout
    (line,) = [line for line in checked.stdout.splitlines() if "cannot be written" in line]
    assert os.strerror(30) in line  # EROFS
    assert len(list(files(intake_folder(ledger)))) == 1
    assert {each.run_id for each in questions.read(ledger)} == {"booked", "waits"}
