"""Ranks of a job on one host: how they are known, and which of them meters."""

import os
import threading

import pytest

from jupyter_green.cli.running import election
from jupyter_green.cli.running.election import Follower, Lead, elect
from jupyter_green.cli.running.ranks import LocalRanks, local_ranks
from jupyter_green.sampler import lineage, registry
from jupyter_green.sources.variables import BOOT_ID_VARIABLE

SRUN = {
    "SLURM_JOB_ID": "7",
    "SLURM_STEP_ID": "0",
    "SLURM_LOCALID": "1",
    "SLURM_NODEID": "0",
    "SLURM_STEP_TASKS_PER_NODE": "4",
}
MPIRUN = {
    "OMPI_COMM_WORLD_LOCAL_RANK": "0",
    "OMPI_COMM_WORLD_LOCAL_SIZE": "2",
    "PMIX_NAMESPACE": "1660682241",
}
TORCHRUN = {
    "LOCAL_RANK": "0",
    "LOCAL_WORLD_SIZE": "8",
    "TORCHELASTIC_RUN_ID": "none",
    "TORCHELASTIC_RESTART_COUNT": "1",
    "MASTER_ADDR": "localhost",
    "MASTER_PORT": "29500",
}
needs_locks = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="this system has no pidfd: each rank meters"
)


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, None),
        (SRUN, LocalRanks("slurm  7.0", 4)),
        (SRUN | {"SLURM_STEP_TASKS_PER_NODE": "2(x3),1", "SLURM_NODEID": "2"}, ("slurm  7.0", 2)),
        (SRUN | {"SLURM_STEP_TASKS_PER_NODE": "2(x3),1", "SLURM_NODEID": "3"}, None),
        (SRUN | {"SLURM_STEP_TASKS_PER_NODE": "", "SLURM_NTASKS_PER_NODE": "3"}, ("slurm  7.0", 3)),
        (SRUN | {"SLURM_STEP_TASKS_PER_NODE": "9(x9999999999999999999),x"}, None),
        ({k: v for k, v in SRUN.items() if k != "SLURM_STEP_ID"}, None),  # a batch script
        (MPIRUN, ("mpirun 1660682241", 2)),
        (SRUN | MPIRUN, ("mpirun 1660682241", 2)),  # within a job
        (SRUN | MPIRUN | {"OMPI_COMM_WORLD_LOCAL_SIZE": "1"}, None),
        (TORCHRUN, ("torchrun none localhost 29500 1", 8)),
        (TORCHRUN | {"LOCAL_WORLD_SIZE": "no number"}, None),
        ({"LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "8"}, None),  # somebody's own variables
    ],
)
def test_the_launchers_variables_say_how_many_there_are(environ, found):
    assert local_ranks(environ) == found


def test_mpich_names_no_job_but_has_one_parent_for_all():
    found = local_ranks({"MPI_LOCALRANKID": "0", "MPI_LOCALNRANKS": "2"})
    assert found == (f"mpiexec {lineage.program(os.getppid())}", 2)


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    monkeypatch.setenv(registry.RUNTIME_VARIABLE, str(tmp_path / "runtime"))
    return tmp_path / "runtime"


RANKS = LocalRanks("a step", 2)


@needs_locks
def test_the_first_meters_and_the_others_follow_once_its_window_has_begun(runtime):
    lead = elect(RANKS)
    assert isinstance(lead, Lead)
    lead.begin()
    assert elect(RANKS) == Follower(lineage.program(os.getpid()))
    lead.close()
    assert list(runtime.iterdir()) == []


@needs_locks
def test_another_step_and_another_host_have_their_own(runtime, tmp_path, monkeypatch):
    boot = tmp_path / "boot"
    boot.write_text("of another machine")
    leads = [elect(RANKS), elect(LocalRanks("another step", 2))]
    monkeypatch.setenv(BOOT_ID_VARIABLE, str(boot))
    leads.append(elect(RANKS))
    assert all(isinstance(lead, Lead) for lead in leads)
    for lead in leads:
        lead.close()


@needs_locks
def test_one_that_follows_goes_on_where_the_first_ends_before_its_window_begins(runtime):
    lead = elect(RANKS)
    found = []
    follower = threading.Thread(target=lambda: found.append(elect(RANKS)))
    follower.start()
    while not lead._watched:
        lead.waits(0.0)
    os.close(lead._fd)  # as its end does
    follower.join()
    assert found == [Follower(None)]


@needs_locks
def test_the_first_waits_until_the_others_have_ended(runtime):
    lead = elect(RANKS)
    lead.begin()
    told, tell = os.pipe()
    rank = os.fork()
    if rank == 0:
        elect(RANKS)
        os.read(told, 1)
        os._exit(0)
    while len(lead._watched) == 0:
        assert lead.waits(0.01)
    assert lead.waits(0.01)
    os.write(tell, b"!")
    while lead.waits(1.0):
        pass
    os.waitpid(rank, 0)
    lead.close()


@needs_locks
def test_what_an_earlier_step_left_is_waited_for_by_nobody(runtime):
    first = elect(RANKS)
    first.begin()
    elect(RANKS)  # a rank of the first
    os.close(first._fd)  # killed
    again = elect(LocalRanks(RANKS.step, 1))
    assert isinstance(again, Lead)
    assert not again.waits(0.0)
    again.close()


@needs_locks
def test_within_the_command_of_one_that_is_metered_nobody_follows(runtime, monkeypatch):
    lead = elect(RANKS)
    lead.begin()
    monkeypatch.setattr(lineage, "within", lambda pid: (lineage.program(os.getpid()),))
    assert elect(RANKS) is None
    lead.close()


def test_each_meters_where_no_lock_can_be_had(tmp_path, monkeypatch):
    blocked = tmp_path / "a file"
    blocked.touch()
    monkeypatch.setenv(registry.RUNTIME_VARIABLE, str(blocked))
    assert elect(RANKS) is None


@needs_locks
def test_a_lead_in_another_container_is_followed_at_once_and_waits_for_none_there(
    runtime, monkeypatch
):
    lead = elect(RANKS)
    lead.begin()
    monkeypatch.setattr(election, "_namespace", lambda: 7)
    assert elect(RANKS) == Follower(None)  # its process id says nothing there
    monkeypatch.undo()
    while lead.waits(0.0):
        assert not lead._watched
    lead.close()
