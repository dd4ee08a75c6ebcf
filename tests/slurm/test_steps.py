"""`srun jupyter green run` on two nodes of known power, with four tasks on one of them."""

import json
import os
import subprocess
import sys
import time

import pytest

from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.report.report import Report
from jupyter_green.sampler.registry import RUNTIME_VARIABLE
from tests.testbench.hosts import assert_true_joules, stand_in_hosts

from .cluster import cluster

MAIN = "import sys; from jupyter_green.cli.main import main; sys.exit(main())"
GREEN = [sys.executable, "-c", MAIN]
POWERS_W = {4: 80.0, 2: 30.0}
BUSY = "import time; t = time.monotonic() + 1\nwhile time.monotonic() < t: pass"
POOL = """
import multiprocessing, os, time
import jupyter_green as jg

def work(number):
    with jg.measure(f"worker {number}"):
        time.sleep(0.5)

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.map(work, range(4))
"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    root = tmp_path_factory.mktemp("slurm")
    with stand_in_hosts(root, *POWERS_W.values()) as hosts:
        own = {RUNTIME_VARIABLE: str(root / "runtime")}
        with cluster(root, [{**host.env, **own} for host in hosts]) as user:
            yield user


@pytest.fixture
def srun(slurm, tmp_path):
    """Start a step of four tasks on one node and two on the other."""
    tasks = tmp_path / "tasks"
    tasks.write_text("n1\n" * 4 + "n2\n" * 2)
    user = {**slurm, "SLURM_HOSTFILE": str(tasks), LEDGER_VARIABLE: str(tmp_path / "ledger")}

    def start(*words, options=()):
        step = ["srun", "--quiet", "--ntasks=6", "--distribution=arbitrary", *options]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([*step, *words], env=user, **pipes)

    return start


def reports_of(folder):
    found = [json.loads(file.read_text()) for file in sorted(folder.glob("energy-*.json"))]
    return [Report.from_dict(record) for record in found]


def assert_true(reports):
    assert sorted(report.ranks for report in reports) == [2, 4]
    for report in reports:
        assert_true_joules(report, POWERS_W[report.ranks])


def test_two_nodes_and_six_tasks(srun, tmp_path):
    words = [*GREEN, "run", "--json", "-o", str(tmp_path / "energy-%h.json"), "--"]
    step = srun(*words, sys.executable, "-c", f"{BUSY}\nprint('done')")
    out, err = step.communicate(timeout=60)
    assert (step.returncode, out, err) == (0, "done\n" * 6, "")
    reports = reports_of(tmp_path)
    assert_true(reports)
    done = subprocess.run(
        [*GREEN, "merge", "--json", *sorted(tmp_path.glob("energy-*.json"))],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    both = Report.from_dict(json.loads(done.stdout))
    assert both.energy_j == pytest.approx(sum(report.energy_j for report in reports), abs=0.01)
    assert (both.ranks, len(both.hosts)) == (6, 2)


def test_each_task_keeps_its_exit_code(srun):
    step = srun(
        *GREEN, "run", "--", "sh", "-c", "exit $SLURM_PROCID", options=["--kill-on-bad-exit=0"]
    )
    _, err = step.communicate(timeout=60)
    assert step.returncode == 5
    assert err.count("jupyter green: ") == 2  # a line for each host


def test_a_step_that_is_cancelled_is_told_as_interrupted(srun, slurm, tmp_path):
    words = [*GREEN, "run", "--json", "-o", str(tmp_path / "energy-%h.json"), "--"]
    step = srun(*words, "sh", "-c", "echo $SLURM_JOB_ID; exec sleep 60")
    jobs = {step.stdout.readline().strip() for _ in range(6)}
    time.sleep(0.5)
    subprocess.run(["scancel", *jobs], env=slurm, check=True)
    step.communicate(timeout=60)
    until_s = time.monotonic() + 10  # srun itself does not wait for the tasks
    while not all(file.stat().st_size for file in tmp_path.glob("energy-*.json")):
        assert time.monotonic() < until_s
        time.sleep(0.1)
    reports = reports_of(tmp_path)
    assert [report.status for report in reports] == ["interrupted"] * 2
    assert_true(reports)


def test_a_process_pool_within_a_step_counts_once(srun, tmp_path):
    (tmp_path / "pool.py").write_text(POOL)
    words = [*GREEN, "run", "--json", "-o", str(tmp_path / "energy-%h.json"), "--"]
    step = srun(*words, sys.executable, str(tmp_path / "pool.py"), options=["--ntasks=6"])
    _, err = step.communicate(timeout=100)
    assert step.returncode == 0, err
    reports = reports_of(tmp_path)
    assert_true(reports)
    asked = os.environ | {LEDGER_VARIABLE: str(tmp_path / "ledger")}
    done = subprocess.run(
        [*GREEN, "report", "--json"], env=asked, capture_output=True, text=True, check=True
    )
    total = json.loads(done.stdout)["total"]
    assert total["windows"] == 2 + 6 * 4  # those of the steps and, within them, of the workers
    whole_j = sum(report.energy_j for report in reports)
    assert total["measured_j"] == pytest.approx(whole_j, abs=0.01)
