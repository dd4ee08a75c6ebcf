"""The stand-in of powercap: every reader is shown what the truth says, faults included."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.testbench import namespace
from tests.testbench.powercap import RAPL_MMIO, Zone, fuse_missing
from tests.testbench.truth import RAPL_WRAP_RANGE_UJ, Truth
from tests.testbench.waiting import until

CHECKOUT = Path(__file__).parents[2]
DEADLINE_S = 10.0
S = 1_000_000_000  # in ns


def is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def uj(path: Path) -> int:
    return int(path.read_bytes())


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
