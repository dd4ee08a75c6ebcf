"""Why a service is not used: each reason has a remedy of its own, in plain words."""

import errno

import pytest

from jupyter_green.sampler.greeting import NOT_LET_IN, SERVICE, RefusedError, StrangerError
from jupyter_green.sampler.not_used import not_let_in, not_used

CASES = {
    "stopped": (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "nobody listens", "start jupyter"),
    "absent": (FileNotFoundError(errno.ENOENT, "No such file"), "No such file", "correct what nam"),
    "refused": (RefusedError("it is full"), "it is full", "shut down kernels"),
    "a stranger's": (StrangerError("it is another user's"), "another user", "one of your own"),
    "silent": (OSError("it does not answer"), "does not answer", "restart jupyter-green"),
}


@pytest.mark.parametrize(("error", "why", "remedy"), CASES.values(), ids=CASES)
def test_each_reason_has_its_remedy(error, why, remedy):
    found = not_used("/run/x/sock", error)
    assert found.id == SERVICE
    assert found.reason.startswith("the service at /run/x/sock is not used: ")
    assert why in found.reason
    assert remedy in found.remedy


def told(group, groups=()):
    return not_let_in(group, groups, NOT_LET_IN)


def test_who_is_not_in_its_group_is_told_which_it_is():
    why, remedy = told(1)  # daemon on every Linux
    assert why == NOT_LET_IN
    assert "`sudo usermod --append --groups daemon YOU`; then log in again" in remedy


def test_a_group_that_may_be_a_persons_is_told_by_its_number():
    assert "--groups 1000 YOU" in told(1000)[1]


def test_in_a_container_whose_groups_have_no_names_it_is_said_how_a_pod_gets_in():
    remedy = told(4217)[1]
    assert "a pod by `supplementalGroups: [4217]`, a container by `--group-add 4217`" in remedy
    assert "--groups 4217 YOU" in remedy
    assert "supplementalGroups" not in told(1)[1]


def test_who_has_been_let_in_since_is_told_to_log_in_again():
    why, remedy = told(1, groups=[1])
    assert "only after" in why
    assert remedy.startswith("Just log in again")
    assert "usermod" not in remedy


def test_where_root_alone_may_it_is_said_what_is_missing():
    assert "serve --group" in told(0)[1]


def test_in_a_folder_that_is_closed_the_group_is_not_known():
    found = not_used("/nowhere/at/all/sock", PermissionError(NOT_LET_IN))
    assert NOT_LET_IN in found.reason
    assert "whoever runs this machine" in found.remedy.lower()
