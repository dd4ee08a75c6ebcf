"""Which of the agents that a host's workers start is at work, and until when."""

import os
import signal

import pytest

from jupyter_green.cluster.agent.election import agent_lock, workers_lock


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_one_agent_of_a_cluster_holds_the_lock_and_each_cluster_has_its_own():
    first, second, other = agent_lock("a"), agent_lock("a"), agent_lock("b")
    assert first.is_free()
    assert first.take()
    assert not second.take()
    assert not second.is_free()
    assert other.take()
    first.release()
    assert second.is_free()
    assert second.take()


def test_workers_hold_theirs_together_and_the_last_one_leaves_it_free():
    agents, *workers = (workers_lock("a") for _ in range(3))
    for each in workers:
        each.share()
    for each in workers:
        assert agents.may_be_held()
        each.release()
    assert not agents.may_be_held()
    late = workers_lock("a")  # looking has not kept it
    late.share()
    assert agents.may_be_held()


def test_a_worker_that_is_killed_holds_nothing():
    lock = workers_lock("a")
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        worker = workers_lock("a")
        worker.share()
        os.write(writing, b".")
        signal.pause()
        os._exit(0)
    os.read(reading, 1)
    assert lock.may_be_held()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert not lock.may_be_held()


def test_a_link_in_its_place_is_not_followed(folder):
    path = agent_lock("a").path
    path.unlink()
    path.symlink_to(folder / "elsewhere")
    with pytest.raises(OSError):
        agent_lock("a")
    assert not (folder / "elsewhere").exists()
