"""`jupyter green run` on every rank of a job: one meters each host, and no joule counts twice."""

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

from jupyter_green.report import times
from jupyter_green.report.report import Report
from jupyter_green.sampler.registry import RUNTIME_VARIABLE
from tests.testbench.hosts import assert_true_joules, stand_in_hosts

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="this system has no pidfd: each rank meters"
)
MAIN = "import sys; from jupyter_green.cli.main import main; sys.exit(main())"
GREEN = [sys.executable, "-c", MAIN]
WAIT_S = 60
BUSY = """
import json, os, sys, time
begin_s, until_s = time.time(), time.monotonic() + float(sys.argv[1])
while time.monotonic() < until_s:
    pass
sys.stdout.write(json.dumps([begin_s, time.time()]) + "\\n")
"""


def command(seconds, *options):
    return [*GREEN, "run", "--json", *options, "--", sys.executable, "-c", BUSY, str(seconds)]


def as_open_mpi(size):
    """The environment of each rank of a host."""
    job = {"PMIX_NAMESPACE": "1660682241", "OMPI_COMM_WORLD_LOCAL_SIZE": str(size)}
    return [os.environ | job | {"OMPI_COMM_WORLD_LOCAL_RANK": str(n)} for n in range(size)]


def start(words, env):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(words, text=True, env=env, start_new_session=True, **pipes)


def by_themselves(hosts, folder):
    """Start the ranks as a launcher would; return what they wrote."""
    words = command(0.7, "-o", str(folder / "energy-%h.json"))
    ranks = [
        start(words, env | host.env)
        for host, size in zip(hosts, (4, 2), strict=True)
        for env in as_open_mpi(size)
    ]
    said = [rank.communicate(timeout=WAIT_S) for rank in ranks]
    assert [rank.returncode for rank in ranks] == [0] * 6
    assert {err for _, err in said} == {""}
    return "".join(out for out, _ in said)


def by_open_mpi(hosts, folder):
    if shutil.which("mpirun.openmpi") is None:
        pytest.skip("Open MPI is not installed: apt-get install openmpi-bin")
    words = ["mpirun.openmpi", "--allow-run-as-root", "--oversubscribe"]
    return by_mpi(words, "OMPI_COMM_WORLD_LOCAL_SIZE", hosts, folder)


def by_mpich(hosts, folder):
    if shutil.which("mpiexec.hydra") is None:
        pytest.skip("MPICH is not installed: apt-get install mpich")
    return by_mpi(["mpiexec.hydra"], "MPI_LOCALNRANKS", hosts, folder)


def by_mpi(words, size_variable, hosts, folder):
    """Start four ranks on one host and two on the other."""
    for host, size in zip(hosts, (4, 2), strict=True):
        own = host.env | {size_variable: str(size)}  # all are on one machine
        words += ["-n", str(size), "env", *(f"{name}={value}" for name, value in own.items())]
        words += [*command(0.7, "-o", str(folder / "energy-%h.json")), ":"]
    return subprocess.run(words[:-1], capture_output=True, text=True, check=True).stdout


def by_torchrun(hosts, folder):
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    launch = [sys.executable, "-m", "torch.distributed.run", "--no-python", "--max-restarts=0"]
    words = command(0.7, "-o", str(folder / "energy-%h.json"))
    agents = []
    for port, host, size in zip((29710, 29711), hosts, (4, 2), strict=True):
        of_host = [f"--master-port={port}", f"--nproc-per-node={size}"]
        agents.append(start([*launch, *of_host, *words], os.environ | host.env))
    said = [agent.communicate(timeout=WAIT_S) for agent in agents]
    assert [agent.returncode for agent in agents] == [0, 0], said
    return "".join(out for out, _ in said)


@pytest.mark.parametrize("launch", [by_themselves, by_open_mpi, by_mpich, by_torchrun])
def test_two_hosts_of_known_truth_one_with_four_ranks(launch, tmp_path, monkeypatch):
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "runtime"))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with stand_in_hosts(tmp_path, 80.0, 30.0) as hosts:
        written = launch(hosts, tmp_path)
        lives = [json.loads(life) for life in re.findall(r"\[[\d., ]+\]", written)]
        assert len(lives) == 6
        files = sorted(tmp_path.glob("energy-*.json"))
        reports = [Report.from_dict(json.loads(file.read_text())) for file in files]
        assert sorted(report.ranks for report in reports) == [2, 4]
        powers_w = {4: 80.0, 2: 30.0}
        for report in reports:
            assert_true_joules(report, powers_w[report.ranks])
        begin_s = min(times.epoch_s(report.started_at) for report in reports)
        assert min(begin for begin, _ in lives) > begin_s - 0.005
        done = subprocess.run(
            [*GREEN, "merge", *files, "--json"], capture_output=True, text=True, check=True
        )
        both = Report.from_dict(json.loads(done.stdout))
        assert both.energy_j == pytest.approx(sum(r.energy_j for r in reports), abs=0.01)
        assert max(end for _, end in lives) < begin_s + both.duration_s + 0.005
        assert (both.ranks, len(both.hosts), both.flags) == (6, 2, both.flags)


def test_each_rank_keeps_its_own_end_and_streams(tmp_path, monkeypatch):
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path))
    words = [*GREEN, "run", "--", "sh", "-c"]
    script = (
        "cat; echo on $OMPI_COMM_WORLD_LOCAL_RANK; test $OMPI_COMM_WORLD_LOCAL_RANK != 2 || exit 3"
    )
    # The last is killed before it may have said that it is there: it is not waited for.
    environments = [env | {"OMPI_COMM_WORLD_LOCAL_SIZE": "3"} for env in as_open_mpi(4)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    ranks = [
        subprocess.Popen([*words, script], text=True, env=env, start_new_session=True, **pipes)
        for env in environments
    ]
    ranks[3].send_signal(signal.SIGSTOP)  # it is to be killed before it ends
    os.kill(ranks[3].pid, signal.SIGKILL)
    for n, rank in enumerate(ranks[:3]):  # all at once, as the one that meters waits for all
        rank.stdin.write(f"to {n}\n")
        rank.stdin.close()
        rank.stdin = None
    said = [rank.communicate(timeout=WAIT_S) for rank in ranks[:3]]
    ranks[3].communicate(timeout=WAIT_S)
    assert [rank.returncode for rank in ranks] == [0, 0, 3, -signal.SIGKILL]
    assert [out for out, _ in said] == [f"to {n}\non {n}\n" for n in range(3)]
    assert sorted(bool(err) for _, err in said) in ([False, False, True], [False, False, False])


def test_a_rank_that_follows_ends_by_what_ends_its_command(tmp_path, monkeypatch):
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path))
    words = [*GREEN, "run", "--", "sh", "-c", "echo $$; exec sleep 60"]
    ranks = [start(words, env) for env in as_open_mpi(2)]
    pids = [int(rank.stdout.readline()) for rank in ranks]
    follows = [n for n, rank in enumerate(ranks) if rank.pid == pids[n]]
    assert len(follows) == 1  # it is its command
    follower, lead = ranks[follows[0]], ranks[1 - follows[0]]
    follower.terminate()
    assert follower.wait(WAIT_S) == -signal.SIGTERM
    assert follower.stderr.read() == ""
    lead.terminate()
    assert lead.wait(WAIT_S) == -signal.SIGTERM
    assert "interrupted" in lead.stderr.read()
    for rank in ranks:
        rank.communicate()


def test_several_runs_are_not_for_ranks():
    done = subprocess.run(
        [*GREEN, "run", "--repeat", "2", "--", "true"], env=as_open_mpi(2)[0],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 125
    assert "--repeat is not for ranks" in done.stderr


def test_files_that_cannot_be_merged_are_refused_in_one_line(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "b.json").write_text("no JSON")
    for name in ("a.json", "b.json", "c.json"):
        done = subprocess.run(
            [*GREEN, "merge", tmp_path / name], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert name in done.stderr
        assert len(done.stderr.splitlines()) <= 2
