"""A ledger with a bit of everything, and the command that exports it."""

import shutil
from typing import NamedTuple

import pytest

from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.ledger.book import book_until_idle
from jupyter_green.report.fields import DomainReport
from jupyter_green.sources.base import Provenance, Scale
from tests.testbench.handed_in import closed, hand_in, report

DAY_S = 86400.0
GPU = DomainReport(
    *("gpu:0", "NVIDIA H100 PCIe", "nvml", 3.6e6, 1e4, 300.0, Provenance.COUNTER, 0.02, True),
    scale=Scale(1.02, "GPU-1", "a test"),
    board="GPU-1",
    conditions={"utilization_percent": 80.0},
)
ESTIMATE = DomainReport(
    *("cpu", "a processor", "cpu-estimate", 100.0, 10.0, 20.0, Provenance.ESTIMATE, 1.0, True),
    scale=Scale(2.0, "a model", "a test"),
)


class Ran(NamedTuple):
    """What the command did."""

    status: int
    out: bytes
    err: str


def book(ledger, *found, project="~/thesis", session="one", **fields):
    """Book windows, one behind the other unless ``begin_s`` says otherwise."""
    for number, each in enumerate(found):
        values = {"begin_s": number * DAY_S, "session": session, "project": project, **fields}
        hand_in(ledger, closed(each, commit="c" * 40, **values))
    book_until_idle(ledger, idle_s=0)


def windows():
    """50 J measured; 50 J measured and 100 J estimated; 1 kWh of a GPU; and nothing."""
    fit = report(label="fit", stage="training", notebook="a.ipynb", metric={"acc": 0.9})
    both = {**fit.domains, "cpu": ESTIMATE}
    return [
        fit,
        report(
            stage="data",
            energy_j=150.0,
            domains=both,
            provenance="mixed",
            started_at="2026-05-05T03:02:01.000Z",
        ),
        report(
            stage="deployment",
            energy_j=3.6e6,
            uncertainty_j=1e4,
            domains={"gpu:0": GPU},
            started_at="2026-05-06T03:02:01.000Z",
            duration_s=12000.0,
        ),
        report(
            energy_j=None,
            uncertainty_j=None,
            mean_power_w=None,
            peak_power_w=None,
            provenance=None,
            domains={},
            status="error",
            started_at="2026-05-07T03:02:01.000Z",
        ),
    ]


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """Return the folder of a ledger that is empty."""
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    return tmp_path / "ledger"


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """Return the folder of a ledger with four windows, which is to be copied."""
    folder = tmp_path_factory.mktemp("example") / "ledger"
    book(folder, *windows())
    return folder


@pytest.fixture
def filled(ledger, example):
    """Return the folder of a ledger with four windows."""
    shutil.copytree(example, ledger)
    return ledger


@pytest.fixture
def export(ledger, capfdbinary):
    """Return the command, which returns what it did."""

    def run(*words):
        try:
            status = main(["export", *map(str, words)])
        except SystemExit as ended:  # of argparse
            status = ended.code
        found = capfdbinary.readouterr()
        return Ran(status, found.out, found.err.decode())

    return run
