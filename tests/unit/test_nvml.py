"""The NVML source: the real pynvml on the stand-in driver, in a process of its own."""

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pynvml
import pytest

from jupyter_green.meter.own_gpus import own_gpus
from jupyter_green.sources.base import Conditions, Provenance
from tests.testbench.waiting import until

CHECKOUT = Path(__file__).parents[2]
DEADLINE_S = 10.0

READER = """
import pickle, sys
from jupyter_green.sampler import messages
from jupyter_green.sources import nvml
found = nvml.probe()
source = found.source
for line in sys.stdin:
    sys.stdout.buffer.write(pickle.dumps(eval(line)))
    sys.stdout.buffer.flush()
"""


class Child:
    """A process that has probed NVML; it evaluates what it is asked."""

    def __init__(self, env):
        self.process = subprocess.Popen(
            [sys.executable, "-c", READER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=env,
            cwd=CHECKOUT,
        )
        self("None")  # it has probed

    def __call__(self, expression):
        self.process.stdin.write(expression.encode() + b"\n")
        self.process.stdin.flush()
        return pickle.load(self.process.stdout)

    @property
    def domains(self):
        return {domain.id: domain for domain in self("source and source.domains") or ()}

    @property
    def missing(self):
        return self("found.missing")

    def own(self, **environ):
        """What of it is a program's that has this environment."""
        return own_gpus(tuple(self.domains.values()), environ=environ)

    def close(self):
        self.process.stdin.close()
        self.process.wait(DEADLINE_S)
        self.process.stdout.close()


def without_cuda():
    """This process's environment, its choice of GPUs taken away."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CUDA_")}


@pytest.fixture
def probed(nvml):
    """Probe the GPUs of the truth in a child, its environment changed as asked."""
    children = []

    def start(**environ):
        children.append(Child(without_cuda() | nvml.env | environ))
        return children[-1]

    yield start
    for child in children:
        child.close()


# --- energy ---------------------------------------------------------------------------------


def test_a_reading_has_the_counter_and_the_power_and_a_poll_the_counter_alone(truth, probed):
    device = truth.add("gpu:0", power_w=250.0, offset=12_345, refresh_s=0.0)
    child = probed()
    domain = child.domains["gpu:0"]
    assert (domain.provenance, domain.unit_j, domain.flags) == (Provenance.COUNTER, 1e-3, ())
    assert domain.counted
    before_ns = time.monotonic_ns()
    reading, polled = child("source.read(0)"), child("source.poll(0)")
    after_ns = time.monotonic_ns()
    assert before_ns < reading.t_ns < polled.t_ns < after_ns
    low, high = device.counter(before_ns), device.counter(after_ns)
    assert low <= reading.counter <= polled.counter <= high
    assert reading.power_w == 250.0
    assert polled.power_w is None


def test_a_counter_is_not_lost_with_the_power(truth, probed):
    device = truth.add("gpu:0", power_w=250.0)
    child = probed()
    device.set(has_power=False, has_power_fields=False)
    reading = child("source.read(0)")
    assert reading.error is None
    assert reading.counter is not None
    assert reading.power_w is None


def test_a_gpu_without_a_counter_gives_its_power(truth, probed):
    truth.add("gpu:0", power_w=90.0, has_energy=False, label="Tesla P100", architecture=4)
    child = probed()
    assert child.domains["gpu:0"].provenance is Provenance.POWER
    for reading in (child("source.read(0)"), child("source.poll(0)")):
        assert (reading.counter, reading.power_w, reading.error) == (None, 90.0, None)


def test_a_vgpu_without_energy_and_power_is_missing_and_the_others_are_not(truth, probed):
    truth.add("gpu:0", power_w=1.0, has_energy=False, has_power=False, has_power_fields=False)
    truth.add("gpu:1", power_w=1.0)
    child = probed()
    assert list(child.domains) == ["gpu:1"]
    (missing,) = child.missing
    assert missing.id == "gpu:0"
    assert "Not Supported" in missing.reason
    assert "on the host" in missing.remedy


def test_volta_is_refreshed_more_often(truth, probed):
    truth.add("gpu:0", power_w=1.0, architecture=pynvml.NVML_DEVICE_ARCH_VOLTA)
    truth.add("gpu:1", power_w=1.0, architecture=pynvml.NVML_DEVICE_ARCH_AMPERE)
    domains = probed().domains
    assert [domains[id_].resolution_s for id_ in ("gpu:0", "gpu:1")] == [0.02, 0.1]


# --- which power ----------------------------------------------------------------------------


def stepped(truth, **knobs):
    """A GPU on which the present power is 400 W and the mean of the last minute is not."""
    device = truth.add("gpu:0", power_w=100.0, refresh_s=0.0, power_window_s=60.0, **knobs)
    device.set_power(400.0)
    return device


@pytest.mark.parametrize(
    ("knobs", "kind", "is_instant"),
    [
        ({}, "instant", True),
        ({"has_instant_power": False}, "average", False),
        ({"has_power_fields": False}, "average", False),
        ({"has_power_fields": False, "architecture": 8}, "average", False),
        # GA100 and before: the plain reading is the present power
        ({"has_power_fields": False, "architecture": 7}, "instant", False),
        ({"has_power_fields": False, "architecture": 5}, "instant", False),
        ({"has_power_fields": False, "architecture": 99}, "", False),
    ],
)
def test_the_present_power_is_preferred_and_its_kind_is_told(
    truth, probed, knobs, kind, is_instant
):
    stepped(truth, **knobs)
    child = probed()
    assert child.domains["gpu:0"].power_kind == kind
    power_w = child("source.read(0)").power_w
    assert power_w == 400.0 if is_instant else 100.0 <= power_w < 380.0


def test_a_passing_fault_while_probing_does_not_cost_the_better_sensor(truth, probed):
    device = stepped(truth)
    device.fail()
    child = probed()
    assert child.domains["gpu:0"].provenance is Provenance.COUNTER
    device.set(failing=None)
    assert child("source.read(0)").power_w == 400.0


def test_a_superchip_shows_its_module_and_its_memory_beside_the_gpu(truth, probed):
    truth.add("gpu:0", power_w=250.0)
    truth.add("gpu:0/module", power_w=390.0)
    truth.add("gpu:0/memory", power_w=40.0, power_window_s=0.0, has_instant_power=False)
    truth.add("gpu:1", power_w=100.0)
    child = probed()
    assert list(child.domains) == ["gpu:0", "gpu:1", "gpu:0/module", "gpu:0/memory"]
    assert child("source.read(0)").power_w == 250.0
    module, memory = child.domains["gpu:0/module"], child.domains["gpu:0/memory"]
    for domain in (module, memory):
        assert (domain.counted, domain.provenance) == (False, Provenance.POWER)
    assert (module.power_kind, memory.power_kind) == ("instant", "average")
    assert "CPU" in module.note
    assert "part of the GPU" in memory.note
    for index, power_w in ((2, 390.0), (3, 40.0)):
        reading = child(f"source.read({index})")
        assert (reading.counter, reading.power_w) == (None, power_w)
        assert child(f"source.poll({index})").power_w == power_w
        assert child(f"source.conditions({index})") is None


def test_a_scope_that_shows_nothing_is_none(truth, probed):
    truth.add("gpu:0", power_w=250.0)
    truth.add("gpu:0/module", power_w=0.0)
    assert list(probed().domains) == ["gpu:0"]


# --- which GPUs -----------------------------------------------------------------------------


@pytest.fixture
def two(truth):
    """Two GPUs of one model, their UUIDs alike at the beginning."""
    truth.add("gpu:0", power_w=70.0, uuid="GPU-aaaa0000-1111-2222-3333-444455556666")
    truth.add("gpu:1", power_w=90.0, uuid="GPU-aaaa1111-1111-2222-3333-444455556666")
    return truth


@pytest.mark.parametrize(
    ("visible", "ids", "reason"),
    [
        ("0,1", ["gpu:0", "gpu:1"], None),
        ("1", ["gpu:1"], None),
        ("1,0", ["gpu:0", "gpu:1"], None),
        ("1,1", ["gpu:1"], None),
        ("GPU-aaaa1111-1111-2222-3333-444455556666", ["gpu:1"], None),
        ("GPU-aaaa1", ["gpu:1"], None),
        ("GPU-aaaa", [], "'GPU-aaaa'"),
        ("GPU-bbbb", [], "'GPU-bbbb'"),
        ("", [], "hides every GPU"),
        ("-1", [], "'-1' hides every GPU"),
        ("1,-1,0", ["gpu:1"], None),
        ("NoDevFiles", [], "'NoDevFiles'"),
        ("1,7,0", ["gpu:1"], "'7'"),
        ("MIG-aaaa", [], "'MIG-aaaa'"),
    ],
)
def test_cuda_visible_devices_chooses(two, probed, visible, ids, reason):
    own = probed().own(CUDA_VISIBLE_DEVICES=visible)
    assert [domain.id for domain in own.domains] == ids
    assert own.hidden == {"gpu:0", "gpu:1"} - set(ids)
    assert all(domain.flags == () for domain in own.domains)
    if reason is None:
        assert own.missing(()) == ()
    else:
        (missing,) = own.missing(())
        assert reason in missing.reason
        assert "CUDA_VISIBLE_DEVICES" in missing.remedy


@pytest.mark.parametrize("environ", [{}, {"CUDA_VISIBLE_DEVICES": "1"}])
def test_all_gpus_are_read_whatever_cuda_is_told(two, probed, environ):
    """It may be told something else as soon as metering has begun."""
    child = probed(**environ)
    assert list(child.domains) == ["gpu:0", "gpu:1"]
    assert [domain.board for domain in child.domains.values()] == [d.uuid for d in two.devices]
    assert list(child.own().domains) == list(child.domains.values())


def test_a_mig_device_is_the_whole_board_and_says_so(two, probed):
    two["gpu:1"].set(mig_devices=2)
    part = two["gpu:1"].uuid.removeprefix("GPU-")[:-2]
    child = probed()
    assert child.domains["gpu:1"].parts == (f"MIG-{part}00", f"MIG-{part}01")
    for visible in (f"MIG-{part}01", f"MIG-{part}00", f"MIG-{two['gpu:1'].uuid}/7/0", "1"):
        (domain,) = child.own(CUDA_VISIBLE_DEVICES=visible).domains
        assert (domain.id, domain.flags) == ("gpu:1", ("whole-board",))
        assert "whole board" in domain.note
        assert domain.counted
    assert child("source.read(1)").counter is not None
    assert child.own(CUDA_VISIBLE_DEVICES=f"MIG-{part}05").domains == ()


def test_a_board_in_mig_mode_is_flagged_where_no_gpu_is_named(two, probed):
    two["gpu:0"].set(mig_devices=1)
    domains = probed().domains
    assert [domains[id_].flags for id_ in ("gpu:0", "gpu:1")] == [("whole-board",), ()]


@pytest.mark.parametrize(
    ("environ", "flags"),
    [
        ({"CUDA_VISIBLE_DEVICES": "1"}, {"gpu:1": ("device-order",)}),
        ({"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}, {"gpu:1": ()}),
        ({"CUDA_VISIBLE_DEVICES": "GPU-aaaa1"}, {"gpu:1": ()}),
        # whichever is which, both are metered
        ({"CUDA_VISIBLE_DEVICES": "0,1"}, {"gpu:0": (), "gpu:1": ()}),
        ({}, {"gpu:0": (), "gpu:1": ()}),
    ],
)
def test_an_index_among_different_gpus_is_doubtful(two, probed, environ, flags):
    two["gpu:0"].set(label="NVIDIA T400")
    own = probed().own(**environ)
    assert {domain.id: domain.flags for domain in own.domains} == flags
    if any(flags.values()):
        (missing,) = own.missing(())
        assert "CUDA_DEVICE_ORDER=PCI_BUS_ID" in missing.remedy
    else:
        assert own.missing(()) == ()


# --- faults ---------------------------------------------------------------------------------


def test_a_gpu_lost_before_the_probe_takes_no_other_with_it(two, probed):
    two["gpu:0"].lose()
    child = probed()
    assert list(child.domains) == ["gpu:1"]
    (missing,) = child.missing
    assert (missing.id, "GPU is lost" in missing.reason) == ("gpu:0", True)
    assert child.own(CUDA_VISIBLE_DEVICES="1").missing((missing,)) == ()
    named = child.own(CUDA_VISIBLE_DEVICES="0").missing((missing,))
    assert [m.id for m in named] == ["gpu:0", "nvml"]


def test_a_gpu_lost_while_reading_is_an_error_of_its_own(two, probed):
    child = probed()
    two["gpu:0"].lose()
    lost = child("source.read(0)")
    assert "GPU is lost" in lost.error
    assert (lost.counter, lost.power_w) == (None, None)
    assert child("source.poll(0)").error == lost.error
    assert child("source.conditions(0)") == Conditions()
    assert child("source.read(1)").error is None


def test_an_unknown_error_passes(truth, probed):
    device = truth.add("gpu:0", power_w=1.0)
    child = probed()
    device.fail()
    assert child("source.read(0)").error.startswith("energy of gpu:0: ")
    device.set(failing=None)
    assert child("source.read(0)").error is None


def test_without_permission_the_gpu_is_missing_and_says_why(truth, probed):
    device = truth.add("gpu:0", power_w=1.0, nvml_error=pynvml.NVML_ERROR_NO_PERMISSION)
    device.fail()
    child = probed()
    (missing,) = child.missing
    assert (missing.id, child.domains) == ("gpu:0", {})
    assert "Insufficient Permissions" in missing.reason
    assert "does not let this user" in missing.remedy


def test_permission_lost_while_reading_is_an_error(truth, probed):
    device = truth.add("gpu:0", power_w=1.0, nvml_error=pynvml.NVML_ERROR_NO_PERMISSION)
    child = probed()
    device.fail()
    assert "Insufficient Permissions" in child("source.read(0)").error


def test_no_library_no_driver_and_no_gpu_are_told_apart(truth, nvml, probed):
    (no_gpu,) = probed().missing
    assert "no GPU" in no_gpu.reason
    nvml.fail_init(pynvml.NVML_ERROR_DRIVER_NOT_LOADED)
    (no_driver,) = probed().missing
    assert "Driver Not Loaded" in no_driver.reason
    (no_library,) = probed(LD_LIBRARY_PATH="").missing
    assert "libnvidia-ml.so.1" in no_library.reason


def test_a_reloaded_driver_is_joined_again(two, probed):
    child = probed()
    two["gpu:1"].set(power_window_s=0.0)
    before = child("source.read(1)").counter
    two.load_driver()
    assert "Uninitialized" in child("source.read(1)").error
    for index in (0, 1):
        assert child(f"source.read({index})").error is None
    assert child("source.poll(1)").counter <= before + 90_000 * DEADLINE_S
    assert child("source.conditions(0)").temperature_c == 45.0


def test_a_driver_that_stays_away_is_asked_for_seldom(truth, probed):
    truth.add("gpu:0", power_w=1.0)
    child = probed()
    truth.unload_driver()
    assert "Driver Not Loaded" in child("source.read(0)").error
    # The first attempt to join: it gives NVML back and cannot start it again.
    assert "Uninitialized" in child("source.poll(0)").error
    truth.load_driver()
    assert child("source.poll(0)").error  # too early for a second one
    assert child("setattr(nvml, 'REATTACH_INTERVAL_S', 0.0)") is None
    assert child("source.poll(0)").error is None


def test_a_gpu_that_comes_back_later_than_the_driver_is_joined_then(two, probed):
    child = probed()
    two["gpu:1"].lose()
    two.load_driver()
    child("setattr(nvml, 'REATTACH_INTERVAL_S', 0.0)")
    assert child("source.read(0)").error
    assert child("source.read(0)").error is None
    assert child("source.read(1)").error
    assert child("source.conditions(1)") == Conditions()
    two["gpu:1"].set(lost_ns=None)
    assert child("source.read(1)").error is None
    assert child("source.conditions(1)").temperature_c == 45.0


def test_closing_after_the_driver_went_away_is_quiet(truth, probed):
    truth.add("gpu:0", power_w=1.0)
    child = probed()
    truth.unload_driver()
    assert child("source.close()") is None
    assert child("source.close()") is None


# --- names and older libraries --------------------------------------------------------------


def test_a_name_that_is_no_text_costs_nothing_but_its_strange_letters(truth, probed):
    truth.add("gpu:0", power_w=70.0, label=b"NVIDIA \xff\xfe A100")
    truth.add("gpu:1", power_w=90.0)
    child = probed()
    assert [d.device for d in child.domains.values()] == [
        "NVIDIA \ufffd\ufffd A100",
        "NVIDIA H100 PCIe",
    ]
    assert child.missing == ()
    assert child("source.read(0)").error is None


def test_a_pynvml_that_gives_bytes_meters_as_today_s_does(truth, nvml_here, monkeypatch):
    """The whole way to the report: a name in bytes once ended the sampler."""
    truth.add("gpu:0", power_w=100.0, pids=[1])
    old = CHECKOUT / "tests/testbench/old_pynvml"
    monkeypatch.setenv("PYTHONPATH", str(old))
    child = Child(os.environ | {"PYTHONPATH": str(old)})
    try:
        (domain,) = child.domains.values()
        assert (domain.device, domain.board) == ("NVIDIA H100 PCIe", truth["gpu:0"].uuid)
        assert child("source.read(0)").power_w == 100.0
        conditions = child("source.conditions(0)")
        assert (conditions.utilization_percent, conditions.process_ids) == (50.0, (1,))
        assert child("messages.encode(messages.hello(source.domains, ()))")
    finally:
        child.close()


# --- what it is doing -----------------------------------------------------------------------


def test_conditions_are_what_the_driver_says(truth, probed):
    truth.add(
        "gpu:0", power_w=1.0, utilization_percent=73, temperature_c=61, power_limit_w=300.0,
        pids=[41, 40], graphics_pids=[40, 39], sm_percents=[50, 20],
    )  # fmt: skip
    child = probed()
    assert child("source.conditions(0)") == Conditions(
        utilization_percent=73.0,
        temperature_c=61.0,
        power_limit_w=300.0,
        process_ids=(39, 40, 41),
        process_percent=((40, 20.0), (41, 50.0)),
    )


def test_each_sample_of_a_process_is_told_once(truth, probed):
    truth.add("gpu:0", power_w=1.0, pids=[40], sm_percents=[50])
    child = probed()
    told = child("[source.conditions(0).process_percent for _ in range(50)]")
    assert told[0] == ((40, 50.0),)
    assert told.count(()) > 40  # the driver takes a sample a second
    assert until(lambda: child("source.conditions(0)").process_percent) == told[0]


def test_impossible_samples_are_left_out(truth, probed):
    truth.add("gpu:0", power_w=1.0, pids=[40, 41], sm_percents=[2**31 - 1, 10])
    assert probed()("source.conditions(0)").process_percent == ((41, 10.0),)


def test_an_idle_gpu_has_no_process_and_no_utilization(truth, probed):
    truth.add("gpu:0", power_w=1.0, utilization_percent=0)
    conditions = probed()("source.conditions(0)")
    assert conditions.utilization_percent == 0.0
    assert (conditions.process_ids, conditions.process_percent) == ((), ())


def test_what_a_gpu_refuses_is_none_and_not_asked_for_again(truth, probed):
    device = truth.add(
        "gpu:0", power_w=1.0, has_utilization=False, has_process_utilization=False,
        power_limit_w=None, pids=[40], sm_percents=[50],
    )  # fmt: skip
    child = probed()
    refused = Conditions(temperature_c=45.0, process_ids=(40,))
    assert child("source.conditions(0)") == refused
    device.set(has_utilization=True, has_process_utilization=True, power_limit_w=300.0)
    assert child("source.conditions(0)") == refused


@pytest.mark.parametrize(
    ("reasons", "is_throttled"),
    [
        (0x0, False),
        (0x1, False),  # idle
        (0x4, False),  # at its power limit, as boards under load mostly are
        (0x20, True),  # heat, by software
        (0x44, True),  # heat, by hardware, at its power limit
        (0x80, True),  # the power brake
    ],
)
def test_heat_and_a_weak_supply_throttle_and_a_power_limit_does_not(
    truth, probed, reasons, is_throttled
):
    truth.add("gpu:0", power_w=1.0, clocks_event_reasons=reasons)
    assert probed()("source.conditions(0)").is_throttled is is_throttled


def test_a_slowdown_that_may_be_a_change_of_clocks_counts_when_seen_twice(truth, probed):
    truth.add("gpu:0", power_w=1.0, clocks_event_reasons=0x8)
    child = probed()
    assert [child("source.conditions(0).is_throttled") for _ in range(3)] == [False, True, True]


def test_a_passing_fault_is_asked_for_again(truth, probed):
    device = truth.add("gpu:0", power_w=1.0)
    child = probed()
    device.fail()
    conditions = child("source.conditions(0)")
    assert (conditions.utilization_percent, conditions.temperature_c) == (None, None)
    device.set(failing=None)
    assert child("source.conditions(0)").utilization_percent == 50.0


# --- the tests for a real GPU ---------------------------------------------------------------


@pytest.mark.slow
def test_the_tests_for_a_real_gpu_pass_here_without_their_work(truth, nvml):
    device = truth.add("gpu:0", power_w=70.0, instant_window_s=0.1)
    device.schedule([(5 + n * 0.07, 250.0 if n % 2 else 60.0) for n in range(900)])
    truth.add("gpu:0/memory", power_w=20.0)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "tests/gpu",
            "-k",
            "not more_than",
        ],
        cwd=CHECKOUT,
        env=without_cuda() | nvml.env | {"JUPYTER_GREEN_GPU_STRETCH_S": "1.5"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "8 passed, 2 deselected" in done.stdout
    table = done.stdout.partition("measured on this machine's GPU")[2]
    for row in (
        "idle, all GPUs",
        "gpu:0/memory",
        "gpu:0 refresh",
        "gpu:0, rest",
        "windows in a row",
        "pairs of neighbours",
        "gpu:0 in a cell",
    ):
        assert row in table
