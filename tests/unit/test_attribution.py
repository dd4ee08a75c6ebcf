"""The kernel's own share: how much, how sure, and when nothing can be told."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from jupyter_green.meter.attribution import (
    attribute,
    cpu_share,
    earlier_work,
    foreign,
    gpu_share,
    host_busy,
    is_estimated,
    origin_unclear,
)
from jupyter_green.report.fields import DomainReport
from jupyter_green.sampler.host_load import HostLoad
from jupyter_green.sampler.load import Load
from jupyter_green.sources.base import Provenance

BEGIN = Load(5_000_000_000, 1000.0, 300.0, 4)


def after(seconds, *, host_s, tree_s, unclear_s=0.0, **more):
    """The load at the end of a window on a host of four CPUs."""
    return Load(
        BEGIN.t_ns + round(seconds * 1e9),
        BEGIN.host_busy_s + host_s,
        BEGIN.tree_busy_s + tree_s,
        4,
        unclear_s,
        **more,
    )


def domain(id_, energy_j, uncertainty_j=0.0, *, counted=True, provenance=Provenance.COUNTER):
    return DomainReport(id_, "", "", energy_j, uncertainty_j, 0.0, provenance, 0.001, counted)


# --- CPU time -------------------------------------------------------------------------------


def test_the_share_is_one_of_busy_time():
    share, error = cpu_share(BEGIN, after(10.0, host_s=20.0, tree_s=5.0))
    assert share == pytest.approx(0.25)
    assert 0 < error < 0.02


def test_ticks_never_make_more_than_all_or_less_than_nothing():
    assert cpu_share(BEGIN, after(1.0, host_s=1.0, tree_s=1.004))[0] == 1.0
    assert cpu_share(BEGIN, after(1.0, host_s=1.0, tree_s=0.0))[0] == 0.0


def test_the_interval_is_as_wide_as_it_was_measured_to_be():
    """Two busy CPUs, half of it ours: 1 to 1.4 points at 200 ms and 0.4 at 1 s were seen."""
    cpus = 2
    begin = Load(0, 0.0, 0.0, cpus)

    def error(seconds):
        end = Load(round(seconds * 1e9), cpus * seconds, seconds, cpus)
        return cpu_share(begin, end)[1]

    assert 0.012 < error(0.2) < 0.03
    assert 0.003 < error(1.0) < 0.006


def test_a_window_of_a_tick_and_an_idle_host_tell_nothing():
    assert cpu_share(BEGIN, after(0.01, host_s=0.02, tree_s=0.01)) is None
    assert cpu_share(BEGIN, after(0.01, host_s=0.0, tree_s=0.0)) is None
    assert cpu_share(BEGIN, after(30.0, host_s=0.03, tree_s=0.02)) is None


def test_bursts_of_others_make_the_share_less_sure():
    steady = cpu_share(BEGIN, after(1.0, host_s=4.0, tree_s=1.0))[1]
    bursts = cpu_share(BEGIN, after(1.0, host_s=2.0, tree_s=0.5))[1]
    assert bursts > 2 * steady


def test_the_share_of_real_processes():
    """Two equal loads on one CPU, one of them ours."""
    code = (
        "import os, sys, time; cpu = min(os.sched_getaffinity(0)); os.sched_setaffinity(0, {cpu})\n"
        "print('ready', flush=True)\n"
        "while True: pass"
    )
    loads = [
        subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    try:
        for load in loads:
            load.stdout.readline()
        ours, theirs = (HostLoad(load.pid) for load in loads)
        first, other_first = ours.read(), theirs.read()
        time.sleep(1.0)
        last, other_last = ours.read(), theirs.read()
    finally:
        for load in loads:
            load.kill()
            load.wait()
    share, error = cpu_share(first, last)
    other_share, other_error = cpu_share(other_first, other_last)
    # Whatever else runs here, the two have an equal share and no more than all.
    assert share == pytest.approx(other_share, abs=0.15)
    assert 0 < share + other_share < 1 + error + other_error


# --- joules ---------------------------------------------------------------------------------


def test_the_processors_joules_are_divided_by_cpu_time():
    end = after(10.0, host_s=20.0, tree_s=5.0)
    domains = [
        domain("cpu:0/package", 400.0),
        domain("cpu:0/dram", 40.0),
        domain("cpu:0/core", 300.0, counted=False),
        domain("psys", 900.0, counted=False),
        domain("gpu:0", 5000.0),
    ]
    share = attribute(BEGIN, end, domains, {})
    assert share.cpu_share == pytest.approx(0.25)
    assert share.energy_j == pytest.approx(110.0)
    assert share.uncertainty_j == pytest.approx(share.cpu_share_uncertainty * 440.0)
    assert share.gpu_share == {}


def test_a_gpus_joules_are_divided_where_the_driver_tells():
    end = after(10.0, host_s=20.0, tree_s=5.0)
    domains = [domain("cpu:0/package", 400.0, 8.0), domain("gpu:0", 5000.0, 50.0)]
    share = attribute(BEGIN, end, domains, {"gpu:0": 0.6, "gpu:1": float("nan")})
    assert share.energy_j == pytest.approx(100.0 + 3000.0)
    cpu_error_j = share.cpu_share_uncertainty * 400.0
    assert share.uncertainty_j == pytest.approx((cpu_error_j**2 + 2.0**2 + 30.0**2) ** 0.5)
    assert share.gpu_share == {"gpu:0": 0.6}


def test_nothing_to_divide_and_nothing_to_tell():
    end = after(10.0, host_s=20.0, tree_s=5.0)
    assert attribute(BEGIN, end, [domain("gpu:0", 5000.0)], {}) is None
    short = after(0.01, host_s=0.01, tree_s=0.01)
    assert attribute(BEGIN, short, [domain("cpu:0/package", 1.0)], {}) is None


def test_an_estimate_of_the_whole_machine_is_divided_as_a_measurement_is():
    end = after(10.0, host_s=20.0, tree_s=5.0)
    estimated = [domain("cpu", 400.0, 8.0, provenance=Provenance.ESTIMATE)]
    measured = [domain("cpu", 400.0, 8.0)]
    assert is_estimated(estimated)
    assert not is_estimated(measured)
    assert attribute(BEGIN, end, estimated, {}) == attribute(BEGIN, end, measured, {})


def test_an_estimate_of_a_container_is_divided_by_the_containers_time():
    begin = replace(BEGIN, container_busy_s=70.0, container_cpus=2)
    end = after(10.0, host_s=40.0, tree_s=6.0, container_busy_s=78.0, container_cpus=2)
    domains = [domain("cpu", 400.0, provenance=Provenance.ESTIMATE)]
    share = attribute(begin.in_container(), end.in_container(), domains, {})
    assert share.cpu_share == pytest.approx(0.75)
    assert host_busy(begin, end)  # most of the host's work was others', outside the container
    assert not host_busy(begin.in_container(), end.in_container())
    assert BEGIN.in_container() is BEGIN


# --- others ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host_s", "tree_s", "busy"),
    [
        (20.0, 5.0, True),  # three quarters were others'
        (20.0, 11.0, False),  # most was ours
        (1.5, 0.0, False),  # others, but less than 5 % of four CPUs
        (4.0, 0.5, True),
    ],
)
def test_a_host_that_is_busy_with_others(host_s, tree_s, busy):
    assert host_busy(BEGIN, after(10.0, host_s=host_s, tree_s=tree_s)) == busy


def test_what_may_be_ours_is_not_said_to_be_others_and_makes_the_share_less_sure():
    end = after(10.0, host_s=20.0, tree_s=5.0, unclear_s=2.0)
    share, error = cpu_share(BEGIN, end)
    assert share - error < 0.25
    assert share + error > 0.35
    assert origin_unclear(BEGIN, end)
    most = after(10.0, host_s=20.0, tree_s=0.2, unclear_s=19.0)
    assert cpu_share(BEGIN, most) is None
    assert not host_busy(BEGIN, most)
    assert origin_unclear(BEGIN, most)
    assert not origin_unclear(BEGIN, after(10.0, host_s=20.0, tree_s=5.0, unclear_s=0.5))


@pytest.mark.parametrize(
    ("tree_s", "standing_s", "own_s", "earlier"),
    [
        (5.0, 5.0, 0.01, True),  # slept, while what there was before worked
        (5.0, 5.0, 5.0, False),  # worked itself
        (5.0, 5.0, 2.0, False),  # both
        (5.0, 0.1, 0.01, False),  # what it has started did the work
        (0.05, 0.05, 0.0, False),  # nobody did anything
        (5.0, 5.0, None, False),  # begun by another thread: not known
    ],
)
def test_work_of_what_was_there_before(tree_s, standing_s, own_s, earlier):
    end = after(10.0, host_s=6.0, tree_s=tree_s, standing_busy_s=standing_s)
    assert earlier_work(BEGIN, end, own_s) == earlier


def test_too_short_to_tell_is_not_busy():
    assert not host_busy(BEGIN, after(0.01, host_s=0.02, tree_s=0.0))


@pytest.fixture
def host(tmp_path):
    """A procfs in which the test says who lives and what they have open."""

    class Host:
        root = tmp_path / "proc"

        def process(self, pid, *devices):
            folder = self.root / str(pid) / "fd"
            folder.mkdir(parents=True)
            for number, device in enumerate(devices):
                (folder / str(number)).symlink_to(device)

    return Host()


def test_a_process_that_is_not_ours_is_foreign(host):
    for pid in (100, 101, 200):
        host.process(pid, "/dev/nvidia0", "/dev/nvidia-uvm")
    assert foreign([100, 101], {100, 101}, host.root) == frozenset()
    assert foreign([100, 200], {100, 101}, host.root) == {200}
    assert foreign([], {100}, host.root) == frozenset()


def test_one_that_is_hidden_from_us_is_foreign_if_we_see_ourselves(host):
    host.process(100, "/dev/nvidia-uvm")
    assert foreign([100, 999], {100}, host.root) == {999}


@pytest.mark.parametrize("device", ["/dev/nvidia-uvm", "/dev/kfd"])
def test_in_a_container_any_of_them_may_be_ourselves(host, device):
    host.process(7, device)
    assert foreign([40001, 40002], {7}, host.root) == frozenset()


def test_in_a_container_they_are_foreign_if_we_do_not_use_the_gpu(host):
    host.process(7, "/dev/nvidia0", "/dev/nvidiactl")  # what a reader of NVML has open
    assert foreign([40001], {7}, host.root) == {40001}


def test_the_share_of_a_gpu(host):
    host.process(100, "/dev/nvidia-uvm")
    host.process(200)
    assert gpu_share([(100, 30.0), (101, 30.0), (200, 20.0)], {100, 101}, host.root) == 0.75
    assert gpu_share([(200, 20.0)], {100}, host.root) == 0.0
    assert gpu_share([(100, 0.0)], {100}, host.root) is None
    assert gpu_share([], {100}, host.root) is None
    assert gpu_share([(40001, 20.0)], {100}, host.root) is None


def test_real_processes_are_found_in_procfs():
    assert foreign([os.getpid(), os.getppid()], {os.getpid()}) == {os.getppid()}
