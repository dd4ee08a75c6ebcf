"""The bench is right: every reader is shown what the truth says, faults included."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pynvml
import pytest

from tests.testbench import build, namespace
from tests.testbench.nvml import Nvml
from tests.testbench.powercap import RAPL_MMIO, Zone, fuse_missing
from tests.testbench.proc_tree import ProcTree
from tests.testbench.truth import RAPL_WRAP_RANGE_UJ, Truth

CHECKOUT = Path(__file__).parents[2]
S = 1_000_000_000  # in ns
DEADLINE_S = 10.0


def until(condition: Callable[[], Any]) -> Any:
    """Wait for what another process does; its result, once it is true."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if result := condition():
            return result
        time.sleep(0.005)
    pytest.fail("it did not happen")


def is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def uj(path: Path) -> int:
    return int(path.read_bytes())


# --- the truth ------------------------------------------------------------------------------


def test_energy_of_a_window_is_power_times_time(truth: Truth) -> None:
    device = truth.add("cpu:0/package", power_w=20.0)
    first, second = device.schedule([(0.5, 40.0), (1.0, 90.0)])
    assert second - first == S // 2
    assert device.energy_j(first - 1000, first) == pytest.approx(20.0 * 1e-6, rel=1e-12)
    assert device.energy_j(first, second) == 20.0
    assert device.energy_j(first, second + 2 * S) == 200.0
    assert device.energy_j(first - 10 * S, first - 9 * S) == 20.0  # it drew 20 W before, too
    assert device.power_w(first - 1) == 20.0
    assert device.power_w(first) == 40.0


def test_a_step_now_replaces_the_schedule(truth: Truth) -> None:
    device = truth.add("cpu:0/package", power_w=20.0)
    device.schedule([(1.0, 500.0), (2.0, 700.0)])
    now = device.set_power(10.0)
    assert device.energy_j(now, now + 10 * S) == 100.0
    with pytest.raises(ValueError, match="order of time"):
        device.schedule([(2.0, 1.0), (1.0, 2.0)])
    assert device.energy_j(now, now + 10 * S) == 100.0


def test_counter_shows_the_last_refresh_in_whole_quanta(truth: Truth) -> None:
    device = truth.add("cpu:0/package", power_w=10.0, refresh_s=0.1, phase_s=0.03, quantum_j=0.25)
    start = device.reset_counter()
    t = start + 10 * S
    refreshed = device.refreshed_ns(t)
    assert refreshed % (S // 10) == 3 * S // 100
    assert 0 <= t - refreshed < S // 10
    quanta = int(device.energy_j(start, refreshed) / 0.25)
    assert device.counter(refreshed) == quanta * 250_000
    assert device.counter(refreshed + S // 10 - 1) == quanta * 250_000
    assert device.counter(refreshed + S // 10) == (quanta + 4) * 250_000


def test_counter_refreshes_at_the_times_given_and_repeats_them(truth: Truth) -> None:
    device = truth.add("cpu:0/package", power_w=10.0, refreshes_s=[0.0, 0.001, 0.004, 0.005])
    ms = S // 1000
    start = device.reset_counter() // (5 * ms) * (5 * ms) + S  # the phase is 0
    for at_ms, refreshed_ms in [(0.5, 0), (1, 1), (3.9, 1), (4, 4), (5, 5), (6.5, 6), (9.9, 9)]:
        t = start + round(at_ms * ms)
        assert device.refreshed_ns(t) == start + refreshed_ms * ms
        assert device.counter(t) - device.counter(start) == refreshed_ms * 10_000
    device.set(refreshes_s=[])
    assert device.refreshed_ns(start + 2 * ms) == start + 2 * ms


def test_counter_starts_at_its_offset(truth: Truth) -> None:
    device = truth.add("gpu:0", power_w=0.0, offset=4711)
    assert device.counter(time.monotonic_ns()) == 4711
    assert device.counter(device.set_power(5.0) + S) in range(4711 + 4400, 4711 + 5001)


def test_counter_wraps_resets_and_has_a_gain(truth: Truth) -> None:
    device = truth.add("cpu:0/package", power_w=100.0, refresh_s=0.0, offset=RAPL_WRAP_RANGE_UJ - 5)
    start = device.set_power(100.0)
    before, after = device.counter(start), device.counter(start + S)
    assert (after - before) % RAPL_WRAP_RANGE_UJ == 100_000_000
    assert after < 200_000_000
    device.set(gain=1.05)
    shown = (device.counter(start + 10 * S) - device.counter(start)) % RAPL_WRAP_RANGE_UJ
    assert shown == pytest.approx(1_050_000_000, abs=1)
    device.set(gain=1.0)
    reset = device.reset_counter()
    assert device.counter(reset - S) != 0
    assert device.counter(reset) == 0
    assert device.counter(reset + 3 * S) == 300_000_000


def test_turning_the_refresh_never_shows_less_than_before(truth: Truth) -> None:
    device = truth.add("gpu:0", power_w=300.0, refresh_s=0.001)
    shown = device.counter(time.monotonic_ns())
    for refresh_s, phase_s in [(5.0, 0.1), (0.02, 0.0), (60.0, 59.0), (0.0, 0.0)]:
        device.set(refresh_s=refresh_s, phase_s=phase_s)
        assert device.counter(time.monotonic_ns()) >= shown
        shown = device.counter(time.monotonic_ns())


def test_power_reading_is_the_mean_over_its_window(truth: Truth) -> None:
    device = truth.add("gpu:0", power_w=100.0, refresh_s=0.0, power_window_s=1.0)
    step = device.schedule([(1.0, 300.0)])[0]
    assert device.shown_power_mw(step) == 100_000
    assert device.shown_power_mw(step + S // 4) == 150_000
    assert device.shown_power_mw(step + S) == 300_000
    device.set(power_window_s=0.0)
    assert device.shown_power_mw(step + 1) == 300_000


def test_mistakes_are_named(truth: Truth) -> None:
    device = truth.add("gpu:0", power_w=1.0)
    with pytest.raises(TypeError, match="refresh_ms"):
        device.set(refresh_ms=100)
    for mistaken in ([0.0], [0.001, 0.002], [0.0, 0.002, 0.001]):
        with pytest.raises(ValueError, match="refreshes"):
            device.set(refreshes_s=mistaken)
    with pytest.raises(ValueError, match="already"):
        truth.add("gpu:0", power_w=1.0)
    with pytest.raises(KeyError):
        truth["gpu:1"]


def test_another_process_steers_the_same_truth(truth: Truth) -> None:
    device = truth.add("cpu:0/package", power_w=20.0)
    code = (
        "import sys; from tests.testbench.truth import Truth\n"
        "with Truth.open(sys.argv[1]) as truth: print(truth['cpu:0/package'].set_power(60.0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, truth.path],
        cwd=CHECKOUT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    step = int(done.stdout)
    assert device.energy_j(step - S, step + S) == 80.0


def test_without_a_compiler_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(build.BuildError, match="C compiler") as error:
        build.powercapd()
    assert "\n" not in str(error.value)


# --- RAPL -----------------------------------------------------------------------------------


@pytest.fixture(params=["powercap", "powercap_fuse"])
def serve(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Both ways of serving a tree."""
    start: Callable[..., Any] = request.getfixturevalue(request.param)
    return start


def test_tree_has_the_layout_of_powercap(truth: Truth, serve: Callable[..., Any]) -> None:
    truth.add("cpu:0/package", power_w=20.0, power_limit_w=125.0)
    truth.add("cpu:0/core", power_w=9.0, wrap_range=1000, power_limit_w=None)
    truth.add("cpu:0/dram", power_w=4.0)
    truth.add("psys", power_w=50.0)
    root = serve().root
    assert {path.name: (path / "name").read_text() for path in root.glob("intel-rapl:*")} == {
        "intel-rapl:0": "package-0\n",
        "intel-rapl:0:0": "core\n",
        "intel-rapl:0:1": "dram\n",
        "intel-rapl:1": "psys\n",
    }
    package, core = root / "intel-rapl:0", root / "intel-rapl:0:0"
    assert sorted(path.name for path in package.iterdir()) == [
        "constraint_0_max_power_uw",
        "constraint_0_name",
        "constraint_0_power_limit_uw",
        "constraint_0_time_window_us",
        "enabled",
        "energy_uj",
        "intel-rapl:0:0",
        "intel-rapl:0:1",
        "max_energy_range_uj",
        "name",
        "subsystem",
    ]
    assert package.is_symlink()
    assert package.samefile(root / "intel-rapl" / "intel-rapl:0")
    assert core.samefile(package / "intel-rapl:0:0")
    assert (core / "subsystem").samefile(root)
    assert (root / "intel-rapl" / "subsystem").samefile(root)
    assert (package / "constraint_0_power_limit_uw").read_text() == "125000000\n"
    assert not (core / "constraint_0_name").exists()
    assert uj(core / "max_energy_range_uj") == 1000


def test_tree_shows_mirrors_and_dies(truth: Truth, serve: Callable[..., Any]) -> None:
    device = truth.add("cpu:0/package", power_w=0.0, offset=4711)
    root = serve(
        [Zone("package-0-die-1", device), Zone("package-0", device, control_type=RAPL_MMIO)]
    ).root
    assert (root / "intel-rapl:0" / "name").read_text() == "package-0-die-1\n"
    assert (root / "intel-rapl-mmio:0" / "name").read_text() == "package-0\n"
    assert uj(root / "intel-rapl:0" / "energy_uj") == 4711
    assert uj(root / "intel-rapl-mmio:0" / "energy_uj") == 4711


def test_counter_at_rest_is_what_the_truth_says(truth: Truth, serve: Callable[..., Any]) -> None:
    device = truth.add("cpu:0/package", power_w=200.0, offset=RAPL_WRAP_RANGE_UJ - 1000)
    energy_uj = serve().energy_uj("intel-rapl:0")
    stopped = device.set_power(0.0)
    expected = device.counter(stopped + S)
    assert expected < RAPL_WRAP_RANGE_UJ - 1000  # it wrapped on the way
    assert until(lambda: uj(energy_uj) == expected)


def test_files_are_never_empty_and_never_ahead(truth: Truth, serve: Callable[..., Any]) -> None:
    device = truth.add("cpu:0/package", power_w=150.0, offset=99_950_000)
    with serve().energy_uj("intel-rapl:0").open("rb", buffering=0) as file:
        first = last = int(os.pread(file.fileno(), 64, 0))
        looks = 0
        until_s = time.monotonic() + DEADLINE_S
        while looks < 300 or last == first:  # on a busy machine the next value may come late
            shown = int(os.pread(file.fileno(), 64, 0))
            assert last <= shown <= device.counter(time.monotonic_ns())
            last = shown
            looks += 1
            assert time.monotonic() < until_s
            time.sleep(0.0003)
    assert last > 99_950_000


@pytest.mark.parametrize("refreshes_s", [(), (0.0, 0.005, 0.02, 0.021, 0.04)])
def test_fuse_is_computed_at_the_read(
    truth: Truth, powercap_fuse: Callable[..., Any], refreshes_s: tuple[float, ...]
) -> None:
    device = truth.add(
        "cpu:0/package", power_w=150.0, refresh_s=0.02, phase_s=0.007, refreshes_s=refreshes_s
    )
    device.schedule([(n * 0.001, 150.0 + n % 7) for n in range(2000)])
    energy_uj = powercap_fuse().energy_uj("intel-rapl:0")
    exact = 0
    for _ in range(50):
        before = device.counter(time.monotonic_ns())
        shown = uj(energy_uj)
        after = device.counter(time.monotonic_ns())
        assert before <= shown <= after
        exact += before == after
    assert exact


def test_fuse_file_read_in_pieces_is_one_value(
    truth: Truth, powercap_fuse: Callable[..., Any]
) -> None:
    device = truth.add("cpu:0/package", power_w=0.0, refresh_s=0.0)
    with powercap_fuse().energy_uj("intel-rapl:0").open("rb", buffering=0) as file:
        assert file.read(64) == b"0\n"
        device.set_power(200.0)
        assert file.read(64) == b""
        file.seek(0)
        start = time.monotonic_ns()
        pieces = b"".join(iter(lambda: file.read(1), b""))
    assert device.counter(start) <= int(pieces) <= device.counter(time.monotonic_ns())


def test_fuse_fails_as_sysfs_does(truth: Truth, powercap_fuse: Callable[..., Any]) -> None:
    device = truth.add("cpu:0/package", power_w=20.0)
    energy_uj = powercap_fuse().energy_uj("intel-rapl:0")
    with energy_uj.open("rb", buffering=0) as file:
        device.fail()
        with pytest.raises(OSError) as failure:
            file.read()
        assert failure.value.errno == errno.EIO
        device.set(failing=None)
        assert os.pread(file.fileno(), 64, 0)
        device.lose()
        with pytest.raises(OSError) as failure:
            os.pread(file.fileno(), 64, 0)
        assert failure.value.errno == errno.ENODEV


def test_fuse_mode_refuses_root_too(truth: Truth, powercap_fuse: Callable[..., Any]) -> None:
    device = truth.add("cpu:0/package", power_w=20.0, mode=0o400)
    energy_uj = powercap_fuse().energy_uj("intel-rapl:0")
    assert stat.S_IMODE(energy_uj.stat().st_mode) == 0o400
    with pytest.raises(PermissionError):
        energy_uj.read_bytes()
    assert not os.access(energy_uj, os.R_OK)
    energy_uj.chmod(0o444)  # a remedy works
    assert uj(energy_uj) > 0
    device.set(mode=0o440)
    with pytest.raises(PermissionError):
        energy_uj.read_bytes()


def test_tree_shows_modes_and_an_empty_file_while_failing(
    truth: Truth, powercap: Callable[..., Any]
) -> None:
    device = truth.add("cpu:0/package", power_w=20.0)
    energy_uj = powercap().energy_uj("intel-rapl:0")
    device.set(mode=0o400)
    until(lambda: stat.S_IMODE(energy_uj.stat().st_mode) == 0o400)
    device.fail()
    until(lambda: energy_uj.read_bytes() == b"")
    device.set(failing=None)
    until(energy_uj.read_bytes)
    assert uj(energy_uj) <= device.counter(time.monotonic_ns())


def test_at_the_kernels_own_path(truth: Truth, at_kernel_path: Callable[..., Any]) -> None:
    for socket in (0, 1):
        truth.add(f"cpu:{socket}/package", power_w=0.0, offset=5_000_000 * (socket + 1))
    code = (
        "import glob, json\n"
        "zones = sorted(glob.glob('/sys/class/powercap/intel-rapl:*/energy_uj'))\n"
        "sockets = glob.glob('/sys/devices/system/cpu/cpu[0-9]*/topology/physical_package_id')\n"
        "print(json.dumps([[int(open(p).read()) for p in paths] for paths in (zones, sockets)]))"
    )
    before = {*Path("/proc/mounts").read_text().splitlines()}
    done = subprocess.run(
        at_kernel_path([sys.executable, "-c", code]), check=True, capture_output=True, text=True
    )
    energies, sockets = json.loads(done.stdout)
    assert energies == [5_000_000, 10_000_000]
    if len(sockets) > 1:
        assert set(sockets) == {0, 1}
    mounted = {*Path("/proc/mounts").read_text().splitlines()} - before
    # Other tests may mount trees of their own meanwhile.
    own = (" /sys/", f" {truth.path.parent}/")
    assert not [line for line in mounted if any(place in line for place in own)]


def test_the_namespaces_command_keeps_its_exit_status(
    truth: Truth, at_kernel_path: Callable[..., Any]
) -> None:
    truth.add("cpu:0/package", power_w=1.0)
    assert subprocess.run(at_kernel_path(["sh", "-c", "exit 7"]), check=False).returncode == 7


# --- NVML -----------------------------------------------------------------------------------

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


# --- /proc ----------------------------------------------------------------------------------


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


# --- nothing stays --------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["tree", "fuse"])
def test_nothing_stays_of_a_killed_test(way: str, tmp_path: Path) -> None:
    if way == "fuse" and (reason := fuse_missing()):
        pytest.skip(reason)
    code = (
        "import sys, time; from pathlib import Path\n"
        "from tests.testbench.truth import Truth; from tests.testbench import powercap\n"
        "truth = Truth.create(Path(sys.argv[1], 'truth'))\n"
        "truth.add('cpu:0/package', power_w=1.0)\n"
        f"served = powercap.serve_{way}(truth, Path(sys.argv[1], 'root'))\n"
        "print(served.process.pid, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout
    server = psutil.Process(int(owner.stdout.readline()))
    assert server.is_running()
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    until(lambda: not is_alive(server))
    assert str(tmp_path) not in Path("/proc/mounts").read_text()


def test_nothing_stays_of_a_killed_server(truth: Truth, powercap_fuse: Callable[..., Any]) -> None:
    truth.add("cpu:0/package", power_w=1.0)
    served = powercap_fuse()
    served.process.kill()
    served.process.wait()
    assert str(served.root) in Path("/proc/mounts").read_text()
    served.close()
    assert str(served.root) not in Path("/proc/mounts").read_text()


def test_nothing_stays_of_a_namespace(truth: Truth) -> None:
    if reason := namespace.missing():
        pytest.skip(reason)
    truth.add("cpu:0/package", power_w=1.0)
    subprocess.run(namespace.wrap(["true"], truth), check=True)

    def served() -> list[psutil.Process]:
        return [
            process
            for process in psutil.process_iter(["cmdline", "status"])
            if str(truth.path) in (process.info["cmdline"] or [])
        ]

    until(lambda: not served())
