"""The stand-in of /proc and of the control groups is read as they are."""

from __future__ import annotations

import re

import psutil
import pytest

from tests.testbench.proc_tree import ProcTree


def test_proc_tree_is_read_as_proc_is(proc_tree: ProcTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(proc_tree.proc))
    proc_tree.stat(busy_s=120.0, idle_s=360.0, steal_s=4.0, cpus=8)
    times = psutil.cpu_times()
    assert (times.user, times.idle, times.steal) == (120.0, 360.0, 4.0)
    assert [t.user for t in psutil.cpu_times(percpu=True)] == [15.0] * 8
    proc_tree.cpuinfo("Some Xeon", cpus=8)
    assert psutil.cpu_count(logical=False)
    text = (proc_tree.proc / "cpuinfo").read_text()
    assert re.findall(r"^model name\t: (.*)$", text, re.MULTILINE) == ["Some Xeon"] * 8


def test_proc_tree_has_both_forms_of_control_groups(proc_tree: ProcTree) -> None:
    proc_tree.cgroup_v2(usage_s=1.5, cpus=2.5, path="/a/b")
    assert (proc_tree.cgroup / "a/b/cpu.max").read_text() == "250000 100000\n"
    assert "usage_usec 1500000\n" in (proc_tree.cgroup / "a/b/cpu.stat").read_text()
    proc_tree.cgroup_v1(usage_s=1.5, path="/c")
    assert (proc_tree.cgroup / "cpu,cpuacct/c/cpu.cfs_quota_us").read_text() == "-1\n"
    assert (proc_tree.cgroup / "cpu,cpuacct/c/cpuacct.usage").read_text() == "1500000000\n"
    assert "cpu,cpuacct:/c\n" in (proc_tree.proc / "self/cgroup").read_text()
