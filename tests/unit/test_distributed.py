"""The callbacks in a training of two processes: the first one of the host meters, each joule once.

Two processes on this machine, joined by torch.distributed's gloo on the loopback device.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_green.report.report import Report
from tests.testbench.two_processes import EPOCHS, STEP_S

CHECKOUT = Path(__file__).parents[2]
POWER_W = 50.0
AT_MOST_S = 100.0
FRAMEWORKS = {"lightning": "lightning.pytorch", "trainer": "accelerate"}


@pytest.fixture
def train(truth, rapl_here, tmp_path):
    """Train in two processes, then once more on a budget; return what each says of both."""
    truth.add("cpu:0/package", power_w=POWER_W)
    rapl_here()

    def run(framework, budget_kj):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        common = os.environ | {
            "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port), "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1",
            "HF_HUB_OFFLINE": "1", "TORCHELASTIC_RUN_ID": "test", "CUDA_VISIBLE_DEVICES": "",
        }  # fmt: skip
        outs = [tmp_path / f"rank{rank}.json" for rank in range(2)]
        words = [sys.executable, "-m", "tests.testbench.two_processes", framework]
        processes = [
            subprocess.Popen(
                [*words, str(out), str(budget_kj)],
                env=common | {"RANK": str(rank), "LOCAL_RANK": str(rank), "GROUP_RANK": "0"},
                cwd=CHECKOUT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for rank, out in enumerate(outs)
        ]
        try:
            said = [process.communicate(timeout=AT_MOST_S)[0] for process in processes]
        finally:
            for process in processes:
                process.kill()
        assert [process.returncode for process in processes] == [0, 0], "\n".join(said)
        return [json.loads(out.read_text("utf-8")) for out in outs]

    return run


def joules(record):
    """The joules of a report, which are what the socket drew in its time."""
    report = Report.from_dict(record)
    true_j = POWER_W * report.duration_s
    assert report.energy_j == pytest.approx(true_j, abs=2 * report.uncertainty_j + 0.01 * true_j)
    return report.energy_j


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_first_of_two_processes_meters_for_both_and_they_stop_together(train, framework):
    pytest.importorskip("torch")
    pytest.importorskip(FRAMEWORKS[framework])
    (first, first_on_budget), (other, other_on_budget) = train(framework, 1e-5 * POWER_W)
    has_metered, reports, whole, done, logged_j = first
    assert has_metered
    assert done == EPOCHS
    assert [report["label"] for report in reports] == [f"epoch {n + 1}" for n in range(EPOCHS)]
    epochs_j = [joules(report) for report in reports]
    assert joules(whole) >= 0.98 * sum(epochs_j)
    assert min(epochs_j) >= POWER_W * 2 * STEP_S
    assert logged_j
    has_metered, reports, whole, done, logged_j = other
    assert not has_metered
    assert reports == []
    assert "nothing was trained yet in this process" in whole
    assert done == EPOCHS
    # Only one of them knows that a budget is spent; the other would wait for it for ever. The
    # first epoch's joules may come too late for its end.
    done = first_on_budget[3]
    assert done == other_on_budget[3] < EPOCHS
    assert len(first_on_budget[1]) == done
    assert other_on_budget[1] == []
