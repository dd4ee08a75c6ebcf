"""Whose GPUs are counted: those that this program really uses, as it stands when a window ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_green.flags import HIDDEN_GPUS
from jupyter_green.meter.own_gpus import own_gpus
from jupyter_green.sources.base import Domain, Provenance
from tests.testbench import build

CHECKOUT = Path(__file__).parents[2]
VARIABLE = "CUDA_VISIBLE_DEVICES"


@pytest.fixture
def two(machine, monkeypatch):
    """A machine with a processor and two boards, and a program that has chosen none."""
    monkeypatch.delenv(VARIABLE, raising=False)
    machine.truth.add("cpu:0/package", power_w=50.0)
    machine.truth.add("gpu:0", power_w=120.0)
    machine.truth.add("gpu:1", power_w=200.0, phase_s=0.04)
    return machine


def measured(virtual, meanwhile=lambda: None, seconds=2.0):
    virtual.discover()
    window = virtual.begin()
    virtual.machine.sleep(seconds / 2)
    meanwhile()
    virtual.machine.sleep(seconds / 2)
    return window.end()


def gpus(report):
    return {id_ for id_ in report.domains if id_.startswith("gpu")}


def test_without_a_choice_all_boards_are_counted(two, virtual):
    report = measured(virtual)
    assert gpus(report) == {"gpu:0", "gpu:1"}
    assert HIDDEN_GPUS not in report.flags


def test_a_choice_that_a_cell_makes_holds_for_that_cell(two, virtual, monkeypatch):
    """Under %green on it is always made after metering began."""
    report = measured(virtual, lambda: monkeypatch.setenv(VARIABLE, "0"))
    assert gpus(report) == {"gpu:0"}
    assert report.energy_j == pytest.approx(2.0 * (50.0 + 120.0), rel=0.03)
    assert HIDDEN_GPUS in report.flags
    assert not any(id_.startswith("gpu:1") for id_ in report.trace.power_w)
    monkeypatch.setenv(VARIABLE, "1,0")
    assert gpus(measured(virtual)) == {"gpu:0", "gpu:1"}
    monkeypatch.delenv(VARIABLE)
    assert gpus(measured(virtual)) == {"gpu:0", "gpu:1"}


def test_a_choice_holds_for_a_cell_that_is_over_at_once(two, virtual, monkeypatch):
    virtual.discover()
    window = virtual.begin()
    two.sleep(0.1)
    monkeypatch.setenv(VARIABLE, "0")
    report = window.end()
    assert gpus(report) == {"gpu:0"}


def test_a_later_choice_does_not_change_a_report_that_is_made_later(two, virtual, monkeypatch):
    virtual.discover()
    window = virtual.begin()
    two.sleep(1.0)
    window.end(wait=False)
    monkeypatch.setenv(VARIABLE, "1")
    assert gpus(window.report) == {"gpu:0", "gpu:1"}


@pytest.mark.parametrize("none", ["-1", ""])
def test_no_board_is_counted_where_all_are_hidden(two, virtual, monkeypatch, none):
    monkeypatch.setenv(VARIABLE, none)
    report = measured(virtual)
    assert gpus(report) == set()
    assert report.energy_j == pytest.approx(2.0 * 50.0, rel=0.01)
    assert HIDDEN_GPUS in report.flags
    (missing,) = report.missing
    assert f"{VARIABLE}={none!r} hides every GPU" in missing.reason
    assert gpus_of(virtual.discover().domains) == set()


def gpus_of(domains):
    return {domain.id for domain in domains if domain.id.startswith("gpu")}


def test_a_board_on_which_a_process_of_the_tree_computes_is_counted(two, virtual, monkeypatch):
    """Workers choose their boards by environments of their own."""
    monkeypatch.setenv(VARIABLE, "0")
    two.truth["gpu:1"].set(pids=[os.getpid()])
    assert gpus(measured(virtual)) == {"gpu:0", "gpu:1"}


def test_a_board_on_which_others_compute_is_not(two, virtual, monkeypatch):
    monkeypatch.setenv(VARIABLE, "0")
    two.truth["gpu:1"].set(pids=[1])
    assert gpus(measured(virtual)) == {"gpu:0"}


def test_a_share_is_told_of_no_board_that_is_hidden(two, virtual, monkeypatch):
    monkeypatch.setenv(VARIABLE, "0")
    two.truth["gpu:0"].set(pids=[os.getpid()], sm_percents=[50])
    two.truth["gpu:1"].set(pids=[1], sm_percents=[50])
    report = measured(virtual)
    assert report.share is None or set(report.share.gpu_share) == {"gpu:0"}
    assert gpus(report) == {"gpu:0"}


def test_the_live_curve_follows(two, virtual, monkeypatch):
    points = []
    virtual.discover()
    window = virtual.window(on_point=points.append)
    window.begin()
    two.sleep(0.5)
    monkeypatch.setenv(VARIABLE, "0")
    two.sleep(3.0)
    assert {domain.id for domain in window.domains} == {"cpu:0/package", "gpu:0"}
    assert points[-1].total_j == pytest.approx(3.5 * 170.0, rel=0.1)
    window.end()


# --- where CUDA runs already ----------------------------------------------------------------

PROGRAM = """
import ctypes, os
import jupyter_green as jg
from jupyter_green.meter.own_gpus import cuda_uuids
assert cuda_uuids() is None
os.environ["CUDA_VISIBLE_DEVICES"] = {at_start!r}
cuda = ctypes.CDLL("libcuda.so.1")
assert cuda_uuids() is None  # it is loaded, and has not begun
cuda.cuInit(0)
os.environ["CUDA_VISIBLE_DEVICES"] = "0"  # too late
with jg.measure() as measured:
    pass
print(sorted(id_ for id_ in measured.report.domains if id_.startswith("gpu")))
"""


@pytest.mark.parametrize(
    ("at_start", "counted"),
    [("1", "['gpu:1']"), ("2,1", "['gpu:1', 'gpu:2']"), ("-1", "[]")],
)
def test_what_cuda_shows_counts_and_not_what_it_would(truth, nvml, at_start, counted):
    for n in range(3):
        truth.add(f"gpu:{n}", power_w=100.0)
    folder = build.cuda_library().parent
    path = f"{nvml.env['LD_LIBRARY_PATH']}{os.pathsep}{folder}"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(at_start=at_start)],
        env=os.environ | nvml.env | {"LD_LIBRARY_PATH": path},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == counted, done.stderr


def test_boards_that_another_program_shows_are_chosen_as_ones_own_are():
    boards = [
        Domain(f"gpu:{n}", "NVIDIA H100", "dcgm-exporter", Provenance.COUNTER, 30.0, board=uuid)
        for n, uuid in enumerate(("GPU-a", "GPU-b"))
    ]
    found = own_gpus(boards, environ={VARIABLE: "GPU-b"})
    assert [domain.id for domain in found.domains] == ["gpu:1"]
    assert found.hidden == {"gpu:0"}
