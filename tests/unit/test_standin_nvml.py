"""The stand-in of NVML: the real pynvml is shown what the truth says, faults included."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pynvml
import pytest

from tests.testbench.nvml import Nvml
from tests.testbench.truth import Truth

DEADLINE_S = 10.0
S = 1_000_000_000  # in ns


READER = """
import json, sys, time
import pynvml
for line in sys.stdin:
    before = time.monotonic_ns()
    try:
        answer = {"value": eval(line, globals())}
    except pynvml.NVMLError as error:
        answer = {"error": error.value}
    answer["span"] = [before, time.monotonic_ns()]
    print(json.dumps(answer, default=str), flush=True)
"""


class Reader:
    """A process with the real pynvml on the stand-in library."""

    def __init__(self, nvml: Nvml) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", READER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | nvml.env,
        )

    def ask(self, expression: str) -> dict[str, Any]:
        self.begin(expression)
        return self.end()

    def begin(self, expression: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(expression + "\n")
        self.process.stdin.flush()

    def end(self) -> dict[str, Any]:
        assert self.process.stdout
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def __call__(self, expression: str) -> Any:
        answer = self.ask(expression)
        assert "error" not in answer, answer
        return answer["value"]

    def error(self, expression: str) -> int:
        return int(self.ask(expression).get("error", pynvml.NVML_SUCCESS))

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(DEADLINE_S)
        self.process.stdout.close()


@pytest.fixture
def reader(nvml: Nvml) -> Iterator[Reader]:
    reader = Reader(nvml)
    yield reader
    reader.close()


BOARD = "pynvml.nvmlDeviceGetHandleByIndex(0)"
ENERGY = f"pynvml.nvmlDeviceGetTotalEnergyConsumption({BOARD})"
POWER = f"pynvml.nvmlDeviceGetPowerUsage({BOARD})"


def power_field(field: str, scope: int = pynvml.NVML_POWER_SCOPE_GPU) -> str:
    return (
        "(lambda v: [v.nvmlReturn, v.value.uiVal])(pynvml.nvmlDeviceGetFieldValues("
        f"{BOARD}, [(pynvml.NVML_FI_DEV_POWER_{field}, {scope})])[0])"
    )


def test_nvml_counter_and_power_are_what_the_truth_says(truth: Truth, reader: Reader) -> None:
    device = truth.add("gpu:0", power_w=250.0, offset=12_345, refresh_s=0.02, power_window_s=0.1)
    reader("pynvml.nvmlInit()")
    exact = 0
    for _ in range(50):
        answer = reader.ask(ENERGY)
        before, after = (device.counter(t) for t in answer["span"])
        assert before <= answer["value"] <= after
        exact += before == after
    assert exact
    device.set_power(0.0)
    device.set(refresh_s=0.0)
    assert reader(ENERGY) == device.counter(time.monotonic_ns()) > 12_345
    step = device.schedule([(0.0, 400.0)])[0]
    answer = reader.ask(POWER)
    low, high = (device.shown_power_mw(max(t, step)) for t in answer["span"])
    assert low <= answer["value"] <= high
    assert reader(power_field("INSTANT")) == [pynvml.NVML_SUCCESS, 400_000]


def test_steps_that_fall_while_somebody_reads(truth: Truth, reader: Reader) -> None:
    device = truth.add("gpu:0", power_w=700.0, refresh_s=0.0, unit_j=1e-6, power_window_s=0.0)
    reader("pynvml.nvmlInit()")
    reader(f"globals().update(board={BOARD}, now=time.monotonic_ns)")
    energy = "(now(), pynvml.nvmlDeviceGetTotalEnergyConsumption(board), now())"
    going_on = "iter(lambda: pynvml.nvmlDeviceGetPowerUsage(board) != 1, False)"
    reader.begin(f"[{energy} for _ in {going_on}]")
    for step in range(200):
        device.set_power(700.0 * (step % 2))
        time.sleep(0.0002)
    device.set_power(0.001)
    for before, shown, after in reader.end()["value"]:
        assert device.counter(before) <= shown <= device.counter(after)


def test_nvml_scopes_are_devices_of_their_own(truth: Truth, reader: Reader) -> None:
    device = truth.add("gpu:0", power_w=250.0)
    reader("pynvml.nvmlInit()")
    module = power_field("INSTANT", pynvml.NVML_POWER_SCOPE_MODULE)
    assert reader(module)[0] == pynvml.NVML_ERROR_NOT_SUPPORTED
    c2c = f"pynvml.nvmlDeviceGetC2cModeInfoV({BOARD}).isC2cEnabled"
    assert reader.error(c2c) == pynvml.NVML_ERROR_NOT_SUPPORTED
    truth.add("gpu:0/module", power_w=390.0)
    assert reader(c2c) == 1
    assert reader(module) == [pynvml.NVML_SUCCESS, 390_000]
    assert reader(power_field("AVERAGE")) == [pynvml.NVML_SUCCESS, 250_000]
    assert reader("pynvml.nvmlDeviceGetCount()") == 1
    device.set(has_power_fields=False)
    assert reader(power_field("INSTANT"))[0] == pynvml.NVML_ERROR_NOT_SUPPORTED


def test_nvml_faults(truth: Truth, nvml: Nvml, reader: Reader) -> None:
    device = truth.add("gpu:0", power_w=250.0)
    nvml.fail_init(pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH)
    assert reader.error("pynvml.nvmlInit()") == pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH
    nvml.fail_init(0)
    reader("pynvml.nvmlInit()")
    device.fail()
    assert reader.error(ENERGY) == pynvml.NVML_ERROR_UNKNOWN
    assert reader.error(POWER) == pynvml.NVML_ERROR_UNKNOWN
    assert reader(power_field("INSTANT"))[0] == pynvml.NVML_ERROR_UNKNOWN
    device.set(failing=(0, time.monotonic_ns()))
    assert reader.error(ENERGY) == pynvml.NVML_SUCCESS
    device.set(has_energy=False)
    assert reader.error(ENERGY) == pynvml.NVML_ERROR_NOT_SUPPORTED
    assert reader.error(POWER) == pynvml.NVML_SUCCESS
    device.set(has_power=False)
    assert reader.error(POWER) == pynvml.NVML_ERROR_NOT_SUPPORTED
    device.lose()
    assert reader.error(ENERGY) == pynvml.NVML_ERROR_GPU_IS_LOST
    assert reader.error(f"pynvml.nvmlDeviceGetName({BOARD})") == pynvml.NVML_ERROR_GPU_IS_LOST
    reader("pynvml.nvmlShutdown()")
    assert reader.error("pynvml.nvmlDeviceGetCount()") == pynvml.NVML_ERROR_UNINITIALIZED


def test_nvml_calls_take_the_time_they_cost(truth: Truth, reader: Reader) -> None:
    device = truth.add("gpu:0", power_w=250.0)
    reader("pynvml.nvmlInit()")
    for call_cost_s in (0.0005, 0.003):
        device.set(call_cost_s=call_cost_s)
        begin, end = reader.ask(ENERGY)["span"]
        assert end - begin >= call_cost_s * S


def test_nvml_without_a_truth_has_no_driver(truth: Truth, nvml: Nvml) -> None:
    truth.path.unlink()
    reader = Reader(nvml)
    assert reader.error("pynvml.nvmlInit()") == pynvml.NVML_ERROR_DRIVER_NOT_LOADED
    reader.close()


def test_nvml_names_its_boards(truth: Truth, nvml: Nvml, reader: Reader) -> None:
    truth.add("gpu:0", power_w=1.0)
    second = truth.add(
        "gpu:1", power_w=2.0, label="Tesla V100-SXM2-16GB", architecture=5, power_limit_w=300.0,
        pids=[os.getpid()], memory_total_b=16 * 2**30, memory_used_b=2**30,
    )  # fmt: skip
    reader("pynvml.nvmlInit()")
    assert [d.name for d in nvml.devices] == ["gpu:0", "gpu:1"]
    assert reader("pynvml.nvmlDeviceGetCount()") == 2
    for handle in (
        "pynvml.nvmlDeviceGetHandleByIndex(1)",
        f"pynvml.nvmlDeviceGetHandleByUUID({second.uuid!r})",
        "pynvml.nvmlDeviceGetHandleByPciBusId('0000:02:00.0')",
    ):
        assert reader(f"pynvml.nvmlDeviceGetIndex({handle})") == 1
    board = "pynvml.nvmlDeviceGetHandleByIndex(1)"
    assert reader(f"pynvml.nvmlDeviceGetName({board})") == "Tesla V100-SXM2-16GB"
    assert reader(f"pynvml.nvmlDeviceGetUUID({board})") == second.uuid
    assert reader(f"pynvml.nvmlDeviceGetArchitecture({board})") == pynvml.NVML_DEVICE_ARCH_VOLTA
    assert reader(f"pynvml.nvmlDeviceGetCudaComputeCapability({board})") == [7, 0]
    assert reader(f"pynvml.nvmlDeviceGetEnforcedPowerLimit({board})") == 300_000
    assert reader(f"pynvml.nvmlDeviceGetPowerManagementLimitConstraints({board})")[1] == 300_000
    assert reader(f"pynvml.nvmlDeviceGetMemoryInfo({board}).free") == 15 * 2**30
    assert reader(f"pynvml.nvmlDeviceGetPciInfo({board}).busId") == "00000000:02:00.0"
    assert reader(f"pynvml.nvmlDeviceGetMinorNumber({board})") == 1
    assert reader(f"pynvml.nvmlDeviceGetTemperatureV({board}, 0)") == 45
    processes = f"[p.pid for p in pynvml.nvmlDeviceGetComputeRunningProcesses({board})]"
    assert reader(processes) == [os.getpid()]
    assert reader(f"pynvml.nvmlDeviceGetGraphicsRunningProcesses({board})") == []
    outside = "pynvml.nvmlDeviceGetHandleByIndex(2)"
    assert reader.error(outside) == pynvml.NVML_ERROR_INVALID_ARGUMENT


def test_nvml_mig(truth: Truth, reader: Reader) -> None:
    device = truth.add("gpu:0", power_w=1.0)
    reader("pynvml.nvmlInit()")
    mode = f"pynvml.nvmlDeviceGetMigMode({BOARD})[0]"
    assert reader(mode) == pynvml.NVML_DEVICE_MIG_DISABLE
    device.set(mig_devices=2)
    assert reader(mode) == pynvml.NVML_DEVICE_MIG_ENABLE
    part = f"pynvml.nvmlDeviceGetMigDeviceHandleByIndex({BOARD}, 1)"
    uuid = reader(f"pynvml.nvmlDeviceGetUUID({part})")
    assert uuid.startswith("MIG-")
    found = f"pynvml.nvmlDeviceGetHandleByUUID({uuid!r})"
    board = f"pynvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle({found})"
    assert reader(f"pynvml.nvmlDeviceGetUUID({board})") == device.uuid
    energy = f"pynvml.nvmlDeviceGetTotalEnergyConsumption({part})"
    assert reader.error(energy) == pynvml.NVML_ERROR_NOT_SUPPORTED
    absent = part.replace(", 1)", ", 2)")
    assert reader.error(absent) == pynvml.NVML_ERROR_NOT_FOUND


def test_nvidia_smi_is_there(nvml: Nvml) -> None:
    done = subprocess.run(
        ["nvidia-smi", "--help"], env=os.environ | nvml.env, capture_output=True, check=True
    )
    assert done.stdout
