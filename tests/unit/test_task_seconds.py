"""How long tasks ran on each host, as a scheduler can tell; its clock is what the test says."""

import pytest

from jupyter_green.cluster.dask.task_seconds import BUSY, OTHERS, TaskSeconds

OWN, OTHER = "client-1", "client-2"


@pytest.fixture
def seconds():
    """Two workers of one thread on one host, and one of two threads on another."""
    made = TaskSeconds()
    for worker, threads, host in (("w1", 1, "aaaa"), ("w2", 1, "aaaa"), ("w3", 2, "bbbb")):
        made.joins(worker, threads, 0.0)
        made.place(worker, host)
    return made


def close(seconds, t_s, window="window"):
    """Return by host in how much time it was busy, what own tasks and what others have spent."""
    told = seconds.close(window, t_s)
    found = {host: {"busy_s": 0.0, "own": {}, "others": [0, 0.0]} for host in told["hosts"]}
    for host, whose, prefix, tasks, in_slices in told["rows"]:
        each = found.setdefault(host, {"busy_s": 0.0, "own": {}, "others": [0, 0.0]})
        spent = [tasks, pytest.approx(sum(in_slices))]
        if whose == BUSY:
            each["busy_s"] = spent[1]
        elif whose == OTHERS:
            each["others"] = spent
        else:
            each["own"][prefix] = spent
    return found


def run(seconds, key, worker, span, prefix="sum", client=OWN):
    """Have a task sent when it begins, and heard of when it ends."""
    seconds.sent(key, worker, prefix, client, span[0])
    seconds.ended(key, [span], span[1])


def test_seconds_are_told_by_host_and_prefix(seconds):
    seconds.open("window", OWN, 10.0)
    seconds.sent("a", "w1", "sum", OWN, 10.0)
    seconds.sent("b", "w2", "sum", OWN, 10.5)
    seconds.ended("a", [(10.0, 11.0)], 11.0)
    run(seconds, "c", "w3", (11.0, 11.5), "read")
    seconds.ended("b", [(10.5, 12.5)], 12.5)
    found = close(seconds, 14.0)
    assert found["aaaa"] == {"busy_s": 2.5, "own": {"sum": [2, 3.0]}, "others": [0, 0.0]}
    assert found["bbbb"] == {"busy_s": 0.5, "own": {"read": [1, 0.5]}, "others": [0, 0.0]}
    assert seconds.close("window", 15.0) == {}  # it has ended


def test_seconds_are_told_by_slices_of_the_window_which_grow_as_it_does(seconds):
    seconds.open("window", OWN, 10.0)
    run(seconds, "a", "w1", (10.05, 10.25))
    run(seconds, "b", "w1", (10.25, 10.3))
    told = seconds.close("window", 11.0)
    assert told["slice_s"] == 0.1
    (in_slices,) = [row[4] for row in told["rows"] if row[1] == "own"]
    assert in_slices[:3] == pytest.approx([0.05, 0.1, 0.1])
    assert sum(in_slices) == pytest.approx(0.25)

    seconds.open("window", OWN, 10.0)
    for n in range(1, 3601):
        run(seconds, n, "w1", (10.0 + n - 0.5, 10.0 + n))
    told = seconds.close("window", 3610.0)
    assert told["slice_s"] == 51.2
    for row in told["rows"]:
        assert len(row[4]) <= 128
        assert sum(row[4]) == pytest.approx(1800.0)
        assert row[4][:-1] == pytest.approx([25.6] * (len(row[4]) - 1), abs=0.5)


def test_a_task_counts_with_its_part_in_the_window(seconds):
    seconds.sent("before", "w1", "sum", OWN, 8.0)
    seconds.open("window", OWN, 10.0)
    seconds.ended("before", [(8.0, 10.5)], 10.5)
    seconds.sent("after", "w1", "sum", OWN, 13.0)
    found = close(seconds, 14.0)
    seconds.ended("after", [(13.0, 20.0)], 20.0)
    assert found["aaaa"]["own"] == {"sum": [2, 1.5]}
    assert found["aaaa"]["busy_s"] == 1.5


def test_other_clients_tasks_have_no_prefix_here(seconds):
    seconds.open("window", OWN, 0.0)
    run(seconds, "a", "w1", (0.0, 1.0))
    run(seconds, "b", "w2", (1.0, 3.0), "secret", OTHER)
    run(seconds, "c", "w2", (3.0, 4.0), "unknown", None)
    found = close(seconds, 5.0)
    assert found["aaaa"] == {"busy_s": 4.0, "own": {"sum": [1, 1.0]}, "others": [2, 3.0]}


def test_each_window_has_its_own_clients_tasks(seconds):
    seconds.open("window", OWN, 0.0)
    seconds.open("theirs", OTHER, 1.0)
    run(seconds, "a", "w1", (0.0, 2.0))
    assert close(seconds, 2.0)["aaaa"]["own"] == {"sum": [1, 2.0]}
    found = close(seconds, 2.0, "theirs")["aaaa"]
    assert found == {"busy_s": 1.0, "own": {}, "others": [1, 1.0]}


def test_a_task_that_waits_for_a_thread_does_not_run(seconds):
    seconds.open("window", OWN, 0.0)
    for key in "abcd":
        seconds.sent(key, "w3", "sum", OWN, 0.0)
    seconds.ended("a", [(0.0, 1.0)], 1.0)
    found = close(seconds, 3.0)  # b since 0 s, c since 1 s, d not yet
    assert found["bbbb"]["own"] == {"sum": [3, 1.0 + 3.0 + 2.0]}


def test_tasks_may_end_in_another_order_than_they_were_sent(seconds):
    seconds.open("window", OWN, 0.0)
    seconds.sent("first", "w1", "sum", OWN, 0.0)
    seconds.sent("second", "w1", "read", OWN, 0.0)
    seconds.ended("second", [(0.0, 2.0)], 2.0)
    found = close(seconds, 3.0)
    assert found["aaaa"]["own"] == {"read": [1, 2.0], "sum": [1, 1.0]}


def test_what_ran_on_a_worker_that_was_lost_has_run_until_then(seconds):
    seconds.open("window", OWN, 0.0)
    for key in "ab":
        seconds.sent(key, "w1", "sum", OWN, 1.0)
    seconds.leaves("w1", 3.0)
    seconds.ended("a", [], 3.0)  # the scheduler's own transition, after its worker has gone
    run(seconds, "a", "w2", (3.0, 4.0))
    found = close(seconds, 5.0)
    assert found["aaaa"]["own"] == {"sum": [2, 3.0]}
    assert found["aaaa"]["busy_s"] == 3.0


def test_a_task_that_another_worker_takes_runs_there(seconds):
    seconds.open("window", OWN, 0.0)
    seconds.sent("runs", "w1", "sum", OWN, 0.0)
    seconds.sent("waits", "w1", "read", OWN, 0.0)
    seconds.moved("waits", "w3", 1.0)
    found = close(seconds, 2.0)
    assert found["aaaa"] == {"busy_s": 2.0, "own": {"sum": [1, 2.0]}, "others": [0, 0.0]}
    assert found["bbbb"] == {"busy_s": 1.0, "own": {"read": [1, 1.0]}, "others": [0, 0.0]}


@pytest.mark.parametrize("off_s", [-2.0, -0.5, 0.0, 0.5, 30.0])
def test_a_workers_clock_that_is_off_takes_no_seconds_from_its_task(seconds, off_s):
    seconds.open("window", OWN, 0.0)
    seconds.sent("a", "w1", "sum", OWN, 0.1)
    seconds.ended("a", [(0.1 + off_s, 4.1 + off_s)], 4.2)
    assert close(seconds, 10.0)["aaaa"]["own"]["sum"] == [1, 4.0]


def test_a_host_with_nothing_to_do_is_told_as_well(seconds):
    run(seconds, "a", "w1", (0.0, 1.0))
    seconds.open("window", OWN, 2.0)
    idle = {"busy_s": 0.0, "own": {}, "others": [0, 0.0]}
    assert close(seconds, 3.0) == {"aaaa": idle, "bbbb": idle}


def test_a_worker_that_joins_within_the_window_is_told_by_its_address(seconds):
    seconds.open("window", OWN, 0.0)
    seconds.joins("w4", 1, 1.0)
    run(seconds, "a", "w4", (1.0, 2.0))
    assert close(seconds, 3.0)["w4"]["own"] == {"sum": [1, 1.0]}


def test_a_busy_worker_takes_its_time_to_the_host_that_it_names(seconds):
    seconds.joins("w4", 1, 0.0)
    seconds.open("window", OWN, 0.0)
    seconds.sent("a", "w4", "sum", OWN, 1.0)
    seconds.place("w4", "aaaa")
    seconds.ended("a", [(1.0, 3.0)], 3.0)
    found = close(seconds, 4.0)
    assert found["aaaa"] == {"busy_s": 2.0, "own": {"sum": [1, 2.0]}, "others": [0, 0.0]}
    assert "w4" not in found


def test_the_windows_of_a_client_that_has_gone_are_forgotten(seconds):
    seconds.open("window", OWN, 0.0)
    seconds.drop(OTHER)
    seconds.drop(OWN)
    assert seconds.close("window", 1.0) == {}
